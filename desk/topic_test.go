package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

const (
	sales    desk.QueueID = "sales"
	delivery desk.QueueID = "delivery"
)

// twoTopics adds two visible queues to the hidden default one; Boris answers in them.
func twoTopics(in *desk.SitesConfigured) {
	for i, name := range []string{"Sales", "Delivery"} {
		in.Queues = append(in.Queues, desk.Queue{
			ID: desk.QueueID(strings.ToLower(name)), Site: desktest.Site, Name: name, Visible: true, Position: 2 - i, InviteLimit: 5,
			Operators: []desk.UserID{desktest.Boris},
		})
	}
}

// visible makes customers see exactly these queues.
func visible(ids ...desk.QueueID) func(*desk.SitesConfigured) {
	return func(in *desk.SitesConfigured) {
		twoTopics(in)
		for i := range in.Queues {
			in.Queues[i].Visible = slices.Contains(ids, in.Queues[i].ID)
		}
	}
}

// topics lists what a customer may choose from now.
func topics(t *testing.T, d *desktest.Desk, c desk.ConversationID) []desk.QueueID {
	t.Helper()
	conversation, err := d.Conversation(c)
	if err != nil {
		t.Fatal(err)
	}
	customer, err := d.Customer(conversation.Customer)
	if err != nil {
		t.Fatal(err)
	}
	var ticket *desk.Ticket
	if conversation.Ticket != "" {
		ticket = d.TicketOf(c)
	}
	options, err := desk.Topics(d, desktest.Site, customer, ticket)
	if err != nil {
		t.Fatal(err)
	}
	var out []desk.QueueID
	for _, o := range options {
		out = append(out, o.Queue)
	}
	return out
}

func choose(d *desktest.Desk, c desk.ConversationID, q desk.QueueID) {
	d.Decide(desk.CustomerChoice{Conversation: c, Queue: q})
	d.Deliver()
}

// refusesChoice fails the test unless a choice is refused with this key. That it changes nothing is checked by the desk.
func refusesChoice(t *testing.T, d *desktest.Desk, c desk.ConversationID, q desk.QueueID, key string) {
	t.Helper()
	if got := refused(t, d, desk.CustomerChoice{Conversation: c, Queue: q}); got.Key != key {
		t.Errorf("choice of %q: %q, want %q", q, got.Key, key)
	}
}

// kinds lists the system messages a customer can read, by kind.
func kinds(d *desktest.Desk, c desk.ConversationID) string {
	var out []string
	for _, m := range d.Messages(c) {
		if m.Author == desk.FromSystem && m.Deleted.IsZero() {
			out = append(out, m.Kind)
		}
	}
	return strings.Join(out, " ")
}

// TestTopicsOffered: two visible queues or more make a choice; else everything goes to the default queue, hidden or not (Q1).
func TestTopicsOffered(t *testing.T) {
	for _, test := range []struct {
		name  string
		shown []desk.QueueID
		offer string // in the order of the site, not of the ids
	}{
		{"none", nil, ""},
		{"the default one", []desk.QueueID{desktest.Queue}, ""},
		{"one, the default hidden", []desk.QueueID{sales}, ""},
		{"two, the default hidden", []desk.QueueID{sales, delivery}, "delivery sales"},
		{"two, with the default", []desk.QueueID{desktest.Queue, sales}, "support sales"},
		{"all", []desk.QueueID{desktest.Queue, sales, delivery}, "support delivery sales"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, visible(test.shown...))
			nobody, err := desk.Topics(d, desktest.Site, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			c := d.Open()
			var before []string
			for _, q := range topics(t, d, c) {
				before = append(before, string(q))
			}
			if got := strings.Join(before, " "); got != test.offer || len(nobody) != len(before) {
				t.Errorf("offered before the first message %q, to somebody unknown %v; want %q", got, nobody, test.offer)
			}
			d.Write(c, "hello")
			ticket := d.TicketOf(c)
			if test.offer == "" {
				for _, q := range test.shown {
					refusesChoice(t, d, d.Open(), q, "topic.unknown")
				}
				if ticket.State != desk.Waiting || ticket.Queue != desktest.Queue || kinds(d, c) != "waiting" {
					t.Errorf("without a choice: %+v, told %q", ticket, kinds(d, c))
				}
				return
			}
			if ticket.State != desk.Choosing || ticket.Queue != "" || kinds(d, c) != "topics" {
				t.Errorf("with a choice: %+v, told %q", ticket, kinds(d, c))
			}
		})
	}
}

// TestChoiceWithoutWords opens the ticket there at once; what is written later comes onto its card (Q1).
func TestChoiceWithoutWords(t *testing.T) {
	d := newDesk(t, twoTopics)
	c := d.Open()
	choose(d, c, sales)
	ticket, room := d.TicketOf(c), d.PortalOf(c)
	if ticket.State != desk.Waiting || ticket.Queue != sales || kinds(d, c) != "waiting" {
		t.Fatalf("ticket %+v, told %q", ticket, kinds(d, c))
	}
	card := func() (card desk.Card) {
		d.Want(desk.LobbyRoom(sales), desk.ThingCard+string(ticket.ID), &card)
		return card
	}
	if !strings.Contains(card().Text, "(no words yet)") || d.Membership(room, desktest.Boris) != "invite" || d.Membership(room, desktest.Anna) != "" {
		t.Errorf("card %q, boris %q, anna %q", card().Text, d.Membership(room, desktest.Boris), d.Membership(room, desktest.Anna))
	}
	if posts := d.Posts(room); len(posts) != 2 || !strings.Contains(posts[0].Text, "“Sales”") {
		t.Errorf("in the room %+v", posts)
	}
	d.Write(c, "three boxes, please")
	if d.TicketOf(c).ID != ticket.ID || !strings.Contains(card().Text, "> three boxes, please") {
		t.Errorf("card after the words %q", card().Text)
	}
}

// TestChoosingIsUnseen: whoever writes first is asked, and no operator learns of it before the ticket is routed (Q1).
func TestChoosingIsUnseen(t *testing.T) {
	d := newDesk(t, twoTopics)
	c := d.Open()
	d.Write(c, "hello", d.Upload(c, "a.png", "image/png"))
	ticket, room := d.TicketOf(c), d.PortalOf(c)
	for _, u := range []desk.UserID{desktest.Anna, desktest.Boris, desktest.Vera} {
		if got := d.Membership(room, u); got != "" {
			t.Errorf("%s: %q", u, got)
		}
	}
	for _, q := range []desk.QueueID{desktest.Queue, sales, delivery} {
		if _, err := d.Desired(desk.LobbyRoom(q), desk.ThingCard+string(ticket.ID)); err == nil {
			t.Errorf("a card in %s", q)
		}
		if _, err := d.Desired(desk.QueueRoom(q), desk.ThingChild+string(room)); err == nil {
			t.Errorf("the room hangs in %s", q)
		}
		if posts := d.Posts(desk.LobbyRoom(q)); len(posts) != 0 {
			t.Errorf("in the lobby of %s: %+v", q, posts)
		}
	}
	var join desk.JoinRule
	d.Want(room, desk.ThingJoin, &join)
	if len(join.Allow) != 0 {
		t.Errorf("members of %v may join", join.Allow)
	}
	asked := d.Messages(c)[1]
	if len(asked.Options) != 2 || asked.Options[0] != (desk.Option{Queue: delivery, Name: "Delivery"}) || asked.Content.Text == "" {
		t.Errorf("asked by %+v", asked)
	}
	d.Say(desktest.Anna, lobby, "!accept 1")
	if got := d.LastPost(lobby); d.TicketOf(c).State != desk.Choosing || !strings.Contains(got.Text, "still choosing") {
		t.Errorf("accepting: %q, ticket %+v", got.Text, d.TicketOf(c))
	}

	choose(d, c, delivery)
	ticket = d.TicketOf(c)
	if ticket.State != desk.Waiting || ticket.Queue != delivery || !strings.HasPrefix(ticket.Words, "hello") || kinds(d, c) != "topic waiting" {
		t.Errorf("after the choice %+v, told %q", ticket, kinds(d, c))
	}
	if asked := d.Messages(c)[1]; len(asked.Options) != 0 || asked.Content.Text != "Topic: Delivery" || asked.Rev <= asked.Seq {
		t.Errorf("the buttons: %+v", asked)
	}
	if posts := d.Posts(desk.LobbyRoom(delivery)); len(posts) != 1 || posts[0].File == nil {
		t.Errorf("in the card's thread %+v", posts)
	}
	if got := d.Membership(room, desktest.Boris); got != "invite" {
		t.Errorf("boris: %q", got)
	}
}

// TestChooseTimeout counts from the first unrouted message, later ones do not restart it; then the buttons go and a press is late (Q1).
func TestChooseTimeout(t *testing.T) {
	for _, test := range []struct {
		name    string
		timeout time.Duration
		lasts   time.Duration
	}{
		{"default", 0, time.Minute},
		{"of the site", 10 * time.Second, 10 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, twoTopics, func(in *desk.SitesConfigured) { in.Sites[0].ChooseTimeout = test.timeout })
			c := d.Open()
			d.Write(c, "hello")
			d.Pass(test.lasts - 2*time.Second)
			d.Write(c, "anybody?")
			d.Pass(time.Second)
			if d.TicketOf(c).State != desk.Choosing || len(topics(t, d, c)) != 2 {
				t.Fatalf("before the end of the time %+v", d.TicketOf(c))
			}
			d.Pass(time.Second)
			ticket := d.TicketOf(c)
			if ticket.State != desk.Waiting || ticket.Queue != desktest.Queue || ticket.Words != "hello\nanybody?" || kinds(d, c) != "waiting" {
				t.Fatalf("at its end %+v, told %q", ticket, kinds(d, c))
			}
			if len(topics(t, d, c)) != 0 || d.Messages(c)[1].Options != nil {
				t.Errorf("still offered: %+v", d.Messages(c)[1])
			}
			if d.Membership(d.PortalOf(c), desktest.Anna) != "invite" || !strings.Contains(d.Card(c).Text, "> hello") {
				t.Errorf("anna %q, card %q", d.Membership(d.PortalOf(c), desktest.Anna), d.Card(c).Text)
			}
			refusesChoice(t, d, c, sales, "topic.late")
			d.Pass(10 * time.Minute)
			if got := d.TicketOf(c); got.Queue != desktest.Queue || got.Generation != ticket.Generation {
				t.Errorf("later %+v", got)
			}
		})
	}
}

// TestChoiceAndTimerRace: whichever comes first wins, the other changes nothing.
func TestChoiceAndTimerRace(t *testing.T) {
	d := newDesk(t, twoTopics)
	c := d.Open()
	d.Write(c, "hello")
	timer := desk.TimerFired{Timer: d.Timers[len(d.Timers)-1]}
	choose(d, c, sales)
	before := d.Dump()
	d.Decide(timer)
	if d.Dump() != before {
		t.Error("the timer changed something after the choice")
	}

	other := d.Open()
	d.Write(other, "hello")
	timer = desk.TimerFired{Timer: d.Timers[len(d.Timers)-1]}
	d.Decide(timer)
	d.Deliver()
	refusesChoice(t, d, other, sales, "topic.late")
	before = d.Dump()
	d.Decide(timer)
	if d.Dump() != before || d.TicketOf(other).Queue != desktest.Queue {
		t.Error("the timer changed something the second time")
	}
	d.Decide(desk.TimerFired{Timer: desk.Arm{ID: "x", Name: "choose", Ticket: "none", Generation: 1}})
}

// TestLateAndWrongChoices: what is not on offer cannot be chosen, by whatever way the choice comes.
func TestLateAndWrongChoices(t *testing.T) {
	for _, test := range []struct {
		name  string
		queue desk.QueueID
		key   string
		since func(*desktest.Desk, desk.ConversationID)
	}{
		{"a second tab's", delivery, "topic.late", func(d *desktest.Desk, c desk.ConversationID) { choose(d, c, sales) }},
		{"the same again", sales, "topic.late", func(d *desktest.Desk, c desk.ConversationID) { choose(d, c, sales) }},
		{"after the ticket was accepted", delivery, "topic.late", func(d *desktest.Desk, c desk.ConversationID) {
			choose(d, c, sales)
			d.React(desktest.Boris, desk.LobbyRoom(sales), d.CardOf(c), "✅")
		}},
		{"after it was closed", sales, "topic.late", func(d *desktest.Desk, c desk.ConversationID) {
			choose(d, c, sales)
			d.React(desktest.Boris, desk.LobbyRoom(sales), d.CardOf(c), "✅")
			d.Say(desktest.Boris, d.PortalOf(c), "!close")
		}},
		{"of one who is blocked", sales, "customer.blocked", func(d *desktest.Desk, c desk.ConversationID) {
			choose(d, c, sales)
			d.Say(desktest.Admin, lobby, "!block #1 yes")
		}},
		{"a hidden queue", desktest.Queue, "topic.unknown", func(*desktest.Desk, desk.ConversationID) {}},
		{"another site's queue", "foreign", "topic.unknown", func(*desktest.Desk, desk.ConversationID) {}},
		{"no queue", "none", "topic.unknown", func(*desktest.Desk, desk.ConversationID) {}},
		{"nothing", "", "topic.unknown", func(*desktest.Desk, desk.ConversationID) {}},
		{"a queue hidden meanwhile", sales, "topic.unknown", func(d *desktest.Desk, c desk.ConversationID) {
			d.Write(c, "hello")
			hide(d, sales)
		}},
		{"a queue removed meanwhile", sales, "topic.unknown", func(d *desktest.Desk, c desk.ConversationID) {
			d.Write(c, "hello")
			configure(d, twoTopics, func(in *desk.SitesConfigured) { in.Queues = slices.DeleteFunc(in.Queues, isQueue(sales)) })
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, twoTopics, func(in *desk.SitesConfigured) {
				in.Sites = append(in.Sites, desk.Site{ID: "other", Key: "other", Name: "Other", Languages: []string{"en"}, DefaultQueue: "foreign"})
				in.Queues = append(in.Queues, desk.Queue{ID: "foreign", Site: "other", Name: "Foreign", Visible: true})
			})
			c := d.Open()
			test.since(d, c)
			refusesChoice(t, d, c, test.queue, test.key)
		})
	}
	d := newDesk(t, twoTopics)
	refusesChoice(t, d, "none", sales, "conversation.unknown")
}

// configure gives the desk another configuration.
func configure(d *desktest.Desk, change ...func(*desk.SitesConfigured)) {
	in := desktest.Configuration()
	for _, f := range change {
		f(&in)
	}
	d.Decide(in)
	d.Deliver()
}

func isQueue(id desk.QueueID) func(desk.Queue) bool {
	return func(q desk.Queue) bool { return q.ID == id }
}

// hide takes a queue out of what customers may choose.
func hide(d *desktest.Desk, id desk.QueueID) {
	q, err := d.Queue(id)
	if err != nil {
		panic(err)
	}
	q.Visible = false
	if err := d.PutQueue(q); err != nil {
		panic(err)
	}
}

// TestChoiceSticks to the customer on the whole site, through transfers and other conversations, until the queue is gone (Q2).
func TestChoiceSticks(t *testing.T) {
	d := newDesk(t, twoTopics)
	c := d.Open()
	choose(d, c, sales)
	d.React(desktest.Boris, desk.LobbyRoom(sales), d.CardOf(c), "✅")
	d.Say(desktest.Boris, d.PortalOf(c), "!queue delivery")
	ask(t, d, desktest.Boris, "!accept 1")
	d.Say(desktest.Boris, d.PortalOf(c), "!close")
	if got := d.TicketOf(c); got.Queue != delivery || got.State != desk.Closed {
		t.Fatalf("after the transfer %+v", got)
	}
	if got := topics(t, d, c); got != nil {
		t.Errorf("offered although a choice sticks: %v", got)
	}
	d.Write(c, "once more")
	if got := d.TicketOf(c); got.Number != 2 || got.State != desk.Waiting || got.Queue != sales || !strings.HasSuffix(kinds(d, c), "closed waiting") {
		t.Errorf("second ticket %+v, told %q", got, kinds(d, c))
	}

	first, err := d.Conversation(c)
	if err != nil {
		t.Fatal(err)
	}
	telegram := desk.Conversation{ID: "telegram1", Site: desktest.Site, Customer: first.Customer, Channel: telegramChannel, Created: d.Now}
	if err := d.PutConversation(&telegram); err != nil {
		t.Fatal(err)
	}
	if got := topics(t, d, telegram.ID); got != nil {
		t.Errorf("offered on another channel: %v", got)
	}
	d.Write(telegram.ID, "from my phone")
	if got := d.TicketOf(telegram.ID); got.Queue != sales {
		t.Errorf("on another channel %+v", got)
	}

	third := d.Open()
	d.Write(third, "somebody else")
	if got := d.TicketOf(third); got.State != desk.Choosing {
		t.Errorf("somebody else's ticket %+v", got)
	}
}

// TestChoiceVoid: without its queue a choice is none: later tickets start with the message, topics are offered after it (Q1, Q2).
func TestChoiceVoid(t *testing.T) {
	t.Run("hidden", func(t *testing.T) { testChoiceVoid(t, func(d *desktest.Desk) { hide(d, sales) }) })
	t.Run("removed", func(t *testing.T) {
		testChoiceVoid(t, func(d *desktest.Desk) {
			configure(d, visible(desktest.Queue, sales, delivery), func(in *desk.SitesConfigured) {
				in.Queues = slices.DeleteFunc(in.Queues, isQueue(sales))
			})
		})
	})
}

func testChoiceVoid(t *testing.T, gone func(*desktest.Desk)) {
	d := newDesk(t, visible(desktest.Queue, sales, delivery))
	c := d.Open()
	choose(d, c, sales)
	d.React(desktest.Boris, desk.LobbyRoom(sales), d.CardOf(c), "✅")
	d.Say(desktest.Boris, d.PortalOf(c), "!close")
	gone(d)
	if got := topics(t, d, c); got != nil {
		t.Errorf("a later ticket's topics are offered before its message: %v", got)
	}
	d.Write(c, "again")
	if got := d.TicketOf(c); got.State != desk.Choosing || len(topics(t, d, c)) != 2 {
		t.Errorf("ticket %+v, offered %v", got, topics(t, d, c))
	}
	choose(d, c, delivery)
	if got := d.TicketOf(c); got.Queue != delivery || got.State != desk.Waiting {
		t.Errorf("after another choice %+v", got)
	}
}

// TestChoiceOfARemovedQueue: a queue that is made anew, with the id of a removed one, is nobody's choice before somebody makes it (Q2).
func TestChoiceOfARemovedQueue(t *testing.T) {
	for name, again := range map[string]func(*desktest.Desk){
		"by command": func(d *desktest.Desk) {
			ask(t, d, desktest.Admin, "!queues remove sales")
			ask(t, d, desktest.Admin, "!queues add sales Sales of other things")
		},
		"by the file": func(d *desktest.Desk) {
			configure(d, twoTopics, func(in *desk.SitesConfigured) { in.Queues = slices.DeleteFunc(in.Queues, isQueue(sales)) })
			configure(d, twoTopics)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, twoTopics)
			c, other := d.Open(), d.Open()
			choose(d, c, sales)
			choose(d, other, delivery)
			for _, n := range []string{"1", "2"} {
				ask(t, d, desktest.Admin, "!close "+n)
			}
			again(d)
			d.Write(c, "again")
			if got := d.TicketOf(c); got.State != desk.Choosing || len(topics(t, d, c)) != 2 {
				t.Errorf("ticket %+v, offered %v", got, topics(t, d, c))
			}
			d.Write(other, "again")
			if got := d.TicketOf(other); got.Queue != delivery || got.State != desk.Waiting {
				t.Errorf("the choice of a queue that stayed: %+v", got)
			}
		})
	}
}

// TestDefaultDoesNotStick: what the time brought about was nobody's choice (Q2).
func TestDefaultDoesNotStick(t *testing.T) {
	d := newDesk(t, twoTopics)
	c := d.Open()
	d.Write(c, "hello")
	d.Pass(time.Minute)
	d.Accept(desktest.Anna, c)
	d.Say(desktest.Anna, d.PortalOf(c), "!close")
	d.Write(c, "again")
	if got := d.TicketOf(c); got.State != desk.Choosing || got.Number != 2 {
		t.Errorf("second ticket %+v", got)
	}
}

// TestClosedWhileChoosing: a ticket that came to no queue ends without a card, and its buttons go.
func TestClosedWhileChoosing(t *testing.T) {
	d := newDesk(t, twoTopics)
	c := d.Open()
	d.Write(c, "spam")
	d.Say(desktest.Admin, lobby, "!close 1")
	ticket := d.TicketOf(c)
	if ticket.State != desk.Closed || kinds(d, c) != "closed" || d.Messages(c)[1].Options != nil {
		t.Errorf("ticket %+v, told %q, %s", ticket, kinds(d, c), d.LastPost(lobby).Text)
	}
	if _, err := d.Desired(lobby, desk.ThingCard+string(ticket.ID)); err == nil {
		t.Error("it has a card")
	}
	before := d.Dump()
	d.Pass(time.Minute)
	if d.Dump() != before {
		t.Error("the timer changed something")
	}
}
