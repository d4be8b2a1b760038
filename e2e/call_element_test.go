package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// widget is what the real Element Call has told and shows.
type widget struct {
	Actions []string
	Text    string
}

// start opens the real Element Call on a room, with an intent of Element's.
func (c *caller) start(room id.RoomID, intent string, d devices) {
	c.t.Helper()
	c.framed = true
	c.call("host.open", map[string]any{"room": room, "intent": intent, "devices": d})
	c.waitsWidget("that it is in the call", func(w widget) bool { return slices.Contains(w.Actions, "io.element.join") })
}

func (c *caller) waitsWidget(what string, ok func(widget) bool) {
	c.t.Helper()
	var w widget
	for end := time.Now().Add(patience); time.Now().Before(end); c.pause() {
		if w = run[widget](c.tab, "host.look()"); ok(w) {
			return
		}
	}
	c.t.Fatalf("waited for Element Call to say %s: %+v", what, w)
}

// The real Element Call, hosted as Element does it, calls the visitor by voice and by video.
func TestElementCall(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element := o.element(anna, "host")
	page, room := o.caller(anna, "Можно позвонить из Element?")
	puppet := customerName(anna, room)

	element.start(room, "start_call_voice", devices{Tone: annaTone.hertz, Camera: annaCamera.css()})
	page.press("Разрешить")
	window := page.opened()
	window.press("Принять звонок")
	flows(t, element.tab, []source{annaTone}, window.tab, []source{visitorTone})
	element.waitsWidget("who is called", func(w widget) bool { return strings.Contains(w.Text, puppet) })
	element.shot("element-call-voice")
	element.call("host.hangUp")
	window.shows("Звонок завершён")
	anna.risen(room)

	element.start(room, "start_call", devices{Tone: annaTone.hertz, Camera: annaCamera.css()})
	page.press("Принять")
	flows(t, element.tab, []source{annaTone, annaCamera}, page.tab, []source{visitorTone, visitorCamera})
	element.shot("element-call-video")
	element.call("host.devices", map[string]bool{"video_enabled": false})
	together(t, func() error { return page.loses(annaCamera) })
	page.press("Завершить звонок")
	anna.risen(room)
	element.waitsWidget("that the visitor has gone", func(w widget) bool { return !strings.Contains(w.Text, puppet) })
	element.call("host.hangUp")
}

// customerName gives what the customer of a ticket is called in its room.
func customerName(o *operator, room id.RoomID) string {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	members, err := o.Client.JoinedMembers(ctx, room)
	if err != nil {
		o.t.Fatal(err)
	}
	for user, m := range members.Joined {
		if strings.HasPrefix(string(user), puppets) {
			return m.DisplayName
		}
	}
	o.t.Fatalf("%s has no customer: %+v", room, members.Joined)
	return ""
}
