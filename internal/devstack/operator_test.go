package devstack_test

import (
	"bytes"
	"context"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
)

func TestOperatorsTalk(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := startSynapse(t, devstack.SynapseOptions{})
	anna, boris := login(t, s, "anna"), login(t, s, "boris")
	must := func(eventID id.EventID, err error) id.EventID {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return eventID
	}

	room, err := anna.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: "Corridor", Preset: "private_chat"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := anna.Client.InviteUser(ctx, room.RoomID, &mautrix.ReqInviteUser{UserID: boris.ID, Reason: "a word, please"}); err != nil {
		t.Fatal(err)
	}
	in, err := boris.WaitInvite(ctx, func(in devstack.Invite) bool { return in.Name == "Corridor" })
	if err != nil {
		t.Fatal(err)
	}
	if want := (devstack.Invite{Room: room.RoomID, Name: "Corridor", By: anna.ID, Reason: "a word, please"}); in != want {
		t.Errorf("invite %+v, want %+v", in, want)
	}
	if err := boris.Join(ctx, in.Room); err != nil {
		t.Fatal(err)
	}
	if err := boris.WaitMembership(ctx, in.Room, event.MembershipJoin); err != nil {
		t.Fatal(err)
	}

	text := must(anna.SendText(ctx, in.Room, "hello"))
	must(anna.SendHTML(ctx, in.Room, "bold", "<b>bold</b>"))
	must(anna.Edit(ctx, in.Room, text, "good morning"))
	reply := must(boris.Reply(ctx, in.Room, text, "and to you"))
	must(boris.ReplyInThread(ctx, in.Room, text, "aside"))
	must(boris.React(ctx, in.Room, text, "👍"))
	file := must(anna.SendFile(ctx, in.Room, "a.png", "image/png", []byte("not really a picture")))
	if err := boris.Redact(ctx, in.Room, text); err == nil {
		t.Error("a plain member redacted somebody else's message")
	}
	if err := anna.MarkRead(ctx, in.Room, reply); err != nil {
		t.Fatal(err)
	}
	if err := anna.Typing(ctx, in.Room, true); err != nil {
		t.Fatal(err)
	}

	received, err := boris.WaitFor(ctx, func(e *event.Event) bool { return e.ID == file })
	if err != nil {
		t.Fatal(err)
	}
	data, err := boris.Download(ctx, received.Content.AsMessage().URL)
	if err != nil || !bytes.Equal(data, []byte("not really a picture")) {
		t.Errorf("downloaded %q, %v", data, err)
	}
	if _, err := boris.WaitFor(ctx, func(e *event.Event) bool {
		return e.Type == event.EventMessage && e.Content.AsMessage().RelatesTo.GetReplaceID() == text
	}); err != nil {
		t.Errorf("edit: %v", err)
	}
	if _, err := anna.WaitFor(ctx, func(e *event.Event) bool {
		return e.Type == event.EventReaction && e.Content.AsReaction().RelatesTo.EventID == text && e.Sender == boris.ID
	}); err != nil {
		t.Errorf("reaction: %v", err)
	}
	if err := boris.WaitReceipt(ctx, in.Room, anna.ID, reply); err != nil {
		t.Errorf("receipt: %v", err)
	}
	if err := boris.WaitTyping(ctx, in.Room, anna.ID, true); err != nil {
		t.Errorf("typing: %v", err)
	}
	if err := boris.Leave(ctx, in.Room); err != nil {
		t.Fatal(err)
	}
	if err := anna.WaitState(ctx, in.Room, event.StateMember, string(boris.ID), func(e *event.Event) bool {
		return e != nil && e.Content.AsMember().Membership == event.MembershipLeave
	}); err != nil {
		t.Errorf("leaving: %v", err)
	}
}

// A client that was away for more than one page of messages sees all of them, once and in order.
func TestOperatorFillsGaps(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := startSynapse(t, devstack.SynapseOptions{Unlimited: true})
	anna := login(t, s, "anna")
	room, err := anna.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: "Busy"})
	if err != nil {
		t.Fatal(err)
	}
	const n = 260 // a sync's timeline has 100
	sent := make([]id.EventID, n)
	for i := range sent {
		if sent[i], err = anna.SendText(ctx, room.RoomID, "one more"); err != nil {
			t.Fatal(err)
		}
	}
	late, err := devstack.Login(ctx, s.URL, "anna", "anna secret")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(late.Close)
	for name, o := range map[string]*devstack.Operator{"present": anna, "late": late} {
		if _, err := o.WaitFor(ctx, func(e *event.Event) bool { return e.ID == sent[n-1] }); err != nil {
			t.Fatal(err)
		}
		var got []id.EventID
		for _, e := range o.Seen(room.RoomID) {
			if e.Type == event.EventMessage {
				got = append(got, e.ID)
			}
		}
		if len(got) != n {
			t.Fatalf("%s: saw %d messages, want %d", name, len(got), n)
		}
		for i := range got {
			if got[i] != sent[i] {
				t.Fatalf("%s: message %d is out of order", name, i)
			}
		}
	}
}

func TestOperatorListsSpaces(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := startSynapse(t, devstack.SynapseOptions{})
	anna := login(t, s, "anna")
	child, err := anna.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: "Child"})
	if err != nil {
		t.Fatal(err)
	}
	space, err := anna.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: "Space", CreationContent: map[string]any{"type": event.RoomTypeSpace}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := anna.Client.SendStateEvent(ctx, space.RoomID, event.StateSpaceChild, string(child.RoomID),
		&event.SpaceChildEventContent{Via: []string{devstack.Domain}}); err != nil {
		t.Fatal(err)
	}
	children, err := anna.Children(ctx, space.RoomID)
	if err != nil {
		t.Fatal(err)
	}
	if len(children) != 1 || children[0].Name != "Child" {
		t.Errorf("children %+v, want Child alone", children)
	}
	if _, err := anna.WaitRoom(ctx, func(name string) bool { return name == "Child" }); err != nil {
		t.Error(err)
	}
	if rooms := anna.Rooms(); len(rooms) != 2 || rooms[space.RoomID] != "Space" {
		t.Errorf("rooms %v", rooms)
	}
}
