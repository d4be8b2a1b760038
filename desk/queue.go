package desk

import "fmt"

// removeQueue takes a queue away: its waiting tickets go to the site's default queue, its rooms lose their people. What is
// assigned from it stays so.
func (a *act) removeQueue(q *Queue, actor string) error {
	if q.Removed {
		return nil
	}
	site, err := a.tx.Site(q.Site)
	if err != nil {
		return fmt.Errorf("site of queue %s: %w", q.ID, err)
	}
	waiting, err := a.tx.TicketsIn(q.ID, Waiting)
	if err != nil {
		return fmt.Errorf("list waiting tickets of queue %s: %w", q.ID, err)
	}
	q.Removed = true
	if err := a.tx.PutQueue(q); err != nil {
		return fmt.Errorf("remove queue %s: %w", q.ID, err)
	}
	a.rightsChanged()
	for i := range waiting {
		if err := a.rehome(&waiting[i], site.DefaultQueue, actor); err != nil {
			return err
		}
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
	if err := a.desire(SiteRoom(site.ID), ThingChild+string(QueueRoom(q.ID)), Child{}); err != nil {
		return err
	}
	return a.note(JournalEntry{Actor: actor, Action: "queue.removed", Comment: string(q.ID)})
}

// rehome makes a waiting ticket wait in another queue.
func (a *act) rehome(t *Ticket, to QueueID, actor string) error {
	d, err := a.dossier(t, nil)
	if err != nil {
		return err
	}
	if err := a.hang(d, QueueRoom(t.Queue), false); err != nil {
		return err
	}
	d.ticket.Queue, d.ticket.Declined = to, nil
	if d.queue, err = a.tx.Queue(to); err != nil {
		return fmt.Errorf("queue %s: %w", to, err)
	}
	if err := a.tx.PutTicket(d.ticket); err != nil {
		return fmt.Errorf("put ticket %d: %w", t.Number, err)
	}
	if err := a.record(actor, "ticket.queued", t.ID, string(to)); err != nil {
		return err
	}
	return a.shape(d)
}
