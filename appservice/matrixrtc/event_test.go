package matrixrtc

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
)

var sentAt = time.UnixMilli(1795219000000).UTC()

const (
	anna     = desk.UserID("@anna:example.org")
	stateKey = "_@anna:example.org_DEV_m.call"
)

func event(kind, content string) Event {
	e := Event{ID: "$e", Type: kind, Sender: anna, Content: json.RawMessage(content), At: sentAt}
	if kind == TypeMembership {
		key := stateKey
		e.StateKey = &key
	}
	return e
}

// TestReadMembership: what Element sends in either form, of today and of some versions ago, and what is something else.
func TestReadMembership(t *testing.T) {
	const service = "https://rtc.example.org/jwt"
	sits := func(change func(*desk.CallMembership)) *desk.CallMembership {
		in := &desk.CallMembership{
			Room: "portal:x", Event: "$e", Sender: anna, Key: stateKey, Device: "DEV", Service: service, Intent: "video", Joined: true, At: sentAt,
			Until: sentAt.Add(4 * time.Hour),
		}
		change(in)
		return in
	}
	same := func(*desk.CallMembership) {}
	sticky := func(in *desk.CallMembership) { in.Key, in.Intent, in.Until = "k1", "audio", sentAt.Add(time.Hour) }
	left := func(key string) *desk.CallMembership {
		return &desk.CallMembership{Room: "portal:x", Event: "$e", Sender: anna, Key: key, At: sentAt}
	}
	const state = `{"application":"m.call","call_id":"","scope":"m.room","device_id":"DEV","membershipID":"@anna:example.org:DEV",` +
		`"expires":14400000,"m.call.intent":"video","focus_active":{"type":"livekit","focus_selection":"multi_sfu"},` +
		`"foci_preferred":[{"type":"livekit","livekit_service_url":"` + service + `","livekit_alias":"!r:example.org"}]}`
	const member = `{"slot_id":"m.call#ROOM","msc4354_sticky_key":"k1","versions":[],` +
		`"member":{"id":"k1","user_id":"@anna:example.org","device_id":"DEV"},"application":{"type":"m.call","m.call.intent":"audio"},`
	for _, test := range []struct {
		name, kind, content string
		want                *desk.CallMembership
	}{
		{"a state event", TypeMembership, state, sits(same)},
		{"renewed", TypeMembership, strings.Replace(state, `"expires":14400000`, `"expires":28800000,"created_ts":1795215400000`, 1),
			sits(func(in *desk.CallMembership) { in.Until = sentAt.Add(7 * time.Hour) })},
		{"begun in the future", TypeMembership, strings.Replace(state, `"scope"`, `"created_ts":1895215400000,"scope"`, 1), sits(same)},
		{"for ever", TypeMembership, strings.Replace(state, "14400000", "1e300", 1), sits(func(in *desk.CallMembership) { in.Until = sentAt.Add(24 * time.Hour) })},
		{"odd fields", TypeMembership, strings.NewReplacer("14400000", `"soon"`, `"m.call.intent":"video"`, `"m.call.intent":7`).Replace(state),
			sits(func(in *desk.CallMembership) { in.Intent = "" })},
		{"the focus alone", TypeMembership, `{"application":"m.call","call_id":"ROOM","device_id":"DEV","m.call.intent":"video",` +
			`"focus_active":{"type":"livekit","livekit_service_url":"` + service + `"}}`, sits(same)},
		{"an address we cannot ask", TypeMembership, strings.Replace(state, "https://", "ftp://", 1), sits(func(in *desk.CallMembership) { in.Service = "" })},
		{"left", TypeMembership, `{}`, left(stateKey)},
		{"another application", TypeMembership, strings.Replace(state, "m.call", "m.board", 1), nil},
		{"another call", TypeMembership, strings.Replace(state, `"call_id":""`, `"call_id":"side"`, 1), nil},
		{"no device", TypeMembership, strings.Replace(state, `"DEV"`, `""`, 1), nil},
		{"the form before", TypeMembership, `{"memberships":[{"application":"m.call","device_id":"DEV"}]}`, nil},
		{"no object", TypeMembership, `[]`, nil},
		{"a sticky event", TypeSticky, member + `"transports":{"published":[{"type":"livekit","livekit_service_url":"` + service + `"}],"can_subscribe":["livekit"]}}`,
			sits(sticky)},
		{"a sticky event of before", TypeSticky, member + `"rtc_transports":[{"type":"other"},{"type":"livekit","livekit_service_url":"` + service + `"}]}`,
			sits(sticky)},
		{"left, sticky", TypeSticky, `{"slot_id":"m.call#ROOM","msc4354_sticky_key":"k1"}`, left("k1")},
		{"another slot", TypeSticky, strings.Replace(member, "#ROOM", "#side", 1) + `"rtc_transports":[]}`, nil},
		{"somebody else's", TypeSticky, strings.Replace(member, "@anna", "@boris", 1) + `"rtc_transports":[]}`, nil},
		{"no key", TypeSticky, `{"slot_id":"m.call#ROOM"}`, nil},
		{"a key too long", TypeSticky, `{"msc4354_sticky_key":"` + strings.Repeat("k", 256) + `"}`, nil},
		{"a notification", TypeNotification, state, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := ReadMembership("portal:x", event(test.kind, test.content))
			if ok != (test.want != nil) || ok && !reflect.DeepEqual(got, *test.want) {
				t.Errorf("got %+v, %t\nwant %+v", got, ok, test.want)
			}
		})
	}
	e := event(TypeSticky, member+`"rtc_transports":[]}`)
	e.Sticky = 20 * time.Minute
	if got, ok := ReadMembership("portal:x", e); !ok || !got.Until.Equal(sentAt.Add(20*time.Minute)) {
		t.Errorf("for 20 minutes: %+v, %t", got, ok)
	}
}

func TestReadNotification(t *testing.T) {
	const content = `{"notification_type":"ring","m.call.intent":"audio","m.mentions":{"user_ids":[],"room":true},` +
		`"m.relates_to":{"rel_type":"m.reference","event_id":"$member"},"sender_ts":1795218999000,"lifetime":60000}`
	rings := desk.CallNotification{
		Room: "portal:x", Event: "$e", Sender: anna, Intent: "audio", Relates: "$member", At: sentAt.Add(-time.Second), Lifetime: time.Minute,
	}
	bare := desk.CallNotification{Room: "portal:x", Event: "$e", Sender: anna, At: sentAt, Lifetime: 90 * time.Second}
	wrongClock := rings
	wrongClock.At = sentAt
	for _, test := range []struct {
		name, kind, content string
		want                *desk.CallNotification
	}{
		{"a ringing", TypeNotification, content, &rings},
		{"of a sender whose clock is wrong", TypeNotification, strings.Replace(content, "1795218999000", "1795210000000", 1), &wrongClock},
		{"nothing said", TypeNotification, `{"m.relates_to":"x","lifetime":-5,"sender_ts":"now"}`, &bare},
		{"another slot", TypeNotification, `{"slot_id":"m.call#side"}`, nil},
		{"no object", TypeNotification, `7`, nil},
		{"another type", TypeDecline, content, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := ReadNotification("portal:x", event(test.kind, test.content))
			if ok != (test.want != nil) || ok && got != *test.want {
				t.Errorf("got %+v, %t\nwant %+v", got, ok, test.want)
			}
		})
	}
}

// FuzzEvents: whatever somebody sends, what is read of it is within its limits.
func FuzzEvents(f *testing.F) {
	f.Add(`{}`, stateKey)
	f.Add(`{"application":"m.call","device_id":"D","expires":1e9,"created_ts":1,"foci_preferred":[{"type":"livekit","livekit_service_url":"http://x"}]}`, "k")
	f.Add(`{"msc4354_sticky_key":"k","member":{"device_id":"D"},"application":{"type":"m.call"},"transports":{"published":[null,{}]}}`, "")
	f.Add(`{"lifetime":1e20,"sender_ts":-1,"m.relates_to":{"event_id":"$x"}}`, "")
	f.Fuzz(func(t *testing.T, content, key string) {
		for _, kind := range []string{TypeMembership, TypeSticky} {
			e := event(kind, content)
			e.StateKey = &key
			in, ok := ReadMembership("portal:x", e)
			if !ok {
				continue
			}
			if in.Key == "" || len(in.Key) > maxKey || len(in.Device) > maxKey || len(in.Service) > maxService || in.Joined && in.Device == "" {
				t.Errorf("%s: %+v", kind, in)
			}
			if in.Joined && in.Until.After(sentAt.Add(expiresLongest)) {
				t.Errorf("%s holds until %s", kind, in.Until)
			}
		}
		in, ok := ReadNotification("portal:x", event(TypeNotification, content))
		if ok && (in.Lifetime <= 0 || in.At.Sub(sentAt).Abs() > clockSkew || len(in.Relates) > maxKey) {
			t.Errorf("notification %+v", in)
		}
	})
}
