package telegram_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

func picture(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What a customer sends is what the staff gets, with its caption and its bytes.
func TestFilesFromTheCustomer(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	photo, hidden := picture(t, 300, 200), picture(t, 400, 300)
	for _, c := range []struct {
		name string
		send func()
		is   content.Attachment
		body string
		text string
	}{
		{"photo", func() { u.SendPhoto(h.bot, []byte(photo), "look") }, content.Attachment{Name: "photo.jpg", Type: "image/jpeg", Kind: content.Image, Width: 300, Height: 200}, photo, "look"},
		{"hidden photo", func() { u.Send(h.bot, telegramtest.Media{Kind: "photo", Data: []byte(hidden), Spoiler: true}, "") }, content.Attachment{Name: "photo.jpg", Type: "image/jpeg", Kind: content.Image, Width: 400, Height: 300, Spoiler: true}, hidden, ""},
		{"video", func() { u.SendVideo(h.bot, []byte("film 1"), "") }, content.Attachment{Name: "video.mp4", Type: "video/mp4", Kind: content.Video, Width: 320, Height: 240, Duration: 3000}, "film 1", ""},
		{"animation", func() { u.SendAnimation(h.bot, []byte("film 2"), "") }, content.Attachment{Name: "animation.mp4", Type: "video/mp4", Kind: content.Video, Width: 320, Height: 240, Duration: 2000}, "film 2", ""},
		{"video note", func() { u.SendVideoNote(h.bot, []byte("film 3"), 6) }, content.Attachment{Name: "video.mp4", Type: "video/mp4", Kind: content.Video, Width: 240, Height: 240, Duration: 6000}, "film 3", ""},
		{"voice", func() { u.SendVoice(h.bot, []byte("sound 1"), 4) }, content.Attachment{Name: "voice.ogg", Type: "audio/ogg", Kind: content.Audio, Duration: 4000, Voice: true}, "sound 1", ""},
		{"audio", func() { u.SendAudio(h.bot, []byte("sound 2"), "Song", "Band") }, content.Attachment{Name: "music.mp3", Type: "audio/mpeg", Kind: content.Audio, Duration: 5000}, "sound 2", ""},
		{"document", func() { u.SendDocument(h.bot, "bill.pdf", "application/pdf", []byte("paper"), "paid") }, content.Attachment{Name: "bill.pdf", Type: "application/pdf", Kind: content.File}, "paper", "paid"},
		{"sticker", func() { u.SendSticker(h.bot, "👋", "image/webp", []byte("glue 1")) }, content.Attachment{Name: "sticker.webp", Type: "image/webp", Kind: content.Image, Width: 512, Height: 512}, "glue 1", "👋"},
		{"video sticker", func() { u.SendSticker(h.bot, "👋", "video/webm", []byte("glue 2")) }, content.Attachment{Name: "sticker.webm", Type: "video/webm", Kind: content.Video, Width: 512, Height: 512}, "glue 2", "👋"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.send()
			c.is.Size = int64(len(c.body))
			p := h.matrix.Post(t, c.name, func(p desk.Post) bool {
				return p.File != nil && p.File.Name == c.is.Name && p.File.Size == c.is.Size && h.bytes(t, p.File.ID) == c.body
			})
			got := *p.File
			got.ID = ""
			if got != c.is {
				t.Errorf("the staff gets %+v, want %+v", got, c.is)
			}
			if c.text != "" {
				h.matrix.Post(t, "the words of "+c.name, func(p desk.Post) bool { return strings.Contains(p.Text, c.text) })
			}
		})
	}
}

// A caption that is changed is an edit; a file that is replaced is shown too, in answer to the first.
func TestReplacedFile(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	id := u.SendDocument(h.bot, "bill.pdf", "application/pdf", []byte("paper"), "paid")
	first := h.matrix.Post(t, "the bill", func(p desk.Post) bool { return p.File != nil })
	u.Edit(h.bot, id, "not paid")
	h.matrix.Post(t, "the caption", func(p desk.Post) bool { return !p.Replaces.None() && strings.Contains(p.Text, "not paid") })
	u.Replace(h.bot, id, telegramtest.Media{Kind: "document", Name: "right.pdf", Type: "application/pdf", Data: []byte("other paper")}, "paid after all")
	second := h.matrix.Post(t, "the other bill", func(p desk.Post) bool { return p.File != nil && p.File.Name == "right.pdf" })
	if second.Text != "paid after all" || second.Reply.Message != first.Message || h.bytes(t, second.File.ID) != "other paper" {
		t.Errorf("the other bill is %+v", second)
	}
	u.Edit(h.bot, id, "paid, really")
	h.matrix.Post(t, "its caption", func(p desk.Post) bool {
		return p.Replaces.Message == second.Message && strings.Contains(p.Text, "paid, really")
	})
	n := 0
	for _, p := range h.matrix.Posts() {
		if p.File != nil && p.Room == first.Room && p.Replaces.None() {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d files are shown", n)
	}
}

// bytes fetches a file from Telegram.
func (h *house) bytes(t *testing.T, id string) string {
	t.Helper()
	body, _, err := h.service.OpenFile(t.Context(), desk.FileID(id))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	raw, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// An animated sticker is shown as its still picture, an album as its files in order, a file that bots do not get as words.
func TestFilesThatAreSomethingElse(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	u.SendSticker(h.bot, "👋", "application/x-tgsticker", []byte("not to be shown"))
	p := h.matrix.Post(t, "the still picture", func(p desk.Post) bool { return p.File != nil && p.File.Name == "sticker.webp" })
	if body := h.bytes(t, p.File.ID); body == "not to be shown" || body == "" {
		t.Errorf("the staff gets %q", body)
	}
	u.Album(h.bot, "our cats", telegramtest.Media{Kind: "photo", Data: []byte(picture(t, 4, 3))}, telegramtest.Media{Kind: "video", Data: []byte("film")})
	h.matrix.Post(t, "the second of the album", func(p desk.Post) bool { return p.File != nil && p.File.Name == "video.mp4" })
	var names []string
	for _, p := range h.matrix.Posts() {
		if p.File != nil {
			names = append(names, p.File.Name)
		}
	}
	if !slices.Equal(names, []string{"sticker.webp", "photo.jpg", "video.mp4"}) {
		t.Errorf("files %q", names)
	}
	u.SendHuge(h.bot, "film.mkv", 30<<20)
	h.matrix.Post(t, "why the file is not there", func(p desk.Post) bool {
		return strings.Contains(p.Text, "film.mkv") && strings.Contains(p.Text, "20 MB")
	})
}

// What the staff sends is shown to the customer as what it is; what Telegram does not take as a photo comes as a file.
func TestFilesFromTheStaff(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	for _, c := range []struct {
		is   content.Attachment
		body string
		kind string
	}{
		{content.Attachment{Name: "a.png", Type: "image/png", Kind: content.Image}, picture(t, 30, 20), "photo"},
		{content.Attachment{Name: "broken.png", Type: "image/png", Kind: content.Image}, "no picture at all", "document"},
		{content.Attachment{Name: "long.png", Type: "image/png", Kind: content.Image}, picture(t, 2, 100), "document"},
		{content.Attachment{Name: "a.svg", Type: "image/svg+xml", Kind: content.Image}, "<svg/>", "document"},
		{content.Attachment{Name: "a.mp4", Type: "video/mp4", Kind: content.Video, Width: 4, Height: 3, Duration: 5000}, "film", "video"},
		{content.Attachment{Name: "hidden.png", Type: "image/png", Kind: content.Image, Spoiler: true}, picture(t, 31, 20), "photo"},
		{content.Attachment{Name: "hidden.mp4", Type: "video/mp4", Kind: content.Video, Spoiler: true}, "film", "video"},
		{content.Attachment{Name: "hidden.gif", Type: "image/gif", Kind: content.Image, Spoiler: true}, "film", "animation"},
		{content.Attachment{Name: "v.ogg", Type: "audio/ogg", Kind: content.Audio, Voice: true, Duration: 7000}, "sound", "voice"},
		{content.Attachment{Name: "a.mp3", Type: "audio/mpeg", Kind: content.Audio}, "music", "audio"},
		{content.Attachment{Name: "a.pdf", Type: "application/pdf", Kind: content.File}, "paper", "document"},
	} {
		t.Run(c.is.Name, func(t *testing.T) {
			mxc := "mxc://desk.example/" + c.is.Name
			h.matrix.Put(mxc, c.body)
			c.is.Size = int64(len(c.body))
			h.sayAs(room, "", func(m *desk.StaffMessage) { m.Files = []desk.File{{Attachment: c.is, MXC: mxc}} })
			u.Until(h.bot, c.is.Name, func(all []telegramtest.Message) bool {
				return slices.ContainsFunc(all, func(m telegramtest.Message) bool {
					return m.Media != nil && m.Media.Name == c.is.Name && m.Media.Kind == c.kind && string(m.Media.Data) == c.body &&
						m.Media.Duration == c.is.Duration/1000 && m.Media.Spoiler == c.is.Spoiler
				})
			})
		})
	}
}

// Formatting goes the whole way in both directions.
func TestSpoilersLinksAndCode(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	u.Write(h.bot, "see the docs", telegramtest.Entity{Type: "text_link", Offset: 8, Length: 4, URL: "https://x.example/"}, telegramtest.Entity{Type: "spoiler", Offset: 0, Length: 3})
	h.matrix.Post(t, "the HTML", func(p desk.Post) bool {
		return p.HTML == `<span data-mx-spoiler>see</span> the <a href="https://x.example/">docs</a>`
	})
	h.sayAs(room, "read this", func(m *desk.StaffMessage) {
		m.Content.HTML = `<b>read</b> <span data-mx-spoiler="why">this</span><pre><code class="language-go">x := 1</code></pre>`
	})
	m := u.Await(h.bot, "read (why) this\nx := 1")
	want := []telegramtest.Entity{{Type: "bold", Length: 4}, {Type: "spoiler", Offset: 11, Length: 4}, {Type: "pre", Offset: 16, Length: 6, Language: "go"}}
	same := func(a, b telegramtest.Entity) bool {
		return a.Type == b.Type && a.Offset == b.Offset && a.Length == b.Length && a.Language == b.Language
	}
	if !slices.EqualFunc(m.Entities, want, same) {
		t.Errorf("entities %+v", m.Entities)
	}
}

// A customer who shares the phone number gets a contact, is thanked and is not asked again; a number of somebody else is words only.
func TestSharedPhone(t *testing.T) {
	h := open(t)
	u := h.server.User(7, "Ivan", "en")
	u.Write(h.bot, "Call me, please")
	u.Await(h.bot, "Thank you for writing. Please wait a moment, we will answer you soon.")
	if keys := u.Keys(h.bot); len(keys) != 1 || !keys[0][0].Contact || keys[0][0].Text != "Share my phone number" {
		t.Errorf("keys %+v", keys)
	}
	u.SendContact(h.bot, "+79009999999", "Olga", "")
	h.matrix.Post(t, "the foreign contact", func(p desk.Post) bool { return p.Text == "Contact: Olga, +79009999999" })
	u.ShareContact(h.bot, "79001234567")
	u.Await(h.bot, "Thank you, we have noted your phone number.")
	if keys := u.Keys(h.bot); len(keys) != 0 {
		t.Errorf("the key is still there: %+v", keys)
	}
	h.read(func(tx journal.Tx) error {
		all, err := tx.Contacts(h.ticketOf(u).Customer)
		if len(all) != 1 || all[0].Kind != desk.ContactPhone || all[0].Value != "+79001234567" {
			t.Errorf("contacts %+v", all)
		}
		return err
	})
	first := h.ticketOf(u)
	room := h.accept(u)
	h.say(room, "!close")
	u.Await(h.bot, "End of the conversation. How was it? Your rating helps us.")
	ids, all := (&person{h: h, u: u}).buttons()
	u.Press(h.bot, ids[4], all[4].Data)
	h.matrix.Post(t, "the rating", func(p desk.Post) bool { return strings.Contains(p.Text, "rated ticket") })
	u.Write(h.bot, "One more thing")
	u.Until(h.bot, "another request to wait", func(all []telegramtest.Message) bool {
		return strings.Count(telegramtest.Transcript(all), "Please wait a moment") == 2
	})
	if keys := u.Keys(h.bot); len(keys) != 0 || h.ticketOf(u).ID == first.ID {
		t.Errorf("asked again for the number: %+v", keys)
	}
}
