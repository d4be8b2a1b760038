package store

import (
	"errors"

	"go.mau.fi/util/dbutil"

	"frontdesk/content"
	"frontdesk/desk"
)

// The index of messages: search_message numbers those that can be found, in the order they came; their words are kept as the database finds
// them best, see wordIndex. It is written with the message, in the same transaction.

const (
	getSearchable = `SELECT author, content, deleted FROM message WHERE id=$1`

	putSearchCustomer = `
		INSERT INTO search_customer (customer, name, email, phone, region, town, card) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (customer) DO UPDATE SET name=excluded.name, email=excluded.email, phone=excluded.phone, region=excluded.region,
			town=excluded.town, card=excluded.card`
)

// searchable gives the text by which the stored message of an id is found, "" if there is none.
func (t *tx) searchable(id desk.MessageID) (string, error) {
	m, err := one(t, scanSearchable, getSearchable, id)
	if errors.Is(err, desk.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", wrap(err, "get words of message", id)
	}
	return m.Searchable(), nil
}

// index makes a message findable by its text. before is the text it was found by until now: what has not changed costs nothing.
func (t *tx) index(m *desk.Message, before string) error {
	after := m.Searchable()
	switch {
	case before == after:
		return nil
	case after == "":
		return wrap(t.s.words.forget(t, m.ID), "forget words of message", m.ID)
	}
	return wrap(t.s.words.keep(t, m, content.Terms(after)), "index message", m.ID)
}

// indexCustomer makes a customer's tickets findable by what is known of the customer.
func (t *tx) indexCustomer(c *desk.Customer) error {
	contacts, err := t.Contacts(c.ID)
	if err != nil {
		return err
	}
	k := c.Known(contacts)
	_, err = t.exec(putSearchCustomer, c.ID, k.Name, k.Email, k.Phone, k.Region, k.Town, k.All())
	return wrap(err, "index customer", c.ID)
}

func scanSearchable(r row, m *desk.Message) error {
	return r.Scan(&m.Author, dbutil.JSON{Data: &m.Content}, instant{&m.Deleted})
}
