package desk

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"frontdesk/content"
)

// Limits of a customer's message (docs/widget-protocol.md).
const (
	MaxText     = 16384 // characters
	MaxFiles    = 10
	MaxReaction = 32 // bytes
)

// customerMessage stores a customer's message and sends it to the conversation's room. Without an open ticket it opens one.
func (a *act) customerMessage(in CustomerMessage) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	if in.ClientID == "" {
		return Refuse(Invalid, "message.no_client_id")
	}
	before, err := a.tx.MessageByClientID(c.ID, in.ClientID)
	if ok, err := found(err); err != nil {
		return fmt.Errorf("message by client id: %w", err)
	} else if ok {
		a.out.Message = before
		return nil
	}
	body, files, err := a.compose(c, in)
	if err != nil {
		return err
	}
	if err := a.checkReply(c, in.Reply); err != nil {
		return err
	}
	d, isNew, err := a.openTicket(c)
	if err != nil {
		return err
	}
	m := &Message{
		ID: MessageID(a.newID()), Conversation: c.ID, Ticket: d.ticket.ID, Author: FromCustomer, ClientID: in.ClientID,
		Content: body, Reply: in.Reply, Status: Stored, At: a.moment(in.At),
	}
	if err := a.append(c, m); err != nil {
		return err
	}
	for _, f := range files {
		f.Message = m.ID
		if err := a.tx.PutFile(f); err != nil {
			return fmt.Errorf("put file %s: %w", f.ID, err)
		}
	}
	a.out.Message = m
	if err := a.postMessage(d, m); err != nil {
		return err
	}
	if learnt, err := a.learnContacts(d, in.Phone); err != nil {
		return err
	} else if learnt && !isNew {
		if err := a.shape(d); err != nil {
			return err
		}
	}
	if isNew && d.ticket.State == Choosing {
		return a.askTopic(d)
	}
	if isNew {
		return a.announce(d)
	}
	if err := a.tx.PutConversation(c); err != nil {
		return fmt.Errorf("put conversation: %w", err)
	}
	if d.ticket.IsSnoozed() {
		return a.wake(d, actorCustomer)
	}
	if d.ticket.State == Waiting {
		return a.moreWords(d, m)
	}
	return nil
}

// missing turns a failed look-up of something the customer named into a refusal.
func (a *act) missing(err error, key string) error {
	if ok, err := found(err); !ok && err == nil {
		return Refuse(NotFound, key)
	}
	return err
}

// moment is when the customer acted: as told, but never in the future.
func (a *act) moment(at time.Time) time.Time {
	if at.IsZero() || at.After(a.now) {
		return a.now
	}
	return at
}

// compose validates what the customer wrote and attached.
func (a *act) compose(c *Conversation, in CustomerMessage) (content.Message, []*File, error) {
	text, err := customerWords(in.Text)
	if err != nil {
		return content.Message{}, nil, err
	}
	body := content.Message{Text: text, HTML: content.Sanitize(in.HTML)}
	if len(in.Files) > MaxFiles {
		return body, nil, Refuse(Invalid, "message.too_many_files", MaxFiles)
	}
	var files []*File
	seen := map[FileID]bool{}
	for _, id := range in.Files {
		f, err := a.tx.File(id)
		if err != nil {
			return body, nil, a.missing(err, "message.file_unknown")
		}
		if f.Conversation != c.ID {
			return body, nil, Refuse(NotFound, "message.file_unknown")
		}
		if f.Message != "" || seen[id] {
			return body, nil, Refuse(Invalid, "message.file_used")
		}
		seen[id] = true
		files = append(files, f)
		body.Files = append(body.Files, f.Attachment)
	}
	if body.Empty() {
		return body, nil, Refuse(Invalid, "message.empty")
	}
	return body, files, nil
}

// customerWords validates and tidies a customer's text: no control characters but tab and line feed, no white space around it.
func customerWords(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", Refuse(Invalid, "message.not_text")
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > MaxText {
		return "", Refuse(Invalid, "message.too_long", MaxText)
	}
	return text, nil
}

func (a *act) checkReply(c *Conversation, id MessageID) error {
	if id == "" {
		return nil
	}
	m, err := a.tx.Message(id)
	if err != nil {
		return a.missing(err, "message.reply_unknown")
	}
	if m.Conversation != c.ID {
		return Refuse(NotFound, "message.reply_unknown")
	}
	return nil
}

// append gives a message its place in the conversation and stores it. The conversation itself is put by the caller, once.
func (a *act) append(c *Conversation, m *Message) error {
	c.Rev++
	m.Seq, m.Rev = c.Rev, c.Rev
	if err := a.tx.PutMessage(m); err != nil {
		return fmt.Errorf("put message: %w", err)
	}
	if m.Author == FromCustomer {
		a.noted(c.ID)
	} else {
		a.changed(c.ID)
	}
	return nil
}

// revise stores a changed message under a new rev, with its conversation.
func (a *act) revise(c *Conversation, m *Message) error {
	c.Rev++
	m.Rev = c.Rev
	if err := a.tx.PutMessage(m); err != nil {
		return fmt.Errorf("put message %s: %w", m.ID, err)
	}
	if err := a.tx.PutConversation(c); err != nil {
		return fmt.Errorf("put conversation %s: %w", c.ID, err)
	}
	a.changed(c.ID)
	return nil
}
