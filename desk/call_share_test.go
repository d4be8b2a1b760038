package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestScreenInsideACall: it adds the screen, and ending it leaves the call (V4).
func TestScreenInsideACall(t *testing.T) {
	d, c, room := talking(t, "audio")
	call := openCall(t, d, c)
	wantRefusal(t, does(d, call, desk.CallShare, "tab1"), desk.Conflict, "call.not_asked")
	for _, step := range []struct {
		order string
		act   desk.CallAct
		share desk.ShareState
		told  string
	}{
		{"!screen stop", "", desk.ShareNone, "Visitor 1 shows no screen now. To ask for it: !screen"},
		{"!screen", "", desk.ShareAsked, "🖥️ Asking Visitor 1 to share the screen in this call. Waiting for an answer…"},
		{"!screen", "", desk.ShareAsked, "Visitor 1 was asked to share the screen already and has not answered yet."},
		{"", desk.CallShare, desk.ShareOn, "🖥️ Visitor 1 shares the screen"},
		{"!screen", "", desk.ShareOn, "Visitor 1 shares the screen already."},
		{"", desk.CallUnshare, desk.ShareNone, "🖥️ Visitor 1 does not share the screen any more; the call goes on"},
		{"!screen", "", desk.ShareAsked, "🖥️ Asking Visitor 1 to share the screen in this call. Waiting for an answer…"},
		{"", desk.CallUnshare, desk.ShareNone, "🖥️ Visitor 1 declined to share the screen; the call goes on"},
		{"!screen", "", desk.ShareAsked, "🖥️ Asking Visitor 1 to share the screen in this call. Waiting for an answer…"},
		{"", desk.CallUnable, desk.ShareNone, "🖥️ The browser of Visitor 1 cannot share a screen; the call goes on"},
		{"!screen", "", desk.ShareAsked, "🖥️ Asking Visitor 1 to share the screen in this call. Waiting for an answer…"},
		{"!экран хватит", "", desk.ShareNone, "🖥️ Visitor 1 is not asked to share the screen any more; the call goes on"},
		{"!screen", "", desk.ShareAsked, "🖥️ Asking Visitor 1 to share the screen in this call. Waiting for an answer…"},
		{"", desk.CallShare, desk.ShareOn, "🖥️ Visitor 1 shares the screen"},
		{"!screen stop", "", desk.ShareNone, "🖥️ The screen sharing of Visitor 1 was stopped; the call goes on"},
	} {
		if step.order != "" {
			d.Say(desktest.Anna, room, step.order)
		} else if err := does(d, call, step.act, "tab1"); err != nil {
			t.Errorf("%s: %v", step.act, err)
		}
		if got := openCall(t, d, c); got.Share != step.share || got.State != desk.CallActive {
			t.Errorf("%s%s: %+v", step.order, step.act, got)
		}
		if got := d.LastPost(room).Text; got != step.told {
			t.Errorf("%s%s: told %q, want %q", step.order, step.act, got, step.told)
		}
	}
	want := []string{
		"call.share_asked @anna:test call", "call.shared customer call", "call.unshared customer call",
		"call.share_asked @anna:test call", "call.share_declined customer call", "call.share_asked @anna:test call", "call.share_declined customer call",
		"call.share_asked @anna:test call", "call.share_withdrawn @anna:test call",
		"call.share_asked @anna:test call", "call.shared customer call", "call.unshared @anna:test call",
	}
	if got := recorded(d, "call."); !slices.Equal(got[3:], want) {
		t.Errorf("journal %q", got)
	}
}

// TestScreenEndsWithTheStaff: a screen of its own ends by order, and when the last of the staff has hung up (V4).
func TestScreenEndsWithTheStaff(t *testing.T) {
	for name, end := range map[string]func(d *desktest.Desk, room desk.RoomKey){
		"by order": func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!screen stop") },
		"hung up": func(d *desktest.Desk, room desk.RoomKey) {
			rises(d, desktest.Anna, room)
			d.Pass(4 * time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := assigned(t)
			d.Say(desktest.Anna, room, "!screen")
			call := openCall(t, d, c)
			if err := does(d, call, desk.CallAnswer, "tab1"); err != nil {
				t.Fatal(err)
			}
			sits(d, desktest.Anna, room, "audio")
			d.Decide(desk.CallUp{Call: call.ID})
			d.Deliver()
			if got := openCall(t, d, c); got.Kind != desk.CallScreen || got.State != desk.CallActive {
				t.Fatalf("shown: %+v", got)
			}
			end(d, room)
			if got := lastCall(t, d, c); got.State != desk.CallEnded || got.Outcome != desk.CallTalked {
				t.Errorf("%+v", got)
			}
			if got := lastLine(d, room); !strings.HasPrefix(got.Text, "🖥️ Visitor 1: shared the screen for") {
				t.Errorf("told %q", got.Text)
			}
		})
	}
}

// TestScreenThatNobodyShows: a question for the screen lapses, an answer to it does not, and a new question has its full time.
func TestScreenThatNobodyShows(t *testing.T) {
	d, c, room := talking(t, "audio")
	call := openCall(t, d, c)
	d.Say(desktest.Anna, room, "!screen")
	d.Pass(80 * time.Second)
	d.Say(desktest.Anna, room, "!screen stop")
	d.Say(desktest.Anna, room, "!screen")
	d.Pass(80 * time.Second)
	if got := openCall(t, d, c); got.Share != desk.ShareAsked {
		t.Errorf("the first question's time ended the second: %+v", got)
	}
	d.Pass(10 * time.Second)
	if got := openCall(t, d, c); got.Share != desk.ShareNone || !got.ShareUntil.IsZero() || got.State != desk.CallActive {
		t.Errorf("unanswered for 90 s: %+v", got)
	}
	if got := d.LastPost(room).Text; got != "🖥️ Visitor 1 did not answer whether to share the screen; the call goes on" {
		t.Errorf("told %q", got)
	}
	if got := recorded(d, "call.share_missed"); !slices.Equal(got, []string{"call.share_missed timer call"}) {
		t.Errorf("journal %q", got)
	}
	wantRefusal(t, does(d, call, desk.CallShare, "tab1"), desk.Conflict, "call.not_asked")
	d.Say(desktest.Anna, room, "!screen")
	if err := does(d, call, desk.CallShare, "tab1"); err != nil {
		t.Fatal(err)
	}
	d.Pass(time.Hour)
	if got := openCall(t, d, c); got.Share != desk.ShareOn {
		t.Errorf("a shown screen lapsed: %+v", got)
	}
}
