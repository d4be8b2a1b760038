package desk_test

import (
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func TestCustomerSeen(t *testing.T) {
	d, c, room := assigned(t)
	d.Say(desktest.Anna, room, "one")
	d.Say(desktest.Anna, room, "two")
	messages := d.Messages(c)
	one, two := messages[len(messages)-2], messages[len(messages)-1]
	read := func() desk.MessageID {
		var r desk.Receipt
		d.Want(room, desk.ThingReceipt, &r)
		if r.As != desk.Puppet(d.TicketOf(c).Customer) {
			t.Errorf("receipt %+v", r)
		}
		return r.Message
	}
	d.Decide(desk.CustomerSeen{Conversation: c, Seq: one.Seq})
	if got := read(); got != one.ID {
		t.Errorf("receipt on %s, want %s", got, one.ID)
	}
	d.Decide(desk.CustomerSeen{Conversation: c, Seq: 1 << 40})
	conversation, _ := d.Conversation(c)
	if got := read(); got != two.ID || conversation.CustomerSeen != conversation.Rev || conversation.CustomerGot != conversation.Rev {
		t.Errorf("receipt on %s, conversation %+v", got, conversation)
	}
	d.Decide(desk.CustomerSeen{Conversation: c, Seq: one.Seq})
	d.Decide(desk.CustomerGot{Conversation: c, Seq: one.Seq})
	after, _ := d.Conversation(c)
	if *after != *conversation || read() != two.ID {
		t.Errorf("positions went back: %+v", after)
	}
}

func TestCustomerSeesOnlySystemWords(t *testing.T) {
	d, c := waiting(t)
	d.Decide(desk.CustomerSeen{Conversation: c, Seq: 2})
	if _, err := d.Desired(d.PortalOf(c), desk.ThingReceipt); err == nil {
		t.Errorf("a receipt is desired though the staff has said nothing")
	}
}

func TestCustomerGot(t *testing.T) {
	d, c := waiting(t)
	d.Decide(desk.CustomerGot{Conversation: c, Seq: 1})
	if conversation, _ := d.Conversation(c); conversation.CustomerGot != 1 {
		t.Errorf("got %d", conversation.CustomerGot)
	}
}

// TestStaffSeen: only the responsible's reading counts, and reading a line of the bot's or a note means what stood before it.
func TestStaffSeen(t *testing.T) {
	d, c := waiting(t)
	room := d.PortalOf(c)
	first := d.Messages(c)[0]
	firstEvent := d.Resolve(desk.Ref{Message: first.ID})
	seen := func() int64 { conversation, _ := d.Conversation(c); return conversation.StaffSeen }
	read := func(u desk.UserID, event desk.EventID) {
		d.Decide(desk.StaffSeen{Room: room, Sender: u, Event: event})
	}
	read(desktest.Anna, firstEvent)
	if seen() != 0 {
		t.Fatalf("seen %d while waiting", seen())
	}
	d.Accept(desktest.Anna, c)
	read(desktest.Boris, firstEvent)
	if seen() != 0 {
		t.Errorf("seen %d by another", seen())
	}
	read(desktest.Anna, firstEvent)
	if seen() != first.Seq {
		t.Errorf("seen %d, want %d", seen(), first.Seq)
	}
	note := d.Say(desktest.Anna, room, "// thinking")
	answer := d.Say(desktest.Anna, room, "answer")
	second := d.Write(c, "second")
	read(desktest.Anna, note)
	read(desktest.Anna, answer)
	if seen() != first.Seq {
		t.Errorf("reading what stood before the second message: %d, want %d", seen(), first.Seq)
	}
	third := d.Write(c, "third")
	read(desktest.Anna, d.Resolve(desk.Ref{Message: second.ID}))
	if seen() != second.Seq {
		t.Errorf("seen %d, want %d", seen(), second.Seq)
	}
	read(desktest.Anna, "$some-state-event")
	if seen() != third.Seq {
		t.Errorf("reading an unknown event: %d, want %d", seen(), third.Seq)
	}
	read(desktest.Anna, firstEvent)
	if seen() != third.Seq {
		t.Errorf("seen went back to %d", seen())
	}
	d.Decide(desk.StaffSeen{Room: lobby, Sender: desktest.Anna, Event: "$x"})
}

// TestEchoTwice: the echo comes as the answer to sending and with the room's events; the second time nothing happens.
func TestEchoTwice(t *testing.T) {
	d, _ := waiting(t)
	for _, s := range d.Sent {
		room, row, _ := desk.LaneOf(s.Effect)
		if s.Event == "" {
			continue
		}
		if out := d.Decide(desk.Echo{Room: room, Event: s.Event, Row: row}); len(out.Effects)+len(out.Changed) > 0 {
			t.Errorf("echo of %s again: %+v", row, out)
		}
	}
	before := d.Dump()
	d.Decide(desk.Echo{Room: lobby, Event: "$x"})
	d.Decide(desk.Echo{Room: lobby, Row: "x"})
	if d.Dump() != before {
		t.Errorf("an echo of nothing changed something")
	}
}

func TestCustomerPage(t *testing.T) {
	d, c := waiting(t)
	d.Decide(desk.CustomerPage{Conversation: c, URL: "https://shop.example/cart", Title: " Your\n cart "})
	if conversation, _ := d.Conversation(c); conversation.PageURL != "https://shop.example/cart" || conversation.PageTitle != "Your cart" {
		t.Errorf("page %q %q", conversation.PageURL, conversation.PageTitle)
	}
}
