package matrixrtc

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/desk"
)

// Types of events that say who is in a session, and who rings.
const (
	TypeMembership   = "org.matrix.msc3401.call.member"      // state
	TypeSticky       = "org.matrix.msc4143.rtc.member"       // the same as a sticky event
	TypeNotification = "org.matrix.msc4075.rtc.notification" // rings
	TypeDecline      = "org.matrix.msc4310.rtc.decline"      // answers a notification with no
)

const (
	calls      = "m.call"      // the application that sessions are of
	slotOfRoom = "m.call#ROOM" // the session that every client offers
	stickyKey  = "msc4354_sticky_key"
	maxKey     = 255  // bytes of a key or device
	maxService = 2048 // bytes of an address
)

const (
	expiresDefault = 4 * time.Hour    // of a membership that does not say so
	expiresLongest = 24 * time.Hour   // from the event on, whatever a membership claims
	stickyDefault  = time.Hour        // of a sticky membership
	ringsDefault   = 90 * time.Second // of a notification
	clockSkew      = 20 * time.Second // a sender's clock that is further off its server's is wrong
)

// Event is an event of a room as far as it matters here.
type Event struct {
	ID       desk.EventID
	Type     string
	Sender   desk.UserID
	StateKey *string
	Content  json.RawMessage
	At       time.Time     // as the sender's server says
	Sticky   time.Duration // of a sticky event; 0 for others
}

// ReadSticky reads what an event says of how long it holds; 0 for one that is not sticky.
func ReadSticky(said json.RawMessage) time.Duration {
	return readFields(said).length("duration_ms")
}

// Clearable tells whether others may take a membership out of its session: one that is a state event. A sticky one is its owner's alone.
func Clearable(of desk.UserID, key string) bool { return strings.HasPrefix(key, "_"+string(of)+"_") }

// fields is an object whose fields are read one by one: what is malformed in one does not matter for the others.
type fields map[string]json.RawMessage

func readFields(raw json.RawMessage) fields {
	var f fields
	if json.Unmarshal(raw, &f) != nil {
		return nil
	}
	return f
}

func (f fields) object(name string) fields { return readFields(f[name]) }

// text gives a string field that is no longer than limit, else "".
func (f fields) text(name string, limit int) string {
	var s string
	if json.Unmarshal(f[name], &s) != nil || len(s) > limit || strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
		return ""
	}
	return s
}

// moment gives a time; zero where there is no sensible one.
func (f fields) moment(name string) time.Time {
	var ms float64
	if json.Unmarshal(f[name], &ms) != nil || ms <= 0 || ms > 1e14 {
		return time.Time{}
	}
	return time.UnixMilli(int64(ms)).UTC()
}

// length gives a length of time of at most a year; 0 where there is no sensible one.
func (f fields) length(name string) time.Duration {
	var ms float64
	if json.Unmarshal(f[name], &ms) != nil || ms <= 0 {
		return 0
	}
	return time.Duration(min(ms, 365*24*3600*1000)) * time.Millisecond
}

// ReadMembership reads an event of either type that says who is in the session of a room. It is of no use where it is about another kind of
// session, or malformed.
func ReadMembership(room desk.RoomKey, e Event) (desk.CallMembership, bool) {
	in := desk.CallMembership{Room: room, Event: e.ID, Sender: e.Sender, At: e.At}
	f := readFields(e.Content)
	if f == nil {
		return in, false
	}
	ok := false
	switch {
	case e.Type == TypeMembership && e.StateKey != nil:
		ok = readState(&in, *e.StateKey, f)
	case e.Type == TypeSticky:
		ok = readSticky(&in, e, f)
	}
	return in, ok && in.Key != "" && len(in.Key) <= maxKey
}

// readState reads a state event. An empty one is a leave.
func readState(in *desk.CallMembership, key string, f fields) bool {
	in.Key = key
	if len(f) == 0 {
		return true
	}
	if f.text("application", maxKey) != calls {
		return false
	}
	if id := f.text("call_id", maxKey); id != "" && id != "ROOM" {
		return false
	}
	if in.Device = f.text("device_id", maxKey); in.Device == "" {
		return false
	}
	in.Joined, in.Intent, in.Service = true, f.intent(), f.service("foci_preferred")
	if in.Service == "" {
		in.Service = serviceOf(f.object("focus_active"))
	}
	// A renewed membership counts from the first one on.
	begun := f.moment("created_ts")
	if begun.IsZero() || begun.After(in.At) {
		begun = in.At
	}
	expires := f.length("expires")
	if expires == 0 {
		expires = expiresDefault
	}
	in.Until = begun.Add(expires)
	if latest := in.At.Add(expiresLongest); in.Until.After(latest) {
		in.Until = latest
	}
	return true
}

// readSticky reads a sticky event, or a state event of that type. One that says nothing but whose it is is a leave.
func readSticky(in *desk.CallMembership, e Event, f fields) bool {
	in.Key = f.text(stickyKey, maxKey)
	if in.Key == "" {
		in.Key = f.text("sticky_key", maxKey)
	}
	if in.Key == "" && e.StateKey != nil {
		in.Key = *e.StateKey
	}
	if slot := f.text("slot_id", maxKey); slot != "" && slot != slotOfRoom && slot != calls+"#" {
		return false
	}
	if f.left() {
		return true
	}
	member, app := f.object("member"), f.object("application")
	if app.text("type", maxKey) != calls {
		return false
	}
	for _, claim := range []string{"user_id", "claimed_user_id"} {
		if claimed := member.text(claim, maxKey); claimed != "" && claimed != string(e.Sender) {
			return false
		}
	}
	if in.Device = member.text("device_id", maxKey); in.Device == "" {
		in.Device = member.text("claimed_device_id", maxKey)
	}
	in.Joined, in.Intent = true, app.intent()
	if in.Service = f.object("transports").service("published"); in.Service == "" {
		in.Service = f.service("rtc_transports")
	}
	stays := e.Sticky
	if stays <= 0 {
		stays = stickyDefault
	}
	in.Until = in.At.Add(min(stays, expiresLongest))
	return in.Device != ""
}

// left reports whether a membership says nothing but which one it is.
func (f fields) left() bool {
	for name := range f {
		if name != "slot_id" && name != stickyKey && name != "sticky_key" {
			return false
		}
	}
	return true
}

func (f fields) intent() string {
	if intent := f.text("m.call.intent", maxKey); intent == "audio" || intent == "video" {
		return intent
	}
	return ""
}

// service gives the token service of the first transport in a list that we can use.
func (f fields) service(list string) string {
	var all []json.RawMessage
	if json.Unmarshal(f[list], &all) != nil {
		return ""
	}
	for _, raw := range all {
		if s := serviceOf(readFields(raw)); s != "" {
			return s
		}
	}
	return ""
}

// serviceOf gives the address of a transport, byte for byte: clients compare it as a string.
func serviceOf(transport fields) string {
	s := transport.text("livekit_service_url", maxService)
	if transport.text("type", maxKey) != "livekit" || !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		return ""
	}
	return s
}

// ReadNotification reads the ringing of a session's first member.
func ReadNotification(room desk.RoomKey, e Event) (desk.CallNotification, bool) {
	in := desk.CallNotification{Room: room, Event: e.ID, Sender: e.Sender, At: e.At, Lifetime: ringsDefault}
	f := readFields(e.Content)
	if f == nil || e.Type != TypeNotification {
		return in, false
	}
	if slot := f.text("slot_id", maxKey); slot != "" && slot != slotOfRoom && slot != calls+"#" {
		return in, false
	}
	in.Intent = f.intent()
	if relates := f.object("m.relates_to").text("event_id", maxKey); strings.HasPrefix(relates, "$") {
		in.Relates = desk.EventID(relates)
	}
	if rings := f.length("lifetime"); rings > 0 {
		in.Lifetime = rings
	}
	if sent := f.moment("sender_ts"); !sent.IsZero() && sent.Sub(e.At).Abs() <= clockSkew {
		in.At = sent
	}
	return in, true
}

// Decline is the content of an event that answers a notification with no.
func Decline(notification desk.EventID) map[string]any {
	return map[string]any{"m.relates_to": map[string]any{"rel_type": "m.reference", "event_id": notification}}
}
