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

const (
	foreign desk.QueueID = "foreign"
	clara   desk.UserID  = "@clara:test" // answers in sales alone
	dora    desk.UserID  = "@dora:test"  // answers on another site
	sofia   desk.UserID  = "@sofia:test" // supervises the whole site
)

// twoQueues adds a hidden queue, a supervisor of the site, and another site.
func twoQueues(in *desk.SitesConfigured) {
	other := in.Sites[0]
	other.ID, other.Key, other.Name, other.DefaultQueue = "other", "other-key", "Other", foreign
	in.Sites = append(in.Sites, other)
	in.Queues = append(in.Queues,
		desk.Queue{ID: sales, Site: desktest.Site, Name: "Sales and returns", InviteLimit: 5, Operators: []desk.UserID{desktest.Boris, clara}, Position: 1},
		desk.Queue{ID: foreign, Site: "other", Name: "Foreign", InviteLimit: 5, Operators: []desk.UserID{dora}})
	for id, name := range map[desk.UserID]string{clara: "Clara", dora: "Dora", sofia: "Sofia"} {
		in.Staff = append(in.Staff, desk.Operator{ID: id, PublicName: name})
	}
	in.Rights = append(in.Rights,
		desk.Assignment{Operator: sofia, Template: desk.TemplateSupervisor, Scope: desk.ScopeSite, Target: string(desktest.Site)})
}

// hangs reports whether a room is to hang in a space.
func hangs(d *desktest.Desk, space, room desk.RoomKey) bool {
	if _, err := d.Desired(space, desk.ThingChild+string(room)); err != nil {
		return false
	}
	var child desk.Child
	d.Want(space, desk.ThingChild+string(room), &child)
	return child.Present
}

func cardIn(d *desktest.Desk, q desk.QueueID, t desk.TicketID) desk.Card {
	var card desk.Card
	d.Want(desk.LobbyRoom(q), desk.ThingCard+string(t), &card)
	return card
}

// told lists the kinds of what the customer was told.
func told(d *desktest.Desk, c desk.ConversationID) []string {
	var out []string
	for _, m := range d.Messages(c) {
		if m.Author == desk.FromSystem {
			out = append(out, m.Kind)
		}
	}
	return out
}

// spoken reports whether something was posted into a room.
func spoken(d *desktest.Desk, room desk.RoomKey, words string) bool {
	return slices.ContainsFunc(d.Posts(room), func(p desk.Post) bool { return strings.Contains(p.Text, words) })
}

// TestMoves: after each move the right one is responsible, the rooms follow, the next one reads the comment, and the customer does not (Q7).
func TestMoves(t *testing.T) {
	for _, test := range []struct {
		name, text string
		by         desk.UserID
		lobby      bool // said in the lobby, else in the ticket's room
		state      desk.TicketState
		owner      desk.UserID
		queue      desk.QueueID
		comment    string
		told       string // last
	}{
		{"return", "!return", desktest.Anna, false, desk.Waiting, "", desktest.Queue, "", "returned"},
		{"return with a comment", "!вернуть ждёт возврата денег", desktest.Anna, false, desk.Waiting, "", desktest.Queue, "ждёт возврата денег", "returned"},
		{"return by a supervisor", "!return #1 Anna is ill", desktest.Vera, true, desk.Waiting, "", desktest.Queue, "Anna is ill", "returned"},
		{"to a queue", "!queue sales 2 items missing", desktest.Anna, false, desk.Waiting, "", sales, "2 items missing", "transferred"},
		{"to a queue by its whole name", "!очередь Sales and returns #1 wants money", desktest.Anna, false, desk.Waiting, "", sales, "wants money", "transferred"},
		{"to a queue in quotation marks", "!q «sales and returns»", desktest.Anna, false, desk.Waiting, "", sales, "", "transferred"},
		{"to a queue by a supervisor", "!queue sales #1", sofia, true, desk.Waiting, "", sales, "", "transferred"},
		{"to a queue by its whole name, by a supervisor", "!queue sales and returns #1 wants money", sofia, true, desk.Waiting, "", sales, "wants money", "transferred"},
		{"to an operator of a queue by its whole name", "!transfer Sales and returns @clara #1 look", sofia, true, desk.Assigned, clara, desktest.Queue, "look", "joined"},
		{"to an operator", "!transfer @boris he knows", desktest.Anna, false, desk.Assigned, desktest.Boris, desktest.Queue, "he knows", "joined"},
		{"to an operator of another queue", "!передать sales @clara:test", desktest.Anna, false, desk.Assigned, clara, desktest.Queue, "", "joined"},
		{"to an operator by a supervisor", "!transfer @boris #1", desktest.Vera, true, desk.Assigned, desktest.Boris, desktest.Queue, "", "joined"},
		{"taken over", "!take #1 my client", desktest.Vera, true, desk.Assigned, desktest.Vera, desktest.Queue, "my client", "joined"},
		{"closed with a comment", "!close paid", desktest.Anna, false, desk.Closed, "", desktest.Queue, "paid", "closed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t, twoQueues)
			where := room
			if test.lobby {
				where = lobby
			}
			d.Say(test.by, where, test.text)
			ticket := d.TicketOf(c)
			if ticket.State != test.state || ticket.Owner != test.owner || ticket.Queue != test.queue {
				t.Fatalf("ticket %+v; answered %q", ticket, d.LastPost(where).Text)
			}
			if kinds := told(d, c); kinds[len(kinds)-1] != test.told {
				t.Errorf("the customer is told %v", kinds)
			}
			checkPlaces(t, d, c)
			if test.comment == "" {
				return
			}
			if !spoken(d, room, "Comment: "+test.comment) {
				t.Errorf("the comment does not stand in the room")
			}
			if ticket.State == desk.Waiting && !strings.Contains(cardIn(d, ticket.Queue, ticket.ID).Text, test.comment) {
				t.Errorf("the comment does not stand on the card")
			}
			if view := customerView(t, d, c); strings.Contains(view, test.comment) {
				t.Errorf("the customer reads %s", view)
			}
		})
	}
}

// checkPlaces compares rooms and spaces with the ticket.
func checkPlaces(t *testing.T, d *desktest.Desk, c desk.ConversationID) {
	t.Helper()
	ticket, room := d.TicketOf(c), d.PortalOf(c)
	for _, u := range []desk.UserID{desktest.Anna, desktest.Boris, desktest.Vera, clara} {
		got := d.Membership(room, u)
		if (got == "join") != (u == ticket.Owner) || got == "invite" && ticket.State != desk.Waiting {
			t.Errorf("%s is wanted by %q", u, got)
		}
		if hangs(d, desk.DeskRoom(u), room) != (u == ticket.Owner) {
			t.Errorf("the room hangs wrong on the desk of %s", u)
		}
	}
	for _, q := range []desk.QueueID{desktest.Queue, sales} {
		if hangs(d, desk.QueueRoom(q), room) != (ticket.State == desk.Waiting && ticket.Queue == q) {
			t.Errorf("the room hangs wrong in queue %s", q)
		}
	}
	var join desk.JoinRule
	d.Want(room, desk.ThingJoin, &join)
	if ticket.State == desk.Waiting && !slices.Equal(join.Allow, []desk.RoomKey{desk.LobbyRoom(ticket.Queue)}) {
		t.Errorf("join rule %+v", join)
	}
}

// TestMovesRefused: what is refused changes nothing, and says why.
func TestMovesRefused(t *testing.T) {
	for _, test := range []struct {
		name, text, answer string
		by                 desk.UserID
		lobby              bool
	}{
		{"return of another's", "!return #1", "responsible for it or by a supervisor", desktest.Boris, true},
		{"queue of another site", "!queue foreign", "belongs to another site", desktest.Anna, false},
		{"no such queue", "!queue accounting", "There are: Support, Sales and returns.", desktest.Anna, false},
		{"operator of another site", "!transfer @dora", "Dora is no operator of Shop", desktest.Anna, false},
		{"operator not of the queue", "!transfer sales @anna", "is no operator of the queue Sales", desktest.Anna, false},
		{"a stranger", "!transfer @guest", "not among the staff", desktest.Anna, false},
		{"to oneself", "!transfer @anna", "yours already", desktest.Anna, false},
		{"to who has it", "!transfer @anna #1", "with Anna Petrova already", desktest.Vera, true},
		{"taking over without a right", "!take #1", "only its supervisors", desktest.Boris, true},
		{"watching without a right", "!watch #1", "only its supervisors", desktest.Boris, true},
		{"supervisor of another queue", "!take #1", "only its supervisors", clara, true},
		{"no such ticket", "!return #99", "no ticket #99", desktest.Anna, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t, twoQueues)
			where := room
			if test.lobby {
				where = lobby
			}
			before := *d.TicketOf(c)
			d.Say(test.by, where, test.text)
			if got := d.LastPost(where).Text; !strings.Contains(got, test.answer) {
				t.Errorf("answered %q", got)
			}
			if after := d.TicketOf(c); after.Generation != before.Generation || after.Owner != desktest.Anna {
				t.Errorf("ticket %+v", after)
			}
			checkPlaces(t, d, c)
		})
	}
}

// TestReturnsToWhereItCameFrom: however often a ticket is handed on, it returns to the queue it was last accepted from (Q7).
func TestReturnsToWhereItCameFrom(t *testing.T) {
	d, c, room := assigned(t, twoQueues)
	d.Say(desktest.Anna, room, "!transfer @clara")
	d.Say(clara, room, "!transfer @boris")
	d.Member(room, desktest.Boris, desktest.Boris, "join", "leave")
	if ticket := d.TicketOf(c); ticket.Queue != desktest.Queue || ticket.State != desk.Waiting || !slices.Equal(ticket.Declined, []desk.UserID{desktest.Boris}) {
		t.Fatalf("ticket %+v", ticket)
	}
	if a, b := d.Membership(room, desktest.Anna), d.Membership(room, desktest.Boris); a != "invite" || b != "leave" {
		t.Errorf("anna %q, boris %q", a, b)
	}
	checkPlaces(t, d, c)
}

// TestQueueCards: the card in the lobby a ticket leaves says where it went, the next lobby gets one with the words, and a ticket that comes
// back has its old card again.
func TestQueueCards(t *testing.T) {
	d, c := waiting(t, twoQueues)
	id := d.TicketOf(c).ID
	d.Write(c, "", d.Upload(c, "a.png", "image/png"))
	d.Say(desktest.Vera, lobby, "!queue sales #1 about money")
	if old := cardIn(d, desktest.Queue, id); !strings.Contains(old.Text, "passed on to the queue Sales and returns") || len(old.Buttons)+len(old.Mentions) > 0 {
		t.Errorf("old card %+v", old)
	}
	card := cardIn(d, sales, id)
	if !strings.Contains(card.Text, "help me") || !slices.Equal(card.Mentions, []desk.UserID{desktest.Boris, clara}) || len(card.Buttons) != 2 {
		t.Errorf("new card %+v", card)
	}
	if kinds := told(d, c); !slices.Equal(kinds, []string{"waiting"}) {
		t.Errorf("a customer who waits is told %v", kinds)
	}
	if file := d.LastPost(desk.LobbyRoom(sales)); file.File == nil || file.File.Name != "a.png" {
		t.Errorf("in the thread of the new card %+v", file)
	}
	shown, err := d.EventByRowIn(desk.LobbyRoom(sales), desk.CardRow(id))
	if err != nil {
		t.Fatal(err)
	}
	d.React(clara, desk.LobbyRoom(sales), shown.ID, "✅")
	if d.TicketOf(c).Owner != clara {
		t.Fatalf("ticket %+v", d.TicketOf(c))
	}
	d.Say(clara, d.PortalOf(c), "!queue support")
	if back := cardIn(d, desktest.Queue, id); len(back.Buttons) != 2 || !strings.Contains(back.Text, "waiting") {
		t.Errorf("the first card %+v", back)
	}
	d.React(desktest.Anna, lobby, d.CardOf(c), "✅")
	checkPlaces(t, d, c)
}

// TestFarewell: who loses a ticket by another's doing is told so in the direct chat, with number and way to the room.
func TestFarewell(t *testing.T) {
	for _, text := range []string{"!take #1 urgent", "!return #1 urgent", "!queue sales #1 urgent", "!transfer @boris #1 urgent", "!close #1 urgent"} {
		t.Run(text, func(t *testing.T) {
			d, _, room := assigned(t, twoQueues)
			d.Say(sofia, lobby, text)
			direct := d.LastPost(desk.DirectRoom(desktest.Anna))
			if !strings.Contains(direct.Text, "#1") || !strings.Contains(direct.Text, "urgent") || !strings.Contains(direct.HTML, "matrix.to/#/!"+string(room)) {
				t.Errorf("told %+v", direct)
			}
		})
	}
}

// TestNextIsRungFor: whom a ticket is handed to is mentioned in its room, as nothing else rings.
func TestNextIsRungFor(t *testing.T) {
	d, _, room := assigned(t, twoQueues)
	d.Say(desktest.Anna, room, "!transfer @boris look")
	if !slices.ContainsFunc(d.Posts(room), func(p desk.Post) bool { return slices.Equal(p.Mentions, []desk.UserID{desktest.Boris}) }) {
		t.Errorf("posted %+v", d.Posts(room))
	}
}

// TestRingsAgain: where nobody is invited, a ticket that waits anew mentions its operators: editing the card does not ring.
func TestRingsAgain(t *testing.T) {
	d, _, room := assigned(t, twoQueues, func(in *desk.SitesConfigured) { in.Queues[0].InviteLimit = 1 })
	d.Say(desktest.Anna, room, "!return")
	if p := d.LastPost(lobby); !slices.Equal(p.Mentions, []desk.UserID{desktest.Boris}) || !strings.Contains(p.Text, "waits again") {
		t.Errorf("last in the lobby %+v", p)
	}
}

// TestWatch: a supervisor reads along without answering, whatever becomes of the ticket, until it is closed.
func TestWatch(t *testing.T) {
	d, c := waiting(t, twoQueues)
	room := d.PortalOf(c)
	d.Say(desktest.Vera, lobby, "!watch 1")
	d.Member(room, desktest.Vera, desktest.Vera, "invite", "join")
	d.Accept(desktest.Anna, c)
	d.Say(desktest.Vera, room, secret)
	d.Say(desktest.Anna, room, "!transfer @boris")
	if got := d.Membership(room, desktest.Vera); got != "join" || d.TicketOf(c).Owner != desktest.Boris {
		t.Errorf("the watcher is wanted by %q, ticket %+v", got, d.TicketOf(c))
	}
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
	if !spoken(d, room, "you are only reading along") {
		t.Errorf("the watcher is not told")
	}
	d.Say(desktest.Boris, room, "!close")
	if got := d.Membership(room, desktest.Vera); got != "leave" {
		t.Errorf("after closing: %q", got)
	}
}

// TestWatcherLeaves: whoever watched and left comes back only by !watch.
func TestWatcherLeaves(t *testing.T) {
	d, c, room := assigned(t)
	d.Say(desktest.Vera, lobby, "!watch 1")
	d.Member(room, desktest.Vera, desktest.Vera, "join", "leave")
	if d.Membership(room, desktest.Vera) != "leave" || d.TicketOf(c).Owner != desktest.Anna {
		t.Errorf("%q, %+v", d.Membership(room, desktest.Vera), d.TicketOf(c))
	}
	d.Member(room, desktest.Vera, desktest.Vera, "leave", "join")
	if got := d.Membership(room, desktest.Vera); got != "leave" {
		t.Errorf("uninvited: %q", got)
	}
	checkLeft(t, d, c, desktest.Vera)
}

// TestTakeAWaitingTicket: a supervisor takes one that nobody has.
func TestTakeAWaitingTicket(t *testing.T) {
	d, c := waiting(t, twoQueues)
	d.Say(desktest.Vera, lobby, "!забрать 1")
	if ticket := d.TicketOf(c); ticket.Owner != desktest.Vera || ticket.State != desk.Assigned {
		t.Fatalf("ticket %+v", ticket)
	}
	checkPlaces(t, d, c)
	d.Say(desktest.Vera, d.PortalOf(c), "hello")
	if view := customerView(t, d, c); !strings.Contains(view, "hello") {
		t.Errorf("the customer reads %s", view)
	}
}

// TestReplayedMove: a command that comes again after a crash is carried out once.
func TestReplayedMove(t *testing.T) {
	d, c, room := assigned(t, twoQueues)
	in := desk.StaffMessage{Room: room, Event: "$again", Sender: desktest.Anna}
	in.Content.Text = "!queue sales once"
	d.Decide(in)
	d.Deliver()
	before, posts := d.TicketOf(c).Generation, len(d.Posts(room))
	d.Decide(in)
	d.Deliver()
	if d.TicketOf(c).Generation != before || len(d.Posts(room)) != posts {
		t.Errorf("carried out again: %+v", d.TicketOf(c))
	}
}

// TestButtonsAreReleased: when a ticket waits anew, nobody's ✅ or ❌ of the wait before stays pressed on its card.
func TestButtonsAreReleased(t *testing.T) {
	d, c := waiting(t, twoQueues)
	declined := d.React(desktest.Boris, lobby, d.CardOf(c), "❌")
	taken := d.React(desktest.Boris, lobby, d.CardOf(c), "❌")
	d.Redact(desktest.Boris, lobby, taken)
	liked := d.React(desktest.Boris, lobby, d.CardOf(c), "👍")
	accepted := d.React(desktest.Anna, lobby, d.CardOf(c), "✅")
	d.Say(desktest.Anna, d.PortalOf(c), "!return")
	for range 2 {
		var gone []desk.EventID
		for _, s := range d.Sent {
			if r, ok := s.Effect.(desk.Redact); ok && r.Room == lobby {
				gone = append(gone, r.Target.Event)
			}
		}
		if !slices.Equal(gone, []desk.EventID{declined, accepted}) {
			t.Errorf("taken off %v, want %s and %s, not %s and %s", gone, declined, accepted, taken, liked)
		}
		d.Say(desktest.Boris, lobby, "!accept 1")
		d.Say(desktest.Boris, lobby, "!return 1")
	}
}

// TestNumberFirst: the ticket's number may stand before the queue and the person, a queue's name ends where it ends, and a colon after a name is none of
// it.
func TestNumberFirst(t *testing.T) {
	for _, test := range []struct {
		text    string
		owner   desk.UserID
		queue   desk.QueueID
		comment string
	}{
		{"!transfer 1 @boris please", desktest.Boris, desktest.Queue, "please"},
		{"!transfer #1 @boris please", desktest.Boris, desktest.Queue, "please"},
		{"!transfer №1 sales @clara please", clara, desktest.Queue, "please"},
		{"!transfer 1 sales and returns @clara please", clara, desktest.Queue, "please"},
		{"!transfer @boris: please #1", desktest.Boris, desktest.Queue, ""},
		{"!transfer @boris: #1 please", desktest.Boris, desktest.Queue, "please"},
		{"!queue 1 sales please", "", sales, "please"},
		{"!queue #1 sales and returns please", "", sales, "please"},
		{"!queue sales and returns #1 please", "", sales, "please"},
		{"!queue sales #1 and returns", "", sales, "and returns"},
		{"!queue sales #1 2 letters", "", sales, "2 letters"},
		{"!queue 7 #1 please", "", "7", "please"},
		{"!queue 1 7 please", "", "7", "please"},
	} {
		t.Run(test.text, func(t *testing.T) {
			d, c, room := assigned(t, twoQueues, func(in *desk.SitesConfigured) {
				in.Queues = append(in.Queues, desk.Queue{ID: "7", Site: desktest.Site, Name: "Seven", Operators: []desk.UserID{clara}, Position: 2})
			})
			where := lobby
			if strings.HasSuffix(test.text, "#1") {
				where = room // the number is the comment's
			}
			d.Say(desktest.Anna, where, test.text)
			ticket := d.TicketOf(c)
			if ticket.Owner != test.owner || ticket.Queue != test.queue || test.comment != "" && !spoken(d, room, "Comment: "+test.comment) {
				t.Fatalf("ticket %+v; answered %q", ticket, d.LastPost(where).Text)
			}
		})
	}
}

// TestAnswerAfterLeaving: what is answered to a command by which its giver leaves the room stands in the direct chat, without ringing; nobody gets one for it.
func TestAnswerAfterLeaving(t *testing.T) {
	for _, text := range []string{"!close", "!return", "!block yes"} {
		for _, has := range []bool{true, false} {
			d, _, room := assigned(t, twoQueues)
			chat := desk.DirectRoom(desktest.Anna)
			if has {
				direct(t, d, desktest.Anna)
			}
			before, inRoom := len(d.Posts(chat)), mentionsIn(d, room, desktest.Anna)
			d.Say(desktest.Anna, room, text)
			if mentionsIn(d, room, desktest.Anna) != inRoom {
				t.Errorf("%s: rung for in the room that was left", text)
			}
			posts := d.Posts(chat)[before:]
			if (len(posts) == 1) != has || has && (!strings.Contains(posts[0].Text, "#1") || len(posts[0].Mentions) > 0) {
				t.Errorf("%s, with a direct chat: %t, in it %+v", text, has, posts)
			}
			if _, err := d.Room(chat); (err == nil) != has {
				t.Errorf("%s: direct chat: %v", text, err)
			}
		}
	}
}

func mentionsIn(d *desktest.Desk, room desk.RoomKey, u desk.UserID) int {
	n := 0
	for _, p := range d.Posts(room) {
		if slices.Contains(p.Mentions, u) {
			n++
		}
	}
	return n
}

// TestTransferLists: a queue's name alone lists its operators, no name at all those of the site, or the queues; of many the first ten, people and queues both, and how many there are besides; all by
// the names that colleagues use.
func TestTransferLists(t *testing.T) {
	many := func(people, queues int) func(*desk.SitesConfigured) {
		return func(in *desk.SitesConfigured) {
			for i := range people {
				u := desk.UserID(fmt.Sprintf("@op%d:test", i))
				in.Staff = append(in.Staff, desk.Operator{ID: u, PublicName: fmt.Sprintf("Agent %d", i), FullName: fmt.Sprintf("Full Name %d", i)})
				in.Queues[0].Operators = append(in.Queues[0].Operators, u)
			}
			for i := range queues {
				in.Queues = append(in.Queues, desk.Queue{ID: desk.QueueID(fmt.Sprintf("q%d", i)), Site: desktest.Site, Name: fmt.Sprintf("Queue %d", i), Position: i + 2})
			}
		}
	}
	for name, test := range map[string]struct {
		change      func(*desk.SitesConfigured)
		say         string // "" presses ➡️
		has, hasNot []string
	}{
		"a queue's operators":    {many(0, 0), "!transfer sales", []string{"1. Boris", "2. Clara"}, []string{"Support", "more"}},
		"ten":                    {many(9, 0), "!transfer", []string{"Boris", "Full Name 0", "10. "}, []string{"Agent", "11. "}},
		"more than ten":          {many(15, 0), "!transfer", []string{"10. Full Name", "… and 7 more"}, []string{"11. ", "queue"}},
		"many people":            {many(15, 0), "", []string{"9. Full Name", "10. queue Sales", "… and 8 more"}, []string{"11. "}},
		"many queues":            {many(2, 12), "", []string{"1. Boris", "5. queue Sales", "10. queue Queue", "… and 7 more"}, []string{"11. "}},
		"many queues to move to": {many(0, 12), "!queue", []string{"1. queue Sales", "10. queue Queue 8", "… and 3 more"}, []string{"11. "}},
		"many of both":           {many(15, 12), "", []string{"5. Full Name", "6. queue Sales", "10. queue Queue 3", "… and 20 more"}, []string{"11. "}},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := assigned(t, twoQueues, test.change)
			if test.say == "" {
				press(t, d, c, desktest.Anna, "➡️")
			} else {
				d.Say(desktest.Anna, room, test.say)
			}
			got := d.LastPost(room).Text
			for _, words := range test.has {
				if !strings.Contains(got, words) {
					t.Errorf("no %q in %q", words, got)
				}
			}
			for _, words := range test.hasNot {
				if strings.Contains(got, words) {
					t.Errorf("%q in %q", words, got)
				}
			}
		})
	}
}

// TestMovedAtNight: who waits again while the office is closed is told so.
func TestMovedAtNight(t *testing.T) {
	for _, text := range []string{"!return", "!queue sales"} {
		d, c, room := assigned(t, twoQueues, func(in *desk.SitesConfigured) { in.Sites[0].Schedule.SetWeek("mon-fri 09:00-18:00") })
		d.Pass(12 * time.Hour)
		d.Say(desktest.Anna, room, text)
		if kinds := told(d, c); kinds[len(kinds)-1] != "away" {
			t.Errorf("%s: the customer is told %v", text, kinds)
		}
	}
}
