package telegramtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bot is an account of a bot.
type Bot struct {
	Token, Username string
	ID              int64

	s        *Server
	revoked  bool
	chats    map[int64]*chat
	lastID   int // of its messages, in all of its chats
	updates  []update
	lastSeen int64 // the highest update id given out
	allowed  []string
	poll     chan struct{} // closed when another poller takes over
	webhook  *delivery
	commands []Command
	presses  map[string]*press
	groups   map[int64]bool // those the bot was put into, and whether it is there
}

// Command is an entry of a bot's menu.
type Command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// update is something a bot has not confirmed yet.
type update struct {
	id   int64
	kind string
	body any
}

func (u update) wire() map[string]any { return map[string]any{"update_id": u.id, u.kind: u.body} }

// Bot makes a bot. Its id stands before the colon of the token.
func (s *Server) Bot(token, username string) *Bot {
	before, _, _ := strings.Cut(token, ":")
	id, err := strconv.ParseInt(before, 10, 64)
	if err != nil || !strings.Contains(token, ":") {
		s.complain("the token %q has no number before a colon", token)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &Bot{
		Token: token, Username: username, ID: id, s: s, chats: map[int64]*chat{}, presses: map[string]*press{}, groups: map[int64]bool{},
		lastSeen: 7_000_000 + int64(len(s.bots))*100_000, lastID: 40 + len(s.bots),
	}
	s.bots[token] = b
	return b
}

// Revoke makes the bot's token worthless.
func (b *Bot) Revoke() {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.revoked = true
	b.s.notify()
}

// Restore takes Revoke back.
func (b *Bot) Restore() {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.revoked = false
	b.s.notify()
}

// JumpUpdates raises the next update's id by n, as it may after a week of silence.
func (b *Bot) JumpUpdates(n int64) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.lastSeen += n
}

// Pending is the number of updates that are not confirmed.
func (b *Bot) Pending() int {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	return len(b.updates)
}

// IsPolled reports whether somebody waits for updates.
func (b *Bot) IsPolled() bool {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	return b.poll != nil
}

// Commands is the bot's menu.
func (b *Bot) Commands() []Command {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	return slices.Clone(b.commands)
}

func (b *Bot) me() map[string]any {
	m := b.account()
	m["can_join_groups"], m["can_read_all_group_messages"], m["supports_inline_queries"] = true, false, false
	return m
}

// account is the bot as others see it.
func (b *Bot) account() map[string]any {
	return map[string]any{"id": b.ID, "is_bot": true, "first_name": b.Username, "username": b.Username}
}

// updateKinds are those a bot gets unless it asked for something else.
var updateKinds = []string{"message", "edited_message", "callback_query", "my_chat_member"}

// IsIn reports whether the bot is in a group.
func (b *Bot) IsIn(group int64) bool {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	return b.groups[group]
}

func (c *call) leaveChat() (any, *Error) {
	group := c.int("chat_id")
	if !c.bot.groups[group] {
		return nil, bad("chat not found")
	}
	c.bot.groups[group] = false
	c.s.notify()
	return true, nil
}

// PushRaw gives the bot an update of whatever kind: a field of the Bot API's Update.
func (b *Bot) PushRaw(kind string, body any) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.push(kind, body)
}

// push gives the bot an update, if it wants such; s.mu is held.
func (b *Bot) push(kind string, body any) {
	wanted := b.allowed
	if len(wanted) == 0 {
		wanted = updateKinds
	}
	if !slices.Contains(wanted, kind) {
		return
	}
	b.lastSeen++
	b.updates = append(b.updates, update{b.lastSeen, kind, body})
	b.s.notify()
}

// confirm forgets the updates before an id; s.mu is held.
func (b *Bot) confirm(before int64) {
	n, _ := slices.BinarySearchFunc(b.updates, before, func(u update, id int64) int { return int(u.id - id) })
	b.updates = slices.Clone(b.updates[n:])
	b.s.notify()
}

// allow sets the kinds of updates wanted from now on, if the call says; s.mu is held.
func (c *call) allow() *Error {
	if c.p.values["allowed_updates"] == "" {
		return nil
	}
	var kinds []string
	if refused := c.p.object("allowed_updates", &kinds); refused != nil {
		return refused
	}
	c.bot.allowed = kinds
	return nil
}

// maxPoll bounds a poll's length in seconds.
const maxPoll = 50

func (c *call) getUpdates() (any, *Error) {
	c.s.mu.Lock()
	refused := c.begin()
	b := c.bot
	if refused != nil {
		c.s.mu.Unlock()
		return nil, refused
	}
	if b.poll != nil {
		close(b.poll)
	}
	mine := make(chan struct{})
	b.poll = mine
	c.s.mu.Unlock()
	defer func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if b.poll == mine {
			b.poll = nil
		}
	}()
	limit := int(c.int("limit"))
	if limit < 1 || limit > 100 {
		limit = 100
	}
	timeout := time.NewTimer(time.Duration(min(c.int("timeout"), maxPoll)) * time.Second)
	defer timeout.Stop()
	for {
		c.s.mu.Lock()
		found, changed, revoked := b.updates, c.s.changed, b.revoked
		c.s.mu.Unlock()
		if revoked {
			return nil, &Error{Code: http.StatusUnauthorized, Description: "Unauthorized"}
		}
		if len(found) > 0 {
			out := []map[string]any{}
			for _, u := range found[:min(limit, len(found))] {
				out = append(out, u.wire())
			}
			return out, nil
		}
		select {
		case <-changed:
		case <-timeout.C:
			return []any{}, nil
		case <-c.r.Context().Done():
			return []any{}, nil
		case <-c.s.closed:
			return []any{}, nil
		case <-mine:
			return nil, &Error{Code: http.StatusConflict,
				Description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
		}
	}
}

// begin confirms what the poll's offset confirms; s.mu is held.
func (c *call) begin() *Error {
	if c.bot.webhook != nil {
		return &Error{Code: http.StatusConflict,
			Description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
	}
	if refused := c.allow(); refused != nil {
		return refused
	}
	offset := c.int("offset")
	if n := int64(len(c.bot.updates)); offset < 0 && n > 0 {
		offset = c.bot.updates[max(0, n+offset)].id
	}
	if offset > 0 {
		c.bot.confirm(offset)
	}
	return nil
}

func (c *call) setMyCommands() (any, *Error) {
	var commands []Command
	if refused := c.p.object("commands", &commands); refused != nil {
		return nil, refused
	}
	for _, x := range commands {
		if x.Command == "" || len(x.Command) > 32 || strings.ToLower(x.Command) != x.Command || x.Description == "" || units(x.Description) > 256 {
			return nil, bad("BOT_COMMAND_INVALID")
		}
	}
	c.bot.commands = commands
	return true, nil
}

func (c *call) deleteMyCommands() (any, *Error) {
	c.bot.commands = nil
	return true, nil
}
