package store

import "frontdesk/desk"

const (
	getConversation = `
		SELECT id, site, customer, channel, rev, portal, ticket, customer_seen, customer_got, staff_seen, staff_got,
			page_url, page_title, created
		FROM conversation WHERE id=$1`
	putConversation = `
		INSERT INTO conversation (id, site, customer, channel, rev, portal, ticket, customer_seen, customer_got, staff_seen,
			staff_got, page_url, page_title, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (id) DO UPDATE SET site=excluded.site, customer=excluded.customer, channel=excluded.channel,
			rev=excluded.rev, portal=excluded.portal, ticket=excluded.ticket, customer_seen=excluded.customer_seen,
			customer_got=excluded.customer_got, staff_seen=excluded.staff_seen, staff_got=excluded.staff_got,
			page_url=excluded.page_url, page_title=excluded.page_title, created=excluded.created`
)

func scanConversation(r row, c *desk.Conversation) error {
	return r.Scan(&c.ID, &c.Site, &c.Customer, &c.Channel, &c.Rev, &c.Portal, &c.Ticket, &c.CustomerSeen, &c.CustomerGot,
		&c.StaffSeen, &c.StaffGot, &c.PageURL, &c.PageTitle, instant{&c.Created})
}

func (t *tx) Conversation(id desk.ConversationID) (*desk.Conversation, error) {
	c, err := one(t, scanConversation, getConversation, id)
	return c, wrap(err, "get conversation", id)
}

func (t *tx) PutConversation(c *desk.Conversation) error {
	_, err := t.exec(putConversation, c.ID, c.Site, c.Customer, c.Channel, c.Rev, c.Portal, c.Ticket, c.CustomerSeen,
		c.CustomerGot, c.StaffSeen, c.StaffGot, c.PageURL, c.PageTitle, nanos(c.Created))
	return wrap(err, "put conversation", c.ID)
}
