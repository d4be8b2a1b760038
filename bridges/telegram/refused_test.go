package telegram_test

import (
	"io"
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

// answerTo waits for what the bot says in a room in answer to an event.
func (h *house) answerTo(event desk.EventID, words string) {
	h.t.Helper()
	h.matrix.Post(h.t, words, func(p desk.Post) bool {
		return p.As == desk.Bot && p.Reply.Event == event && strings.Contains(p.Text, words)
	})
}

// What Telegram refuses is said in the room, at the message, with the reason.
func TestRefused(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	said := h.say(room, "We sell tee")
	u.Await(h.bot, "We sell tee")

	h.server.Refuse("editMessageText", 1, http.StatusBadRequest, "Bad Request: message can't be edited")
	h.decide(desk.StaffEdit{Room: room, Event: h.Event(), Sender: desktest.Anna, Replaces: said, Content: content.Message{Text: "We sell tea"}, At: time.Now()})
	h.answerTo(said, "The customer still sees the earlier words: the messenger lets bots change a message for a short time only")

	h.decide(desk.StaffReaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Relates: said, Key: "🫖"})
	h.answerTo(said, "The customer does not see the reaction: the messenger knows no such reaction: 🫖")

	h.server.Refuse("deleteMessage", 1, http.StatusBadRequest, "Bad Request: message can't be deleted for everyone")
	h.decide(desk.StaffRedaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Redacts: said})
	h.matrix.Post(t, "that it is still there", func(p desk.Post) bool {
		return strings.Contains(p.Text, "The customer still sees the message: the messenger lets bots change a message for a short time only")
	})

	huge := content.Attachment{Name: "film.mkv", Type: "video/x-matroska", Kind: content.File, Size: 51 << 20}
	event := h.sayAs(room, "", func(m *desk.StaffMessage) { m.Files = []desk.File{{Attachment: huge, MXC: "mxc://desk.example/film"}} })
	h.answerTo(event, "no files larger than 50 MB")

	h.server.Refuse("sendMessage", 1, http.StatusBadRequest, "Bad Request: some new rule")
	h.answerTo(h.say(room, "Against the rule"), "the messenger did not take it: some new rule")

	u.Deactivate()
	h.answerTo(h.say(room, "Are you there?"), "the customer's account or chat does not exist any more")
	for _, words := range u.Texts(h.bot) {
		if words == "Against the rule" || words == "Are you there?" {
			t.Errorf("the customer got %q", words)
		}
	}
}

// A file whose size Telegram was not told in time is refused by it, and said so; nothing of it is in doubt.
func TestTooLargeForTelegram(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	h.server.Refuse("sendDocument", 1, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	h.matrix.Put("mxc://desk.example/film", "bytes")
	film := content.Attachment{Name: "film.mkv", Type: "video/x-matroska", Kind: content.File}
	h.answerTo(h.sayAs(room, "", func(m *desk.StaffMessage) { m.Files = []desk.File{{Attachment: film, MXC: "mxc://desk.example/film"}} }), "no files larger than 50 MB")
}

// What may be done twice is done again after an error; what may not is shown, however Telegram's server fails.
func TestServerErrors(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	h.server.Fail("getUpdates", 2, http.StatusBadGateway, 0)
	first := u.Write(h.bot, "Hello?")
	asked := h.matrix.Post(t, "the question", func(p desk.Post) bool { return p.Text == "Hello?" })
	room := h.accept(u)
	u.Await(h.bot, "Anna Petrova is answering you.")
	said := h.say(room, "We sell tee")
	message := u.Await(h.bot, "We sell tee")

	h.server.Fail("editMessageText", 2, http.StatusInternalServerError, 0)
	h.decide(desk.StaffEdit{Room: room, Event: h.Event(), Sender: desktest.Anna, Replaces: said, Content: content.Message{Text: "We sell tea"}, At: time.Now()})
	u.Await(h.bot, "We sell tea")
	h.server.FailAfter("setMessageReaction", 2, http.StatusBadGateway)
	h.decide(desk.StaffReaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Relates: desk.EventID("$" + asked.ID), Key: "👍"})
	u.Until(h.bot, "the reaction", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.ID == first && slices.Contains(m.Reactions, "👍") })
	})
	h.server.FailAfter("deleteMessage", 1, http.StatusGatewayTimeout)
	h.decide(desk.StaffRedaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Redacts: said})
	u.Until(h.bot, "the deletion", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.ID == message.ID && m.Deleted })
	})

	h.server.FailAfter("sendMessage", 1, http.StatusBadGateway)
	event := h.say(room, "It costs 10 euros")
	h.answerTo(event, "nobody knows whether the customer got it")
	h.say(room, "Anything else?")
	u.Await(h.bot, "Anything else?")
	if n := strings.Count(telegramtest.Transcript(u.Chat(h.bot)), "It costs 10 euros"); n != 1 {
		t.Errorf("the message in doubt is there %d times", n)
	}
	for _, p := range h.matrix.Posts() {
		if strings.Contains(p.Text, "the messenger did not") {
			t.Errorf("told is %q", p.Text)
		}
	}
}

// A greeting and a request for a comment are said in the end, whatever happened when they were to be said.
func TestPromptsAreNotLost(t *testing.T) {
	h := open(t, quick, topics)
	u := h.server.User(7, "Ivan", "en")
	h.server.Cut("sendMessage", 1)
	u.Write(h.bot, "/start")
	hello := u.Await(h.bot, greeted+"\n"+askedTopic)
	answered(t, h, u, u.Press(h.bot, hello.ID, button(t, hello, "Support")))
	u.Await(h.bot, waits)
	room := h.accept(u)
	h.say(room, "!close")
	end := u.Await(h.bot, "End of the conversation. How was it? Your rating helps us.")
	h.server.Fail("sendMessage", 1, http.StatusTooManyRequests, 1)
	h.server.Cut("sendMessage", 1)
	answered(t, h, u, u.Press(h.bot, end.ID, end.Keyboard[0][4].Data))
	h.Close()
	h.start()
	u.Await(h.bot, "Would you like to say a few words about it? Answer this message.")
}

// A file that Telegram does not give now is waited for; one it will never give, or that customers may not send, is named with the reason. What
// a file is, is found by its bytes.
func TestFilesAreExamined(t *testing.T) {
	h := open(t, quick, func(h *house) { h.cfg.FileMax, h.cfg.Types = 1<<20, []string{"image/*", "text/plain"} })
	u := h.server.User(7, "Ivan", "en")
	send := func(name, mime, body string) desk.FileID {
		u.SendDocument(h.bot, name, mime, []byte(body), "")
		return desk.FileID(h.matrix.Post(t, name, func(p desk.Post) bool { return p.File != nil && p.File.Name == name }).File.ID)
	}
	fetch := func(id desk.FileID) error {
		body, _, err := h.service.OpenFile(t.Context(), id)
		if err == nil {
			_, err = io.Copy(io.Discard, body)
			_ = body.Close()
		}
		return err
	}
	page := send("page.png", "image/png", "<html><script>alert(1)</script>")
	if err := fetch(page); !journal.IsPermanent(err) || err.Error() != "customers may not send files of the type text/html here." {
		t.Errorf("a page that is called a picture: %v", err)
	}
	id := send("photo.pdf", "application/pdf", picture(t, 30, 20))
	for status, script := range map[string]func(){
		"502": func() { h.server.Fail("getFile", 1, http.StatusBadGateway, 0) },
		"429": func() { h.server.Fail("getFile", 1, http.StatusTooManyRequests, 17) },
		"cut": func() { h.server.Cut("getFile", 1) },
		"503": func() { h.server.Fail("download", 1, http.StatusServiceUnavailable, 0) },
	} {
		script()
		after, waits := journal.RetryTime(fetch(id))
		if !waits || after < 10*time.Second || status == "429" && after != 17*time.Second {
			t.Errorf("after %s it is asked for again in %v, %v", status, after, waits)
		}
	}
	h.server.Refuse("getFile", 1, http.StatusBadRequest, "Bad Request: file is too big")
	if err := fetch(id); !journal.IsPermanent(err) || !strings.Contains(err.Error(), "larger than 20 MB") {
		t.Errorf("too big: %v", err)
	}
	h.server.Refuse("getFile", 1, http.StatusBadRequest, "Bad Request: wrong file_id")
	if err := fetch(id); !journal.IsPermanent(err) || err.Error() != "Telegram does not give it: Bad Request: wrong file_id." {
		t.Errorf("wrong id: %v", err)
	}
	if err := fetch(id); err != nil {
		t.Fatal(err)
	}
	h.read(func(tx journal.Tx) error {
		f, err := tx.File(id)
		if err == nil && (f.Type != "image/png" || f.Kind != content.Image || f.Width != 30 || f.Height != 20 || f.Name != "photo.pdf") {
			t.Errorf("the record says %+v", f.Attachment)
		}
		return err
	})
	u.SendHuge(h.bot, "film.mkv", 3<<20)
	h.matrix.Post(t, "why it is not there", func(p desk.Post) bool {
		return p.Text == "The file film.mkv of the customer is not to be had here: it has 3 MB, and customers may send 1 MB at most."
	})
}
