package calls

import (
	"slices"
	"testing"
	"time"

	"frontdesk/desk"
)

// tells reports whether desk was told something.
func (o *office) tells(in desk.Input) bool { return slices.Contains(o.told, in) }

// TestNobodyOfTheStaff has the customer wait in the media server, where somebody else is: that is no call yet.
func TestNobodyOfTheStaff(t *testing.T) {
	o := newOffice(t, desk.CallVoice, func(o *office, _ *Manager) { o.members = nil })
	olga := o.comes("@olga:test:DESK", microphone)
	o.opens("page", []source{microphone}, 1, 0)
	olga.wait(t, "page/microphone", 2*someFrames)
	o.mu.Lock()
	if o.tells(desk.CallUp{Call: testCall}) {
		t.Error("the customer was told to be connected with the staff, of whom nobody is there")
	}
	o.mu.Unlock()
	o.comes(annaDesk, microphone)
	o.set(func() { o.members = []desk.CallMember{member(annaID, "DESK")} })
	o.wait("both sides are connected", func() bool { return o.row.State == desk.CallActive })
}

// TestStaffWhoseMembershipIsGone has the homeserver say that the staff have left, who are still in the media server.
func TestStaffWhoseMembershipIsGone(t *testing.T) {
	o := newOffice(t, desk.CallVoice)
	anna := o.comes(annaDesk, microphone)
	page := o.opens("page", []source{microphone}, 1, 0)
	page.wait(t, annaDesk+"/microphone", someFrames)
	o.wait("both sides are connected", func() bool { return o.row.State == desk.CallActive })
	for range 2 {
		o.set(func() { o.members, o.row.Alone = nil, time.Now().Add(4*time.Second) })
		o.wait("desk knows that Anna is still there", func() bool { return o.tells(desk.CallHeld{Call: testCall, Held: true}) })
		page.sees("who is not in the session is not shown", func(p desk.CallPeople) bool { return len(p.People) == 0 })
		o.set(func() { o.members, o.row.Alone, o.told = []desk.CallMember{member(annaID, "DESK")}, time.Time{}, nil })
		page.sees("Anna is shown again", func(p desk.CallPeople) bool { return len(p.People) == 1 })
	}
	o.set(func() { o.members, o.row.Alone = nil, time.Now().Add(4*time.Second) })
	o.wait("desk knows that Anna is still there", func() bool { return o.tells(desk.CallHeld{Call: testCall, Held: true}) })
	anna.leave()
	o.wait("desk knows that Anna is gone", func() bool { return o.tells(desk.CallHeld{Call: testCall}) })
}

// TestServiceOfTheStaff has a homeserver that names no token service: the one that the staff's membership names is taken when it comes.
func TestServiceOfTheStaff(t *testing.T) {
	o := newOffice(t, desk.CallVoice, hurry, func(o *office, _ *Manager) { o.row.Service, o.nowhere = "", true })
	anna := o.comes(annaDesk, microphone)
	page := o.opens("page", []source{microphone}, 1, 0)
	o.wait("the homeserver was asked in vain for longer than a side may be away", func() bool { return o.asks > 5 })
	o.set(func() { o.row.Service = "http://tokens.test" })
	anna.wait(t, "page/microphone", someFrames)
	page.wait(t, annaDesk+"/microphone", someFrames)
	o.wait("both sides are connected", func() bool { return o.row.State == desk.CallActive })
}

// TestConnectedIsToldAgain: desk, which sees nobody of the staff in the session when both sides are connected, is told again.
func TestConnectedIsToldAgain(t *testing.T) {
	o := newOffice(t, desk.CallVoice, func(o *office, _ *Manager) { o.drops = 1 })
	o.comes(annaDesk, microphone)
	o.opens("page", []source{microphone}, 1, 0)
	o.wait("both sides are connected", func() bool { return o.row.State == desk.CallActive })
}
