package desk

import (
	"fmt"
)

// Kinds of system messages; each is the end of its text's key.
const (
	kindTopics      = "topics" // with the topics as options
	kindTopic       = "topic"  // what was chosen of them
	kindWaiting     = "waiting"
	kindAway        = "away" // in place of waiting, outside of office hours
	kindJoined      = "joined"
	kindReturned    = "returned"
	kindTransferred = "transferred" // on its way to another queue
	kindClosed      = "closed"
)

// openTicket gives the conversation's open ticket, or opens one where the customer's words go and reports that it is new.
func (a *act) openTicket(c *Conversation) (*dossier, bool, error) {
	if err := a.notBlocked(c); err != nil {
		return nil, false, err
	}
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
	if err := a.notGone(c.Site); err != nil {
		return nil, false, err
	}
	queue, err := a.destination(c)
	if err != nil {
		return nil, false, err
	}
	d, err := a.newTicket(c, queue)
	return d, true, err
}

// newTicket opens a ticket in a queue, or without one where the customer has to choose first.
func (a *act) newTicket(c *Conversation, queue QueueID) (*dossier, error) {
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
	state := Waiting
	if queue == "" {
		state = Choosing
	}
	t := &Ticket{
		ID: TicketID(a.newID()), Number: number, Conversation: c.ID, Site: c.Site, Customer: c.Customer, Portal: portal,
		Queue: queue, State: state, Generation: 1, Opened: a.now, Since: a.now,
	}
	c.Portal, c.Ticket = portal, t.ID
	if err := a.tx.PutTicket(t); err != nil {
		return nil, fmt.Errorf("put ticket: %w", err)
	}
	if err := a.dropTitle(portal); err != nil {
		return nil, err
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
	return d, a.note(JournalEntry{Actor: actorCustomer, Action: "ticket.opened", Ticket: t.ID, To: string(state)})
}

// announce offers a ticket that has just come to its queue, and asks its customer to wait (Q3).
func (a *act) announce(d *dossier) error {
	if _, err := a.gatherWords(d); err != nil {
		return err
	}
	kind := kindWaiting
	if !d.site.Schedule.Open(a.now) {
		kind = kindAway
	}
	m, err := a.say(d, kind)
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
	if err := a.renewOffer(d); err != nil {
		return err
	}
	return a.shape(d)
}

// say writes a system message to the customer. The conversation is put by the caller.
func (a *act) say(d *dossier, kind string, args ...string) (*Message, error) {
	m := a.compileSystem(d, kind, args...)
	return m, a.append(d.conversation, m)
}

// compileSystem makes a system message to the customer, in words of the customer's language.
func (a *act) compileSystem(d *dossier, kind string, args ...string) *Message {
	words := make([]any, len(args))
	for i, arg := range args {
		words[i] = arg
	}
	m := &Message{
		ID: MessageID(a.newID()), Conversation: d.conversation.ID, Ticket: d.ticket.ID, Author: FromSystem,
		Kind: kind, Args: args, Status: Stored, At: a.now,
	}
	m.Content.Text = a.customerText(d.site, d.customer.Language, "customer."+kind, words...)
	return m
}
