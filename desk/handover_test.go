package desk_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestReservations: a ticket goes to whom it is handed to whatever they are doing, and who hands it over learns what speaks against it: in the
// lobby with the answer, from the ticket's room, which is left by then, in the direct chat.
func TestReservations(t *testing.T) {
	seen := func(d *desktest.Desk) { d.Say(desktest.Boris, lobby, "!my") }
	for _, test := range []struct {
		name   string
		before func(*desktest.Desk)
		change func(*desk.SitesConfigured)
		mind   []string // each a part of what is told; none: nothing is
	}{
		{"free", seen, nil, nil},
		{"never seen", func(*desktest.Desk) {}, nil, []string{"Boris has never been seen here"}},
		{"away", func(d *desktest.Desk) { seen(d); d.Pass(2 * time.Hour) }, nil, []string{"Boris was last seen here on 2 March, 09:00"}},
		{"lately", func(d *desktest.Desk) { seen(d); d.Pass(50 * time.Minute) }, nil, nil},
		{"quiet", func(d *desktest.Desk) { d.Say(desktest.Boris, lobby, "!dnd 30m") }, nil, []string{"Boris is not to be disturbed until 2 March, 09:30"}},
		{
			"with enough to do", func(d *desktest.Desk) { d.Write(d.Open(), "hello"); d.Say(desktest.Boris, lobby, "!accept 2") },
			func(in *desk.SitesConfigured) { in.Queues[0].MaxOpen = 1 }, []string{"Boris has 1 open ticket already, and the queue Support"},
		},
		{
			"quiet and long gone", func(d *desktest.Desk) { d.Say(desktest.Boris, lobby, "!dnd 5h"); d.Pass(3 * time.Hour) }, nil,
			[]string{"not to be disturbed until 2 March, 14:00", "last seen here on 2 March, 09:00"},
		},
	} {
		for _, where := range []string{"room", "lobby"} {
			t.Run(test.name+" from the "+where, func(t *testing.T) {
				change := []func(*desk.SitesConfigured){twoQueues}
				if test.change != nil {
					change = append(change, test.change)
				}
				d, c, room := assigned(t, change...)
				test.before(d)
				direct := desk.DirectRoom(desktest.Anna)
				before := len(d.Posts(direct))
				told := ""
				if where == "room" {
					d.Say(desktest.Anna, room, "!transfer @boris")
					for _, p := range d.Posts(direct)[min(before, len(d.Posts(direct))):] {
						if strings.Contains(p.Text, "Mind:") {
							told = p.Text
						}
					}
				} else {
					d.Say(desktest.Anna, lobby, "!transfer @boris #1")
					told = d.LastPost(lobby).Text
					if !strings.HasPrefix(told, "Ticket #1 is with Boris now.") {
						t.Errorf("answered %q", told)
					}
				}
				if got := d.TicketOf(c).Owner; got != desktest.Boris {
					t.Fatalf("owner %s", got)
				}
				if got := strings.Count(told, "Mind:"); got != len(test.mind) {
					t.Errorf("told %q", told)
				}
				for _, part := range test.mind {
					if !strings.Contains(told, part) {
						t.Errorf("told %q, without %q", told, part)
					}
				}
				if view := customerView(t, d, c); strings.Contains(view, "Mind") {
					t.Errorf("the customer reads %s", view)
				}
			})
		}
	}
}

// TestHandedToNobodyWithoutRight: whoever may not change their own tickets is neither listed nor handed one.
func TestHandedToNobodyWithoutRight(t *testing.T) {
	d, c, room := assigned(t, twoQueues)
	d.Say(desktest.Admin, desk.AdminRoom(), "!rights template operator tickets own view")
	if got := d.LastPost(desk.DirectRoom(desktest.Admin)).Text; !strings.Contains(got, "operator") {
		t.Fatalf("answered %q", got)
	}
	d.Say(desktest.Vera, lobby, "!transfer @boris #1")
	if got := d.LastPost(lobby).Text; !strings.Contains(got, "Boris has no right to answer tickets") || !strings.Contains(got, "!transfer lists") {
		t.Errorf("answered %q", got)
	}
	d.Say(desktest.Vera, lobby, "!transfer #1")
	if got := d.LastPost(lobby).Text; strings.Contains(got, "Boris") {
		t.Errorf("asked %q", got)
	}
	if got := d.TicketOf(c).Owner; got != desktest.Anna {
		t.Errorf("owner %s, room %s", got, room)
	}
}
