package appservice_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
)

// waitRoom waits until somebody is in a room of a name, after joining it if they only were invited.
func (f *office) waitRoom(p *devstack.Operator, name string) id.RoomID {
	f.t.Helper()
	room, err := p.WaitRoom(bounded(f.t), func(n string) bool { return n == name })
	if err != nil {
		f.t.Fatalf("room %s: %v", name, err)
	}
	return room
}

// TestStaffRooms: on a real homeserver one command makes a room of the staff with everybody in it; any member renames and adds there, only the
// creator removes, anyone leaves and is not brought back; what is put into the staff space by hand is reported.
func TestStaffRooms(t *testing.T) {
	f := open(t, officeOptions{operators: 3, double: true})
	anna, boris, carl := f.operators[0], f.operators[1], f.operators[2]
	ctx := bounded(t)
	name := "Tea " + string(anna.ID)
	if _, err := anna.SendText(ctx, f.lobby(), fmt.Sprintf("!room new %q %s", name, boris.ID)); err != nil {
		t.Fatal(err)
	}
	room := f.waitRoom(anna, name)
	if got := f.waitRoom(boris, name); got != room {
		t.Fatalf("boris is in %s, anna in %s", got, room)
	}
	f.applied()

	if _, err := boris.Client.SendStateEvent(ctx, room, event.StateRoomName, "", map[string]any{"name": name + ", late"}); err != nil {
		t.Fatalf("a member renames: %v", err)
	}
	if _, err := boris.Client.InviteUser(ctx, room, &mautrix.ReqInviteUser{UserID: carl.ID}); err != nil {
		t.Fatalf("a member adds: %v", err)
	}
	if err := carl.WaitMembership(ctx, room, event.MembershipJoin); err != nil {
		t.Fatalf("who was added is not joined: %v", err)
	}
	if _, err := boris.Client.KickUser(ctx, room, &mautrix.ReqKickUser{UserID: carl.ID}); !errors.Is(err, mautrix.MForbidden) {
		t.Errorf("a member removes: %v", err)
	}
	f.applied()
	if got, _ := f.currentState(room, "m.room.name", "")["name"].(string); got != name+", late" {
		t.Errorf("the room is called %q", got)
	}
	if _, err := anna.Client.KickUser(ctx, room, &mautrix.ReqKickUser{UserID: carl.ID}); err != nil {
		t.Errorf("the creator removes: %v", err)
	}
	if err := boris.Leave(ctx, room); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.SendText(ctx, room, "!rooms"); err != nil {
		t.Fatal(err)
	}
	listed := f.sees(anna, id.RoomID(f.room(desk.DirectRoom(desk.UserID(anna.ID))).ID), event.EventMessage, func(e *event.Event) bool {
		return strings.Contains(e.Content.AsMessage().Body, name+", late · Operator 1")
	})
	if strings.Contains(listed.Content.AsMessage().Body, "Operator 2") {
		t.Errorf("who has left is still listed: %s", listed.Content.AsMessage().Body)
	}
	f.applied()
	for _, gone := range []*devstack.Operator{boris, carl} {
		if got, _ := f.currentState(room, "m.room.member", string(gone.ID))["membership"].(string); got != "leave" {
			t.Errorf("%s is in the room by %q", gone.ID, got)
		}
	}

	space := id.RoomID(f.room(desk.StaffSpace()).ID)
	own, err := anna.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: "By hand", Preset: "private_chat"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := anna.Client.SendStateEvent(ctx, space, event.StateSpaceChild, string(own.RoomID), map[string]any{"via": []string{devstack.Domain}}); err != nil {
		t.Fatalf("put a room into the staff space: %v", err)
	}
	f.sees(anna, id.RoomID(f.room(desk.DirectRoom(desk.UserID(anna.ID))).ID), event.EventMessage, func(e *event.Event) bool {
		return strings.Contains(e.Content.AsMessage().Body, string(own.RoomID))
	})
	f.applied()
	f.noDeadLetters()
}

// TestRoomByHandIsAdopted: the bot looks after a room made by hand from when an administrator says so, it is invited and it has the power: strangers
// leave, colleagues are listed. What is dropped hangs in the space no more.
func TestRoomByHandIsAdopted(t *testing.T) {
	f := open(t, officeOptions{operators: 2, double: true, admin: true})
	root, boris := f.operators[0], f.operators[1]
	ctx := bounded(t)
	stranger := f.person("guest")
	space := id.RoomID(f.room(desk.StaffSpace()).ID)
	if err := boris.WaitMembership(ctx, space, event.MembershipJoin); err != nil {
		t.Fatal(err)
	}
	hang := func(name string) id.RoomID {
		t.Helper()
		made, err := boris.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: name, Preset: "private_chat", Invite: []id.UserID{stranger.ID, root.ID}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = boris.Client.SendStateEvent(ctx, space, event.StateSpaceChild, string(made.RoomID), map[string]any{"via": []string{devstack.Domain}})
		if err != nil {
			t.Fatal(err)
		}
		return made.RoomID
	}
	direct := func() id.RoomID { return id.RoomID(f.room(desk.DirectRoom(desk.UserID(root.ID))).ID) }
	told := func(order, want string) {
		t.Helper()
		if order != "" {
			if _, err := root.SendText(ctx, f.lobby(), order); err != nil {
				t.Fatal(err)
			}
		}
		f.sees(root, direct(), event.EventMessage, func(e *event.Event) bool { return strings.Contains(e.Content.AsMessage().Body, want) })
	}
	kept, dropped := hang("Kept"), hang("Dropped")
	for _, room := range []id.RoomID{kept, dropped} {
		f.eventually("report of "+string(room), func() bool {
			return f.read(func(tx journal.Tx) error {
				_, err := tx.Desired(desk.StaffSpace(), desk.ThingOther+string(room))
				return err
			}) == nil
		})
	}
	told("!room adopt "+string(kept), "cannot get into the room "+string(kept))
	if _, err := boris.Client.InviteUser(ctx, kept, invitation(id.UserID(bot))); err != nil {
		t.Fatal(err)
	}
	told("", "may not do enough in the room "+string(kept))
	levels := f.currentState(kept, "m.room.power_levels", "")
	if levels["users"] == nil {
		levels["users"] = map[string]any{}
	}
	levels["users"].(map[string]any)[string(bot)] = 100
	if _, err := boris.Client.SendStateEvent(ctx, kept, event.StatePowerLevels, "", levels); err != nil {
		t.Fatal(err)
	}
	told("!room adopt "+string(kept), "not of the staff: "+string(stranger.ID))
	told("!room adopt "+string(kept)+" yes", "«Kept» is looked after now")
	f.eventually("stranger gone", func() bool { return f.memberships(boris, kept, stranger.ID) == "leave" })
	if err := root.WaitMembership(ctx, kept, event.MembershipJoin); err != nil {
		t.Fatal(err)
	}
	if _, err := boris.SendText(ctx, kept, "!room rename Kept for good"); err != nil {
		t.Fatal(err)
	}
	f.eventually("new name", func() bool { return f.currentState(kept, "m.room.name", "")["name"] == "Kept for good" })
	told("!room drop "+string(dropped), "taken out of the space")
	f.eventually("dropped", func() bool { return len(f.currentState(space, "m.space.child", string(dropped))) == 0 })
	f.applied()
	f.noDeadLetters()
}

// TestAskingTheAdministrators: a question stands in the administrators' room, and the reply to it comes to the direct chat of who asked.
func TestAskingTheAdministrators(t *testing.T) {
	f := open(t, officeOptions{operators: 2, double: true, admin: true})
	root, anna := f.operators[0], f.operators[1]
	ctx := bounded(t)
	admins := id.RoomID(f.room(desk.AdminsRoom(siteID)).ID)
	if err := root.WaitMembership(ctx, admins, event.MembershipJoin); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.SendText(ctx, f.lobby(), "!admin May I go home?"); err != nil {
		t.Fatal(err)
	}
	question := f.sees(root, admins, event.EventMessage, func(e *event.Event) bool {
		return strings.Contains(e.Content.AsMessage().Body, "May I go home?")
	})
	direct := id.RoomID(f.room(desk.DirectRoom(desk.UserID(anna.ID))).ID)
	if _, err := root.Reply(ctx, admins, question.ID, "At six"); err != nil {
		t.Fatal(err)
	}
	f.sees(anna, direct, event.EventMessage, func(e *event.Event) bool {
		return strings.HasSuffix(e.Content.AsMessage().Body, "answers your question\n> At six")
	})
	f.applied()
	f.noDeadLetters()
}
