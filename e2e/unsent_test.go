package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
)

// Words that the customer does not get are marked at the message, with the reason. While the desk is away the staff can say what it
// could not otherwise: it decides in the order in which things happened, when it is back.
func TestWordsThatDoNotGoOut(t *testing.T) {
	o := sharedOffice(t, true)
	anna, boris := o.login(o.stack.Operators[0]), o.login(o.stack.Operators[1])
	visitor := o.guest()
	room, _, _ := begin(t, visitor, anna, "Can I pay by invoice?")
	invite(t, anna, room, boris.ID)
	ctx, cancel := anna.within()
	defer cancel()
	if err := boris.Join(ctx, room); err != nil {
		t.Fatal(err)
	}
	boris.says(room, "You can.")
	visitor.reads("You can.")

	desk := o.stack.Frontdesk
	if err := desk.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if err := anna.Leave(ctx, room); err != nil {
		t.Fatal(err)
	}
	waiting := boris.says(room, "Within fourteen days, waiting")
	if err := desk.Start(ctx); err != nil {
		t.Fatal(err)
	}
	visitor.sees("that the ticket waits again", says("Please wait. All operators are busy right now, we will answer you soon."))

	// Boris takes it, so that he can see the marks and close it.
	card := boris.card("Can I pay by invoice?")
	boris.press(card, "✅")
	boris.cardSays(card, "answered by Boris")
	boris.backIn(room)
	boris.marked(room, waiting, "nobody has accepted ticket "+number(t, card)+" yet")

	if err := desk.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	boris.says(room, "!close")
	closed := boris.says(room, "Too late, closed")
	if err := desk.Start(ctx); err != nil {
		t.Fatal(err)
	}
	visitor.sees("the end", says("End of the conversation"))
	// The homeserver brings what happened meanwhile in several pieces: Boris's last words may come after the end reached the visitor.
	o.judged(room, closed)
	visitor.say("One more thing, please")
	again := boris.accept(boris.card("One more thing, please"))
	if again != room {
		t.Fatalf("the next ticket has another room")
	}
	boris.marked(room, closed, "the ticket is closed")
	for _, m := range visitor.Messages() {
		if strings.Contains(m.Text, "waiting") || strings.Contains(m.Text, "Too late") {
			t.Errorf("the visitor got %q", m.Text)
		}
	}
}

// marked waits until the bot has put ⚠️ on a message and said why, beside it.
func (o *operator) marked(room id.RoomID, message id.EventID, why string) {
	o.t.Helper()
	o.inHistory(room, "⚠️ at the message", warns(message))
	o.inHistory(room, "the reason: "+why, func(e *event.Event) bool {
		m := e.Content.AsMessage()
		if e.Type != event.EventMessage || !strings.Contains(m.Body, why) {
			return false
		}
		return m.RelatesTo.GetThreadParent() == message || m.RelatesTo.GetReplyTo() == message
	})
}

// warns tells ⚠️ at a message from other events.
func warns(message id.EventID) func(*event.Event) bool {
	return func(e *event.Event) bool {
		return e.Type == event.EventReaction && e.Content.AsReaction().RelatesTo.EventID == message &&
			strings.HasPrefix(e.Content.AsReaction().RelatesTo.Key, "⚠")
	}
}

// judged waits until ⚠️ is at a message of a room that none of the staff may look into.
func (o *office) judged(room id.RoomID, message id.EventID) {
	o.t.Helper()
	bot := devstack.Operator{Client: o.as("@frontdesk:localhost")}
	ctx, cancel := context.WithTimeout(o.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		history, err := bot.History(ctx, room)
		if err != nil {
			o.t.Fatalf("waited for ⚠️ at the message: %v", err)
		}
		if slices.ContainsFunc(history, warns(message)) {
			return
		}
		<-tick.C
	}
}

// inHistory waits for an event of a room's whole history, also of the time in which the operator was not there.
func (o *operator) inHistory(room id.RoomID, what string, accept func(*event.Event) bool) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	for {
		seen := len(o.Seen(room))
		history, err := o.History(ctx, room)
		if err != nil {
			o.t.Fatalf("waited for %s: %v\n%s", what, err, o.saw(room))
		}
		for _, e := range history {
			if accept(e) {
				return
			}
		}
		if _, err := o.WaitFor(ctx, func(e *event.Event) bool {
			if e.RoomID != room {
				return false
			}
			seen--
			return seen < 0
		}); err != nil {
			o.t.Fatalf("waited for %s: %v\n%s", what, err, o.saw(room))
		}
	}
}
