package telegram

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-telegram/bot/models"

	"frontdesk/bridges"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Translate turns a stored update into the domain's inputs. It is the journal's translator of source "telegram".
func (s *Service) Translate(tx journal.Tx, in journal.Input) ([]desk.Input, error) {
	u, err := readUpdate(in.Body)
	if err == nil && in.Kind == kindUnread {
		err = errors.New("an update without id")
	}
	if err != nil {
		return nil, journal.Permanent(err)
	}
	a := arrivalOf(u)
	if a == nil {
		return nil, nil
	}
	chat, err := tx.Chat(in.Source, chatID(a.chat))
	if err != nil {
		return nil, fmt.Errorf("chat of update %s: %w", in.ID, err)
	}
	t := &translation{s: s, tx: tx, chat: chat, at: in.At, partly: u.partly}
	agreed, err := t.agreed()
	if err != nil {
		return nil, err
	}
	if !agreed {
		err = t.unheard(in, a)
		return t.out, err
	}
	if waits, err := t.behindHeld(in, a); waits || err != nil {
		return nil, err
	}
	if err := t.profile(a.from); err != nil {
		return nil, err
	}
	switch a.kind {
	case kindMessage:
		err = t.message(u.Message)
	case kindAlbum:
		err = t.album(in, u.Message)
	case kindEdit:
		err = t.edit(u.EditedMessage)
	case kindPress:
		err = t.press(u.CallbackQuery)
	case kindReaction:
		err = t.reaction(u.MessageReaction)
	case kindMember:
		t.member(u.MyChatMember)
	}
	return t.out, err
}

// translation is one update on its way to the domain.
type translation struct {
	s    *Service
	tx   journal.Tx
	chat *journal.Chat
	at   time.Time
	out  []desk.Input

	conversation *desk.Conversation
	site         *desk.Site
	partly       bool // there is something in the update that we cannot read
}

// startRE is the press of the button that begins a chat, with what the link to the bot may carry along. What else stands behind /start was
// typed.
var startRE = regexp.MustCompile(`^/start(@\w+)?( [A-Za-z0-9_-]{1,64})?$`)

func isStart(m *models.Message) bool { return startRE.MatchString(m.Text) }

// greet has the customer greeted. Who may not write here is told so instead.
func (t *translation) greet() error {
	if err := desk.MayWrite(t.tx, t.conversation); err != nil {
		return err
	}
	return t.prompt(promptHello)
}

// prompt has something said beside the log.
func (t *translation) prompt(what string) error {
	t.chat.Prompt = what
	return t.tx.PutChat(t.chat)
}

func (t *translation) add(in desk.Input) { t.out = append(t.out, in) }

// profile follows what the customer is called.
func (t *translation) profile(from *models.User) error {
	customer, err := t.tx.Customer(t.conversation.Customer)
	if err != nil {
		return fmt.Errorf("customer of chat %s: %w", t.chat.ID, err)
	}
	if name := fullName(from); name != "" && name != customer.Name {
		t.add(desk.CustomerProfile{Conversation: t.conversation.ID, Name: name})
	}
	return nil
}

// clientID is what a customer's message is known by in the desk.
func clientID(message int) string { return "tg:" + strconv.Itoa(message) }

func (t *translation) message(m *models.Message) error {
	if isStart(m) {
		return t.greet()
	}
	if commented, err := t.comment(m); commented || err != nil {
		return err
	}
	in, err := t.said(m)
	if err != nil || in == nil {
		return err
	}
	t.add(*in)
	return nil
}

// said makes a customer's message of one of Telegram's; nil for what says nothing: a pinned message, a changed picture.
func (t *translation) said(m *models.Message) (*desk.CustomerMessage, error) {
	words, err := t.words(m)
	if err != nil {
		return nil, err
	}
	in := &desk.CustomerMessage{Conversation: t.chat.Conversation, ClientID: clientID(m.ID), Text: words.text, HTML: words.html, At: time.Unix(int64(m.Date), 0)}
	if sharesPhone(m) {
		in.Phone = "+" + strings.TrimPrefix(m.Contact.PhoneNumber, "+")
	}
	if words.file != nil {
		if err := t.tx.PutFile(words.file); err != nil {
			return nil, fmt.Errorf("put file: %w", err)
		}
		in.Files = []desk.FileID{desk.FileID(words.file.ID)}
	}
	if m.ReplyToMessage != nil {
		answered, err := t.known(m.ReplyToMessage.ID)
		if err != nil {
			return nil, err
		}
		if answered != nil {
			in.Reply = answered.ID
		}
	}
	if in.Text == "" && len(in.Files) == 0 {
		return nil, nil
	}
	return in, nil
}

// sharesPhone reports whether a message is the sender's own contact, which Telegram vouches for.
func sharesPhone(m *models.Message) bool {
	return m != nil && m.Contact != nil && m.From != nil && m.Contact.UserID == m.From.ID && m.Contact.PhoneNumber != ""
}

// known gives the message that the chat's message of an id is, or nil.
func (t *translation) known(id int) (*desk.Message, error) {
	m, err := t.tx.MessageByClientID(t.chat.Conversation, clientID(id))
	if err == nil || !errors.Is(err, desk.ErrNotFound) {
		return m, err
	}
	remote, err := t.remote(id)
	if err != nil || remote == nil {
		return nil, err
	}
	return t.tx.Message(remote.Message)
}

// errTooEarly tells that the customer was faster than the mark at what was sent.
var errTooEarly = errors.New("what was sent last is not marked yet")

// earlyFor is how long a mark is waited for. What is on its way for longer is no message that the customer has seen.
const earlyFor = 5 * time.Second

// remote gives what stands in the chat under an id of a message of ours, or nil if it is none of the log.
func (t *translation) remote(id int) (*journal.Remote, error) {
	r, err := t.tx.Remote(t.chat.Source, t.chat.ID, strconv.Itoa(id))
	if err == nil || !errors.Is(err, desk.ErrNotFound) {
		return r, err
	}
	if t.s.cfg.Now().Sub(t.at) > earlyFor {
		return nil, nil
	}
	sending, err := t.tx.IsSending(t.chat.Source, t.chat.ID)
	if err == nil && sending {
		err = errTooEarly
	}
	return nil, err
}

// comment takes an answer to the request for a comment on a rating, and reports whether it was one.
func (t *translation) comment(m *models.Message) (bool, error) {
	if m.ReplyToMessage == nil || m.Text == "" {
		return false, nil
	}
	id, err := t.asked(m.ReplyToMessage)
	if err != nil || id == "" {
		return false, err
	}
	rating, err := t.tx.Rating(id)
	if errors.Is(err, desk.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	ticket, err := t.tx.Ticket(id)
	if err != nil || !desk.Ratable(ticket) {
		return false, err // too late for a comment: it is a message like any other
	}
	t.add(desk.CustomerRating{Conversation: t.chat.Conversation, Ticket: id, Stars: rating.Stars, Comment: m.Text})
	return true, nil
}

// asked gives the ticket that a message of ours asks a comment on, or "". One that is not marked yet is known by its words.
func (t *translation) asked(m *models.Message) (desk.TicketID, error) {
	remote, err := t.tx.Remote(t.chat.Source, t.chat.ID, strconv.Itoa(m.ID))
	switch {
	case err == nil && remote.Part < bridges.Beside:
		return "", nil
	case err == nil:
		about, err := t.tx.Message(remote.Message)
		if err != nil {
			return "", fmt.Errorf("message that asks for a rating: %w", err)
		}
		return about.Ticket, nil
	case !errors.Is(err, desk.ErrNotFound):
		return "", err
	}
	view, err := bridges.ViewOf(t.tx, t.chat.Conversation)
	if err != nil || view.Ticket == nil || m.Text != t.s.words(view.Site, view.Customer.Language, "customer.rate_comment") {
		return "", err
	}
	return view.Ticket.ID, nil
}

func (t *translation) edit(m *models.Message) error {
	before, err := t.known(m.ID)
	if err != nil || before != nil && before.Author != desk.FromCustomer {
		return err
	}
	if before == nil { // a comment, or what was none of the desk's before
		return t.message(m)
	}
	words, err := t.words(m)
	if err != nil {
		return err
	}
	shown, err := t.shownWith(before, words.file)
	if err != nil {
		return err
	}
	if shown == nil {
		return t.replace(before, m, words)
	}
	t.add(desk.CustomerEdit{Conversation: t.chat.Conversation, Message: shown.ID, Text: words.text, HTML: words.html})
	return nil
}

// shownWith gives the message of the desk that shows an edited message with the file it has now, nil if none does. Usually it is the first
// one; another if the file was replaced.
func (t *translation) shownWith(before *desk.Message, now *desk.File) (*desk.Message, error) {
	if now == nil {
		return before, nil
	}
	known, err := t.tx.FileByClientID(t.chat.Conversation, now.ClientID)
	switch {
	case err == nil:
		return t.tx.Message(known.Message)
	case !errors.Is(err, desk.ErrNotFound):
		return nil, err
	case len(before.Content.Files) == 0:
		return nil, nil
	}
	// Telegram may have given it another id to fetch it by.
	had, err := t.tx.File(desk.FileID(before.Content.Files[0].ID))
	if err != nil {
		return nil, fmt.Errorf("file of message %s: %w", before.ID, err)
	}
	if unique := uniqueOf(had); unique == "" || unique == uniqueOf(now) {
		return before, nil
	}
	return nil, nil
}

// replace says the other file in answer to the message that had the first, which stays: it has been seen.
func (t *translation) replace(before *desk.Message, m *models.Message, w words) error {
	edit := ":" + strconv.Itoa(m.EditDate)
	w.file.ID += "-" + strconv.Itoa(m.EditDate)
	if err := t.tx.PutFile(w.file); err != nil {
		return fmt.Errorf("put file: %w", err)
	}
	t.add(desk.CustomerMessage{
		Conversation: t.chat.Conversation, ClientID: clientID(m.ID) + edit, Text: w.text, HTML: w.html, Files: []desk.FileID{desk.FileID(w.file.ID)},
		Reply: before.ID, At: time.Unix(int64(m.EditDate), 0),
	})
	return nil
}

// press works a button: a topic, or stars.
func (t *translation) press(q *models.CallbackQuery) error {
	if queue, ok := topicPressed(q.Data); ok {
		t.add(desk.CustomerChoice{Conversation: t.chat.Conversation, Queue: queue})
		return nil
	}
	ticket, stars, ok := starsPressed(q.Data)
	if !ok {
		return nil
	}
	in := desk.CustomerRating{Conversation: t.chat.Conversation, Ticket: ticket, Stars: stars}
	before, err := t.tx.Rating(ticket)
	switch {
	case err == nil:
		in.Comment = before.Comment
	case !errors.Is(err, desk.ErrNotFound):
		return err
	}
	t.add(in)
	if in.Comment != "" || err == nil || q.Message.Message == nil {
		return nil // asked before
	}
	about, err := t.known(q.Message.Message.ID)
	if err != nil || about == nil {
		return err
	}
	return t.prompt(promptComment + string(about.ID))
}

func (t *translation) reaction(r *models.MessageReactionUpdated) error {
	about, err := t.known(r.MessageID)
	if err != nil || about == nil || about.Author == desk.FromSystem { // our own words wait for no opinion
		return err
	}
	before, now := emojis(r.OldReaction), emojis(r.NewReaction)
	for _, key := range before {
		if !slices.Contains(now, key) {
			t.add(desk.CustomerReaction{Conversation: t.chat.Conversation, Message: about.ID, Key: key})
		}
	}
	for _, key := range now {
		if !slices.Contains(before, key) {
			t.add(desk.CustomerReaction{Conversation: t.chat.Conversation, Message: about.ID, Key: key, On: true})
		}
	}
	return nil
}

// Reactions that are no emoji: a star that was paid for, and pictures of Telegram's own.
const (
	paidReaction  = "⭐"
	otherReaction = "✨"
)

func emojis(all []models.ReactionType) []string {
	var out []string
	for _, r := range all {
		switch {
		case r.ReactionTypeEmoji != nil:
			out = append(out, r.ReactionTypeEmoji.Emoji)
		case r.ReactionTypePaid != nil:
			out = append(out, paidReaction)
		default:
			out = append(out, otherReaction)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// member tells that the customer has blocked the bot, or lets it write again.
func (t *translation) member(m *models.ChatMemberUpdated) {
	was, is := m.OldChatMember.Banned != nil, m.NewChatMember.Banned != nil
	if was != is {
		t.add(desk.CustomerReach{Conversation: t.chat.Conversation, Cut: is})
	}
}
