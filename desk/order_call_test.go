package desk_test

import (
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
		{"!видео", desk.CallVideo, "📹 Video call to Visitor 1. Waiting for an answer…"},
		{"!экран", desk.CallScreen, "🖥️ Asking Visitor 1 to share the screen. Waiting for an answer…"},
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
			if got := d.LastPost(room).Text; !strings.Contains(got, "has not answered yet") || len(d.Calls(c)) != 1 {
				t.Errorf("a second call: %q", got)
			}
			if err := does(d, call, desk.CallAnswer, "tab1"); err != nil {
				t.Fatal(err)
			}
			d.Pass(59 * time.Second)
			sits(d, desktest.Anna, room, "video")
			notifies(d, desktest.Anna, room, "", "video")
			d.Decide(desk.CallUp{Call: call.ID})
			d.Say(desktest.Anna, room, "!call")
			if got := d.LastPost(room).Text; !strings.Contains(got, "there is a call already") || len(d.Calls(c)) != 1 {
				t.Errorf("a second call beside one that is on: %q", got)
			}
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
	call := openCall(t, d, c)
	if err := does(d, call, desk.CallAnswer, "tab1"); err != nil {
		t.Fatal(err)
	}
	// The media server has the customer; that is nobody to talk with.
	d.Decide(desk.CallUp{Call: call.ID})
	d.Deliver()
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
			opened, err := d.Engine.OpenConversation(d.Tx, d.Now, desktest.Site, telegramChannel, "en")
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
