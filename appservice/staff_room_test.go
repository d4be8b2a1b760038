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
