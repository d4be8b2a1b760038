package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	devtools "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/e2e/chrome"
)

// sharedTab is the title by which a browser's chooser takes a tab without anybody clicking there.
const sharedTab = "shown to the operator"

// chooser gives a browser with the real chooser of what to share, in which a visitor takes the tab with that title. What is shared there ends
// by the browser's own doing, as by its bar: no script has a part in that.
func chooser(t *testing.T) context.Context {
	t.Helper()
	ctx, stop, err := chrome.LaunchCaller(
		chromedp.Flag("use-fake-ui-for-media-stream", false), // it would choose a made-up screen
		chromedp.Flag("auto-select-tab-capture-source-by-title", sharedTab),
	)
	t.Cleanup(stop)
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// allowed gives the visitor's pages microphone and camera, which this browser would ask for.
func (v *visitor) allowed() {
	v.t.Helper()
	profile := chromedp.FromContext(v.ctx).BrowserContextID
	for _, device := range []string{"microphone", "camera"} {
		_, err := chromedp.CallBrowser(v.ctx, devtools.SetPermission, devtools.SetPermissionParams{
			Permission: &devtools.PermissionDescriptor{Name: device}, Setting: devtools.PermissionSettingGranted, BrowserContextID: profile,
		})
		if err != nil {
			v.t.Fatalf("allow the %s: %v", device, err)
		}
	}
}

// opensTab opens a tab that can be shared, in the colour of visitorTab. Something moves there: of what stands still no pictures are taken.
func (v *visitor) opensTab() *visitor {
	return v.newTab(fmt.Sprintf(`data:text/html,<title>%s</title><body style="background:%s">
<style>@keyframes move { to { transform: translateX(600px) } } p { width: 24px; height: 24px; background: white; animation: move 2s linear infinite }</style><p>`,
		sharedTab, visitorTab.css()))
}

// journal waits until the journal has so many entries of an action in a ticket, as an administrator reads them.
func (o *office) journal(ticket, action string, entries int, words string) {
	o.t.Helper()
	client, err := o.stack.Login(o.ctx, o.stack.Admin)
	if err != nil {
		o.t.Fatal(err)
	}
	defer client.Close()
	admin := &operator{Operator: client, t: o.t, ctx: o.ctx}
	ctx, cancel := admin.within()
	defer cancel()
	bot := id.NewUserID("frontdesk", client.ID.Homeserver())
	direct, err := client.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{Preset: "trusted_private_chat", IsDirect: true, Invite: []id.UserID{bot}})
	if err != nil {
		o.t.Fatalf("open a chat with the bot: %v", err)
	}
	admin.happens(direct.RoomID, "the bot to come", func(e *event.Event) bool {
		return e.Type == event.StateMember && e.GetStateKey() == string(bot) && e.Content.AsMember().Membership == event.MembershipJoin
	})
	admin.says(direct.RoomID, "!audit "+ticket+" "+action)
	answer := admin.reads(direct.RoomID, "Journal:").Content.AsMessage().Body
	if !strings.HasPrefix(answer, fmt.Sprintf("Journal: %d\n", entries)) || !strings.Contains(answer, words) {
		o.t.Errorf("of %s in %s the journal has %q", action, ticket, answer)
	}
}

// A screen that Chromium itself ends, as by the bar or when the tab that is shared is closed, ends for everybody: alone with the call, inside a
// call without it.
func TestScreenEndedByTheBrowser(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element := o.element(anna, "operator")
	page, room := o.callerIn(chooser(t), anna, "Покажу вам вкладку")
	page.allowed()
	ticket := ticketNumber.FindString(anna.Rooms()[room])

	shown := page.opensTab()
	anna.says(room, "!screen")
	page.press("Принять")
	element.join(room, "audio", devices{})
	together(t, func() error { return element.receives(listening, visitorTab) })
	vanish(t, shown.ctx)
	together(t, func() error { return element.loses(visitorTab) })
	page.shows("Трансляция экрана завершена. Длительность")
	anna.notices(room, "shared the screen for")
	anna.risen(room)
	o.journal(ticket, "call.ended", 1, "screen sharing")
	element.leave()

	shown = page.opensTab()
	element.join(room, "video", annas)
	page.press("Принять")
	together(t, func() error { return page.receives(listening, annaTone, annaCamera) })
	anna.says(room, "!screen")
	page.press("Принять")
	together(t, func() error { return element.receives(listening, visitorTab) })
	vanish(t, shown.ctx)
	together(t, func() error { return element.loses(visitorTab) }, func() error { return page.receives(listening, annaTone, annaCamera) })
	anna.notices(room, "does not share the screen any more; the call goes on")
	o.journal(ticket, "call.unshared", 1, "screen sharing in a call ended")
	page.press("Завершить звонок")
	anna.notices(room, "by video")
	anna.risen(room)
	element.leave()
}

// A screen of the staff's is seen and heard by the visitor, beside the voice.
func TestScreenOfTheStaff(t *testing.T) {
	o := callOffice(t)
	boris := o.login(o.stack.Operators[1])
	element := o.element(boris, "operator")
	page, room := o.caller(boris, "Покажите мне ролик")
	element.join(room, "audio", devices{Tone: boriss.Tone, Screen: boriss.Screen, Sound: boriss.Sound})
	page.press("Разрешить")
	window := page.opened()
	window.press("Принять звонок")
	together(t, func() error { return window.receives(listening, borisTone) })
	element.call("operator.share")
	together(t, func() error { return window.receives(flow, borisTone, borisSound, borisScreen) })
	element.leave()
	window.shows("Звонок завершён")
	boris.risen(room)
}
