package appservice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
)

// The action card of a ticket's room is pinned, its buttons work and can be pressed again, and it follows the ticket. The room is renamed in
// the client by whoever answers.
func TestActionCardAndRenaming(t *testing.T) {
	f := open(t, officeOptions{operators: 2, double: true})
	anna, boris := f.operators[0], f.operators[1]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Where is my order?")
	portal := f.accepted(c, anna)

	var pinned id.EventID
	f.eventually("card pinned", func() bool {
		events, _ := f.currentState(portal, "m.room.pinned_events", "")["pinned"].([]any)
		if len(events) == 1 {
			pinned = id.EventID(events[0].(string))
		}
		return pinned != ""
	})
	card := f.sees(anna, portal, event.EventMessage, func(e *event.Event) bool { return e.ID == pinned })
	if body := card.Content.AsMessage().Body; !strings.Contains(body, "#") || !strings.Contains(body, "return") {
		t.Errorf("card %q", body)
	}
	for _, key := range []string{"✔️", "↩️", "➡️", "⛔"} {
		f.sees(anna, portal, event.EventReaction, func(e *event.Event) bool {
			return e.Content.AsReaction().RelatesTo.EventID == pinned && e.Content.AsReaction().RelatesTo.Key == key
		})
	}
	f.sees(anna, portal, event.EventMessage, func(e *event.Event) bool {
		return (e.ID == pinned || e.Content.AsMessage().RelatesTo.GetReplaceID() == pinned) && strings.Contains(e.Content.AsMessage().Body, "Operator 1")
	})

	if _, err := anna.Client.SendStateEvent(ctx, portal, event.StateRoomName, "", map[string]any{"name": "Late parcel"}); err != nil {
		t.Fatalf("rename: %v", err)
	}
	number := f.ticket(c).Number
	f.eventually("name with number", func() bool {
		name, _ := f.currentState(portal, "m.room.name", "")["name"].(string)
		return name == fmt.Sprintf("Late parcel · #%d", number)
	})

	pressed, err := anna.React(ctx, portal, pinned, "➡️")
	if err != nil {
		t.Fatal(err)
	}
	question := f.sees(anna, portal, event.EventMessage, func(e *event.Event) bool {
		return strings.Contains(e.Content.AsMessage().Body, "1. Operator 2")
	})
	f.sees(anna, portal, event.EventRedaction, func(e *event.Event) bool { return e.Redacts == pressed })
	if _, err := anna.React(ctx, portal, question.ID, "✅"); err != nil {
		t.Fatal(err)
	}
	f.eventually("handed to the second operator", func() bool { return f.ticket(c).Owner == desk.UserID(boris.ID) })
	if err := boris.WaitMembership(ctx, portal, event.MembershipJoin); err != nil {
		t.Fatal(err)
	}
	if err := anna.WaitMembership(ctx, portal, event.MembershipLeave); err != nil {
		t.Fatal(err)
	}
	if _, err := boris.SendText(ctx, portal, "I have it now"); err != nil {
		t.Fatal(err)
	}
	f.hears(c, "I have it now")
	f.applied()
	f.noDeadLetters()
	if events, _ := f.currentState(portal, "m.room.pinned_events", "")["pinned"].([]any); len(events) != 1 {
		t.Errorf("pinned %v", events)
	}
}

// A customer who was blocked is refused, a supervisor's word lets them in again.
func TestBlockAndQueue(t *testing.T) {
	f := open(t, officeOptions{operators: 1, double: true})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Rude words")
	portal := f.accepted(c, anna)
	if err := anna.WaitMembership(ctx, portal, event.MembershipJoin); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.SendText(ctx, portal, "!block rude"); err != nil {
		t.Fatal(err)
	}
	question := f.sees(anna, portal, event.EventMessage, func(e *event.Event) bool {
		return strings.HasPrefix(e.Content.AsMessage().Body, "Block ")
	})
	if _, err := anna.React(ctx, portal, question.ID, "✅"); err != nil {
		t.Fatal(err)
	}
	f.state(c, desk.Closed)
	if err := anna.WaitMembership(ctx, portal, event.MembershipLeave); err != nil {
		t.Fatal(err)
	}
	f.applied()
	if slices.ContainsFunc(anna.Invites(), func(in devstack.Invite) bool { return in.Room == portal }) {
		t.Error("invited again")
	}
	f.noDeadLetters()
}
