package desktest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"frontdesk/desk"
)

func testCalls(t *testing.T, w *world) {
	if _, err := w.Call("none"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("missing call: %v, want ErrNotFound", err)
	}
	if _, err := w.LastCall(w.conversation.ID); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("no last call: %v, want ErrNotFound", err)
	}
	first := filledCall(w, 700)
	second := first
	second.ID, second.StartedAt = "second", first.StartedAt.Add(time.Second)
	foreign := second
	foreign.ID, foreign.Conversation, foreign.StartedAt = "foreign", "another", second.StartedAt.Add(time.Second)
	for _, c := range []*desk.Call{&first, &second, &foreign} {
		c.State = desk.CallEnded
		if err := w.PutCall(c); err != nil {
			t.Fatalf("put call: %v", err)
		}
	}
	if _, err := w.CallOf(w.conversation.ID); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("ended calls: %v, want ErrNotFound", err)
	}
	first.State, first.Outcome, first.EndedAt, first.Seated = desk.CallRinging, "", time.Time{}, false
	if err := w.PutCall(&first); err != nil {
		t.Fatalf("replace call: %v", err)
	}
	got, err := w.Call(first.ID)
	same(t, must(t, got, err), first)
	got, err = w.CallOf(w.conversation.ID)
	same(t, must(t, got, err), first)
	got, err = w.LastCall(w.conversation.ID)
	same(t, must(t, got, err), second)
}

func testCallsToTend(t *testing.T, w *world) {
	if none, err := w.CallsToTend(); err != nil || len(none) != 0 {
		t.Errorf("no calls: %+v, %v", none, err)
	}
	base := filledCall(w, 800)
	for i, c := range []struct {
		id     desk.CallID
		state  desk.CallState
		seated bool
	}{
		{"ringing", desk.CallRinging, false}, {"joining", desk.CallJoining, false}, {"active", desk.CallActive, true},
		{"ended", desk.CallEnded, false}, {"sits", desk.CallEnded, true},
	} {
		k := base
		k.ID, k.State, k.Seated = c.id, c.state, c.seated
		k.Conversation, k.StartedAt = desk.ConversationID(c.id), Start.Add(-time.Duration(i)*time.Minute)
		if err := w.PutCall(&k); err != nil {
			t.Fatalf("put call: %v", err)
		}
	}
	calls, err := w.CallsToTend()
	if err != nil {
		t.Fatalf("list calls: %v", err)
	}
	var ids []desk.CallID
	for _, c := range calls {
		ids = append(ids, c.ID)
	}
	if want := []desk.CallID{"sits", "active", "joining"}; !reflect.DeepEqual(ids, want) {
		t.Errorf("calls to tend %v, want %v", ids, want)
	}
}

func testCallMembers(t *testing.T, w *world) {
	if _, err := w.CallMember(w.portal.ID, "@a:test", "key"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("missing member: %v, want ErrNotFound", err)
	}
	var m desk.CallMember
	n := 900
	fillValue(reflect.ValueOf(&m).Elem(), &n)
	m.Portal, m.Left = w.portal.ID, false
	older, left, foreign := m, m, m
	older.Key, older.Since = "phone", m.Since.Add(-time.Minute)
	left.User, left.Left = "@gone:test", true
	foreign.Portal = "elsewhere"
	for _, put := range []desk.CallMember{foreign, left, m, older} {
		for range 2 {
			if err := w.PutCallMember(&put); err != nil {
				t.Fatalf("put member: %v", err)
			}
		}
	}
	members, err := w.CallMembers(w.portal.ID)
	if err != nil || len(members) != 2 {
		t.Fatalf("members %+v, %v", members, err)
	}
	same(t, members[0], older)
	same(t, members[1], m)
	for _, c := range []struct {
		before time.Time
		kept   bool
	}{{left.At, true}, {left.At.Add(time.Millisecond), false}} {
		if err := w.ForgetCallMembers(w.portal.ID, c.before); err != nil {
			t.Fatalf("forget members: %v", err)
		}
		switch got, err := w.CallMember(w.portal.ID, left.User, left.Key); {
		case c.kept:
			same(t, must(t, got, err), left)
		case !errors.Is(err, desk.ErrNotFound):
			t.Errorf("member who left before: %+v, %v", got, err)
		}
	}
	if members, err = w.CallMembers(w.portal.ID); err != nil || len(members) != 2 {
		t.Errorf("members after forgetting %+v, %v", members, err)
	}
}

// filledCall is a call of the world's conversation with every field set.
func filledCall(w *world, n int) desk.Call {
	var c desk.Call
	fillValue(reflect.ValueOf(&c).Elem(), &n)
	c.Conversation, c.Ticket, c.Portal = w.conversation.ID, w.ticket.ID, w.portal.ID
	return c
}
