package telegram_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

func TestStartGreetsInTheUsersLanguage(t *testing.T) {
	h := open(t)
	for id, test := range map[int64]struct{ lang, want string }{
		1: {"ru", "Здравствуйте! Напишите нам сюда, и мы здесь же Вам ответим."},
		2: {"en-GB", "Hello! Write to us here, and we will answer here too."},
		3: {"", "Hello! Write to us here, and we will answer here too."},
	} {
		u := h.server.User(id, "Ivan", test.lang)
		u.Write(h.bot, "/start")
		if m := u.Await(h.bot, test.want); len(m.Keyboard) > 0 {
			t.Errorf("%q is offered %v, though there is nothing to choose", test.lang, m.Keyboard)
		}
		if c := h.chatOf(u); c.Ticket != "" || c.Channel != "telegram" {
			t.Errorf("greeted %q has ticket %q in channel %q", test.lang, c.Ticket, c.Channel)
		}
	}
}

// Outside of office hours another text asks to wait; the key that shares the phone number comes with it as well.
func TestOutsideOfOfficeHours(t *testing.T) {
	h := open(t, quick, func(h *house) {
		day := strings.ToLower(time.Now().AddDate(0, 0, 3).Weekday().String()[:3])
		if !h.sites.Sites[0].Schedule.SetWeek(day + " 09:00-18:00") {
			t.Fatalf("there is no day %s", day)
		}
	})
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "Hello?")
	u.Await(h.bot, "Thank you for writing! Our office is closed right now, we will answer as soon as we are back.")
	if keys := u.Keys(h.bot); len(keys) != 1 || !keys[0][0].Contact {
		t.Errorf("keys %+v", keys)
	}
}

// A word of the customer's and an answer go the whole way.
func TestTalk(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan Ivanov", "en")
	u.Write(h.bot, "Do you sell tea?")
	asked := h.matrix.Post(t, "the question", func(p desk.Post) bool { return p.Text == "Do you sell tea?" })
	if asked.As != desk.Puppet(h.ticketOf(u).Customer) {
		t.Errorf("the question is said by %q", asked.As)
	}
	u.Await(h.bot, "Thank you for writing. Please wait a moment, we will answer you soon.")
	room := h.accept(u)
	u.Await(h.bot, "Anna Petrova is answering you.")
	h.say(room, "We do, black and green.")
	h.say(room, "Which one?")
	u.Until(h.bot, "both answers in order", func(all []telegramtest.Message) bool {
		texts := telegramtest.Transcript(all)
		first, second := strings.Index(texts, "We do, black and green."), strings.Index(texts, "Which one?")
		return first >= 0 && second > first
	})
	h.read(func(tx journal.Tx) error {
		c, err := tx.Customer(h.ticketOf(u).Customer)
		if err == nil && c.Name != "Ivan Ivanov" {
			t.Errorf("the customer is called %q", c.Name)
		}
		return err
	})
}

// What was stored and not sent when the program died is sent by the next one, and what came meanwhile is not lost.
func TestRestart(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	h.server.Fail("sendMessage", 1, 429, 2)
	h.say(room, "Wait a second")
	h.Close()
	u.Write(h.bot, "Are you there?")
	h.start()
	h.matrix.Post(t, "what was written meanwhile", func(p desk.Post) bool { return p.Text == "Are you there?" })
	u.Await(h.bot, "Wait a second")
	h.say(room, "I am")
	u.Await(h.bot, "I am")
	count := 0
	for _, text := range u.Texts(h.bot) {
		if text == "Wait a second" {
			count++
		}
	}
	if count != 1 {
		t.Errorf("«Wait a second» came %d times", count)
	}
}

// What was asked before the program died is answered by the next one: a topic, stars.
func TestPressesAcrossARestart(t *testing.T) {
	h := open(t, quick, topics)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "I want to send it back")
	asked := u.Await(h.bot, askedTopic)
	h.Close()
	choice := u.Press(h.bot, asked.ID, button(t, asked, "Returns"))
	h.start()
	answered(t, h, u, choice)
	u.Await(h.bot, waits)
	if ticket := h.ticketOf(u); ticket.Queue != "returns" || ticket.State != desk.Waiting {
		t.Errorf("the ticket is %s in %q", ticket.State, ticket.Queue)
	}
	h.say(desk.LobbyRoom("returns"), "!accept 1")
	room := desk.PortalRoom(h.chatOf(u).Portal)
	h.decide(desk.MemberChanged{Room: room, Event: h.Event(), User: desktest.Anna, Sender: desktest.Anna, Membership: "join", Previous: "invite"})
	h.say(room, "!close")
	end := u.Await(h.bot, "End of the conversation. How was it? Your rating helps us.")
	h.Close()
	stars := u.Press(h.bot, end.ID, end.Keyboard[0][2].Data)
	h.start()
	if text := answered(t, h, u, stars); text != "Thank you for your rating!" {
		t.Errorf("the press is answered %q", text)
	}
	h.matrix.Post(t, "the stars", func(p desk.Post) bool { return strings.Contains(p.Text, "★3/5") })
	u.Await(h.bot, "Would you like to say a few words about it? Answer this message.")
}

// Nobody knows whether it arrived: it is not repeated but shown, and sent again when the operator wants so.
func TestUnknownOutcome(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	h.server.CutAfter("sendMessage", 1)
	event := h.say(room, "It costs 10 euros")
	h.matrix.Post(t, "the mark", func(p desk.Post) bool {
		return p.Room == room && p.Reply.Event == event && strings.Contains(p.Text, "nobody knows whether the customer got it") && strings.Contains(p.Text, "!resend")
	})
	for _, key := range []string{"⚠️", "🔁"} {
		h.matrix.Await(t, "the reaction "+key, func(e desk.Effect) bool {
			r, ok := e.(desk.React)
			return ok && r.Target.Event == event && r.Key == key
		})
	}
	h.say(room, "Anything else?")
	u.Await(h.bot, "Anything else?")
	if n := strings.Count(telegramtest.Transcript(u.Chat(h.bot)), "It costs 10 euros"); n != 1 {
		t.Errorf("the message in doubt is there %d times", n)
	}
	h.decide(desk.StaffReaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Relates: event, Key: "🔁"})
	u.Until(h.bot, "the message once more", func(all []telegramtest.Message) bool {
		return strings.Count(telegramtest.Transcript(all), "It costs 10 euros") == 2
	})
}

// What Telegram refuses is said at the message, with the reason.
func TestBlockedBot(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	u.Block(h.bot)
	h.matrix.Post(t, "that the customer is cut off", func(p desk.Post) bool { return p.Room == room && strings.Contains(p.Text, "has blocked us") })
	event := h.say(room, "Are you there?")
	h.matrix.Post(t, "the reason", func(p desk.Post) bool {
		return p.Room == room && p.Reply.Event == event && strings.Contains(p.Text, "the customer has blocked the bot")
	})
	u.Unblock(h.bot)
	u.Write(h.bot, "Back again")
	h.matrix.Post(t, "the customer's return", func(p desk.Post) bool { return p.Text == "Back again" })
	h.say(room, "!resend")
	u.Await(h.bot, "Are you there?")
}
