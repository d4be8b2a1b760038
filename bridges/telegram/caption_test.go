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
)

// Words that become too long for a caption, or short enough for one, never cost the customer the file, nor bring it twice.
func TestWordsAcrossTheLengthOfACaption(t *testing.T) {
	short, long := "The bill", "The bill: "+strings.TrimSpace(strings.Repeat("tea ", 400))
	for name, c := range map[string]struct{ before, after string }{"longer": {short, long}, "shorter": {long, short}} {
		t.Run(name, func(t *testing.T) {
			h := open(t, quick)
			u := h.server.User(7, "Ivan", "en")
			room := h.begin(u, "Hello?")
			event := h.sayAs(room, c.before, func(m *desk.StaffMessage) {
				m.Files = h.gallery(content.Attachment{Name: "bill.pdf", Type: "application/pdf"})
			})
			bills := func(all []telegramtest.Message) (out []telegramtest.Message) {
				return slices.DeleteFunc(slices.Clone(all), func(m telegramtest.Message) bool { return m.Media == nil || m.Deleted })
			}
			first := bills(u.Until(h.bot, "the bill", func(all []telegramtest.Message) bool { return len(bills(all)) > 0 }))[0]
			h.decide(desk.StaffEdit{
				Room: room, Event: h.Event(), Sender: desktest.Anna, Replaces: event, Content: content.Message{Text: c.after}, At: time.Now(),
			})
			words := func(all []telegramtest.Message) (out []string) {
				for _, m := range all {
					if m.FromBot && !m.Deleted && strings.HasPrefix(m.Text, "The bill") {
						out = append(out, strings.TrimSpace(m.Text))
					}
				}
				return out
			}
			u.Until(h.bot, "the new words, and only those", func(all []telegramtest.Message) bool {
				return slices.Equal(words(all), []string{strings.TrimSpace(c.after)})
			})
			h.say(room, "That is all")
			all := u.Until(h.bot, "what follows", func(all []telegramtest.Message) bool {
				return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.Text == "That is all" })
			})
			if got := bills(all); len(got) != 1 || got[0].ID != first.ID {
				t.Errorf("the customer has %d bills", len(got))
			}
			for _, p := range h.matrix.Posts() {
				if strings.Contains(p.Text, "still sees") {
					t.Errorf("told is %q", p.Text)
				}
			}
		})
	}
}

// A place goes as a place, with what was said to it, and not with a link beside.
func TestPlaceFromTheStaff(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	place := content.Place{Lat: 55.75, Lon: 37.61}
	for _, words := range []string{"Our shop", "User Location geo:55.75,37.61", ""} {
		h.sayAs(room, strings.TrimSpace(words+"\n"+place.Link()), func(m *desk.StaffMessage) { m.Content.Place = &place })
	}
	h.say(room, "See you")
	u.Await(h.bot, "See you")
	var got []string
	for _, m := range u.Chat(h.bot)[3:] {
		if m.Extra["location"] != nil {
			got = append(got, fmt.Sprint(m.Extra["location"]))
		} else {
			got = append(got, m.Text)
		}
	}
	pin := "map[latitude:55.75 longitude:37.61]"
	if want := []string{"Our shop", pin, pin, pin, "See you"}; !slices.Equal(got, want) {
		t.Errorf("the customer gets %q, want %q", got, want)
	}
}

// More files than an album holds come in two, and files too large together in several.
func TestAlbumsHaveBounds(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	var twelve []content.Attachment
	for i := range 12 {
		twelve = append(twelve, content.Attachment{Name: fmt.Sprintf("%d.pdf", i), Type: "application/pdf"})
	}
	sizes := func(all []telegramtest.Message) (out []int) {
		last := ""
		for _, m := range all {
			switch {
			case m.Media == nil || !m.FromBot:
			case m.Group != "" && m.Group == last:
				out[len(out)-1]++
			default:
				out = append(out, 1)
				last = m.Group
			}
		}
		return out
	}
	h.sayAs(room, "All of them", func(m *desk.StaffMessage) { m.Files = h.gallery(twelve...) })
	u.Until(h.bot, "two albums", func(all []telegramtest.Message) bool { return slices.Equal(sizes(all), []int{10, 2}) })
	h.sayAs(room, "Large ones", func(m *desk.StaffMessage) {
		m.Files = h.gallery(twelve[:3]...)
		for i := range m.Files {
			m.Files[i].Size = 20 << 20
		}
	})
	u.Until(h.bot, "two and one", func(all []telegramtest.Message) bool { return slices.Equal(sizes(all), []int{10, 2, 2, 1}) })
}

// Names that are made to differ differ from all others, too.
func TestAlbumWithNamesThatCollide(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	names := []string{"a.pdf", "3-a.pdf", "a.pdf", "a.pdf"}
	h.sayAs(room, "Look", func(m *desk.StaffMessage) {
		var files []content.Attachment
		for _, name := range names {
			files = append(files, content.Attachment{Name: name, Type: "application/pdf"})
		}
		m.Files = h.gallery(files...)
	})
	all := u.Until(h.bot, "all files", func(all []telegramtest.Message) bool { return len(shown(all)) == len(names) })
	seen := map[string]bool{}
	for _, m := range all {
		if m.Media == nil {
			continue
		}
		if seen[m.Media.Name] {
			t.Errorf("two files are called %s", m.Media.Name)
		}
		seen[m.Media.Name] = true
	}
}

// What the staff sends as moving picture or sticker is shown as such, and voice to who wants none as a file.
func TestOtherFilesFromTheStaff(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	u.RefuseVoice()
	room := h.begin(u, "Hello?")
	h.sayAs(room, "", func(m *desk.StaffMessage) {
		m.Files = h.gallery(content.Attachment{Name: "cat.gif", Type: "image/gif", Kind: content.Image}, pictured(t, "sticker.png"),
			content.Attachment{Name: "v.ogg", Type: "audio/ogg", Kind: content.Audio, Voice: true})
	})
	want := []string{"animation cat.gif 0 ", "photo sticker.png 0 ", "document v.ogg 0 "}
	u.Until(h.bot, "all files", func(all []telegramtest.Message) bool { return slices.Equal(shown(all), want) })
}
