package telegramtest

import (
	"maps"
	"slices"
	"time"
)

// Entity is a stretch of formatted text; offset and length count UTF-16 units.
type Entity struct {
	Type          string         `json:"type"`
	Offset        int            `json:"offset"`
	Length        int            `json:"length"`
	URL           string         `json:"url,omitempty"`
	User          map[string]any `json:"user,omitempty"`
	Language      string         `json:"language,omitempty"`
	CustomEmojiID string         `json:"custom_emoji_id,omitempty"`
}

// Button is a button under a message.
type Button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Key is a key of the keyboard in the place of the user's own.
type Key struct {
	Text     string `json:"text"`
	Contact  bool   `json:"request_contact,omitempty"`
	Location bool   `json:"request_location,omitempty"`
}

// Message is a message as the user sees it now.
type Message struct {
	ID        int
	FromBot   bool
	Text      string // or caption
	Entities  []Entity
	Media     *Media
	Extra     map[string]any // location, venue, contact, dice, poll as in the Bot API
	Keyboard  [][]Button
	ReplyTo   int // message id, 0: none
	Quote     string
	Group     string // album
	Silent    bool   // came without a sound
	Edits     int
	Deleted   bool
	Reactions []string // the bot's, then the user's
	At        time.Time
}

// message is what the server keeps of a message.
type message struct {
	view      Message
	file      *file
	thumbnail *file
	origin    map[string]any // of a forwarded one
	edited    time.Time
	byBot     []string // reactions
	byUser    []string
	data      map[string]bool // what its buttons ever said
}

// chat is the chat of a bot and a user.
type chat struct {
	bot      *Bot
	user     *User
	messages []*message
	blocked  bool
	action   string
	actionAt time.Time
	keys     [][]Key
}

// find gives a message that is not deleted; s.mu is held.
func (c *chat) find(id int) *message {
	for _, m := range c.messages {
		if m.view.ID == id && !m.view.Deleted {
			return m
		}
	}
	return nil
}

// add numbers a message and puts it into the chat; s.mu is held.
func (c *chat) add(m *message) {
	c.bot.lastID++
	m.view.ID = c.bot.lastID
	m.view.At = c.bot.s.now()
	m.data = map[string]bool{}
	m.remember()
	c.messages = append(c.messages, m)
	if m.view.FromBot {
		c.action = ""
	}
	c.bot.s.notify()
}

func (m *message) remember() {
	for _, row := range m.view.Keyboard {
		for _, x := range row {
			m.data[x.Data] = true
		}
	}
}

// shown is the message as its reader sees it, with nothing shared; s.mu is held.
func (m *message) shown() Message {
	v := m.view
	v.Entities = slices.Clone(v.Entities)
	v.Keyboard = slices.Clone(v.Keyboard)
	v.Extra = maps.Clone(v.Extra)
	v.Reactions = slices.Concat(m.byBot, m.byUser)
	if m.view.Media != nil {
		media := *m.view.Media
		v.Media = &media
	}
	return v
}

func (c *chat) account() map[string]any {
	u := c.user.account()
	return map[string]any{"id": c.user.ID, "type": "private", "first_name": u["first_name"]}
}

// wire is the message as the Bot API gives it; s.mu is held.
func (c *chat) wire(m *message) map[string]any {
	w := c.wireAlone(m)
	if m.view.ReplyTo == 0 {
		return w
	}
	if to := c.find(m.view.ReplyTo); to != nil {
		w["reply_to_message"] = c.wireAlone(to)
	}
	if m.view.Quote != "" {
		w["quote"] = map[string]any{"text": m.view.Quote, "position": 0, "is_manual": true}
	}
	return w
}

func (c *chat) wireAlone(m *message) map[string]any {
	v := m.view
	w := map[string]any{"message_id": v.ID, "date": v.At.Unix(), "chat": c.account(), "from": c.user.account()}
	if v.FromBot {
		w["from"] = c.bot.account()
	}
	text, entities := "text", "entities"
	if v.Media != nil {
		text, entities = "caption", "caption_entities"
		m.wireMedia(w)
	}
	if v.Text != "" {
		w[text] = v.Text
	}
	if len(v.Entities) > 0 {
		w[entities] = slices.Clone(v.Entities)
	}
	maps.Copy(w, v.Extra)
	if v.Group != "" {
		w["media_group_id"] = v.Group
	}
	if !m.edited.IsZero() {
		w["edit_date"] = m.edited.Unix()
	}
	if m.origin != nil {
		w["forward_origin"] = m.origin
	}
	if len(v.Keyboard) > 0 {
		w["reply_markup"] = map[string]any{"inline_keyboard": v.Keyboard}
	}
	return w
}
