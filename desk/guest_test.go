package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestGuestStays: whoever the responsible has invited stays, whatever is done with the ticket, until it goes to somebody else.
func TestGuestStays(t *testing.T) {
	d, c, room := assigned(t, twoQueues)
	d.Member(room, clara, desktest.Anna, "leave", "invite")
	d.Member(room, clara, clara, "invite", "join")
	d.Member(room, desktest.Admin, desktest.Anna, "leave", "invite")
	for _, text := range []string{
		"!contact add email a@example.com", "!contact edit 1 b@example.com", "!contact hide 1", "!contact undo", "!snooze 2h", "!snooze off", "!rename Parcel",
	} {
		d.Say(desktest.Anna, room, text)
	}
	d.Decide(desk.CustomerProfile{Conversation: c, Name: "Ivan"})
	d.Say(desktest.Anna, room, "!profile name Ann")
	d.Decide(desk.StaffProfile{User: desktest.Anna, Name: "Anna", Avatar: "mxc://test/new"})
	for _, text := range []string{"!queues rename support Help", "!config set queue.support.invite_limit 1", "!rights give @boris:test journal all view"} {
		ask(t, d, desktest.Admin, text)
	}
	again := desktest.Configuration()
	twoQueues(&again)
	d.Decide(again)
	d.Deliver()
	for _, u := range []desk.UserID{clara, desktest.Admin} {
		if got := d.Membership(room, u); got != "invite" {
			t.Errorf("%s is wanted by %q", u, got)
		}
	}
	d.Say(clara, room, "I know about this")
	if view := customerView(t, d, c); !strings.Contains(view, "I know about this") {
		t.Errorf("the customer reads %s", view)
	}
	d.Say(desktest.Anna, room, "!transfer @boris")
	for _, u := range []desk.UserID{clara, desktest.Admin} {
		if got := d.Membership(room, u); got != "leave" {
			t.Errorf("after a transfer %s is wanted by %q", u, got)
		}
	}
}

// TestInvitedTwice: nobody is sent away who belongs into the room, whoever invites them as well.
func TestInvitedTwice(t *testing.T) {
	d, _, room := assigned(t, twoQueues)
	d.Say(sofia, lobby, "!watch 1")
	d.Member(room, clara, desktest.Anna, "leave", "invite")
	for _, u := range []desk.UserID{desktest.Anna, sofia} {
		d.Member(room, u, clara, "leave", "invite")
		if got := d.Membership(room, u); got != "join" {
			t.Errorf("%s is wanted by %q", u, got)
		}
	}
}

// TestOperatorWatches: an operator of the queue who watches over it as well reads along without accepting, however the ticket is offered meanwhile.
func TestOperatorWatches(t *testing.T) {
	both := func(in *desk.SitesConfigured) { in.Queues[0].Operators = append(in.Queues[0].Operators, desktest.Vera) }
	d, c := waiting(t, twoQueues, both)
	room := d.PortalOf(c)
	wanted := func(want string, watch bool) {
		t.Helper()
		var m desk.Member
		d.Want(room, desk.ThingMember+string(desktest.Vera), &m)
		if m.Want != want || m.Watch != watch {
			t.Errorf("wanted %+v", m)
		}
	}
	wanted("invite", false)
	d.Say(desktest.Vera, lobby, "!watch 1")
	d.Write(c, "are you there?")
	d.Say(desktest.Boris, lobby, "!decline 1")
	wanted("join", true)
	d.Member(room, desktest.Vera, desktest.Vera, "invite", "join")
	if ticket := d.TicketOf(c); ticket.Owner != "" {
		t.Fatalf("accepted by reading along: %+v", ticket)
	}
	d.Accept(desktest.Anna, c)
	wanted("join", true)
	d.Say(desktest.Anna, room, "!return")
	wanted("join", true)
	d.Accept(desktest.Vera, c)
	wanted("join", false)
	if ticket := d.TicketOf(c); ticket.Owner != desktest.Vera {
		t.Errorf("ticket %+v", ticket)
	}
}

// TestRoomsOfEarlierTickets: where each ticket has a room of its own, what is said of an earlier one names that one.
func TestRoomsOfEarlierTickets(t *testing.T) {
	d, c, room := assigned(t, func(in *desk.SitesConfigured) { in.Sites[0].History = desk.HistoryTicket })
	d.Say(desktest.Anna, room, "!close")
	d.Pass(time.Minute)
	d.Write(c, "and another thing")
	d.Member(room, desktest.Boris, desktest.Boris, "leave", "join")
	var m desk.Member
	d.Want(room, desk.ThingMember+string(desktest.Boris), &m)
	if !strings.Contains(m.Reason, "#1 is closed") {
		t.Errorf("sent away for %q", m.Reason)
	}
	d.Decide(desk.DesireDead{Room: room, Thing: desk.ThingName, Reason: "no power"})
	d.Deliver()
	if p := d.LastPost(desk.AdminRoom()); !strings.Contains(p.Text, "#1") {
		t.Errorf("the administrators read %q", p.Text)
	}
	if !slices.Equal(invited(d, c), []desk.UserID{desktest.Anna, desktest.Boris}) {
		t.Errorf("invited %v", invited(d, c))
	}
}
