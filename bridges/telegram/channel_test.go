package telegram_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"frontdesk/bridges/channeltest"
	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/desk"
)

// Telegram is a channel like any other.
func TestChannel(t *testing.T) {
	channeltest.Run(t, func(t testing.TB) channeltest.House {
		h := open(t, quick)
		people := int64(0)
		house := h.House()
		house.Can = channeltest.Can{
			Answer: true, Edit: true, React: true, Edited: true, Deleted: true, Reacted: true, Typing: true, Album: true, Consent: true,
		}
		house.Customer = func(_ testing.TB, name string) channeltest.Customer {
			people++
			return &person{h: h, u: h.server.User(people, name, "en")}
		}
		house.Typing = func(c desk.ConversationID, on bool) { h.service.StaffTyping(c, "Anna", on) }
		return house
	})
}

// person is a customer in Telegram.
type person struct {
	h *house
	u *telegramtest.User
}

func handle(id int) string { return strconv.Itoa(id) }

func (p *person) id(handle string) int {
	p.h.t.Helper()
	id, err := strconv.Atoi(handle)
	if err != nil {
		p.h.t.Fatalf("%q is no message of Telegram", handle)
	}
	return id
}

func (p *person) Write(text string) string { return handle(p.u.Write(p.h.bot, text)) }

func (p *person) Answer(handle, text string) { p.u.Reply(p.h.bot, p.id(handle), text) }

func (p *person) Edit(handle, text string) { p.u.Edit(p.h.bot, p.id(handle), text) }

func (p *person) React(handle, key string) { p.u.React(p.h.bot, p.id(handle), key) }

// button gives the buttons that are shown, each with its message.
func (p *person) buttons() (ids []int, all []telegramtest.Button) {
	for _, m := range p.u.Chat(p.h.bot) {
		for _, row := range m.Keyboard {
			for _, b := range row {
				if !m.Deleted {
					ids, all = append(ids, m.ID), append(all, b)
				}
			}
		}
	}
	return ids, all
}

func isStar(b telegramtest.Button) bool { return b.Text == "☆" || b.Text == "★" }

func (p *person) Choose(topic string) {
	p.h.t.Helper()
	ids, all := p.buttons()
	i := slices.IndexFunc(all, func(b telegramtest.Button) bool { return b.Text == topic })
	if i < 0 {
		p.h.t.Fatalf("%s is not offered", topic)
	}
	p.answered(p.u.Press(p.h.bot, ids[i], all[i].Data))
}

func (p *person) Rate(stars int) {
	p.h.t.Helper()
	ids, all := p.buttons()
	i := slices.IndexFunc(all, isStar)
	if i < 0 || i+stars > len(all) {
		p.h.t.Fatal("there are no stars")
	}
	p.answered(p.u.Press(p.h.bot, ids[i+stars-1], all[i+stars-1].Data))
}

// answered waits until a button stops turning.
func (p *person) answered(query string) {
	p.h.t.Helper()
	p.u.Until(p.h.bot, fmt.Sprintf("an answer to %s", query), func([]telegramtest.Message) bool {
		_, ok := p.u.Answered(p.h.bot, query)
		return ok
	})
}

func (p *person) Album(words string, files ...channeltest.File) {
	var all []telegramtest.Media
	for _, f := range files {
		all = append(all, telegramtest.Media{Kind: "document", Name: f.Name, Type: f.Type, Data: []byte(f.Body)})
	}
	p.u.Album(p.h.bot, words, all...)
}

func isConsent(b telegramtest.Button) bool { return b.Text == "I agree" }

func (p *person) AskedToAgree() bool {
	_, all := p.buttons()
	return slices.ContainsFunc(all, isConsent)
}

func (p *person) Agree() {
	p.h.t.Helper()
	ids, all := p.buttons()
	i := slices.IndexFunc(all, isConsent)
	if i < 0 {
		p.h.t.Fatal("there is no button to agree by")
	}
	p.answered(p.u.Press(p.h.bot, ids[i], all[i].Data))
}

func (p *person) Sees() (out []channeltest.Seen) {
	for _, m := range p.u.Chat(p.h.bot) {
		if m.Deleted {
			continue
		}
		seen := channeltest.Seen{Handle: handle(m.ID), Mine: !m.FromBot, Text: m.Text, Reactions: m.Reactions, Album: m.Group}
		if m.Media != nil {
			seen.Files = []string{m.Media.Name}
		}
		if m.ReplyTo != 0 {
			seen.Answers = handle(m.ReplyTo)
		}
		out = append(out, seen)
	}
	return out
}

func (p *person) Offered() (names []string) {
	_, all := p.buttons()
	for _, b := range all {
		if !isStar(b) && !isConsent(b) {
			names = append(names, b.Text)
		}
	}
	return names
}

func (p *person) Ratable() bool {
	_, all := p.buttons()
	return slices.ContainsFunc(all, isStar)
}

func (p *person) Typing() bool { return p.u.Typing(p.h.bot) }

func (p *person) Conversation() desk.ConversationID { return p.h.chatOf(p.u).ID }
