package telegramtest

import (
	"fmt"
	"slices"
	"strings"
)

// Lengths in UTF-16 units.
const (
	maxText    = 4096
	maxCaption = 1024
)

// chat is the chat a call is about, if the bot may act there.
func (c *call) chat() (*chat, *Error) {
	id := c.int("chat_id")
	found, known := c.bot.chats[id], c.s.users[id]
	switch {
	case known == nil:
		return nil, bad("chat not found")
	case known.deactivated:
		return nil, forbidden("user is deactivated")
	case found == nil:
		return nil, forbidden("bot can't initiate conversation with a user")
	case found.blocked:
		return nil, forbidden("bot was blocked by the user")
	}
	return found, nil
}

// deliver puts a message of the bot's into the chat and gives it as the Bot API does.
func (c *call) deliver(to *chat, m *message) (any, *Error) {
	inline, keys, replace, refused := c.keyboard()
	if refused != nil {
		return nil, refused
	}
	var reply struct {
		MessageID int    `json:"message_id"`
		Anyway    bool   `json:"allow_sending_without_reply"`
		Quote     string `json:"quote"`
	}
	if refused := c.p.object("reply_parameters", &reply); refused != nil {
		return nil, refused
	}
	if c.p.values["reply_parameters"] != "" {
		original := to.find(reply.MessageID)
		switch {
		case reply.MessageID == 0:
			c.s.complain("%s: reply_parameters without message_id", c.method)
			return nil, bad("message to be replied not found")
		case original == nil && !reply.Anyway:
			return nil, bad("message to be replied not found")
		case original != nil && !strings.Contains(original.view.Text, reply.Quote):
			return nil, bad("QUOTE_TEXT_INVALID")
		case original != nil:
			m.view.ReplyTo, m.view.Quote = reply.MessageID, reply.Quote
		}
	}
	m.view.FromBot, m.view.Keyboard, m.view.Silent = true, inline, c.bool("disable_notification")
	to.add(m)
	if replace {
		to.keys = keys
	}
	return to.wire(m), nil
}

func (c *call) sendMessage() (any, *Error) {
	to, refused := c.chat()
	if refused != nil {
		return nil, refused
	}
	text, entities, refused := c.words("text", "entities", maxText)
	if refused != nil {
		return nil, refused
	}
	return c.deliver(to, &message{view: Message{Text: text, Entities: entities}})
}

// words reads a text and its entities.
func (c *call) words(name, entityName string, limit int) (string, []Entity, *Error) {
	var entities []Entity
	if refused := c.p.object(entityName, &entities); refused != nil {
		return "", nil, refused
	}
	text, entities, refused := c.text(c.p.values[name], entities, limit)
	if refused == nil && text == "" && limit == maxText {
		refused = bad("message text is empty")
	}
	return text, entities, refused
}

func (c *call) sendExtra(fields map[string]any) (any, *Error) {
	to, refused := c.chat()
	if refused != nil {
		return nil, refused
	}
	return c.deliver(to, &message{view: Message{Extra: fields}})
}

func (c *call) place() map[string]any {
	return map[string]any{"latitude": c.float("latitude"), "longitude": c.float("longitude")}
}

func (c *call) sendLocation() (any, *Error) {
	return c.sendExtra(map[string]any{"location": c.place()})
}

func (c *call) sendVenue() (any, *Error) {
	venue := map[string]any{"location": c.place(), "title": c.p.values["title"], "address": c.p.values["address"]}
	return c.sendExtra(map[string]any{"venue": venue, "location": c.place()})
}

func (c *call) sendContact() (any, *Error) {
	contact := map[string]any{"phone_number": c.p.values["phone_number"], "first_name": c.p.values["first_name"]}
	if last := c.p.values["last_name"]; last != "" {
		contact["last_name"] = last
	}
	return c.sendExtra(map[string]any{"contact": contact})
}

var actions = []string{"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document", "choose_sticker",
	"find_location", "record_video_note", "upload_video_note"}

func (c *call) sendChatAction() (any, *Error) {
	to, refused := c.chat()
	if refused != nil {
		return nil, refused
	}
	if !slices.Contains(actions, c.p.values["action"]) {
		return nil, bad("wrong parameter action in request")
	}
	to.action, to.actionAt = c.p.values["action"], c.s.now()
	c.s.notify()
	return true, nil
}

// reactionEmoji are those that may be used as reactions, without variation selectors.
var reactionEmoji = strings.Fields("❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 " +
	"😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡")

func (c *call) setMessageReaction() (any, *Error) {
	to, refused := c.chat()
	if refused != nil {
		return nil, refused
	}
	var wanted []struct{ Type, Emoji string }
	if refused := c.p.object("reaction", &wanted); refused != nil {
		return nil, refused
	}
	m := to.find(int(c.int("message_id")))
	if m == nil {
		return nil, bad("message to react not found")
	}
	if len(wanted) > 1 {
		return nil, bad("REACTIONS_TOO_MANY")
	}
	var emoji []string
	for _, x := range wanted {
		if x.Type != "emoji" || !slices.Contains(reactionEmoji, x.Emoji) {
			return nil, bad("REACTION_INVALID")
		}
		emoji = append(emoji, x.Emoji)
	}
	m.byBot = emoji
	c.s.notify()
	return true, nil
}

// pressTime is how long a press can be answered.
const pressTime = 15 * 60 // seconds

func (c *call) answerCallbackQuery() (any, *Error) {
	p := c.bot.presses[c.p.values["callback_query_id"]]
	if p == nil || c.s.now().Sub(p.at).Seconds() > pressTime {
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	}
	if units(c.p.values["text"]) > 200 {
		return nil, bad("MESSAGE_TOO_LONG")
	}
	p.answered, p.text = true, c.p.values["text"]
	c.s.notify()
	return true, nil
}

func (c *call) getChat() (any, *Error) {
	found := c.bot.chats[c.int("chat_id")]
	if found == nil {
		return nil, bad("chat not found")
	}
	full := found.account()
	full["accent_color_id"], full["max_reaction_count"] = 0, 11
	full["accepted_gift_types"] = map[string]any{}
	return full, nil
}

func (c *call) getUserProfilePhotos() (any, *Error) {
	if c.bot.chats[c.int("user_id")] == nil {
		return nil, bad("user not found")
	}
	return map[string]any{"total_count": 0, "photos": []any{}}, nil
}

// inputMedia is a file of an album or of an edit.
type inputMedia struct {
	Type      string   `json:"type"`
	Media     string   `json:"media"`
	Thumbnail string   `json:"thumbnail"`
	Caption   string   `json:"caption"`
	Entities  []Entity `json:"caption_entities"`
	ParseMode string   `json:"parse_mode"`
	Width     int      `json:"width"`
	Height    int      `json:"height"`
	Duration  int      `json:"duration"`
	Title     string   `json:"title"`
	Performer string   `json:"performer"`
	Spoiler   bool     `json:"has_spoiler"`
}

// media makes the method that sends a file of a kind.
func media(kind string) func(*call) (any, *Error) {
	return func(c *call) (any, *Error) {
		to, refused := c.chat()
		if refused != nil {
			return nil, refused
		}
		var entities []Entity
		if refused := c.p.object("caption_entities", &entities); refused != nil {
			return nil, refused
		}
		in := inputMedia{
			Type: kind, Media: c.p.values[kind], Thumbnail: c.p.values["thumbnail"], Caption: c.p.values["caption"], Entities: entities,
			Width: int(c.int("width")), Height: int(c.int("height")), Duration: int(c.int("duration")), Title: c.p.values["title"],
			Performer: c.p.values["performer"], Spoiler: c.bool("has_spoiler"),
		}
		if kind == "voice" && to.user.noVoice {
			return nil, bad("VOICE_MESSAGES_FORBIDDEN")
		}
		if kind == "video_note" {
			in.Width = int(c.int("length"))
			in.Height = in.Width
		}
		if _, ok := c.p.files[kind]; ok {
			in.Media = "attach://" + kind
		}
		if _, ok := c.p.files["thumbnail"]; ok {
			in.Thumbnail = "attach://thumbnail"
		}
		m, refused := c.attach(in, map[string]bool{})
		if refused != nil {
			return nil, refused
		}
		if kind == "sticker" {
			m.view.Media.Emoji = c.p.values["emoji"]
		}
		return c.deliver(to, m)
	}
}

// attach makes a message of an input media; used gathers the names of the uploads it takes.
func (c *call) attach(in inputMedia, used map[string]bool) (*message, *Error) {
	if in.ParseMode != "" {
		c.s.complain("%s: parse_mode, formatting goes by entities", c.method)
		return nil, bad("unsupported parse_mode")
	}
	text, entities, refused := c.text(in.Caption, in.Entities, maxCaption)
	if refused != nil {
		return nil, refused
	}
	x := Media{Kind: in.Type, Width: in.Width, Height: in.Height, Duration: in.Duration, Title: in.Title, Performer: in.Performer, Spoiler: in.Spoiler}
	m := &message{view: Message{Text: text, Entities: entities, Media: &x}}
	name, uploaded := strings.CutPrefix(in.Media, "attach://")
	switch {
	case uploaded:
		u, ok := c.p.files[name]
		if !ok {
			c.s.complain("%s: %s is not in the form", c.method, in.Media)
			return nil, bad("can't find file %q in the request", name)
		}
		if len(u.data) == 0 {
			return nil, bad("file must be non-empty")
		}
		used[name] = true
		x.Name, x.Type, x.Data = u.name, u.mime, u.data
		m.file = c.bot.store(in.Type, u.name, u.data)
	case strings.Contains(in.Media, "://"):
		c.s.complain("%s: media by public address %s", c.method, in.Media)
		return nil, bad("wrong HTTP URL specified")
	default:
		f := c.s.files[in.Media]
		if f == nil || f.bot != c.bot {
			return nil, bad("wrong file identifier/HTTP URL specified")
		}
		x.Data, m.file = f.data, f
	}
	if thumbnail, ok := strings.CutPrefix(in.Thumbnail, "attach://"); ok {
		u := c.p.files[thumbnail]
		if len(u.data) == 0 || len(u.data) > 200<<10 {
			c.s.complain("%s: a thumbnail of %d bytes", c.method, len(u.data))
			return nil, bad("wrong thumbnail")
		}
		used[thumbnail] = true
		m.thumbnail = c.bot.store("thumbnail", "thumbnail.jpg", u.data)
	} else if in.Thumbnail != "" {
		c.s.complain("%s: a thumbnail %q that is no upload", c.method, in.Thumbnail)
	}
	return m, c.picture(m)
}

// picture looks at what shall be shown as a photo, and gives everything visible its preview.
func (c *call) picture(m *message) *Error {
	x := m.view.Media
	if x.Kind == "photo" {
		w, h, ok := dimensions(x.Data)
		switch {
		case len(x.Data) > maxPhoto:
			return bad("file of size %d bytes is too big for a photo; the maximum size is %d bytes", len(x.Data), maxPhoto)
		case !ok:
			return bad("IMAGE_PROCESS_FAILED")
		case w+h > 10000 || w > 20*h || h > 20*w:
			return bad("PHOTO_INVALID_DIMENSIONS")
		}
		x.Width, x.Height = w, h
	}
	if m.thumbnail == nil && x.Kind != "voice" && x.Kind != "document" && x.Kind != "audio" {
		m.thumbnail = c.bot.store("thumbnail", "thumbnail.jpg", preview())
	}
	return nil
}

func (c *call) sendMediaGroup() (any, *Error) {
	to, refused := c.chat()
	if refused != nil {
		return nil, refused
	}
	var items []inputMedia
	if refused := c.p.object("media", &items); refused != nil {
		return nil, refused
	}
	if len(items) < 2 || len(items) > 10 {
		c.s.complain("sendMediaGroup with %d files, an album has 2 to 10", len(items))
		return nil, bad("wrong number of media in the album")
	}
	used := map[string]bool{}
	var made []*message
	for _, in := range items {
		alone := in.Type == "document" || in.Type == "audio"
		if !alone && in.Type != "photo" && in.Type != "video" || (alone || items[0].Type == "document" || items[0].Type == "audio") && in.Type != items[0].Type {
			return nil, bad("Can't use the media of the specified type in the album")
		}
		m, refused := c.attach(in, used)
		if refused != nil {
			return nil, refused
		}
		made = append(made, m)
	}
	if len(used) != len(c.p.files) {
		c.s.complain("sendMediaGroup: %d files were uploaded, %d are used", len(c.p.files), len(used))
	}
	group := fmt.Sprintf("14%09d", c.s.next())
	var out []any
	for _, m := range made {
		m.view.Group = group
		w, refused := c.deliver(to, m)
		if refused != nil {
			return nil, refused
		}
		out = append(out, w)
	}
	return out, nil
}
