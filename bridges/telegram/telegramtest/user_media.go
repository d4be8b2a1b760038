package telegramtest

import (
	"encoding/json"
	"fmt"
)

// Send sends a file with a caption. What is not said of it (size, type, duration) is made up.
func (u *User) Send(b *Bot, media Media, caption string, entities ...Entity) int {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.sayLocked(b, b.carry(media, caption, entities))
}

// Usual are the name and type of what an app sends.
var usual = map[string]Media{
	"photo": {Type: "image/jpeg", Width: 640, Height: 480}, "video": {Name: "video.mp4", Type: "video/mp4", Width: 320, Height: 240, Duration: 3},
	"animation": {Name: "animation.mp4", Type: "video/mp4", Width: 320, Height: 240, Duration: 2},
	"audio":     {Name: "music.mp3", Type: "audio/mpeg", Duration: 5}, "document": {Name: "file.bin", Type: "application/octet-stream"},
	"voice":      {Name: "voice.oga", Type: "audio/ogg", Duration: 4},
	"video_note": {Name: "note.mp4", Type: "video/mp4", Width: 240, Height: 240, Duration: 6},
	"sticker":    {Name: "sticker.webp", Type: "image/webp", Width: 512, Height: 512, Emoji: "👍"},
}

// carry makes a message of a file; s.mu is held.
func (b *Bot) carry(media Media, caption string, entities []Entity) *message {
	like, ok := usual[media.Kind]
	if !ok {
		b.s.complain("there is no media of the kind %q", media.Kind)
	}
	if w, h, ok := dimensions(media.Data); ok && media.Width == 0 && like.Width != 0 {
		media.Width, media.Height = w, h
	}
	if media.Width == 0 {
		media.Width, media.Height = like.Width, like.Height
	}
	if media.Type == "" {
		media.Type = like.Type
	}
	if media.Name == "" {
		media.Name = like.Name
	}
	if media.Duration == 0 {
		media.Duration = like.Duration
	}
	if media.Emoji == "" {
		media.Emoji = like.Emoji
	}
	name := media.Name
	if media.Kind == "photo" {
		name, media.Name = "photo.jpg", ""
	}
	m := &message{view: Message{Text: caption, Entities: detected(caption, entities), Media: &media}, file: b.store(media.Kind, name, media.Data)}
	if media.Kind != "voice" && media.Kind != "document" && media.Kind != "audio" {
		m.thumbnail = b.store("thumbnail", "thumbnail.jpg", preview())
	}
	return m
}

func (u *User) SendPhoto(b *Bot, data []byte, caption string) int {
	return u.Send(b, Media{Kind: "photo", Data: data}, caption)
}

func (u *User) SendVideo(b *Bot, data []byte, caption string) int {
	return u.Send(b, Media{Kind: "video", Data: data}, caption)
}

func (u *User) SendAnimation(b *Bot, data []byte, caption string) int {
	return u.Send(b, Media{Kind: "animation", Data: data}, caption)
}

func (u *User) SendAudio(b *Bot, data []byte, title, performer string) int {
	return u.Send(b, Media{Kind: "audio", Data: data, Title: title, Performer: performer}, "")
}

func (u *User) SendDocument(b *Bot, name, mime string, data []byte, caption string) int {
	return u.Send(b, Media{Kind: "document", Name: name, Type: mime, Data: data}, caption)
}

func (u *User) SendVoice(b *Bot, data []byte, seconds int) int {
	return u.Send(b, Media{Kind: "voice", Data: data, Duration: seconds}, "")
}

func (u *User) SendVideoNote(b *Bot, data []byte, seconds int) int {
	return u.Send(b, Media{Kind: "video_note", Data: data, Duration: seconds}, "")
}

// SendSticker sends a sticker; its type is image/webp, video/webm or application/x-tgsticker (animated).
func (u *User) SendSticker(b *Bot, emoji, mime string, data []byte) int {
	names := map[string]string{"image/webp": "sticker.webp", "video/webm": "sticker.webm", "application/x-tgsticker": "sticker.tgs"}
	return u.Send(b, Media{Kind: "sticker", Name: names[mime], Type: mime, Data: data, Emoji: emoji}, "")
}

// SendHuge sends a document that is said to have a size, which may be over what a bot can download.
func (u *User) SendHuge(b *Bot, name string, size int64) int {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	m := b.carry(Media{Kind: "document", Name: name}, "", nil)
	m.file.pretends = size
	return u.sayLocked(b, m)
}

// Album sends several files as one group; the caption stands under the first.
func (u *User) Album(b *Bot, caption string, items ...Media) []int {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	group := fmt.Sprintf("13%09d", u.s.next())
	var ids []int
	for i, item := range items {
		if i > 0 {
			caption = ""
		}
		m := b.carry(item, caption, nil)
		m.view.Group = group
		ids = append(ids, u.sayLocked(b, m))
	}
	return ids
}

// SendInto sends one more file of a group, as an app does whose connection was slow.
func (u *User) SendInto(b *Bot, group string, media Media) int {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	m := b.carry(media, "", nil)
	m.view.Group = group
	return u.sayLocked(b, m)
}

func (u *User) extra(b *Bot, kind string, value map[string]any) int {
	return u.say(b, &message{view: Message{Extra: map[string]any{kind: value}}})
}

func (u *User) SendLocation(b *Bot, latitude, longitude float64) int {
	return u.extra(b, "location", map[string]any{"latitude": latitude, "longitude": longitude})
}

// SendVenue sends a place; as in the Bot API the message has a location too.
func (u *User) SendVenue(b *Bot, latitude, longitude float64, title, address string) int {
	place := map[string]any{"latitude": latitude, "longitude": longitude}
	venue := map[string]any{"location": place, "title": title, "address": address}
	return u.say(b, &message{view: Message{Extra: map[string]any{"venue": venue, "location": place}}})
}

func (u *User) SendContact(b *Bot, phone, firstName, lastName string) int {
	contact := map[string]any{"phone_number": phone, "first_name": firstName}
	if lastName != "" {
		contact["last_name"] = lastName
	}
	return u.extra(b, "contact", contact)
}

// ShareContact gives the bot the user's own phone number, as the key that asks for it does.
func (u *User) ShareContact(b *Bot, phone string) int {
	first, _ := u.account()["first_name"].(string)
	return u.extra(b, "contact", map[string]any{"phone_number": phone, "first_name": first, "user_id": u.ID})
}

func (u *User) SendDice(b *Bot, emoji string, value int) int {
	return u.extra(b, "dice", map[string]any{"emoji": emoji, "value": value})
}

func (u *User) SendPoll(b *Bot, question string, options ...string) int {
	choices := []map[string]any{}
	for i, o := range options {
		choices = append(choices, map[string]any{"persistent_id": fmt.Sprint(i), "text": o, "voter_count": 0})
	}
	return u.extra(b, "poll", map[string]any{
		"id": "5" + question, "question": question, "options": choices, "total_voter_count": 0, "is_closed": false, "is_anonymous": true,
		"type": "regular", "allows_multiple_answers": false, "allows_revoting": true, "members_only": false,
	})
}

// keyboard reads the reply_markup of a message that is sent.
func (c *call) keyboard() (inline [][]Button, keys [][]Key, replace bool, refused *Error) {
	var markup struct {
		Inline [][]Button      `json:"inline_keyboard"`
		Keys   [][]Key         `json:"keyboard"`
		Remove bool            `json:"remove_keyboard"`
		Force  json.RawMessage `json:"force_reply"`
	}
	if refused := c.p.object("reply_markup", &markup); refused != nil {
		return nil, nil, false, refused
	}
	for _, row := range markup.Inline {
		for _, x := range row {
			switch {
			case x.Text == "":
				return nil, nil, false, bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
			case len(x.Data) > 64 || (x.Data == "") == (x.URL == ""):
				return nil, nil, false, bad("BUTTON_DATA_INVALID")
			}
		}
	}
	for _, row := range markup.Keys {
		for _, k := range row {
			if k.Text == "" {
				return nil, nil, false, bad("can't parse keyboard button: Field \"text\" must be non-empty")
			}
		}
	}
	return markup.Inline, markup.Keys, markup.Remove || len(markup.Keys) > 0, nil
}
