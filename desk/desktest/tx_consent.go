package desktest

import (
	"slices"

	"frontdesk/desk"
)

func (t *Tx) Consents(c desk.CustomerID) ([]desk.Consent, error) {
	out := slices.DeleteFunc(slices.Clone(t.rows.Consents), func(k desk.Consent) bool { return k.Customer != c })
	slices.SortStableFunc(out, func(a, b desk.Consent) int { return a.At.Compare(b.At) })
	return out, nil
}

func (t *Tx) PutConsent(c *desk.Consent) error {
	same := func(k desk.Consent) bool { return k.Customer == c.Customer && k.Version == c.Version }
	t.rows.Consents = append(slices.DeleteFunc(slices.Clone(t.rows.Consents), same), *c)
	return nil
}
