package desk

import (
	"errors"
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

// customerMessage stores a customer's message, with those sent together with it, and sends them to the conversation's room. Without an open
// ticket it opens one.
func (a *act) customerMessage(in CustomerMessage) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	before, first, err := a.hear(c, in)
	if err != nil {
		return err
	}
	if before != nil {
		a.out.Message = before
		return nil
	}
	said, err := a.hearAlbum(c, in.Album)
	if err != nil {
		return err
	}
	said = append([]*saying{first}, said...)
	d, isNew, err := a.openTicket(c)
	if err != nil {
		return err
	}
	for _, s := range said {
		if err := a.enter(d, s); err != nil {
			return err
		}
	}
	a.out.Message = first.message
	if learnt, err := a.learnContacts(d, in.Phone); err != nil {
		return err
	} else if learnt && !isNew {
		if err := a.showContacts(d); err != nil {
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
	if d.ticket.State != Waiting {
		return nil
	}
	for _, s := range said {
		if err := a.moreWords(d, s.message); err != nil {
			return err
		}
	}
	return nil
}

// saying is a valid message of a customer that has no place in its conversation yet.
type saying struct {
	message *Message
	files   []*File
}

// hear validates a customer's message. One that is known already is given as it is.
func (a *act) hear(c *Conversation, in CustomerMessage) (before *Message, s *saying, err error) {
	if in.ClientID == "" {
		return nil, nil, Refuse(Invalid, "message.no_client_id")
	}
	before, err = a.tx.MessageByClientID(c.ID, in.ClientID)
	if ok, err := found(err); err != nil {
		return nil, nil, fmt.Errorf("message by client id: %w", err)
	} else if ok {
		return before, nil, nil
	}
	body, files, err := a.compose(c, in)
	if err != nil {
		return nil, nil, err
	}
	if err := a.checkReply(c, in.Reply); err != nil {
		return nil, nil, err
	}
	return nil, &saying{files: files, message: &Message{
		ID: MessageID(a.newID()), Conversation: c.ID, Author: FromCustomer, ClientID: in.ClientID, Content: body, Reply: in.Reply,
		Status: Stored, At: a.moment(in.At),
	}}, nil
}

// hearAlbum validates what was sent together with a message; what would be refused, or is known, is left out.
func (a *act) hearAlbum(c *Conversation, album []CustomerMessage) ([]*saying, error) {
	var said []*saying
	for _, in := range album {
		_, s, err := a.hear(c, in)
		var refused *Error
		if err != nil && !errors.As(err, &refused) {
			return nil, err
		}
		if s != nil {
			said = append(said, s)
		}
	}
	return said, nil
}

// enter gives a customer's message its place, and sends it to the room.
func (a *act) enter(d *dossier, s *saying) error {
	m := s.message
	m.Ticket = d.ticket.ID
	if err := a.append(d.conversation, m); err != nil {
		return err
	}
	for _, f := range s.files {
		f.Message = m.ID
		if err := a.tx.PutFile(f); err != nil {
			return fmt.Errorf("put file %s: %w", f.ID, err)
		}
	}
	return a.postMessage(d, m)
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
