package desk_test

import (
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestAnsweredTooLate: who answers when the caller has just hung up does not wait for the time that first comers have.
func TestAnsweredTooLate(t *testing.T) {
	d, c, room, _ := called(t, "audio")
	d.Pass(10 * time.Second)
	rises(d, desktest.Anna, room)
	d.Pass(3 * time.Second)
	call := openCall(t, d, c)
	if err := does(d, call, desk.CallAnswer, "tab1"); err != nil {
		t.Fatal(err)
	}
	d.Decide(desk.CallUp{Call: call.ID})
	d.Pass(time.Second)
	if got := lastCall(t, d, c); got.Outcome != desk.CallFailed || got.Reason != "call.reason.nobody" {
		t.Errorf("4 s after the caller hung up: %+v", got)
	}
}

// TestAnsweredWhileTheCallerReloads: they come back within the time that reloading takes.
func TestAnsweredWhileTheCallerReloads(t *testing.T) {
	d, c, room, _ := called(t, "audio")
	rises(d, desktest.Anna, room)
	d.Pass(2 * time.Second)
	call := openCall(t, d, c)
	if err := does(d, call, desk.CallAnswer, "tab1"); err != nil {
		t.Fatal(err)
	}
	d.Pass(time.Second)
	sits(d, desktest.Anna, room, "audio")
	d.Decide(desk.CallUp{Call: call.ID})
	d.Pass(time.Hour)
	if got := openCall(t, d, c); got.State != desk.CallActive {
		t.Errorf("%+v", got)
	}
}

// TestMembershipRedacted: taking the event back takes its sender out of the session.
func TestMembershipRedacted(t *testing.T) {
	d, c, room := assigned(t)
	event := sits(d, desktest.Anna, room, "audio")
	d.Redact(desktest.Anna, room, "$another")
	d.Pass(10 * time.Second)
	if got := openCall(t, d, c); got.State != desk.CallRinging {
		t.Errorf("after another redaction: %+v", got)
	}
	d.Redact(desktest.Anna, room, event)
	if members, err := d.CallMembers(d.TicketOf(c).Portal); err != nil || len(members) != 0 {
		t.Errorf("members %+v, %v", members, err)
	}
	d.Pass(4 * time.Second)
	if got := lastCall(t, d, c); got.Outcome != desk.CallWithdrawn {
		t.Errorf("%+v", got)
	}
}

// TestHeldCall: a homeserver that was away writes leaves for clients that never went. As long as they are connected to the media they have the
// time to come back.
func TestHeldCall(t *testing.T) {
	held := func(d *desktest.Desk, call *desk.Call, on bool) {
		d.Decide(desk.CallHeld{Call: call.ID, Held: on})
		d.Deliver()
	}
	for name, test := range map[string]struct {
		then func(d *desktest.Desk, call *desk.Call, room desk.RoomKey)
		ends time.Duration // after the leave; 0 for never
	}{
		"not held":      {func(*desktest.Desk, *desk.Call, desk.RoomKey) {}, 4 * time.Second},
		"held for ever": {func(d *desktest.Desk, call *desk.Call, _ desk.RoomKey) { held(d, call, true) }, 30 * time.Second},
		"held, then back": {func(d *desktest.Desk, call *desk.Call, room desk.RoomKey) {
			held(d, call, true)
			d.Pass(20 * time.Second)
			sits(d, desktest.Anna, room, "audio")
		}, 0},
		"held, then gone": {func(d *desktest.Desk, call *desk.Call, _ desk.RoomKey) {
			held(d, call, true)
			d.Pass(time.Second)
			held(d, call, false)
		}, 5 * time.Second},
		"gone, told again": {func(d *desktest.Desk, call *desk.Call, _ desk.RoomKey) {
			d.Pass(2 * time.Second)
			held(d, call, false)
		}, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := talking(t, "audio")
			call := openCall(t, d, c)
			held(d, call, true) // of no meaning while they are there
			left := d.Now
			rises(d, desktest.Anna, room)
			test.then(d, call, room)
			d.Pass(time.Hour)
			got := lastCall(t, d, c)
			if (got.State == desk.CallActive) != (test.ends == 0) || test.ends > 0 && got.EndedAt.Sub(left) != test.ends {
				t.Errorf("%s, ended after %s, want %s", got.State, got.EndedAt.Sub(left), test.ends)
			}
		})
	}
}
