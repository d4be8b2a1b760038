package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// talks lists the rooms of the staff, in the order they were made.
func talks(d *desktest.Desk) []desk.RoomKey {
	var out []desk.RoomKey
	for _, s := range d.Sent {
		if room, _, _ := desk.LaneOf(s.Effect); strings.HasPrefix(string(room), desk.KindRoom+":") && !slices.Contains(out, room) {
			out = append(out, room)
		}
	}
	return out
}

// newTalk lets Anna make a room with Boris and Root.
func newTalk(t *testing.T) (*desktest.Desk, desk.RoomKey) {
	t.Helper()
	d := newDesk(t)
	post := asked(t, d, desktest.Anna, `!room new "Morning tea" @boris @root @anna`)
	if !strings.Contains(post.Text, "«Morning tea» is made, with 3 people") || len(talks(d)) != 1 {
		t.Fatalf("answer %q, rooms %v", post.Text, talks(d))
	}
	return d, talks(d)[0]
}

// TestStaffRoom: one command makes, fills and files a room; its creator and administrators may remove people there.
func TestStaffRoom(t *testing.T) {
	d, room := newTalk(t)
	for u, level := range map[desk.UserID]int{desktest.Anna: 50, desktest.Boris: 0, desktest.Admin: 50} {
		if m := member(d, room, u); m.Want != "join" || m.Level != level {
			t.Errorf("%s is wanted as %+v, want level %d", u, m, level)
		}
	}
	var name string
	d.Want(room, desk.ThingName, &name)
	var child desk.Child
	d.Want(desk.StaffSpace(), desk.ThingChild+string(room), &child)
	if name != "Morning tea" || !child.Present {
		t.Errorf("the room is called %q and hangs as %+v", name, child)
	}
	for _, u := range []desk.UserID{desktest.Anna, desktest.Boris, desktest.Vera, desktest.Admin} {
		if d.Membership(desk.StaffSpace(), u) != "join" {
			t.Errorf("%s is not in the staff space", u)
		}
	}
	for command, want := range map[string]string{
		`!room new`:             "do not understand «»",
		`!room new "x" @nobody`: "@nobody:test is not on the list of the staff",
		`!комната новая «Обед» @boris`: "«Обед» is made, with 2 people",
		`!room add @boris`:              "«!room add» is taken in: a room of the staff",
		`!комнаты создать "Solo"`:       "«Solo» is made, with 1 person",
		`!room new "Tea \n for" @guest`: "@guest:test is not on the list",
	} {
		if got := asked(t, d, desktest.Anna, command).Text; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
	if got := asked(t, d, desktest.Anna, "!rooms").Text; !strings.HasPrefix(got, "Rooms: 3\n") {
		t.Errorf("rooms: %q", got)
	}
}

// TestStaffRoomMembers: any member adds colleagues, anyone leaves, the creator and administrators remove, strangers are sent away.
func TestStaffRoomMembers(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(d *desktest.Desk, room desk.RoomKey)
		who  desk.UserID
		want string
		act  string
	}{
		{"a member invites a colleague", func(d *desktest.Desk, room desk.RoomKey) {
			d.Member(room, desktest.Vera, desktest.Boris, "leave", "invite")
		}, desktest.Vera, "join", "room.added"},
		{"a member adds a colleague", func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Boris, room, "!room add @vera") }, desktest.Vera, "join", "room.added"},
		{"a member invites a stranger", func(d *desktest.Desk, room desk.RoomKey) {
			d.Member(room, desktest.Outside, desktest.Boris, "leave", "invite")
		}, desktest.Outside, "leave", ""},
		{"somebody leaves", func(d *desktest.Desk, room desk.RoomKey) {
			d.Member(room, desktest.Boris, desktest.Boris, "join", "leave")
		}, desktest.Boris, "leave", "room.left"},
		{"somebody leaves by command", func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Boris, room, "!leave") }, desktest.Boris, "leave", "room.left"},
		{"the creator removes in the client", func(d *desktest.Desk, room desk.RoomKey) {
			d.Member(room, desktest.Boris, desktest.Anna, "join", "leave")
		}, desktest.Boris, "leave", "room.removed"},
		{"the creator removes", func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!room remove @boris") }, desktest.Boris, "leave", "room.removed"},
		{"an administrator removes", func(d *desktest.Desk, room desk.RoomKey) {
			d.Say(desktest.Admin, room, "!комната удалить @boris")
		}, desktest.Boris, "leave", "room.removed"},
		{"a member removes", func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Boris, room, "!room remove @anna") }, desktest.Anna, "join", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, room := newTalk(t)
			before := len(d.Journal())
			c.do(d, room)
			if got := d.Membership(room, c.who); got != c.want {
				t.Errorf("%s is wanted by %q, want %q", c.who, got, c.want)
			}
			acts := ""
			for _, e := range d.Journal()[before:] {
				if strings.HasPrefix(e.Action, "room.") {
					acts += e.Action
				}
			}
			if acts != c.act {
				t.Errorf("the journal has %q, want %q", acts, c.act)
			}
		})
	}
	d, room := newTalk(t)
	d.Say(desktest.Boris, room, "!room remove @anna")
	if got := d.LastPost(room).Text; !strings.Contains(got, "Only Anna Petrova, who made this room, and administrators") {
		t.Errorf("a refusal reads %q", got)
	}
}

// TestStaffRoomName: any member renames it, in the client or by command.
func TestStaffRoomName(t *testing.T) {
	d, room := newTalk(t)
	d.Decide(desk.StateBroken{Room: room, Thing: desk.ThingName, Sender: desktest.Boris, Name: "Evening  tea"})
	var name string
	if d.Want(room, desk.ThingName, &name); name != "Evening tea" {
		t.Errorf("renamed in the client to %q", name)
	}
	d.Say(desktest.Boris, room, "!room rename Late tea")
	if d.Want(room, desk.ThingName, &name); name != "Late tea" {
		t.Errorf("renamed by command to %q", name)
	}
	if got := asked(t, d, desktest.Anna, "!rooms").Text; !strings.Contains(got, "\nLate tea · Anna Petrova, Boris, Root") {
		t.Errorf("rooms: %q", got)
	}
	entries := d.Journal()
	last := entries[len(entries)-1]
	if last.Action != "room.renamed" || len(last.Changes) == 0 || string(last.Changes[0].Before) != `"Evening tea"` {
		t.Errorf("the journal has %+v", last)
	}
}

// TestRoomsWith: found are the asker's own rooms with everybody named, and the rooms of tickets he may see.
func TestRoomsWith(t *testing.T) {
	d, all := tickets(t)
	asked(t, d, desktest.Anna, `!room new "Two" @boris`)
	d.Pass(time.Minute)
	asked(t, d, desktest.Anna, `!room new "Three" @boris @vera`)
	asked(t, d, desktest.Vera, `!room new "Ours" @kim`)
	for _, c := range []struct {
		by            desk.UserID
		command, want string
	}{
		{desktest.Anna, "!rooms", "Three Two"},
		{desktest.Boris, "!rooms with vera", "Three"},
		{desktest.Anna, "!комнаты с boris, anna", "Three Two"},
		{desktest.Vera, "!rooms with kim", "Ours"},
		{desktest.Anna, "!rooms with kim", ""},
		{desktest.Anna, "!rooms with ivan", "Ticket #1"},
		{desktest.Vera, "!rooms with ivan anna", "Ticket #1"},
		{desktest.Vera, "!rooms with мария boris", "Ticket #2"},
		{desktest.Vera, "!rooms with мария anna", ""},
		{desktest.Anna, "!rooms with мария", ""},
	} {
		post := asked(t, d, c.by, c.command)
		var got []string
		for _, line := range strings.Split(post.Text, "\n")[1:] {
			name, _, _ := strings.Cut(line, " · ")
			name, _, _ = strings.Cut(name, ",")
			got = append(got, name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %s: %q, want %q", c.by, c.command, got, c.want)
		}
	}
	if post := asked(t, d, desktest.Vera, "!rooms with ivan"); strings.Contains(post.HTML, "matrix.to") {
		t.Errorf("a link to a room that vera is not in: %s", post.HTML)
	}
	if post := asked(t, d, desktest.Anna, "!rooms with ivan"); !strings.Contains(post.HTML, string(d.PortalOf(all[0]))) {
		t.Errorf("no link to anna's own room: %s", post.HTML)
	}
}

// TestRoomMadeByHand: it is reported to who made it, once.
func TestRoomMadeByHand(t *testing.T) {
	d := newDesk(t)
	in := desk.ChildFound{Room: desk.StaffSpace(), Event: d.NextEvent(), Child: "!private", Sender: desktest.Anna}
	for range 2 {
		d.Decide(in)
		d.Deliver()
	}
	posts := slices.DeleteFunc(d.Posts(desk.DirectRoom(desktest.Anna)), func(p desk.Post) bool { return strings.HasPrefix(string(p.ID), "tour/") })
	if len(posts) != 1 || !strings.Contains(posts[0].Text, "!private") {
		t.Errorf("anna is told %+v", posts)
	}
	d.Decide(desk.ChildFound{Room: desk.StaffSpace(), Event: d.NextEvent(), Child: "!other", Sender: desktest.Outside})
	d.Deliver()
	if got := d.LastPost(desk.AdminRoom()).Text; !strings.Contains(got, "@guest:test has put the room !other") {
		t.Errorf("the administrators are told %q", got)
	}
}

// TestRemovedFromStaffRooms: who is staff no longer is in none of its rooms.
func TestRemovedFromStaffRooms(t *testing.T) {
	d, room := newTalk(t)
	asked(t, d, desktest.Admin, "!operator remove @boris")
	for _, r := range []desk.RoomKey{room, desk.StaffSpace()} {
		if got := d.Membership(r, desktest.Boris); got != "leave" {
			t.Errorf("boris is wanted in %s by %q", r, got)
		}
	}
}

// TestAskAdministrators: a question stands in the administrators' room of the site with the ticket's number; the reply goes to the direct chat
// of who asked, once, and nothing else does.
func TestAskAdministrators(t *testing.T) {
	d, all := tickets(t)
	admins := desk.AdminsRoom(desktest.Site)
	if d.Membership(admins, desktest.Admin) != "join" || d.Membership(admins, desktest.Anna) != "" {
		t.Errorf("in the room are root by %q, anna by %q", d.Membership(admins, desktest.Admin), d.Membership(admins, desktest.Anna))
	}
	d.Say(desktest.Anna, d.PortalOf(all[0]), "!admin May I give a <discount>?")
	question := d.LastPost(admins)
	if !strings.HasPrefix(question.Text, "Anna Petrova asks, about ticket #1 (Ivan Petrov)\n> May I give a <discount>?") || strings.Contains(question.HTML, "<discount>") {
		t.Fatalf("the question reads %q, %s", question.Text, question.HTML)
	}
	for _, m := range d.Messages(all[0]) {
		if strings.Contains(m.Content.Text, "discount") {
			t.Error("the question went to the customer")
		}
	}
	asking, err := d.EventByRow(question.ID)
	if err != nil {
		t.Fatal(err)
	}
	direct := desk.DirectRoom(desktest.Anna)
	before := len(d.Posts(direct))
	d.Say(desktest.Admin, admins, "who is this?")
	d.SayAs(desktest.Admin, admins, "// not for her", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, asking.ID })
	note := d.SayAs(desktest.Admin, admins, "/ not for her", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, asking.ID })
	if got := marksOn(d, note); got != "[🔒]" {
		t.Errorf("marks on a note as Element sends it: %s", got)
	}
	if got := len(d.Posts(direct)); got != before {
		t.Fatalf("%d posts went to anna that answer nothing", got-before)
	}
	answer := d.SayAs(desktest.Admin, admins, "Ten percent", func(in *desk.StaffMessage) {
		in.Relation, in.Relates = desk.InReply, asking.ID
		in.Files = []desk.File{{Attachment: content.Attachment{Name: "terms.pdf", Type: "application/pdf", Kind: content.File}, MXC: "mxc://test/terms"}}
	})
	posts := d.Posts(direct)[before:]
	if len(posts) != 2 || posts[0].Text != "Root answers your question about ticket #1\n> Ten percent" || posts[1].File == nil || posts[1].File.Name != "terms.pdf" {
		t.Fatalf("anna is answered %+v", posts)
	}
	if f, err := d.File(desk.FileID(posts[1].File.ID)); err != nil || f.MXC != "mxc://test/terms" {
		t.Errorf("the file is %+v, %v", f, err)
	}
	d.Decide(desk.StaffMessage{Room: admins, Event: answer, Sender: desktest.Admin, Relation: desk.InReply, Relates: asking.ID, Content: content.Message{Text: "Ten percent"}})
	d.Deliver()
	if got := len(d.Posts(direct)) - before; got != 2 {
		t.Errorf("after the same answer came again there are %d posts", got)
	}
	asked(t, d, "@kim:test", "!админ help me")
	if got := d.LastPost(desk.AdminsRoom("club")).Text; !strings.HasPrefix(got, "Kim asks\n> help me") {
		t.Errorf("the question of the other site reads %q", got)
	}
	if got := asked(t, d, "@kim:test", "!admin #1 what?").Text; !strings.Contains(got, "may not see ticket #1") {
		t.Errorf("asking about a hidden ticket: %q", got)
	}
}

// TestDM: two people talk about a ticket in a room of their own, the same one when asked again.
func TestDM(t *testing.T) {
	d, all := tickets(t)
	d.Say(desktest.Anna, d.PortalOf(all[0]), "!dm @boris")
	rooms := talks(d)
	if len(rooms) != 1 {
		t.Fatalf("rooms %v", rooms)
	}
	var name string
	if d.Want(rooms[0], desk.ThingName, &name); name != "#1 · Anna Petrova, Boris" {
		t.Errorf("the room is called %q", name)
	}
	post := d.LastPost(rooms[0])
	if !strings.HasPrefix(post.Text, "Anna Petrova wants to talk about ticket #1 (Ivan Petrov).\nhttps://matrix.to/#/") || !slices.Equal(post.Mentions, []desk.UserID{desktest.Boris}) {
		t.Errorf("the talk begins %q, mentions %v", post.Text, post.Mentions)
	}
	got := asked(t, d, desktest.Boris, "!лс @anna")
	if len(talks(d)) != 2 || !strings.Contains(got.Text, "«Boris, Anna Petrova» is made") {
		t.Errorf("a talk about nothing: %q", got.Text)
	}
	got = asked(t, d, desktest.Anna, "!dm @boris #1")
	if len(talks(d)) != 2 || !strings.Contains(got.Text, "You have this talk with Boris already") || !strings.Contains(got.HTML, "matrix.to") {
		t.Errorf("again: %q", got.Text)
	}
	for command, want := range map[string]string{
		"!dm @anna":     "Name a colleague other than yourself",
		"!dm @guest":    "not on the list of the staff",
		"!dm @boris #2": "You may not see ticket #2",
		"!dm":           "Like this: !dm @anna [#42]",
	} {
		if got := asked(t, d, desktest.Anna, command).Text; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
	if len(talks(d)) != 2 {
		t.Errorf("rooms %v", talks(d))
	}
}

// TestRoomPages: the further pages of lists of rooms are shown by what the first one says.
func TestRoomPages(t *testing.T) {
	d := newDesk(t)
	for i := range 25 {
		must(d.PutTalk(&desk.Talk{ID: desk.TalkID(fmt.Sprint("t", i)), Name: fmt.Sprint("Talk ", i), Creator: desktest.Admin, Created: d.Now}))
		room := desk.TalkRoom(desk.TalkID(fmt.Sprint("t", i)))
		must(d.PutRoom(&desk.Room{Key: room, ID: desk.RoomID(fmt.Sprint("!t", i))}))
		d.Desire(desk.Desire{Room: room, Thing: desk.ThingMember + string(desktest.Admin), Value: []byte(`{"want":"join"}`)})
		d.Decide(desk.ChildFound{Room: desk.StaffSpace(), Event: d.NextEvent(), Child: desk.RoomID(fmt.Sprint("!hand", i)), Sender: desktest.Admin})
		must(d.PutRightsTemplate(&desk.RightsTemplate{Name: fmt.Sprint("template ", i)}))
	}
	for first, second := range map[string]string{
		"!rooms": "!rooms 2", "!комнаты с root": "!комнаты с root стр:2", "!room adopt": "!room adopt page:2", "!rights templates": "!rights templates 2",
	} {
		if got := asked(t, d, desktest.Admin, first).Text; !strings.Contains(got, "Page 1 of 2") {
			t.Errorf("%s: %q", first, got)
		}
		if got := asked(t, d, desktest.Admin, second).Text; !strings.Contains(got, "Page 2 of 2") {
			t.Errorf("%s: %q", second, got)
		}
	}
	if got := asked(t, d, desktest.Admin, "!rooms all"); got.File == nil {
		t.Errorf("no file: %q", got.Text)
	}
}
