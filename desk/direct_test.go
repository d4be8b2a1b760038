package desk_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

const invitedInto desk.RoomID = "!chosen"

// invite lets somebody invite the bot into a room with some people in it.
func invite(d *desktest.Desk, by desk.UserID, members ...desk.UserID) {
	d.Decide(desk.BotInvited{Event: d.NextEvent(), Child: invitedInto, By: by})
	d.Deliver()
	if _, err := d.Desired(desk.StaffSpace(), desk.ThingOther+string(invitedInto)); err == nil && wantOther(d, invitedInto).Want == desk.OtherMeet {
		d.Decide(desk.RoomSeen{Child: invitedInto, By: by, Joined: true, Name: "Kitchen", Members: append(members, desktest.Bot)})
		d.Deliver()
	}
}

// TestDirectChatIsOfTwo: the room of just the bot and who has invited it becomes their direct chat, whatever their client calls it. Another
// one does not: nothing private comes there, and an administrator may have it looked after.
func TestDirectChatIsOfTwo(t *testing.T) {
	d := newDesk(t)
	invite(d, desktest.Anna, desktest.Anna)
	if room, err := d.RoomByID(invitedInto); err != nil || room.Key != desk.DirectRoom(desktest.Anna) {
		t.Errorf("room %+v, %v", room, err)
	}

	d = newDesk(t)
	d.Say(desktest.Anna, lobby, "!my")
	before, err := d.Room(desk.DirectRoom(desktest.Anna))
	must(err)
	invite(d, desktest.Anna, desktest.Anna, desktest.Boris)
	if after, err := d.Room(desk.DirectRoom(desktest.Anna)); err != nil || *after != *before {
		t.Errorf("direct chat %+v, %v, want %+v", after, err, before)
	}
	if got := d.LastPost(before.Key).Text; !strings.Contains(got, "others in the room «Kitchen»") {
		t.Errorf("told %q", got)
	}
	if got := asked(t, d, desktest.Admin, "!room adopt").Text; !strings.Contains(got, string(invitedInto)) {
		t.Errorf("listed %q", got)
	}
	asked(t, d, desktest.Admin, "!room adopt "+string(invitedInto))
	d.Decide(desk.RoomSeen{
		Child: invitedInto, By: desktest.Admin, Joined: true, Powerful: true, Name: "Kitchen", Members: []desk.UserID{desktest.Anna, desktest.Boris, desktest.Bot},
	})
	d.Deliver()
	if got := asked(t, d, desktest.Boris, "!rooms").Text; !strings.Contains(got, "Kitchen") {
		t.Errorf("listed %q", got)
	}
}

// TestInvitationsOfTheBot: those of strangers are left alone; a room that an administrator wants looked after is looked into again.
func TestInvitationsOfTheBot(t *testing.T) {
	d := newDesk(t)
	invite(d, desktest.Outside, desktest.Outside)
	if _, err := d.Desired(desk.StaffSpace(), desk.ThingOther+string(invitedInto)); err == nil {
		t.Error("a stranger's invitation was followed")
	}
	change(t, d, desktest.Anna, func(o *desk.Operator) { o.Removed = true })
	invite(d, desktest.Anna, desktest.Anna)
	if _, err := d.Desired(desk.StaffSpace(), desk.ThingOther+string(invitedInto)); err == nil {
		t.Error("the invitation of somebody who was removed was followed")
	}
	d = handMade(t)
	d.Decide(desk.BotInvited{Event: "$one", Child: byHand, By: desktest.Anna})
	if got := wantOther(d, byHand); got.Want != "" {
		t.Errorf("a room in the staff space: %+v", got)
	}
	asked(t, d, desktest.Admin, "!room adopt !private")
	before := wantOther(d, byHand)
	d.Decide(desk.BotInvited{Event: "$two", Child: byHand, By: desktest.Anna})
	if got := wantOther(d, byHand); got.Want != desk.OtherAdopt || got.By != desktest.Admin || got == before {
		t.Errorf("wanted %+v", got)
	}
}

// TestThirdInADirectChat: whoever comes into a direct chat has to leave; one that its user has made is given up for a new one.
func TestThirdInADirectChat(t *testing.T) {
	chat := desk.DirectRoom(desktest.Anna)
	for _, membership := range []string{"invite", "join"} {
		d := newDesk(t)
		d.Say(desktest.Anna, lobby, "!my")
		d.Member(chat, desktest.Boris, desktest.Anna, "leave", membership)
		if got := d.Membership(chat, desktest.Boris); got != "leave" {
			t.Errorf("in ours, %s: %q", membership, got)
		}
		d.Member(chat, desktest.Anna, desktest.Anna, "leave", "join")
		if got := d.Membership(chat, desktest.Anna); got != "join" {
			t.Errorf("its user: %q", got)
		}

		d = newDesk(t)
		invite(d, desktest.Anna, desktest.Anna)
		d.Member(chat, desktest.Boris, desktest.Anna, "leave", membership)
		d.Deliver()
		room, err := d.Room(chat)
		if err != nil || room.ID == invitedInto || room.ID == "" || d.Membership(chat, desktest.Anna) != "join" {
			t.Errorf("in hers, %s: direct chat %+v, %v", membership, room, err)
		}
		if got := wantOther(d, invitedInto).Want; got != desk.OtherLeave {
			t.Errorf("of the room with others is wanted %q", got)
		}
		if got := d.LastPost(chat).Text; !strings.Contains(got, "@boris:test is in our direct chat now") {
			t.Errorf("told %q", got)
		}
		// The two are alone there again, and then they are not.
		invite(d, desktest.Anna, desktest.Anna)
		if room, err := d.Room(chat); err != nil || room.ID != invitedInto {
			t.Errorf("alone again: direct chat %+v, %v", room, err)
		}
		d.Member(chat, desktest.Vera, desktest.Anna, "leave", membership)
		d.Member(chat, desktest.Vera, desktest.Anna, "invite", "join")
		d.Deliver()
		if room, err := d.Room(chat); err != nil || room.ID == invitedInto || room.ID == "" {
			t.Errorf("and then not: direct chat %+v, %v", room, err)
		}
	}
}

// TestUnseenInADirectChat: who came while the bot was looking, or before an earlier version cared, is found when it looks once more: as the room has
// become a direct chat, and at a start.
func TestUnseenInADirectChat(t *testing.T) {
	chat := desk.DirectRoom(desktest.Anna)
	seen := desk.RoomSeen{Child: invitedInto, By: desktest.Anna, Joined: true, Members: []desk.UserID{desktest.Anna, desktest.Bot, desktest.Boris, desktest.Vera}}
	for name, prepare := range map[string]func(*desktest.Desk){
		"while looking": func(d *desktest.Desk) { invite(d, desktest.Anna, desktest.Anna) },
		"before the upgrade": func(d *desktest.Desk) {
			must(d.PutRoom(&desk.Room{Key: chat, ID: invitedInto}))
			d.Decide(desktest.Configuration())
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			prepare(d)
			if got := wantOther(d, invitedInto).Want; got != desk.OtherLook {
				t.Fatalf("wanted %q", got)
			}
			alone := seen
			alone.Members = seen.Members[:2]
			d.Decide(alone)
			d.Decide(desktest.Configuration())
			if room, err := d.Room(chat); err != nil || room.ID != invitedInto {
				t.Fatalf("the two alone: %+v, %v", room, err)
			}
			d.Decide(seen)
			d.Deliver()
			if room, err := d.Room(chat); err != nil || room.ID == invitedInto || wantOther(d, invitedInto).Want != desk.OtherLeave {
				t.Errorf("direct chat %+v, %v", room, err)
			}
			if got := d.Posts(chat); len(got) != 1 || !strings.Contains(got[0].Text, "@boris:test is in our direct chat now") {
				t.Errorf("told %+v", got)
			}
		})
	}
}

// TestPrivateAnswersElsewhere: what is private is told in the direct chat of who asks, also when asked in a colleague's.
func TestPrivateAnswersElsewhere(t *testing.T) {
	d := newDesk(t)
	d.Say(desktest.Anna, lobby, "!my")
	d.Say(desktest.Boris, lobby, "!my")
	before := len(d.Posts(desk.DirectRoom(desktest.Anna)))
	mine := len(d.Posts(desk.DirectRoom(desktest.Boris)))
	d.Say(desktest.Boris, desk.DirectRoom(desktest.Anna), "!my")
	if after := d.Posts(desk.DirectRoom(desktest.Anna)); len(after) != before {
		t.Errorf("answered there: %q", after[len(after)-1].Text)
	}
	if after := d.Posts(desk.DirectRoom(desktest.Boris)); len(after) != mine+1 {
		t.Errorf("not answered: %d lines, then %d", mine, len(after))
	}
}
