package telegram_test

import (
	"fmt"
	"slices"
	"testing"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

// TestSiteRemovedAndRestored: whoever writes to the bot of a removed site is told at once that its chat is closed, and who is being answered is to the
// end; once the site is back the bot serves everybody again, without a start in between.
func TestSiteRemovedAndRestored(t *testing.T) {
	h := open(t)
	anna, late := h.server.User(7, "Irina", "en"), h.server.User(8, "Late", "en")
	room := h.begin(anna, "hello")
	without := h.sites
	without.Sites = []desk.Site{{ID: "toys", Key: "toys", Name: "Toys", Languages: []string{"en"}, StaffLang: "en", DefaultQueue: "toys"}}
	without.Queues = []desk.Queue{{ID: "toys", Site: "toys", Name: "Toys", InviteLimit: 5, Operators: []desk.UserID{desktest.Anna}}}
	without.Rights = slices.DeleteFunc(slices.Clone(h.sites.Rights), func(as desk.Assignment) bool { return as.Scope == desk.ScopeQueue })
	h.decide(without)

	const closed = "This chat is closed. Thank you for writing to us."
	late.Write(h.bot, "is anybody there?")
	late.Await(h.bot, closed)
	anna.Write(h.bot, "and my parcel?")
	h.matrix.Post(t, "the words of who is being answered", func(p desk.Post) bool { return p.Text == "and my parcel?" })
	h.say(room, "it is on its way")
	anna.Await(h.bot, "it is on its way")
	h.say(room, "!close")
	anna.Write(h.bot, "one more thing")
	anna.Await(h.bot, closed)

	h.decide(h.sites)
	for _, who := range []string{"late", "anna"} {
		words := who + " is back"
		map[string]func(){"late": func() { late.Write(h.bot, words) }, "anna": func() { anna.Write(h.bot, words) }}[who]()
		h.matrix.Post(t, words, func(p desk.Post) bool { return p.Text == words })
	}
}

// TestTwoBotsOfOneSite: each is a way in of its own, and what is said in a room goes out by the bot that its customer wrote to.
func TestTwoBotsOfOneSite(t *testing.T) {
	var other *telegramtest.Bot
	h := open(t, quick, func(h *house) {
		other = h.server.Bot("456:the-token-of-another", "help_bot")
		second := h.cfg.Bots[0]
		second.Name, second.Token = "help", "456:the-token-of-another"
		h.cfg.Bots = append(h.cfg.Bots, second)
	})
	u := h.server.User(7, "Ivan", "en")
	shop := h.begin(u, "To the shop")
	u.Write(other, "To the helpers")
	help := h.matrix.Post(t, "what the helpers were told", func(p desk.Post) bool { return p.Text == "To the helpers" && p.As != desk.Bot })
	var conversation desk.ConversationID
	h.read(func(tx journal.Tx) error {
		chat, err := tx.Chat("telegram:help", fmt.Sprint(u.ID))
		if err == nil {
			conversation = chat.Conversation
		}
		return err
	})
	if room := h.Accept(t, conversation); room != help.Room || room == shop {
		t.Errorf("the helpers answer in %s, and were told in %s; the shop is in %s", room, help.Room, shop)
	}
	h.say(help.Room, "From the helpers")
	h.say(shop, "From the shop")
	u.Await(other, "From the helpers")
	u.Await(h.bot, "From the shop")
	if slices.Contains(u.Texts(h.bot), "From the helpers") || slices.Contains(u.Texts(other), "From the shop") {
		t.Error("one bot says what is the other's")
	}
}

// Who writes to two bots of one site is one customer of it: the topic chosen at one holds at the other, and so does a block.
func TestOneCustomerOfTwoBots(t *testing.T) {
	var other *telegramtest.Bot
	h := open(t, quick, topics, func(h *house) {
		other = h.server.Bot("456:the-token-of-another", "help_bot")
		second := h.cfg.Bots[0]
		second.Name, second.Token = "help", "456:the-token-of-another"
		h.cfg.Bots = append(h.cfg.Bots, second)
	})
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "/start")
	hello := u.Await(h.bot, greeted+"\n"+askedTopic)
	answered(t, h, u, u.Press(h.bot, hello.ID, button(t, hello, "Returns")))
	u.Await(h.bot, waits)
	u.Write(other, "/start")
	u.Await(other, greeted) // and no topics
	u.Write(other, "It is broken")
	u.Await(other, waits)
	h.read(func(tx journal.Tx) error {
		chat, err := tx.Chat("telegram:help", fmt.Sprint(u.ID))
		if err != nil {
			return err
		}
		conversation, err := tx.Conversation(chat.Conversation)
		if err != nil {
			return err
		}
		if first := h.chatOf(u); conversation.Customer != first.Customer || conversation.ID == first.ID {
			t.Errorf("there are the conversations %+v and %+v", first, conversation)
		}
		ticket, err := tx.Ticket(conversation.Ticket)
		if err == nil && ticket.Queue != "returns" {
			t.Errorf("the second ticket is in %q", ticket.Queue)
		}
		return err
	})
	room := h.accept(u)
	h.say(room, "!block yes spam")
	u.Until(h.bot, "the end", func(all []telegramtest.Message) bool { return len(all) > 4 })
	u.Write(other, "/start")
	u.Await(other, "We are sorry, but you cannot write to us here any more.")
}
