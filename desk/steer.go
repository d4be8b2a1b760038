package desk

import "fmt"

// maySteer refuses a move to those who are neither responsible for the ticket nor have a right over its queue. What the state forbids
// anyway is told first: it explains more.
func (a *act) maySteer(d *dossier, u UserID, m move) error {
	may, err := a.mayDo(u, d.about())
	if err != nil || may {
		return err
	}
	if err := a.allowed(d.ticket, m); err != nil {
		return err
	}
	return Refuse(Denied, "ticket.not_yours", d.ticket.Number)
}

// maySupervise refuses those who have no right over a ticket beyond their own ones.
func (a *act) maySupervise(d *dossier, u UserID) error {
	may, err := a.mayDo(u, subject{site: d.ticket.Site, queue: d.ticket.Queue})
	if err != nil || may {
		return err
	}
	return Refuse(Denied, "ticket.supervisors_only", d.ticket.Number)
}

func (a *act) mayDo(u UserID, on subject) (bool, error) {
	o, err := a.staff(u)
	if err != nil {
		return false, err
	}
	if o == nil {
		return false, Refuse(Denied, "command.not_staff")
	}
	return a.can(o, ModTickets, true, on)
}

// watch lets somebody read along in an open ticket without answering it (Q4).
func (a *act) watch(d *dossier, u UserID) error {
	if err := a.maySupervise(d, u); err != nil {
		return err
	}
	switch {
	case d.ticket.State == Closed:
		return Refuse(Conflict, "ticket.closed_already", d.ticket.Number)
	case d.ticket.Owner == u:
		return Refuse(Conflict, "ticket.yours_already", d.ticket.Number)
	}
	if err := a.record(string(u), "ticket.watched", d.ticket.ID, ""); err != nil {
		return fmt.Errorf("record watching of ticket %d: %w", d.ticket.Number, err)
	}
	return a.wish(d.portal(), u, Member{Want: "join", By: d.puppet(), Watch: true}, true)
}

// take makes a supervisor responsible, whoever is.
func (a *act) take(d *dossier, u UserID, comment string) error {
	if err := a.maySupervise(d, u); err != nil {
		return err
	}
	return a.give(d, u, moveTake, movedBy(u, comment))
}
