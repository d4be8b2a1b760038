package desk_test

import (
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func nameOf(d *desktest.Desk, room desk.RoomKey) string {
	var name string
	d.Want(room, desk.ThingName, &name)
	return name
}

// TestRename: whoever answers names the room, by command or in the client; the bot adds number and state; no name restores (Q12).
func TestRename(t *testing.T) {
	client := func(by desk.UserID, name string) func(*desktest.Desk, desk.RoomKey) {
		return func(d *desktest.Desk, room desk.RoomKey) {
			d.Decide(desk.StateBroken{Room: room, Thing: desk.ThingName, Sender: by, Name: name})
			d.Deliver()
		}
	}
	command := func(by desk.UserID, text string) func(*desktest.Desk, desk.RoomKey) {
		return func(d *desktest.Desk, room desk.RoomKey) { d.Say(by, room, text) }
	}
	const plain = "#1 · Visitor 1 · Widget"
	for _, test := range []struct {
		name  string
		do    func(*desktest.Desk, desk.RoomKey)
		shown string
	}{
		{"by command", command(desktest.Anna, "!rename Late parcel"), "Late parcel · #1"},
		{"in Russian", command(desktest.Anna, "!переименовать «Возврат денег»"), "Возврат денег · #1"},
		{"that begins with a number", command(desktest.Anna, "!rename 5 boxes"), "5 boxes · #1"},
		{"by a supervisor", command(desktest.Vera, "!rename Late parcel"), "Late parcel · #1"},
		{"by a colleague", command(desktest.Boris, "!rename Late parcel"), plain},
		{"in the client", client(desktest.Anna, "Late parcel"), "Late parcel · #1"},
		{"in the client, around the number", client(desktest.Anna, "#1 · Late parcel"), "Late parcel · #1"},
		{"in the client, by a colleague", client(desktest.Boris, "Late parcel"), plain},
		{"in the client, by a stranger", client(desktest.Outside, "Late parcel"), plain},
		{"in the client, emptied", client(desktest.Anna, ""), plain},
		{"of many lines", client(desktest.Anna, "Late\nparcel"), "Late parcel · #1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _, room := assigned(t)
			test.do(d, room)
			if got := nameOf(d, room); got != test.shown {
				t.Errorf("named %q, want %q", got, test.shown)
			}
		})
	}
}

// TestNameFollowsTheTicket: the given name stays with number and state brought up to date, over moves, until it is taken away or another ticket opens.
func TestNameFollowsTheTicket(t *testing.T) {
	d, c, room := assigned(t)
	for _, step := range []struct {
		do    func()
		shown string
	}{
		{func() { d.Say(desktest.Anna, room, "!rename Late parcel") }, "Late parcel · #1"},
		{func() { d.Say(desktest.Anna, room, "!return") }, "Late parcel · #1 · waiting"},
		{func() { d.Accept(desktest.Boris, c) }, "Late parcel · #1"},
		{func() {
			d.Decide(desk.StateBroken{Room: room, Thing: desk.ThingName, Sender: desktest.Boris, Name: "Lost parcel · #1"})
		}, "Lost parcel · #1"},
		{func() { d.Say(desktest.Boris, room, "!close") }, "Lost parcel · #1 · closed"},
		{func() { d.Say(desktest.Vera, lobby, "!contact add email a@example.com #1") }, "Lost parcel · #1 · closed"},
		{func() { d.Write(c, "again") }, "#2 · Visitor 1 · Widget"},
		{func() { d.Accept(desktest.Anna, c); d.Say(desktest.Anna, room, "!rename Found parcel") }, "Found parcel · #2"},
		{func() { d.Say(desktest.Anna, room, "!rename") }, "#2 · Visitor 1 · Widget"},
	} {
		step.do()
		if got := nameOf(d, room); got != step.shown {
			t.Errorf("named %q, want %q", got, step.shown)
		}
	}
	if card := d.Card(c); card.Text == "" || card.HTML == "" {
		t.Errorf("card %+v", card)
	}
	customer, err := d.Customer(d.TicketOf(c).Customer)
	if err != nil || customer.Name != "" {
		t.Errorf("the customer is named too: %+v, %v", customer, err)
	}
}
