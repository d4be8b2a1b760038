package telegram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

	"frontdesk/bridges"
	"frontdesk/bridges/telegram"
	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/internal/texts"
	"frontdesk/store"
)

const token = "123456:secret-of-the-shop-bot"

// house is a whole desk on a real journal, store and engine, and one bot of a strict Telegram; only the homeserver is a script.
type house struct {
	t       testing.TB
	dir     string
	cfg     telegram.Config
	sites   desk.SitesConfigured
	server  *telegramtest.Server
	bot     *telegramtest.Bot
	journal *journal.Journal
	service *telegram.Service
	matrix  *matrix
	events  atomic.Int64
	stop    func() // kills it; start makes another one of the same database
}

// open builds a house that ends with the test.
func open(t testing.TB, change ...func(*house)) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), server: telegramtest.New(t), matrix: newMatrix(), sites: desktest.Configuration()}
	h.bot = h.server.Bot(token, "shop_bot")
	h.cfg = telegram.Config{Bots: []telegram.BotConfig{{Site: desktest.Site, Name: "shop", Token: token, APIURL: h.server.URL}}}
	for _, f := range change {
		f(h)
	}
	h.start()
	t.Cleanup(func() { h.stop() })
	return h
}

// quick sends faster than Telegram allows; its server in tests allows everything.
func quick(h *house) { h.cfg.Limits = bridges.Limits{Chat: 5 * time.Millisecond} }

func (h *house) start() {
	h.t.Helper()
	log := zerolog.New(zerolog.NewTestWriter(h.t)).Level(zerolog.WarnLevel)
	ctx, cancel := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{Driver: "sqlite", DSN: filepath.Join(h.dir, "desk.db"), Log: log})
	if err != nil {
		h.t.Fatal(err)
	}
	words, err := texts.Load()
	if err != nil {
		h.t.Fatal(err)
	}
	newID := func() string { return ulid.Make().String() }
	engine := desk.New(desk.Options{
		NewID: newID, Texts: words, Bot: desktest.Bot, IsPuppet: func(u desk.UserID) bool { return strings.HasPrefix(string(u), "@desk_c_") },
	})
	h.journal = journal.New(journal.Options{DB: db, Engine: engine, Now: time.Now, Log: log, NewID: newID})
	if h.service, err = telegram.New(h.cfg, h.journal, engine, h.matrix, words, log); err != nil {
		h.t.Fatal(err)
	}
	h.journal.Source(telegram.Source, h.service.Translate)
	h.journal.Deliverer(h.matrix)
	h.journal.Applies(h.matrix)
	h.journal.OnChanged(h.service.Changed)
	var running sync.WaitGroup
	running.Go(func() { _ = h.journal.Run(ctx) })
	h.decide(h.sites)
	running.Go(func() { _ = h.service.Run(ctx) })
	h.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		if err := db.Close(); err != nil {
			h.t.Error(err)
		}
	})
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

// chatOf gives the conversation of a user.
func (h *house) chatOf(u *telegramtest.User) (c *desk.Conversation) {
	h.t.Helper()
	h.read(func(tx journal.Tx) error {
		chat, err := tx.Chat("telegram:shop", fmt.Sprint(u.ID))
		if err != nil {
			return err
		}
		c, err = tx.Conversation(chat.Conversation)
		return err
	})
	return c
}

func (h *house) ticketOf(u *telegramtest.User) (ticket *desk.Ticket) {
	h.t.Helper()
	c := h.chatOf(u)
	h.read(func(tx journal.Tx) (err error) {
		ticket, err = tx.Ticket(c.Ticket)
		return err
	})
	return ticket
}

// accept lets Anna take the user's ticket, and come into its room.
func (h *house) accept(u *telegramtest.User) desk.RoomKey {
	h.t.Helper()
	room := desk.PortalRoom(h.chatOf(u).Portal)
	h.say(desk.LobbyRoom(desktest.Queue), fmt.Sprintf("!accept %d", h.ticketOf(u).Number))
	h.decide(desk.MemberChanged{Room: room, Event: h.event(), User: desktest.Anna, Sender: desktest.Anna, Membership: "join", Previous: "invite"})
	return room
}

// say lets Anna write into a room.
func (h *house) say(room desk.RoomKey, text string) desk.EventID {
	return h.sayAs(room, text, func(*desk.StaffMessage) {})
}

func (h *house) sayAs(room desk.RoomKey, text string, change func(*desk.StaffMessage)) desk.EventID {
	h.t.Helper()
	in := desk.StaffMessage{Room: room, Event: h.event(), Sender: desktest.Anna, Content: content.Message{Text: text}, At: time.Now()}
	change(&in)
	h.decide(in)
	return in.Event
}

func (h *house) event() desk.EventID { return desk.EventID(fmt.Sprintf("$staff%d", h.events.Add(1))) }

// begin lets a user write and Anna take the ticket.
func (h *house) begin(u *telegramtest.User, words string) desk.RoomKey {
	h.t.Helper()
	u.Write(h.bot, words)
	h.matrix.post(h.t, words, func(p desk.Post) bool { return p.Text == words })
	room := h.accept(u)
	u.Await(h.bot, "Anna Petrova is answering you.")
	return room
}

// matrix is the scripted homeserver: everything works at once.
type matrix struct {
	mu      sync.Mutex
	effects []desk.Effect
	files   map[string]string
	changed chan struct{}
}

func newMatrix() *matrix {
	return &matrix{changed: make(chan struct{}), files: make(map[string]string)}
}

func (m *matrix) Deliver(_ context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
	lane, id, _ := desk.LaneOf(e)
	m.mu.Lock()
	m.effects = append(m.effects, e)
	close(m.changed)
	m.changed = make(chan struct{})
	m.mu.Unlock()
	if _, create := e.(desk.CreateRoom); create {
		return journal.Delivered{Room: &desk.Room{Key: lane, ID: desk.RoomID("!" + string(lane)), Version: "12"}}, nil
	}
	return journal.Delivered{Event: desk.EventID("$" + id)}, nil
}

func (m *matrix) Apply(context.Context, desk.Room, desk.Desire, json.RawMessage) (json.RawMessage, error) {
	return nil, nil
}

// await waits for an effect.
func (m *matrix) await(t testing.TB, what string, ok func(desk.Effect) bool) desk.Effect {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		m.mu.Lock()
		changed, all := m.changed, m.effects
		m.mu.Unlock()
		for _, e := range all {
			if ok(e) {
				return e
			}
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("waited in vain for %s; posted is %q", what, m.texts())
		}
	}
}

// post waits for a post.
func (m *matrix) post(t testing.TB, what string, ok func(desk.Post) bool) desk.Post {
	t.Helper()
	e := m.await(t, what, func(e desk.Effect) bool {
		p, is := e.(desk.Post)
		return is && ok(p)
	})
	return e.(desk.Post)
}

func (m *matrix) texts() (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.effects {
		if p, ok := e.(desk.Post); ok {
			out = append(out, p.Text)
		}
	}
	return out
}

// Open gives a file of the media repository.
func (m *matrix) Open(_ context.Context, mxc, _ string) (*http.Response, error) {
	m.mu.Lock()
	body, ok := m.files[mxc]
	m.mu.Unlock()
	if !ok {
		return nil, errors.Join(errors.New("no such media"), desk.ErrNotFound)
	}
	w := httptest.NewRecorder()
	_, _ = w.WriteString(body)
	return w.Result(), nil
}

// newFront serves a handler under an address.
func newFront(t testing.TB, handle http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s.URL
}
