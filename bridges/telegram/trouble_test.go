package telegram_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/desk"
)

// admins are the lines in the administrators' room with these words.
func (h *house) admins(words string) (n int) {
	for _, p := range h.matrix.posts() {
		if p.Room == desk.AdminRoom() && strings.Contains(p.Text, words) {
			n++
		}
	}
	return n
}

// asked waits until a method was asked so often.
func (h *house) asked(method string, times int) {
	h.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); len(h.server.Calls(method)) < times; {
		select {
		case <-tick.C:
		case <-limit:
			h.t.Fatalf("%s was asked %d times, not %d", method, len(h.server.Calls(method)), times)
		}
	}
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
			h.matrix.post(t, "the notice", func(p desk.Post) bool {
				return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "its token is wrong or was revoked")
			})
			h.say(room, "Good morning")
			u.Write(h.bot, "Are you there?")
			h.asked(c.begins, 5)
			if slices.Contains(u.Texts(h.bot), "Good morning") {
				t.Error("a revoked token sends")
			}
			h.bot.Restore()
			h.matrix.post(t, "that it works again", func(p desk.Post) bool {
				return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "Telegram bot shop of Shop works again")
			})
			h.matrix.post(t, "what was written meanwhile", func(p desk.Post) bool { return p.Text == "Are you there?" })
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
	body := strings.NewReader(`{"url":"https://127.0.0.1:1/thief"}`)
	resp, err := http.Post(h.server.URL+"/bot"+token+"/setWebhook", "application/json", body)
	if err != nil || resp.StatusCode != http.StatusOK || resp.Body.Close() != nil {
		t.Fatalf("set another webhook: %v, %v", resp, err)
	}
	h.matrix.post(t, "the notice", func(p desk.Post) bool {
		return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "another program reads its messages")
	})
	u.Write(h.bot, "Are you there?")
	h.matrix.post(t, "what was written then", func(p desk.Post) bool { return p.Text == "Are you there?" })
	h.matrix.post(t, "that it works again", func(p desk.Post) bool { return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "works again") })
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
	h.matrix.post(t, "what came with the secret", func(p desk.Post) bool { return p.Text == "word 10" })
	for _, text := range h.matrix.texts() {
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
	help := h.matrix.post(t, "what the helpers were told", func(p desk.Post) bool { return p.Text == "To the helpers" && p.As != desk.Bot })
	asked := h.matrix.post(t, "what the shop was told", func(p desk.Post) bool { return p.Text == "To the shop" && p.As != desk.Bot })
	if help.Room == shop || help.As == asked.As {
		t.Errorf("both are in %s and %s, said by %s and %s", shop, help.Room, asked.As, help.As)
	}
	h.matrix.post(t, "the card in the helpers' lobby", func(p desk.Post) bool {
		return p.Room == desk.LobbyRoom("help") && strings.Contains(p.Text, "To the helpers")
	})
	u.Await(other, "Thank you for writing. Please wait a moment, we will answer you soon.")
	h.server.Fail("sendMessage", 1, http.StatusTooManyRequests, 3)
	h.say(shop, "From the shop")
	h.asked("sendMessage", 4) // to wait and who answers, at both; and the one that has to wait
	before := time.Now()
	u.Write(other, "Anybody?")
	h.say(desk.LobbyRoom("help"), "!accept 2")
	u.Await(other, "Anna Petrova is answering you.")
	if slices.Contains(u.Texts(h.bot), "From the shop") && time.Since(before) < 2*time.Second {
		t.Error("the shop's bot did not wait")
	}
	u.Await(h.bot, "From the shop")
	if texts := u.Texts(other); slices.Contains(texts, "From the shop") {
		t.Errorf("the helpers' bot says %q", texts)
	}
	all := h.server.Calls("sendMessage")
	var at []time.Time
	for _, c := range all {
		if c.Values["text"] == "From the shop" {
			at = append(at, c.At)
		}
	}
	if len(at) != 2 || at[1].Sub(at[0]) < 3*time.Second {
		t.Errorf("«From the shop» was sent at %v", at)
	}
}
