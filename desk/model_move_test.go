package desk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// What random people do with the ticket of a model, and what its rooms have to look like.

func (w *world) lobby() desk.RoomKey { return desk.LobbyRoom(w.TicketOf(w.c).Queue) }

// cardThere gives the event of the ticket's card in the lobby it is in now.
func (w *world) cardThere() desk.EventID {
	w.t.Helper()
	ev, err := w.EventByRowIn(w.lobby(), desk.CardRow(w.TicketOf(w.c).ID))
	if err != nil {
		w.fail("card: %v", err)
	}
	return ev.ID
}

// order gives a command about the ticket, in the lobby or in its room, with a comment that must not leave.
func (w *world) order(u desk.UserID, name, args string) {
	w.t.Helper()
	text := fmt.Sprintf("!%s %s #%d %s", name, args, w.TicketOf(w.c).Number, w.words(false))
	w.note("%s: %s", u, text)
	if w.random.IntN(2) == 0 {
		w.Say(u, w.room(), text)
		return
	}
	w.Say(u, lobby, text)
}

func (w *world) isOpen() bool { return w.m.state == desk.Waiting || w.m.state == desk.Assigned }

func (w *world) somebodyCloses() {
	u := w.person()
	may := w.isOpen() && w.maySteer(u)
	w.order(u, "close", "")
	if may {
		w.become(desk.Closed, "")
	}
}

func (w *world) somebodyReturns() {
	u := w.person()
	may := w.m.state == desk.Assigned && w.maySteer(u)
	w.order(u, "return", "")
	if may {
		w.become(desk.Waiting, "")
	}
}

func (w *world) somebodyMovesToQueue() {
	u, to := w.person(), []desk.QueueID{desktest.Queue, sales, foreign}[w.random.IntN(3)]
	may := w.isOpen() && w.maySteer(u) && to != foreign && !(w.m.state == desk.Waiting && to == w.m.queue)
	w.order(u, "queue", string(to))
	if may {
		w.become(desk.Waiting, "")
		w.m.queue = to
		for u := range w.m.watches {
			if !w.supervises(u) {
				delete(w.m.watches, u)
			}
		}
	}
}

func (w *world) somebodyTransfers() {
	u, to := w.person(), append(people, dora)[w.random.IntN(len(people)+1)]
	may := w.isOpen() && w.maySteer(u) && to != w.m.owner && (isOperator(to, desktest.Queue) || isOperator(to, sales))
	w.order(u, "transfer", string(to))
	if may {
		w.become(desk.Assigned, to)
	}
}

func (w *world) somebodyTakes() {
	u := w.person()
	may := w.isOpen() && w.supervises(u) && w.m.owner != u
	w.order(u, "take", "")
	if may {
		w.become(desk.Assigned, u)
	}
}

func (w *world) somebodyWatches() {
	u := w.person()
	w.note("%s watches", u)
	may := w.isOpen() && w.supervises(u) && w.m.owner != u
	w.Say(u, lobby, fmt.Sprintf("!watch %d", w.TicketOf(w.c).Number))
	if may {
		w.m.watches[u] = true
		delete(w.m.guests, u)
	}
}

func (w *world) somebodyBlocks() {
	if w.random.IntN(3) > 0 {
		return // or nothing else would happen
	}
	u := w.person()
	may := w.maySteer(u) && !w.m.blocked
	w.note("%s blocks", u)
	w.Say(u, lobby, fmt.Sprintf("!block #%d yes %s", w.TicketOf(w.c).Number, w.words(false)))
	if may {
		w.m.blocked = true
		w.become(desk.Closed, "")
	}
}

func (w *world) somebodyUnblocks() {
	u := w.person()
	w.note("%s unblocks", u)
	may := w.supervises(u)
	w.Say(u, lobby, fmt.Sprintf("!unblock %d", w.TicketOf(w.c).Number))
	if may {
		w.m.blocked = false
	}
}

func (w *world) somebodyRenames() {
	u := w.person()
	title := fmt.Sprintf("Title %d", w.random.IntN(100))
	if w.random.IntN(4) == 0 {
		title = ""
	}
	w.note("%s renames into %q", u, title)
	if w.random.IntN(2) == 0 {
		w.Say(u, w.room(), "!rename "+title)
	} else {
		w.Decide(desk.StateBroken{Room: w.room(), Thing: desk.ThingName, Sender: u, Name: title})
		w.Deliver()
	}
	if w.maySteer(u) {
		w.m.title = title
	}
}

// somebodyPresses presses a button of the action card, and answers what is asked.
func (w *world) somebodyPresses() {
	u := w.person()
	button := []string{"✔️", "↩️", "➡️", "⛔"}[w.random.IntN(4)]
	card, err := w.EventByRowIn(w.room(), desk.ActionCardRow(w.TicketOf(w.c).Portal))
	if err != nil {
		w.fail("action card: %v", err)
	}
	w.note("%s presses %s", u, button)
	may := w.maySteer(u)
	w.React(u, w.room(), card.ID, button)
	switch {
	case !may:
	case button == "↩️" && w.m.state == desk.Assigned:
		w.become(desk.Waiting, "")
	case button == "✔️" && w.isOpen() && w.random.IntN(2) == 0:
		w.Say(u, w.room(), "!1")
		w.become(desk.Closed, "")
	case button == "⛔" && !w.m.blocked && w.random.IntN(2) == 0:
		w.React(u, w.room(), lastEvent(w.Desk, w.room()), "✅")
		w.m.blocked = true
		w.become(desk.Closed, "")
	}
}

// somebodyNotesContacts changes what is known of the customer: nothing of that touches who is in the room.
func (w *world) somebodyNotesContacts() {
	u := w.person()
	text := []string{"!contact add email a@example.com " + w.words(false), "!contact hide 1", "!contact edit 1 b@example.com", "!contact undo"}[w.random.IntN(4)]
	w.note("%s: %s", u, text)
	w.Say(u, w.room(), text)
}

// somebodySnoozes puts the ticket aside and takes it back.
func (w *world) somebodySnoozes() {
	u := w.person()
	w.note("%s snoozes", u)
	w.Say(u, w.room(), "!snooze 2h")
	if w.maySteer(u) && w.m.state == desk.Assigned && !strings.HasPrefix(nameOf(w.Desk, w.room()), "💤 ") {
		w.fail("not put aside: %s", w.LastPost(w.room()).Text)
	}
	w.Say(u, w.room(), "!snooze off")
}

// settingsChange changes how the ticket's queue offers.
func (w *world) settingsChange() {
	text := []string{
		"invite_limit 1", "invite_limit 5", "assign off", "assign round_robin", "assign least_busy", "offer_timeout 5m", "offer_timeout 30s",
	}[w.random.IntN(7)]
	text = fmt.Sprintf("!config set queue.%s.%s", w.m.queue, text)
	w.note("%s", text)
	ask(w.t, w.Desk, desktest.Admin, text)
}

// customerIsCalled gives the customer a name.
func (w *world) customerIsCalled() {
	w.m.name = fmt.Sprintf("Name %d", w.random.IntN(10))
	w.note("customer is called %s", w.m.name)
	w.Decide(desk.CustomerProfile{Conversation: w.c, Name: w.m.name})
	w.Deliver()
}

func (w *world) checkRoom(ticket *desk.Ticket) {
	w.t.Helper()
	for _, u := range people {
		if got, want := w.Membership(w.room(), u), w.allowedIn(ticket, u); !slices.Contains(want, got) {
			w.fail("%s is wanted in the %s room by %q, not by one of %q", u, ticket.State, got, want)
		}
	}
	var join desk.JoinRule
	w.Want(w.room(), desk.ThingJoin, &join)
	if !join.Restricted || (len(join.Allow) > 0) != (ticket.State == desk.Waiting) || len(join.Allow) > 0 && join.Allow[0] != desk.LobbyRoom(w.m.queue) {
		w.fail("join rule of a %s ticket: %+v", ticket.State, join)
	}
	places := map[desk.RoomKey]bool{}
	for _, q := range []desk.QueueID{desktest.Queue, sales, foreign} {
		places[desk.QueueRoom(q)] = ticket.State == desk.Waiting && w.m.queue == q
	}
	for _, u := range people {
		places[desk.DeskRoom(u)] = w.m.owner == u
	}
	for space, want := range places {
		if hangs(w.Desk, space, w.room()) != want {
			w.fail("%s ticket hangs in %s: %v", ticket.State, space, !want)
		}
	}
	w.checkName(ticket)
}

// allowedIn lists what may be desired of somebody in the ticket's room.
func (w *world) allowedIn(ticket *desk.Ticket, u desk.UserID) []string {
	switch {
	case u == w.m.owner:
		return []string{"join"}
	case w.m.watches[u]:
		return []string{"join"}
	case ticket.State == desk.Assigned && w.m.guests[u]:
		return []string{"invite"}
	case ticket.State != desk.Waiting || !isOperator(u, w.m.queue) || slices.Contains(ticket.Declined, u):
		return []string{"leave", ""}
	}
	q, err := w.Queue(w.m.queue)
	if err != nil {
		w.fail("queue: %v", err)
	}
	toAll := q.Assign == "" || ticket.Offer.ToAll
	if toAll && len(q.Operators) <= q.InviteLimit || !toAll && ticket.Offer.To == u {
		return []string{"invite"}
	}
	return []string{"leave", ""}
}

func (w *world) checkName(ticket *desk.Ticket) {
	w.t.Helper()
	want := fmt.Sprintf("#%d · %s · Widget", ticket.Number, w.m.name)
	if w.m.title != "" {
		want = fmt.Sprintf("%s · #%d", w.m.title, ticket.Number)
		if state := map[desk.TicketState]string{desk.Waiting: " · waiting", desk.Closed: " · closed"}[ticket.State]; state != "" {
			want += state
		}
	}
	if got := nameOf(w.Desk, w.room()); got != want {
		w.fail("the room is named %q, want %q", got, want)
	}
}

// checkCard: the ticket's card stands where it is, and in another lobby at most one that says where it went.
func (w *world) checkCard(ticket *desk.Ticket) {
	w.t.Helper()
	words := map[desk.TicketState]string{desk.Waiting: "waiting", desk.Assigned: "answered by", desk.Closed: "closed"}[ticket.State]
	for _, q := range []desk.QueueID{desktest.Queue, sales} {
		d, err := w.Desired(desk.LobbyRoom(q), desk.ThingCard+string(ticket.ID))
		if err != nil {
			if q == w.m.queue {
				w.fail("no card: %v", err)
			}
			continue
		}
		var card desk.Card
		if err := json.Unmarshal(d.Value, &card); err != nil {
			w.fail("card: %v", err)
		}
		switch {
		case q != w.m.queue:
			if len(card.Buttons)+len(card.Mentions) > 0 || !strings.Contains(card.Text, "passed on to the queue") {
				w.fail("card in the lobby it left: %+v", card)
			}
		case !strings.Contains(card.Text, words) || (len(card.Buttons) > 0) != (ticket.State == desk.Waiting):
			w.fail("card of a %s ticket: %+v", ticket.State, card)
		}
	}
	if card := actionCard(w.Desk, w.c); !strings.Contains(card.Text, fmt.Sprintf("#%d · %s — %s", ticket.Number, w.m.name, words)) {
		w.fail("action card of a %s ticket: %+v", ticket.State, card)
	}
}
