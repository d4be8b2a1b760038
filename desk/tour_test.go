package desk_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestTour: whoever first talks with the bot is told a few things that fit their rights, once, whoever opened the chat.
func TestTour(t *testing.T) {
	for who, want := range map[desk.UserID][]string{
		desktest.Anna:  {"Hello Anna Petrova!", "Tickets stand as cards", "!help lists"},
		desktest.Vera:  {"Hello Vera!", "You watch over tickets", "!help lists"},
		desktest.Admin: {"Hello Root!", "You watch over tickets", "You set up the desk", "!help lists"},
	} {
		t.Run(string(who), func(t *testing.T) {
			for _, opened := range []bool{true, false} { // by the person, or by the bot for a private answer
				d := newDesk(t)
				room := desk.DirectRoom(who)
				from := lobby
				if opened {
					must(d.PutRoom(&desk.Room{Key: room, ID: "!direct"}))
					from = room
				}
				d.Say(who, from, "!who")
				posts := d.Posts(room)
				if len(posts) != len(want)+1 {
					t.Fatalf("opened %v: %d posts: %+v", opened, len(posts), posts)
				}
				for i, begin := range want {
					if !strings.HasPrefix(posts[i].Text, begin) || !posts[i].Notice {
						t.Errorf("opened %v: line %d is %q, want %q", opened, i, posts[i].Text, begin)
					}
				}
				d.Say(who, room, "!who")
				must(d.PutRoom(&desk.Room{Key: room, ID: "!another"}))
				d.Say(who, room, "hello")
				if n := len(d.Posts(room)); n != len(want)+2 {
					t.Errorf("opened %v: %d posts in the end", opened, n)
				}
			}
		})
	}
	d := newDesk(t)
	room := desk.DirectRoom(desktest.Outside)
	must(d.PutRoom(&desk.Room{Key: room, ID: "!direct"}))
	d.Say(desktest.Outside, room, "hello")
	if posts := d.Posts(room); len(posts) > 0 {
		t.Errorf("a stranger is told %+v", posts)
	}
}
