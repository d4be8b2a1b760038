package appservice_test

import (
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/desk"
	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
)

// TestTranslateCalls: both forms of memberships and the ringing are inputs; what bot and puppets do in a session is not, nor is what staff
// answer to a ringing.
func TestTranslateCalls(t *testing.T) {
	d := newDesktop(t)
	const state = `{"application":"m.call","call_id":"","device_id":"DEV","expires":14400000,"m.call.intent":"audio"}`
	const sticky = `{"slot_id":"m.call#ROOM","msc4354_sticky_key":"k1","member":{"device_id":"DEV"},"application":{"type":"m.call"}}`
	sits := desk.CallMembership{
		Room: portalKey, Event: "$e", Sender: op, Key: "_@op_1:localhost_DEV_m.call", Device: "DEV", Intent: "audio", Joined: true, At: eventTime,
		Until: eventTime.Add(4 * time.Hour),
	}
	sits2 := desk.CallMembership{
		Room: portalKey, Event: "$e", Sender: op, Key: "k1", Device: "DEV", Joined: true, At: eventTime, Until: eventTime.Add(time.Minute),
	}
	left := desk.CallMembership{Room: portalKey, Event: "$e", Sender: op, Key: sits.Key, At: eventTime}
	rings := desk.CallNotification{Room: portalKey, Event: "$e", Sender: op, At: eventTime, Lifetime: 90 * time.Second}
	key := `"state_key":"` + sits.Key + `"`
	for _, test := range []struct {
		name, kind, content string
		sender              desk.UserID
		more                []string
		want                desk.Input
	}{
		{"sits", matrixrtc.TypeMembership, state, op, []string{key}, sits},
		{"leaves", matrixrtc.TypeMembership, `{}`, op, []string{key}, left},
		{"sits, sticky", matrixrtc.TypeSticky, sticky, op, []string{`"msc4354_sticky":{"duration_ms":60000}`}, sits2},
		{"holds oddly", matrixrtc.TypeSticky, sticky, op, []string{`"msc4354_sticky":7`}, with4(sits2, eventTime.Add(time.Hour))},
		{"rings", matrixrtc.TypeNotification, `{}`, op, nil, rings},
		{"another application", matrixrtc.TypeMembership, `{"application":"m.board","device_id":"D"}`, op, []string{key}, nil},
		{"the puppet sits", matrixrtc.TypeMembership, state, puppet, []string{key}, nil},
		{"the puppet sits, sticky", matrixrtc.TypeSticky, sticky, puppet, nil, nil},
		{"the puppet rings", matrixrtc.TypeNotification, `{}`, puppet, nil, nil},
		{"a colleague declines", matrixrtc.TypeDecline, `{}`, op, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := d.translate(t, rawEvent("$e", test.kind, test.sender, test.content, test.more...))
			if test.want == nil && len(got) != 0 || test.want != nil && !reflect.DeepEqual(got, []desk.Input{test.want}) {
				t.Errorf("means %+v, want %+v", got, test.want)
			}
		})
	}
}

func with4(in desk.CallMembership, until time.Time) desk.CallMembership {
	in.Until = until
	return in
}

// caller is an operator's client in the session of a room, as Element's.
type caller struct {
	*office
	of     *devstack.Operator
	portal id.RoomID
	c      desk.ConversationID
}

func (k *caller) key() string { return "_" + string(k.of.ID) + "_DEV_m.call" }

func (k *caller) put(content map[string]any) id.EventID {
	k.t.Helper()
	kind := event.Type{Type: matrixrtc.TypeMembership, Class: event.StateEventType}
	sent, err := k.of.Client.SendStateEvent(k.t.Context(), k.portal, kind, k.key(), content)
	if err != nil {
		k.t.Fatal(err)
	}
	return sent.EventID
}

// calls presses the button: a membership, and the ringing.
func (k *caller) calls(intent string) (ringing id.EventID) {
	k.t.Helper()
	member := k.put(map[string]any{
		"application": "m.call", "call_id": "", "scope": "m.room", "device_id": "DEV", "membershipID": string(k.of.ID) + ":DEV", "expires": 14400000,
		"m.call.intent": intent, "focus_active": map[string]any{"type": "livekit", "focus_selection": "multi_sfu"},
		"foci_preferred": []any{map[string]any{"type": "livekit", "livekit_service_url": "https://rtc.example.org/jwt", "livekit_alias": k.portal}},
	})
	kind := event.Type{Type: matrixrtc.TypeNotification, Class: event.MessageEventType}
	sent, err := k.of.Client.SendMessageEvent(k.t.Context(), k.portal, kind, map[string]any{
		"notification_type": "ring", "m.call.intent": intent, "m.mentions": map[string]any{"user_ids": []string{}, "room": true},
		"m.relates_to": map[string]any{"rel_type": "m.reference", "event_id": member}, "sender_ts": time.Now().UnixMilli(), "lifetime": 90000,
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return sent.EventID
}

func (k *caller) hangsUp() {
	k.t.Helper()
	k.put(map[string]any{})
}

// waits waits for the conversation's newest call to be as wanted.
func (k *caller) waits(what string, is func(*desk.Call) bool) *desk.Call {
	k.t.Helper()
	var call *desk.Call
	k.eventually(what, func() bool {
		err := k.read(func(tx journal.Tx) (err error) {
			call, err = tx.LastCall(k.c)
			return err
		})
		return err == nil && is(call)
	})
	return call
}

func (k *caller) rung(ringing id.EventID) *desk.Call {
	k.t.Helper()
	return k.waits("the customer is asked", func(c *desk.Call) bool {
		return c.State == desk.CallRinging && c.Notification == desk.EventID(ringing)
	})
}

func (k *caller) acts(call *desk.Call, act desk.CallAct) {
	k.t.Helper()
	k.decide(desk.CustomerCall{Conversation: k.c, Call: call.ID, Act: act, Tab: "tab1"})
}

// says waits for a line of the bot's with some words in the room.
func (k *caller) says(words string) {
	k.t.Helper()
	k.sees(k.of, k.portal, event.EventMessage, func(e *event.Event) bool {
		return e.Sender == id.UserID(bot) && strings.Contains(e.Content.AsMessage().Body, words)
	})
}

// TestCallsInTheRoom: on a real homeserver, an operator's client calls; what the customer does stands in the room, and the ringing is declined
// in the customer's name.
func TestCallsInTheRoom(t *testing.T) {
	o := officeOptions{}
	f := open(t, o)
	anna := f.operators[0]
	c := f.visitor()
	f.write(c, "Can you call me?")
	k := &caller{office: f, of: anna, portal: f.accepted(c, anna), c: c}

	ringing := k.calls("video")
	call := k.rung(ringing)
	if call.Kind != desk.CallVideo || call.Caller != desk.UserID(anna.ID) || call.Service != "https://rtc.example.org/jwt" {
		t.Errorf("call %+v", call)
	}
	k.says("Video call to Visitor")
	k.acts(call, desk.CallDecline)
	f.sees(anna, k.portal, event.Type{Type: matrixrtc.TypeDecline, Class: event.MessageEventType}, func(e *event.Event) bool {
		relates, _ := e.Content.Raw["m.relates_to"].(map[string]any)
		return e.Sender == f.customer(c) && relates["event_id"] == string(ringing) && relates["rel_type"] == "m.reference"
	})
	k.says("declined the video call")
	k.hangsUp()

	k.rung(k.calls("audio"))
	k.hangsUp()
	k.waits("the call is withdrawn", func(c *desk.Call) bool { return c.Outcome == desk.CallWithdrawn })
	k.says("The call to Visitor 1 was cancelled")

	ringing = k.calls("audio")
	k.rung(ringing)
	if err := anna.Redact(t.Context(), k.portal, ringing); err != nil {
		t.Fatal(err)
	}
	k.waits("the redacted call is withdrawn", func(c *desk.Call) bool {
		return c.Outcome == desk.CallWithdrawn && c.Notification == desk.EventID(ringing)
	})
	k.hangsUp()

	call = k.rung(k.calls("audio"))
	k.acts(call, desk.CallAnswer)
	f.decide(desk.CallUp{Call: call.ID})
	k.says("In a call with Visitor 1 since")
	f.eventually("the topic tells of the call", func() bool {
		topic, _ := f.currentState(k.portal, "m.room.topic", "")["topic"].(string)
		return strings.HasPrefix(topic, "📞 in a call since")
	})

	// While Frontdesk is down the operator hangs up, and calls again: the catch-up tells both.
	f.stop()
	k.hangsUp()
	ringing = k.calls("audio")
	f.start(o)
	k.waits("the first call is still on, or the second rings", func(c *desk.Call) bool {
		return c.State == desk.CallActive && c.Notification == desk.EventID(ringing) || c.ID != call.ID && c.State == desk.CallRinging
	})
	k.hangsUp()
	k.waits("everything is over", func(c *desk.Call) bool { return c.State == desk.CallEnded })

	// Who loses the room while in its session cannot leave that any more: it is done for them.
	k.rung(k.calls("audio"))
	if _, err := anna.SendText(t.Context(), k.portal, "!close"); err != nil {
		t.Fatal(err)
	}
	f.eventually("nobody is left in the session", func() bool {
		return len(f.currentState(k.portal, matrixrtc.TypeMembership, k.key())) == 0
	})
	f.noDeadLetters()
}

// sticks sends a membership as a sticky event, as newer clients do; without a body it is a leave.
func (k *caller) sticks(body map[string]any) {
	k.t.Helper()
	content := map[string]any{"slot_id": "m.call#ROOM", "msc4354_sticky_key": "seat"}
	maps.Copy(content, body)
	c := k.of.Client
	_, err := c.MakeFullRequest(k.t.Context(), mautrix.FullRequest{
		Method: http.MethodPut, RequestJSON: content,
		URL: c.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "rooms", k.portal, "send", matrixrtc.TypeSticky, c.TxnID()},
			map[string]string{"org.matrix.msc4354.sticky_duration_ms": "600000"}),
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

// TestStickyCalls: a real homeserver passes memberships on that are sticky events, in transactions and to the catch-up, with the time for which
// they hold.
func TestStickyCalls(t *testing.T) {
	o := officeOptions{}
	f := open(t, o)
	anna := f.operators[0]
	c := f.visitor()
	f.write(c, "Can you call me?")
	k := &caller{office: f, of: anna, portal: f.accepted(c, anna), c: c}
	sits := map[string]any{
		"member": map[string]any{"id": "m", "claimed_user_id": anna.ID, "claimed_device_id": "DEV"}, "application": map[string]any{"type": "m.call", "m.call.intent": "audio"},
		"rtc_transports": []any{map[string]any{"type": "livekit", "livekit_service_url": "https://rtc.example.org/jwt"}},
	}
	rings := func(what string) {
		t.Helper()
		call := k.waits(what, func(c *desk.Call) bool { return c.State == desk.CallRinging })
		if call.Kind != desk.CallVoice || call.Caller != desk.UserID(anna.ID) || call.Service != "https://rtc.example.org/jwt" {
			t.Errorf("%s: %+v", what, call)
		}
		var members []desk.CallMember
		if err := k.read(func(tx journal.Tx) (err error) {
			members, err = tx.CallMembers(call.Portal)
			return err
		}); err != nil || len(members) != 1 || members[0].Key != "seat" || members[0].Until.Sub(members[0].At) != 10*time.Minute {
			t.Errorf("%s: members %+v, %v", what, members, err)
		}
	}
	over := func(c *desk.Call) bool { return c.Outcome == desk.CallWithdrawn }
	k.sticks(sits)
	rings("a transaction tells of the call")
	k.sticks(nil)
	k.waits("a transaction tells of the end", over)

	f.stop()
	k.sticks(sits)
	f.start(o)
	rings("the catch-up tells of the call")
	f.stop()
	k.sticks(nil)
	f.start(o)
	k.waits("the catch-up tells of the end", over)
	f.noDeadLetters()
}
