package desk

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// timerOffer is the timer of an offer to one operator.
const timerOffer = "offer"

// defaultOfferTimeout is how long an operator has to answer where the queue does not say.
const defaultOfferTimeout = time.Minute

// offerRounds is how often a ticket goes round before it is offered to everybody at once: from then on only reminders ring, which come to an end.
const offerRounds = 2

// renewOffer sees, where the queue assigns its tickets (Q8), that a waiting ticket is offered to somebody who would take it. An offer that
// stands is left alone. It puts the ticket, but does not shape it.
func (a *act) renewOffer(d *dossier) error {
	if d.ticket.State != Waiting {
		return nil
	}
	if d.queue.Assign == "" {
		return a.putOffer(d, Offer{}) // where it stopped, it would never move on if the queue assigned again
	}
	if d.ticket.Offer.ToAll {
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

// putOffer notes how far a ticket has come with being offered, unless that is known. Whom it told in this wait stays told.
func (a *act) putOffer(d *dossier, offer Offer) error {
	offer.Called = d.ticket.Offer.Called
	if reflect.DeepEqual(d.ticket.Offer, offer) {
		return nil
	}
	d.ticket.Offer = offer
	if err := a.tx.PutTicket(d.ticket); err != nil {
		return fmt.Errorf("put ticket %d: %w", d.ticket.Number, err)
	}
	return nil
}

// nextOffer offers a ticket to the next of those who would take it: who has not let it pass in this round, else whoever in a new one, and after
// the last round to everybody. When everybody has let it pass for the first time the supervisors are told.
func (a *act) nextOffer(d *dossier, willing []UserID) error {
	offer, last := d.ticket.Offer, d.ticket.Offer.To
	if last != "" && !slices.Contains(offer.Passed, last) {
		offer.Passed = append(slices.Clone(offer.Passed), last)
	}
	rest := slices.DeleteFunc(slices.Clone(willing), func(u UserID) bool { return slices.Contains(offer.Passed, u) })
	if len(rest) == 0 && len(willing) > 0 {
		offer.Rounds++
		offer.Passed, rest = nil, willing
		if offer.Rounds == offerRounds {
			if err := a.putOffer(d, Offer{Rounds: offer.Rounds, ToAll: true}); err != nil {
				return err
			}
			return a.ring(d, "card.offered_to_all")
		}
		if err := a.tellSupervisors(d, "card.all_passed"); err != nil {
			return err
		}
	}
	next, err := a.nextTurn(d.queue, rest, last)
	if err != nil {
		return err
	}
	offer.To, offer.At, offer.Due = next, a.now, a.now.Add(offerTerm(d.queue))
	if err := a.putOffer(d, offer); err != nil || next == "" {
		return err
	}
	return a.offerTo(d, next)
}

// offerTerm is how long an operator of a queue has to answer.
func offerTerm(q *Queue) time.Duration {
	if q.OfferTimeout <= 0 {
		return defaultOfferTimeout
	}
	return q.OfferTimeout
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

// offerTo rings for whose turn it is, while the office is open, and sets the time to answer. The first card of a ticket rings by itself.
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
	a.armOffer(d)
	card, err := a.cardEvent(d.lobby(), d.ticket.ID)
	if err != nil || card == "" || !d.site.Schedule.Open(a.now) {
		return err
	}
	return a.lobbyLine(d, a.staffText(d.site, "card.offered", d.ticket.Number, a.minutes(d, offerTerm(d.queue))), []UserID{u})
}

func (a *act) armOffer(d *dossier) {
	a.emit(Arm{ID: a.effectID(), Due: d.ticket.Offer.Due, Name: timerOffer, Ticket: d.ticket.ID, Generation: d.ticket.Generation})
}

// minutes says a length of time, in seconds where it is short.
func (a *act) minutes(d *dossier, length time.Duration) string {
	if length < 2*time.Minute {
		return a.staffText(d.site, "duration.seconds", int(length.Seconds()))
	}
	return duration(a.speaker(nil, d.site), length)
}

// offerTimedOut moves an unanswered offer on. A newer offer of the same wait has a timer of its own. What was offered while the office was closed
// begins to go round when it opens.
func (a *act) offerTimedOut(d *dossier, due time.Time) error {
	offer, hours := d.ticket.Offer, d.site.Schedule
	if d.queue.Assign == "" || offer.To == "" || due.Before(offer.Due) {
		return nil
	}
	if !hours.Open(a.now) {
		return a.offerAtOpening(d)
	}
	if hours.Open(offer.At) {
		if err := a.record(actorTimer, "ticket.passed", d.ticket.ID, string(offer.To)); err != nil {
			return err
		}
	} else if err := a.putOffer(d, Offer{}); err != nil {
		return err
	}
	willing, err := a.willing(d)
	if err != nil {
		return err
	}
	if err := a.nextOffer(d, willing); err != nil {
		return err
	}
	if err := a.shape(d); err != nil {
		return err
	}
	return a.callSupervisors(d)
}

// offerAtOpening lets an offer stand until the office opens, or, if it never does, makes it one to everybody.
func (a *act) offerAtOpening(d *dossier) error {
	offer := d.ticket.Offer
	if offer.Due = d.site.Schedule.Opening(a.now); offer.Due.IsZero() {
		if err := a.putOffer(d, Offer{Rounds: offer.Rounds, ToAll: true}); err != nil {
			return err
		}
		return a.shape(d)
	}
	if err := a.putOffer(d, offer); err != nil {
		return err
	}
	a.armOffer(d)
	return nil
}
