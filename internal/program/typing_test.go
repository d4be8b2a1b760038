package program

import (
	"context"
	"fmt"
	"testing"

	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/texts"
)

// typingDesk is a desk with one visitor who has written, and a relay on it whose words come out of a channel.
func typingDesk(t *testing.T) (*desktest.Desk, *typingRelay, desk.ConversationID, <-chan string) {
	t.Helper()
	catalogue, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	d := desktest.New(t, catalogue)
	conversation := d.Open()
	d.Decide(desk.CustomerMessage{Conversation: conversation, ClientID: "client-1", Text: "Hello", At: d.Now})
	d.Deliver()
	said := make(chan string, 16)
	relay := newTypingRelay(zerolog.Nop())
	relay.read = func(_ context.Context, fn func(desk.Tx) error) error { return fn(d.Tx) }
	relay.toRoom = func(_ context.Context, room desk.RoomKey, customer desk.CustomerID, on bool) error {
		said <- fmt.Sprint("room ", room, " ", customer, " ", on)
		return nil
	}
	relay.toVisit = func(c desk.ConversationID, name string, on bool) {
		said <- fmt.Sprint("visitor ", c, " ", name, " ", on)
	}
	return d, relay, conversation, said
}

// start runs the relay until the test ends.
func start(t *testing.T, relay *typingRelay) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- relay.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func TestVisitorsTypingReachesTheRoom(t *testing.T) {
	d, relay, conversation, said := typingDesk(t)
	c, err := d.Conversation(conversation)
	if err != nil {
		t.Fatal(err)
	}
	start(t, relay)
	relay.Visitor("unknown", true)
	relay.Visitor(conversation, true)
	if got, want := <-said, fmt.Sprint("room ", desk.PortalRoom(c.Portal), " ", c.Customer, " true"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Only the newest word counts, however many came while the relay was busy.
func TestTypingNewestWins(t *testing.T) {
	_, relay, conversation, said := typingDesk(t)
	relay.Visitor(conversation, true)
	relay.Visitor(conversation, false)
	relay.Visitor(conversation, true)
	relay.Visitor(conversation, false)
	start(t, relay)
	if got := <-said; got[len(got)-5:] != "false" {
		t.Errorf("got %q, want the newest word", got)
	}
	if len(said) != 0 {
		t.Errorf("an older word was relayed: %q", <-said)
	}
}

// The visitor is shown the typing of whoever is responsible, by the public name, and of nobody else.
func TestStaffsTypingReachesTheVisitor(t *testing.T) {
	d, relay, conversation, said := typingDesk(t)
	room := d.PortalOf(conversation)
	ctx := t.Context()
	relay.relayStaff(ctx, staffTyping{room, desktest.Anna}, true)
	if len(said) != 0 {
		t.Errorf("nobody accepted yet, but %q", <-said)
	}
	d.Accept(desktest.Anna, conversation)
	relay.relayStaff(ctx, staffTyping{room, desktest.Boris}, true)
	if len(said) != 0 {
		t.Errorf("Boris is not responsible, but %q", <-said)
	}
	anna, err := d.Operator(desktest.Anna)
	if err != nil {
		t.Fatal(err)
	}
	start(t, relay)
	relay.Staff(desk.LobbyRoom(desktest.Queue), desktest.Anna, true)
	relay.Staff(room, desktest.Anna, true)
	if got, want := <-said, fmt.Sprint("visitor ", conversation, " ", anna.PublicName, " true"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Say(desktest.Anna, room, "!close")
	relay.Staff(room, desktest.Anna, false)
	if got, want := <-said, fmt.Sprint("visitor ", conversation, "  false"); got != want {
		t.Errorf("after closing: %q, want %q", got, want)
	}
}
