package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/internal/devstack"
	"frontdesk/widgetgw/protocol"
)

// doubted lets the answer to a message of Anna's be lost: that is shown at it, it is sent once more when she asks, and nothing is left of that
// then but a line that tells how it ended.
func doubted(t *testing.T, server *telegramtest.Server, anna *operator, room id.RoomID, got func(text string) int) {
	t.Helper()
	const text = "With lemon?"
	server.CutAfter("sendMessage", 1)
	message := anna.says(room, text)
	anna.marked(room, message, "nobody knows whether the customer got it")
	at := func(key string) *event.Event {
		return anna.happens(room, key+" at the message", func(e *event.Event) bool {
			return e.Type == event.EventReaction && strings.HasPrefix(e.Sender.String(), "@frontdesk:") &&
				e.Content.AsReaction().RelatesTo.EventID == message && strings.HasPrefix(e.Content.AsReaction().RelatesTo.Key, key)
		})
	}
	warning, button := at("⚠"), at("🔁")
	line := anna.sees(room, "the reason", func(e *event.Event, m *event.MessageEventContent) bool {
		return m.RelatesTo.GetReplyTo() == message && strings.Contains(m.Body, "nobody knows")
	})
	ctx, cancel := anna.within()
	defer cancel()
	press, err := anna.React(ctx, room, message, "🔁")
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []id.EventID{press, warning.ID, button.ID} {
		anna.happens(room, "a sign taken back", redacts(gone))
	}
	anna.sees(room, "how it ended", func(_ *event.Event, m *event.MessageEventContent) bool {
		return m.RelatesTo.GetReplaceID() == line.ID && strings.Contains(m.Body, "Delivered to the customer later.")
	})
	if n := got(text); n != 2 {
		t.Errorf("the customer has it %d times: once with an answer that was lost, and once more", n)
	}
}

// A Telegram user and a visitor of the site talk to two operators at once, and neither sees anything of the other.
func TestTelegramBesideTheWidget(t *testing.T) {
	const token = "123456:secret-of-the-shop-bot"
	server := telegramtest.New(t)
	bot := server.Bot(token, "shop_bot")
	p, err := furnish(context.Background(), devstack.StackOptions{DoublePuppet: true, Settings: map[string]any{
		"sites.0.telegram": []map[string]any{{"name": "main", "token": token, "api_url": server.URL}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	o := p.office(t)
	anna, boris := o.login(o.stack.Operators[0]), o.login(o.stack.Operators[1])
	ivan, visitor := server.User(7, "Ivan Ivanov", "en"), o.guest()

	ivan.Write(bot, "/start")
	ivan.Await(bot, "Hello! Write to us here, and we will answer here too.")
	ivan.Write(bot, "Do you sell tea?", telegramtest.Entity{Type: "bold", Offset: 12, Length: 3})
	visitor.say("Do you sell coffee?")
	card := anna.card("Do you sell tea?")
	tea := anna.accept(card)
	coffee := boris.accept(boris.card("Do you sell coffee?"))
	asked := anna.reads(tea, "Do you sell tea?")
	if body := asked.Content.AsMessage().FormattedBody; body != "Do you sell <b>tea</b>?" {
		t.Errorf("the question is formatted %q", body)
	}
	boris.reads(coffee, "Do you sell coffee?")
	anna.says(tea, "Black and green")
	boris.says(coffee, "Only whole beans")
	said := ivan.Await(bot, "Black and green")
	visitor.reads("Only whole beans")

	ctx, cancel := anna.within()
	defer cancel()
	if _, err := anna.Reply(ctx, tea, asked.ID, "Which one?"); err != nil {
		t.Fatal(err)
	}
	if m := ivan.Await(bot, "Which one?"); m.ReplyTo == 0 {
		t.Error("the answer does not say what it answers")
	}
	ivan.React(bot, said.ID, "👍")
	words := anna.reads(tea, "Black and green")
	anna.happens(tea, "the customer's reaction", func(e *event.Event) bool {
		return e.Type == event.EventReaction && e.Content.AsReaction().RelatesTo.EventID == words.ID && e.Content.AsReaction().RelatesTo.Key == "👍"
	})
	shown := picture(t, 9)
	ivan.Send(bot, telegramtest.Media{Kind: "photo", Data: shown, Width: 1280, Height: 800}, "This one")
	photo := anna.sees(tea, "the photo", func(_ *event.Event, m *event.MessageEventContent) bool { return m.MsgType == event.MsgImage })
	data, err := anna.Download(ctx, photo.Content.AsMessage().URL)
	if err != nil || !slices.Equal(data, shown) {
		t.Errorf("the photo has %d bytes, %v", len(data), err)
	}
	doubted(t, server, anna, tea, func(text string) (times int) {
		for _, said := range ivan.Texts(bot) {
			if said == text {
				times++
			}
		}
		return times
	})
	for _, m := range ivan.Chat(bot) {
		if strings.Contains(m.Text, "beans") {
			t.Errorf("the Telegram user sees %q", m.Text)
		}
	}
	for _, m := range visitor.Messages() {
		if m.From != protocol.FromMe && strings.Contains(m.Text, "green") {
			t.Errorf("the visitor sees %q", m.Text)
		}
	}
	anna.says(tea, "!close")
	end := ivan.Await(bot, "End of the conversation. How was it? Your rating helps us.")
	ivan.Press(bot, end.ID, end.Keyboard[0][4].Data)
	anna.cardSays(card, "★5/5")
}
