package telegram_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/bridges"
	"frontdesk/bridges/channeltest"
	"frontdesk/bridges/telegram"
	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

const token = "123456:secret-of-the-shop-bot"

// house is a whole desk, and one bot of a strict Telegram.
type house struct {
	*channeltest.Desk
	t       testing.TB
	place   channeltest.Place
	cfg     telegram.Config
	sites   desk.SitesConfigured
	server  *telegramtest.Server
	bot     *telegramtest.Bot
	service *telegram.Service
	matrix  *channeltest.Matrix
	through func(telegram.Journal) telegram.Journal // what the service has for a journal; nil: the journal
	media   bridges.Media                           // where it opens the staff's files; nil: matrix
}

// open builds a house that ends with the test.
func open(t testing.TB, change ...func(*house)) *house {
	t.Helper()
	h := &house{t: t, server: telegramtest.New(t), matrix: channeltest.NewMatrix(), sites: desktest.Configuration()}
	h.place = channeltest.Place{Database: storetest.SQLite(t), Matrix: h.matrix, Sites: &h.sites}
	h.bot = h.server.Bot(token, "shop_bot")
	h.cfg = telegram.Config{Bots: []telegram.BotConfig{{Site: desktest.Site, Name: "shop", Token: token, APIURL: h.server.URL}}}
	for _, f := range change {
		f(h)
	}
	h.start()
	return h
}

// quick sends faster than Telegram allows; its server in tests allows everything.
func quick(h *house) { h.cfg.Limits = bridges.Limits{Chat: 5 * time.Millisecond} }

// start opens the desk, again after Close with the same database.
func (h *house) start() {
	h.t.Helper()
	h.Desk = channeltest.OpenDesk(h.t, h.place, func(d *channeltest.Desk) func(context.Context) error {
		log := zerolog.New(zerolog.NewTestWriter(h.t)).Level(zerolog.WarnLevel)
		var through telegram.Journal = d.Journal
		if h.through != nil {
			through = h.through(through)
		}
		var media bridges.Media = h.matrix
		if h.media != nil {
			media = h.media
		}
		var err error
		if h.service, err = telegram.New(h.cfg, through, d.Engine, media, d.Texts, log); err != nil {
			h.t.Fatal(err)
		}
		d.Journal.Source(telegram.Source, h.service.Translate)
		d.Journal.OnChanged(h.service.Changed)
		return h.service.Run
	})
}

func (h *house) decide(in desk.Input) {
	h.t.Helper()
	h.Decide(h.t, in)
}

func (h *house) read(fn func(journal.Tx) error) {
	h.t.Helper()
	h.Read(h.t, fn)
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
	return h.Accept(h.t, h.chatOf(u).ID)
}

// say lets Anna write into a room.
func (h *house) say(room desk.RoomKey, text string) desk.EventID {
	h.t.Helper()
	return h.Say(h.t, room, text)
}

func (h *house) sayAs(room desk.RoomKey, text string, change func(*desk.StaffMessage)) desk.EventID {
	h.t.Helper()
	return h.SayAs(h.t, room, text, change)
}

// until waits until something is so.
func (h *house) until(what string, ok func() bool) {
	h.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); !ok(); {
		select {
		case <-tick.C:
		case <-limit:
			h.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// begin lets a user write and Anna take the ticket.
func (h *house) begin(u *telegramtest.User, words string) desk.RoomKey {
	h.t.Helper()
	u.Write(h.bot, words)
	h.matrix.Post(h.t, words, func(p desk.Post) bool { return p.Text == words })
	room := h.accept(u)
	u.Await(h.bot, "Anna Petrova is answering you.")
	return room
}

// newFront serves a handler under an address.
func newFront(t testing.TB, handle http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s.URL
}

// forward passes a request on to Telegram.
func forward(t testing.TB, telegram string, w http.ResponseWriter, r *http.Request) {
	to, err := url.Parse(telegram)
	if err != nil {
		t.Error(err)
		return
	}
	httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
}
