package telegram_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	consentAsked = "Before we read what you write, please agree that we process your personal data.\nhttps://shop.example/privacy"
	greeted      = "Hello! Write to us here, and we will answer here too."
	askedTopic   = "Please choose what it is about."
	waits        = "Thank you for writing. Please wait a moment, we will answer you soon."
)

// terms lets the site ask for consent.
func terms(h *house) {
	h.sites.Sites[0].Consent = desk.ConsentRule{Version: "2026-01", Policy: "https://shop.example/privacy"}
}

// agree presses the button under the question.
func agree(t *testing.T, h *house, u *telegramtest.User, text string) {
	t.Helper()
	asked := u.Await(h.bot, text)
	if text := answered(t, h, u, u.Press(h.bot, asked.ID, button(t, asked, "I agree"))); text != "" {
		t.Errorf("the consent is answered %q", text)
	}
	u.Until(h.bot, "the button gone", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.ID == asked.ID && len(m.Keyboard) == 0 })
	})
}

func (h *house) consents(u *telegramtest.User) (all []desk.Consent) {
	h.t.Helper()
	c := h.chatOf(u)
	h.read(func(tx journal.Tx) (err error) {
		all, err = tx.Consents(c.Customer)
		return err
	})
	return all
}

// Nothing of what a customer says is passed on before the consent, and all of it after, in order, also over a restart. What was agreed to is
// kept.
func TestConsent(t *testing.T) {
	h := open(t, quick, terms)
	u := h.server.User(7, "Ivan", "en")
	first := u.Write(h.bot, "Do you sell tea on Mondy?")
	u.Edit(h.bot, first, "Do you sell tea on Monday?")
	u.Album(h.bot, "our cats", cats(t)...)
	u.Await(h.bot, consentAsked)
	h.Close()
	h.start()
	u.Write(h.bot, "Well?")
	h.until("what was said is stored", func() (stored bool) {
		h.read(func(tx journal.Tx) error {
			held, err := tx.PendingSince("held:"+string(h.chatOf(u).ID), 0)
			stored = len(held) == 6
			return err
		})
		return stored
	})
	if c := h.chatOf(u); c.Ticket != "" || len(h.consents(u)) != 0 {
		t.Fatalf("before the consent there is ticket %q", c.Ticket)
	}
	h.read(func(tx journal.Tx) error {
		customer, err := tx.Customer(h.chatOf(u).Customer)
		if err == nil && customer.Name != "" {
			t.Errorf("before the consent the name %q is kept", customer.Name)
		}
		return err
	})
	agree(t, h, u, consentAsked)
	u.Await(h.bot, waits)
	h.matrix.Post(t, "the last words", func(p desk.Post) bool { return p.Text == "Well?" })
	h.matrix.Post(t, "the edit", func(p desk.Post) bool { return !p.Replaces.None() && p.Text == "Do you sell tea on Monday?" })
	if all := h.said(u); !isTogether(all, append(slices.Clone(ofCats), "Well?")) {
		t.Errorf("the room shows %q", all)
	}
	if n := strings.Count(telegramtest.Transcript(u.Chat(h.bot)), "Before we read"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	all := h.consents(u)
	if len(all) != 1 || all[0].Version != "2026-01" || all[0].Policy != "https://shop.example/privacy" || all[0].Text != consentAsked || all[0].At.IsZero() {
		t.Errorf("kept is %+v", all)
	}
	u.Write(h.bot, "One more thing")
	h.matrix.Post(t, "words after the consent", func(p desk.Post) bool { return p.Text == "One more thing" })
}

// Who begins with /start is greeted and asked, and then offered the topics. A topic cannot be chosen before.
func TestConsentAtTheGreeting(t *testing.T) {
	h := open(t, quick, topics)
	early := h.server.User(8, "Olga", "en")
	early.Write(h.bot, "/start")
	offered := early.Await(h.bot, greeted+"\n"+askedTopic)
	terms(h)
	h.decide(h.sites)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "/start")
	agree(t, h, u, greeted+"\n\n"+consentAsked)
	chosen := u.Await(h.bot, "Thank you. Write to us here.\n"+askedTopic)
	answered(t, h, u, u.Press(h.bot, chosen.ID, button(t, chosen, "Returns")))
	u.Await(h.bot, waits)
	if ticket := h.ticketOf(u); ticket.Queue != "returns" {
		t.Errorf("the ticket is in %q", ticket.Queue)
	}
	answered(t, h, early, early.Press(h.bot, offered.ID, button(t, offered, "Returns")))
	early.Await(h.bot, consentAsked)
	if c := h.chatOf(early); c.Ticket != "" {
		t.Error("a topic opened a ticket before the consent")
	}
}

// What is said before the consent is forgotten after seven days; who agrees then begins anew.
func TestWordsBeforeTheConsentAreForgotten(t *testing.T) {
	h := open(t, quick, terms, func(h *house) { h.cfg.Now = func() time.Time { return time.Now().Add(-7 * 24 * time.Hour) } })
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "Do you sell tea?")
	u.Await(h.bot, consentAsked)
	h.until("it is forgotten", func() (forgotten bool) {
		h.read(func(tx journal.Tx) error {
			held, err := tx.PendingSince("held:"+string(h.chatOf(u).ID), 0)
			forgotten = len(held) == 0
			return err
		})
		return forgotten
	})
	agree(t, h, u, consentAsked)
	u.Await(h.bot, "Thank you. Write to us here.")
	u.Write(h.bot, "Do you sell cups?")
	h.matrix.Post(t, "the words", func(p desk.Post) bool { return p.Text == "Do you sell cups?" })
	for _, text := range h.matrix.Texts() {
		if strings.Contains(text, "tea") {
			t.Errorf("the staff hears %q", text)
		}
	}
}

// New terms have to be agreed to anew; a button of the old ones asks for that.
func TestConsentToNewTerms(t *testing.T) {
	h := open(t, quick, terms)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "Hello?")
	asked := u.Await(h.bot, consentAsked)
	h.sites.Sites[0].Consent = desk.ConsentRule{Version: "2026-02"}
	h.decide(h.sites)
	answered(t, h, u, u.Press(h.bot, asked.ID, button(t, asked, "I agree")))
	const anew = "Before we read what you write, please agree that we process your personal data."
	agree(t, h, u, anew)
	h.matrix.Post(t, "the words", func(p desk.Post) bool { return p.Text == "Hello?" })
	if all := h.consents(u); len(all) != 1 || all[0].Version != "2026-02" {
		t.Errorf("kept is %+v", all)
	}
	room := h.accept(u)
	u.Await(h.bot, "Anna Petrova is answering you.")
	h.sites.Sites[0].Consent.Version = "2026-03"
	h.decide(h.sites)
	h.say(room, "Good day")
	u.Await(h.bot, "Good day")
	u.Write(h.bot, "And now?")
	u.Until(h.bot, "the question anew", func(all []telegramtest.Message) bool {
		return strings.Count(telegramtest.Transcript(all), anew) == 2
	})
	for _, p := range h.matrix.Posts() {
		if p.Text == "And now?" && p.As != desk.Bot {
			t.Error("words are passed on before the new consent")
		}
	}
}
