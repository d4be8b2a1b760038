package telegramtest

import (
	"encoding/json"
	"slices"
	"time"
)

// deleteTime is how long a bot may delete a message.
const deleteTime = 48 * time.Hour

// own is the bot's message a call wants to change.
func (c *call) own() (*chat, *message, *Error) {
	in, refused := c.chat()
	if refused != nil {
		return nil, nil, refused
	}
	m := in.find(int(c.int("message_id")))
	if m == nil {
		return nil, nil, bad("message to edit not found")
	}
	if !m.view.FromBot {
		return nil, nil, bad("message can't be edited")
	}
	return in, m, nil
}

// change makes a new message of an old one. Buttons that are not given again are gone.
func (c *call) change(in *chat, m *message, next message) (any, *Error) {
	inline, _, replace, refused := c.keyboard()
	if refused != nil {
		return nil, refused
	}
	if replace {
		c.s.complain("%s with keys, which only go with a new message", c.method)
		return nil, bad("inline keyboard expected")
	}
	next.view.Keyboard = inline
	if same(m.view, next.view) && m.file == next.file {
		return nil, bad("message is not modified: specified new message content and reply markup are exactly the same as a current content and " +
			"reply markup of the message")
	}
	next.view.Edits++
	next.edited = c.s.now()
	*m = next
	m.remember()
	c.s.notify()
	return in.wire(m), nil
}

func same(a, b Message) bool {
	return a.Text == b.Text && asJSON(a.Entities) == asJSON(b.Entities) && asJSON(a.Keyboard) == asJSON(b.Keyboard)
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs
	}
	if s := string(raw); s != "null" {
		return s
	}
	return "[]"
}

func (c *call) editMessageText() (any, *Error) {
	in, m, refused := c.own()
	if refused != nil {
		return nil, refused
	}
	if m.view.Text == "" || m.view.Media != nil {
		return nil, bad("there is no text in the message to edit")
	}
	next := *m
	if next.view.Text, next.view.Entities, refused = c.words("text", "entities", maxText); refused != nil {
		return nil, refused
	}
	return c.change(in, m, next)
}

func (c *call) editMessageCaption() (any, *Error) {
	in, m, refused := c.own()
	if refused != nil {
		return nil, refused
	}
	if m.view.Media == nil || m.view.Media.Kind == "sticker" || m.view.Media.Kind == "video_note" {
		return nil, bad("there is no caption in the message to edit")
	}
	next := *m
	if next.view.Text, next.view.Entities, refused = c.words("caption", "caption_entities", maxCaption); refused != nil {
		return nil, refused
	}
	return c.change(in, m, next)
}

func (c *call) editMessageMedia() (any, *Error) {
	in, m, refused := c.own()
	if refused != nil {
		return nil, refused
	}
	var input inputMedia
	if refused := c.p.object("media", &input); refused != nil {
		return nil, refused
	}
	if !slices.Contains([]string{"animation", "audio", "document", "photo", "video"}, input.Type) {
		return nil, bad("can't parse InputMedia: unsupported type")
	}
	carried, refused := c.attach(input, map[string]bool{})
	if refused != nil {
		return nil, refused
	}
	next := *m
	next.view.Text, next.view.Entities, next.view.Media = carried.view.Text, carried.view.Entities, carried.view.Media
	next.file, next.thumbnail = carried.file, carried.thumbnail
	return c.change(in, m, next)
}

func (c *call) editMessageReplyMarkup() (any, *Error) {
	in, m, refused := c.own()
	if refused != nil {
		return nil, refused
	}
	return c.change(in, m, *m)
}

func (c *call) deleteMessage() (any, *Error) {
	in, refused := c.chat()
	if refused != nil {
		return nil, refused
	}
	return true, c.delete(in, int(c.int("message_id")))
}

func (c *call) delete(in *chat, id int) *Error {
	m := in.find(id)
	if m == nil {
		return bad("message to delete not found")
	}
	if c.s.now().Sub(m.view.At) > deleteTime {
		return bad("message can't be deleted for everyone")
	}
	m.view.Deleted = true
	c.s.notify()
	return nil
}

func (c *call) deleteMessages() (any, *Error) {
	in, refused := c.chat()
	if refused != nil {
		return nil, refused
	}
	var ids []int
	if refused := c.p.object("message_ids", &ids); refused != nil {
		return nil, refused
	}
	if len(ids) < 1 || len(ids) > 100 {
		c.s.complain("deleteMessages with %d messages, 1 to 100 are possible", len(ids))
		return nil, bad("wrong number of messages")
	}
	for _, id := range ids {
		_ = c.delete(in, id) // those that cannot be deleted are passed over, as the documentation says
	}
	return true, nil
}
