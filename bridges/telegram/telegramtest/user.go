package telegramtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// User is a person with Telegram.
type User struct {
	ID       int64
	Name     string
	Language string

	s           *Server
	deactivated bool
	noVoice     bool
}

// User makes a person. The language is a code such as "ru"; some people's Telegram tells none.
func (s *Server) User(id int64, firstName, languageCode string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &User{ID: id, Name: firstName, Language: languageCode, s: s}
	s.users[id] = u
	return u
}

func (u *User) account() map[string]any {
	first, last, _ := strings.Cut(u.Name, " ")
	a := map[string]any{"id": u.ID, "is_bot": false, "first_name": first}
	if last != "" {
		a["last_name"] = last
	}
	if u.Language != "" {
		a["language_code"] = u.Language
	}
	return a
}

// chat is the user's chat with a bot, made when he first does something there; s.mu is held.
func (u *User) chat(b *Bot) *chat {
	c := b.chats[u.ID]
	if c == nil {
		c = &chat{bot: b, user: u}
		b.chats[u.ID] = c
	}
	return c
}

// say puts a message of the user into his chat and tells the bot.
func (u *User) say(b *Bot, m *message) int {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.sayLocked(b, m)
}

func (u *User) sayLocked(b *Bot, m *message) int {
	c := u.chat(b)
	if c.blocked {
		u.s.complain("%s writes to a bot he has blocked", u.Name)
		return 0
	}
	if m.view.ReplyTo != 0 && c.find(m.view.ReplyTo) == nil {
		u.s.complain("%s answers message %d, which is not in the chat", u.Name, m.view.ReplyTo)
	}
	c.add(m)
	b.push("message", c.wire(m))
	return m.view.ID
}

// Write sends a text and gives the message's id. Links, mentions, hashtags and commands are found as Telegram finds them.
func (u *User) Write(b *Bot, text string, entities ...Entity) int {
	if units(text) > maxText {
		u.s.complain("%s writes %d units, Telegram would make several messages of it", u.Name, units(text))
	}
	return u.say(b, &message{view: Message{Text: text, Entities: detected(text, entities)}})
}

// Reply answers a message of the chat.
func (u *User) Reply(b *Bot, messageID int, text string) int {
	return u.say(b, &message{view: Message{Text: text, Entities: detected(text, nil), ReplyTo: messageID}})
}

// Quote answers a part of a message.
func (u *User) Quote(b *Bot, messageID int, quote, text string) int {
	return u.say(b, &message{view: Message{Text: text, Entities: detected(text, nil), ReplyTo: messageID, Quote: quote}})
}

// Forward sends on what somebody else wrote; origin is a MessageOrigin of the Bot API without its date.
func (u *User) Forward(b *Bot, origin map[string]any, text string) int {
	origin["date"] = time.Now().Add(-time.Hour).Unix()
	return u.say(b, &message{view: Message{Text: text, Entities: detected(text, nil)}, origin: origin})
}

// SendRaw sends a message of a kind of its own: fields of the Bot API's Message.
func (u *User) SendRaw(b *Bot, fields map[string]any) int {
	return u.say(b, &message{view: Message{Extra: fields}})
}

// own finds a message of the user's in a chat; nil, with a complaint, if it is none of theirs.
func (u *User) own(c *chat, messageID int) *message {
	m := c.find(messageID)
	if m == nil || m.view.FromBot {
		u.s.complain("%s changes message %d, which is not his", u.Name, messageID)
		return nil
	}
	return m
}

// Edit changes the words, or the caption, of a message of the user's.
func (u *User) Edit(b *Bot, messageID int, text string, entities ...Entity) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c := u.chat(b)
	m := u.own(c, messageID)
	if m == nil {
		return
	}
	m.view.Text, m.view.Entities = text, detected(text, entities)
	m.view.Edits++
	m.edited = u.s.now()
	b.push("edited_message", c.wire(m))
	u.s.notify()
}

// Replace changes a message of the user's into another file with a caption.
func (u *User) Replace(b *Bot, messageID int, media Media, caption string) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c := u.chat(b)
	m := u.own(c, messageID)
	if m == nil {
		return
	}
	with := b.carry(media, caption, nil)
	m.view.Text, m.view.Entities, m.view.Media = with.view.Text, with.view.Entities, with.view.Media
	m.file, m.thumbnail = with.file, with.thumbnail
	m.view.Edits++
	m.edited = u.s.now()
	b.push("edited_message", c.wire(m))
	u.s.notify()
}

// Delete removes a message for both. Bots are not told.
func (u *User) Delete(b *Bot, messageID int) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if m := u.chat(b).find(messageID); m != nil {
		m.view.Deleted = true
		u.s.notify()
	}
}

// React sets the user's reactions on a message; none takes them away.
func (u *User) React(b *Bot, messageID int, emoji ...string) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c := u.chat(b)
	m := c.find(messageID)
	if m == nil {
		u.s.complain("%s reacts to message %d, which is not in the chat", u.Name, messageID)
		return
	}
	before := reactions(m.byUser)
	m.byUser = slices.Clone(emoji)
	b.push("message_reaction", map[string]any{
		"chat": c.account(), "message_id": messageID, "user": u.account(), "date": u.s.now().Unix(), "old_reaction": before,
		"new_reaction": reactions(emoji),
	})
	u.s.notify()
}

func reactions(emoji []string) []map[string]any {
	out := []map[string]any{}
	for _, e := range emoji {
		out = append(out, map[string]any{"type": "emoji", "emoji": e})
	}
	return out
}

// press is a button that was pressed.
type press struct {
	answered bool
	text     string
	at       time.Time
}

// Press presses a button of a message and gives the query's id. The button may be gone meanwhile, as on a phone that has not seen so yet, but
// must have been there.
func (u *User) Press(b *Bot, messageID int, callbackData string) string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c := u.chat(b)
	m := c.find(messageID)
	if m == nil || !m.data[callbackData] || callbackData == "" {
		u.s.complain("%s presses %q on message %d, which never had such a button", u.Name, callbackData, messageID)
		return ""
	}
	id := fmt.Sprintf("query-%d", u.s.next())
	b.presses[id] = &press{at: u.s.now()}
	b.push("callback_query", map[string]any{
		"id": id, "from": u.account(), "message": c.wire(m), "chat_instance": fmt.Sprint(u.ID), "data": callbackData,
	})
	return id
}

// Forge presses a button that no app has shown, as only somebody who speaks Telegram's protocol by himself can.
func (u *User) Forge(b *Bot, messageID int, callbackData string) string {
	return u.pressed(b, callbackData, func(c *chat) any {
		if m := c.find(messageID); m != nil {
			return c.wire(m)
		}
		return c.inaccessible(messageID)
	})
}

// PressOld presses a button of a message that is too old for Telegram to show the bot.
func (u *User) PressOld(b *Bot, messageID int, callbackData string) string {
	return u.pressed(b, callbackData, func(c *chat) any { return c.inaccessible(messageID) })
}

// inaccessible is what a bot sees of such a message.
func (c *chat) inaccessible(messageID int) map[string]any {
	return map[string]any{"chat": c.account(), "message_id": messageID, "date": 0}
}

func (u *User) pressed(b *Bot, callbackData string, message func(*chat) any) string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	id := fmt.Sprintf("query-%d", u.s.next())
	b.presses[id] = &press{at: u.s.now()}
	b.push("callback_query", map[string]any{
		"id": id, "from": u.account(), "message": message(u.chat(b)), "chat_instance": fmt.Sprint(u.ID), "data": callbackData,
	})
	return id
}

// RefuseVoice has the user take no voice messages, as people with a subscription may.
func (u *User) RefuseVoice() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.noVoice = true
}

// ReactRaw is React with reactions of other kinds: ReactionTypes of the Bot API.
func (u *User) ReactRaw(b *Bot, messageID int, now ...map[string]any) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	b.push("message_reaction", map[string]any{
		"chat": u.chat(b).account(), "message_id": messageID, "user": u.account(), "date": u.s.now().Unix(), "old_reaction": []any{}, "new_reaction": now,
	})
}

// AddToGroup puts a bot into a group, and writes there.
func (u *User) AddToGroup(b *Bot, group int64, text string) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	chat := map[string]any{"id": group, "type": "supergroup", "title": "Group"}
	b.groups[group] = true
	b.push("my_chat_member", map[string]any{
		"chat": chat, "from": u.account(), "date": u.s.now().Unix(), "old_chat_member": map[string]any{"user": b.account(), "status": "left"},
		"new_chat_member": map[string]any{"user": b.account(), "status": "member"},
	})
	b.push("message", map[string]any{"message_id": u.s.next(), "date": u.s.now().Unix(), "chat": chat, "from": u.account(), "text": text})
}

// Answered tells whether the bot has answered a press, and what the user was shown.
func (u *User) Answered(b *Bot, query string) (text string, ok bool) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	p := b.presses[query]
	if p == nil {
		return "", false
	}
	return p.text, p.answered
}

// Block makes the user unreachable for the bot.
func (u *User) Block(b *Bot) { u.block(b, true) }

// Unblock takes Block back.
func (u *User) Unblock(b *Bot) { u.block(b, false) }

func (u *User) block(b *Bot, blocked bool) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c := u.chat(b)
	if c.blocked == blocked {
		return
	}
	c.blocked = blocked
	member := func(in bool) map[string]any {
		if in {
			return map[string]any{"user": b.account(), "status": "member"}
		}
		return map[string]any{"user": b.account(), "status": "kicked", "until_date": 0}
	}
	b.push("my_chat_member", map[string]any{
		"chat": c.account(), "from": u.account(), "date": u.s.now().Unix(), "old_chat_member": member(blocked), "new_chat_member": member(!blocked),
	})
}

// Deactivate deletes the user's account.
func (u *User) Deactivate() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.deactivated = true
}
