package widgetgw

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/internal/texts"
	"frontdesk/store"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// house is a whole desk on a real journal, store and engine; only the homeserver behind it is a script.
type house struct {
	t       testing.TB
	gw      *Gateway
	server  *httptest.Server
	journal *journal.Journal
	matrix  *matrix
	media   *media
	texts   *catalogue
	ahead   atomic.Int64 // nanoseconds the gateway's clock is ahead
	events  atomic.Int64
}

const (
	siteKey  = "shop-key"
	pageHost = "https://shop.example"
)

func configuration() desk.SitesConfigured {
	in := desktest.Configuration()
	in.Sites[0].Origins = []string{pageHost, "https://*.shop.example"}
	in.Sites[0].Hours = "Mon-Fri 9-18"
	in.Sites[0].Theme = map[string]string{"accent": "#336699"}
	in.Sites[0].Texts = map[string]map[string]string{"ru": {"widget.online": "Мы тут!", "widget.title": "Магазин"}}
	return in
}

// open builds a house. It ends with the test, which fails if anything of it is left running.
func open(t testing.TB, change ...func(*Config)) *house {
	t.Helper()
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	return openIn(t, t.TempDir(), change...)
}

func openIn(t testing.TB, dir string, change ...func(*Config)) *house {
	t.Helper()
	log := zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)
	ctx, cancel := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{Driver: "sqlite", DSN: filepath.Join(dir, "desk.db"), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	words, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, matrix: newMatrix(), media: &media{files: make(map[string]string)}, texts: &catalogue{Catalogue: words}}
	engine := desk.New(desk.Options{
		NewID: func() string { return ulid.Make().String() }, Texts: words, Bot: desktest.Bot,
		IsPuppet: func(u desk.UserID) bool { return strings.HasPrefix(string(u), "@desk_c_") },
	})
	h.journal = journal.New(journal.Options{
		DB: db, Engine: engine, Now: time.Now, Log: log, NewID: func() string { return ulid.Make().String() },
	})
	cfg := Config{
		PublicURL: "https://chat.example", Secret: testSecret, SpoolDir: filepath.Join(dir, "spool"),
		Now: func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) },
	}
	for _, f := range change {
		f(&cfg)
	}
	if h.gw, err = New(cfg, h.journal, engine, h.media, h.texts, log); err != nil {
		t.Fatal(err)
	}
	h.journal.Source(Source, h.gw.Translate)
	h.journal.Deliverer(h.matrix)
	h.journal.Applies(h.matrix)
	h.journal.OnChanged(h.gw.Changed)
	var running sync.WaitGroup
	running.Go(func() { _ = h.journal.Run(ctx) })
	running.Go(func() { _ = h.gw.Run(ctx) })
	h.server = httptest.NewUnstartedServer(h.gw.Handler())
	h.server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if tcp, ok := c.(*net.TCPConn); ok && state == http.StateNew {
			_ = tcp.SetWriteBuffer(16 << 10) // so that who does not read is noticed soon
		}
	}
	h.server.Start()
	t.Cleanup(func() {
		bye, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		if err := h.gw.Shutdown(bye); err != nil {
			t.Error(err)
		}
		h.server.Close()
		cancel()
		running.Wait()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.decide(configuration())
	return h
}

// catalogue is the real one, which can be made to panic.
type catalogue struct {
	*texts.Catalogue
	broken atomic.Bool
}

func (c *catalogue) Text(lang, key string, args ...any) string {
	if c.broken.Load() {
		panic("in the catalogue")
	}
	return c.Catalogue.Text(lang, key, args...)
}

// patience bounds every wait of these tests.
func patience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func (h *house) options() widgettest.Options {
	return widgettest.Options{URL: h.server.URL, Site: siteKey, Origin: pageHost, Lang: "en", BackOff: 10 * time.Millisecond}
}

// visitor opens a client that is closed with the test.
func (h *house) visitor(change ...func(*widgettest.Options)) *widgettest.Client {
	h.t.Helper()
	o := h.options()
	for _, f := range change {
		f(&o)
	}
	c := widgettest.Open(o)
	h.t.Cleanup(c.Close)
	return c
}

// until waits for something of the client.
func (h *house) until(c *widgettest.Client, what string, ok func(widgettest.View) bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := c.Until(ctx, ok); err != nil {
		h.t.Fatalf("wait until %s: %v", what, err)
	}
}

func (h *house) send(c *widgettest.Client, text string, files ...string) protocol.Ack {
	h.t.Helper()
	ack, err := c.Send(patience(h.t), text, files...)
	if err != nil {
		h.t.Fatalf("send: %v", err)
	}
	return ack
}

func (h *house) decide(in desk.Input) {
	h.t.Helper()
	if _, err := h.journal.Decide(context.Background(), in); err != nil {
		h.t.Fatalf("decide %T: %v", in, err)
	}
}

func (h *house) read(fn func(journal.Tx) error) {
	h.t.Helper()
	if err := h.journal.Read(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// conversationOf gives the conversation of a client's session.
func (h *house) conversationOf(c *widgettest.Client) (conv *desk.Conversation) {
	h.t.Helper()
	h.read(func(tx journal.Tx) error {
		s, err := tx.Session(hashToken(c.Token()))
		if err != nil {
			return err
		}
		conv, err = tx.Conversation(s.Conversation)
		return err
	})
	return conv
}

// accept lets Anna take the conversation's ticket, and come into its room.
func (h *house) accept(c *widgettest.Client) desk.RoomKey {
	h.t.Helper()
	conv := h.conversationOf(c)
	var number int64
	h.read(func(tx journal.Tx) error {
		ticket, err := tx.Ticket(conv.Ticket)
		if err == nil {
			number = ticket.Number
		}
		return err
	})
	room := desk.PortalRoom(conv.Portal)
	h.say(desk.LobbyRoom(desktest.Queue), fmt.Sprintf("!accept %d", number))
	h.decide(desk.MemberChanged{Room: room, Event: h.event(), User: desktest.Anna, Sender: desktest.Anna, Membership: "join", Previous: "invite"})
	return room
}

// say lets Anna write into a room.
func (h *house) say(room desk.RoomKey, text string) desk.EventID {
	h.t.Helper()
	event := h.event()
	h.decide(desk.StaffMessage{Room: room, Event: event, Sender: desktest.Anna, Content: content.Message{Text: text}, At: time.Now()})
	return event
}

func (h *house) event() desk.EventID { return desk.EventID(fmt.Sprintf("$staff%d", h.events.Add(1))) }

// matrix is the scripted homeserver: everything works at once, unless it is down.
type matrix struct {
	down    atomic.Bool
	mu      sync.Mutex
	posts   []desk.Post
	changed chan struct{}
}

func newMatrix() *matrix { return &matrix{changed: make(chan struct{})} }

var errDown = errors.New("homeserver is down")

func (m *matrix) Deliver(_ context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
	if m.down.Load() {
		return journal.Delivered{}, journal.Outage(errDown)
	}
	lane, id, _ := desk.LaneOf(e)
	switch e := e.(type) {
	case desk.CreateRoom:
		return journal.Delivered{Room: &desk.Room{Key: lane, ID: desk.RoomID("!" + string(lane)), Version: "12"}}, nil
	case desk.Post:
		m.mu.Lock()
		m.posts = append(m.posts, e)
		close(m.changed)
		m.changed = make(chan struct{})
		m.mu.Unlock()
	}
	return journal.Delivered{Event: desk.EventID("$" + id)}, nil
}

func (m *matrix) Apply(context.Context, desk.Room, desk.Desire, json.RawMessage) (json.RawMessage, error) {
	return nil, nil
}

// media is the scripted media repository.
type media struct {
	mu     sync.Mutex
	files  map[string]string
	ranges atomic.Bool // it knows ranges, which Synapse does not
}

func (m *media) put(mxc, body string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[mxc] = body
}

func (m *media) Open(_ context.Context, mxc, rng string) (*http.Response, error) {
	m.mu.Lock()
	body, ok := m.files[mxc]
	m.mu.Unlock()
	w := httptest.NewRecorder()
	if !ok {
		return nil, fmt.Errorf("open media: %w", desk.ErrNotFound)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if rng != "" && m.ranges.Load() {
		r.Header.Set("Range", rng)
	}
	w.Header().Set("Content-Type", "text/html") // what it says must not matter
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(body))
	answer := w.Result()
	answer.ContentLength = int64(w.Body.Len())
	return answer, nil
}

func (m *media) Thumbnail(_ context.Context, mxc string, width, height int) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.files[mxc]; !ok {
		return nil, errors.New("no such media")
	}
	body := fmt.Sprintf("%s at %dx%d", mxc, width, height)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"image/png"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}, nil
}
