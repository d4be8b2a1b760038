package desk_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

const byHand desk.RoomID = "!private"

// handMade gives a desk in whose staff space Anna has put two rooms by hand.
func handMade(t *testing.T) *desktest.Desk {
	t.Helper()
	d := newDesk(t)
	for _, child := range []desk.RoomID{byHand, "!second"} {
		d.Decide(desk.ChildFound{Room: desk.StaffSpace(), Event: d.NextEvent(), Child: child, Sender: desktest.Anna})
		d.Deliver()
	}
	return d
}

// wantOther reads what is wanted with a room made by hand.
func wantOther(d *desktest.Desk, id desk.RoomID) desk.Other {
	var other desk.Other
	d.Want(desk.StaffSpace(), desk.ThingOther+string(id), &other)
	return other
}

// TestAdoptRoom: a room made by hand is looked after from when an administrator says so and the bot has been in it: it is listed, hangs in the space,
// strangers leave, the staff stays, and its levels are left alone.
func TestAdoptRoom(t *testing.T) {
	d := handMade(t)
	if got := asked(t, d, desktest.Admin, "!room adopt").Text; !strings.Contains(got, "by hand: 2") || !strings.Contains(got, string(byHand)) {
		t.Errorf("listed %q", got)
	}
	for _, order := range []string{"!room adopt !private", "!комната взять https://matrix.to/#/%21private?via=test", "!room adopt 1"} {
		before := wantOther(d, byHand)
		if got := asked(t, d, desktest.Admin, order).Text; !strings.Contains(got, "looking at the room !private") {
			t.Errorf("%s: answered %q", order, got)
		}
		if got := wantOther(d, byHand); got.Want != desk.OtherAdopt || got.By != desktest.Admin || got == before {
			t.Errorf("%s: wanted %+v", order, got)
		}
	}
	chat := desk.DirectRoom(desktest.Admin)
	seen := desk.RoomSeen{Child: byHand, By: desktest.Admin}
	told := func(want string) {
		t.Helper()
		d.Decide(seen)
		d.Deliver()
		if got := d.LastPost(chat).Text; !strings.Contains(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	told("cannot get into the room !private. Invite @frontdesk:test")
	seen.Joined = true
	told("Make @frontdesk:test an administrator")
	seen.Powerful, seen.Name, seen.Creator = true, "Tea", desktest.Boris
	seen.Members = []desk.UserID{desktest.Anna, desktest.Boris, desktest.Admin, desktest.Outside, desktest.Bot}
	told("not of the staff: " + string(desktest.Outside))
	if _, err := d.RoomByID(byHand); err == nil {
		t.Error("looked after without an answer")
	}
	d.Say(desktest.Admin, chat, "!1")
	if got := wantOther(d, byHand); got.Want != desk.OtherAdopt || !got.Sure {
		t.Errorf("answered, wanted %+v", got)
	}
	told("«Tea» is looked after now")

	room, err := d.RoomByID(byHand)
	if err != nil || !hangs(d, desk.StaffSpace(), room.Key) {
		t.Fatalf("room %+v, %v", room, err)
	}
	for u, want := range map[desk.UserID]string{desktest.Anna: "join", desktest.Boris: "join", desktest.Admin: "join", desktest.Outside: "leave"} {
		var m desk.Member
		d.Want(room.Key, desk.ThingMember+string(u), &m)
		if m.Want != want || m.Level != 0 {
			t.Errorf("%s is wanted by %+v", u, m)
		}
	}
	if _, err := d.Desired(room.Key, desk.ThingJoin); err == nil {
		t.Error("the join rule of somebody else's room is set")
	}
	if got := asked(t, d, desktest.Boris, "!rooms").Text; !strings.Contains(got, "Tea") {
		t.Errorf("listed %q", got)
	}
	d.Say(desktest.Boris, room.Key, "!room remove @anna")
	if got := d.Membership(room.Key, desktest.Anna); got != "leave" {
		t.Errorf("removed by who made it, anna is wanted by %q", got)
	}
	before := d.Dump()
	d.Decide(seen)
	if d.Dump() != before {
		t.Error("adopted twice")
	}
	if got := asked(t, d, desktest.Admin, "!room adopt").Text; !strings.Contains(got, "by hand: 1") {
		t.Errorf("listed %q", got)
	}
}

// TestDropRoom: a room made by hand is taken out of the space, and reported again when it is put there again.
func TestDropRoom(t *testing.T) {
	d := handMade(t)
	if got := asked(t, d, desktest.Admin, "!room drop !private").Text; !strings.Contains(got, "taken out") {
		t.Errorf("answered %q", got)
	}
	if got := wantOther(d, byHand); got.Want != desk.OtherDrop {
		t.Errorf("wanted %+v", got)
	}
	if got := asked(t, d, desktest.Admin, "!room drop !private").Text; !strings.Contains(got, "There is no room «!private»") {
		t.Errorf("answered %q", got)
	}
	d.Decide(desk.ChildFound{Room: desk.StaffSpace(), Event: d.NextEvent(), Child: byHand, Sender: desktest.Anna})
	if got := wantOther(d, byHand); got.Want != "" {
		t.Errorf("put there again: %+v", got)
	}
}

// TestDropRoomOfAnInvitation: the bot leaves a room it was only invited into.
func TestDropRoomOfAnInvitation(t *testing.T) {
	d := newDesk(t)
	invite(d, desktest.Anna, desktest.Anna, desktest.Boris)
	asked(t, d, desktest.Admin, "!room drop "+string(invitedInto))
	if got := wantOther(d, invitedInto); got.Want != desk.OtherLeave {
		t.Errorf("wanted %+v", got)
	}
	if got := asked(t, d, desktest.Admin, "!room adopt").Text; strings.Contains(got, string(invitedInto)) {
		t.Errorf("listed %q", got)
	}
	invite(d, desktest.Anna, desktest.Anna)
	if room, err := d.RoomByID(invitedInto); err != nil || room.Key != desk.DirectRoom(desktest.Anna) {
		t.Errorf("invited again: %+v, %v", room, err)
	}
}

// TestForeignRoomsRefused: only administrators adopt and drop, and only what was found in the staff space.
func TestForeignRoomsRefused(t *testing.T) {
	for _, test := range []struct {
		by        desk.UserID
		say, want string
	}{
		{desktest.Anna, "!room adopt !private", "settings"},
		{desktest.Anna, "!room drop !private", "settings"},
		{desktest.Admin, "!room adopt !elsewhere", "There is no room «!elsewhere»"},
		{desktest.Admin, "!room adopt 3", "There is no room «3»"},
		{desktest.Admin, "!room drop ../x", "There is no room «../x»"},
		{desktest.Admin, "!room drop", "Like this: !room drop"},
	} {
		d := handMade(t)
		before := wantOther(d, byHand)
		if got := asked(t, d, test.by, test.say).Text; !strings.Contains(got, test.want) {
			t.Errorf("%s: answered %q", test.say, got)
		}
		if got := wantOther(d, byHand); got != before {
			t.Errorf("%s: wanted %+v", test.say, got)
		}
	}
}
