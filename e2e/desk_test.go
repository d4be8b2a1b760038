package e2e

import (
	"context"
	"os"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
)

// office is a running desk with a website before it and operators behind it.
type office struct {
	t     *testing.T
	ctx   context.Context
	stack *devstack.Stack
	site  *site
}

func openOffice(t *testing.T, o devstack.StackOptions) *office {
	t.Helper()
	s := startSite(t)
	o.Origins = append(o.Origins, s.url)
	stack, err := devstack.Up(t.Context(), o)
	if err != nil {
		t.Fatalf("start the desk: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of frontdesk's log:\n%s", tail(stack.Frontdesk.Log))
		}
		if err := stack.Close(); err != nil {
			t.Errorf("close the desk: %v", err)
		}
	})
	s.gateway, s.key = stack.Frontdesk.GatewayURL, devstack.SiteKey
	return &office{t: t, ctx: t.Context(), stack: stack, site: s}
}

// tail gives the last lines of a log.
func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// login gives an operator's client.
func (o *office) login(a devstack.Account) *operator {
	o.t.Helper()
	client, err := o.stack.Login(o.ctx, a)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(client.Close)
	return &operator{Operator: client, t: o.t, ctx: o.ctx}
}

// operator is a member of staff at his Matrix client; what fails, fails the test.
type operator struct {
	*devstack.Operator
	t   *testing.T
	ctx context.Context
}

func (o *operator) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(o.ctx, patience)
}

// sees waits for a message whose text the test accepts; an edit counts with its new text.
func (o *operator) sees(room id.RoomID, what string, accept func(*event.Event, *event.MessageEventContent) bool) *event.Event {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	found, err := o.WaitFor(ctx, func(e *event.Event) bool {
		if e.Type != event.EventMessage || (room != "" && e.RoomID != room) || e.Content.AsMessage() == nil {
			return false
		}
		return accept(e, e.Content.AsMessage())
	})
	if err != nil {
		o.t.Fatalf("waited for %s: %v\nthe operator saw:\n%s", what, err, o.saw(room))
	}
	return found
}

// reads waits for a message that contains a text.
func (o *operator) reads(room id.RoomID, text string) *event.Event {
	o.t.Helper()
	return o.sees(room, `"`+text+`"`, func(_ *event.Event, m *event.MessageEventContent) bool {
		return strings.Contains(m.Body, text) || (m.NewContent != nil && strings.Contains(m.NewContent.Body, text))
	})
}

// saw lists the messages of a room, or of all rooms, for failures.
func (o *operator) saw(room id.RoomID) string {
	var out strings.Builder
	for joined, name := range o.Rooms() {
		if room != "" && joined != room {
			continue
		}
		out.WriteString(name + " (" + joined.String() + ")\n")
		for _, e := range o.Seen(joined) {
			if m := e.Content.AsMessage(); e.Type == event.EventMessage && m != nil {
				out.WriteString("  " + e.Sender.String() + ": " + m.Body + "\n")
			}
		}
	}
	for _, in := range o.Invites() {
		out.WriteString("invited: " + in.Name + " (" + in.Reason + ")\n")
	}
	return out.String()
}

// card waits for the lobby card that shows a customer's words, accepts any state, and gives the card's event.
func (o *operator) card(words string) *event.Event {
	o.t.Helper()
	return o.sees("", "a card with "+words, func(e *event.Event, m *event.MessageEventContent) bool {
		return m.RelatesTo == nil && strings.Contains(m.Body, words) && strings.HasPrefix(e.Sender.String(), "@frontdesk:")
	})
}

// accept presses ✅ on a card and waits until the ticket's room is there and joined.
func (o *operator) accept(card *event.Event, number string) id.RoomID {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	if _, err := o.React(ctx, card.RoomID, card.ID, "✅"); err != nil {
		o.t.Fatal(err)
	}
	return o.ticketRoom(number)
}

// ticketRoom waits for the joined room of a ticket.
func (o *operator) ticketRoom(number string) id.RoomID {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	room, err := o.WaitRoom(ctx, func(name string) bool { return strings.Contains(name, number) })
	if err != nil {
		o.t.Fatalf("waited for the room of %s: %v\n%s", number, err, o.saw(""))
	}
	return room
}

// says writes to a room.
func (o *operator) says(room id.RoomID, text string) id.EventID {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	sent, err := o.SendText(ctx, room, text)
	if err != nil {
		o.t.Fatal(err)
	}
	return sent
}
