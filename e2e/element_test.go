package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"frontdesk/e2e/chrome"
	"frontdesk/internal/devstack"
)

// caller is an operator's page with what Element makes calls with; see e2e/element.
type caller struct {
	*tab
	user   id.UserID
	device id.DeviceID
	room   id.RoomID
}

// devices are what a caller sends.
type devices struct {
	Tone   float64 `json:"tone,omitempty"`
	Camera string  `json:"camera,omitempty"`
	Screen string  `json:"screen,omitempty"`
	Sound  float64 `json:"sound,omitempty"` // of the screen
}

// session is what a caller's Element knows of the call in its room.
type session struct {
	Rang      bool
	Link      []string // what became of the connection to the SFU
	Connected string
	Members   []struct{ User, Device, Identity, Intent string }
	People    []struct {
		Identity string
		Speaking bool
		Tracks   []struct {
			Source, SID       string
			Muted, Subscribed bool
		}
	}
}

// servePages serves the pages of e2e/element.
func servePages(ctx context.Context) (*httptest.Server, error) {
	dist, err := devstack.BuildElement(ctx, nil)
	if err != nil {
		return nil, err
	}
	return httptest.NewServer(http.FileServer(http.Dir(dist))), nil
}

// login makes an account a device of its own, as one more Element is.
func login(t *testing.T, homeserver string, a devstack.Account) *mautrix.Client {
	t.Helper()
	client, err := mautrix.NewClient(homeserver, "", "")
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	client.Client = &http.Client{Transport: transport, Timeout: patience}
	t.Cleanup(transport.CloseIdleConnections)
	_, err = client.Login(t.Context(), &mautrix.ReqLogin{
		Type:       mautrix.AuthTypePassword,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: a.Name},
		Password:   a.Password, StoreCredentials: true,
	})
	if err != nil {
		t.Fatalf("log in as %s: %v", a.Name, err)
	}
	return client
}

// openPage opens one of the pages of e2e/element in a profile of its own and logs an account in there.
func openPage(t *testing.T, browser context.Context, pages, page, homeserver string, a devstack.Account) *caller {
	t.Helper()
	client := login(t, homeserver, a)
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	c := &caller{tab: watchTab(t, ctx, a.Name), user: client.UserID, device: client.DeviceID}
	within, stop := context.WithTimeout(ctx, patience)
	defer stop()
	err := chromedp.Do(within,
		chrome.Command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1000, Height: 700, DeviceScaleFactor: 1}),
		chrome.Command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		chromedp.Navigate(pages+"/"+page+".html"))
	if err != nil {
		t.Fatalf("open the page of %s: %v", a.Name, err)
	}
	c.until("the page's script", "window."+page)
	c.call(page+".start", map[string]any{"homeserver": homeserver, "user": client.UserID, "device": client.DeviceID, "token": client.AccessToken})
	return c
}

// call calls a function of the page and waits for what it promises.
func (c *caller) call(function string, args ...any) {
	c.t.Helper()
	run[any](c.tab, c.expression(function, args...))
}

func (c *caller) expression(function string, args ...any) string {
	c.t.Helper()
	var list string
	for i, a := range args {
		text, err := json.Marshal(a)
		if err != nil {
			c.t.Fatal(err)
		}
		if i > 0 {
			list += ","
		}
		list += string(text)
	}
	return fmt.Sprintf("%s(%s)", function, list)
}

// join comes into the session of a room; intent is "audio" or "video".
func (c *caller) join(room id.RoomID, intent string, d devices) {
	c.t.Helper()
	c.joinAs(room, intent, d, manner{})
}

// manner is how a caller's Element goes about a call, where that is not as usual.
type manner struct {
	Sticky bool   `json:"sticky,omitempty"` // its membership is a sticky event
	Codec  string `json:"codec,omitempty"`  // of its camera
	Backup bool   `json:"backup,omitempty"` // the camera is sent as VP8 too where somebody needs it
}

func (c *caller) joinAs(room id.RoomID, intent string, d devices, m manner) {
	c.t.Helper()
	c.room = room
	c.call("operator.join", struct {
		Room    id.RoomID `json:"room"`
		Intent  string    `json:"intent"`
		Notify  string    `json:"notify"`
		Devices devices   `json:"devices"`
		manner
	}{room, intent, "notification", d, m})
}

func (c *caller) leave() {
	c.t.Helper()
	c.call("operator.leave")
}

// sees gives what the caller's Element knows of the call.
func (c *caller) sees() session {
	c.t.Helper()
	return run[session](c.tab, "operator.look()")
}

// waits until what the caller's Element knows of the call is as wanted.
func (c *caller) waits(what string, ok func(session) bool) session {
	c.t.Helper()
	var s session
	for end := time.Now().Add(patience); time.Now().Before(end); c.pause() {
		if s = c.sees(); ok(s) {
			return s
		}
	}
	c.t.Fatalf("%s waited for %s: %+v", c.name, what, s)
	return s
}

// shot keeps a picture of the operator's side, as visitor.shot does.
func (c *caller) shot(name string) {
	c.t.Helper()
	keepPicture(c.t, c.ctx, "operator-"+name)
}
