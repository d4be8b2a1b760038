package store

import (
	"errors"

	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	getContacts = `
		SELECT id, customer, number, kind, value, comment, added_by, added_at, hidden, hidden_by, hidden_at
		FROM contact WHERE customer=$1 ORDER BY number, id`
	putContact = `
		INSERT INTO contact (id, customer, number, kind, value, comment, added_by, added_at, hidden, hidden_by, hidden_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET customer=excluded.customer, number=excluded.number, kind=excluded.kind, value=excluded.value,
			comment=excluded.comment, added_by=excluded.added_by, added_at=excluded.added_at, hidden=excluded.hidden,
			hidden_by=excluded.hidden_by, hidden_at=excluded.hidden_at`
	deleteContact = `DELETE FROM contact WHERE id=$1`

	getContactChanges = `
		SELECT id, customer, number, changed_by, changed_at, was, became, undoes, undone
		FROM contact_change WHERE customer=$1 ORDER BY number DESC`
	putContactChange = `
		INSERT INTO contact_change (id, customer, number, changed_by, changed_at, was, became, undoes, undone)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET customer=excluded.customer, number=excluded.number, changed_by=excluded.changed_by,
			changed_at=excluded.changed_at, was=excluded.was, became=excluded.became, undoes=excluded.undoes, undone=excluded.undone`
)

func scanContact(r row, c *desk.Contact) error {
	return r.Scan(&c.ID, &c.Customer, &c.Number, &c.Kind, &c.Value, &c.Comment, &c.By, instant{&c.At}, &c.Hidden, &c.HiddenBy,
		instant{&c.HiddenAt})
}

func (t *tx) Contacts(customer desk.CustomerID) ([]desk.Contact, error) {
	contacts, err := all(t, scanContact, getContacts, customer)
	return contacts, wrap(err, "list contacts of", customer)
}

func (t *tx) PutContact(c *desk.Contact) error {
	_, err := t.exec(putContact, c.ID, c.Customer, c.Number, c.Kind, c.Value, c.Comment, c.By, nanos(c.At), c.Hidden, c.HiddenBy,
		nanos(c.HiddenAt))
	if err != nil {
		return wrap(err, "put contact", c.ID)
	}
	return t.contactsChanged(c.Customer)
}

func (t *tx) DeleteContact(c *desk.Contact) error {
	if _, err := t.exec(deleteContact, c.ID); err != nil {
		return wrap(err, "delete contact", c.ID)
	}
	return t.contactsChanged(c.Customer)
}

// contactsChanged makes a customer findable by what contacts there are now.
func (t *tx) contactsChanged(id desk.CustomerID) error {
	c, err := t.Customer(id)
	if errors.Is(err, desk.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return t.indexCustomer(c)
}

func scanContactChange(r row, c *desk.ContactChange) error {
	return r.Scan(&c.ID, &c.Customer, &c.Number, &c.By, instant{&c.At}, dbutil.JSON{Data: &c.Before}, dbutil.JSON{Data: &c.After},
		&c.Undoes, &c.Undone)
}

func (t *tx) ContactChanges(customer desk.CustomerID) ([]desk.ContactChange, error) {
	changes, err := all(t, scanContactChange, getContactChanges, customer)
	return changes, wrap(err, "list changes of contacts of", customer)
}

func (t *tx) PutContactChange(c *desk.ContactChange) error {
	_, err := t.exec(putContactChange, c.ID, c.Customer, c.Number, c.By, nanos(c.At), dbutil.JSON{Data: c.Before},
		dbutil.JSON{Data: c.After}, c.Undoes, c.Undone)
	return wrap(err, "put change of a contact", c.ID)
}
