package desk

import (
	"fmt"
	"slices"
)

// loadTickets is how many waiting tickets follow at once when somebody's number of open ones has come to a queue's limit or gone below it. Nobody
// needs more offers at a time; the others follow with the next change, or when the offer's time is over.
const loadTickets = 10

// loadChanged makes offers follow where somebody's number of open tickets has come to a queue's limit or gone below it.
func (a *act) loadChanged(people ...UserID) error {
	queues, err := a.everyQueue()
	if err != nil {
		return err
	}
	for i := range queues {
		q := &queues[i]
		for _, u := range people {
			if q.MaxOpen <= 0 || u == "" || !slices.Contains(q.Operators, u) {
				continue
			}
			n, err := a.tx.CountTicketsOf(u)
			if err != nil {
				return fmt.Errorf("count tickets of %s: %w", u, err)
			}
			if n != q.MaxOpen && n != q.MaxOpen-1 {
				continue // as before the last change
			}
			if err := a.followLoad(q, u, n == q.MaxOpen); err != nil {
				return err
			}
		}
	}
	return nil
}

// followLoad offers waiting tickets of a queue to who has room for more again, or to others than who has enough now. What a card mentions does
// not follow: no edit of a card rings.
func (a *act) followLoad(q *Queue, u UserID, full bool) error {
	waiting, err := a.tx.TicketsIn(q.ID, Waiting)
	if err != nil {
		return fmt.Errorf("list waiting tickets of queue %s: %w", q.ID, err)
	}
	inviting, err := a.isInviting(q)
	if err != nil {
		return err
	}
	count := 0
	for i := range waiting {
		t := &waiting[i]
		if count == loadTickets {
			break
		}
		if slices.Contains(t.Declined, u) {
			continue
		}
		var stale bool
		if q.Assign != "" && !t.Offer.ToAll {
			stale = full && t.Offer.To == u || !full && t.Offer.To == ""
		} else if inviting {
			var m Member
			if _, err := a.desired(PortalRoom(t.Portal), ThingMember+string(u), &m); err != nil {
				return err
			}
			stale = (m.Want == "invite") == full
		}
		if !stale {
			continue
		}
		count++
		if err := a.offerTicket(t); err != nil {
			return err
		}
	}
	if !full {
		return nil
	}
	return a.callFor(q, pointers(waiting))
}
