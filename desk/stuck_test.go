package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// calls lists what those are told of who are mentioned.
func calls(d *desktest.Desk, room desk.RoomKey, u desk.UserID) []string {
	var out []string
	for _, p := range d.Posts(room) {
		if slices.Contains(p.Mentions, u) {
			out = append(out, p.Text)
		}
	}
	return out
}

// noReminders keeps reminders out of what is posted.
func noReminders(in *desk.SitesConfigured) { in.Queues[0].RemindAfter = 0 }

// TestNobodyLeft: however the last one drops out who would take a ticket, its supervisors are told, once in a wait.
func TestNobodyLeft(t *testing.T) {
	for name, test := range map[string]struct {
		last func(d *desktest.Desk, c desk.ConversationID)
		says string
	}{
		"declined": {func(d *desktest.Desk, c desk.ConversationID) { d.React(desktest.Boris, lobby, d.CardOf(c), "❌") }, "have declined"},
		"do not disturb": {func(d *desktest.Desk, c desk.ConversationID) {
			d.Say(desktest.Boris, lobby, "!dnd 2h")
		}, "have declined|nobody left"},
		"enough to do": {func(d *desktest.Desk, c desk.ConversationID) {
			ask(t, d, desktest.Admin, "!config set queue.support.max_open 1")
			other := d.Open()
			d.Write(other, "help")
			d.Accept(desktest.Boris, other)
		}, "have declined"},
		"removed": {func(d *desktest.Desk, c desk.ConversationID) {
			ask(t, d, desktest.Admin, "!operator remove @boris")
			d.Say(desktest.Admin, desk.DirectRoom(desktest.Admin), "!1")
		}, "have declined"},
	} {
		t.Run(name, func(t *testing.T) {
			d, c := waiting(t, noReminders)
			d.React(desktest.Anna, lobby, d.CardOf(c), "❌")
			if got := calls(d, lobby, desktest.Vera); len(got) > 0 {
				t.Fatalf("told too early: %q", got)
			}
			test.last(d, c)
			got := calls(d, lobby, desktest.Vera)
			if len(got) != 1 || !slices.ContainsFunc(strings.Split(test.says, "|"), func(s string) bool { return strings.Contains(got[0], s) }) {
				t.Fatalf("told %q", got)
			}
			d.Say(desktest.Boris, lobby, "!undecline 1")
			d.Say(desktest.Boris, lobby, "!decline 1")
			d.Say(desktest.Anna, lobby, "!dnd 1h")
			if got := calls(d, lobby, desktest.Vera); len(got) != 1 {
				t.Errorf("told again: %q", got)
			}
		})
	}
}

// TestOnlyOneReturns: whoever returns a ticket has not declined it.
func TestOnlyOneReturns(t *testing.T) {
	d, _, room := assigned(t, noReminders, func(in *desk.SitesConfigured) { in.Queues[0].Operators = []desk.UserID{desktest.Anna} })
	d.Say(desktest.Anna, room, "!return")
	if got := calls(d, lobby, desktest.Vera); len(got) != 1 || !strings.Contains(got[0], "nobody left") {
		t.Errorf("told %q", got)
	}
}

// TestNobodyThere: a ticket that comes when nobody can take it is told of at once; where nobody supervises, to the administrators.
func TestNobodyThere(t *testing.T) {
	for _, supervised := range []bool{true, false} {
		d := newDesk(t, noReminders, func(in *desk.SitesConfigured) {
			if !supervised {
				in.Rights = in.Rights[:1]
			}
		})
		setQuiet(t, d, desktest.Anna, time.Hour)
		setQuiet(t, d, desktest.Boris, time.Hour)
		d.Write(d.Open(), "help")
		room, who := lobby, desktest.Vera
		if !supervised {
			room, who = desk.AdminRoom(), desktest.Admin
		}
		if got := calls(d, room, who); len(got) != 1 || !strings.Contains(got[0], "There is nobody left to offer ticket #1 to.") {
			t.Errorf("supervised: %t, told %q", supervised, got)
		}
	}
}

// TestManyAreToldOfAtOnce: one line tells of all tickets that the last one leaves.
func TestManyAreToldOfAtOnce(t *testing.T) {
	d := newDesk(t, noReminders, func(in *desk.SitesConfigured) { in.Queues[0].Operators = []desk.UserID{desktest.Anna} })
	for range 30 {
		d.Write(d.Open(), "help")
	}
	d.Say(desktest.Anna, lobby, "!dnd 2h")
	got := calls(d, lobby, desktest.Vera)
	if len(got) != 1 || !strings.Contains(got[0], "offer 30 waiting tickets to: #1, #2,") || !strings.HasSuffix(got[0], "#20 …") {
		t.Errorf("told %q", got)
	}
}

// TestMayOnlyLook: who may see a queue's tickets but not change them is offered none and cannot take one.
func TestMayOnlyLook(t *testing.T) {
	d := newDesk(t, noReminders)
	c := d.Open()
	d.Write(c, "help")
	checkOffered(t, d, c, desktest.Anna, desktest.Boris)
	ask(t, d, desktest.Admin, "!rights template operator tickets own view")
	checkOffered(t, d, c)
	d.Accept(desktest.Boris, c)
	if d.TicketOf(c).Owner != "" || !spoken(d, lobby, "Ask an administrator for the right to change tickets") {
		t.Errorf("ticket %+v", d.TicketOf(c))
	}
}
