package desktest

import (
	"cmp"

	"frontdesk/desk"
)

func (t *Tx) Contacts(customer desk.CustomerID) ([]desk.Contact, error) {
	return list(t.rows.Contacts, func(c desk.Contact) bool { return c.Customer == customer },
		func(a, b desk.Contact) int { return cmp.Compare(a.Number, b.Number) }), nil
}

func (t *Tx) PutContact(c *desk.Contact) error { t.rows.Contacts[c.ID] = clone(*c); return nil }

func (t *Tx) DeleteContact(c *desk.Contact) error { delete(t.rows.Contacts, c.ID); return nil }

func (t *Tx) ContactChanges(customer desk.CustomerID) ([]desk.ContactChange, error) {
	return list(t.rows.ContactChanges, func(c desk.ContactChange) bool { return c.Customer == customer },
		func(a, b desk.ContactChange) int { return cmp.Compare(b.Number, a.Number) }), nil
}

func (t *Tx) PutContactChange(c *desk.ContactChange) error {
	t.rows.ContactChanges[c.ID] = clone(*c)
	return nil
}
