package desk

import "fmt"

// block keeps the customer of a ticket out of the site, whatever way they come, and closes what they have open there (Q7).
func (a *act) block(d *dossier, u UserID, comment string) error {
	if err := a.maySteer(d, u, moveBlock); err != nil {
		return err
	}
	blocked, err := a.isBlocked(d.ticket.Site, d.ticket.Customer)
	if err != nil {
		return err
	}
	if blocked {
		return Refuse(Conflict, "block.already", a.customerName(d.site, d.customer))
	}
	m := movedBy(u, comment)
	b := &Block{Site: d.ticket.Site, Customer: d.ticket.Customer, Ticket: d.ticket.ID, By: u, At: a.now, Reason: m.comment}
	if d.ticket.State == Closed {
		if err := a.record(string(u), "ticket."+string(moveBlock), d.ticket.ID, m.comment); err != nil {
			return err
		}
	} else if err := a.closeTicket(d, moveBlock, m); err != nil {
		return err
	}
	if err := a.tx.PutBlock(b); err != nil {
		return fmt.Errorf("block customer of ticket %d: %w", d.ticket.Number, err)
	}
	others, err := a.tx.OpenTicketsOf(d.ticket.Customer)
	if err != nil {
		return fmt.Errorf("list open tickets of a blocked customer: %w", err)
	}
	for i := range others {
		if others[i].Site != b.Site {
			continue
		}
		other, err := a.dossier(&others[i], nil)
		if err != nil {
			return err
		}
		if err := a.closeTicket(other, moveBlock, m); err != nil {
			return err
		}
	}
	return nil
}

// unblock lets the customer of a ticket write again. It is for those who watch over the queue.
func (a *act) unblock(d *dossier, u UserID) error {
	if err := a.maySupervise(d, u); err != nil {
		return err
	}
	blocked, err := a.isBlocked(d.ticket.Site, d.ticket.Customer)
	if err != nil {
		return err
	}
	if !blocked {
		return Refuse(Conflict, "block.none", a.customerName(d.site, d.customer))
	}
	if err := a.tx.DeleteBlock(d.ticket.Site, d.ticket.Customer); err != nil {
		return fmt.Errorf("unblock customer of ticket %d: %w", d.ticket.Number, err)
	}
	return a.record(string(u), "ticket.unblocked", d.ticket.ID, "")
}

func (a *act) isBlocked(s SiteID, c CustomerID) (bool, error) {
	_, err := a.tx.Block(s, c)
	blocked, err := found(err)
	if err != nil {
		return false, fmt.Errorf("look up block of customer %s: %w", c, err)
	}
	return blocked, nil
}

// notBlocked refuses what a blocked customer does, with polite words of the site's own.
func (a *act) notBlocked(c *Conversation) error {
	blocked, err := a.isBlocked(c.Site, c.Customer)
	if err != nil || !blocked {
		return err
	}
	return Refuse(Denied, "customer.blocked")
}

// MayWrite tells why a customer cannot write in a conversation, as an *Error, or nil: who is blocked, and, without an open ticket, anybody on a
// site that was removed.
func MayWrite(tx Tx, c *Conversation) error {
	a := &act{tx: tx}
	if err := a.notBlocked(c); err != nil {
		return err
	}
	if c.Ticket != "" {
		t, err := tx.Ticket(c.Ticket)
		if err != nil {
			return fmt.Errorf("ticket of conversation %s: %w", c.ID, err)
		}
		if t.State != Closed {
			return nil
		}
	}
	return a.notGone(c.Site)
}
