package desk_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestRightsTakenWhileReading: who loses the right to a ticket's room loses the room.
func TestRightsTakenWhileReading(t *testing.T) {
	for name, test := range map[string]struct {
		begin string // after which the ticket is read along, or in the archive
		open  bool
	}{"watching": {"!watch 1", true}, "archive": {"!open 1", false}} {
		t.Run(name, func(t *testing.T) {
			d, _, room := assigned(t, twoQueues)
			if !test.open {
				d.Say(desktest.Anna, room, "!close")
			}
			for _, u := range []desk.UserID{desktest.Vera, sofia} {
				ask(t, d, u, test.begin)
				if got := d.Membership(room, u); got != "join" {
					t.Fatalf("%s: %q", u, got)
				}
			}
			ask(t, d, desktest.Admin, "!rights unassign @vera supervisor queue:support")
			if vera, other := d.Membership(room, desktest.Vera), d.Membership(room, sofia); vera != "leave" || other != "join" {
				t.Errorf("who lost the right: %q, who has it: %q", vera, other)
			}
		})
	}
}

// member reads somebody's desired membership of a room.
func member(d *desktest.Desk, room desk.RoomKey, u desk.UserID) desk.Member {
	var m desk.Member
	d.Want(room, desk.ThingMember+string(u), &m)
	return m
}

// TestReading: who may see a closed ticket reads its room, below the level that speaking takes, until he leaves or the time is up.
func TestReading(t *testing.T) {
	for _, end := range []struct {
		name string
		do   func(d *desktest.Desk, room desk.RoomKey)
	}{
		{"by command", func(d *desktest.Desk, room desk.RoomKey) { asked(t, d, desktest.Vera, "!leave") }},
		{"by number", func(d *desktest.Desk, room desk.RoomKey) { asked(t, d, desktest.Vera, "!выйти 2") }},
		{"by leaving", func(d *desktest.Desk, room desk.RoomKey) {
			d.Member(room, desktest.Vera, desktest.Vera, "join", "leave")
		}},
		{"by time", func(d *desktest.Desk, room desk.RoomKey) { d.Pass(time.Hour) }},
	} {
		t.Run(end.name, func(t *testing.T) {
			d, all := tickets(t)
			room := d.PortalOf(all[1])
			post := asked(t, d, desktest.Vera, "!open 2")
			if !strings.Contains(post.Text, "Ticket #2 (Мария) is open for you to read until 14:00") || !strings.Contains(post.HTML, "matrix.to") {
				t.Errorf("the answer is %q, %s", post.Text, post.HTML)
			}
			if m := member(d, room, desktest.Vera); m.Want != "join" || m.Level >= 0 {
				t.Fatalf("vera is wanted as %+v", m)
			}
			d.Member(room, desktest.Vera, desktest.Vera, "invite", "join")
			d.Say(desktest.Vera, room, "hello?")
			for _, m := range d.Messages(all[1]) {
				if m.Content.Text == "hello?" {
					t.Error("a reader's words went to the customer")
				}
			}
			d.Pass(59 * time.Minute)
			if m := member(d, room, desktest.Vera); m.Want != "join" {
				t.Fatalf("vera is wanted as %+v before her time is up", m)
			}
			end.do(d, room)
			d.Pass(time.Minute)
			if m := member(d, room, desktest.Vera); m.Want != "leave" || m.Level != 0 {
				t.Errorf("afterwards vera is wanted as %+v", m)
			}
			var actions []string
			for _, e := range d.Journal() {
				if strings.HasPrefix(e.Action, "archive.") {
					actions = append(actions, e.Action)
				}
			}
			if !slices.Equal(actions, []string{"archive.opened", "archive.left"}) {
				t.Errorf("the journal has %v", actions)
			}
		})
	}
}

// TestReadingRefused: only what is closed, and only for those who may see all that stands in the room.
func TestReadingRefused(t *testing.T) {
	d, all := tickets(t)
	for _, c := range []struct {
		by            desk.UserID
		command, want string
	}{
		{desktest.Anna, "!open 2", "You may not see ticket #2"},
		{desktest.Vera, "!open 1", "Ticket #1 is not closed"},
		{"@kim:test", "!open 2", "You may not see ticket #2"},
		{desktest.Vera, "!leave", "You have no archived room open"},
		{desktest.Vera, "!open 99", "no ticket #99"},
		{desktest.Vera, "!open", "Name the ticket"},
	} {
		if got := asked(t, d, c.by, c.command).Text; !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %q, want %q", c.by, c.command, got, c.want)
		}
	}
	d.Write(all[1], "once more")
	if got := asked(t, d, desktest.Boris, "!open 2").Text; !strings.Contains(got, "Ticket #2 goes on as #6 in the same room") {
		t.Errorf("the room goes on: %q", got)
	}
	d.Accept(desktest.Anna, all[1])
	d.Say(desktest.Anna, d.PortalOf(all[1]), "!close")
	if got := asked(t, d, desktest.Boris, "!open 2").Text; !strings.Contains(got, "shares its room with #6, which you may not see") {
		t.Errorf("the room holds a ticket of Anna's: %q", got)
	}
}

// TestReadingEndsWithTheArchive: when the customer writes again the reader leaves, and whoever accepts may speak.
func TestReadingEndsWithTheArchive(t *testing.T) {
	d, all := tickets(t)
	room := d.PortalOf(all[1])
	for _, u := range []desk.UserID{desktest.Boris, desktest.Vera} {
		asked(t, d, u, "!open 2")
	}
	d.Decide(desk.CustomerRating{Conversation: all[1], Ticket: d.TicketOf(all[1]).ID, Stars: 4})
	d.Deliver()
	if m := member(d, room, desktest.Boris); m.Want != "join" {
		t.Fatalf("a rating sent the reader away: %+v", m)
	}
	d.Write(all[1], "once more")
	for _, u := range []desk.UserID{desktest.Boris, desktest.Vera} {
		if m := member(d, room, u); m.Want != "leave" {
			t.Errorf("%s is wanted as %+v while the ticket waits", u, m)
		}
	}
	d.Accept(desktest.Boris, all[1])
	if m := member(d, room, desktest.Boris); m.Want != "join" || m.Level != 0 || m.Watch {
		t.Errorf("the responsible is wanted as %+v", m)
	}
	d.Pass(2 * time.Hour)
	if m := member(d, room, desktest.Boris); m.Want != "join" {
		t.Errorf("the end of the reading took the responsible out: %+v", m)
	}
}

// TestReadingAnew: opening once more prolongs.
func TestReadingAnew(t *testing.T) {
	d, all := tickets(t)
	room := d.PortalOf(all[1])
	asked(t, d, desktest.Vera, "!open 2")
	d.Pass(30 * time.Minute)
	asked(t, d, desktest.Vera, "!открыть 2")
	d.Pass(40 * time.Minute)
	if m := member(d, room, desktest.Vera); m.Want != "join" {
		t.Errorf("the first timer ended the second reading: %+v", m)
	}
	d.Pass(30 * time.Minute)
	if m := member(d, room, desktest.Vera); m.Want != "leave" {
		t.Errorf("the second reading does not end: %+v", m)
	}
}

// TestOpenWhatWasFound: what a search shows of the archive is opened by the command beside it, whose answer leads to the message itself (O4).
func TestOpenWhatWasFound(t *testing.T) {
	d, all := tickets(t)
	found := asked(t, d, desktest.Vera, "!search orders").Text
	_, how, ok := strings.Cut(found, "!open 2/")
	if !ok {
		t.Fatalf("found %q", found)
	}
	seq, _, _ := strings.Cut(how, "\n")
	var event desk.EventID
	for _, m := range d.Messages(all[1]) {
		if strconv.FormatInt(m.Seq, 10) == seq && strings.Contains(m.Content.Text, "order") {
			events, err := d.EventsOf(m.ID)
			must(err)
			event = events[0].ID
		}
	}
	opened := asked(t, d, desktest.Vera, "!open 2/"+seq)
	if event == "" || !strings.Contains(opened.Text, "/"+string(event)+"?via=") || !strings.Contains(opened.HTML, string(event)) {
		t.Errorf("opened %q, want a link to %q", opened.Text, event)
	}
	if again := asked(t, d, desktest.Vera, "!search orders"); strings.Contains(again.Text, "!open 2/") || !strings.Contains(again.HTML, string(event)) {
		t.Errorf("from inside found %q", again.Text)
	}
	asked(t, d, desktest.Vera, "!leave")
	left := d.Journal()[len(d.Journal())-1]
	if left.Action != "archive.left" || left.Ticket != d.TicketOf(all[1]).ID || left.Queue == "" {
		t.Errorf("left: %+v", left)
	}
	for command, want := range map[string]string{
		"!open 2/999": "Ticket #2 has no message 999", "!open 2/x": "do not understand «2/x»", "!open x": "do not understand «x»", "!open #2": "is open for you",
	} {
		if got := asked(t, d, desktest.Vera, command).Text; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
	if got := asked(t, d, desktest.Vera, "!archive nothingsuch").Text; !strings.Contains(got, "«!search nothingsuch»") {
		t.Errorf("the archive finds no words: %q", got)
	}
}
