package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestCallByCommand: for clients without a button. Who ordered it comes when the customer has answered, or not at all.
func TestCallByCommand(t *testing.T) {
	for _, test := range []struct {
		order string
		kind  desk.CallKind
		line  string
	}{
		{"!call", desk.CallVoice, "📞 Calling Visitor 1. Waiting for an answer…"},
		{"!звонок", desk.CallVoice, "📞 Calling Visitor 1. Waiting for an answer…"},
		{"!видео", desk.CallVideo, "🎥 Video call to Visitor 1. Waiting for an answer…"},
		{"!экран", desk.CallScreen, "🖥 Asking Visitor 1 to share the screen. Waiting for an answer…"},
	} {
		t.Run(test.order, func(t *testing.T) {
			d, c, room := assigned(t)
			d.Say(desktest.Anna, room, test.order)
			call := openCall(t, d, c)
			if call.Kind != test.kind || call.State != desk.CallRinging || call.Service != "" || call.Caller != desktest.Anna {
				t.Errorf("call %+v", call)
			}
			posts := d.Posts(room)
			if got := posts[len(posts)-2].Text; got != test.line {
				t.Errorf("line %q", got)
			}
			if got := d.LastPost(room).Text; !strings.Contains(got, "join the call in this room") || !strings.Contains(got, "https://matrix.to/#/") {
				t.Errorf("answer %q", got)
			}
			d.Say(desktest.Anna, room, "!video")
			if got := d.LastPost(room).Text; !strings.Contains(got, "there is a call already") || len(d.Calls(c)) != 1 {
				t.Errorf("a second call: %q", got)
			}
			if err := does(d, call, desk.CallAnswer, "tab1"); err != nil {
				t.Fatal(err)
			}
			d.Pass(59 * time.Second)
			sits(d, desktest.Anna, room, "video")
			notifies(d, desktest.Anna, room, "", "video")
			d.Decide(desk.CallUp{Call: call.ID})
			d.Pass(time.Hour)
			got := openCall(t, d, c)
			if got.ID != call.ID || got.State != desk.CallActive || got.Service != rtcService || got.Kind != test.kind {
				t.Errorf("joined by the button: %+v", got)
			}
			d.Say(desktest.Anna, room, "!hangup")
			if got := lastCall(t, d, c); got.Outcome != desk.CallTalked || got.Reason != "" {
				t.Errorf("hung up: %+v", got)
			}
			d.Say(desktest.Anna, room, "!hangup")
			if got := d.LastPost(room).Text; !strings.Contains(got, "no call to end") {
				t.Errorf("hung up again: %q", got)
			}
		})
	}
}

// TestNobodyComesToACommandedCall: the customer who answered does not wait for ever.
func TestNobodyComesToACommandedCall(t *testing.T) {
	d, c, room := assigned(t)
	d.Say(desktest.Anna, room, "!call")
	d.Pass(80 * time.Second)
	if err := does(d, openCall(t, d, c), desk.CallAnswer, "tab1"); err != nil {
		t.Fatal(err)
	}
	d.Pass(59 * time.Second)
	if got := openCall(t, d, c); got.State != desk.CallJoining {
		t.Errorf("after 59 s %+v", got)
	}
	d.Pass(time.Second)
	if got := lastCall(t, d, c); got.Outcome != desk.CallFailed || got.Reason != "call.reason.nobody" {
		t.Errorf("after a minute %+v", got)
	}
	d.Say(desktest.Anna, room, "!screen")
	d.Pass(90 * time.Second)
	if got := lastCall(t, d, c); got.Outcome != desk.CallMissed {
		t.Errorf("unanswered %+v", got)
	}
	d.Say(desktest.Anna, room, "!screen")
	d.Say(desktest.Anna, room, "!экран стоп")
	if got := lastCall(t, d, c); got.Outcome != desk.CallWithdrawn {
		t.Errorf("stopped %+v", got)
	}
}

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
		{"!screen", "", desk.ShareAsked, "🖥 Asking Visitor 1 to share the screen in this call. Waiting for an answer…"},
		{"!screen", "", desk.ShareAsked, "Visitor 1 was asked to share the screen already and has not answered yet."},
		{"", desk.CallShare, desk.ShareOn, "🖥 Visitor 1 shares the screen"},
		{"!screen", "", desk.ShareOn, "Visitor 1 shares the screen already."},
		{"", desk.CallUnshare, desk.ShareNone, "🖥 Visitor 1 does not share the screen any more; the call goes on"},
		{"!screen", "", desk.ShareAsked, "🖥 Asking Visitor 1 to share the screen in this call. Waiting for an answer…"},
		{"", desk.CallUnable, desk.ShareNone, "🖥 The browser of Visitor 1 cannot share a screen; the call goes on"},
		{"!screen", "", desk.ShareAsked, "🖥 Asking Visitor 1 to share the screen in this call. Waiting for an answer…"},
		{"!экран хватит", "", desk.ShareNone, "🖥 The screen sharing of Visitor 1 was stopped; the call goes on"},
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
		"call.share_asked @anna:test call", "call.shared customer call", "call.unshared customer call", "call.share_asked @anna:test call",
		"call.unshared customer call", "call.share_asked @anna:test call", "call.unshared @anna:test call",
	}
	if got := recorded(d, "call."); !slices.Equal(got[3:], want) {
		t.Errorf("journal %q", got)
	}
}

// TestCallsOfMessengers: not possible there, but the customer can be asked to the site (V6).
func TestCallsOfMessengers(t *testing.T) {
	withPage := func(in *desk.SitesConfigured) {
		in.Sites[0].Origins = []string{"https://*.shop.test", "https://shop.test"}
	}
	for name, test := range map[string]struct {
		change func(*desk.SitesConfigured)
		told   string
		link   bool
	}{
		"with a page":    {withPage, "Telegram: calling is not possible here. Shall I send the customer a link", true},
		"without a page": {func(*desk.SitesConfigured) {}, "Telegram: calling is not possible here.", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, test.change)
			opened, err := d.Engine.OpenConversation(d.Tx, d.Now, desktest.Site, desk.ChannelTelegram, "en")
			if err != nil {
				t.Fatal(err)
			}
			c := opened.ID
			d.Write(c, "hello")
			d.Accept(desktest.Anna, c)
			room := d.PortalOf(c)
			for _, order := range []string{"!call", "!video", "!screen"} {
				d.Say(desktest.Anna, room, order)
				if got := d.LastPost(room); !strings.HasPrefix(got.Text, test.told) {
					t.Errorf("%s: %q", order, got.Text)
				}
			}
			sits(d, desktest.Anna, room, "audio")
			if got := lastLine(d, room); !strings.HasPrefix(got.Text, "Telegram: calling is not possible here.") || len(d.Calls(c)) != 0 {
				t.Errorf("by the button: %q", got.Text)
			}
			d.Say(desktest.Anna, room, "!1")
			messages := d.Messages(c)
			last := messages[len(messages)-1]
			if sent := last.Author == desk.FromStaff && strings.Contains(last.Content.Text, "https://shop.test "); sent != test.link {
				t.Errorf("the customer reads %+v", last)
			}
			if got := recorded(d, "call.link_sent"); (len(got) == 1) != test.link {
				t.Errorf("journal %q", got)
			}
		})
	}
	d, _, room := assigned(t)
	d.Say(desktest.Anna, room, "!call ссылка")
	if got := d.LastPost(room).Text; !strings.Contains(got, "can be called right here") {
		t.Errorf("a link to who has the widget: %q", got)
	}
}
