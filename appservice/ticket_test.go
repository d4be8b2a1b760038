package appservice_test

import (
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
)

// A visitor's first words become a room, a card and an offer; one operator takes it, both talk, it is closed.
func TestTicketFromFirstWordsToClosing(t *testing.T) {
	f := open(t, officeOptions{operators: 2})
	anna, boris := f.operators[0], f.operators[1]
	ctx := bounded(t)

	c := f.visitor()
	f.write(c, "My order has not come")
	portal := f.portal(c)
	for _, p := range f.operators {
		in, err := p.WaitInvite(ctx, func(in devstack.Invite) bool { return in.Room == portal })
		if err != nil {
			t.Fatal(err)
		}
		if in.By != f.customer(c) || !strings.Contains(in.Reason, "My order has not come") || !strings.Contains(in.Name, "#") {
			t.Errorf("invitation is %+v", in)
		}
	}
	card := f.sees(anna, f.lobby(), event.EventMessage, func(e *event.Event) bool {
		return strings.Contains(e.Content.AsMessage().Body, "My order has not come")
	})
	if m := card.Content.AsMessage().Mentions; m == nil || len(m.UserIDs) != 2 {
		t.Errorf("card mentions %+v", m)
	}
	for _, button := range []string{"✅", "❌"} {
		f.sees(anna, f.lobby(), event.EventReaction, func(e *event.Event) bool {
			r := e.Content.AsReaction().RelatesTo
			return r.EventID == card.ID && r.Key == button && e.Sender == id.UserID(bot)
		})
	}
	f.applied()
	t.Logf("events of an opened ticket: portal %d", len(f.history(portal)))

	if _, err := anna.React(ctx, f.lobby(), card.ID, "✅"); err != nil {
		t.Fatal(err)
	}
	ticket := f.state(c, desk.Assigned)
	if ticket.Owner != desk.UserID(anna.ID) {
		t.Fatalf("owner is %s", ticket.Owner)
	}
	if err := anna.Join(ctx, portal); err != nil {
		t.Fatal(err)
	}
	f.seesText(anna, portal, "My order has not come")
	if err := boris.Until(ctx, func() bool { return true }); err != nil {
		t.Fatal(err)
	}
	f.eventually("boris' invitation withdrawn", func() bool {
		return !slices.ContainsFunc(boris.Invites(), func(in devstack.Invite) bool { return in.Room == portal })
	})
	f.sees(boris, f.lobby(), event.EventMessage, func(e *event.Event) bool {
		return e.Content.AsMessage().RelatesTo.GetReplaceID() == card.ID
	})
	f.applied()
	t.Logf("events of an accepted ticket: portal %d", len(f.history(portal)))

	if _, err := anna.SendText(ctx, portal, "Good morning, which order?"); err != nil {
		t.Fatal(err)
	}
	answer := f.hears(c, "Good morning, which order?")
	if answer.WhoName != "Operator 1" {
		t.Errorf("visitor sees %q", answer.WhoName)
	}
	f.write(c, "Number 7")
	f.seesText(anna, portal, "Number 7")

	if _, err := anna.SendText(ctx, portal, "!close"); err != nil {
		t.Fatal(err)
	}
	f.state(c, desk.Closed)
	if err := anna.WaitMembership(ctx, portal, event.MembershipLeave); err != nil {
		t.Fatal(err)
	}
	f.applied()
	f.noDeadLetters()
}
