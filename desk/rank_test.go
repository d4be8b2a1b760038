package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// accepting gives what follows when the first of so many waiting tickets is accepted by one of so many operators by the button of its card, by rank.
func accepting(t *testing.T, operators, waiting int) map[int][]string {
	t.Helper()
	d := newDesk(t, func(in *desk.SitesConfigured) {
		in.Queues[0].InviteLimit, in.Queues[0].Operators = 0, []desk.UserID{desktest.Anna}
		for i := range operators - 1 {
			u := desk.UserID(fmt.Sprintf("@operator%02d:test", i))
			in.Staff = append(in.Staff, desk.Operator{ID: u, PublicName: string(u)})
			in.Queues[0].Operators = append(in.Queues[0].Operators, u)
		}
	})
	first := d.Open()
	d.Write(first, "hello")
	for range waiting - 1 {
		d.Write(d.Open(), "hello")
	}
	portal := d.PortalOf(first)
	card, err := d.EventByRowIn(lobby, desk.CardRow(d.TicketOf(first).ID))
	must(err)
	out := d.Decide(desk.StaffReaction{Room: lobby, Event: d.NextEvent(), Sender: desktest.Anna, Relates: card.ID, Key: "✅"})
	steps := map[int][]string{}
	for _, e := range out.Effects {
		rank, what := 0, fmt.Sprintf("%T", e)
		if w, ok := e.(desk.Desire); ok {
			thing, _, _ := strings.Cut(w.Thing, "/")
			rank, what = w.Rank, string(w.Room)+" "+thing
		}
		steps[rank] = append(steps[rank], strings.ReplaceAll(what, string(portal), "portal"))
	}
	return steps
}

// TestAcceptingTakesTheSameInACrowd: with 40 operators and 200 waiting tickets the same follows as with 4 and 2. What the operator waits for is two
// things, and what everybody in the lobby is told comes last.
func TestAcceptingTakesTheSameInACrowd(t *testing.T) {
	few, many := accepting(t, 4, 2), accepting(t, 40, 200)
	if fmt.Sprint(few) != fmt.Sprint(many) {
		t.Errorf("among few  %v\namong many %v", few, many)
	}
	desires := func(rank int) []string {
		return slices.DeleteFunc(slices.Clone(few[rank]), func(what string) bool { return strings.HasPrefix(what, "desk.") })
	}
	if got := desires(0); !slices.Equal(got, []string{"portal member", "desk:@anna:test child"}) {
		t.Errorf("waited for: %v", got)
	}
	for _, what := range desires(1) {
		if !strings.HasPrefix(what, "portal ") {
			t.Errorf("%s with what is in the ticket's room", what)
		}
	}
	if got := desires(2); !slices.Equal(got, []string{"queue:support child", "lobby:support card"}) {
		t.Errorf("last comes %v", got)
	}
}
