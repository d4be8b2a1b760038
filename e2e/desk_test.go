package e2e

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
)

// office is a running desk with a website before it and operators behind it.
type office struct {
	t            *testing.T
	ctx          context.Context
	stack        *devstack.Stack
	site         *site
	doublePuppet bool
}

// openOffice starts a desk for one test.
func openOffice(t *testing.T, o devstack.StackOptions) *office {
	t.Helper()
	p, err := furnish(t.Context(), o)
	if err != nil {
		t.Fatalf("start the desk: %v", err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Errorf("close the desk: %v", err)
		}
	})
	return p.office(t)
}

// premises are what an office stands in: it may be used by several tests, one after the other.
type premises struct {
	stack        *devstack.Stack
	site         *site
	doublePuppet bool
}

func furnish(ctx context.Context, o devstack.StackOptions) (*premises, error) {
	s := newSite()
	o.Origins = append(o.Origins, s.url)
	stack, err := devstack.Up(ctx, o)
	if err != nil {
		s.server.Close()
		return nil, err
	}
	s.gateway, s.key = stack.Frontdesk.GatewayURL, devstack.SiteKey
	return &premises{stack: stack, site: s, doublePuppet: o.DoublePuppet}, nil
}

func (p *premises) close() error {
	err := p.stack.Close()
	p.site.server.Close()
	return err
}

func (p *premises) office(t *testing.T) *office {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of frontdesk's log:\n%s", tail(p.stack.Frontdesk.Log))
		}
	})
	return &office{t: t, ctx: t.Context(), stack: p.stack, site: p.site, doublePuppet: p.doublePuppet}
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

// idle waits until the desk has nothing left to do. Clients that come before it is furnished read every step of the furnishing.
func (o *office) idle() {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, 3*patience) // with fifty operators it does hundreds of things
	defer cancel()
	if err := o.stack.Frontdesk.WaitIdle(ctx); err != nil {
		o.t.Fatal(err)
	}
}

// login gives an operator's client.
func (o *office) login(a devstack.Account) *operator {
	o.t.Helper()
	client, err := o.stack.Login(o.ctx, a)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(client.Close)
	who := &operator{Operator: client, t: o.t, ctx: o.ctx, clicks: !o.doublePuppet}
	for _, name := range staffRooms {
		who.enter(name)
	}
	return who
}

// staffRooms are those that an operator is in from the start: the site's space, the queue's, its lobby, the operator's own space.
var staffRooms = []string{"Example", "General", "General: tickets", "Tickets"}

// enter waits until a room of the staff is joined, taking the invitation where nobody joins for the operator.
func (o *operator) enter(name string) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	joined := func() bool { return slices.Contains(slices.Collect(maps.Values(o.Rooms())), name) }
	if o.clicks && !joined() {
		in, err := o.WaitInvite(ctx, func(in devstack.Invite) bool { return in.Name == name })
		if err == nil {
			err = o.Join(ctx, in.Room)
		}
		if err != nil {
			o.t.Fatalf("enter %s: %v\n%s", name, err, o.saw(""))
		}
	}
	if _, err := o.WaitRoom(ctx, func(n string) bool { return n == name }); err != nil {
		o.t.Fatalf("waited for %s: %v\n%s", name, err, o.saw(""))
	}
}

// operator is a member of staff at his Matrix client; what fails, fails the test.
type operator struct {
	*devstack.Operator
	t      *testing.T
	ctx    context.Context
	clicks bool // has to take invitations: nobody joins for them
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

// press reacts to a card with one of its buttons.
func (o *operator) press(card *event.Event, key string) id.EventID {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	reaction, err := o.React(ctx, card.RoomID, card.ID, key)
	if err != nil {
		o.t.Fatal(err)
	}
	return reaction
}

// accept presses ✅ on a card and waits until the ticket's room is joined, by the desk where it may, else by the invitation.
func (o *operator) accept(card *event.Event) id.RoomID {
	o.t.Helper()
	o.press(card, "✅")
	return o.comeIn(number(o.t, card))
}

// comeIn waits for a ticket's room; where the desk cannot join for the operator, they take the invitation that stands for it.
func (o *operator) comeIn(ticket string) id.RoomID {
	o.t.Helper()
	if o.clicks {
		in := o.invited(ticket)
		ctx, cancel := o.within()
		defer cancel()
		if err := o.Join(ctx, in.Room); err != nil {
			o.t.Fatal(err)
		}
	}
	return o.ticketRoom(ticket)
}

// invited waits for the invitation to a ticket's room.
func (o *operator) invited(ticket string) devstack.Invite {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	in, err := o.WaitInvite(ctx, func(in devstack.Invite) bool { return strings.HasPrefix(in.Name, ticket+" ") })
	if err != nil {
		o.t.Fatalf("waited for the invitation to %s: %v\n%s", ticket, err, o.saw(""))
	}
	return in
}

// ticketRoom waits for the joined room of a ticket, such as #42.
func (o *operator) ticketRoom(ticket string) id.RoomID {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	room, err := o.WaitRoom(ctx, func(name string) bool { return strings.HasPrefix(name, ticket+" ") })
	if err != nil {
		o.t.Fatalf("waited for the room of %s: %v\n%s", ticket, err, o.saw(""))
	}
	return room
}

var ticketNumber = regexp.MustCompile(`#\d+`)

// number reads a ticket's number off its card.
func number(t *testing.T, card *event.Event) string {
	t.Helper()
	ticket := ticketNumber.FindString(card.Content.AsMessage().Body)
	if ticket == "" {
		t.Fatalf("the card has no number: %s", card.Content.AsMessage().Body)
	}
	return ticket
}

// gone waits until the operator is not in a room and not invited any more.
func (o *operator) gone(room id.RoomID) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	if err := o.WaitMembership(ctx, room, event.MembershipLeave); err != nil {
		o.t.Fatalf("waited for %s to be out of %s: %v\n%s", o.ID, room, err, o.saw(""))
	}
}

// cardSays waits until the newest text of a card contains words.
func (o *operator) cardSays(card *event.Event, words string) {
	o.t.Helper()
	o.sees(card.RoomID, fmt.Sprintf("the card with %q", words), func(e *event.Event, m *event.MessageEventContent) bool {
		return m.RelatesTo.GetReplaceID() == card.ID && m.NewContent != nil && strings.Contains(m.NewContent.Body, words)
	})
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
