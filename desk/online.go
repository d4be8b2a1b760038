package desk

import (
	"fmt"
	"time"
)

// Staffed reports whether an operator is available in a queue at this moment, by the same rules as tickets are offered.
func (e *Engine) Staffed(tx Tx, now time.Time, id QueueID) (bool, error) {
	q, err := tx.Queue(id)
	if ok, err := found(err); err != nil {
		return false, fmt.Errorf("queue %s: %w", id, err)
	} else if !ok {
		return false, nil
	}
	a := &act{Engine: e, tx: tx, now: now}
	all, err := a.available(q)
	return len(all) > 0, err
}

// Destinations lists the queues that a customer's next words may come to: the one of an open ticket, the one the customer's choice sticks
// to, else those on offer and the default one. c and t are as for Topics.
func Destinations(tx Tx, site *Site, c *Customer, t *Ticket) ([]QueueID, error) {
	if t != nil && t.State != Closed && t.Queue != "" {
		return []QueueID{t.Queue}, nil
	}
	if site.Removed {
		return nil, nil
	}
	if c != nil {
		stuck, err := chosenQueue(tx, c)
		if err != nil {
			return nil, err
		}
		if stuck != nil {
			return []QueueID{stuck.ID}, nil
		}
	}
	topics, err := Topics(tx, site.ID, c, nil)
	if err != nil {
		return nil, err
	}
	out := []QueueID{site.DefaultQueue}
	for _, o := range topics {
		if o.Queue != site.DefaultQueue {
			out = append(out, o.Queue)
		}
	}
	return out, nil
}
