package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// setQuiet makes somebody not to be disturbed, as if decided before.
func setQuiet(t *testing.T, d *desktest.Desk, u desk.UserID, length time.Duration) {
	t.Helper()
	o, err := d.Operator(u)
	if err != nil {
		t.Fatal(err)
	}
	o.Quiet = d.Now.Add(length)
	if err := d.PutOperator(o); err != nil {
		t.Fatal(err)
	}
}

// TestQuietIsOfferedNothing: who is not to be disturbed gets neither invitation nor mention, but may still accept (O6).
func TestQuietIsOfferedNothing(t *testing.T) {
	d := newDesk(t)
	setQuiet(t, d, desktest.Anna, time.Hour)
	c := d.Open()
	d.Write(c, "hello")
	room := d.PortalOf(c)
	if got := d.Membership(room, desktest.Anna); got != "" {
		t.Errorf("anna in the portal: %q", got)
	}
	if got := d.Membership(room, desktest.Boris); got != "invite" {
		t.Errorf("boris in the portal: %q", got)
	}
	if m := d.Card(c).Mentions; !slices.Equal(m, []desk.UserID{desktest.Boris}) {
		t.Errorf("the card mentions %v", m)
	}
	if got := d.Membership(lobby, desktest.Anna); got != "join" {
		t.Errorf("anna in the lobby: %q", got)
	}
	var child desk.Child
	d.Want(desk.QueueRoom(desktest.Queue), desk.ThingChild+string(room), &child)
	if !child.Present || !child.Suggested {
		t.Errorf("the room in the queue's space: %+v", child)
	}
	d.Accept(desktest.Anna, c)
	if owner := d.TicketOf(c).Owner; owner != desktest.Anna {
		t.Errorf("owner %q", owner)
	}
}

// TestDoNotDisturb: a term begins by command or by a reaction, is shown with its end, takes offers back, and ends by itself or before (O6).
func TestDoNotDisturb(t *testing.T) {
	for name, begin := range map[string]func(d *desktest.Desk, chat desk.RoomKey){
		"by command":         func(d *desktest.Desk, chat desk.RoomKey) { d.Say(desktest.Anna, chat, "!dnd 2h") },
		"until a time":       func(d *desktest.Desk, chat desk.RoomKey) { d.Say(desktest.Anna, chat, "!dnd until 14:00") },
		"by Russian command": func(d *desktest.Desk, chat desk.RoomKey) { d.Say(desktest.Anna, chat, "!тихо до 14:00") },
		"in the lobby":       func(d *desktest.Desk, chat desk.RoomKey) { d.Say(desktest.Anna, lobby, "!dnd 2h") },
		"by reaction": func(d *desktest.Desk, chat desk.RoomKey) {
			d.Say(desktest.Anna, chat, "!dnd")
			d.React(desktest.Anna, chat, lastEvent(d, chat), "3️⃣")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, inMoscow)
			chat := direct(t, d, desktest.Anna)
			c := d.Open()
			d.Write(c, "hello")
			room := d.PortalOf(c)
			begin(d, chat)
			if got := d.LastPost(chat).Text; !strings.Contains(got, "Nobody disturbs you until 2 March, 14:00") {
				t.Fatalf("answer %q", got)
			}
			card := quietCard(d, desktest.Anna)
			if !card.Pinned || card.Text != "🔕 Do not disturb until 2 March, 14:00." || !slices.Equal(card.Buttons, []string{"🔔"}) {
				t.Errorf("card %+v", card)
			}
			if got := d.Membership(room, desktest.Anna); got != "leave" || slices.Contains(d.Card(c).Mentions, desktest.Anna) {
				t.Errorf("still offered: %s, %v", got, d.Card(c).Mentions)
			}
			if rings(t, d, desktest.Anna) || d.Membership(lobby, desktest.Anna) != "join" {
				t.Error("her devices ring, or she is out of the lobby")
			}
			d.Pass(2*time.Hour - time.Minute)
			if o, _ := d.Operator(desktest.Anna); o.Quiet.IsZero() {
				t.Error("over before its time")
			}
			d.Pass(time.Minute)
			checkDisturbable(t, d, c)
			if got := d.LastPost(chat).Text; !strings.HasPrefix(got, "🔔 The time is over") {
				t.Errorf("told %q", got)
			}
		})
	}
}

func TestEndOfQuiet(t *testing.T) {
	for name, end := range map[string]func(d *desktest.Desk, chat desk.RoomKey){
		"by command":         func(d *desktest.Desk, chat desk.RoomKey) { d.Say(desktest.Anna, chat, "!dnd off") },
		"by Russian command": func(d *desktest.Desk, chat desk.RoomKey) { d.Say(desktest.Anna, lobby, "!тихо выкл") },
		"by reaction to the card": func(d *desktest.Desk, chat desk.RoomKey) {
			ev, _ := d.EventByRow(desk.EffectID(desk.ThingCard + string(desktest.Anna)))
			d.React(desktest.Anna, chat, ev.ID, "🔔")
		},
		"by reaction to the answer": func(d *desktest.Desk, chat desk.RoomKey) {
			d.React(desktest.Anna, chat, lastEvent(d, chat), "🔔\ufe0f")
		},
		"by the last option": func(d *desktest.Desk, chat desk.RoomKey) {
			d.Say(desktest.Anna, chat, "!dnd")
			d.React(desktest.Anna, chat, lastEvent(d, chat), "6️⃣")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			chat := direct(t, d, desktest.Anna)
			c := d.Open()
			d.Write(c, "hello")
			d.Say(desktest.Anna, chat, "!dnd 2h")
			end(d, chat)
			checkDisturbable(t, d, c)
			posts := len(d.Posts(chat))
			d.Pass(3 * time.Hour)
			if len(d.Posts(chat)) != posts {
				t.Errorf("ended twice: %q", d.LastPost(chat).Text)
			}
		})
	}
}

// TestQuietSetAnew: the later term counts, and nobody ends another's.
func TestQuietSetAnew(t *testing.T) {
	d := newDesk(t)
	chat := direct(t, d, desktest.Anna)
	d.Say(desktest.Anna, chat, "!dnd 1h")
	d.Say(desktest.Anna, chat, "!dnd 3h")
	d.Pass(2 * time.Hour)
	if o, _ := d.Operator(desktest.Anna); !o.IsQuiet(d.Now) {
		t.Error("ended by the term that was replaced")
	}
	d.React(desktest.Boris, chat, lastEvent(d, chat), "🔔")
	if o, _ := d.Operator(desktest.Anna); !o.IsQuiet(d.Now) {
		t.Error("ended by somebody else")
	}
	for text, want := range map[string]string{"!dnd soon": "do not understand", "!dnd 2h please": "do not understand", "!dnd 500d": "more than a year"} {
		d.Say(desktest.Anna, chat, text)
		if got := d.LastPost(chat).Text; !strings.Contains(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
	d.Say(desktest.Boris, direct(t, d, desktest.Boris), "!dnd off")
	if got := d.LastPost(desk.DirectRoom(desktest.Boris)).Text; !strings.Contains(got, "may be disturbed already") {
		t.Errorf("not quiet: %q", got)
	}
}

// TestQuietIsNotAssigned: where a queue offers to one after the other, the offer of somebody who becomes quiet goes on to the next, and no other comes.
func TestQuietIsNotAssigned(t *testing.T) {
	d := newDesk(t, func(in *desk.SitesConfigured) { in.Queues[0].Assign = desk.AssignRoundRobin })
	c := d.Open()
	d.Write(c, "hello")
	first := d.TicketOf(c).Offer.To
	other := map[desk.UserID]desk.UserID{desktest.Anna: desktest.Boris, desktest.Boris: desktest.Anna}[first]
	d.Say(first, direct(t, d, first), "!dnd 2h")
	if got := d.TicketOf(c).Offer.To; got != other || other == "" {
		t.Errorf("offered to %q, then to %q", first, got)
	}
	second := d.Open()
	d.Write(second, "me too")
	if got := d.TicketOf(second).Offer.To; got == first {
		t.Errorf("the next one is offered to %q", got)
	}
	d.Say(first, direct(t, d, first), "!dnd off")
	d.React(other, lobby, d.CardOf(second), "❌")
	if got := d.TicketOf(second).Offer.To; got != first {
		t.Errorf("afterwards it is offered to %q, want %q", got, first)
	}
}

// TestQuietIsNotMentioned: nothing calls somebody who is quiet: no waiting ticket, no colleague's decline, no reminder or answer of their own.
func TestQuietIsNotMentioned(t *testing.T) {
	d := newDesk(t)
	for _, u := range []desk.UserID{desktest.Anna, desktest.Vera} {
		d.Say(u, direct(t, d, u), "!dnd 5h")
	}
	c := d.Open()
	d.Write(c, "hello")
	d.Pass(20 * time.Minute)
	d.React(desktest.Boris, lobby, d.CardOf(c), "❌")
	d.Pass(time.Hour)
	d.Accept(desktest.Anna, c)
	room := d.PortalOf(c)
	d.Say(desktest.Anna, room, "!remind 10m call")
	d.Say(desktest.Anna, room, "!snooze 20m")
	d.Pass(time.Hour)
	if got := d.LastPost(room).Text; !strings.Contains(got, "put aside until now") {
		t.Errorf("last in the room: %q", got)
	}
	for _, p := range append(append(d.Posts(lobby), d.Posts(room)...), d.Posts(desk.DirectRoom(desktest.Anna))...) {
		if slices.Contains(p.Mentions, desktest.Anna) || slices.Contains(p.Mentions, desktest.Vera) {
			t.Errorf("mentions %v: %s", p.Mentions, p.Text)
		}
	}
	if posts := d.Posts(lobby); len(posts) < 3 {
		t.Errorf("only %d lines in the lobby", len(posts))
	}
}

func quietCard(d *desktest.Desk, u desk.UserID) (card desk.Card) {
	d.Want(desk.DirectRoom(u), desk.ThingCard+string(u), &card)
	return card
}

// rings reports whether the devices of somebody are to ring.
func rings(t *testing.T, d *desktest.Desk, u desk.UserID) bool {
	t.Helper()
	var quiet desk.Quiet
	d.Want(desk.DirectRoom(u), desk.ThingQuiet, &quiet)
	if quiet.User != u {
		t.Errorf("whose devices: %+v", quiet)
	}
	return !quiet.On
}

// checkDisturbable fails unless Anna is as she was before, and is offered the ticket again.
func checkDisturbable(t *testing.T, d *desktest.Desk, c desk.ConversationID) {
	t.Helper()
	o, err := d.Operator(desktest.Anna)
	if err != nil || !o.Quiet.IsZero() || !rings(t, d, desktest.Anna) {
		t.Errorf("still quiet: %+v, %v", o, err)
	}
	if got := d.Membership(d.PortalOf(c), desktest.Anna); got != "invite" || !slices.Contains(d.Card(c).Mentions, desktest.Anna) {
		t.Errorf("not offered again: %s, %v", got, d.Card(c).Mentions)
	}
	if card := quietCard(d, desktest.Anna); card.Text != "🔔 You may be disturbed." || len(card.Buttons) > 0 {
		t.Errorf("card %+v", card)
	}
}
