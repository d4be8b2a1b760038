package telegram_test

import (
	"slices"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
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
