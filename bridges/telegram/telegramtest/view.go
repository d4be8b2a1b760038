package telegramtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Chat is the user's chat with a bot as he sees it now, in order. What was deleted is still there, marked.
func (u *User) Chat(b *Bot) []Message {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	var out []Message
	for _, m := range u.chat(b).messages {
		out = append(out, m.shown())
	}
	return out
}

// Texts are the words of the bot's messages that are not deleted.
func (u *User) Texts(b *Bot) []string {
	var out []string
	for _, m := range u.Chat(b) {
		if m.FromBot && !m.Deleted {
			out = append(out, m.Text)
		}
	}
	return out
}

// Keys are the keys in the place of the user's keyboard.
func (u *User) Keys(b *Bot) [][]Key {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return slices.Clone(u.chat(b).keys)
}

// actionTime is how long an action of a bot is shown.
const actionTime = 5 * time.Second

// Action is what the bot is shown to be doing, such as "typing"; "" if nothing.
func (u *User) Action(b *Bot) string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if c := u.chat(b); u.s.now().Sub(c.actionAt) < actionTime {
		return c.action
	}
	return ""
}

// Typing tells whether the bot is shown typing.
func (u *User) Typing(b *Bot) bool { return u.Action(b) == "typing" }

// patience is how long Until waits.
const patience = 20 * time.Second

// Until waits until the chat is as it should be and gives it; what says what is waited for.
func (u *User) Until(b *Bot, what string, ok func([]Message) bool) []Message {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		u.s.mu.Lock()
		changed := u.s.changed
		u.s.mu.Unlock()
		now := u.Chat(b)
		if ok(now) {
			return now
		}
		select {
		case <-changed:
			continue
		case <-u.s.closed:
		case <-timeout.C:
		}
		u.s.complain("%s waited in vain for %s; the chat is\n%s", u.Name, what, Transcript(now))
		return now
	}
}

// Await waits for a message of the bot's that is not deleted and has a text, and gives it.
func (u *User) Await(b *Bot, text string) Message {
	is := func(m Message) bool { return m.FromBot && !m.Deleted && m.Text == text }
	all := u.Until(b, fmt.Sprintf("%q", text), func(all []Message) bool { return slices.ContainsFunc(all, is) })
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return Message{}
}

// Transcript is a chat in lines, for the messages of tests.
func Transcript(all []Message) string {
	var b strings.Builder
	for _, m := range all {
		who := "user"
		if m.FromBot {
			who = "bot"
		}
		fmt.Fprintf(&b, "%d %s: %q", m.ID, who, m.Text)
		if m.Media != nil {
			fmt.Fprintf(&b, " [%s %q, %d bytes]", m.Media.Kind, m.Media.Name, len(m.Media.Data))
		}
		if len(m.Keyboard) > 0 {
			fmt.Fprintf(&b, " %v", m.Keyboard)
		}
		if m.ReplyTo != 0 {
			fmt.Fprintf(&b, " to %d", m.ReplyTo)
		}
		if m.Deleted {
			b.WriteString(" (deleted)")
		}
		b.WriteByte('\n')
	}
	return b.String()
}
