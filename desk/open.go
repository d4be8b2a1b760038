package desk

import (
	"fmt"
)

// Kinds of system messages; each is the end of its text's key.
const (
	kindWaiting  = "waiting"
	kindJoined   = "joined"
	kindReturned = "returned"
	kindClosed   = "closed"
)

// openTicket gives the conversation's open ticket, or opens one in the site's default queue and reports that it is new.
func (a *act) openTicket(c *Conversation) (*dossier, bool, error) {
	if c.Ticket != "" {
		t, err := a.tx.Ticket(c.Ticket)
		if err != nil {
			return nil, false, fmt.Errorf("ticket of conversation %s: %w", c.ID, err)
		}
		if t.State != Closed {
			d, err := a.dossier(t, c)
			return d, false, err
		}
	}
	d, err := a.newTicket(c)
	return d, true, err
}

func (a *act) newTicket(c *Conversation) (*dossier, error) {
	site, err := a.tx.Site(c.Site)
	if err != nil {
		return nil, fmt.Errorf("site %s: %w", c.Site, err)
	}
	isFirst := c.Portal == "" || site.History == HistoryTicket
	portal, err := a.openPortal(site, c)
	if err != nil {
		return nil, err
	}
	number, err := a.tx.NextTicketNumber()
	if err != nil {
		return nil, fmt.Errorf("number a ticket: %w", err)
	}
	t := &Ticket{
		ID: TicketID(a.newID()), Number: number, Conversation: c.ID, Site: c.Site, Customer: c.Customer, Portal: portal,
		Queue: site.DefaultQueue, State: Waiting, Generation: 1, Opened: a.now, Since: a.now,
	}
	c.Portal, c.Ticket = portal, t.ID
	if err := a.tx.PutTicket(t); err != nil {
		return nil, fmt.Errorf("put ticket: %w", err)
	}
	d, err := a.dossier(t, c)
	if err != nil {
		return nil, err
	}
	if isFirst {
		if err := a.introduce(d); err != nil {
			return nil, err
		}
	}
	return d, a.note(JournalEntry{Actor: actorCustomer, Action: "ticket.opened", Ticket: t.ID, To: string(Waiting)})
}

// announce offers a new ticket, whose first message is stored, and asks its customer to wait (Q3).
func (a *act) announce(d *dossier) error {
	if _, err := a.gatherWords(d); err != nil {
		return err
	}
	m, err := a.say(d, kindWaiting)
	if err != nil {
		return err
	}
	// The staff see in the room what the customer was told.
	a.emit(Post{
		ID: partRow(m.ID, 0), Room: d.portal(), As: Bot, Message: m.ID, Notice: true,
		Text: a.staffText(d.site, "room.told", m.Content.Text),
	})
	if err := a.tx.PutTicket(d.ticket); err != nil {
		return fmt.Errorf("put ticket: %w", err)
	}
	if err := a.tx.PutConversation(d.conversation); err != nil {
		return fmt.Errorf("put conversation: %w", err)
	}
	a.armReminder(d, a.now.Add(d.queue.RemindAfter))
	return a.shape(d)
}

// say writes a system message to the customer. The conversation is put by the caller.
func (a *act) say(d *dossier, kind string, args ...string) (*Message, error) {
	words := make([]any, len(args))
	for i, arg := range args {
		words[i] = arg
	}
	m := &Message{
		ID: MessageID(a.newID()), Conversation: d.conversation.ID, Ticket: d.ticket.ID, Author: FromSystem,
		Kind: kind, Args: args, Status: Stored, At: a.now,
	}
	m.Content.Text = a.customerText(d.site, d.customer.Language, "customer."+kind, words...)
	return m, a.append(d.conversation, m)
}
