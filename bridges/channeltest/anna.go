package channeltest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

// Anna is the operator of desktest at work in Matrix.
type Anna struct {
	decide func(testing.TB, desk.Input)
	read   func(testing.TB, func(journal.Tx) error)
	events atomic.Int64
}

// NewAnna lets Anna work with what decides and reads in a desk.
func NewAnna(decide func(testing.TB, desk.Input), read func(testing.TB, func(journal.Tx) error)) *Anna {
	return &Anna{decide: decide, read: read}
}

// Event gives an event of hers that nothing else is.
func (a *Anna) Event() desk.EventID { return desk.EventID(fmt.Sprintf("$anna%d", a.events.Add(1))) }

// Say lets her write into a room.
func (a *Anna) Say(t testing.TB, room desk.RoomKey, text string) desk.EventID {
	t.Helper()
	return a.SayAs(t, room, text, func(*desk.StaffMessage) {})
}

// SayAs is Say of what differs from plain words.
func (a *Anna) SayAs(t testing.TB, room desk.RoomKey, text string, change func(*desk.StaffMessage)) desk.EventID {
	t.Helper()
	in := desk.StaffMessage{Room: room, Event: a.Event(), Sender: desktest.Anna, Content: content.Message{Text: text}, At: time.Now()}
	change(&in)
	a.decide(t, in)
	return in.Event
}

// React lets her put a reaction to an event.
func (a *Anna) React(t testing.TB, room desk.RoomKey, event desk.EventID, key string) desk.EventID {
	t.Helper()
	in := desk.StaffReaction{Room: room, Event: a.Event(), Sender: desktest.Anna, Relates: event, Key: key}
	a.decide(t, in)
	return in.Event
}

// TakeBack lets her redact what she said or reacted.
func (a *Anna) TakeBack(t testing.TB, room desk.RoomKey, event desk.EventID) {
	t.Helper()
	a.decide(t, desk.StaffRedaction{Room: room, Event: a.Event(), Sender: desktest.Anna, Redacts: event})
}

// Accept lets her take the ticket of a conversation and come into its room, which it gives.
func (a *Anna) Accept(t testing.TB, id desk.ConversationID) (room desk.RoomKey) {
	t.Helper()
	var ticket *desk.Ticket
	room, ticket = a.ticket(t, id)
	a.Say(t, desk.LobbyRoom(ticket.Queue), fmt.Sprintf("!accept %d", ticket.Number))
	a.decide(t, desk.MemberChanged{Room: room, Event: a.Event(), User: desktest.Anna, Sender: desktest.Anna, Membership: "join", Previous: "invite"})
	return room
}

// ticket gives the room of a conversation, and its ticket.
func (a *Anna) ticket(t testing.TB, id desk.ConversationID) (room desk.RoomKey, ticket *desk.Ticket) {
	t.Helper()
	a.read(t, func(tx journal.Tx) error {
		conversation, err := tx.Conversation(id)
		if err != nil {
			return err
		}
		room = desk.PortalRoom(conversation.Portal)
		ticket, err = tx.Ticket(conversation.Ticket)
		return err
	})
	return room, ticket
}
