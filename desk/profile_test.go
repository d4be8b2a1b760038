package desk_test

import (
	"strings"
	"testing"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestFaces: customers see what is set for their site, else what is set for every site, else what is configured, else what Matrix shows; of the
// internal name they never see anything (O11).
func TestFaces(t *testing.T) {
	d, c, room := assigned(t)
	chat := direct(t, d, desktest.Anna)
	signed := func(name, avatar string) {
		t.Helper()
		d.Say(desktest.Anna, room, "hello")
		all := d.Messages(c)
		if m := all[len(all)-1]; m.WhoName != name || m.WhoAvatar != avatar {
			t.Errorf("signed %q %q, want %q %q", m.WhoName, m.WhoAvatar, name, avatar)
		}
	}
	d.Decide(desk.StaffProfile{User: desktest.Anna, Name: "anna from Matrix", Avatar: "mxc://test/matrix"})
	signed("Anna Petrova", "mxc://test/anna")
	d.Say(desktest.Anna, chat, "!profile fullname "+secret)
	d.Say(desktest.Anna, chat, "!profile name Anna P.")
	signed("Anna P.", "mxc://test/anna")
	d.Say(desktest.Anna, chat, "!профиль имя site:shop Анна")
	signed("Анна", "mxc://test/anna")
	picture := staffFile("me.png")
	d.SayAs(desktest.Anna, chat, "!profile photo", func(in *desk.StaffMessage) { in.Files = []desk.File{picture} })
	signed("Анна", picture.MXC)
	d.Say(desktest.Anna, chat, "!profile name site:shop off")
	signed("Anna P.", picture.MXC)
	d.Say(desktest.Anna, chat, "!profile name off")
	d.Say(desktest.Anna, chat, "!profile photo off")
	signed("Anna Petrova", "mxc://test/anna")
	change(t, d, desktest.Anna, func(o *desk.Operator) { o.PublicName, o.Avatar = "anna", "" })
	signed("anna from Matrix", "mxc://test/matrix")
	d.Decide(desk.StaffProfile{User: desktest.Anna, Name: "", Avatar: "http://evil.example/a.png"})
	signed("anna", "")
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
	d.Say(desktest.Anna, room, "!return")
	d.Accept(desktest.Anna, c)
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
	if card := d.Card(c); !strings.Contains(card.Text, secret) {
		t.Errorf("colleagues do not see the full name: %q", card.Text)
	}
}

// TestFaceReachesTheCustomer: a new name is news for those who are being answered.
func TestFaceReachesTheCustomer(t *testing.T) {
	d, c, _ := assigned(t)
	before := d.Changed[c]
	d.Say(desktest.Anna, direct(t, d, desktest.Anna), "!profile name Anna P.")
	if d.Changed[c] != before+1 {
		t.Errorf("changed %d times", d.Changed[c]-before)
	}
	d.Decide(desk.StaffProfile{User: desktest.Anna, Name: "a"})
	d.Decide(desk.StaffProfile{User: desktest.Anna, Name: "a"})
	if d.Changed[c] != before+2 {
		t.Errorf("changed %d times", d.Changed[c]-before)
	}
	d.Decide(desk.StaffProfile{User: desktest.Outside, Name: "a"})
	if _, err := d.Operator(desktest.Outside); err == nil {
		t.Error("a stranger has become staff")
	}
}

// TestNewNameInRooms: whose name changes, be it in Matrix or here, is called by it at once on the cards and in the rooms of the open tickets.
func TestNewNameInRooms(t *testing.T) {
	d, c, room := assigned(t)
	change(t, d, desktest.Anna, func(o *desk.Operator) { o.PublicName = "anna" })
	for _, test := range []struct {
		name string
		say  func()
		want string
	}{
		{"in Matrix", func() { d.Decide(desk.StaffProfile{User: desktest.Anna, Name: "Anna of Matrix"}) }, "Anna of Matrix"},
		{"by oneself", func() { d.Say(desktest.Anna, lobby, "!profile name Anna P.") }, "Anna P."},
		{"by an administrator", func() { d.Say(desktest.Admin, lobby, "!operator set @anna name Petrova Anna") }, "Petrova Anna"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := d.Changed[c]
			test.say()
			var topic string
			d.Want(room, desk.ThingTopic, &topic)
			if card := d.Card(c).Text; !strings.Contains(topic, test.want) || !strings.Contains(card, test.want) {
				t.Errorf("topic %q, card %q", topic, card)
			}
			if d.Changed[c] == before {
				t.Error("the customer is not told")
			}
		})
	}
}

func TestProfileCommands(t *testing.T) {
	for _, test := range []struct{ say, want string }{
		{"!profile", "Public name · Anna Petrova\nPublic photo · set\nFull name · not set"},
		{"!me", "How you are seen."},
		{"!profile position senior operator", "Position · senior operator"},
		{"!profile language ru", "Язык моих ответов · ru"},
		{"!профиль язык русский", "Язык моих ответов · ru"},
		{"!profile language klingon", "I do not speak «klingon»"},
		{"!profile gender ж", "Grammatical gender · feminine"},
		{"!profile gender x", "do not understand «x»"},
		{"!profile zone Asia/Tokyo", "Time zone · Asia/Tokyo"},
		{"!profile zone Moon", "no time zone «Moon»"},
		{"!profile zone Local", "no time zone «Local»"},
		{"!profile zone off", "Time zone · UTC"},
		{"!profile name", "one line of at most 100"},
		{"!profile name " + strings.Repeat("x", 101), "one line of at most 100"},
		{"!profile name site:shop Anna P.", "On Shop (site:shop) · Anna P."},
		{"!profile name site:moon Anna", "no site «moon»"},
		{"!profile name site: Anna", "no site «»"},
		{"!profile photo", "Send a picture"},
		{"!profile photo please", "Send a picture"},
	} {
		d := newDesk(t)
		chat := direct(t, d, desktest.Anna)
		d.Say(desktest.Anna, chat, test.say)
		if got := d.LastPost(chat).Text; !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q in it", test.say, got, test.want)
		}
	}
	d := newDesk(t)
	chat := direct(t, d, desktest.Anna)
	d.SayAs(desktest.Anna, chat, "!profile photo", func(in *desk.StaffMessage) {
		f := staffFile("me.pdf")
		f.Kind = content.File
		in.Files = []desk.File{f}
	})
	if got := d.LastPost(chat).Text; !strings.Contains(got, "Send a picture") {
		t.Errorf("a document as photo: %q", got)
	}
}

// TestProfileIsRecorded: a change is in the journal with what was there before.
func TestProfileIsRecorded(t *testing.T) {
	d := newDesk(t)
	d.Say(desktest.Anna, direct(t, d, desktest.Anna), "!profile name Anna P.")
	d.Say(desktest.Anna, direct(t, d, desktest.Anna), "!profile name Anna Q.")
	e := d.Journal()[len(d.Journal())-1]
	if e.Action != "operator.changed" || len(e.Changes) != 1 || !strings.Contains(string(e.Changes[0].Before), "Anna P.") || !strings.Contains(string(e.Changes[0].After), "Anna Q.") {
		t.Errorf("journal %+v", e)
	}
}

// TestPhotoOfASite: a photo may be for the customers of one site, who see it in place of the one for all.
func TestPhotoOfASite(t *testing.T) {
	d := newDesk(t, twoSites)
	photo := func(text, mxc string) {
		d.SayAs(desktest.Anna, lobby, text, func(in *desk.StaffMessage) {
			f := staffFile("me.png")
			f.MXC = mxc
			in.Files = []desk.File{f}
		})
	}
	photo("!profile photo", "mxc://test/all")
	photo("!profile photo site:shop", "mxc://test/shop")
	for site, want := range map[desk.SiteID]string{desktest.Site: "mxc://test/shop", "blog": "mxc://test/all"} {
		if o, err := d.Operator(desktest.Anna); err != nil || o.Face(site).Avatar != want {
			t.Errorf("on %s: %+v, %v", site, o.Face(site), err)
		}
	}
	d.Say(desktest.Anna, lobby, "!профиль фото ресурс:shop нет")
	if o, err := d.Operator(desktest.Anna); err != nil || o.Face(desktest.Site).Avatar != "mxc://test/all" {
		t.Errorf("taken back: %+v, %v", o.Face(desktest.Site), err)
	}
	photo("!profile photo site:nowhere", "mxc://test/x")
	if got := d.LastPost(desk.DirectRoom(desktest.Anna)).Text; !strings.Contains(got, "no site «nowhere»") {
		t.Errorf("unknown site: %q", got)
	}
}
