package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestBlock: the bot asks once; then the ticket is closed, the customer is out whatever they do, and a supervisor can undo it (Q7).
func TestBlock(t *testing.T) {
	for name, confirm := range map[string]func(*desktest.Desk, desk.RoomKey){
		"by the reaction": func(d *desktest.Desk, room desk.RoomKey) {
			d.React(desktest.Anna, room, lastEvent(d, room), "✅")
		},
		"by the word":            func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!block yes") },
		"by the Russian word":    func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!блокировать да") },
		"by the number":          func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!1") },
		"by the word and reason": func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!b yes rude words") },
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := assigned(t)
			d.Say(desktest.Anna, room, "!block rude words")
			if ticket := d.TicketOf(c); ticket.State != desk.Assigned {
				t.Fatalf("not asked: %+v", ticket)
			}
			confirm(d, room)
			ticket := d.TicketOf(c)
			if ticket.State != desk.Closed || ticket.CloseReason != "blocked" || d.Membership(room, desktest.Anna) != "leave" {
				t.Fatalf("ticket %+v, answered %q", ticket, d.LastPost(room).Text)
			}
			b, err := d.Block(desktest.Site, ticket.Customer)
			if err != nil || b.By != desktest.Anna || b.Reason != "rude words" || b.Ticket != ticket.ID {
				t.Fatalf("block %+v, %v", b, err)
			}
			checkKeptOut(t, d, c)
			d.Say(desktest.Anna, lobby, "!unblock 1")
			if _, err := d.Block(desktest.Site, ticket.Customer); err != nil {
				t.Errorf("an operator has undone it: %q", d.LastPost(lobby).Text)
			}
			d.Say(desktest.Vera, lobby, "!разблокировать 1")
			d.Write(c, "sorry")
			if got := d.TicketOf(c); got.Number != 2 || got.State != desk.Waiting {
				t.Errorf("after unblocking: %+v", got)
			}
		})
	}
}

func lastEvent(d *desktest.Desk, room desk.RoomKey) desk.EventID {
	for i := len(d.Sent) - 1; i >= 0; i-- {
		if p, ok := d.Sent[i].Effect.(desk.Post); ok && p.Room == room {
			return d.Sent[i].Event
		}
	}
	return ""
}

// checkKeptOut: nothing a blocked customer does reaches anybody.
func checkKeptOut(t *testing.T, d *desktest.Desk, c desk.ConversationID) {
	t.Helper()
	first := d.Messages(c)[0].ID
	for _, in := range []desk.Input{
		desk.CustomerMessage{Conversation: c, ClientID: "again", Text: "let me in"},
		desk.CustomerEdit{Conversation: c, Message: first, Text: "let me in"},
		desk.CustomerReaction{Conversation: c, Message: first, Key: "👍", On: true},
	} {
		if got := refused(t, d, in); got.Key != "customer.blocked" {
			t.Errorf("%T: %s", in, got.Key)
		}
	}
	if card := d.Card(c); !strings.Contains(card.Text, "customer blocked") || strings.Contains(card.Text, "let me in") {
		t.Errorf("card %+v", card)
	}
}

// TestBlockHoldsForTheCustomer: it closes what else the customer has open on the site, and no other customer's.
func TestBlockHoldsForTheCustomer(t *testing.T) {
	d, c, _ := assigned(t)
	other := d.Open()
	d.Write(other, "me too")
	second := *d.TicketOf(c)
	second.ID, second.Number, second.State, second.Owner = "second", 77, desk.Waiting, ""
	if err := d.PutTicket(&second); err != nil {
		t.Fatal(err)
	}
	d.Say(desktest.Vera, lobby, "!block #1 yes")
	if got, _ := d.Ticket("second"); got.State != desk.Closed || got.CloseReason != "blocked" {
		t.Errorf("the customer's other ticket %+v", got)
	}
	if d.TicketOf(other).State != desk.Waiting {
		t.Errorf("another customer's ticket %+v", d.TicketOf(other))
	}
}

// TestBlockAfterClosing: a customer can be blocked after the end as well; then it counts as the reason of the end, and nobody asks how it was.
func TestBlockAfterClosing(t *testing.T) {
	d, c, room := assigned(t)
	d.Say(desktest.Anna, room, "!close")
	before := *d.TicketOf(c)
	d.Say(desktest.Boris, lobby, "!block #1 yes")
	d.Say(desktest.Vera, lobby, "!block #1 yes")
	if after := d.TicketOf(c); after.Generation != before.Generation || after.CloseReason != "blocked" || desk.Ratable(after) {
		t.Errorf("ticket %+v", after)
	}
	if got := d.Card(c).Text; !strings.Contains(got, "customer blocked") {
		t.Errorf("card %q", got)
	}
	if b, err := d.Block(desktest.Site, before.Customer); err != nil || b.By != desktest.Vera {
		t.Errorf("block %+v, %v", b, err)
	}
	d.Say(desktest.Vera, lobby, "!block #1 yes")
	if got := d.LastPost(lobby).Text; !strings.Contains(got, "blocked already") {
		t.Errorf("answered %q", got)
	}
}

// TestUnblockShows: after it card, action card and topic do not say any more that the customer is blocked.
func TestUnblockShows(t *testing.T) {
	d, c, room := assigned(t)
	d.Say(desktest.Anna, room, "!block yes")
	says := func() []bool {
		var topic string
		d.Want(room, desk.ThingTopic, &topic)
		var out []bool
		for _, text := range []string{d.Card(c).Text, actionCard(d, c).Text, topic} {
			out = append(out, strings.Contains(text, "blocked"))
		}
		return out
	}
	if got := says(); slices.Contains(got, false) {
		t.Errorf("blocked: %v", got)
	}
	d.Say(desktest.Vera, lobby, "!unblock #1 he has apologised")
	if got := says(); slices.Contains(got, true) {
		t.Errorf("unblocked: %v", got)
	}
	const told = "Vera has unblocked the customer. Comment: he has apologised"
	if got := d.LastPost(room); got.Text != told || got.As != desk.Bot {
		t.Errorf("whoever has the customer next reads %+v", got)
	}
	if view := customerView(t, d, c); strings.Contains(view, "apologised") {
		t.Errorf("the customer reads %s", view)
	}
	if got := ask(t, d, desktest.Admin, "!audit unblocked"); !strings.Contains(got, "he has apologised") {
		t.Errorf("journal: %s", got)
	}
}

// TestWhoMayUndoABlock is told how, and nobody else.
func TestWhoMayUndoABlock(t *testing.T) {
	for u, hint := range map[desk.UserID]bool{desktest.Anna: false, desktest.Vera: true} {
		d, _, _ := assigned(t)
		if got := ask(t, d, u, "!block #1 yes"); strings.Contains(got, "!unblock 1") != hint || !strings.Contains(got, "is blocked") {
			t.Errorf("%s is answered %q", u, got)
		}
	}
}

// TestBlockedList tells who, when, why to those who may see the tickets.
func TestBlockedList(t *testing.T) {
	d, _, room := assigned(t, twoQueues)
	d.Say(desktest.Anna, room, "!block yes rude words")
	d.Pass(time.Hour)
	for u, sees := range map[desk.UserID]bool{desktest.Vera: true, sofia: true, desktest.Anna: true, clara: false, dora: false} {
		d.Say(u, lobby, "!заблокированные")
		got := d.LastPost(desk.DirectRoom(u)).Text
		if strings.Contains(got, "#1 · Visitor 1 · Shop · Anna Petrova · 2 March, 09:00 · rude words") != sees {
			t.Errorf("%s is answered %q", u, got)
		}
	}
	ask(t, d, desktest.Vera, "!profile zone Asia/Vladivostok")
	if got := ask(t, d, desktest.Vera, "!blocked"); !strings.Contains(got, "2 March, 19:00") {
		t.Errorf("by her own clock: %q", got)
	}
}

// TestQuestions: only who was asked answers, in time, and only once.
func TestQuestions(t *testing.T) {
	ask := func(t *testing.T) (*desktest.Desk, desk.ConversationID, desk.EventID) {
		d, c, room := assigned(t, twoQueues)
		d.Say(desktest.Anna, room, "!queue")
		return d, c, lastEvent(d, room)
	}
	t.Run("answered", func(t *testing.T) {
		d, c, question := ask(t)
		if got := d.LastPost(d.PortalOf(c)).Text; !strings.Contains(got, "1. queue Sales and returns") {
			t.Errorf("asked %q", got)
		}
		d.React(desktest.Anna, d.PortalOf(c), question, "✅")
		if got := d.TicketOf(c).Queue; got != sales {
			t.Errorf("ticket in %s", got)
		}
		d.Say(desktest.Anna, lobby, "!1")
		if got := d.LastPost(lobby).Text; !strings.Contains(got, "nothing to choose") {
			t.Errorf("answered twice: %q", got)
		}
	})
	t.Run("by another", func(t *testing.T) {
		d, c, question := ask(t)
		d.React(desktest.Vera, d.PortalOf(c), question, "✅")
		d.Say(desktest.Vera, d.PortalOf(c), "!1")
		if got := d.TicketOf(c).Queue; got != desktest.Queue {
			t.Errorf("ticket in %s", got)
		}
	})
	t.Run("too late", func(t *testing.T) {
		d, c, question := ask(t)
		d.Pass(61 * time.Minute)
		d.React(desktest.Anna, d.PortalOf(c), question, "✅")
		if got := d.TicketOf(c).Queue; got != desktest.Queue {
			t.Errorf("ticket in %s", got)
		}
	})
	t.Run("list of operators", func(t *testing.T) {
		d, c, _ := ask(t)
		room := d.PortalOf(c)
		d.Say(desktest.Anna, room, "!transfer")
		if got := d.LastPost(room).Text; !strings.Contains(got, "1. Boris (Support): never seen here, 0 tickets\n2. Clara (Sales and returns): never seen here, 0 tickets") {
			t.Errorf("asked %q", got)
		}
		d.React(desktest.Anna, room, lastEvent(d, room), "2️⃣")
		if got := d.TicketOf(c).Owner; got != clara {
			t.Errorf("owner %s", got)
		}
	})
}
