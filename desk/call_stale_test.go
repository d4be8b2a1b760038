package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestStaleCallEvents: what comes twice, late or out of order begins and ends nothing.
func TestStaleCallEvents(t *testing.T) {
	d, c, room := assigned(t)
	in := desk.CallMembership{
		Room: room, Event: d.NextEvent(), Sender: desktest.Anna, Key: "k", Device: "D", Service: rtcService, Intent: "audio", Joined: true,
		At: d.Now, Until: d.Now.Add(time.Hour),
	}
	d.Decide(in)
	call := openCall(t, d, c)
	older := in
	older.Event, older.Joined, older.At = d.NextEvent(), false, d.Now.Add(-time.Second)
	d.Decide(older)
	d.Decide(in)
	toggled := in
	toggled.Event, toggled.Intent, toggled.At = d.NextEvent(), "video", d.Now.Add(time.Second)
	d.Decide(toggled)
	d.Pass(10 * time.Second)
	if got := openCall(t, d, c); got.ID != call.ID || got.State != desk.CallRinging || got.Kind != desk.CallVoice {
		t.Errorf("after a late leave and a camera toggle: %+v", got)
	}
	if err := does(d, call, desk.CallDecline, "tab1"); err != nil {
		t.Fatal(err)
	}
	// The ringing comes after the customer has declined: it is declined as well, and rings nobody.
	late := desk.CallNotification{
		Room: room, Event: d.NextEvent(), Sender: desktest.Anna, Relates: in.Event, At: in.At.Add(time.Second), Lifetime: 90 * time.Second,
	}
	d.Decide(late)
	d.Decide(late)
	again := toggled
	again.Event, again.Intent, again.At = d.NextEvent(), "audio", d.Now
	d.Decide(again) // still sitting there
	d.Deliver()
	if got := declines(d); len(d.Calls(c)) != 1 || len(got) != 1 || got[0].Notification != late.Event {
		t.Errorf("%d calls, declines %+v", len(d.Calls(c)), got)
	}
	// Read after an outage, a call nobody waits for any more is not begun; whoever made it is told.
	d.Pass(time.Hour)
	in.Event, in.Key, in.At = d.NextEvent(), "k2", d.Now.Add(-10*time.Minute)
	d.Decide(in)
	d.Deliver()
	if got := lastLine(d, room); len(d.Calls(c)) != 1 || !strings.Contains(got.Text, "too late") {
		t.Errorf("%d calls, told %q", len(d.Calls(c)), got.Text)
	}
	d.Decide(desk.CallMembership{Room: "portal:none", Event: "$x", Sender: desktest.Anna, Key: "k", Joined: true, At: d.Now})
	d.Decide(desk.CallMembership{Room: lobby, Event: "$y", Sender: desktest.Anna, Key: "k", Joined: true, At: d.Now})
	notifies(d, desktest.Boris, room, "", "audio") // nobody is in the session
	if len(d.Calls(c)) != 1 {
		t.Error("a notification alone began a call")
	}
	d.Decide(desk.CallNotification{Room: lobby, Event: "$z", Sender: desktest.Anna, At: d.Now})
	d.Decide(desk.CallUp{Call: "none"})
	d.Decide(desk.CallDown{Call: "none"})
	d.Decide(desk.CallSeat{Call: "none", Seated: true})
	d.Decide(desk.CallUnshown{Call: "none", User: desktest.Anna})
	wantRefusal(t, does(d, &desk.Call{ID: "none", Conversation: c}, desk.CallAnswer, "tab1"), desk.Conflict, "call.over")
	other := d.Open()
	wantRefusal(t, does(d, &desk.Call{ID: call.ID, Conversation: other}, desk.CallAnswer, "tab1"), desk.Conflict, "call.over")
}

// TestCallAfterACrash: where the homeserver clears nobody's membership, who presses the button again seems to have been there all the time. The
// ringing tells.
func TestCallAfterACrash(t *testing.T) {
	d, c, room, _ := called(t, "audio")
	d.Pass(10 * time.Minute)
	if got := lastCall(t, d, c); got.Outcome != desk.CallMissed {
		t.Fatalf("first call %+v", got)
	}
	again := sits(d, desktest.Anna, room, "video")
	if len(d.Calls(c)) != 1 {
		t.Error("a renewed membership began a call")
	}
	ring := notifies(d, desktest.Anna, room, again, "video")
	if got := lastCall(t, d, c); len(d.Calls(c)) != 2 || got.State != desk.CallRinging || got.Notification != ring || got.Kind != desk.CallVideo {
		t.Errorf("%d calls, the last %+v", len(d.Calls(c)), got)
	}
}

// TestSeatOutlivesTheCall: that the puppet may be a member is kept until it is none, whatever has become of the call.
func TestSeatOutlivesTheCall(t *testing.T) {
	d, c, _ := talking(t, "audio")
	call := openCall(t, d, c)
	d.Decide(desk.CallSeat{Call: call.ID, Seated: true})
	if err := does(d, call, desk.CallEnd, "tab1"); err != nil {
		t.Fatal(err)
	}
	if got, err := d.CallsToTend(); err != nil || len(got) != 1 || !got[0].Seated {
		t.Errorf("to tend %+v, %v", got, err)
	}
	for range 2 {
		d.Decide(desk.CallSeat{Call: call.ID})
	}
	if got, err := d.CallsToTend(); err != nil || len(got) != 0 {
		t.Errorf("to tend %+v, %v", got, err)
	}
}

// TestWithoutCalls: where calls are not set up nobody is asked, and who calls learns why.
func TestWithoutCalls(t *testing.T) {
	d, c, room := assigned(t)
	catalogue, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	d.Engine = desk.New(desk.Options{
		NewID: desktest.IDs("off"), Texts: catalogue, Bot: desktest.Bot, IsPuppet: func(desk.UserID) bool { return false }, WithoutCalls: true,
	})
	sits(d, desktest.Anna, room, "audio")
	if got := lastLine(d, room); !strings.Contains(got.Text, "calls.enabled") {
		t.Errorf("by the button: %q", got.Text)
	}
	d.Say(desktest.Anna, room, "!call")
	if got := d.LastPost(room); !strings.Contains(got.Text, "calls.enabled") || len(d.Calls(c)) != 0 {
		t.Errorf("by command: %q, %d calls", got.Text, len(d.Calls(c)))
	}
	d.Say(desktest.Anna, room, "!return")
	if card := actionCard(d, c); slices.Contains(card.Buttons, "📞") || strings.Contains(card.Text, "📞") {
		t.Errorf("on the card: %+v", card)
	}
}
