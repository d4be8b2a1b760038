package appservice_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
)

const secondQueue desk.QueueID = "sales"

// twoQueues tells the desk of a second queue and of a supervisor: the last operator. The first two answer in the first queue, all but the
// first in the second.
func (f *office) twoQueues() {
	f.t.Helper()
	var staff []desk.Operator
	var ids []desk.UserID
	for i, p := range f.operators {
		ids = append(ids, desk.UserID(p.ID))
		staff = append(staff, desk.Operator{ID: ids[i], PublicName: fmt.Sprintf("Operator %d", i+1)})
	}
	f.decide(desk.SitesConfigured{
		Sites: []desk.Site{{
			ID: siteID, Key: "shop", Name: "Shop", Languages: []string{"en"}, StaffLang: "en", History: desk.HistoryShared, DefaultQueue: queueID,
		}},
		Queues: []desk.Queue{
			{ID: queueID, Site: siteID, Name: "Help", InviteLimit: 5, Operators: ids},
			{ID: secondQueue, Site: siteID, Name: "Sales", InviteLimit: 5, Operators: ids[1:], Position: 1},
		},
		Staff:  staff,
		Rights: []desk.Assignment{{Operator: ids[len(ids)-1], Template: desk.TemplateSupervisor, Scope: desk.ScopeSite, Target: string(siteID)}},
	})
	f.room(desk.LobbyRoom(secondQueue))
	f.applied()
}

// Random people move a ticket about, by commands, buttons and what their clients do by themselves; one of them answers and supervises as well. Whoever
// logs in afresh then sees its room, its card and where it hangs as the desk means them.
func TestRandomMovesAsAFreshClientSeesThem(t *testing.T) {
	f := open(t, officeOptions{operators: 3, double: true})
	f.twoQueues()
	w := &randomWalk{office: f, random: rand.New(rand.NewPCG(7, 42)), c: f.visitor()}
	f.write(w.c, "Who helps me?")
	w.portal = f.portal(w.c)
	for round := range 3 {
		for range 10 {
			w.step()
		}
		f.applied()
		w.checkAfresh()
		t.Logf("round %d: %s of %q in %s", round, f.ticket(w.c).State, f.ticket(w.c).Owner, f.ticket(w.c).Queue)
	}
	f.noDeadLetters()
}

type randomWalk struct {
	*office
	random *rand.Rand
	c      desk.ConversationID
	portal id.RoomID
}

func (w *randomWalk) one() *devstack.Operator { return w.operators[w.random.IntN(len(w.operators))] }

// step is one act. A closed ticket is followed by another.
func (w *randomWalk) step() {
	w.t.Helper()
	if w.ticket(w.c).State == desk.Closed {
		if w.ticket(w.c).CloseReason == "blocked" {
			w.orders(w.operators[2], fmt.Sprintf("!unblock %d", w.ticket(w.c).Number))
		}
		w.write(w.c, "And another thing")
	}
	n, to := w.ticket(w.c).Number, w.one().ID
	orders := []string{
		fmt.Sprintf("!accept %d", n), fmt.Sprintf("!accept %d", n), fmt.Sprintf("!return #%d later", n), fmt.Sprintf("!queue sales #%d", n),
		fmt.Sprintf("!queue %d help", n), fmt.Sprintf("!transfer %s #%d", to, n), fmt.Sprintf("!take #%d", n), fmt.Sprintf("!close #%d", n),
		fmt.Sprintf("!decline %d", n), fmt.Sprintf("!watch %d", n), fmt.Sprintf("!block #%d yes", n),
	}
	acts := []func(*devstack.Operator){w.reacts, w.joins, w.leaves, w.invites, w.renames}
	if at := w.random.IntN(len(orders) + 2*len(acts)); at < len(orders) {
		w.orders(w.one(), orders[at])
	} else {
		acts[at%len(acts)](w.one())
	}
}

// orders gives a command in the lobby and waits for its answer.
func (w *randomWalk) orders(p *devstack.Operator, text string) {
	w.t.Helper()
	w.t.Logf("%s: %s", p.ID, text)
	sent, err := p.SendText(bounded(w.t), w.lobby(), text)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sees(p, w.lobby(), event.EventMessage, func(e *event.Event) bool { return e.Content.AsMessage().RelatesTo.GetReplyTo() == sent })
}

// known waits until the desk has worked an event of a room.
func (w *randomWalk) known(room desk.RoomKey, e id.EventID) {
	w.t.Helper()
	w.eventually("event is known", func() bool {
		err := w.read(func(tx journal.Tx) error {
			_, err := tx.Event(room, desk.EventID(e))
			return err
		})
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			w.t.Fatal(err)
		}
		return err == nil
	})
}

func (w *randomWalk) portalKey() desk.RoomKey { return desk.PortalRoom(w.conversation(w.c).Portal) }

// reacts presses a button of the card.
func (w *randomWalk) reacts(p *devstack.Operator) {
	w.t.Helper()
	w.applied()
	ticket := w.ticket(w.c)
	lobby := desk.LobbyRoom(ticket.Queue)
	room := id.RoomID(w.room(lobby).ID)
	if _, in := p.Rooms()[room]; !in {
		return
	}
	card := must(w.office, func(tx journal.Tx) (*desk.Event, error) { return tx.EventByRowIn(lobby, desk.CardRow(ticket.ID)) })
	key := []string{"✅", "❌"}[w.random.IntN(2)]
	w.t.Logf("%s presses %s", p.ID, key)
	pressed, err := p.React(bounded(w.t), room, id.EventID(card.ID), key)
	if strings.Contains(fmt.Sprint(err), "M_DUPLICATE_ANNOTATION") {
		return // pressed already
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.known(lobby, pressed)
}

func (w *randomWalk) membership(p *devstack.Operator) any {
	w.t.Helper()
	return w.currentState(w.portal, "m.room.member", string(p.ID))["membership"]
}

// moved waits until the desk has worked what has just become of somebody's membership.
func (w *randomWalk) moved(who id.UserID) {
	w.t.Helper()
	for _, e := range w.history(w.portal) {
		if e.Type == event.StateMember && e.GetStateKey() == string(who) {
			w.known(w.portalKey(), e.ID)
			return
		}
	}
}

// joins comes into the room, if it lets its queue's operators in or somebody has invited them.
func (w *randomWalk) joins(p *devstack.Operator) {
	w.t.Helper()
	w.applied()
	if w.membership(p) == "join" {
		return
	}
	w.t.Logf("%s joins", p.ID)
	if err := p.Join(bounded(w.t), w.portal); err == nil {
		w.moved(p.ID)
	} else if !errors.Is(err, mautrix.MForbidden) {
		w.t.Fatal(err)
	}
}

// leaves goes out, or declines an invitation.
func (w *randomWalk) leaves(p *devstack.Operator) {
	w.t.Helper()
	w.applied()
	if m := w.membership(p); m != "join" && m != "invite" {
		return
	}
	w.t.Logf("%s leaves", p.ID)
	if err := p.Leave(bounded(w.t), w.portal); err != nil {
		w.t.Fatal(err)
	}
	w.moved(p.ID)
}

// invites brings somebody in by the client.
func (w *randomWalk) invites(p *devstack.Operator) {
	w.t.Helper()
	w.applied()
	guest := w.one()
	if m := w.membership(guest); w.membership(p) != "join" || m == "join" || m == "invite" {
		return
	}
	w.t.Logf("%s invites %s", p.ID, guest.ID)
	if _, err := p.Client.InviteUser(bounded(w.t), w.portal, &mautrix.ReqInviteUser{UserID: guest.ID}); err != nil {
		w.t.Fatal(err)
	}
	w.moved(guest.ID)
}

// renames gives the room a name by the client.
func (w *randomWalk) renames(p *devstack.Operator) {
	w.t.Helper()
	w.applied()
	ticket := w.ticket(w.c)
	if ticket.Owner != desk.UserID(p.ID) || w.membership(p) != "join" {
		return
	}
	title := fmt.Sprintf("Title %d", w.random.IntN(1000))
	w.t.Logf("%s renames the room into %s", p.ID, title)
	if _, err := p.Client.SendStateEvent(bounded(w.t), w.portal, event.StateRoomName, "", map[string]any{"name": title}); err != nil {
		w.t.Fatal(err)
	}
	w.eventually("the room has the name", func() bool {
		return w.currentState(w.portal, "m.room.name", "")["name"] == fmt.Sprintf("%s · #%d", title, ticket.Number)
	})
}

// desired reads what the desk wants of a thing of a room; false if it never wanted anything.
func (w *randomWalk) desired(room desk.RoomKey, thing string, value any) bool {
	w.t.Helper()
	known := true
	err := w.read(func(tx journal.Tx) error {
		d, err := tx.Desired(room, thing)
		if errors.Is(err, desk.ErrNotFound) {
			known = false
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(d.Value, value)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return known
}

// checkAfresh compares what the homeserver tells clients that know nothing with the ticket.
func (w *randomWalk) checkAfresh() {
	w.t.Helper()
	ticket := w.ticket(w.c)
	var name string
	w.desired(w.portalKey(), desk.ThingName, &name)
	for _, p := range w.operators {
		u := desk.UserID(p.ID)
		fresh, err := devstack.Login(w.t.Context(), w.synapse.URL, u.Localpart(), "secret "+u.Localpart())
		if err != nil {
			w.t.Fatal(err)
		}
		shown, isIn := fresh.Rooms()[w.portal]
		isInvited := slices.ContainsFunc(fresh.Invites(), func(in devstack.Invite) bool { return in.Room == w.portal })
		fresh.Close()
		var m desk.Member
		w.desired(w.portalKey(), desk.ThingMember+string(u), &m)
		queue := must(w.office, func(tx journal.Tx) (*desk.Queue, error) { return tx.Queue(ticket.Queue) })
		offered := ticket.State == desk.Waiting && slices.Contains(queue.Operators, u) && !slices.Contains(ticket.Declined, u)
		guest, watches := ticket.State == desk.Assigned && m.Guest == ticket.Generation && m.Want != "leave", m.Watch && m.Want != "leave"
		switch {
		case isIn != (ticket.Owner == u || watches) && !(guest && !isInvited):
			w.t.Errorf("%s is in the room of a %s ticket of %q, wanted %+v: %t", u, ticket.State, ticket.Owner, m, isIn)
		case isInvited && !guest && (!offered || watches), offered && !watches && !isInvited:
			w.t.Errorf("%s is invited to a %s ticket in %s, declined by %v, wanted %+v: %t", u, ticket.State, ticket.Queue, ticket.Declined, m, isInvited)
		case isIn && shown != name:
			w.t.Errorf("%s sees the room as %q, want %q", u, shown, name)
		}
		w.checkHangs(desk.DeskRoom(u), w.portal, ticket.Owner == u)
	}
	for _, q := range []desk.QueueID{queueID, secondQueue} {
		w.checkHangs(desk.QueueRoom(q), w.portal, ticket.State == desk.Waiting && ticket.Queue == q)
	}
	w.checkState(ticket, name)
	w.checkCard(ticket)
}

// checkState compares the room's state with the ticket.
func (w *randomWalk) checkState(ticket *desk.Ticket, name string) {
	w.t.Helper()
	if got := w.currentState(w.portal, "m.room.name", "")["name"]; got != name || !strings.Contains(name, fmt.Sprintf("#%d", ticket.Number)) {
		w.t.Errorf("the room of #%d is named %q, want %q", ticket.Number, got, name)
	}
	words := map[desk.TicketState]string{desk.Waiting: "waiting · ", desk.Assigned: "answered by ", desk.Closed: "closed"}[ticket.State]
	if topic, _ := w.currentState(w.portal, "m.room.topic", "")["topic"].(string); !strings.HasPrefix(topic, words) {
		w.t.Errorf("topic of a %s ticket: %q", ticket.State, topic)
	}
	join := asJSON(w.t, w.currentState(w.portal, "m.room.join_rules", ""))
	lobby := string(w.room(desk.LobbyRoom(ticket.Queue)).ID)
	if !strings.Contains(join, `"restricted"`) || strings.Contains(join, lobby) != (ticket.State == desk.Waiting) || strings.Count(join, "room_id") > 1 {
		w.t.Errorf("join rule of a %s ticket: %s", ticket.State, join)
	}
}

// checkCard compares what stands in the lobby as the ticket's card, and the buttons below it, with the ticket.
func (w *randomWalk) checkCard(ticket *desk.Ticket) {
	w.t.Helper()
	lobby := desk.LobbyRoom(ticket.Queue)
	sent := must(w.office, func(tx journal.Tx) (*desk.Event, error) { return tx.EventByRowIn(lobby, desk.CardRow(ticket.ID)) })
	var want desk.Card
	w.desired(lobby, desk.ThingCard+string(ticket.ID), &want)
	shown, buttons := "", 0
	for _, e := range w.history(id.RoomID(w.room(lobby).ID)) {
		_ = e.Content.ParseRaw(e.Type)
		switch {
		case e.Type == event.EventMessage && shown == "" && e.Content.AsMessage().RelatesTo.GetReplaceID() == id.EventID(sent.ID):
			shown = e.Content.AsMessage().NewContent.Body
		case e.ID == id.EventID(sent.ID) && shown == "":
			shown = e.Content.AsMessage().Body
		case e.Type == event.EventReaction && e.Sender == id.UserID(bot) && e.Content.AsReaction().RelatesTo.EventID == id.EventID(sent.ID):
			buttons++
		}
	}
	if shown != want.Text || (buttons == 2) != (ticket.State == desk.Waiting) {
		w.t.Errorf("the card of a %s ticket shows %q with %d buttons, want %q", ticket.State, shown, buttons, want.Text)
	}
}

func (f *office) checkHangs(space desk.RoomKey, portal id.RoomID, want bool) {
	f.t.Helper()
	child := f.currentState(id.RoomID(f.room(space).ID), "m.space.child", string(portal))
	if got := len(child) > 0; got != want {
		f.t.Errorf("the ticket hangs in %s: %t", space, got)
	}
}
