package telegram_test

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/bridges"
	"frontdesk/bridges/telegram"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// What is said to customers of a bot that is not there any more does not vanish: it is told where it is said, and goes when the bot is back.
func TestBotThatIsNotThereAnyMore(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	id := h.received(u, "a.txt", "words")
	h.say(room, "We sell tea")
	u.Await(h.bot, "We sell tea")
	bots := h.cfg.Bots
	for name, with := range map[string][]telegram.BotConfig{"removed": nil, "renamed": {{Site: bots[0].Site, Name: "store", Token: token, APIURL: bots[0].APIURL}}} {
		h.Close()
		h.cfg.Bots = with
		h.start()
		words := "Are you there? " + name
		event := desk.EventID("$to-" + name)
		h.sayAs(room, words, func(m *desk.StaffMessage) { m.Event = event })
		h.answerTo(event, "the bot shop is not in the configuration, or is switched off there")
		var found []string
		telegram.Messenger().Check(t.Context(), bridges.Settings{}, h.Journal.Read, func(f bridges.Finding) { found = append(found, f.Link+": "+f.Problem) })
		const missed = "telegram bot shop: it has customers and is not in the configuration, or switched off; nothing reaches them"
		if !slices.Equal(found, []string{missed}) {
			t.Errorf("check finds %q", found)
		}
		if _, err := h.fetch(id); !journal.IsPermanent(err) || !strings.Contains(err.Error(), "the bot shop") {
			t.Errorf("a file of its customer: %v", err)
		}
		for _, text := range u.Texts(h.bot) {
			if text == words {
				t.Error("it was said after all")
			}
		}
	}
	h.Close()
	h.cfg.Bots = bots
	h.start()
	h.sayAs(room, "!resend", func(m *desk.StaffMessage) { m.Event = "$resend" })
	u.Await(h.bot, "Are you there? removed")
	u.Await(h.bot, "Are you there? renamed")
}
