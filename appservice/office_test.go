package appservice_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
)

// bounded gives the test's context with an end.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// eventually asks until cond holds. It is for what tells nobody when it changes: database and homeserver.
func (f *office) eventually(what string, cond func() bool) {
	f.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if time.Now().After(deadline) {
			f.t.Fatalf("%s: not within %s", what, patience)
		}
		<-tick.C
	}
}

func (f *office) read(fn func(journal.Tx) error) error { return f.journal.Read(f.t.Context(), fn) }

// must reads a row that has to be there.
func must[T any](f *office, get func(journal.Tx) (*T, error)) *T {
	f.t.Helper()
	var out *T
	err := f.read(func(tx journal.Tx) (err error) {
		out, err = get(tx)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// room waits until a room exists.
func (f *office) room(key desk.RoomKey) desk.Room {
	f.t.Helper()
	var out desk.Room
	f.eventually("room "+string(key), func() bool {
		err := f.read(func(tx journal.Tx) error {
			r, err := tx.Room(key)
			if err == nil {
				out = *r
			}
			return err
		})
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			f.t.Fatal(err)
		}
		return out.ID != ""
	})
	return out
}

// join waits until somebody is invited to a room or in it, and lets them join.
func (f *office) join(p *devstack.Operator, room desk.RoomID) {
	f.t.Helper()
	ctx := bounded(f.t)
	if f.config.StaffToken == "" {
		_, err := p.WaitInvite(ctx, func(in devstack.Invite) bool { return in.Room == id.RoomID(room) })
		if err != nil {
			f.t.Fatalf("invitation to %s: %v", room, err)
		}
		if err := p.Join(ctx, id.RoomID(room)); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := p.WaitMembership(ctx, id.RoomID(room), event.MembershipJoin); err != nil {
		f.t.Fatalf("joining %s: %v", room, err)
	}
}

// visitor opens a conversation.
func (f *office) visitor() desk.ConversationID {
	f.t.Helper()
	var c *desk.Conversation
	err := f.journal.Write(f.t.Context(), func(tx journal.Tx) (err error) {
		c, err = f.engine.OpenConversation(tx, time.Now(), siteID, desk.ChannelWidget, "en")
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return c.ID
}

// write says something as a customer.
func (f *office) write(c desk.ConversationID, text string, files ...desk.FileID) *desk.Message {
	f.t.Helper()
	return f.decide(desk.CustomerMessage{
		Conversation: c, ClientID: ulid.Make().String(), Text: text, Files: files, At: time.Now(),
	}).Message
}

func (f *office) conversation(c desk.ConversationID) *desk.Conversation {
	f.t.Helper()
	return must(f, func(tx journal.Tx) (*desk.Conversation, error) { return tx.Conversation(c) })
}

func (f *office) ticket(c desk.ConversationID) *desk.Ticket {
	f.t.Helper()
	return must(f, func(tx journal.Tx) (*desk.Ticket, error) { return tx.Ticket(f.conversation(c).Ticket) })
}

// portal waits for the room of a conversation.
func (f *office) portal(c desk.ConversationID) id.RoomID {
	f.t.Helper()
	return id.RoomID(f.room(desk.PortalRoom(f.conversation(c).Portal)).ID)
}

func (f *office) lobby() id.RoomID { return id.RoomID(f.room(desk.LobbyRoom(queueID)).ID) }

func (f *office) customer(c desk.ConversationID) id.UserID {
	f.t.Helper()
	return id.UserID("@desk_c_" + lower(string(f.conversation(c).Customer)) + ":" + devstack.Domain)
}

// state waits until a ticket is in a state.
func (f *office) state(c desk.ConversationID, want desk.TicketState) *desk.Ticket {
	f.t.Helper()
	f.eventually("ticket "+string(want), func() bool { return f.ticket(c).State == want })
	return f.ticket(c)
}

// accepted lets an operator accept a visitor's ticket by its invitation.
func (f *office) accepted(c desk.ConversationID, p *devstack.Operator) id.RoomID {
	f.t.Helper()
	portal := f.portal(c)
	ctx := bounded(f.t)
	if _, err := p.WaitInvite(ctx, func(in devstack.Invite) bool { return in.Room == portal }); err != nil {
		f.t.Fatal(err)
	}
	if err := p.Join(ctx, portal); err != nil {
		f.t.Fatal(err)
	}
	f.state(c, desk.Assigned)
	return portal
}

// messages lists what the visitor can read.
func (f *office) messages(c desk.ConversationID) []desk.Message {
	f.t.Helper()
	var out []desk.Message
	err := f.read(func(tx journal.Tx) (err error) {
		out, err = tx.MessagesAfter(c, 0, 1000)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// hears waits until the visitor can read a message of the staff, and gives it.
func (f *office) hears(c desk.ConversationID, text string) desk.Message {
	f.t.Helper()
	var found desk.Message
	f.eventually("visitor reads "+text, func() bool {
		for _, m := range f.messages(c) {
			if m.Author == desk.FromStaff && m.Content.Text == text {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// sees waits until somebody sees an event of a type in a room that the test accepts.
func (f *office) sees(p *devstack.Operator, room id.RoomID, kind event.Type, accept func(*event.Event) bool) *event.Event {
	f.t.Helper()
	e, err := p.WaitFor(bounded(f.t), func(e *event.Event) bool {
		return e.RoomID == room && e.Type == kind && accept(e)
	})
	if err != nil {
		f.t.Fatalf("%s in %s: %v", kind.Type, room, err)
	}
	return e
}

func (f *office) seesText(p *devstack.Operator, room id.RoomID, text string) *event.Event {
	f.t.Helper()
	return f.sees(p, room, event.EventMessage, func(e *event.Event) bool { return e.Content.AsMessage().Body == text })
}

// applied waits until nothing is left to do: no effect, no desire, no input.
func (f *office) applied() {
	f.t.Helper()
	f.eventually("everything done", func() bool {
		idle := true
		err := f.read(func(tx journal.Tx) error {
			inputs, err := tx.PendingLanes()
			if err != nil {
				return err
			}
			effects, err := tx.EffectLanes()
			if err != nil {
				return err
			}
			desires, err := tx.DueDesires(time.Now().Add(24*time.Hour), false, 10)
			idle = len(inputs) == 0 && len(effects) == 0 && len(desires) == 0
			return err
		})
		if err != nil {
			f.t.Fatal(err)
		}
		return idle
	})
}

// noDeadLetters fails if anything was given up.
func (f *office) noDeadLetters() {
	f.t.Helper()
	letters, err := f.journal.DeadLetters(f.t.Context(), 10)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, l := range letters {
		f.t.Errorf("dead letter: %s %s %s %s", l.Of, l.ID, l.Kind, l.Error)
	}
}

// asAdmin gives a client of one of our own users, for doing to rooms what only they may.
func (f *office) as(user id.UserID) *mautrix.Client {
	f.t.Helper()
	client, err := mautrix.NewClient(f.synapse.URL, user, asToken)
	if err != nil {
		f.t.Fatal(err)
	}
	client.SetAppServiceUserID = true
	f.t.Cleanup(client.Client.CloseIdleConnections)
	return client
}

// currentState reads a state event's content as the bot.
func (f *office) currentState(room id.RoomID, kind, key string) map[string]any {
	f.t.Helper()
	var out map[string]any
	err := f.as(id.UserID(bot)).StateEvent(f.t.Context(), room, event.Type{Type: kind, Class: event.StateEventType}, key, &out)
	if err != nil && !errors.Is(err, mautrix.MNotFound) {
		f.t.Fatal(err)
	}
	return out
}

func lower(s string) string {
	out := []byte(s)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

// upload puts a visitor's file into the spool, as the gateway does.
func (f *office) upload(c desk.ConversationID, name, mime string, kind content.Kind, data []byte) desk.FileID {
	f.t.Helper()
	file := ulid.Make().String()
	f.spool.put(f.t, file, data)
	err := f.journal.Write(f.t.Context(), func(tx journal.Tx) error {
		return tx.PutFile(&desk.File{
			Attachment:   content.Attachment{ID: file, Name: name, Type: mime, Size: int64(len(data)), Kind: kind},
			Conversation: c, ClientID: file, Spooled: true, Created: time.Now(),
		})
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return desk.FileID(file)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// history lists all events of a room as the bot reads them, newest first.
func (f *office) history(room id.RoomID) []*event.Event {
	f.t.Helper()
	var out []*event.Event
	for from := ""; ; {
		page, err := f.as(id.UserID(bot)).Messages(f.t.Context(), room, from, "", mautrix.DirectionBackward, nil, 100)
		if err != nil {
			f.t.Fatal(err)
		}
		out = append(out, page.Chunk...)
		if page.End == "" || len(page.Chunk) == 0 {
			return out
		}
		from = page.End
	}
}

// card waits for the card that shows some words, and its buttons.
func (f *office) card(p *devstack.Operator, words string) *event.Event {
	f.t.Helper()
	card := f.sees(p, f.lobby(), event.EventMessage, func(e *event.Event) bool {
		return e.Sender == id.UserID(bot) && e.Content.AsMessage().RelatesTo.GetReplaceID() == "" &&
			strings.Contains(e.Content.AsMessage().Body, words)
	})
	f.sees(p, f.lobby(), event.EventReaction, func(e *event.Event) bool {
		return e.Content.AsReaction().RelatesTo.EventID == card.ID && e.Content.AsReaction().RelatesTo.Key == "✅"
	})
	return card
}
