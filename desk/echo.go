package desk

import (
	"fmt"
	"strings"
)

// echo learns which event an effect has become. It comes up to twice, as the answer to sending and with the room's events; the second
// time is nothing, except that only the answer tells that the effect is late.
func (a *act) echo(in Echo) error {
	if in.Row == "" || in.Event == "" {
		return nil
	}
	known, err := a.known(in.Room, in.Event)
	if err == nil && !known {
		err = a.learn(in)
	}
	if err != nil || !in.Late {
		return err
	}
	meaning := meaningOf(in.Row)
	if meaning.kind != EventMessage || meaning.message == "" || meaning.lobby {
		return nil
	}
	m, err := a.tx.Message(meaning.message)
	if ok, err := found(err); err != nil || !ok || m.Author != FromCustomer {
		return err
	}
	return a.markLate(in, m)
}

func (a *act) learn(in Echo) error {
	if kind, _ := in.Room.Split(); kind != KindLobby && strings.HasPrefix(string(in.Row), ThingCard) {
		return a.echoOfLine(&Event{Room: in.Room, ID: in.Event, Row: in.Row, Kind: EventNotice})
	}
	if ticket, ok := cardTicket(in.Row); ok {
		return a.cardEcho(in, ticket)
	}
	meaning := meaningOf(in.Row)
	ev := &Event{Room: in.Room, ID: in.Event, Row: in.Row, Kind: meaning.kind, Message: meaning.message, Part: meaning.part}
	if meaning.message == "" {
		return a.echoOfLine(ev)
	}
	if err := a.tx.PutEvent(ev); err != nil {
		return fmt.Errorf("put event %s: %w", ev.ID, err)
	}
	m, err := a.tx.Message(meaning.message)
	if ok, err := found(err); err != nil || !ok {
		return err
	}
	if meaning.lobby {
		a.lobbyCopySent(in.Room, m, meaning.part, in.Event)
		return nil
	}
	if meaning.kind == EventMessage && m.Author == FromCustomer && m.Status != Sent {
		return a.partSent(m)
	}
	return nil
}

// cardEcho takes a card's first event, whose thread is then filled, or that of a card sent anew.
func (a *act) cardEcho(in Echo, ticket TicketID) error {
	before, err := a.cardEvent(in.Room, ticket)
	if err != nil {
		return err
	}
	if err := a.tx.PutEvent(&Event{Room: in.Room, ID: in.Event, Row: in.Row, Kind: EventNotice}); err != nil {
		return fmt.Errorf("put card %s: %w", in.Event, err)
	}
	if before != "" {
		return nil
	}
	return a.cardSent(ticket, in.Room, in.Event)
}

// echoOfLine takes an event that carries no message: a line, a mark, a redaction.
func (a *act) echoOfLine(ev *Event) error {
	p, err := a.place(ev.Room)
	if err != nil {
		return err
	}
	if p != nil {
		return a.keepInside(p, ev, EventNotice)
	}
	if err := a.tx.PutEvent(ev); err != nil {
		return fmt.Errorf("put event %s: %w", ev.ID, err)
	}
	return nil
}

// partSent marks a customer's message as sent once all its parts are in Matrix. The status takes no rev of its own, since clients are
// told by the conversation's StaffGot, unless they were told before that the message had failed.
func (a *act) partSent(m *Message) error {
	events, err := a.tx.EventsOf(m.ID)
	if err != nil {
		return fmt.Errorf("events of message %s: %w", m.ID, err)
	}
	if m.Deleted.IsZero() && len(events) < len(partsOf(m.Content)) {
		return nil
	}
	c, err := a.tx.Conversation(m.Conversation)
	if err != nil {
		return fmt.Errorf("conversation of message %s: %w", m.ID, err)
	}
	failed := m.Status == Failed
	m.Status = Sent
	c.StaffGot = max(c.StaffGot, m.Seq)
	if failed {
		if err := a.relieve(m, "plight.late"); err != nil {
			return err
		}
		return a.revise(c, m)
	}
	if err := a.tx.PutMessage(m); err != nil {
		return fmt.Errorf("put message %s: %w", m.ID, err)
	}
	if err := a.tx.PutConversation(c); err != nil {
		return fmt.Errorf("put conversation %s: %w", c.ID, err)
	}
	a.noted(c.ID)
	return nil
}
