package desk

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// timerChoose is the timer of a ticket whose customer has not chosen a topic.
const timerChoose = "choose"

// DefaultChooseTimeout is how long a customer who writes without choosing a topic may still choose one.
const DefaultChooseTimeout = time.Minute

// Topics lists the queues that a customer may choose from now, in the order of their site (Q1): before the first message ever and while a
// ticket is in Choosing. There are none with fewer than two queues to choose from, nor for a customer whose choice sticks. c is nil
// for somebody who has not come yet, t where there was no ticket.
func Topics(tx Tx, site SiteID, c *Customer, t *Ticket) ([]Option, error) {
	if t != nil && t.State != Choosing {
		return nil, nil
	}
	if t == nil && c != nil {
		if stuck, err := chosenQueue(tx, c); err != nil || stuck != nil {
			return nil, err
		}
	}
	queues, err := shownQueues(tx, site)
	if err != nil || len(queues) < 2 {
		return nil, err
	}
	out := make([]Option, len(queues))
	for i, q := range queues {
		out[i] = Option{Queue: q.ID, Name: q.Name}
	}
	return out, nil
}

// shownQueues lists the queues customers may see, in the order of their site.
func shownQueues(tx Tx, site SiteID) ([]Queue, error) {
	queues, err := tx.Queues(site)
	if err != nil {
		return nil, fmt.Errorf("list queues of site %s: %w", site, err)
	}
	queues = slices.DeleteFunc(queues, func(q Queue) bool { return !q.Visible })
	slices.SortStableFunc(queues, func(a, b Queue) int { return cmp.Compare(a.Position, b.Position) })
	return queues, nil
}

// chosenQueue gives the queue that the customer's own choice sticks to, or nil (Q2). A choice that could not be made any more is void while
// that is so: its queue was hidden. That of a removed queue is forgotten, see emptyQueue.
func chosenQueue(tx Tx, c *Customer) (*Queue, error) {
	if c.Topic == "" {
		return nil, nil
	}
	q, err := tx.Queue(c.Topic)
	if ok, err := found(err); err != nil {
		return nil, fmt.Errorf("queue %s: %w", c.Topic, err)
	} else if !ok || q.Removed || !q.Visible || q.Site != c.Site {
		return nil, nil
	}
	return q, nil
}

// destination gives the queue of a new ticket, or "" if the customer has to be asked.
func (a *act) destination(c *Conversation) (QueueID, error) {
	customer, err := a.tx.Customer(c.Customer)
	if err != nil {
		return "", fmt.Errorf("customer of conversation %s: %w", c.ID, err)
	}
	stuck, err := chosenQueue(a.tx, customer)
	if err != nil {
		return "", err
	}
	if stuck != nil {
		return stuck.ID, nil
	}
	topics, err := Topics(a.tx, c.Site, customer, nil)
	if err != nil || len(topics) > 0 {
		return "", err
	}
	site, err := a.tx.Site(c.Site)
	if err != nil {
		return "", fmt.Errorf("site %s: %w", c.Site, err)
	}
	return site.DefaultQueue, nil
}

// customerChoice opens a ticket in the queue of the chosen topic, or brings the one there whose topic is open (Q1). A choice that comes when
// the ticket is on its way changes nothing.
func (a *act) customerChoice(in CustomerChoice) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	if err := a.notBlocked(c); err != nil {
		return err
	}
	var t *Ticket
	if c.Ticket != "" {
		if t, err = a.tx.Ticket(c.Ticket); err != nil {
			return fmt.Errorf("ticket of conversation %s: %w", c.ID, err)
		}
		if err := a.allowed(t, moveChoose); err != nil {
			return err
		}
	} else if err := a.notGone(c.Site); err != nil {
		return err
	}
	queues, err := shownQueues(a.tx, c.Site)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(queues, func(q Queue) bool { return q.ID == in.Queue })
	if at < 0 || t == nil && len(queues) < 2 {
		return Refuse(NotFound, "topic.unknown")
	}
	q := &queues[at]
	var d *dossier
	if t == nil {
		d, err = a.newTicket(c, q.ID)
	} else {
		d, err = a.dossier(t, c)
	}
	if err != nil {
		return err
	}
	d.customer.Topic = q.ID
	if err := a.tx.PutCustomer(d.customer); err != nil {
		return fmt.Errorf("put customer %s: %w", d.customer.ID, err)
	}
	a.line(Post{Room: d.portal(), Text: a.staffText(d.site, "room.chose", q.Name)})
	if t == nil {
		return a.announce(d)
	}
	return a.route(d, moveChoose, actorCustomer, q)
}

// askTopic offers the topics to a customer who wrote without choosing one. Nobody of the staff sees the ticket until it is routed.
func (a *act) askTopic(d *dossier) error {
	topics, err := Topics(a.tx, d.site.ID, d.customer, d.ticket)
	if err != nil {
		return err
	}
	m := a.compileSystem(d, kindTopics)
	m.Options = topics
	if err := a.append(d.conversation, m); err != nil {
		return err
	}
	if err := a.tx.PutConversation(d.conversation); err != nil {
		return fmt.Errorf("put conversation %s: %w", d.conversation.ID, err)
	}
	wait := d.site.ChooseTimeout
	if wait <= 0 {
		wait = DefaultChooseTimeout
	}
	a.emit(Arm{ID: a.effectID(), Due: a.now.Add(wait), Name: timerChoose, Ticket: d.ticket.ID, Generation: d.ticket.Generation})
	return a.shape(d)
}

// chooseLapsed routes a ticket to the default queue whose customer has not chosen in time.
func (a *act) chooseLapsed(timer Arm) error {
	t, err := a.tx.Ticket(timer.Ticket)
	if ok, err := found(err); err != nil || !ok {
		return err
	}
	if t.State != Choosing || t.Generation != timer.Generation {
		return nil
	}
	d, err := a.dossier(t, nil)
	if err != nil {
		return err
	}
	return a.route(d, moveRoute, actorTimer, d.queue)
}

// route brings a ticket whose topic was open to a queue and offers it there.
func (a *act) route(d *dossier, m move, actor string, q *Queue) error {
	err := a.transit(d.ticket, m, actor, string(q.ID), func(t *Ticket) { t.Queue = q.ID })
	if err != nil {
		return err
	}
	d.queue = q
	if err := a.withdrawTopics(d, m == moveChoose); err != nil {
		return err
	}
	return a.announce(d)
}

// withdrawTopics takes the offered topics back: what was chosen stands in their place, or nothing.
func (a *act) withdrawTopics(d *dossier, chosen bool) error {
	c := d.conversation
	m, err := a.tx.LastMessage(c.ID, c.Rev, FromSystem)
	if ok, err := found(err); err != nil {
		return fmt.Errorf("last system message of conversation %s: %w", c.ID, err)
	} else if !ok || m.Kind != kindTopics || m.Ticket != d.ticket.ID || !m.Deleted.IsZero() {
		return nil
	}
	m.Options = nil
	if !chosen {
		return a.erase(c, m)
	}
	m.Kind, m.Args = kindTopic, []string{d.queue.Name}
	m.Content.Text = a.customerText(d.site, d.customer.Language, "customer."+kindTopic, d.queue.Name)
	return a.revise(c, m)
}
