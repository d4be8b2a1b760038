package store

import "frontdesk/desk"

const (
	customerColumns = `SELECT id, site, number, name, email, region, town, language, topic, created FROM customer`
	getCustomer     = customerColumns + ` WHERE id=$1`
	putCustomer     = `
		INSERT INTO customer (id, site, number, name, email, region, town, language, topic, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET site=excluded.site, number=excluded.number, name=excluded.name, email=excluded.email,
			region=excluded.region, town=excluded.town, language=excluded.language, topic=excluded.topic,
			created=excluded.created`
	forgetTopic = `UPDATE customer SET topic='' WHERE topic=$1`
)

func scanCustomer(r row, c *desk.Customer) error {
	return r.Scan(&c.ID, &c.Site, &c.Number, &c.Name, &c.Email, &c.Region, &c.Town, &c.Language, &c.Topic, instant{&c.Created})
}

func (t *tx) Customer(id desk.CustomerID) (*desk.Customer, error) {
	c, err := one(t, scanCustomer, getCustomer, id)
	return c, wrap(err, "get customer", id)
}

func (t *tx) PutCustomer(c *desk.Customer) error {
	_, err := t.exec(putCustomer, c.ID, c.Site, c.Number, c.Name, c.Email, c.Region, c.Town, c.Language, c.Topic, nanos(c.Created))
	if err != nil {
		return wrap(err, "put customer", c.ID)
	}
	return t.indexCustomer(c)
}

func (t *tx) ForgetTopic(q desk.QueueID) error {
	_, err := t.exec(forgetTopic, q)
	return wrap(err, "forget topic", q)
}
