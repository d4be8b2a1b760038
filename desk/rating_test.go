package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// closed gives a desk with one ticket that Anna has answered and closed.
func closed(t *testing.T, change ...func(*desk.SitesConfigured)) (*desktest.Desk, desk.ConversationID) {
	t.Helper()
	d, c, room := assigned(t, change...)
	d.Say(desktest.Anna, room, "Done.")
	d.Say(desktest.Anna, room, "!close")
	return d, c
}

func rate(d *desktest.Desk, c desk.ConversationID, stars int, comment string) {
	d.Decide(desk.CustomerRating{Conversation: c, Ticket: d.TicketOf(c).ID, Stars: stars, Comment: comment})
	d.Deliver()
}

// TestRating: the card and the room show it, the thread and the room its comment; who was responsible reads it in his own chat (W5, Q7).
func TestRating(t *testing.T) {
	d, c := closed(t)
	room, direct := d.PortalOf(c), desk.DirectRoom(desktest.Anna)
	rate(d, c, 5, "")
	if got := d.Card(c).Text; !strings.Contains(got, "★5/5") {
		t.Errorf("card %q", got)
	}
	if got := d.LastPost(room); !strings.Contains(got.Text, "★5/5") || !got.Notice {
		t.Errorf("in the room %+v", got)
	}
	if posts := d.Posts(lobby); len(posts) != 0 {
		t.Errorf("a rating without words in the lobby: %+v", posts)
	}
	if got := d.LastPost(direct); !strings.Contains(got.Text, "#1 · Visitor 1") || !strings.Contains(got.Text, "★5/5") ||
		!strings.Contains(got.HTML, `<a href="https://matrix.to/#/`) || !strings.Contains(got.HTML, "?via=test") {
		t.Errorf("to anna %+v", got)
	}

	rate(d, c, 4, "  Quick,\nbut <b>gruff</b>  ")
	if got := d.Card(c).Text; !strings.Contains(got, "★4/5") || strings.Contains(got, "★5/5") {
		t.Errorf("card after the change %q", got)
	}
	thread := d.LastPost(lobby)
	if !strings.Contains(thread.Text, "★4/5\n> Quick,\n> but <b>gruff</b>") || thread.Thread.Event != d.CardOf(c) {
		t.Errorf("in the thread %+v", thread)
	}
	if !strings.HasSuffix(thread.HTML, "<blockquote>Quick,<br>but &lt;b&gt;gruff&lt;/b&gt;</blockquote>") {
		t.Errorf("in the thread %q", thread.HTML)
	}
	if got := d.LastPost(room); got.Text != thread.Text || got.HTML != thread.HTML || !got.Thread.None() {
		t.Errorf("in the room %+v", got)
	}
	if got := d.LastPost(direct); !strings.Contains(got.HTML, "<br>&gt; Quick,<br>&gt; but &lt;b&gt;gruff&lt;/b&gt;") || !strings.HasSuffix(got.Text, "To read it: !open 1") {
		t.Errorf("to anna %+v", got)
	}
	stored, err := d.Rating(d.TicketOf(c).ID)
	if err != nil || stored.Stars != 4 || stored.Comment != "Quick,\nbut <b>gruff</b>" || !stored.At.Equal(d.Now) {
		t.Errorf("stored %+v, %v", stored, err)
	}

	before, told := d.Dump(), d.Changed[c]
	rate(d, c, 4, "Quick,\nbut <b>gruff</b>")
	if d.Dump() != before || d.Changed[c] != told {
		t.Error("the same rating changed something")
	}
}

// TestRatingChanges: however often a customer changes a rating, it is told once in each place, and edited there without ringing.
func TestRatingChanges(t *testing.T) {
	d, c := closed(t)
	places := []desk.RoomKey{d.PortalOf(c), lobby, desk.DirectRoom(desktest.Anna)}
	rate(d, c, 5, "very good")
	var first []int
	for _, room := range places {
		first = append(first, len(d.Posts(room)))
	}
	for _, r := range []struct {
		stars   int
		comment string
	}{{4, "good"}, {4, ""}, {3, "well"}, {1, "bad"}} {
		rate(d, c, r.stars, r.comment)
		for i, room := range places {
			posts := d.Posts(room)[first[i]:]
			if len(posts) != 1 || posts[0].Replaces.Row == "" || len(posts[0].Mentions) > 0 || !strings.Contains(posts[0].Text, fmt.Sprintf("★%d/5", r.stars)) ||
				!strings.Contains(posts[0].Text, r.comment) {
				t.Errorf("in %s: %+v", room, posts)
			}
			first[i]++
		}
	}
}

// TestRatingToldAnew: where a rating's line cannot be edited, because an earlier version told of it or because the direct chat is another one now,
// its change is told anew, without ringing, and is what the next change edits.
func TestRatingToldAnew(t *testing.T) {
	chat := desk.DirectRoom(desktest.Anna)
	for name, test := range map[string]struct {
		prepare func(*desktest.Desk, desk.ConversationID)
		anew    func(portal desk.RoomKey) []desk.RoomKey
	}{
		"earlier version": {
			func(d *desktest.Desk, c desk.ConversationID) {
				must(d.PutRating(&desk.Rating{Ticket: d.TicketOf(c).ID, Stars: 5, Comment: "very good", At: d.Now}))
			},
			func(portal desk.RoomKey) []desk.RoomKey { return []desk.RoomKey{portal, lobby, chat} },
		},
		"another chat": {
			func(d *desktest.Desk, c desk.ConversationID) {
				d.Say(desktest.Anna, lobby, "!my")
				rate(d, c, 5, "very good")
				invite(d, desktest.Anna, desktest.Anna)
			},
			func(desk.RoomKey) []desk.RoomKey { return []desk.RoomKey{chat} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, c := closed(t)
			test.prepare(d, c)
			portal := d.PortalOf(c)
			rate(d, c, 2, "not so good")
			for _, room := range []desk.RoomKey{portal, lobby, chat} {
				got := d.LastPost(room)
				if anew := slices.Contains(test.anew(portal), room); !strings.Contains(got.Text, "★2/5") || got.Replaces.None() != anew || len(got.Mentions) > 0 {
					t.Errorf("in %s: %+v", room, got)
				}
			}
			rate(d, c, 1, "bad")
			for _, room := range []desk.RoomKey{portal, lobby, chat} {
				if got := d.LastPost(room); !strings.Contains(got.Text, "★1/5") || got.Replaces.None() {
					t.Errorf("then in %s: %+v", room, got)
				}
			}
		})
	}
}

// TestRatingRefused: only the customer's own newest ticket, after its end, by one to five stars.
func TestRatingRefused(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(*desktest.Desk, desk.ConversationID) desk.CustomerRating
		key     string
	}{
		{"no stars", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			return desk.CustomerRating{Conversation: c, Ticket: d.TicketOf(c).ID}
		}, "rating.stars"},
		{"six stars", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			return desk.CustomerRating{Conversation: c, Ticket: d.TicketOf(c).ID, Stars: 6}
		}, "rating.stars"},
		{"fewer than none", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			return desk.CustomerRating{Conversation: c, Ticket: d.TicketOf(c).ID, Stars: -5}
		}, "rating.stars"},
		{"a long comment", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			return desk.CustomerRating{Conversation: c, Ticket: d.TicketOf(c).ID, Stars: 5, Comment: strings.Repeat("ж", desk.MaxRatingComment+1)}
		}, "rating.too_long"},
		{"a comment that is no text", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			return desk.CustomerRating{Conversation: c, Ticket: d.TicketOf(c).ID, Stars: 5, Comment: "\xff"}
		}, "message.not_text"},
		{"after the next has opened", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			first := d.TicketOf(c).ID
			d.Write(c, "one more thing")
			return desk.CustomerRating{Conversation: c, Ticket: first, Stars: 5}
		}, "rating.late"},
		{"before the end", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			d.Write(c, "one more thing")
			return desk.CustomerRating{Conversation: c, Ticket: d.TicketOf(c).ID, Stars: 5}
		}, "rating.open"},
		{"another customer's", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			return desk.CustomerRating{Conversation: d.Open(), Ticket: d.TicketOf(c).ID, Stars: 5}
		}, "rating.unknown"},
		{"none", func(_ *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			return desk.CustomerRating{Conversation: c, Ticket: "none", Stars: 5}
		}, "rating.unknown"},
		{"no conversation", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			return desk.CustomerRating{Conversation: "none", Ticket: d.TicketOf(c).ID, Stars: 5}
		}, "conversation.unknown"},
		{"of one who was blocked afterwards", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			d.Say(desktest.Vera, lobby, "!block #1 yes")
			return desk.CustomerRating{Conversation: c, Ticket: d.TicketOf(c).ID, Stars: 5}
		}, "customer.blocked"},
		{"of a ticket that ended so", func(d *desktest.Desk, c desk.ConversationID) desk.CustomerRating {
			ticket := d.TicketOf(c)
			ticket.CloseReason = "blocked"
			if err := d.PutTicket(ticket); err != nil {
				t.Fatal(err)
			}
			return desk.CustomerRating{Conversation: c, Ticket: ticket.ID, Stars: 5}
		}, "rating.late"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c := closed(t)
			in := test.prepare(d, c)
			if got := refused(t, d, in); got.Key != test.key {
				t.Errorf("refused by %q, want %q", got.Key, test.key)
			}
		})
	}
}

// TestRatingOfNobody: without anybody responsible nobody is told in person; somebody who is no staff any more is not either.
func TestRatingOfNobody(t *testing.T) {
	d, c := waiting(t)
	d.Say(desktest.Vera, lobby, "!close 1")
	rate(d, c, 1, "nobody answered")
	if got := d.LastPost(lobby); !strings.Contains(got.Text, "★1/5\n> nobody answered") {
		t.Errorf("in the lobby %+v", got)
	}
	d, c = closed(t)
	o, err := d.Operator(desktest.Anna)
	if err != nil {
		t.Fatal(err)
	}
	o.Removed = true
	if err := d.PutOperator(o); err != nil {
		t.Fatal(err)
	}
	rate(d, c, 3, "")
	if posts := d.Posts(desk.DirectRoom(desktest.Anna)); len(posts) != 0 {
		t.Errorf("to one who has gone %+v", posts)
	}
}

// TestRatingInOwnLanguage: the room is told in the site's language, the operator in his own.
func TestRatingInOwnLanguage(t *testing.T) {
	d, c := closed(t)
	o, err := d.Operator(desktest.Anna)
	if err != nil {
		t.Fatal(err)
	}
	o.Lang = "ru"
	if err := d.PutOperator(o); err != nil {
		t.Fatal(err)
	}
	rate(d, c, 5, "")
	if got := d.LastPost(desk.DirectRoom(desktest.Anna)).Text; !strings.Contains(got, "Клиент оценил обращение #1: ★5/5") {
		t.Errorf("to anna %q", got)
	}
	if got := d.LastPost(d.PortalOf(c)).Text; !strings.HasPrefix(got, "The customer rated") {
		t.Errorf("in the room %q", got)
	}
}
