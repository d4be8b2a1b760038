package store

import (
	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	ticketColumns = `
		SELECT id, number, conversation, site, customer, portal, queue, state, owner, last_owner, generation, close_reason,
			words, declined, opened, since, comment, offer, snoozed
		FROM ticket`
	getTicket       = ticketColumns + ` WHERE id=$1`
	getTicketNumber = ticketColumns + ` WHERE number=$1`
	getTicketsIn    = ticketColumns + ` WHERE queue=$1 AND state=$2 ORDER BY opened, number`
	getTicketsOf    = ticketColumns + ` WHERE owner=$1 AND state='assigned' ORDER BY opened, number`
	getOpenTickets  = ticketColumns + ` WHERE customer=$1 AND state<>'closed' ORDER BY opened, number`
	getLastIn       = ticketColumns + ` WHERE conversation=$1 AND portal=$2 ORDER BY number DESC LIMIT 1`
	countTicketsOf  = `SELECT COUNT(*) FROM ticket WHERE owner=$1 AND state='assigned'`

	putTicket = `
		INSERT INTO ticket (id, number, conversation, site, customer, portal, queue, state, owner, last_owner, generation,
			close_reason, words, declined, opened, since, comment, offer, snoozed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (id) DO UPDATE SET number=excluded.number, conversation=excluded.conversation, site=excluded.site,
			customer=excluded.customer, portal=excluded.portal, queue=excluded.queue, state=excluded.state,
			owner=excluded.owner, last_owner=excluded.last_owner, generation=excluded.generation,
			close_reason=excluded.close_reason, words=excluded.words, declined=excluded.declined, opened=excluded.opened,
			since=excluded.since, comment=excluded.comment, offer=excluded.offer,
			snoozed=excluded.snoozed`
	claimTicket = `
		UPDATE ticket SET number=$2, conversation=$3, site=$4, customer=$5, portal=$6, queue=$7, state=$8, owner=$9,
			last_owner=$10, generation=$11, close_reason=$12, words=$13, declined=$14, opened=$15, since=$16,
			comment=$17, offer=$18, snoozed=$19
		WHERE id=$1 AND state=$20 AND generation=$21`
)

func scanTicket(r row, t *desk.Ticket) error {
	return r.Scan(&t.ID, &t.Number, &t.Conversation, &t.Site, &t.Customer, &t.Portal, &t.Queue, &t.State, &t.Owner,
		&t.LastOwner, &t.Generation, &t.CloseReason, &t.Words, dbutil.JSON{Data: &t.Declined}, instant{&t.Opened},
		instant{&t.Since}, &t.Comment, dbutil.JSON{Data: &t.Offer}, instant{&t.Snoozed})
}

func ticketValues(k *desk.Ticket) []any {
	return []any{k.ID, k.Number, k.Conversation, k.Site, k.Customer, k.Portal, k.Queue, k.State, k.Owner, k.LastOwner,
		k.Generation, k.CloseReason, k.Words, dbutil.JSON{Data: k.Declined}, nanos(k.Opened), nanos(k.Since), k.Comment,
		dbutil.JSON{Data: k.Offer}, nanos(k.Snoozed)}
}

func (t *tx) Ticket(id desk.TicketID) (*desk.Ticket, error) {
	k, err := one(t, scanTicket, getTicket, id)
	return k, wrap(err, "get ticket", id)
}

func (t *tx) TicketByNumber(number int64) (*desk.Ticket, error) {
	k, err := one(t, scanTicket, getTicketNumber, number)
	return k, wrap(err, "get ticket number", number)
}

func (t *tx) TicketsIn(queue desk.QueueID, state desk.TicketState) ([]desk.Ticket, error) {
	tickets, err := all(t, scanTicket, getTicketsIn, queue, state)
	return tickets, wrap(err, "list tickets in queue", queue)
}

func (t *tx) TicketsOf(owner desk.UserID) ([]desk.Ticket, error) {
	tickets, err := all(t, scanTicket, getTicketsOf, owner)
	return tickets, wrap(err, "list tickets of", owner)
}

func (t *tx) OpenTicketsOf(customer desk.CustomerID) ([]desk.Ticket, error) {
	tickets, err := all(t, scanTicket, getOpenTickets, customer)
	return tickets, wrap(err, "list open tickets of customer", customer)
}

func (t *tx) LastTicketIn(c desk.ConversationID, portal desk.PortalID) (*desk.Ticket, error) {
	k, err := one(t, scanTicket, getLastIn, c, portal)
	return k, wrap(err, "get last ticket in portal", portal)
}

func (t *tx) CountTicketsOf(owner desk.UserID) (int, error) {
	n, err := one(t, func(r row, n *int) error { return r.Scan(n) }, countTicketsOf, owner)
	if err != nil {
		return 0, wrap(err, "count tickets of", owner)
	}
	return *n, nil
}

func (t *tx) PutTicket(k *desk.Ticket) error {
	_, err := t.exec(putTicket, ticketValues(k)...)
	return wrap(err, "put ticket", k.ID)
}

func (t *tx) ClaimTicket(k *desk.Ticket, from desk.TicketState) (bool, error) {
	n, err := t.exec(claimTicket, append(ticketValues(k), from, k.Generation-1)...)
	return n == 1, wrap(err, "claim ticket", k.ID)
}
