package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

const rtcService = "https://rtc.test/jwt"

// sits puts somebody into the session of a room, by a state event of their device.
func sits(d *desktest.Desk, u desk.UserID, room desk.RoomKey, intent string) desk.EventID {
	in := desk.CallMembership{
		Room: room, Event: d.NextEvent(), Sender: u, Key: "_" + string(u) + "_DEV_m.call", Device: "DEV", Service: rtcService, Intent: intent,
		Joined: true, At: d.Now, Until: d.Now.Add(4 * time.Hour),
	}
	d.Decide(in)
	d.Deliver()
	return in.Event
}

// rises takes somebody out of it.
func rises(d *desktest.Desk, u desk.UserID, room desk.RoomKey) {
	d.Decide(desk.CallMembership{Room: room, Event: d.NextEvent(), Sender: u, Key: "_" + string(u) + "_DEV_m.call", At: d.Now})
	d.Deliver()
}

// notifies is the notification of the first member.
func notifies(d *desktest.Desk, u desk.UserID, room desk.RoomKey, of desk.EventID, intent string) desk.EventID {
	in := desk.CallNotification{
		Room: room, Event: d.NextEvent(), Sender: u, Intent: intent, Relates: of, At: d.Now, Lifetime: 90 * time.Second,
	}
	d.Decide(in)
	d.Deliver()
	return in.Event
}

// called gives a desk where Anna calls her customer from her client.
func called(t *testing.T, intent string) (*desktest.Desk, desk.ConversationID, desk.RoomKey, desk.EventID) {
	t.Helper()
	d, c, room := assigned(t)
	ring := notifies(d, desktest.Anna, room, sits(d, desktest.Anna, room, intent), intent)
	return d, c, room, ring
}

func openCall(t *testing.T, d *desktest.Desk, c desk.ConversationID) *desk.Call {
	t.Helper()
	call, err := d.CallOf(c)
	if err != nil {
		t.Fatalf("open call: %v", err)
	}
	return call
}

func lastCall(t *testing.T, d *desktest.Desk, c desk.ConversationID) *desk.Call {
	t.Helper()
	call, err := d.LastCall(c)
	if err != nil {
		t.Fatalf("last call: %v", err)
	}
	return call
}

// does is an act of the customer's about the conversation's last call, in a page.
func does(d *desktest.Desk, call *desk.Call, act desk.CallAct, tab string) error {
	_, err := d.Try(desk.CustomerCall{Conversation: call.Conversation, Call: call.ID, Act: act, Tab: tab})
	d.Deliver()
	return err
}

// talking gives a call that is on.
func talking(t *testing.T, intent string) (*desktest.Desk, desk.ConversationID, desk.RoomKey) {
	t.Helper()
	d, c, room, _ := called(t, intent)
	call := openCall(t, d, c)
	if err := does(d, call, desk.CallAnswer, "tab1"); err != nil {
		t.Fatalf("answer: %v", err)
	}
	d.Decide(desk.CallUp{Call: call.ID})
	d.Deliver()
	return d, c, room
}

// lastTold gives what the customer was told last, with the key of the text.
func lastTold(d *desktest.Desk, c desk.ConversationID) (kind, text string) {
	for _, m := range slices.Backward(d.Messages(c)) {
		if m.Author == desk.FromSystem {
			return m.Kind, m.Content.Text
		}
	}
	return "", ""
}

// lastLine gives the newest line of the bot's in a room that replaces none.
func lastLine(d *desktest.Desk, room desk.RoomKey) desk.Post {
	for _, p := range slices.Backward(d.Posts(room)) {
		if p.Replaces.None() {
			return p
		}
	}
	return desk.Post{}
}

// running gives what the line about the call says now.
func running(d *desktest.Desk, room desk.RoomKey) string {
	for _, p := range slices.Backward(d.Posts(room)) {
		if !p.Replaces.None() {
			return p.Text
		}
	}
	return ""
}

func declines(d *desktest.Desk) []desk.DeclineCall {
	var out []desk.DeclineCall
	for _, s := range d.Sent {
		if e, ok := s.Effect.(desk.DeclineCall); ok {
			out = append(out, e)
		}
	}
	return out
}

// cleared lists whose memberships were taken out of sessions.
func cleared(d *desktest.Desk) (keys []string) {
	for _, s := range d.Sent {
		if e, ok := s.Effect.(desk.ClearCall); ok {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

func recorded(d *desktest.Desk, prefix string) (actions []string) {
	for _, e := range d.Journal() {
		if strings.HasPrefix(e.Action, prefix) {
			actions = append(actions, e.Action+" "+e.Actor+" "+e.Comment)
		}
	}
	return actions
}

// TestCallIsTalked: rung by the button, answered in one page of two, connected, ended by the customer (V1, V2, V6).
func TestCallIsTalked(t *testing.T) {
	d, c, room, ring := called(t, "audio")
	call := openCall(t, d, c)
	if call.Kind != desk.CallVoice || call.State != desk.CallRinging || call.Caller != desktest.Anna || call.Service != rtcService ||
		call.Notification != ring || call.Device != "" || call.Tab != "" || !call.RingsUntil.Equal(d.Now.Add(90*time.Second)) {
		t.Errorf("ringing %+v", call)
	}
	if got := lastLine(d, room); got.Text != "📞 Calling Visitor 1. Waiting for an answer…" || !got.Notice {
		t.Errorf("in the room %+v", got)
	}
	changed := d.Changed[c]
	if err := does(d, call, desk.CallAnswer, "tab1"); err != nil || d.Changed[c] == changed {
		t.Fatalf("answer: %v", err)
	}
	wantRefusal(t, does(d, call, desk.CallAnswer, "tab2"), desk.Conflict, "call.elsewhere")
	wantRefusal(t, does(d, call, desk.CallDecline, "tab2"), desk.Conflict, "call.elsewhere")
	if err := does(d, call, desk.CallAnswer, "tab1"); err != nil {
		t.Errorf("answered again by the same page: %v", err)
	}
	call = openCall(t, d, c)
	if call.State != desk.CallJoining || call.Tab != "tab1" || strings.Trim(call.Device, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" || call.Device == "" {
		t.Errorf("answered %+v", call)
	}
	if got := running(d, room); got != "📞 Visitor 1 accepted the call, connecting…" {
		t.Errorf("line %q", got)
	}
	for range 2 {
		d.Decide(desk.CallUp{Call: call.ID})
		d.Deliver()
	}
	if got := running(d, room); got != "📞 In a call with Visitor 1 since 09:00" || topic(d, room) != "📞 in a call since 09:00 · "+idleTopic(d, room) {
		t.Errorf("line %q, topic %q", got, topic(d, room))
	}
	d.Pass(3*time.Minute + 12*time.Second)
	if err := does(d, call, desk.CallEnd, "tab1"); err != nil {
		t.Fatalf("end: %v", err)
	}
	if err := does(d, call, desk.CallEnd, "tab1"); err != nil {
		t.Errorf("ended again: %v", err)
	}
	wantRefusal(t, does(d, call, desk.CallAnswer, "tab1"), desk.Conflict, "call.over")
	call = lastCall(t, d, c)
	if call.State != desk.CallEnded || call.Outcome != desk.CallTalked || call.EndedAt.Sub(call.TalkedAt) != 192*time.Second {
		t.Errorf("ended %+v", call)
	}
	if got := lastLine(d, room); got.Text != "📞 Visitor 1: talked 3:12" || strings.Contains(topic(d, room), "📞") {
		t.Errorf("in the room %q, topic %q", got.Text, topic(d, room))
	}
	if kind, text := lastTold(d, c); kind != "call_ended_voice" || text != "Call ended. Duration 3:12" {
		t.Errorf("in the chat %s %q", kind, text)
	}
	want := []string{
		"call.started @anna:test call", "call.answered customer call", "call.connected system call", "call.ended customer call, 3:12",
	}
	if got := recorded(d, "call."); !slices.Equal(got, want) {
		t.Errorf("journal %q", got)
	}
	if len(declines(d)) != 0 {
		t.Error("a talk was declined")
	}
}

func topic(d *desktest.Desk, room desk.RoomKey) string {
	var out string
	d.Want(room, desk.ThingTopic, &out)
	return out
}

// idleTopic is the topic without its first part.
func idleTopic(d *desktest.Desk, room desk.RoomKey) string {
	_, rest, _ := strings.Cut(topic(d, room), " · ")
	return rest
}

// TestCallOutcomes: what both sides and the journal are told of a call that was not talked.
func TestCallOutcomes(t *testing.T) {
	answer := func(d *desktest.Desk, call *desk.Call) { _ = does(d, call, desk.CallAnswer, "tab1") }
	for name, test := range map[string]struct {
		happens         func(d *desktest.Desk, call *desk.Call, room desk.RoomKey)
		outcome         desk.CallOutcome
		line, told      string
		declined, pings bool
	}{
		"declined": {
			func(d *desktest.Desk, call *desk.Call, _ desk.RoomKey) { _ = does(d, call, desk.CallDecline, "tab1") },
			desk.CallDeclined, "📹 Visitor 1 declined the video call", "You declined the video call", true, true,
		},
		"a browser that cannot": {
			func(d *desktest.Desk, call *desk.Call, _ desk.RoomKey) { _ = does(d, call, desk.CallUnable, "tab1") },
			desk.CallDeclined, "📹 Visitor 1 declined the video call — the customer's browser cannot make calls", "You declined the video call", true, true,
		},
		"missed": {
			func(d *desktest.Desk, _ *desk.Call, _ desk.RoomKey) { d.Pass(90 * time.Second) },
			desk.CallMissed, "📹 Visitor 1 missed the video call: no answer", "Missed video call", false, true,
		},
		"withdrawn by hanging up": {
			func(d *desktest.Desk, _ *desk.Call, room desk.RoomKey) {
				rises(d, desktest.Anna, room)
				d.Pass(4 * time.Second)
			},
			desk.CallWithdrawn, "📹 The video call to Visitor 1 was cancelled; the customer sees a missed call", "Missed video call", false, false,
		},
		"withdrawn by command": {
			func(d *desktest.Desk, _ *desk.Call, room desk.RoomKey) { d.Say(desktest.Anna, room, "!отбой") },
			desk.CallWithdrawn, "📹 The video call to Visitor 1 was cancelled; the customer sees a missed call", "Missed video call", false, false,
		},
		"withdrawn by redacting the ringing": {
			func(d *desktest.Desk, call *desk.Call, room desk.RoomKey) {
				d.Redact(desktest.Anna, room, call.Notification)
			},
			desk.CallWithdrawn, "📹 The video call to Visitor 1 was cancelled; the customer sees a missed call", "Missed video call", false, false,
		},
		"no connection": {
			func(d *desktest.Desk, call *desk.Call, _ desk.RoomKey) {
				answer(d, call)
				d.Decide(desk.CallDown{Call: call.ID, Reason: "call.reason.sfu"})
			},
			desk.CallFailed, "📹 The video call with Visitor 1 did not come about — the media server does not answer",
			"The video call did not come about: no connection. Please write to us here.", false, true,
		},
		"nobody of the staff is there": {
			func(d *desktest.Desk, call *desk.Call, _ desk.RoomKey) {
				answer(d, call)
				d.Decide(desk.CallDown{Call: call.ID, Reason: "call.reason.nobody"})
			},
			desk.CallFailed, "📹 The video call with Visitor 1 did not come about — nobody of the staff was in it",
			"The video call did not come about", false, true,
		},
		"the customer leaves while connecting": {
			func(d *desktest.Desk, call *desk.Call, _ desk.RoomKey) {
				answer(d, call)
				d.Decide(desk.CallDown{Call: call.ID})
			},
			desk.CallFailed, "📹 The video call with Visitor 1 did not come about — the customer left before it was connected",
			"The video call did not come about", false, true,
		},
		"the staff cancel it while connecting": {
			func(d *desktest.Desk, call *desk.Call, room desk.RoomKey) {
				answer(d, call)
				d.Say(desktest.Anna, room, "!hangup")
			},
			desk.CallFailed, "📹 The video call with Visitor 1 did not come about — ended by the staff",
			"The video call did not come about", false, true,
		},
		"the staff leave while connecting": {
			func(d *desktest.Desk, call *desk.Call, room desk.RoomKey) {
				answer(d, call)
				rises(d, desktest.Anna, room)
				d.Pass(5 * time.Second)
			},
			desk.CallFailed, "📹 The video call with Visitor 1 did not come about — nobody of the staff was in it",
			"The video call did not come about", false, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room, ring := called(t, "video")
			test.happens(d, openCall(t, d, c), room)
			d.Deliver()
			call := lastCall(t, d, c)
			if call.State != desk.CallEnded || call.Outcome != test.outcome || call.EndedAt.IsZero() {
				t.Errorf("ended %+v", call)
			}
			if got := lastLine(d, room); got.Text != test.line || slices.Equal(got.Mentions, []desk.UserID{desktest.Anna}) != test.pings {
				t.Errorf("in the room %q, mentions %v", got.Text, got.Mentions)
			}
			if _, text := lastTold(d, c); text != test.told {
				t.Errorf("in the chat %q", text)
			}
			want := []desk.DeclineCall{}
			if test.declined {
				want = append(want, desk.DeclineCall{Room: room, As: desk.Puppet(d.TicketOf(c).Customer), Notification: ring})
			}
			got := declines(d)
			for i := range got {
				got[i].ID = ""
			}
			if !slices.Equal(got, want) {
				t.Errorf("declines %+v", got)
			}
			if got := recorded(d, "call."+string(test.outcome)); len(got) != 1 {
				t.Errorf("journal %q", recorded(d, "call."))
			}
			count := len(d.Posts(room))
			d.Pass(3 * time.Hour)
			if len(d.Posts(room)) != count || len(d.Calls(c)) != 1 {
				t.Error("something came after the end")
			}
		})
	}
}

// TestStaffOfACall: who is in it, who may be heard, and that it goes on while somebody is.
func TestStaffOfACall(t *testing.T) {
	d, c, room := talking(t, "audio")
	call := openCall(t, d, c)
	heard := func() []desk.UserID {
		members, err := d.Engine.CallStaff(d.Tx, d.Now, call)
		if err != nil {
			t.Fatal(err)
		}
		var out []desk.UserID
		for _, m := range members {
			out = append(out, m.User)
		}
		return out
	}
	d.Say(desktest.Vera, room, "!watch #1")
	d.Member(room, desktest.Vera, desktest.Vera, "invite", "join")
	count := len(d.Posts(room))
	sits(d, desktest.Vera, room, "audio")
	sits(d, desktest.Outside, room, "audio")
	if got := heard(); !slices.Equal(got, []desk.UserID{desktest.Anna}) || len(d.Posts(room)) != count {
		t.Errorf("heard with a watcher: %v", got)
	}
	d.Member(room, desktest.Boris, desktest.Anna, "leave", "invite")
	d.Member(room, desktest.Boris, desktest.Boris, "invite", "join")
	changed := d.Changed[c]
	sits(d, desktest.Boris, room, "audio")
	if got := heard(); !slices.Equal(got, []desk.UserID{desktest.Anna, desktest.Boris}) || d.Changed[c] == changed {
		t.Errorf("heard with a guest: %v", got)
	}
	rises(d, desktest.Anna, room)
	d.Pass(time.Minute)
	if openCall(t, d, c).State != desk.CallActive {
		t.Error("the call did not go on with the guest")
	}
	d.Member(room, desktest.Boris, desktest.Boris, "join", "leave")
	d.Pass(2 * time.Second)
	sits(d, desktest.Anna, room, "audio") // a reload
	d.Pass(time.Minute)
	if openCall(t, d, c).State != desk.CallActive || len(heard()) != 1 {
		t.Errorf("after coming back: heard %v", heard())
	}
	d.Pass(5 * time.Hour) // the membership expires
	if got := lastCall(t, d, c); got.Outcome != desk.CallTalked || got.EndedAt.Sub(got.TalkedAt) > 4*time.Hour+2*time.Minute {
		t.Errorf("after the membership expired: %+v", got)
	}
}

// TestMovedTicketEndsItsCall: whoever has the ticket next calls anew.
func TestMovedTicketEndsItsCall(t *testing.T) {
	for name, move := range map[string]func(d *desktest.Desk, room desk.RoomKey){
		"closed":      func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!close") },
		"returned":    func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!return") },
		"transferred": func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!transfer @boris:test") },
		"taken":       func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Vera, lobby, "!take #1") },
		"left": func(d *desktest.Desk, room desk.RoomKey) {
			d.Member(room, desktest.Anna, desktest.Anna, "join", "leave")
		},
		"blocked": func(d *desktest.Desk, room desk.RoomKey) {
			d.Say(desktest.Anna, room, "!block rude")
			d.Say(desktest.Anna, room, "!block yes")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := talking(t, "video")
			d.Pass(time.Minute)
			move(d, room)
			if got := lastCall(t, d, c); got.State != desk.CallEnded || got.Outcome != desk.CallTalked {
				t.Errorf("call %+v", got)
			}
			if strings.Contains(topic(d, room), "📹") {
				t.Errorf("topic %q", topic(d, room))
			}
			rev := int64(0)
			for _, m := range d.Messages(c) {
				if m.Seq <= rev {
					t.Errorf("message %d after %d", m.Seq, rev)
				}
				rev = m.Seq
			}
			if conversation, err := d.Conversation(c); err != nil || conversation.Rev < rev {
				t.Errorf("conversation %+v, %v", conversation, err)
			}
			// Who had to leave the room cannot leave its session any more.
			d.Pass(15 * time.Second)
			if got := cleared(d); !slices.Equal(got, []string{"_@anna:test_DEV_m.call"}) {
				t.Errorf("cleared %q", got)
			}
			d.Pass(time.Hour)
			if got, err := d.CallMembers(d.TicketOf(c).Portal); len(cleared(d)) != 1 || len(got) != 0 || err != nil {
				t.Errorf("cleared %q, members %+v, %v", cleared(d), got, err)
			}
		})
	}
}

// TestCallIsNotForEverybody: who presses the button without being able to call is told so; the session is left alone.
func TestCallIsNotForEverybody(t *testing.T) {
	d, c, room := assigned(t)
	d.Say(desktest.Vera, room, "!watch #1")
	d.Member(room, desktest.Vera, desktest.Vera, "invite", "join")
	for u, want := range map[desk.UserID]string{
		desktest.Vera:    "The customer of ticket #1 can be called by Anna Petrova",
		desktest.Outside: "The customer of ticket #1 can be called by Anna Petrova",
	} {
		sits(d, u, room, "audio")
		if got := lastLine(d, room); !strings.HasPrefix(got.Text, want) || !slices.Equal(got.Mentions, []desk.UserID{u}) {
			t.Errorf("%s is told %+v", u, got)
		}
	}
	waiting := d.Open()
	d.Write(waiting, "hello")
	sits(d, desktest.Anna, d.PortalOf(waiting), "audio")
	if got := lastLine(d, d.PortalOf(waiting)); !strings.Contains(got.Text, "Accept it first") {
		t.Errorf("in a waiting ticket %q", got.Text)
	}
	d.Say(desktest.Anna, room, "!close")
	sits(d, desktest.Anna, room, "audio")
	if got := lastLine(d, room); !strings.Contains(got.Text, "The ticket is closed") {
		t.Errorf("in a closed ticket %q", got.Text)
	}
	for _, id := range []desk.ConversationID{c, waiting} {
		if got := d.Calls(id); len(got) != 0 {
			t.Errorf("calls %+v", got)
		}
	}
}

func wantRefusal(t *testing.T, err error, code desk.Code, key string) {
	t.Helper()
	var refusal *desk.Error
	if !errors.As(err, &refusal) || refusal.Code != code || refusal.Key != key {
		t.Errorf("refused by %v, want %s", err, key)
	}
}
