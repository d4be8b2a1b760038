package desk_test

import (
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestKindOfACall: the membership that begins a call says what for. Only where it does not, the ringing may.
func TestKindOfACall(t *testing.T) {
	for name, test := range map[string]struct {
		membership, ringing string
		kind                desk.CallKind
		line                string // "" where it is not written anew
	}{
		"voice":                   {"audio", "audio", desk.CallVoice, ""},
		"video":                   {"video", "video", desk.CallVideo, ""},
		"said by nobody":          {"", "", desk.CallVideo, ""},
		"voice by the ringing":    {"", "audio", desk.CallVoice, "📞 Calling Visitor 1. Waiting for an answer…"},
		"video by the ringing":    {"", "video", desk.CallVideo, "📹 Video call to Visitor 1. Waiting for an answer…"},
		"voice, rung for video":   {"audio", "video", desk.CallVoice, ""},
		"video, rung for voice":   {"video", "audio", desk.CallVideo, ""},
		"voice, rung for nothing": {"audio", "", desk.CallVoice, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := assigned(t)
			notifies(d, desktest.Anna, room, sits(d, desktest.Anna, room, test.membership), test.ringing)
			if got := openCall(t, d, c); got.Kind != test.kind || got.State != desk.CallRinging {
				t.Errorf("%+v", got)
			}
			if got := running(d, room); got != test.line {
				t.Errorf("line %q", got)
			}
		})
	}
}

// TestOrderedCallStaysWhatItIs: who comes into the session by their client's button, for video as such buttons are, before the customer has
// answered, does not change what the customer is asked for.
func TestOrderedCallStaysWhatItIs(t *testing.T) {
	for order, kind := range map[string]desk.CallKind{"!call": desk.CallVoice, "!screen": desk.CallScreen, "!video": desk.CallVideo} {
		for _, named := range []string{"video", "audio", ""} {
			t.Run(order+" "+named, func(t *testing.T) {
				d, c, room := assigned(t)
				d.Say(desktest.Anna, room, order)
				ring := notifies(d, desktest.Anna, room, sits(d, desktest.Anna, room, named), "video")
				got := openCall(t, d, c)
				if got.Kind != kind || got.State != desk.CallRinging || got.Notification != ring {
					t.Errorf("ringing: %+v", got)
				}
				if err := does(d, got, desk.CallAnswer, "tab1"); err != nil {
					t.Fatal(err)
				}
				d.Decide(desk.CallUp{Call: got.ID})
				if got := openCall(t, d, c); got.Kind != kind || got.State != desk.CallActive {
					t.Errorf("answered: %+v", got)
				}
			})
		}
	}
}

// TestLongerRinging: a notification may ring longer than we would, up to a limit, and never shorter.
func TestLongerRinging(t *testing.T) {
	for lifetime, want := range map[time.Duration]time.Duration{
		10 * time.Second: 90 * time.Second, 100 * time.Second: 100 * time.Second, time.Hour: 2 * time.Minute,
	} {
		d, c, room := assigned(t)
		at, of := d.Now, sits(d, desktest.Anna, room, "audio")
		d.Decide(desk.CallNotification{Room: room, Event: d.NextEvent(), Sender: desktest.Anna, Relates: of, At: at, Lifetime: lifetime})
		if got := openCall(t, d, c).RingsUntil.Sub(at); got != want {
			t.Errorf("lifetime %s: rings for %s", lifetime, got)
		}
		d.Pass(want - time.Second)
		if got := lastCall(t, d, c); got.State != desk.CallRinging {
			t.Errorf("lifetime %s: over too soon: %+v", lifetime, got)
		}
		d.Pass(time.Second)
		if got := lastCall(t, d, c); got.Outcome != desk.CallMissed {
			t.Errorf("lifetime %s: rings on: %+v", lifetime, got)
		}
	}
}
