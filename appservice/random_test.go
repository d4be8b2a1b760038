package appservice_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

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

// Random people move a ticket about; whoever logs in afresh then is in its room exactly if they have it, and sees it exactly where it hangs.
func TestRandomMovesAsAFreshClientSeesThem(t *testing.T) {
	f := open(t, officeOptions{operators: 3, double: true})
	f.twoQueues()
	random := rand.New(rand.NewPCG(7, 42))
	c := f.visitor()
	f.write(c, "Who helps me?")
	portal := f.portal(c)
	for round := range 3 {
		for range 8 {
			if f.ticket(c).State == desk.Closed {
				f.write(c, "And another thing")
			}
			n, to := f.ticket(c).Number, f.operators[random.IntN(3)].ID
			text := []string{
				fmt.Sprintf("!accept %d", n), fmt.Sprintf("!accept %d", n), fmt.Sprintf("!return #%d later", n),
				fmt.Sprintf("!queue sales #%d", n), fmt.Sprintf("!queue help #%d", n), fmt.Sprintf("!transfer %s #%d", to, n),
				fmt.Sprintf("!take #%d", n), fmt.Sprintf("!close #%d", n), fmt.Sprintf("!decline %d", n),
			}[random.IntN(9)]
			p := f.operators[random.IntN(3)]
			sent, err := p.SendText(bounded(t), f.lobby(), text)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %s", p.ID, text)
			f.sees(p, f.lobby(), event.EventMessage, func(e *event.Event) bool {
				return e.Content.AsMessage().RelatesTo.GetReplyTo() == sent
			})
		}
		f.applied()
		f.checkAfresh(c, portal)
		t.Logf("round %d: %s of %q in %s", round, f.ticket(c).State, f.ticket(c).Owner, f.ticket(c).Queue)
	}
	f.noDeadLetters()
}

// checkAfresh compares what the homeserver tells clients that know nothing with the ticket.
func (f *office) checkAfresh(c desk.ConversationID, portal id.RoomID) {
	f.t.Helper()
	ticket := f.ticket(c)
	for _, p := range f.operators {
		u := desk.UserID(p.ID)
		fresh, err := devstack.Login(f.t.Context(), f.synapse.URL, u.Localpart(), "secret "+u.Localpart())
		if err != nil {
			f.t.Fatal(err)
		}
		_, isIn := fresh.Rooms()[portal]
		isInvited := slices.ContainsFunc(fresh.Invites(), func(in devstack.Invite) bool { return in.Room == portal })
		fresh.Close()
		if isIn != (ticket.Owner == u) {
			f.t.Errorf("%s is in the room of a %s ticket of %q: %t", u, ticket.State, ticket.Owner, isIn)
		}
		queue := must(f, func(tx journal.Tx) (*desk.Queue, error) { return tx.Queue(ticket.Queue) })
		offered := ticket.State == desk.Waiting && slices.Contains(queue.Operators, u) && !slices.Contains(ticket.Declined, u)
		if isInvited != offered {
			f.t.Errorf("%s is invited to a %s ticket in %s, declined by %v: %t", u, ticket.State, ticket.Queue, ticket.Declined, isInvited)
		}
		f.checkHangs(desk.DeskRoom(u), portal, ticket.Owner == u)
	}
	for _, q := range []desk.QueueID{queueID, secondQueue} {
		f.checkHangs(desk.QueueRoom(q), portal, ticket.State == desk.Waiting && ticket.Queue == q)
	}
}

func (f *office) checkHangs(space desk.RoomKey, portal id.RoomID, want bool) {
	f.t.Helper()
	child := f.currentState(id.RoomID(f.room(space).ID), "m.space.child", string(portal))
	if got := len(child) > 0; got != want {
		f.t.Errorf("the ticket hangs in %s: %t", space, got)
	}
}
