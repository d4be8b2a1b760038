package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// assigning makes the queue offer its tickets to one after the other.
func assigning(mode desk.AssignMode) func(*desk.SitesConfigured) {
	return func(in *desk.SitesConfigured) {
		q := &in.Queues[0]
		q.Assign, q.OfferTimeout, q.RemindAfter = mode, time.Minute, 0
		q.Operators = append(q.Operators, clara)
		in.Staff = append(in.Staff, desk.Operator{ID: clara, PublicName: "Clara"})
	}
}

// invited lists who is invited into a ticket's room.
func invited(d *desktest.Desk, c desk.ConversationID) []desk.UserID {
	var out []desk.UserID
	for _, u := range []desk.UserID{desktest.Anna, desktest.Boris, clara} {
		if d.Membership(d.PortalOf(c), u) == "invite" {
			out = append(out, u)
		}
	}
	return out
}

// checkOffered: exactly this operator is invited and mentioned on the card.
func checkOffered(t *testing.T, d *desktest.Desk, c desk.ConversationID, want ...desk.UserID) {
	t.Helper()
	if got := invited(d, c); !slices.Equal(got, want) || !slices.Equal(d.Card(c).Mentions, want) {
		t.Errorf("#%d: invited %v, mentioned %v, want %v", d.TicketOf(c).Number, got, d.Card(c).Mentions, want)
	}
}

// TestRoundRobin: tickets go round, an unanswered offer moves on after its time and rings for the next, and everybody may still accept (Q8).
func TestRoundRobin(t *testing.T) {
	d := newDesk(t, assigning(desk.AssignRoundRobin))
	var cs []desk.ConversationID
	for i, u := range []desk.UserID{desktest.Anna, desktest.Boris, clara, desktest.Anna} {
		cs = append(cs, d.Open())
		d.Write(cs[i], "help")
		checkOffered(t, d, cs[i], u)
		d.Pass(time.Second)
	}
	d.Pass(56 * time.Second) // the first offer's minute is over
	checkOffered(t, d, cs[0], desktest.Boris)
	if p := d.LastPost(lobby); !slices.Equal(p.Mentions, []desk.UserID{desktest.Boris}) || !strings.Contains(p.Text, "#1 is offered to you. Accept within 60 seconds") {
		t.Errorf("last in the lobby %+v", p)
	}
	d.Accept(clara, cs[0])
	if ticket := d.TicketOf(cs[0]); ticket.Owner != clara || ticket.Offer.To != "" {
		t.Errorf("ticket %+v", ticket)
	}
	before := d.Dump()
	d.Decide(desk.TimerFired{Timer: desk.Arm{Name: "offer", Ticket: d.TicketOf(cs[0]).ID, Generation: 1, Due: d.Now}})
	if d.Dump() != before {
		t.Errorf("an offer of an accepted ticket timed out")
	}
}

// TestOfferGoesRound: when everybody has let it pass the supervisors are told, once, and it goes round again; then it is everybody's, and nobody is
// rung for it any more.
func TestOfferGoesRound(t *testing.T) {
	d := newDesk(t, assigning(desk.AssignRoundRobin))
	c := d.Open()
	d.Write(c, "help")
	var turns []desk.UserID
	for range 7 {
		turns = append(turns, d.TicketOf(c).Offer.To)
		d.Pass(time.Minute)
	}
	want := []desk.UserID{desktest.Anna, desktest.Boris, clara, desktest.Anna, desktest.Boris, clara, ""}
	if !slices.Equal(turns, want) {
		t.Errorf("offered to %v, want %v", turns, want)
	}
	checkOffered(t, d, c, desktest.Anna, desktest.Boris, clara)
	before := len(d.Posts(lobby))
	d.Pass(24 * time.Hour)
	if now := len(d.Posts(lobby)); now != before {
		t.Errorf("rung for %d times more", now-before)
	}
	calls := 0
	for _, p := range d.Posts(lobby) {
		if slices.Contains(p.Mentions, desktest.Vera) {
			calls++
			if !strings.Contains(p.Text, "Nobody has taken ticket #1") {
				t.Errorf("the supervisor is told %q", p.Text)
			}
		}
	}
	if calls != 1 {
		t.Errorf("the supervisor is told %d times", calls)
	}
}

// TestOfferDeclined: a decline moves the offer on at once; when all have declined the supervisors are told; ❌ taken back brings it back.
func TestOfferDeclined(t *testing.T) {
	d := newDesk(t, assigning(desk.AssignRoundRobin))
	c := d.Open()
	d.Write(c, "help")
	d.React(desktest.Anna, lobby, d.CardOf(c), "❌")
	checkOffered(t, d, c, desktest.Boris)
	pressed := d.React(desktest.Boris, lobby, d.CardOf(c), "❌")
	d.Member(d.PortalOf(c), clara, clara, "invite", "leave")
	checkOffered(t, d, c)
	if p := d.LastPost(lobby); !slices.Equal(p.Mentions, []desk.UserID{desktest.Vera}) {
		t.Errorf("last in the lobby %+v", p)
	}
	d.Pass(time.Hour)
	checkOffered(t, d, c)
	d.Redact(desktest.Boris, lobby, pressed)
	checkOffered(t, d, c, desktest.Boris)
}

// TestReturnedOffer: who returned a ticket is not offered it, the next wait begins anew.
func TestReturnedOffer(t *testing.T) {
	d := newDesk(t, assigning(desk.AssignRoundRobin))
	c := d.Open()
	d.Write(c, "help")
	d.Accept(desktest.Anna, c)
	d.Say(desktest.Anna, d.PortalOf(c), "!return")
	checkOffered(t, d, c, desktest.Boris)
	d.Pass(time.Minute)
	checkOffered(t, d, c, clara)
	d.Pass(time.Minute)
	checkOffered(t, d, c, desktest.Boris)
}

// TestLeastBusy: who has the fewest open tickets is asked first.
func TestLeastBusy(t *testing.T) {
	d := newDesk(t, assigning(desk.AssignLeastBusy))
	for _, u := range []desk.UserID{desktest.Anna, desktest.Anna, desktest.Boris, clara} {
		c := d.Open()
		d.Write(c, "help")
		d.Accept(u, c)
	}
	for range 2 {
		c := d.Open()
		d.Write(c, "help")
		if got := d.TicketOf(c).Offer.To; got == desktest.Anna {
			t.Errorf("offered to the busiest")
		}
		d.Pass(time.Second)
		d.Accept(d.TicketOf(c).Offer.To, c)
	}
	c := d.Open()
	d.Write(c, "help")
	if got := d.TicketOf(c).Offer.To; got != desktest.Anna {
		t.Errorf("all have two: offered to %s, who was asked before others", got)
	}
}

// TestLimit: who has as many open tickets as the queue allows is offered nothing, and again when one is closed.
func TestLimit(t *testing.T) {
	for _, mode := range []desk.AssignMode{"", desk.AssignRoundRobin} {
		t.Run("assign "+string(mode), func(t *testing.T) {
			d := newDesk(t, assigning(mode), func(in *desk.SitesConfigured) {
				in.Queues[0].MaxOpen = 1
				in.Queues[0].Operators = []desk.UserID{desktest.Anna, desktest.Boris}
			})
			first, second, third := d.Open(), d.Open(), d.Open()
			for _, c := range []desk.ConversationID{first, second, third} {
				d.Write(c, "help")
			}
			d.Accept(desktest.Anna, first)
			checkOffered(t, d, second, desktest.Boris)
			checkOffered(t, d, third, desktest.Boris)
			d.Accept(desktest.Boris, second)
			checkOffered(t, d, third)
			d.Say(desktest.Boris, d.PortalOf(second), "!close")
			checkOffered(t, d, third, desktest.Boris)
			d.Accept(desktest.Anna, third)
			if ticket := d.TicketOf(third); ticket.Owner != desktest.Anna {
				t.Errorf("whoever has enough may still accept: %+v", ticket)
			}
		})
	}
}

// TestQuietIsNotOffered: whoever is not to be disturbed is passed over and does not keep an offer.
func TestQuietIsNotOffered(t *testing.T) {
	d := newDesk(t, assigning(desk.AssignRoundRobin))
	quiet := func(u desk.UserID, until time.Time) {
		o, err := d.Operator(u)
		if err != nil {
			t.Fatal(err)
		}
		o.Quiet = until
		if err := d.PutOperator(o); err != nil {
			t.Fatal(err)
		}
	}
	quiet(desktest.Anna, d.Now.Add(time.Hour))
	c := d.Open()
	d.Write(c, "help")
	checkOffered(t, d, c, desktest.Boris)
	quiet(desktest.Boris, d.Now.Add(time.Hour))
	quiet(clara, d.Now.Add(time.Hour))
	d.Pass(time.Minute)
	checkOffered(t, d, c)
	if p := d.LastPost(lobby); !strings.Contains(p.Text, "nobody left") || !slices.Equal(p.Mentions, []desk.UserID{desktest.Vera}) {
		t.Errorf("last in the lobby %+v", p)
	}
}

// TestOfferAtNight: while the office is closed an offer stays where it is and rings for nobody; when it opens the ticket goes round.
func TestOfferAtNight(t *testing.T) {
	d := newDesk(t, assigning(desk.AssignRoundRobin), func(in *desk.SitesConfigured) {
		in.Sites[0].Schedule.SetWeek("mon-fri 09:00-18:00")
	})
	d.Now = desktest.Start.Add(-2 * time.Hour) // seven in the morning
	c := d.Open()
	d.Write(c, "help")
	checkOffered(t, d, c, desktest.Anna)
	before := len(d.Posts(lobby))
	d.Pass(2*time.Hour - time.Second)
	checkOffered(t, d, c, desktest.Anna)
	if got := d.Posts(lobby)[before:]; len(got) > 0 {
		t.Errorf("at night: %+v", got)
	}
	d.Pass(time.Second)
	checkOffered(t, d, c, desktest.Boris)
	if p := d.LastPost(lobby); !slices.Equal(p.Mentions, []desk.UserID{desktest.Boris}) || spoken(d, lobby, "Nobody has taken") {
		t.Errorf("in the morning: %+v", d.Posts(lobby)[before:])
	}
}

// TestOfferAndSettings: an offer that stands moves on when it was to, whatever is made of the queue's settings meanwhile.
func TestOfferAndSettings(t *testing.T) {
	for name, orders := range map[string][]string{
		"longer":                     {"!config set queue.support.offer_timeout 10m"},
		"shorter":                    {"!config set queue.support.offer_timeout 10s"},
		"not assigning for a moment": {"!config set queue.support.assign off", "!config set queue.support.assign round_robin"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, assigning(desk.AssignRoundRobin))
			c := d.Open()
			d.Write(c, "help")
			checkOffered(t, d, c, desktest.Anna)
			for _, order := range orders {
				if got := ask(t, d, desktest.Admin, order); !strings.Contains(got, "is now") {
					t.Fatal(got)
				}
			}
			first := d.TicketOf(c).Offer.To
			d.Pass(time.Minute)
			if second := d.TicketOf(c).Offer.To; second == first || second == "" {
				t.Errorf("a minute later offered to %q, before to %q", second, first)
			}
		})
	}
}

// TestNotAssigningAnyMore: a queue that stops assigning offers its tickets to all, and one that begins, to one.
func TestNotAssigningAnyMore(t *testing.T) {
	d := newDesk(t, assigning(desk.AssignRoundRobin))
	c := d.Open()
	d.Write(c, "help")
	ask(t, d, desktest.Admin, "!config set queue.support.assign off")
	checkOffered(t, d, c, desktest.Anna, desktest.Boris, clara)
	d.Pass(time.Hour)
	ask(t, d, desktest.Admin, "!config set queue.support.assign least_busy")
	if got := invited(d, c); len(got) != 1 {
		t.Errorf("invited %v", got)
	}
}
