package store

import "frontdesk/desk"

const (
	getConsents = `SELECT customer, version, policy, text, conversation, at FROM consent WHERE customer=$1 ORDER BY at, version`
	putConsent  = `
		INSERT INTO consent (customer, version, policy, text, conversation, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (customer, version) DO UPDATE SET policy=excluded.policy, text=excluded.text, conversation=excluded.conversation,
			at=excluded.at`
)

func scanConsent(r row, c *desk.Consent) error {
	return r.Scan(&c.Customer, &c.Version, &c.Policy, &c.Text, &c.Conversation, instant{&c.At})
}

func (t *tx) Consents(id desk.CustomerID) ([]desk.Consent, error) {
	consents, err := all(t, scanConsent, getConsents, id)
	return consents, wrap(err, "list consents of customer", id)
}

func (t *tx) PutConsent(c *desk.Consent) error {
	_, err := t.exec(putConsent, c.Customer, c.Version, c.Policy, c.Text, c.Conversation, nanos(c.At))
	return wrap(err, "put consent of customer", c.Customer)
}
