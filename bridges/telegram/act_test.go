package telegram_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/bridges/telegram"
	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

// topics makes a site with two queues to choose from.
func topics(h *house) {
	h.sites.Queues[0].Visible = true
	h.sites.Queues = append(h.sites.Queues, desk.Queue{
		ID: "returns", Site: desktest.Site, Name: "Returns", Visible: true, InviteLimit: 5, Operators: []desk.UserID{desktest.Anna}, Position: 1,
	})
}

func labels(m telegramtest.Message) (out []string) {
	for _, row := range m.Keyboard {
		for _, b := range row {
			out = append(out, b.Text)
		}
	}
	return out
}

func button(t *testing.T, m telegramtest.Message, label string) string {
	t.Helper()
	for _, row := range m.Keyboard {
		for _, b := range row {
			if b.Text == label {
				return b.Data
			}
		}
	}
	t.Fatalf("there is no button %q, only %q", label, labels(m))
	return ""
}

func answered(t *testing.T, h *house, u *telegramtest.User, query string) string {
	t.Helper()
	var text string
	u.Until(h.bot, "the answer to a press", func([]telegramtest.Message) bool {
		var ok bool
		text, ok = u.Answered(h.bot, query)
		return ok
	})
	return text
}

// A topic chosen at the greeting opens the ticket; a late press is told so and changes nothing.
func TestTopicAtTheGreeting(t *testing.T) {
	h := open(t, topics)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "/start")
	hello := u.Await(h.bot, "Hello! Write to us here, and we will answer here too.\nPlease choose what it is about.")
	if got := labels(hello); !slices.Equal(got, []string{"Support", "Returns"}) {
		t.Fatalf("offered are %q", got)
	}
	answered(t, h, u, u.Press(h.bot, hello.ID, button(t, hello, "Returns")))
	u.Await(h.bot, "Thank you for writing. Please wait a moment, we will answer you soon.")
	if ticket := h.ticketOf(u); ticket.State != desk.Waiting || ticket.Queue != "returns" {
		t.Errorf("the ticket is %s in %s", ticket.State, ticket.Queue)
	}
	text := answered(t, h, u, u.Press(h.bot, hello.ID, button(t, hello, "Support")))
	if !strings.Contains(text, "already been passed on") || h.ticketOf(u).Queue != "returns" {
		t.Errorf("a late press is answered %q, and the ticket is in %s", text, h.ticketOf(u).Queue)
	}
}

// Who writes first is asked afterwards; what was chosen stands in the place of the buttons.
func TestTopicAfterTheFirstMessage(t *testing.T) {
	h := open(t, topics)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "I want to send it back")
	asked := u.Await(h.bot, "Please choose what it is about.")
	answered(t, h, u, u.Press(h.bot, asked.ID, button(t, asked, "Returns")))
	u.Until(h.bot, "the choice in the place of the question", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool {
			return m.ID == asked.ID && strings.Contains(m.Text, "Returns") && len(m.Keyboard) == 0
		})
	})
	if ticket := h.ticketOf(u); ticket.Queue != "returns" {
		t.Errorf("the ticket is in %q", ticket.Queue)
	}
}

// Who presses a topic when the time to choose is over is told so, at the greeting and at the question that is gone, and the ticket stays where it is.
func TestTopicAfterItsTime(t *testing.T) {
	h := open(t, quick, topics, func(h *house) { h.sites.Sites[0].ChooseTimeout = time.Second })
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "/start")
	hello := u.Await(h.bot, greeted+"\n"+askedTopic)
	u.Write(h.bot, "I want to send it back")
	asked := u.Await(h.bot, askedTopic)
	u.Await(h.bot, waits)
	u.Until(h.bot, "no question any more", func(all []telegramtest.Message) bool {
		return keyless(hello.ID)(all) && slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.ID == asked.ID && m.Deleted })
	})
	for name, query := range map[string]string{
		"at the greeting": u.Press(h.bot, hello.ID, button(t, hello, "Returns")), "at the question": u.PressOld(h.bot, asked.ID, button(t, asked, "Returns")),
	} {
		if text := answered(t, h, u, query); !strings.Contains(text, "already been passed on") {
			t.Errorf("a late press %s is answered %q", name, text)
		}
	}
	if ticket := h.ticketOf(u); ticket.Queue != desktest.Queue || ticket.State != desk.Waiting {
		t.Errorf("the ticket is %s in %s", ticket.State, ticket.Queue)
	}
}

func TestRating(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	h.say(room, "!close")
	end := u.Await(h.bot, "End of the conversation. How was it? Your rating helps us.")
	ticket := h.ticketOf(u)
	query := u.Press(h.bot, end.ID, end.Keyboard[0][3].Data)
	if text := answered(t, h, u, query); text != "Thank you for your rating!" {
		t.Errorf("the press is answered %q", text)
	}
	h.matrix.Post(t, "the stars", func(p desk.Post) bool { return strings.Contains(p.Text, "★4/5") })
	u.Until(h.bot, "four filled stars", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool {
			return m.ID == end.ID && slices.Equal(labels(m), []string{"★", "★", "★", "★", "☆"})
		})
	})
	ask := u.Await(h.bot, "Would you like to say a few words about it? Answer this message.")
	u.Reply(h.bot, ask.ID, "Quick and kind")
	h.matrix.Post(t, "the comment", func(p desk.Post) bool { return strings.Contains(p.Text, "★4/5\n> Quick and kind") })
	if now := h.ticketOf(u); now.ID != ticket.ID {
		t.Error("a comment opened a new ticket")
	}
	u.Write(h.bot, "One more thing")
	h.matrix.Post(t, "the next ticket's words", func(p desk.Post) bool { return p.Text == "One more thing" })
	if text := answered(t, h, u, u.Press(h.bot, end.ID, end.Keyboard[0][0].Data)); text == "" || text == "Thank you for your rating!" {
		t.Errorf("a press that is too late is answered %q", text)
	}
}

// What both sides do to messages is seen by the other.
func TestChanges(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	first := u.Write(h.bot, "Do you sell tea on Mondy?")
	h.matrix.Post(t, "the question", func(p desk.Post) bool { return strings.HasPrefix(p.Text, "Do you sell") })
	room := h.accept(u)
	u.Await(h.bot, "Anna Petrova is answering you.")
	u.Edit(h.bot, first, "Do you sell tea on Monday?")
	h.matrix.Post(t, "the edit", func(p desk.Post) bool { return !p.Replaces.None() && p.Text == "Do you sell tea on Monday?" })

	question := h.matrix.Post(t, "the question", func(p desk.Post) bool { return p.Replaces.None() && strings.HasPrefix(p.Text, "Do you sell") })
	asked := desk.EventID("$" + question.ID)
	event := h.sayAs(room, "We do, from eigt", func(m *desk.StaffMessage) { m.Relation, m.Relates = desk.InReply, asked })
	said := u.Await(h.bot, "We do, from eigt")
	if said.ReplyTo != first {
		t.Errorf("the answer is to message %d, want %d", said.ReplyTo, first)
	}
	h.decide(desk.StaffEdit{Room: room, Event: h.Event(), Sender: desktest.Anna, Replaces: event, Content: content.Message{Text: "We do, from eight"}, At: time.Now()})
	u.Await(h.bot, "We do, from eight")

	second := u.Reply(h.bot, said.ID, "And on Sunday?")
	h.matrix.Post(t, "the reply", func(p desk.Post) bool { return p.Text == "And on Sunday?" && p.Reply.Message != "" })
	u.Quote(h.bot, said.ID, "eight", "In the morning?")
	h.matrix.Post(t, "what is answered of it", func(p desk.Post) bool {
		return p.Text == "> eight\nIn the morning?" && p.HTML == "<blockquote>eight</blockquote>In the morning?" && p.Reply.Message != ""
	})
	u.React(h.bot, said.ID, "👍")
	thumb := h.matrix.Await(t, "the customer's reaction", func(e desk.Effect) bool {
		r, ok := e.(desk.React)
		return ok && r.Key == "👍" && r.As != desk.Bot
	}).(desk.React)
	u.React(h.bot, said.ID)
	h.matrix.Await(t, "the reaction taken back", func(e desk.Effect) bool {
		r, ok := e.(desk.Redact)
		return ok && r.Target.Row == thumb.ID
	})
	sunday := h.matrix.Post(t, "the second question", func(p desk.Post) bool { return p.Text == "And on Sunday?" })
	h.decide(desk.StaffReaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Relates: desk.EventID("$" + sunday.ID), Key: "👍"})
	u.Until(h.bot, "the operator's reaction", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.ID == second && slices.Contains(m.Reactions, "👍") })
	})
	h.decide(desk.StaffRedaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Redacts: event})
	u.Until(h.bot, "the deletion", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.ID == said.ID && m.Deleted })
	})
}

// Formatting goes both ways.
func TestFormatting(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "very bold", telegramtest.Entity{Type: "bold", Offset: 5, Length: 4})
	h.matrix.Post(t, "bold words", func(p desk.Post) bool { return p.Text == "very bold" && p.HTML == "very <b>bold</b>" })
	room := h.accept(u)
	h.sayAs(room, "only today", func(m *desk.StaffMessage) { m.Content.HTML = "only <em>today</em>" })
	m := u.Await(h.bot, "only today")
	if len(m.Entities) != 1 || m.Entities[0].Type != "italic" || m.Entities[0].Offset != 5 {
		t.Errorf("the answer has %+v", m.Entities)
	}
}

// Files go both ways, by their bytes.
func TestFiles(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	u.Send(h.bot, telegramtest.Media{Kind: "document", Name: "order.pdf", Type: "application/pdf", Data: []byte("%PDF-1.4 order")}, "My order")
	post := h.matrix.Post(t, "the document", func(p desk.Post) bool { return p.File != nil })
	if post.Text != "My order" || post.File.Name != "order.pdf" || post.File.Type != "application/pdf" {
		t.Errorf("the document is %q with %+v", post.Text, post.File)
	}
	body, size, err := h.service.OpenFile(t.Context(), desk.FileID(post.File.ID))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(body)
	if err != nil || body.Close() != nil || !bytes.Equal(data, []byte("%PDF-1.4 order")) || size != int64(len(data)) {
		t.Errorf("the bytes are %q of %d, %v", data, size, err)
	}
	room := h.accept(u)
	h.matrix.Put("mxc://test/bill", "a bill")
	h.sayAs(room, "", func(m *desk.StaffMessage) {
		m.Files = []desk.File{{Attachment: content.Attachment{ID: "bill", Name: "bill.txt", Type: "text/plain", Size: 6, Kind: content.File}, MXC: "mxc://test/bill"}}
	})
	u.Until(h.bot, "the bill", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool {
			return m.Media != nil && m.Media.Name == "bill.txt" && string(m.Media.Data) == "a bill"
		})
	})
	event := h.sayAs(room, "", func(m *desk.StaffMessage) {
		m.Files = []desk.File{{Attachment: content.Attachment{ID: "gone", Name: "gone.txt", Type: "text/plain", Size: 6, Kind: content.File}, MXC: "mxc://test/gone"}}
	})
	h.matrix.Post(t, "that a file could not be read", func(p desk.Post) bool { return p.Reply.Event == event && strings.Contains(p.Text, "gone.txt") })
}

// What Telegram keeps to itself, and what is no text, is said in words.
func TestInWords(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	u.SendHuge(h.bot, "film.mkv", 31<<20)
	h.matrix.Post(t, "that the file is too large", func(p desk.Post) bool { return strings.Contains(p.Text, "film.mkv (31 MB)") })
	u.SendLocation(h.bot, 55.75, 37.61)
	h.matrix.Post(t, "the place", func(p desk.Post) bool { return strings.Contains(p.Text, "mlat=55.75") })
	chat := map[string]any{"id": -100, "type": "channel", "title": "Tea news"}
	for _, c := range []struct {
		name string
		send func()
		want string
	}{
		{"venue", func() { u.SendVenue(h.bot, 55.75, 37.61, "Tea house", "Lane 1") }, "Place: Tea house, Lane 1\nhttps://www.openstreetmap.org/?mlat=55.750000&mlon=37.610000#map=16/55.750000/37.610000"},
		{"contact", func() { u.SendContact(h.bot, "+79009999999", "Olga", "Petrova") }, "Contact: Olga Petrova, +79009999999"},
		{"dice", func() { u.SendDice(h.bot, "🎯", 6) }, "🎯 6"},
		{"poll", func() { u.SendPoll(h.bot, "Which tea?", "black", "green") }, "Poll: Which tea?\n• black\n• green"},
		{"story", func() { u.SendRaw(h.bot, map[string]any{"story": map[string]any{"id": 1, "chat": chat}}) }, "The customer has sent something in Telegram that cannot be shown here."},
		{"hidden user", func() {
			u.Forward(h.bot, map[string]any{"type": "hidden_user", "sender_user_name": "Petr"}, "Good tea")
		}, "Forwarded from Petr:\nGood tea"},
		{"user", func() {
			u.Forward(h.bot, map[string]any{"type": "user", "sender_user": map[string]any{"id": 9, "is_bot": false, "first_name": "Olga", "last_name": "Petrova"}}, "Bad tea")
		}, "Forwarded from Olga Petrova:\nBad tea"},
		{"group", func() { u.Forward(h.bot, map[string]any{"type": "chat", "sender_chat": chat}, "Old tea") }, "Forwarded from Tea news:\nOld tea"},
		{"file", func() {
			u.SendRaw(h.bot, map[string]any{
				"document":       map[string]any{"file_id": "x", "file_unique_id": "y", "file_name": "tea.pdf", "mime_type": "application/pdf"},
				"forward_origin": map[string]any{"type": "hidden_user", "sender_user_name": "Ivan", "date": 1},
			})
		}, "Forwarded from Ivan:"},
		{"channel", func() {
			u.Forward(h.bot, map[string]any{"type": "channel", "chat": chat, "message_id": 1}, "New tea")
		}, "Forwarded from Tea news:\nNew tea"},
	} {
		c.send()
		h.matrix.Post(t, c.name, func(p desk.Post) bool { return p.Text == c.want })
	}
}

// A wrong token is told once, and is no end of the program.
func TestRevokedToken(t *testing.T) {
	h := open(t, func(h *house) { h.bot.Revoke() })
	h.matrix.Post(t, "the notice", func(p desk.Post) bool {
		return p.Room == desk.AdminRoom() && strings.Contains(p.Text, "Telegram bot shop of Shop does not work")
	})
	if _, err := telegram.Check(t.Context(), h.cfg.Bots[0], ""); !errors.Is(err, telegram.ErrToken) {
		t.Errorf("check says %v", err)
	}
}

func TestWebhook(t *testing.T) {
	var hooks http.Handler
	front := newFront(t, func(w http.ResponseWriter, r *http.Request) { hooks.ServeHTTP(w, r) })
	h := open(t, func(h *house) {
		h.cfg.PublicURL, h.cfg.Secret, h.cfg.Bots[0].Webhook = front, []byte("a secret of the gateway, long enough"), true
		hooks = http.NotFoundHandler()
	})
	hooks = h.service.Handler()
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "By webhook")
	h.matrix.Post(t, "the words", func(p desk.Post) bool { return p.Text == "By webhook" })
	for path, want := range map[string]int{"/telegram/shop": http.StatusForbidden, "/telegram/other": http.StatusNotFound} {
		resp, err := http.Post(front+path, "application/json", strings.NewReader(`{"update_id":1}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != want {
			t.Errorf("%s without the secret is answered %d, want %d, %v", path, resp.StatusCode, want, err)
		}
	}
}

// Webhooks come side by side: what is told of a new chat at the same time is one conversation.
func TestNewChatByManyWebhooks(t *testing.T) {
	const many = 8
	var hooks http.Handler
	secrets := make(chan string, 1)
	const header = "X-Telegram-Bot-Api-Secret-Token"
	front := newFront(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case secrets <- r.Header.Get(header):
		default:
		}
		hooks.ServeHTTP(w, r)
	})
	h := open(t, func(h *house) {
		h.cfg.PublicURL, h.cfg.Secret, h.cfg.Bots[0].Webhook = front, []byte("a secret of the gateway, long enough"), true
		hooks = http.NotFoundHandler()
	})
	hooks = h.service.Handler()
	h.server.User(7, "Ivan", "en").Write(h.bot, "By webhook")
	secret := <-secrets
	var posts errgroup.Group
	for i := range many {
		posts.Go(func() error {
			body := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"text":"word %d",
				"chat":{"id":8,"type":"private","first_name":"Olga"},"from":{"id":8,"first_name":"Olga"}}}`, 900_000_000+i, i+1, i)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front+"/telegram/shop", strings.NewReader(body))
			if err != nil {
				return err
			}
			r.Header.Set(header, secret)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				return err
			}
			if resp.StatusCode != http.StatusOK {
				err = fmt.Errorf("answered %s", resp.Status)
			}
			return errors.Join(err, resp.Body.Close())
		})
	}
	if err := posts.Wait(); err != nil {
		t.Fatal(err)
	}
	for i := range many {
		h.matrix.Post(t, "the words", func(p desk.Post) bool { return p.Text == fmt.Sprintf("word %d", i) })
	}
	h.read(func(tx journal.Tx) error {
		chat, err := tx.Chat("telegram:shop", "8")
		if err != nil {
			return err
		}
		all, err := tx.MessagesBefore(chat.Conversation, 0, 100)
		n := 0
		for _, m := range all {
			if m.Author == desk.FromCustomer {
				n++
			}
		}
		if n != many {
			t.Errorf("%d of %d messages are in the chat's conversation", n, many)
		}
		return err
	})
}

// An update told twice counts once.
func TestToldTwice(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	h.server.CutAfter("getUpdates", 1)
	u.Write(h.bot, "Once")
	h.matrix.Post(t, "the words", func(p desk.Post) bool { return p.Text == "Once" })
	h.Close()
	h.start()
	u.Write(h.bot, "Twice")
	h.matrix.Post(t, "the next words", func(p desk.Post) bool { return p.Text == "Twice" })
	c := h.chatOf(u)
	h.read(func(tx journal.Tx) error {
		all, err := tx.MessagesBefore(c.ID, 0, 100)
		n := 0
		for _, m := range all {
			if m.Content.Text == "Once" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("«Once» is there %d times", n)
		}
		return err
	})
}

// What was spoken into the chat is that on the other side too.
func TestVoice(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	u.SendVoice(h.bot, []byte("OggS spoken"), 4)
	post := h.matrix.Post(t, "the voice message", func(p desk.Post) bool { return p.File != nil })
	if !post.File.Voice || post.File.Duration != 4000 || post.File.Type != "audio/ogg" {
		t.Errorf("the voice message is %+v", post.File)
	}
	room := h.accept(u)
	h.matrix.Put("mxc://test/answer", "OggS answered")
	h.sayAs(room, "", func(m *desk.StaffMessage) {
		m.Files = []desk.File{{
			Attachment: content.Attachment{ID: "answer", Name: "answer.ogg", Type: "audio/ogg", Size: 13, Kind: content.Audio, Duration: 3000, Voice: true},
			MXC:        "mxc://test/answer",
		}}
	})
	u.Until(h.bot, "the spoken answer", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool {
			return m.Media != nil && m.FromBot && m.Media.Kind == "voice" && m.Media.Duration == 3 && string(m.Media.Data) == "OggS answered"
		})
	})
}
