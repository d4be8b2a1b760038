package telegram_test

import (
	"net/http"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

// Without a word of the configuration a chat gets a message a second, which is what Telegram asks of bots.
func TestUsualLimits(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	for _, text := range []string{"One", "Two", "Three"} {
		h.say(room, text)
	}
	u.Await(h.bot, "Three")
	var begun []time.Time // with the sending of each
	c := h.chatOf(u)
	h.read(func(tx journal.Tx) error {
		all, err := tx.MessagesBefore(c.ID, 0, 100)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.Author == desk.FromCustomer {
				continue
			}
			parts, err := tx.RemotesOf(m.ID)
			if err != nil {
				return err
			}
			for _, p := range parts {
				begun = append(begun, p.At)
			}
		}
		return nil
	})
	if len(begun) < 5 { // to wait, who answers, and the three
		t.Fatalf("%d messages were sent", len(begun))
	}
	for i := range begun[1:] {
		if gap := begun[i+1].Sub(begun[i]).Abs(); gap < time.Second/2 { // what is noted may be late
			t.Errorf("message %d was sent %s beside another one", i, gap)
		}
	}
}

// Who is told by Telegram to wait does so as long as told, whatever was to be done.
func TestWaitsAsTold(t *testing.T) {
	h := open(t, quick, topics)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "/start")
	hello := u.Await(h.bot, greeted+"\n"+askedTopic)
	h.server.Fail("answerCallbackQuery", 1, http.StatusTooManyRequests, 1)
	answered(t, h, u, u.Press(h.bot, hello.ID, button(t, hello, "Returns")))
	u.Await(h.bot, waits)
	room := h.accept(u)
	u.Await(h.bot, "Anna Petrova is answering you.")
	h.server.Fail("sendMessage", 1, http.StatusTooManyRequests, 1)
	said := h.say(room, "Good morning")
	sent := u.Await(h.bot, "Good morning")
	h.server.Fail("deleteMessage", 1, http.StatusTooManyRequests, 1)
	h.decide(desk.StaffRedaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Redacts: said})
	h.until("it is deleted", func() bool {
		for _, m := range u.Chat(h.bot) {
			if m.ID == sent.ID && m.Deleted {
				return true
			}
		}
		return false
	})
	for _, method := range []string{"answerCallbackQuery", "sendMessage", "deleteMessage"} {
		calls := h.server.Calls(method)
		last := calls[len(calls)-2:]
		if waited := last[1].At.Sub(last[0].At); waited < time.Second {
			t.Errorf("%s was asked again after %s", method, waited)
		}
	}
}
