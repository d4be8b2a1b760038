package telegram_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

// said lists what is posted in the room of a user, files by their names.
func (h *house) said(u *telegramtest.User) (out []string) {
	h.t.Helper()
	room := desk.PortalRoom(h.chatOf(u).Portal)
	for _, p := range h.matrix.Posts() {
		switch {
		case p.Room != room:
		case p.File != nil:
			out = append(out, strings.Trim(p.File.Name+" "+p.Text, " "))
		default:
			out = append(out, p.Text)
		}
	}
	return out
}

func cats(t *testing.T) []telegramtest.Media {
	return []telegramtest.Media{
		{Kind: "photo", Data: []byte(picture(t, 4, 3))}, {Kind: "video", Name: "cat.mp4", Data: []byte("film")}, {Kind: "photo", Data: []byte(picture(t, 3, 4))},
	}
}

var ofCats = []string{"photo.jpg our cats", "cat.mp4", "photo.jpg"}

// isTogether reports whether words stand in the room one right after the other, and only once.
func isTogether(all, words []string) bool {
	at := slices.Index(all, words[0])
	return at >= 0 && at+len(words) <= len(all) && slices.Equal(all[at:at+len(words)], words) && !slices.Contains(all[at+1:], words[0])
}

// An album is one group in the room, also when it opens the ticket: nothing comes between its files, and each of them can be answered.
func TestAlbumFromTheCustomer(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	ids := u.Album(h.bot, "our cats", cats(t)...)
	u.Await(h.bot, "Thank you for writing. Please wait a moment, we will answer you soon.")
	h.matrix.Post(t, "the last of the album", func(p desk.Post) bool { return p.File != nil && p.File.Width == 3 })
	h.matrix.Post(t, "what the customer was told", func(p desk.Post) bool { return strings.Contains(p.Text, "Please wait a moment") })
	if all := h.said(u); !isTogether(all, ofCats) {
		t.Errorf("the room shows %q", all)
	}
	room := h.accept(u)
	film := h.matrix.Post(t, "the film", func(p desk.Post) bool { return p.File != nil && p.File.Name == "cat.mp4" })
	h.sayAs(room, "A fine cat", func(m *desk.StaffMessage) { m.Relation, m.Relates = desk.InReply, desk.EventID("$"+film.ID) })
	if answer := u.Await(h.bot, "A fine cat"); answer.ReplyTo != ids[1] {
		t.Errorf("the answer is to message %d, want %d", answer.ReplyTo, ids[1])
	}
	u.Edit(h.bot, ids[0], "our two cats")
	h.matrix.Post(t, "the new caption", func(p desk.Post) bool { return !p.Replaces.None() && strings.Contains(p.Text, "our two cats") })
}

// A program that dies in the middle of an album goes on there: nothing is lost, doubled or torn apart.
func TestAlbumAcrossARestart(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	h.begin(u, "Hello?")
	u.Album(h.bot, "our cats", cats(t)...)
	u.Write(h.bot, "Aren't they?")
	u.Until(h.bot, "stored updates", func([]telegramtest.Message) (stored bool) {
		h.read(func(tx journal.Tx) error {
			backlog, err := tx.Backlog()
			stored = backlog.Inputs > 0 || slices.Contains(h.said(u), "Aren't they?")
			return err
		})
		return stored
	})
	h.Close()
	h.start()
	h.matrix.Post(t, "the words behind the album", func(p desk.Post) bool { return p.Text == "Aren't they?" })
	if all := h.said(u); !isTogether(all, append(slices.Clone(ofCats), "Aren't they?")) {
		t.Errorf("the room shows %q", all)
	}
}

// What comes late of an album is said by itself.
func TestAlbumWithAStraggler(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	h.begin(u, "Hello?")
	u.Album(h.bot, "our cats", cats(t)[:2]...)
	h.matrix.Post(t, "the film", func(p desk.Post) bool { return p.File != nil && p.File.Name == "cat.mp4" })
	chat := u.Chat(h.bot)
	u.SendInto(h.bot, chat[len(chat)-1].Group, telegramtest.Media{Kind: "document", Name: "dog.pdf", Data: []byte("%PDF-1.4 dog")})
	h.matrix.Post(t, "the straggler", func(p desk.Post) bool { return p.File != nil && p.File.Name == "dog.pdf" })
	if all := h.said(u); !isTogether(all, append(slices.Clone(ofCats[:2]), "dog.pdf")) {
		t.Errorf("the room shows %q", all)
	}
}

// gallery makes files of the staff's that lie in the media repository.
func (h *house) gallery(files ...content.Attachment) (out []desk.File) {
	for i, f := range files {
		mxc := "mxc://desk.example/" + strings.TrimPrefix(string(h.Event()), "$")
		body := "bytes of " + f.Name
		if f.Type == "image/png" {
			body = f.ID // the picture itself
		}
		h.matrix.Put(mxc, body)
		files[i].ID, files[i].Size = "", int64(len(body))
		out = append(out, desk.File{Attachment: files[i], MXC: mxc})
	}
	return out
}

func pictured(t *testing.T, name string) content.Attachment {
	return content.Attachment{ID: picture(t, 30, 20), Name: name, Type: "image/png", Kind: content.Image}
}

// shown lists the files that a user got, each with the number of its album.
func shown(all []telegramtest.Message) (out []string) {
	groups := []string{""}
	for _, m := range all {
		if m.Media == nil || !m.FromBot {
			continue
		}
		at := slices.Index(groups, m.Group)
		if at < 0 {
			at, groups = len(groups), append(groups, m.Group)
		}
		out = append(out, fmt.Sprintf("%s %s %d %s", m.Media.Kind, m.Media.Name, at, m.Text))
	}
	return out
}

// What the staff sends as one is one for the customer too: pictures and films together, documents together.
func TestAlbumFromTheStaff(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	event := h.sayAs(room, "The new tea", func(m *desk.StaffMessage) {
		m.Files = h.gallery(pictured(t, "a.png"), pictured(t, "a.png"), content.Attachment{Name: "a.mp4", Type: "video/mp4", Kind: content.Video},
			content.Attachment{Name: "bill.pdf", Type: "application/pdf"}, content.Attachment{Name: "list.pdf", Type: "application/pdf"},
			content.Attachment{Name: "v.ogg", Type: "audio/ogg", Kind: content.Audio, Voice: true})
		m.Files[1].Spoiler, m.Files[2].Spoiler = true, true
	})
	want := []string{
		"photo a.png 1 The new tea", "photo 2-a.png 1 ", "video a.mp4 1 ", "document bill.pdf 2 ", "document list.pdf 2 ", "voice v.ogg 0 ",
	}
	var got []string
	all := u.Until(h.bot, "all files", func(all []telegramtest.Message) bool {
		got = shown(all)
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		t.Errorf("the customer gets %q, want %q", got, want)
	}
	for _, m := range all {
		if m.Media != nil && m.Media.Spoiler != (m.Media.Name == "2-a.png" || m.Media.Name == "a.mp4") {
			t.Errorf("of %s it is said that it is hidden: %v", m.Media.Name, m.Media.Spoiler)
		}
	}
	first := all[slices.IndexFunc(all, func(m telegramtest.Message) bool { return m.Text == "The new tea" })]
	h.decide(desk.StaffEdit{Room: room, Event: h.Event(), Sender: desktest.Anna, Replaces: event, Content: content.Message{Text: "The best tea"}, At: time.Now()})
	u.Until(h.bot, "the new caption", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.ID == first.ID && m.Text == "The best tea" })
	})
	h.decide(desk.StaffRedaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Redacts: event})
	u.Until(h.bot, "nothing of the album left", func(all []telegramtest.Message) bool {
		return !slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.Media != nil && m.FromBot && !m.Deleted })
	})
}

// A file that cannot be in an album does not keep the others back; what cannot go at all is told.
func TestAlbumWithABadFile(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	broken := content.Attachment{ID: "no picture", Name: "broken.png", Type: "image/png", Kind: content.Image}
	h.sayAs(room, "Look", func(m *desk.StaffMessage) { m.Files = h.gallery(pictured(t, "a.png"), broken, pictured(t, "c.png")) })
	want := []string{"photo a.png 0 Look", "document broken.png 0 ", "photo c.png 0 "}
	var got []string
	u.Until(h.bot, "all files", func(all []telegramtest.Message) bool {
		got = shown(all)
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		t.Errorf("the customer gets %q, want %q", got, want)
	}
	event := h.sayAs(room, "And", func(m *desk.StaffMessage) {
		m.Files = h.gallery(pictured(t, "d.png"), pictured(t, "gone.png"))
		m.Files[1].MXC = "mxc://desk.example/gone"
	})
	h.matrix.Post(t, "that a file is gone", func(p desk.Post) bool { return p.Reply.Event == event && strings.Contains(p.Text, "gone.png") })
	if got := shown(u.Chat(h.bot)); len(got) != 4 || got[3] != "photo d.png 0 And" {
		t.Errorf("the customer gets %q", got)
	}
}

// An album of which nobody knows whether it arrived is shown to the operator, and comes as a whole when it is sent again.
func TestAlbumInDoubt(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	h.server.CutAfter("sendMediaGroup", 1)
	event := h.sayAs(room, "Look", func(m *desk.StaffMessage) { m.Files = h.gallery(pictured(t, "a.png"), pictured(t, "b.png")) })
	h.matrix.Post(t, "the mark", func(p desk.Post) bool {
		return p.Reply.Event == event && strings.Contains(p.Text, "nobody knows whether the customer got it")
	})
	if got := shown(u.Chat(h.bot)); len(got) != 2 {
		t.Fatalf("the customer has %q", got)
	}
	h.decide(desk.StaffReaction{Room: room, Event: h.Event(), Sender: desktest.Anna, Relates: event, Key: "🔁"})
	want := []string{"photo a.png 1 Look", "photo b.png 1 ", "photo a.png 2 Look", "photo b.png 2 "}
	var got []string
	u.Until(h.bot, "the album once more", func(all []telegramtest.Message) bool {
		got = shown(all)
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		t.Errorf("the customer has %q, want %q", got, want)
	}
}
