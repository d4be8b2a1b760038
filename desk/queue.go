package desk

import "fmt"

// removeQueue takes a queue away: its waiting tickets go to the site's default queue, where those assigned return to as well, and its
// rooms lose their people.
func (a *act) removeQueue(q *Queue, actor string) error {
	if q.Removed {
		return nil
	}
	site, err := a.tx.Site(q.Site)
	if err != nil {
		return fmt.Errorf("site of queue %s: %w", q.ID, err)
	}
	home, err := a.tx.Queue(site.DefaultQueue)
	if err != nil {
		return fmt.Errorf("queue %s: %w", site.DefaultQueue, err)
	}
	if err := a.emptyQueue(q, actor); err != nil {
		return err
	}
	return a.rehome(q, home, actor)
}

// emptyQueue takes a queue's people and rights, and its people out of its rooms, and is nobody's choice any more: a new queue of the same id begins
// without them (Q2). Its tickets stay as they are.
func (a *act) emptyQueue(q *Queue, actor string) error {
	before := *q
	q.Removed, q.Operators = true, nil
	if err := a.tx.PutQueue(q); err != nil {
		return fmt.Errorf("remove queue %s: %w", q.ID, err)
	}
	if err := a.dropRightsOf(q); err != nil {
		return err
	}
	if err := a.tx.ForgetTopic(q.ID); err != nil {
		return fmt.Errorf("forget choices of queue %s: %w", q.ID, err)
	}
	for _, room := range []RoomKey{QueueRoom(q.ID), LobbyRoom(q.ID)} {
		members, err := a.members(room)
		if err != nil {
			return err
		}
		if err := a.dismiss(room, members); err != nil {
			return err
		}
	}
	if err := a.desire(SiteRoom(q.Site), ThingChild+string(QueueRoom(q.ID)), Child{}); err != nil {
		return err
	}
	return a.note(JournalEntry{
		Actor: actor, Action: "queue.removed", Target: string(q.ID), Site: q.Site, Queue: q.ID, Changes: changes(before, *q),
	})
}

// dropRightsOf takes the rights for a queue that is gone, so that a new one of the same id begins without them.
func (a *act) dropRightsOf(q *Queue) error {
	r, err := a.book()
	if err != nil {
		return err
	}
	for _, as := range r.assigned {
		if as.Scope != ScopeQueue || as.Target != string(q.ID) {
			continue
		}
		if err := a.tx.DeleteAssignment(as); err != nil {
			return fmt.Errorf("take %s from %s: %w", as.Template, as.Operator, err)
		}
	}
	for _, h := range r.given {
		if h.Grant.Scope != ScopeQueue || h.Grant.Target != string(q.ID) {
			continue
		}
		if err := a.tx.DeleteHolding(h); err != nil {
			return fmt.Errorf("take right from %s: %w", h.Operator, err)
		}
	}
	a.rightsChanged()
	return nil
}

// rehome moves the open tickets of a queue to another one of its site.
func (a *act) rehome(q, home *Queue, actor string) error {
	waiting, err := a.tx.TicketsIn(q.ID, Waiting)
	if err != nil {
		return fmt.Errorf("list waiting tickets of queue %s: %w", q.ID, err)
	}
	for i := range waiting {
		d, err := a.dossier(&waiting[i], nil)
		if err != nil {
			return err
		}
		to := *home
		if err := a.toQueue(d, &to, moving{actor: actor, reason: "queue removed"}); err != nil {
			return err
		}
	}
	assigned, err := a.tx.TicketsIn(q.ID, Assigned)
	if err != nil {
		return fmt.Errorf("list assigned tickets of queue %s: %w", q.ID, err)
	}
	for i := range assigned {
		d, err := a.dossier(&assigned[i], nil)
		if err != nil {
			return err
		}
		to := *home
		if err := a.leaveQueue(d, d.queue, &to); err != nil {
			return err
		}
		before := *d.ticket
		d.ticket.Queue, d.queue = to.ID, &to
		if err := a.tx.PutTicket(d.ticket); err != nil {
			return fmt.Errorf("put ticket %d: %w", d.ticket.Number, err)
		}
		err = a.note(JournalEntry{Actor: actor, Action: "ticket.queued", Ticket: d.ticket.ID, Comment: "queue removed", Changes: changes(before, *d.ticket)})
		if err != nil {
			return err
		}
		if err := a.shape(d); err != nil {
			return err
		}
	}
	return nil
}
