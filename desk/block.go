package desk

import (
	"fmt"
	"slices"
)

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
		return Refuse(Conflict, "block.already", d.ticket.Number)
	}
	m := movedBy(u, comment)
	b := &Block{Site: d.ticket.Site, Customer: d.ticket.Customer, Ticket: d.ticket.ID, By: u, At: a.now, Reason: m.comment}
	if err := a.tx.PutBlock(b); err != nil {
		return fmt.Errorf("block customer of ticket %d: %w", d.ticket.Number, err)
	}
	if d.ticket.State == Closed {
		entry := JournalEntry{
			Actor: string(u), Action: "ticket." + string(moveBlock), Ticket: d.ticket.ID, Comment: m.comment, Changes: changes(nil, b),
		}
		if err := a.note(entry); err != nil {
			return err
		}
		if err := a.endedByBlock(d); err != nil {
			return err
		}
	} else if err := a.closeTicket(d, moveBlock, m); err != nil {
		return err
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

// endedByBlock makes the newest ticket of a conversation one that ended by the block which came after its end: the customer is not asked any more how
// it was.
func (a *act) endedByBlock(d *dossier) error {
	t, err := a.tx.Ticket(d.conversation.Ticket)
	if err != nil {
		return fmt.Errorf("newest ticket of conversation %s: %w", d.conversation.ID, err)
	}
	if t.State != Closed {
		return nil // it is closed as one of the open ones
	}
	t.CloseReason = "blocked"
	if err := a.tx.PutTicket(t); err != nil {
		return fmt.Errorf("put ticket %d: %w", t.Number, err)
	}
	a.changed(d.conversation.ID)
	return a.showBlock(t.ID)
}

// showBlock brings what a closed ticket shows of its customer's block up to date: its card, and its room, unless that is a later one's.
func (a *act) showBlock(id TicketID) error {
	d, err := a.cardDossier(id)
	if err != nil || d == nil || d.ticket.State != Closed {
		return err
	}
	if d.conversation.Ticket == id {
		return a.shape(d)
	}
	return a.showCard(d)
}

// unblock lets the customer of a ticket write again. It is for those who watch over the queue.
func (a *act) unblock(d *dossier, u UserID, comment string) error {
	if err := a.maySupervise(d, u); err != nil {
		return err
	}
	b, err := a.tx.Block(d.ticket.Site, d.ticket.Customer)
	if blocked, err := found(err); err != nil {
		return fmt.Errorf("look up block of customer %s: %w", d.ticket.Customer, err)
	} else if !blocked {
		return Refuse(Conflict, "block.none", d.ticket.Number)
	}
	if err := a.tx.DeleteBlock(d.ticket.Site, d.ticket.Customer); err != nil {
		return fmt.Errorf("unblock customer of ticket %d: %w", d.ticket.Number, err)
	}
	m := movedBy(u, comment)
	entry := JournalEntry{Actor: string(u), Action: "ticket.unblocked", Ticket: d.ticket.ID, Comment: m.comment, Changes: changes(b, nil)}
	if err := a.note(entry); err != nil {
		return err
	}
	if m.comment != "" {
		if err := a.moveLine(d, m, nil, "move.unblocked"); err != nil {
			return err
		}
	}
	for _, id := range slices.Compact([]TicketID{b.Ticket, d.ticket.ID, d.conversation.Ticket}) {
		if err := a.showBlock(id); err != nil {
			return err
		}
	}
	return nil
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
