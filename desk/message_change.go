package desk

import (
	"fmt"

	"frontdesk/content"
)

// ownMessage gives a message the customer may change, with its conversation.
func (a *act) ownMessage(conversation ConversationID, id MessageID) (*Conversation, *Message, error) {
	c, m, err := a.conversationMessage(conversation, id)
	if err != nil {
		return nil, nil, err
	}
	if m.Author != FromCustomer {
		return nil, nil, Refuse(Denied, "message.not_yours")
	}
	return c, m, nil
}

// conversationMessage gives a message of a conversation.
func (a *act) conversationMessage(conversation ConversationID, id MessageID) (*Conversation, *Message, error) {
	c, err := a.tx.Conversation(conversation)
	if err != nil {
		return nil, nil, a.missing(err, "conversation.unknown")
	}
	m, err := a.tx.Message(id)
	if err != nil {
		return nil, nil, a.missing(err, "message.unknown")
	}
	if m.Conversation != c.ID {
		return nil, nil, Refuse(NotFound, "message.unknown")
	}
	return c, m, nil
}

// customerEdit replaces the text of a customer's message. An edit has to fit into one Matrix event.
func (a *act) customerEdit(in CustomerEdit) error {
	c, m, err := a.ownMessage(in.Conversation, in.Message)
	if err != nil {
		return err
	}
	if !m.Deleted.IsZero() {
		return Refuse(Conflict, "message.deleted")
	}
	if err := a.notBlocked(c); err != nil {
		return err
	}
	text, err := customerWords(in.Text)
	if err != nil {
		return err
	}
	edited := content.Message{Text: text, HTML: content.Sanitize(in.HTML), Files: m.Content.Files}
	if edited.Empty() {
		return Refuse(Invalid, "message.empty")
	}
	if len(text) > maxPartText || len(m.Content.Text) > maxPartText {
		return Refuse(Invalid, "message.edit_too_long")
	}
	if text == m.Content.Text && edited.HTML == m.Content.HTML {
		return nil
	}
	m.Content, m.Edited = edited, a.now
	if err := a.revise(c, m); err != nil {
		return err
	}
	if err := a.postEdit(m); err != nil {
		return err
	}
	return a.wordsChanged(c, m)
}

// postEdit carries a customer's edit to Matrix: text, or caption, stand in the first part.
func (a *act) postEdit(m *Message) error {
	if m.Status == Failed {
		return nil
	}
	room, persona, err := a.whereAndWho(m)
	if err != nil {
		return err
	}
	first := partsOf(m.Content)[0]
	a.emit(Post{
		ID: editRow(m.ID, a.newID()), Room: room, As: persona, Message: m.ID, Text: first.text, HTML: first.html, File: first.file,
		Replaces: Ref{Message: m.ID}, At: a.now,
	})
	return a.eachLobbyCopy(m, 1, func(room RoomKey, part int, copied EventID) { a.replaceLobbyCopy(room, m, part, copied) })
}

// whereAndWho gives the room of a message and the persona of its conversation's customer.
func (a *act) whereAndWho(m *Message) (RoomKey, Persona, error) {
	t, err := a.tx.Ticket(m.Ticket)
	if err != nil {
		return "", "", fmt.Errorf("ticket of message %s: %w", m.ID, err)
	}
	return PortalRoom(t.Portal), Puppet(t.Customer), nil
}

// wordsChanged brings the card up to date if the changed message belongs to a waiting ticket.
func (a *act) wordsChanged(c *Conversation, m *Message) error {
	if m.Ticket != c.Ticket {
		return nil
	}
	t, err := a.tx.Ticket(m.Ticket)
	if err != nil {
		return fmt.Errorf("ticket of message %s: %w", m.ID, err)
	}
	if t.State != Waiting {
		return nil
	}
	d, err := a.dossier(t, c)
	if err != nil {
		return err
	}
	_, err = a.rewriteCard(d)
	return err
}

// customerDelete takes a customer's message back, everywhere. Its place in the conversation stays, without content.
func (a *act) customerDelete(in CustomerDelete) error {
	c, m, err := a.ownMessage(in.Conversation, in.Message)
	if err != nil {
		return err
	}
	if !m.Deleted.IsZero() {
		return nil
	}
	room, persona, err := a.whereAndWho(m)
	if err != nil {
		return err
	}
	parts, err := a.partsInMatrix(m)
	if err != nil {
		return err
	}
	for _, i := range parts {
		a.emit(Redact{ID: a.effectID(), Room: room, As: persona, Target: Ref{Message: m.ID, Part: i}})
	}
	err = a.eachLobbyCopy(m, len(partsOf(m.Content)), func(room RoomKey, _ int, copied EventID) {
		a.emit(Redact{ID: a.effectID(), Room: room, As: Bot, Target: Ref{Event: copied}})
	})
	if err != nil {
		return err
	}
	if err := a.erase(c, m); err != nil {
		return err
	}
	return a.wordsChanged(c, m)
}

// partsInMatrix lists the parts of a message that are, or will be, in Matrix.
func (a *act) partsInMatrix(m *Message) ([]int, error) {
	var out []int
	if m.Status == Stored {
		for i := range partsOf(m.Content) {
			out = append(out, i)
		}
		return out, nil
	}
	events, err := a.tx.EventsOf(m.ID)
	if err != nil {
		return nil, fmt.Errorf("events of message %s: %w", m.ID, err)
	}
	for _, ev := range events {
		out = append(out, ev.Part)
	}
	return out, nil
}

// erase empties a message and keeps its place.
func (a *act) erase(c *Conversation, m *Message) error {
	if m.Author == FromStaff {
		if err := a.relieve(m, "plight.deleted"); err != nil {
			return err
		}
	}
	m.Content, m.Reactions, m.Deleted = content.Message{}, nil, a.now
	return a.revise(c, m)
}
