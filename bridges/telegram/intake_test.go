package telegram_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/bridges/telegram"
	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

// forgetful is a journal that cannot store updates for a while.
type forgetful struct {
	telegram.Journal
	down   atomic.Bool
	failed atomic.Int64
}

func (f *forgetful) Submit(ctx context.Context, in ...journal.Input) ([]journal.Outcome, error) {
	if f.down.Load() {
		f.failed.Add(1)
		return nil, errors.New("the disk is full")
	}
	return f.Journal.Submit(ctx, in...)
}

// Telegram is told that an update came when it is stored, and not before: neither by the next offset nor by the answer to a webhook.
func TestUpdatesAreConfirmedWhenTheyAreStored(t *testing.T) {
	for name, open := range map[string]func(testing.TB, ...func(*house)) *house{"polling": open, "webhook": byWebhook} {
		t.Run(name, func(t *testing.T) {
			f := &forgetful{}
			h := open(t, func(h *house) {
				h.through = func(j telegram.Journal) telegram.Journal {
					f.Journal = j
					return f
				}
			})
			f.down.Store(true)
			u := h.server.User(7, "Ivan", "en")
			for _, text := range []string{"One", "Two"} {
				u.Write(h.bot, text)
			}
			h.until("the disk was found full twice", func() bool { return f.failed.Load() >= 2 })
			if n := h.bot.Pending(); n != 2 {
				t.Errorf("Telegram keeps %d updates", n)
			}
			f.down.Store(false)
			h.matrix.Post(t, "the last words", func(p desk.Post) bool { return p.Text == "Two" })
			if got := h.said(u); !isTogether(got, []string{"One"}) || strings.Count(strings.Join(got, "\n"), "Two") != 1 {
				t.Errorf("the room shows %q", got)
			}
			h.until("Telegram keeps nothing any more", func() bool { return h.bot.Pending() == 0 })
		})
	}
}

// Asking for updates waits as long as Telegram tells.
func TestPollingWaitsAsTold(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	h.begin(u, "Hello?")
	h.server.Fail("getUpdates", 1, http.StatusTooManyRequests, 3)
	u.Write(h.bot, "First")
	h.matrix.Post(t, "the words", func(p desk.Post) bool { return p.Text == "First" })
	u.Write(h.bot, "Second")
	h.matrix.Post(t, "the words", func(p desk.Post) bool { return p.Text == "Second" })
	longest := time.Duration(0)
	calls := h.server.Calls("getUpdates")
	for i := range calls[1:] {
		longest = max(longest, calls[i+1].At.Sub(calls[i].At))
	}
	if longest < 3*time.Second {
		t.Errorf("the longest time between two polls is %s", longest)
	}
}

// Who is blocked at the site is told so politely and not each time, is heard by nobody, and is heard again when that is taken back.
func TestBlockedCustomer(t *testing.T) {
	const sorry = "We are sorry, but you cannot write to us here any more."
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	h.say(room, "!block yes spam")
	u.Until(h.bot, "the end", func(all []telegramtest.Message) bool { return len(all) > 3 })
	for _, text := range []string{"Buy my tea", "Buy it now", "Buy it at once"} {
		u.Write(h.bot, text)
	}
	u.Await(h.bot, sorry)
	h.until("everything was taken", func() bool { return h.bot.Pending() == 0 })
	h.sayAs(desk.LobbyRoom(desktest.Queue), "!unblock 1", func(m *desk.StaffMessage) { m.Sender = desktest.Admin })
	u.Write(h.bot, "I am sorry, too")
	h.matrix.Post(t, "who is not blocked any more", func(p desk.Post) bool { return p.Text == "I am sorry, too" })
	for _, text := range h.matrix.Texts() {
		if strings.HasPrefix(text, "Buy") {
			t.Errorf("the staff hears %q", text)
		}
	}
	if n := strings.Count(telegramtest.Transcript(u.Chat(h.bot)), sorry); n != 1 {
		t.Errorf("told %d times", n)
	}
}
