package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func TestConfigured(t *testing.T) {
	d := newDesk(t)
	var rooms []string
	for _, s := range d.Sent {
		if e, ok := s.Effect.(desk.CreateRoom); ok {
			rooms = append(rooms, string(e.Room))
		}
	}
	slices.Sort(rooms)
	want := "[admin admins:shop desk:@anna:test desk:@boris:test lobby:support queue:support site:shop staff]"
	if fmt.Sprint(rooms) != want {
		t.Errorf("rooms %v, want %s", rooms, want)
	}
	for _, test := range []struct {
		room desk.RoomKey
		in   []desk.UserID
	}{
		{desk.SiteRoom(desktest.Site), []desk.UserID{desktest.Anna, desktest.Boris, desktest.Vera}},
		{desk.QueueRoom(desktest.Queue), []desk.UserID{desktest.Anna, desktest.Boris, desktest.Vera}},
		{lobby, []desk.UserID{desktest.Anna, desktest.Boris, desktest.Vera}},
		{desk.DeskRoom(desktest.Anna), []desk.UserID{desktest.Anna}},
		{desk.AdminRoom(), []desk.UserID{desktest.Admin}},
	} {
		for _, u := range []desk.UserID{desktest.Anna, desktest.Boris, desktest.Vera, desktest.Admin} {
			want := ""
			if slices.Contains(test.in, u) {
				want = "join"
			}
			if got := d.Membership(test.room, u); got != want {
				t.Errorf("%s in %s: %q, want %q", u, test.room, got, want)
			}
		}
		var name string
		var join desk.JoinRule
		d.Want(test.room, desk.ThingName, &name)
		d.Want(test.room, desk.ThingJoin, &join)
		if name == "" || join.Restricted {
			t.Errorf("%s is called %q, join rule %+v", test.room, name, join)
		}
	}
	var queue, lobbyChild desk.Child
	d.Want(desk.SiteRoom(desktest.Site), desk.ThingChild+string(desk.QueueRoom(desktest.Queue)), &queue)
	d.Want(desk.QueueRoom(desktest.Queue), desk.ThingChild+string(lobby), &lobbyChild)
	if !queue.Present || !lobbyChild.Present || lobbyChild.Order >= "0000000001" {
		t.Errorf("queue's space %+v, lobby %+v", queue, lobbyChild)
	}
}

// TestConfiguredAgain: the same configuration after a restart makes no rooms and wishes nothing else.
func TestConfiguredAgain(t *testing.T) {
	d, _, _ := assigned(t)
	c := d.Open()
	d.Write(c, "another")
	before := d.Dump()
	for _, e := range d.Decide(desktest.Configuration()).Effects {
		if _, ok := e.(desk.Desire); !ok {
			t.Errorf("effect %+v", e)
		}
	}
	if after := d.Dump(); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// TestOperatorRemoved: his tickets return, and he is wanted nowhere.
func TestOperatorRemoved(t *testing.T) {
	d, c, room := assigned(t)
	second := d.Open()
	d.Write(second, "waits")
	in := desktest.Configuration()
	in.Staff = slices.DeleteFunc(in.Staff, func(o desk.Operator) bool { return o.ID == desktest.Anna })
	d.Decide(in)
	d.Deliver()
	if ticket := d.TicketOf(c); ticket.State != desk.Waiting || ticket.LastOwner != desktest.Anna {
		t.Errorf("ticket %+v", ticket)
	}
	for _, r := range []desk.RoomKey{desk.SiteRoom(desktest.Site), desk.QueueRoom(desktest.Queue), lobby, desk.DeskRoom(desktest.Anna), room, d.PortalOf(second)} {
		if got := d.Membership(r, desktest.Anna); got != "leave" {
			t.Errorf("anna in %s: %q", r, got)
		}
	}
	if o, _ := d.Operator(desktest.Anna); !o.Removed {
		t.Errorf("operator %+v", o)
	}
	d.Say(desktest.Anna, lobby, "!accept 1")
	if p := d.LastPost(lobby); !strings.Contains(p.Text, "not on its list") {
		t.Errorf("answer %+v", p)
	}
	if got := d.Membership(room, desktest.Boris); got != "invite" {
		t.Errorf("boris is offered the returned ticket by %q", got)
	}
	d.Decide(desktest.Configuration())
	d.Deliver()
	if a, b := d.Membership(lobby, desktest.Anna), d.Membership(d.PortalOf(second), desktest.Anna); a != "join" || b != "invite" {
		t.Errorf("anna back: lobby %q, waiting ticket %q", a, b)
	}
}

// TestOperatorAdded: waiting tickets are offered to a new operator of the queue, and to nobody by invitation when they grow too many.
func TestOperatorAdded(t *testing.T) {
	d, c := waiting(t)
	room := d.PortalOf(c)
	in := desktest.Configuration()
	in.Queues[0].Operators = append(in.Queues[0].Operators, desktest.Vera)
	d.Decide(in)
	d.Deliver()
	if got := d.Membership(room, desktest.Vera); got != "invite" || len(d.Card(c).Mentions) != 3 {
		t.Errorf("vera %q, card %+v", got, d.Card(c))
	}
	in.Queues[0].InviteLimit = 2
	d.Decide(in)
	d.Deliver()
	if got := d.Membership(room, desktest.Anna); got != "leave" {
		t.Errorf("anna above the limit: %q", got)
	}
}

func TestOpenConversation(t *testing.T) {
	d := newDesk(t)
	first, _ := d.Conversation(d.Open())
	second, _ := d.Conversation(d.Open())
	a, _ := d.Customer(first.Customer)
	b, _ := d.Customer(second.Customer)
	if a.Number != 1 || b.Number != 2 || a.Site != desktest.Site || first.Channel != desk.ChannelWidget || first.Rev != 0 || first.Ticket != "" {
		t.Errorf("customers %+v %+v, conversation %+v", a, b, first)
	}
	if _, err := d.Engine.OpenConversation(d.Tx, d.Now, "none", desk.ChannelWidget, "en"); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("conversation on no site: %v", err)
	}
}

func TestLanguage(t *testing.T) {
	site := desk.Site{Languages: []string{"ru", "en-GB", "pt-BR"}}
	for want, expect := range map[string]string{
		"ru": "ru", "RU": "ru", "ru-RU": "ru", "en": "en-GB", "en_US": "en-GB", "pt-BR": "pt-BR", "pt-PT": "pt-BR", "de": "ru", "": "ru",
	} {
		if got := site.Language(want); got != expect {
			t.Errorf("Language(%q) = %q, want %q", want, got, expect)
		}
	}
	if got := (&desk.Site{}).Language("ru"); got != "en" {
		t.Errorf("without languages: %q", got)
	}
}
