package telegram_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

const unsupported = "The customer has sent something in Telegram that cannot be shown here."

// What cannot be shown is said to have come, whether the library knows it or not.
func TestUnsupported(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	for name, fields := range map[string]map[string]any{
		"invoice":   {"invoice": map[string]any{"title": "Tea", "description": "", "start_parameter": "", "currency": "EUR", "total_amount": 100}},
		"game":      {"game": map[string]any{"title": "Chess", "description": "", "photo": []any{}}},
		"paid":      {"paid_media": map[string]any{"star_count": 1, "paid_media": []any{map[string]any{"type": "preview"}}}},
		"checklist": {"checklist": map[string]any{"title": "To do", "tasks": []any{}}},
		"gift":      {"gift": map[string]any{"gift": map[string]any{"id": "1", "star_count": 1}}},
		"story":     {"story": map[string]any{"chat": map[string]any{"id": 5, "type": "private"}, "id": 1}},
		"unknown":   {"hologram": map[string]any{"depth": 3}},
		"new union": {"paid_media": map[string]any{"star_count": 1, "paid_media": []any{map[string]any{"type": "hologram"}}}},
		"bare":      {"sticker": map[string]any{"file_id": "x", "file_unique_id": "y", "type": "regular", "width": 1, "height": 1, "is_animated": true, "is_video": false}},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(slices.DeleteFunc(h.matrix.Texts(), func(s string) bool { return s != unsupported }))
			u.SendRaw(h.bot, fields)
			h.until("it is said", func() bool {
				return len(slices.DeleteFunc(h.matrix.Texts(), func(s string) bool { return s != unsupported })) > before
			})
		})
	}
	u.SendRaw(h.bot, map[string]any{"pinned_message": map[string]any{"chat": map[string]any{"id": 7, "type": "private"}, "message_id": 1, "date": 0}})
	u.Write(h.bot, "That is all")
	h.matrix.Post(t, "what follows", func(p desk.Post) bool { return p.Text == "That is all" })
	if n := len(slices.DeleteFunc(h.matrix.Texts(), func(s string) bool { return s != unsupported })); n != 9 {
		t.Errorf("%d things are said to be there", n)
	}
}

// What Telegram has added to its types since the library was written costs no message.
func TestNewVariants(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	u.Forward(h.bot, map[string]any{"type": "hologram"}, "Look at this")
	h.matrix.Post(t, "the forwarded words", func(p desk.Post) bool { return p.Text == "Look at this\n"+unsupported })
	u.Forward(h.bot, map[string]any{"type": "hidden_user", "sender_user_name": "Olga"}, "")
	u.SendRaw(h.bot, map[string]any{"text": "And this?", "reply_to_story": map[string]any{"chat": map[string]any{"id": 5, "type": "private"}, "id": 1}})
	h.matrix.Post(t, "what answers a story", func(p desk.Post) bool { return p.Text == "In answer to a story:\nAnd this?" })
	u.SendRaw(h.bot, map[string]any{"text": "And that?", "external_reply": map[string]any{
		"origin": map[string]any{"type": "hidden_user", "date": 1, "sender_user_name": "Olga"},
	}})
	h.matrix.Post(t, "what answers elsewhere", func(p desk.Post) bool { return p.Text == "In answer to a message of Olga elsewhere:\nAnd that?" })
	h.bot.PushRaw("my_chat_member", map[string]any{
		"chat": map[string]any{"id": 7, "type": "private"}, "from": map[string]any{"id": 7, "first_name": "Ivan"}, "date": 1,
		"old_chat_member": map[string]any{"status": "hologram"}, "new_chat_member": map[string]any{"status": "hologram"},
	})
	room := h.accept(u)
	h.say(room, "Good morning")
	m := u.Await(h.bot, "Good morning")
	u.ReactRaw(h.bot, m.ID, map[string]any{"type": "paid"}, map[string]any{"type": "custom_emoji", "custom_emoji_id": "1"}, map[string]any{"type": "hologram"})
	for _, key := range []string{"⭐", "✨"} {
		h.matrix.Await(t, key, func(e desk.Effect) bool { r, ok := e.(desk.React); return ok && r.Key == key })
	}
}

// push brings the house by webhook what Telegram would not, as often as said: it has to be taken.
func (h *house) push(raw string, times int) {
	h.t.Helper()
	h.asked("setWebhook", 1)
	for range times {
		r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.cfg.PublicURL+"/telegram/shop", strings.NewReader(raw))
		if err != nil {
			h.t.Fatal(err)
		}
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.server.Calls("setWebhook")[0].Values["secret_token"])
		resp, err := http.DefaultClient.Do(r)
		if err != nil || resp.StatusCode != http.StatusOK || resp.Body.Close() != nil {
			h.t.Fatalf("the update is answered %+v, %v: Telegram brings it for ever", resp, err)
		}
	}
}

// An update that cannot be read, or has no id, holds up none of the others, and is told of once: with whose it is, as far as it says so, and in
// the room of who has one.
func TestUnreadableUpdates(t *testing.T) {
	const message = `"message":{"message_id":1,"date":1,"text":"x","chat":{"id":%d,"type":"private"},"from":{"id":%[1]d,"first_name":"Olga"}}`
	for name, c := range map[string]struct {
		raw   string
		told  string // in the administrators' room; empty: in that of Ivan
		begin bool   // Ivan has written
	}{
		"no id, somebody new":     {"{" + fmt.Sprintf(message, 8) + "}", "An event (telegram:shop:8) could not be worked", false},
		"no id, somebody greeted": {"{" + fmt.Sprintf(message, 7) + "}", "An event (telegram:shop, Ivan) could not be worked", false},
		"no id, somebody known":   {"{" + fmt.Sprintf(message, 7) + "}", "", true},
		"no number":               {`{"update_id":"one",` + fmt.Sprintf(message, 7) + "}", "", true},
		"a group":                 {`{"message":{"message_id":1,"date":1,"text":"x","chat":{"id":-5,"type":"group"},"from":{"id":7,"first_name":"Ivan"}}}`, "An event (telegram:shop) could not be worked", true},
		"no object":               {`"update"`, "An event (telegram:shop) could not be worked", false},
		"nothing in it":           {`{"update_id":"one"}`, "An event (telegram:shop) could not be worked", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := byWebhook(t, quick)
			u := h.server.User(7, "Ivan", "en")
			room := desk.AdminRoom()
			if c.begin {
				h.begin(u, "Good morning")
			} else {
				u.Write(h.bot, "/start")
				u.Await(h.bot, greeted)
			}
			if c.told == "" {
				room, c.told = desk.PortalRoom(h.chatOf(u).Portal), "An event (telegram:shop) could not be worked"
			}
			h.push(c.raw, 2)
			h.matrix.Post(t, "the notice", func(p desk.Post) bool { return p.Room == room && strings.HasPrefix(p.Text, c.told) })
			u.Write(h.bot, "Hello?")
			h.matrix.Post(t, "what follows", func(p desk.Post) bool { return p.Text == "Hello?" })
			told := slices.DeleteFunc(h.matrix.Texts(), func(text string) bool { return !strings.Contains(text, "could not be worked") })
			if len(told) != 1 {
				t.Errorf("told is %q", told)
			}
			h.read(func(tx journal.Tx) error {
				if _, err := tx.Chat("telegram:shop", "8"); !errors.Is(err, desk.ErrNotFound) {
					t.Errorf("what cannot be read has made a chat: %v", err)
				}
				return nil
			})
		})
	}
}

// Groups, channels and other bots are no customers: the bot leaves, and opens nothing.
func TestGroupsAndBots(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	u.AddToGroup(h.bot, -1001, "Hello, bot")
	h.until("the bot has left", func() bool { return !h.bot.IsIn(-1001) })
	h.bot.PushRaw("message", map[string]any{
		"message_id": 1, "date": 1, "text": "I am a bot", "chat": map[string]any{"id": 9, "type": "private"},
		"from": map[string]any{"id": 9, "is_bot": true, "first_name": "Robot"},
	})
	h.bot.PushRaw("message", map[string]any{
		"message_id": 2, "date": 1, "text": "News", "chat": map[string]any{"id": -1002, "type": "channel"}, "sender_chat": map[string]any{"id": -1002, "type": "channel"},
	})
	u.Write(h.bot, "Hello?")
	h.matrix.Post(t, "the customer", func(p desk.Post) bool { return p.Text == "Hello?" })
	for _, text := range h.matrix.Texts() {
		if text == "Hello, bot" || text == "I am a bot" || text == "News" {
			t.Errorf("the staff hears %q", text)
		}
	}
}

// A press that nobody was offered, or whose message Telegram does not show any more, is answered and does what it may.
func TestOddPresses(t *testing.T) {
	h := open(t, quick, topics)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "/start")
	hello := u.Await(h.bot, greeted+"\n"+askedTopic)
	for _, data := range []string{"", "t", "tnowhere", "t" + strings.Repeat("x", 200), "r:", "rnobody:5", "rnobody:99999999999999999999", "c", "x", "\x00"} {
		answered(t, h, u, u.Forge(h.bot, hello.ID, data))
		answered(t, h, u, u.Forge(h.bot, 123456, data))
	}
	if c := h.chatOf(u); c.Ticket != "" {
		t.Error("a forged press opened a ticket")
	}
	if text := answered(t, h, u, u.PressOld(h.bot, hello.ID, button(t, hello, "Returns"))); text != "" {
		t.Errorf("the press is answered %q", text)
	}
	u.Await(h.bot, waits)
	if ticket := h.ticketOf(u); ticket.Queue != "returns" {
		t.Errorf("the ticket is in %q", ticket.Queue)
	}
}

// keyless reports whether a message has no buttons any more.
func keyless(id int) func([]telegramtest.Message) bool {
	return func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.ID == id && len(m.Keyboard) == 0 })
	}
}

// The topics at a greeting go when there is nothing to choose any more, whoever has ended that: a press, a press elsewhere, the time, or a
// greeting that offers them anew.
func TestKeysOfTheGreetingGo(t *testing.T) {
	h := open(t, quick, topics, func(h *house) { h.sites.Sites[0].ChooseTimeout = time.Second })
	say := func(name string, id int64) (*telegramtest.User, telegramtest.Message) {
		u := h.server.User(id, name, "en")
		u.Write(h.bot, "/start")
		return u, u.Await(h.bot, greeted+"\n"+askedTopic)
	}
	u, hello := say("Press", 7)
	answered(t, h, u, u.Press(h.bot, hello.ID, button(t, hello, "Returns")))
	u.Until(h.bot, "no buttons", keyless(hello.ID))
	u, hello = say("Time", 8)
	u.Write(h.bot, "Hello?")
	u.Await(h.bot, waits)
	u.Until(h.bot, "no buttons", keyless(hello.ID))
	u, hello = say("Anew", 9)
	h.until("the greeting is marked", func() (marked bool) {
		h.read(func(tx journal.Tx) error {
			chat, err := tx.Chat("telegram:shop", fmt.Sprint(u.ID))
			marked = err == nil && chat.Offer != ""
			return err
		})
		return marked
	})
	u.Write(h.bot, "/start")
	u.Until(h.bot, "no buttons at the first", keyless(hello.ID))
	u.Until(h.bot, "buttons at the second", func(all []telegramtest.Message) bool {
		return len(all) == 4 && len(all[3].Keyboard) > 0
	})
}

// What is typed behind /start is said; what the link to the bot carries along is not.
func TestWordsBehindStart(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "/start from-the_Site1")
	u.Await(h.bot, greeted)
	for _, text := range []string{"/start where is my parcel?", "/start Привет", "/started"} {
		u.Write(h.bot, text)
		h.matrix.Post(t, text, func(p desk.Post) bool { return p.Text == text })
	}
	for _, text := range h.matrix.Texts() {
		if strings.Contains(text, "from-the_Site1") {
			t.Errorf("the staff reads %q", text)
		}
	}
}

// An edit of what was no message of the desk's before is what it says now.
func TestEditsOfOtherThings(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	start := u.Write(h.bot, "/start")
	u.Await(h.bot, greeted)
	u.Edit(h.bot, start, "Do you sell tea?")
	h.matrix.Post(t, "what was /start", func(p desk.Post) bool { return p.Text == "Do you sell tea?" })
	room := h.accept(u)
	h.say(room, "!close")
	end := u.Await(h.bot, "End of the conversation. How was it? Your rating helps us.")
	answered(t, h, u, u.Press(h.bot, end.ID, end.Keyboard[0][4].Data))
	asked := u.Await(h.bot, "Would you like to say a few words about it? Answer this message.")
	u.Reply(h.bot, asked.ID, "Grate")
	comment := u.Chat(h.bot)[len(u.Chat(h.bot))-1].ID
	h.matrix.Post(t, "the comment", func(p desk.Post) bool { return strings.Contains(p.Text, "Grate") })
	u.Edit(h.bot, comment, "Great")
	h.matrix.Post(t, "the comment as it is now", func(p desk.Post) bool { return strings.Contains(p.Text, "Great") })
	answered(t, h, u, u.Press(h.bot, end.ID, end.Keyboard[0][3].Data))
	h.matrix.Post(t, "the other rating", func(p desk.Post) bool { return strings.Contains(p.Text, "★4/5") && strings.Contains(p.Text, "Great") })
	if n := strings.Count(telegramtest.Transcript(u.Chat(h.bot)), "Would you like to say"); n != 1 {
		t.Errorf("a comment is asked for %d times", n)
	}
}

// What the customer thinks of the desk's own words is left out.
func TestReactionToTheDesksWords(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "Hello?")
	u.React(h.bot, u.Await(h.bot, waits).ID, "👍")
	u.Write(h.bot, "Well?")
	h.matrix.Post(t, "what follows", func(p desk.Post) bool { return p.Text == "Well?" })
	c := h.chatOf(u)
	h.read(func(tx journal.Tx) error {
		all, err := tx.MessagesBefore(c.ID, 0, 100)
		for _, m := range all {
			if len(m.Reactions) > 0 {
				t.Errorf("%q has the reactions %+v", m.Content.Text, m.Reactions)
			}
		}
		return err
	})
}

// Of several reactions of the staff Telegram shows one; the others are told.
func TestSeveralReactionsOfTheStaff(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	h.begin(u, "Hello?")
	asked := h.matrix.Post(t, "the question", func(p desk.Post) bool { return p.Text == "Hello?" })
	event := desk.EventID("$" + asked.ID)
	room := desk.PortalRoom(h.chatOf(u).Portal)
	for _, key := range []string{"👍", "🎉"} {
		h.decide(desk.StaffReaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Relates: event, Key: key})
	}
	h.answerTo(event, "The customer does not see the reaction: the messenger shows one of our reactions only, 🎉, not 👍.")
	if got := u.Chat(h.bot)[0].Reactions; !slices.Equal(got, []string{"🎉"}) {
		t.Errorf("the customer sees %q", got)
	}
}

// Who may not write is told so by the answer to /start, not invited to write.
func TestStartOfWhoMayNotWrite(t *testing.T) {
	h := open(t, quick, terms)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "Hello?")
	agree(t, h, u, consentAsked)
	u.Await(h.bot, waits)
	room := h.accept(u)
	h.say(room, "!block yes spam")
	u.Until(h.bot, "the end", func(all []telegramtest.Message) bool { return len(all) > 4 })
	h.sites.Sites[0].Consent.Version = "2026-02" // nor is who has to agree anew
	h.decide(h.sites)
	u.Write(h.bot, "/start")
	u.Await(h.bot, "We are sorry, but you cannot write to us here any more.")
	u.Write(h.bot, "Hello?")
	h.until("everything was taken", func() bool { return h.bot.Pending() == 0 })
	if got := telegramtest.Transcript(u.Chat(h.bot)); strings.Contains(got, "Write to us here") || strings.Count(got, "Before we read") != 1 {
		t.Errorf("the chat is\n%s", got)
	}
}

// A customer who has not agreed is asked again when the first question is long ago, and what waits is said in its order once nothing needs to be
// agreed to any more.
func TestConsentAskedAgainAndNotNeededAnyMore(t *testing.T) {
	late := time.Duration(0)
	h := open(t, quick, terms, func(h *house) { h.cfg.Now = func() time.Time { return time.Now().Add(late) } })
	u := h.server.User(7, "Ivan", "en")
	questions := func() int { return strings.Count(telegramtest.Transcript(u.Chat(h.bot)), "Before we read") }
	u.Write(h.bot, "One")
	u.Await(h.bot, consentAsked)
	first := u.Chat(h.bot)[1].ID
	u.Write(h.bot, "Two")
	h.until("everything was taken", func() bool { return h.bot.Pending() == 0 })
	h.Close()
	late = 11 * time.Minute
	h.start()
	u.Write(h.bot, "Three")
	h.until("asked again", func() bool { return questions() == 2 })
	u.Until(h.bot, "no button at the first question", keyless(first))
	h.sites.Sites[0].Consent = desk.ConsentRule{}
	h.decide(h.sites)
	u.Write(h.bot, "Four")
	h.matrix.Post(t, "the last words", func(p desk.Post) bool { return p.Text == "Four" })
	got := slices.DeleteFunc(h.said(u), func(s string) bool { return strings.Contains(s, "wait a moment") })
	if !slices.Equal(got, []string{"One", "Two", "Three", "Four"}) {
		t.Errorf("the room shows %q", got)
	}
}

// A long answer to a press does not keep its buttons there.
func TestAnswerToAPressIsClipped(t *testing.T) {
	h := open(t, quick, topics, func(h *house) {
		h.sites.Sites[0].Texts = map[string]map[string]string{"en": {"customer.blocked": strings.Repeat("so sorry ", 40)}}
	})
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "/start")
	hello := u.Await(h.bot, greeted+"\n"+askedTopic)
	h.server.Fail("answerCallbackQuery", 1, http.StatusBadRequest, 0)
	u.Press(h.bot, hello.ID, button(t, hello, "Returns"))
	u.Until(h.bot, "no buttons", keyless(hello.ID))
	room := h.accept(u)
	h.say(room, "!block yes spam")
	u.Until(h.bot, "the end", func(all []telegramtest.Message) bool { return len(all) > 4 })
	if text := answered(t, h, u, u.Press(h.bot, hello.ID, button(t, hello, "Support"))); !strings.HasSuffix(text, "…") || len([]rune(text)) != 200 {
		t.Errorf("the press is answered %q", text)
	}
}

// An answer to what is none of the log waits for the mark at what is on its way, but not for long: it is taken without.
func TestAnswerDuringALongUpload(t *testing.T) {
	media := &unsteady{}
	h := open(t, quick, func(h *house) { media.Matrix, h.media = h.matrix, media })
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	u.Write(h.bot, "/start")
	hello := u.Await(h.bot, greeted)
	uploaded := make(chan struct{})
	media.answer = func(string) (*http.Response, error) {
		<-uploaded
		return nil, nil
	}
	defer close(uploaded)
	h.sayAs(room, "", func(m *desk.StaffMessage) {
		m.Files = h.gallery(content.Attachment{Name: "bill.pdf", Type: "application/pdf"})
	})
	h.until("the bill is on its way", func() (sending bool) {
		h.read(func(tx journal.Tx) (err error) {
			sending, err = tx.IsSending("telegram:shop", fmt.Sprint(u.ID))
			return err
		})
		return sending
	})
	u.Reply(h.bot, hello.ID, "What do you mean?")
	h.matrix.Post(t, "the answer", func(p desk.Post) bool { return p.Text == "What do you mean?" })
	if n := h.admins(""); n != 0 {
		t.Errorf("the administrators are told %d things", n)
	}
}
