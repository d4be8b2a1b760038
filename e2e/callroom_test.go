package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/e2e/chrome"
	"frontdesk/internal/devstack"
)

// switchboard is what the tests of calls share: a desk with a media server, the pages that stand for Element, and two browsers, of the staff
// and of the visitors.
type switchboard struct {
	pages    *httptest.Server
	staff    context.Context
	visitors context.Context
}

var callShared *switchboard

// callOffice gives the desk that the tests of calls share.
func callOffice(t *testing.T) *office {
	t.Helper()
	o := shareOffice(t, "calls", devstack.StackOptions{Operators: 4, DoublePuppet: true, Calls: true})
	if callShared == nil {
		board, err := connectSwitchboard()
		if err != nil {
			t.Fatalf("prepare calls: %v", err)
		}
		callShared = board
	}
	return o
}

func connectSwitchboard() (*switchboard, error) {
	pages, err := servePages(context.Background())
	if err != nil {
		return nil, err
	}
	shared.endings = append(shared.endings, func() error { pages.Close(); return nil })
	dir, err := os.MkdirTemp("", "frontdesk-devices-")
	if err != nil {
		return nil, err
	}
	shared.endings = append(shared.endings, func() error { return os.RemoveAll(dir) })
	staff, stop, err := chrome.LaunchCaller(chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	shared.endings = append(shared.endings, func() error { stop(); return nil })
	if err != nil {
		return nil, err
	}
	visitors, stop, err := launchVisitor(dir)
	shared.endings = append(shared.endings, func() error { stop(); return nil })
	return &switchboard{pages: pages, staff: staff, visitors: visitors}, err
}

// element opens an operator's Element, as far as calls go; page is "operator", or "host" for the real Element Call.
func (o *office) element(who *operator, page string) *caller {
	o.t.Helper()
	for _, a := range o.stack.Operators {
		if a.ID == string(who.ID) {
			return openPage(o.t, callShared.staff, callShared.pages.URL, page, o.stack.Synapse.URL, a)
		}
	}
	o.t.Fatalf("%s is no operator", who.ID)
	return nil
}

// caller gives a visitor with camera and microphone, who has written and been accepted by an operator.
func (o *office) caller(who *operator, words string) (*customer, id.RoomID) {
	o.t.Helper()
	return o.callerIn(callShared.visitors, who, words)
}

func (o *office) callerIn(visitors context.Context, who *operator, words string) (*customer, id.RoomID) {
	o.t.Helper()
	v := (&browser{t: o.t, ctx: visitors}).visit(o.site.url, desktop)
	room := v.talk(who, words)
	return v.customer(), room
}

// customer is a visitor's page, or the window that a call opened, as a person uses it: by what is written on it, wherever it stands.
type customer struct {
	*visitor
	tab *tab
}

func (v *visitor) customer() *customer {
	return &customer{visitor: v, tab: watchTab(v.t, v.ctx, "the visitor")}
}

func (c *customer) receives(span time.Duration, sources ...source) error {
	return c.tab.receives(span, sources...)
}

func (c *customer) loses(sources ...source) error { return c.tab.loses(sources...) }

// offers waits until the page offers buttons.
func (c *customer) offers(names ...string) {
	c.t.Helper()
	for _, name := range names {
		c.tab.until(fmt.Sprintf("the button %q", name), "!!"+chrome.Button(name))
	}
}

// press clicks the button that says something, with the mouse.
func (c *customer) press(name string) {
	c.t.Helper()
	c.offers(name)
	at := run[[]float64](c.tab, fmt.Sprintf(`(async () => { const b = %s; b.scrollIntoView({block: "nearest"});
		await Promise.all(b.getRootNode().getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => {})));
		const r = b.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2] })()`, chrome.Button(name)))
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.MouseClickXY(at[0], at[1])); err != nil {
		c.t.Fatalf("press %q: %v", name, err)
	}
}

// shows waits until the page shows a text, in whatever shadow root.
func (c *customer) shows(text string) {
	c.t.Helper()
	quoted, _ := json.Marshal(text)
	c.tab.until(fmt.Sprintf("the text %q", text), fmt.Sprintf(`%s.some((e) => !["STYLE", "SCRIPT"].includes(e.localName.toUpperCase()) && [...e.childNodes].map((n) => n.nodeType === 3 ? n.data : "").join("").includes(%s) && e.checkVisibility())`, chrome.Deep, quoted))
}

// opened waits for the window that a page has opened and gives it.
func (c *customer) opened() *customer {
	c.t.Helper()
	mine := chromedp.FromContext(c.ctx).Target.TargetID
	for end := time.Now().Add(patience); time.Now().Before(end); c.tab.pause() {
		infos, err := chromedp.Targets(c.ctx)
		if err != nil {
			c.t.Fatalf("list windows: %v", err)
		}
		for _, in := range infos {
			if in.OpenerID == mine && in.Type == "page" {
				return c.attach(in.TargetID)
			}
		}
	}
	c.t.Fatal("no window was opened")
	return nil
}

func (c *customer) attach(window target.ID) *customer {
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithTargetID(window))
	c.t.Cleanup(cancel)
	v := &visitor{t: c.tab.t, ctx: ctx, size: "window", violations: make(chan string, 16), wire: &wire{opened: make(chan struct{}, 1)}}
	return v.customer()
}

// memberType is that of the state events by which people take part in a session.
var memberType = event.Type{Type: "org.matrix.msc3401.call.member", Class: event.StateEventType}

// puppets is how the Matrix accounts of customers begin.
const puppets = "@desk_c_"

// seats gives the state keys under which customers take part in a room's session.
func (o *operator) seats(room id.RoomID) []string {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	state, err := o.Client.State(ctx, room)
	if err != nil {
		o.t.Fatalf("read the state of %s: %v", room, err)
	}
	var keys []string
	for key, e := range state[memberType] {
		if len(e.Content.Raw) > 0 && strings.HasPrefix(string(e.Sender), puppets) {
			keys = append(keys, key)
		}
	}
	return keys
}

// risen waits until the customer takes no part in the room's session any more, by the room's state.
func (o *operator) risen(room id.RoomID) {
	o.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if len(o.seats(room)) == 0 {
			return
		}
		select {
		case <-time.After(300 * time.Millisecond):
		case <-o.ctx.Done():
		}
	}
	o.t.Fatalf("the customer still is in the session of %s: %v", room, o.seats(room))
}
