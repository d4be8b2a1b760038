package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// awayAfter is how long somebody has not been seen who is called away. They may read all the same: nothing is withheld from them for it.
const awayAfter = time.Hour

// isAway reports whether somebody has not been seen for long, or never.
func (o *Operator) isAway(now time.Time) bool { return now.Sub(o.Seen) >= awayAfter }

// Whom a ticket is best handed to, in this order.
const (
	handyFree = iota
	handyAway
	handyBusy // not to be disturbed, or has enough to do
)

// availability says whether somebody would be offered a queue's tickets now, and how many they have.
func (a *act) availability(o *order, q *Queue, member *Operator) (words string, handy int, err error) {
	n, err := a.tx.CountTicketsOf(member.ID)
	if err != nil {
		return "", 0, fmt.Errorf("count tickets of %s: %w", member.ID, err)
	}
	switch {
	case member.IsQuiet(a.now):
		return a.word(o, "availability.quiet", n), handyBusy, nil
	case q.MaxOpen > 0 && n >= q.MaxOpen:
		return a.word(o, "availability.full", n), handyBusy, nil
	case member.Seen.IsZero():
		return a.word(o, "availability.never", n), handyAway, nil
	case member.isAway(a.now):
		clock, err := a.clockOf(o.staff, o.site)
		return a.word(o, "availability.away", n, a.orderMoment(o, member.Seen, clock)), handyAway, err
	}
	return a.word(o, "availability.free", n), handyFree, nil
}

// reservations lists what who hands a ticket to somebody should know of them: that it may lie there for a while. It does not keep them from it.
func (a *act) reservations(o *order, d *dossier, to UserID) ([]string, error) {
	member, err := a.staff(to)
	if err != nil || member == nil || to == o.by {
		return nil, err
	}
	name, err := a.staffName(to)
	if err != nil {
		return nil, err
	}
	clock, err := a.clockOf(o.staff, d.site)
	if err != nil {
		return nil, err
	}
	var out []string
	if member.IsQuiet(a.now) {
		out = append(out, a.word(o, "transfer.quiet", name, a.orderMoment(o, member.Quiet, clock)))
	}
	full, err := a.fullIn(d, member)
	if err != nil {
		return nil, err
	}
	if full != nil {
		n, err := a.tx.CountTicketsOf(to)
		if err != nil {
			return nil, fmt.Errorf("count tickets of %s: %w", to, err)
		}
		out = append(out, a.word(o, "transfer.full", name, n, full.Name))
	}
	switch {
	case member.Seen.IsZero():
		out = append(out, a.word(o, "transfer.never_seen", name))
	case member.isAway(a.now):
		out = append(out, a.word(o, "transfer.away", name, a.orderMoment(o, member.Seen, clock)))
	}
	return out, nil
}

// fullIn gives the queue whose limit somebody has reached: the ticket's, else one of its site that they answer in. nil: none.
func (a *act) fullIn(d *dossier, member *Operator) (*Queue, error) {
	queues, err := a.tx.Queues(d.ticket.Site)
	if err != nil {
		return nil, fmt.Errorf("list queues of site %s: %w", d.ticket.Site, err)
	}
	if slices.Contains(d.queue.Operators, member.ID) {
		queues = []Queue{*d.queue}
	}
	for i := range queues {
		if !slices.Contains(queues[i].Operators, member.ID) {
			continue
		}
		if full, err := a.isFull(&queues[i], member.ID); full || err != nil {
			return &queues[i], err
		}
	}
	return nil, nil
}

// handedOver answers who has handed a ticket to somebody. Of what speaks against it, who gave the order in the ticket's room learns in the direct chat:
// the room is left by then, and it is nobody else's business.
func (a *act) handedOver(o *order, d *dossier, name string, reservations []string) (answer, error) {
	mind := strings.Join(reservations, " ")
	if o.room != d.portal() {
		return said(strings.TrimSpace(a.word(o, "command.transferred", d.ticket.Number, name) + " " + mind)), nil
	}
	if mind == "" {
		return answer{}, nil
	}
	return answer{}, a.tellOf(d, o.by, mind)
}
