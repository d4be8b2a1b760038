package desk

import "fmt"

// removeSite closes a site: its customers can begin nothing new, what is open is worked to its end, and then its rooms lose their people. Its
// tickets, customers and journal stay.
func (a *act) removeSite(site *Site, actor string) error {
	if site.Removed {
		return nil
	}
	before := *site
	site.Removed = true
	if err := a.tx.PutSite(site); err != nil {
		return fmt.Errorf("remove site %s: %w", site.ID, err)
	}
	err := a.note(JournalEntry{Actor: actor, Action: "site.removed", Target: string(site.ID), Site: site.ID, Changes: changes(before, *site)})
	if err != nil {
		return err
	}
	return a.dissolve(site)
}

// dissolve takes the rooms of a removed site from its people once none of its tickets is open any more.
func (a *act) dissolve(site *Site) error {
	open, err := a.openOf(site)
	if err != nil || open > 0 {
		return err
	}
	queues, err := a.tx.Queues(site.ID)
	if err != nil {
		return fmt.Errorf("list queues of site %s: %w", site.ID, err)
	}
	for i := range queues {
		if err := a.emptyQueue(&queues[i], actorSystem); err != nil {
			return err
		}
	}
	for _, room := range []RoomKey{SiteRoom(site.ID), AdminsRoom(site.ID)} {
		members, err := a.members(room)
		if err != nil {
			return err
		}
		if err := a.dismiss(room, members); err != nil {
			return err
		}
	}
	a.rightsChanged()
	return nil
}

// dissolveLeft dissolves the removed sites whose last ticket this decision may have closed.
func (a *act) dissolveLeft() error {
	for _, id := range a.closed {
		site, err := a.tx.Site(id)
		if err != nil {
			return fmt.Errorf("site %s: %w", id, err)
		}
		if !site.Removed {
			continue
		}
		if err := a.dissolve(site); err != nil {
			return err
		}
	}
	return nil
}

// notGone refuses to begin something with a site that was removed.
func (a *act) notGone(id SiteID) error {
	site, err := a.tx.Site(id)
	if err != nil {
		return fmt.Errorf("site %s: %w", id, err)
	}
	if site.Removed {
		return Refuse(Denied, "customer.gone")
	}
	return nil
}
