package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"frontdesk/e2e/chrome"
)

// patience bounds every wait for something to appear. It is no measure: the machine may be slow.
const patience = 3 * time.Minute

// browser is one headless Chromium; each visitor has a profile of his own in it.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// startBrowser gives a browser of a test's own, which may be ended.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	ctx, stop, err := chrome.Launch()
	t.Cleanup(stop)
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &browser{t: t, ctx: ctx}
}

// visitor is a person in a tab.
type visitor struct {
	t    *testing.T
	ctx  context.Context
	size string
	// violations are what the page's content security policy refused.
	violations chan string
	wire       *wire
}

// wire is what the page's WebSockets have been sent.
type wire struct {
	mu       sync.Mutex
	received []string
	sockets  int
	opened   chan struct{} // told of a new socket, if somebody waits
}

// frames gives what the page's sockets have received so far, long polling not counted.
func (v *visitor) frames() []string {
	v.wire.mu.Lock()
	defer v.wire.mu.Unlock()
	return slices.Clone(v.wire.received)
}

// sockets counts the WebSockets that the page has opened so far.
func (v *visitor) sockets() int {
	v.wire.mu.Lock()
	defer v.wire.mu.Unlock()
	return v.wire.sockets
}

type viewport struct {
	name          string
	width, height int64
	mobile, dark  bool
}

var (
	desktop = viewport{name: "desktop", width: 1180, height: 820}
	phone   = viewport{name: "phone", width: 390, height: 780, mobile: true}
)

// visit opens a page in a new profile.
func (b *browser) visit(url string, v viewport) *visitor {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	b.t.Cleanup(cancel)
	out := &visitor{t: b.t, ctx: ctx, size: v.name, violations: make(chan string, 16), wire: &wire{opened: make(chan struct{}, 1)}}
	out.watch()
	scheme := "light"
	if v.dark {
		scheme = "dark"
	}
	out.do(
		chrome.Command(network.Enable, network.EnableParams{}),
		chrome.Command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: v.width, Height: v.height, DeviceScaleFactor: 2, Mobile: v.mobile,
		}),
		chrome.Command(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: v.mobile}),
		chrome.Command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		chrome.Command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}),
		chromedp.Navigate(url),
	)
	return out
}

// reconnects waits until the page has opened more than so many sockets.
func (v *visitor) reconnects(than int) {
	v.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for v.sockets() <= than {
		select {
		case <-v.wire.opened:
		case <-late.C:
			v.t.Fatalf("the page kept its socket\n%s", v.text())
		}
	}
}

// newTab opens another tab of the same person.
func (v *visitor) newTab(url string) *visitor {
	v.t.Helper()
	ctx, cancel := chromedp.NewContext(v.ctx)
	v.t.Cleanup(cancel)
	out := &visitor{t: v.t, ctx: ctx, size: v.size, violations: make(chan string, 16), wire: &wire{opened: make(chan struct{}, 1)}}
	out.watch()
	out.do(
		chrome.Command(network.Enable, network.EnableParams{}),
		chrome.Command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		chromedp.Navigate(url),
	)
	return out
}

// watch collects what the console says of the content security policy, and what sockets bring.
func (v *visitor) watch() {
	err := chromedp.Listen(v.ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventWebSocketCreated:
			v.wire.mu.Lock()
			defer v.wire.mu.Unlock()
			v.wire.sockets++
			select {
			case v.wire.opened <- struct{}{}:
			default:
			}
		case *network.EventWebSocketFrameReceived:
			v.wire.mu.Lock()
			defer v.wire.mu.Unlock()
			v.wire.received = append(v.wire.received, string(e.Response.PayloadData))
		case *runtime.EventConsoleAPICalled:
			v.hear(e)
		}
	})
	if err != nil {
		v.t.Fatalf("listen to the browser: %v", err)
	}
}

func (v *visitor) hear(said *runtime.EventConsoleAPICalled) {
	for _, arg := range said.Args {
		if text := string(arg.Value); strings.Contains(text, "csp-violation") {
			select {
			case v.violations <- text:
			default:
			}
		}
	}
}

func (v *visitor) do(actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		v.t.Fatalf("in the browser: %v", err)
	}
}

// inChat is the JavaScript for a look-up inside the chat's shadow root.
func inChat(selector string) string {
	quoted, _ := json.Marshal(selector)
	return fmt.Sprintf(`document.querySelector("frontdesk-chat")?.shadowRoot.querySelector(%s)`, quoted)
}

const launcherIsThere = `!!document.querySelector("frontdesk-launcher")?.shadowRoot.querySelector("button")`

// open presses the launcher and waits for the composer.
func (v *visitor) open() {
	v.t.Helper()
	v.until(`the launcher is there`, launcherIsThere)
	// After a reload the panel is open again by itself.
	v.until(`the launcher is at rest`, `document.querySelector("frontdesk-launcher").shadowRoot.querySelector("button").ariaBusy !== "true"`)
	if eval[bool](v, `document.querySelector("frontdesk-launcher").shadowRoot.querySelector("button").ariaExpanded === "true"`) {
		v.until(`the composer is there`, `!!`+inChat(".fd-composer textarea"))
		return
	}
	v.do(chromedp.Click(chromedp.JSPath(`document.querySelector("frontdesk-launcher").shadowRoot.querySelector("button")`)))
	v.until(`the composer is there`, `!!`+inChat(".fd-composer textarea"))
}

// reload loads the page anew and waits for the launcher.
func (v *visitor) reload() {
	v.t.Helper()
	v.do(chromedp.Reload())
	v.until(`the launcher is there`, launcherIsThere)
}

// say types a message and presses Enter.
func (v *visitor) say(text string) {
	v.t.Helper()
	field := chromedp.JSPath(inChat(".fd-composer textarea"))
	v.do(chromedp.Focus(field), chromedp.SendKeys(field, text))
	v.keys(kb.Enter)
}

// keys types on the keyboard, to whatever has the focus.
func (v *visitor) keys(keys ...string) {
	v.t.Helper()
	for _, k := range keys {
		v.press(k, 0)
	}
}

// press types keys together with modifiers. A key that the page takes for itself types nothing, as on a real keyboard: with the character
// as an event of its own, as chromedp has it, Enter would type a line break nevertheless.
func (v *visitor) press(keys string, modifiers kb.Modifier) {
	v.t.Helper()
	for _, r := range keys {
		events := kb.Encode(r)
		down, up := events[0], events[len(events)-1]
		if len(events) == 3 {
			down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
		}
		for _, e := range []*input.DispatchKeyEventParams{down, up} {
			e.Modifiers |= int64(modifiers)
			v.do(chrome.Command(input.DispatchKeyEvent, *e))
		}
	}
}

// attach chooses files for the next message.
func (v *visitor) attach(paths ...string) {
	v.t.Helper()
	v.do(chromedp.SetUploadFiles(chromedp.JSPath(inChat(".fd-attach input[type=file]")), paths))
}

// until waits until an expression is true.
func (v *visitor) until(what, expression string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf("(() => { try { return !!(%s) } catch { return false } })()", expression),
		chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0)))
	if err != nil {
		v.t.Fatalf("waited for: %s: %v\nthe chat shows:\n%s", what, err, v.text())
	}
}

// sees waits until the conversation shows a text.
func (v *visitor) sees(text string) {
	v.t.Helper()
	quoted, _ := json.Marshal(text)
	v.until(fmt.Sprintf("the chat shows %q", text), fmt.Sprintf(`%s?.textContent.includes(%s)`, inChat(".fd-panel, [role=dialog]"), quoted))
}

// text is everything the chat shows, for failures.
func (v *visitor) text() string {
	out, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.querySelector("frontdesk-chat")?.shadowRoot.textContent ?? "(no chat)"`))
	if err != nil {
		return err.Error()
	}
	return out
}

// eval gives the value of an expression.
func eval[T any](v *visitor, expression string) T {
	v.t.Helper()
	out, err := chromedp.Run(v.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		v.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return out
}

// shot keeps a picture where FRONTDESK_SHOTS says, for people to judge.
func (v *visitor) shot(name string) {
	v.t.Helper()
	keepPicture(v.t, v.ctx, v.size+"-"+name)
}

func keepPicture(t *testing.T, tab context.Context, name string) {
	t.Helper()
	dir := os.Getenv("FRONTDESK_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatalf("take a picture: %v", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
