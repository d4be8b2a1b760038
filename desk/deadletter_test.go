package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// buried has one dead letter of each kind: a customer's first words, the portal's name, and an event of the customer's.
func buried(t *testing.T) (d *desktest.Desk, c desk.ConversationID, room desk.RoomKey, letters []desk.DeadLetter) {
	d, c, room = assigned(t)
	first := d.Messages(c)[0]
	letters = []desk.DeadLetter{
		{Of: desk.OfEffect, ID: string(first.ID) + ".0", Lane: string(room), Kind: desk.KindPost, Error: "too\nlarge", At: d.Now},
		{Of: desk.OfDesire, ID: string(room) + " name", Lane: string(room), Kind: desk.ThingName, Error: "forbidden", At: d.Now},
		{Of: desk.OfInput, ID: "widget:shop 7", Lane: "conv:" + string(c), Kind: "message", Error: "bug", At: d.Now},
	}
	d.Bury(letters...)
	if err := d.PutRoom(&desk.Room{Key: desk.DirectRoom(desktest.Admin), ID: "!direct"}); err != nil {
		t.Fatal(err)
	}
	return d, c, room, letters
}

func TestDeadLettersAreListed(t *testing.T) {
	d, _, _, letters := buried(t)
	for _, room := range []desk.RoomKey{desk.AdminRoom(), desk.DirectRoom(desktest.Admin)} {
		d.Say(desktest.Admin, room, "!dead")
		want := strings.Join([]string{
			"Given up, newest first: 3",
			letters[2].Short() + " · 2 March, 09:00 · #1 · event (widget:shop) · bug",
			letters[1].Short() + " · 2 March, 09:00 · #1 · set name · forbidden",
			letters[0].Short() + " · 2 March, 09:00 · #1 · message · too large",
			"Mend the cause, then: !retry " + letters[2].Short() + " or !retry all",
		}, "\n")
		if got := d.LastPost(room).Text; got != want {
			t.Errorf("in %s:\n%s\nwant\n%s", room, got, want)
		}
	}
	for i := range 30 {
		d.Bury(desk.DeadLetter{Of: desk.OfInput, ID: fmt.Sprint("timer ", i), Lane: "timer:x", At: d.Now})
	}
	for order, want := range map[string]int{"!недоставленное": 20, "!dead 2": 10} {
		d.Say(desktest.Admin, desk.AdminRoom(), order)
		if got := d.LastPost(desk.AdminRoom()).Text; !strings.Contains(got, "first: 33") || !strings.Contains(got, " of 2. Add") || strings.Count(got, "timer:x") != want {
			t.Errorf("%s: %s", order, got)
		}
	}
	d.Say(desktest.Admin, desk.AdminRoom(), "!dead all")
	if got := d.LastPost(desk.AdminRoom()); got.File == nil || strings.Count(string(got.Data), "\n") != 34 || !strings.Contains(got.Text, "!retry all") {
		t.Errorf("as a file: %+v", got)
	}
}

// TestDeadLettersOfEveryKind: whatever was given up is called something.
func TestDeadLettersOfEveryKind(t *testing.T) {
	d := newDesk(t)
	for i, kind := range []string{
		desk.KindCreateRoom, desk.KindRetireRoom, desk.KindPost, desk.KindAnswer, desk.KindReact, desk.KindRedact, desk.KindDecline, desk.KindClearCall,
	} {
		d.Bury(desk.DeadLetter{Of: desk.OfEffect, ID: fmt.Sprint(i), Lane: string(lobby), Kind: kind, At: d.Now})
	}
	if got := ask(t, d, desktest.Admin, "!dead"); !strings.Contains(got, "first: 8") || !strings.Contains(got, "answer to a command") || strings.Contains(got, "dead.what") {
		t.Errorf("listed: %s", got)
	}
}

func TestRetry(t *testing.T) {
	for name, test := range map[string]struct {
		by      desk.UserID
		room    string // admin, direct or portal
		text    string // %s is the short id of the customer's words
		answer  string
		revived []int // of the letters
	}{
		"one":               {desktest.Admin, "admin", "!retry %s", "Tried again now: 1.", []int{0}},
		"glued and Russian": {desktest.Admin, "direct", "!ПОВТОРИТЬ  %s", "Tried again now: 1.", []int{0}},
		"all":               {desktest.Admin, "admin", "!retry all", "Tried again now: 3.", []int{0, 1, 2}},
		"all in Russian":    {desktest.Admin, "direct", "!r всё", "Tried again now: 3.", []int{0, 1, 2}},
		"which":             {desktest.Admin, "admin", "!retry", "Name one by its number", nil},
		"no such":           {desktest.Admin, "admin", "!retry ffffff0", "Nothing of number «ffffff0»", nil},
		"in a portal":       {desktest.Admin, "portal", "!retry all", "a direct chat with me, the administrators' room", nil},
		"an operator":       {desktest.Anna, "direct", "!retry all", "have no right to «!", nil},
		"a supervisor":      {desktest.Vera, "admin", "!retry all", "have no right to «!", nil},
		"an operator asks":  {desktest.Anna, "direct", "!dead", "have no right to «!", nil},
		"a stranger":        {desktest.Outside, "admin", "!dead", "you are not on its list", nil},
	} {
		t.Run(name, func(t *testing.T) {
			d, _, portal, letters := buried(t)
			rooms := map[string]desk.RoomKey{"portal": portal, "direct": desk.DirectRoom(test.by), "admin": desk.AdminRoom()}
			if err := d.PutRoom(&desk.Room{Key: rooms["direct"], ID: "!direct"}); err != nil {
				t.Fatal(err)
			}
			text := test.text
			if strings.Contains(text, "%s") {
				text = fmt.Sprintf(text, letters[0].Short())
			}
			d.Say(test.by, rooms[test.room], text)
			if got := d.LastPost(rooms[test.room]).Text; !strings.Contains(got, test.answer) {
				t.Errorf("answer %q, want %q in it", got, test.answer)
			}
			var want []desk.DeadLetter
			for _, i := range test.revived {
				want = append(want, letters[i])
			}
			if got := d.Revived(); !slices.Equal(got, want) {
				t.Errorf("revived %+v, want %+v", got, want)
			}
		})
	}
}

// TestHelpKnowsAdministrators: others are not offered what they may not do.
func TestHelpKnowsAdministrators(t *testing.T) {
	for who, offered := range map[desk.UserID]bool{desktest.Admin: true, desktest.Anna: false} {
		d := newDesk(t)
		room := desk.DirectRoom(who)
		if err := d.PutRoom(&desk.Room{Key: room, ID: "!direct"}); err != nil {
			t.Fatal(err)
		}
		d.Say(who, room, "!help")
		if got := d.LastPost(room).Text; strings.Contains(got, "!dead") != offered || strings.Contains(got, "!retry") != offered {
			t.Errorf("help for %s:\n%s", who, got)
		}
	}
}

// TestLateMessages: a customer's message that came after all is marked once, when all of it is there, whoever tells first that it came.
func TestLateMessages(t *testing.T) {
	d, c := waiting(t)
	room := d.PortalOf(c)
	d.Pass(time.Hour)
	files := []desk.FileID{d.Upload(c, "a.pdf", "application/pdf"), d.Upload(c, "b.pdf", "application/pdf")}
	m := d.Decide(desk.CustomerMessage{Conversation: c, ClientID: "x", Files: files, At: d.Now}).Message
	row := func(part int) desk.EffectID { return desk.EffectID(fmt.Sprintf("%s.%d", m.ID, part)) }
	marks := func() (marks []desk.Post) {
		d.Deliver()
		for _, p := range d.Posts(room) {
			if strings.Contains(p.Text, "late") {
				marks = append(marks, p)
			}
		}
		return marks
	}
	told := func(words string) (n int) {
		lines := map[desk.EffectID]string{}
		for _, p := range d.Posts(room) {
			id := p.ID
			if p.Replaces.Row != "" {
				id = p.Replaces.Row
			}
			lines[id] = p.Text
		}
		for _, text := range lines {
			if strings.Contains(text, words) {
				n++
			}
		}
		return n
	}
	d.Drop()
	for i := range files {
		post := desk.Post{ID: row(i), Room: room, As: desk.Puppet(d.TicketOf(c).Customer), Message: m.ID, Part: i, File: &m.Content.Files[i]}
		d.Decide(desk.EffectDead{Effect: row(i), Body: post, Reason: "the disk is full"})
	}
	d.Decide(desk.Echo{Room: room, Event: "$first", Row: row(0), Late: true})
	if got := marks(); len(got) != 0 || told("the disk is full") != 2 {
		t.Errorf("before all of it is there it is marked %+v, and told %d times why", got, told("the disk is full"))
	}
	d.Decide(desk.Echo{Room: room, Event: "$file", Row: row(1)})
	d.Decide(desk.Echo{Room: room, Event: "$file", Row: row(1), Late: true})
	d.Decide(desk.Echo{Room: room, Event: "$file", Row: row(1)})
	got := marks()
	if len(got) != 1 || got[0].Text != "Passed on late: the customer wrote this on 2026-03-02 10:00 UTC." || got[0].Reply.Event != "$file" {
		t.Errorf("marks %+v", got)
	}
	if still, now := told("the disk is full"), told("The customer's message is here now."); still != 0 || now != 2 {
		t.Errorf("it is still told %d times that it is missing, and %d times that it is there", still, now)
	}
	d.Decide(desk.Echo{Room: room, Event: "$line", Row: "line", Late: true})
	if got := marks(); len(got) != 1 {
		t.Errorf("the bot's own line is marked: %+v", got)
	}
}

// TestLateInput: what an input leads to is announced before it is worked.
func TestLateInput(t *testing.T) {
	d, _, room, letters := buried(t)
	d.Say(desktest.Admin, desk.AdminRoom(), "!retry "+letters[2].Short())
	if got := d.LastPost(room).Text; got != "Tried again now, so what follows is late: event (widget:shop), left out on 2026-03-02 09:00 UTC." {
		t.Errorf("last line %q", got)
	}
}

// TestDeletedIsNotRetried: what the customer has taken back does not appear later.
func TestDeletedIsNotRetried(t *testing.T) {
	d, c, _, letters := buried(t)
	d.Decide(desk.CustomerDelete{Conversation: c, Message: d.Messages(c)[0].ID})
	d.Say(desktest.Admin, desk.AdminRoom(), "!retry "+letters[0].Short())
	if got := d.LastPost(desk.AdminRoom()).Text; !strings.Contains(got, "has deleted this message") {
		t.Errorf("answer %q", got)
	}
	d.Say(desktest.Admin, desk.AdminRoom(), "!retry all")
	if got := d.Revived(); !slices.Equal(got, letters[1:]) {
		t.Errorf("revived %+v", got)
	}
}
