package telegram_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// admins are the lines in the administrators' room with these words.
func (h *house) admins(words string) (n int) {
	for _, p := range h.matrix.Posts() {
		if p.Room == desk.AdminRoom() && strings.Contains(p.Text, words) {
			n++
		}
	}
	return n
}

// asked waits until a method was asked so often.
func (h *house) asked(method string, times int) {
	h.t.Helper()
	h.until(fmt.Sprintf("%s was asked %d times", method, times), func() bool { return len(h.server.Calls(method)) >= times })
}

// byWebhook lets Telegram come to the house.
func byWebhook(t testing.TB, change ...func(*house)) *house {
	handler := make(chan http.Handler, 1)
	front := newFront(t, func(w http.ResponseWriter, r *http.Request) {
		h := <-handler
		handler <- h
		h.ServeHTTP(w, r)
	})
	h := open(t, append(change, func(h *house) {
		h.cfg.PublicURL, h.cfg.Secret = front, []byte("a secret of the gateway, long enough")
		for i := range h.cfg.Bots {
			h.cfg.Bots[i].Webhook = true
		}
	})...)
	handler <- h.service.Handler()
	return h
}

// A token that is revoked while the bot works is told once, asked for now and then, and everything goes on when it is mended.
func TestTokenRevokedWhileRunning(t *testing.T) {
	for name, c := range map[string]struct {
		open   func(testing.TB, ...func(*house)) *house
		begins string // the method with which the bot begins
	}{
		"polling": {open, "deleteWebhook"}, "webhook": {byWebhook, "setWebhook"},
	} {
		t.Run(name, func(t *testing.T) {
			h := c.open(t, func(h *house) { h.cfg.Recheck = 20 * time.Millisecond })
			u := h.server.User(7, "Ivan", "en")
			room := h.begin(u, "Hello?")
			h.bot.Revoke()
			h.matrix.Post(t, "the notice", func(p desk.Post) bool {
				return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "its token is wrong or was revoked")
			})
			h.say(room, "Good morning")
			u.Write(h.bot, "Are you there?")
			h.asked(c.begins, 5)
			if slices.Contains(u.Texts(h.bot), "Good morning") {
				t.Error("a revoked token sends")
			}
			h.bot.Restore()
			h.matrix.Post(t, "that it works again", func(p desk.Post) bool {
				return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "Telegram bot shop of Shop works again")
			})
			h.matrix.Post(t, "what was written meanwhile", func(p desk.Post) bool { return p.Text == "Are you there?" })
			u.Await(h.bot, "Good morning")
			if n, again := h.admins("does not work"), h.admins("works again"); n != 1 || again != 1 {
				t.Errorf("the administrators were told %d times that it does not work and %d times that it does", n, again)
			}
		})
	}
}

// Another program that has the bot's updates brought to itself is told of, and they are taken back.
func TestWebhookTakenByAnother(t *testing.T) {
	h := byWebhook(t, func(h *house) { h.cfg.Recheck = 20 * time.Millisecond })
	u := h.server.User(7, "Ivan", "en")
	h.begin(u, "Hello?")
	h.otherProgram("setWebhook", `{"url":"https://127.0.0.1:1/thief"}`)
	h.matrix.Post(t, "the notice", func(p desk.Post) bool {
		return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "another program reads its messages")
	})
	u.Write(h.bot, "Are you there?")
	h.matrix.Post(t, "what was written then", func(p desk.Post) bool { return p.Text == "Are you there?" })
	h.matrix.Post(t, "that it works again", func(p desk.Post) bool { return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "works again") })
}

// clock runs until it is put forward, and stands then.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) now() time.Time {
	if at := c.at.Load(); at != nil {
		return *at
	}
	return time.Now()
}

func (c *clock) pass(d time.Duration) {
	at := c.now().Add(d)
	c.at.Store(&at)
}

// A program that takes the updates again and again, by whichever way, is told of once, and that it is over only when there was none of it for so
// long.
func TestAnotherProgramThatDoesNotGiveUp(t *testing.T) {
	const thief = `{"url":"https://127.0.0.1:1/thief"}`
	for name, c := range map[string]struct {
		open         func(testing.TB, ...func(*house)) *house
		method, body string // what the other one does
		answer       string // what we do then
		look         string // by what we see that it works
	}{
		"a webhook, we poll":     {open, "setWebhook", thief, "deleteWebhook", "getUpdates"},
		"another poller":         {open, "getUpdates", `{"limit":1,"timeout":0}`, "deleteWebhook", "getUpdates"},
		"a webhook, we have one": {byWebhook, "setWebhook", thief, "setWebhook", "getWebhookInfo"},
	} {
		t.Run(name, func(t *testing.T) {
			const recheck = 20 * time.Millisecond
			at := &clock{}
			h := c.open(t, quick, func(h *house) { h.cfg.Recheck, h.cfg.Retry, h.cfg.Now = recheck, recheck/20, at.now })
			u := h.server.User(7, "Ivan", "en")
			h.begin(u, "Hello?")
			at.pass(0) // else it might be over while this test is busy
			for range 4 {
				if c.look == "getUpdates" {
					h.until("we ask for updates", h.bot.IsPolled)
				}
				before := len(h.server.Calls(c.answer))
				h.otherProgram(c.method, c.body)
				if c.method == c.answer {
					before++ // the other one's
				}
				h.asked(c.answer, before+1)
			}
			h.matrix.Post(t, "the notice", func(p desk.Post) bool {
				return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "another program reads its messages")
			})
			looked := func() {
				for range 2 { // the first may have been on its way
					before := len(h.server.Calls(c.look))
					u.Write(h.bot, "Still there?") // what ends a poll that waits
					h.asked(c.look, before+1)
				}
			}
			at.pass(2*recheck - 1)
			looked()
			if n := h.admins("works again"); n != 0 {
				t.Errorf("that it works again is told %d times before its time", n)
			}
			at.pass(1)
			looked()
			h.matrix.Post(t, "that it is over", func(p desk.Post) bool { return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "works again") })
			if told, over := h.admins("another program reads"), h.admins("works again"); told != 1 || over != 1 {
				t.Errorf("told %d times, and %d times that it is over", told, over)
			}
		})
	}
}

// otherProgram makes a call by the bot's token that is none of ours.
func (h *house) otherProgram(method, body string) {
	h.t.Helper()
	resp, err := http.Post(h.server.URL+"/bot"+token+"/"+method, "application/json", strings.NewReader(body))
	if err == nil {
		err = resp.Body.Close()
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// Each bot has a secret of its own; whoever does not know it is sent away, and nothing is stored.
func TestWebhookSecrets(t *testing.T) {
	const header = "X-Telegram-Bot-Api-Secret-Token"
	h := byWebhook(t, func(h *house) {
		h.server.Bot("456:the-token-of-another", "help_bot")
		second := h.cfg.Bots[0]
		second.Name, second.Token = "help", "456:the-token-of-another"
		h.cfg.Bots = append(h.cfg.Bots, second)
	})
	h.asked("setWebhook", 2)
	secrets := map[string]string{}
	for _, c := range h.server.Calls("setWebhook") {
		secrets[c.Bot.Username] = c.Values["secret_token"]
	}
	shop, help := secrets["shop_bot"], secrets["help_bot"]
	if len(shop) < 32 || shop == help {
		t.Errorf("the secrets are %q and %q", shop, help)
	}
	for i, c := range []struct {
		path, secret, method string
		want                 int
	}{
		{"shop", "", http.MethodPost, http.StatusForbidden},
		{"shop", "wrong", http.MethodPost, http.StatusForbidden},
		{"shop", shop[:len(shop)-1], http.MethodPost, http.StatusForbidden},
		{"shop", shop + "0", http.MethodPost, http.StatusForbidden},
		{"shop", help, http.MethodPost, http.StatusForbidden},
		{"help", shop, http.MethodPost, http.StatusForbidden},
		{"nobody", shop, http.MethodPost, http.StatusNotFound},
		{"", shop, http.MethodPost, http.StatusNotFound},
		{"shop", shop, http.MethodGet, http.StatusMethodNotAllowed},
		{"shop", "", http.MethodGet, http.StatusForbidden},
		{"shop", shop, http.MethodPost, http.StatusOK},
	} {
		update := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"text":"word %d","chat":{"id":8,"type":"private","first_name":"Olga"},
			"from":{"id":8,"first_name":"Olga"}}}`, 900+i, i+1, i)
		r, err := http.NewRequestWithContext(t.Context(), c.method, h.cfg.PublicURL+"/telegram/"+c.path, bytes.NewReader([]byte(update)))
		if err != nil {
			t.Fatal(err)
		}
		if c.secret != "" {
			r.Header.Set(header, c.secret)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != c.want {
			t.Errorf("%+v is answered %d, %v", c, resp.StatusCode, err)
		}
	}
	h.matrix.Post(t, "what came with the secret", func(p desk.Post) bool { return p.Text == "word 10" })
	for _, text := range h.matrix.Texts() {
		if strings.HasPrefix(text, "word ") && text != "word 10" {
			t.Errorf("stored: %q", text)
		}
	}
}

// One person who writes to the bots of two sites is two customers, and a bot that has to wait holds up no other.
func TestTwoBotsOfTwoSites(t *testing.T) {
	var other *telegramtest.Bot
	h := open(t, func(h *house) {
		other = h.server.Bot("456:the-token-of-another", "help_bot")
		second := h.cfg.Bots[0]
		second.Site, second.Name, second.Token = "help", "help", "456:the-token-of-another"
		h.cfg.Bots = append(h.cfg.Bots, second)
		site, queue := h.sites.Sites[0], h.sites.Queues[0]
		site.ID, site.Key, site.Name, site.DefaultQueue = "help", "help-key", "Help", "help"
		queue.ID, queue.Site, queue.Name = "help", "help", "Help"
		h.sites.Sites, h.sites.Queues = append(h.sites.Sites, site), append(h.sites.Queues, queue)
	})
	u := h.server.User(7, "Ivan", "en")
	shop := h.begin(u, "To the shop")
	u.Write(other, "To the helpers")
	help := h.matrix.Post(t, "what the helpers were told", func(p desk.Post) bool { return p.Text == "To the helpers" && p.As != desk.Bot })
	asked := h.matrix.Post(t, "what the shop was told", func(p desk.Post) bool { return p.Text == "To the shop" && p.As != desk.Bot })
	if help.Room == shop || help.As == asked.As {
		t.Errorf("both are in %s and %s, said by %s and %s", shop, help.Room, asked.As, help.As)
	}
	var ticket *desk.Ticket
	h.read(func(tx journal.Tx) error {
		chat, err := tx.Chat("telegram:help", fmt.Sprint(u.ID))
		if err != nil {
			return err
		}
		conversation, err := tx.Conversation(chat.Conversation)
		if err != nil {
			return err
		}
		ticket, err = tx.Ticket(conversation.Ticket)
		return err
	})
	if ticket.Site != "help" || ticket.Queue != "help" {
		t.Errorf("the helpers' ticket is %+v", ticket)
	}
	u.Await(other, "Thank you for writing. Please wait a moment, we will answer you soon.")
	h.server.Fail("sendMessage", 1, http.StatusTooManyRequests, 24*60*60)
	h.say(shop, "From the shop")
	h.asked("sendMessage", 4) // to wait and who answers, at both; and the one that has to wait
	h.say(desk.LobbyRoom("help"), fmt.Sprintf("!accept %d", ticket.Number))
	u.Await(other, "Anna Petrova is answering you.")
	u.Write(h.bot, "Hello? Shop?")
	h.matrix.Post(t, "what comes in by the bot that waits", func(p desk.Post) bool { return p.Text == "Hello? Shop?" && p.Room == shop })
	if slices.Contains(u.Texts(h.bot), "From the shop") || slices.Contains(u.Texts(other), "From the shop") {
		t.Error("it did not wait")
	}
}
