package desk

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// timerOffer is the timer of an offer to one operator.
const timerOffer = "offer"

// defaultOfferTimeout is how long an operator has to answer where the queue does not say.
const defaultOfferTimeout = time.Minute

// renewOffer sees, where the queue assigns its tickets (Q8), that a waiting ticket is offered to somebody who would take it. An offer that
// stands is left alone. It puts the ticket, but does not shape it.
func (a *act) renewOffer(d *dossier) error {
	if d.queue.Assign == "" || d.ticket.State != Waiting {
		return nil
	}
	willing, err := a.willing(d)
	if err != nil {
		return err
	}
	if d.ticket.Offer.To != "" && slices.Contains(willing, d.ticket.Offer.To) {
		return nil
	}
	return a.nextOffer(d, willing)
}

// nextOffer offers a ticket to the next of those who would take it: who has not let it pass in this round, else whoever in a new one. When
// everybody has let it pass for the first time, and when nobody is left, the supervisors are told.
func (a *act) nextOffer(d *dossier, willing []UserID) error {
	offer := &d.ticket.Offer
	if offer.To != "" && !slices.Contains(offer.Passed, offer.To) {
		offer.Passed = append(offer.Passed, offer.To)
	}
	last, hadOffer := offer.To, offer.To != ""
	rest := slices.DeleteFunc(slices.Clone(willing), func(u UserID) bool { return slices.Contains(offer.Passed, u) })
	if len(rest) == 0 && len(willing) > 0 {
		offer.Rounds++
		offer.Passed = nil
		rest = willing
		if offer.Rounds == 1 {
			if err := a.tellSupervisors(d, "card.all_passed"); err != nil {
				return err
			}
		}
	}
	next, err := a.nextTurn(d.queue, rest, last)
	if err != nil {
		return err
	}
	offer.To, offer.At = next, a.now
	if err := a.tx.PutTicket(d.ticket); err != nil {
		return fmt.Errorf("put ticket %d: %w", d.ticket.Number, err)
	}
	if next == "" {
		if !hadOffer || len(d.ticket.Declined) > 0 {
			return nil // that all declined is told by who notices it
		}
		return a.tellSupervisors(d, "card.nobody_left")
	}
	return a.offerTo(d, next)
}

// nextTurn chooses whom a queue offers a ticket to next. Whoever had it last comes last.
func (a *act) nextTurn(q *Queue, among []UserID, last UserID) (UserID, error) {
	type turn struct {
		user    UserID
		isLast  int
		open    int
		offered time.Time
	}
	var turns []turn
	for _, u := range among {
		o, err := a.staff(u)
		if err != nil {
			return "", err
		}
		t := turn{user: u, offered: o.Offered}
		if u == last {
			t.isLast = 1
		}
		if q.Assign == AssignLeastBusy {
			if t.open, err = a.tx.CountTicketsOf(u); err != nil {
				return "", fmt.Errorf("count tickets of %s: %w", u, err)
			}
		}
		turns = append(turns, t)
	}
	if len(turns) == 0 {
		return "", nil
	}
	slices.SortStableFunc(turns, func(x, y turn) int {
		return cmp.Or(x.isLast-y.isLast, x.open-y.open, x.offered.Compare(y.offered))
	})
	return turns[0].user, nil
}

// offerTo rings for whose turn it is and sets the time to answer. The first card of a ticket rings by itself.
func (a *act) offerTo(d *dossier, u UserID) error {
	o, err := a.staff(u)
	if err != nil {
		return err
	}
	o.Offered = a.now
	if err := a.tx.PutOperator(o); err != nil {
		return fmt.Errorf("put operator %s: %w", u, err)
	}
	if err := a.record(actorSystem, "ticket.offered", d.ticket.ID, string(u)); err != nil {
		return err
	}
	length := d.queue.OfferTimeout
	if length <= 0 {
		length = defaultOfferTimeout
	}
	a.emit(Arm{ID: a.effectID(), Due: a.now.Add(length), Name: timerOffer, Ticket: d.ticket.ID, Generation: d.ticket.Generation})
	card, err := a.cardEvent(d.lobby(), d.ticket.ID)
	if err != nil || card == "" {
		return err
	}
	return a.lobbyLine(d, a.staffText(d.site, "card.offered", d.ticket.Number, a.minutes(d, length)), []UserID{u})
}

// minutes says a length of time, in seconds where it is short.
func (a *act) minutes(d *dossier, length time.Duration) string {
	if length < 2*time.Minute {
		return a.staffText(d.site, "duration.seconds", int(length.Seconds()))
	}
	return a.duration(d, length)
}

// offerTimedOut moves an unanswered offer on. A newer offer of the same wait has a timer of its own.
func (a *act) offerTimedOut(d *dossier, due time.Time) error {
	length := d.queue.OfferTimeout
	if length <= 0 {
		length = defaultOfferTimeout
	}
	if d.queue.Assign == "" || d.ticket.Offer.To == "" || due.Before(d.ticket.Offer.At.Add(length)) {
		return nil
	}
	if err := a.record(actorTimer, "ticket.passed", d.ticket.ID, string(d.ticket.Offer.To)); err != nil {
		return err
	}
	willing, err := a.willing(d)
	if err != nil {
		return err
	}
	if err := a.nextOffer(d, willing); err != nil {
		return err
	}
	return a.shape(d)
}

// loadChanged offers what waits anew where somebody's number of open tickets has come to a queue's limit or gone below it.
func (a *act) loadChanged(people ...UserID) error {
	sites, err := a.tx.Sites()
	if err != nil {
		return fmt.Errorf("list sites: %w", err)
	}
	for _, s := range sites {
		queues, err := a.tx.Queues(s.ID)
		if err != nil {
			return fmt.Errorf("list queues of site %s: %w", s.ID, err)
		}
		for i := range queues {
			at, err := a.atLimit(&queues[i], people)
			if err != nil {
				return err
			}
			if !at {
				continue
			}
			if err := a.shapeQueueTickets(&queues[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// atLimit reports whether the last change of somebody's tickets can have changed whether a queue offers them any.
func (a *act) atLimit(q *Queue, people []UserID) (bool, error) {
	if q.MaxOpen <= 0 {
		return false, nil
	}
	for _, u := range people {
		if u == "" || !slices.Contains(q.Operators, u) {
			continue
		}
		n, err := a.tx.CountTicketsOf(u)
		if err != nil {
			return false, fmt.Errorf("count tickets of %s: %w", u, err)
		}
		if n == q.MaxOpen || n == q.MaxOpen-1 {
			return true, nil
		}
	}
	return false, nil
}
