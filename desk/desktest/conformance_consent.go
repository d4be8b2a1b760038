package desktest

import (
	"reflect"
	"testing"
	"time"

	"frontdesk/desk"
)

func testConsents(t *testing.T, w *world) {
	if none, err := w.Consents(w.customer.ID); err != nil || len(none) != 0 {
		t.Errorf("no consents: %+v, %v", none, err)
	}
	var c desk.Consent
	n := 0
	fillValue(reflect.ValueOf(&c).Elem(), &n)
	c.Customer = w.customer.ID
	older, foreign, again := c, c, c
	older.Version, older.At = "before", c.At.Add(-time.Hour)
	foreign.Customer = "somebody else"
	again.Text = "in other words"
	for _, put := range []desk.Consent{c, older, foreign, again} {
		if err := w.PutConsent(&put); err != nil {
			t.Fatalf("put consent: %v", err)
		}
	}
	all, err := w.Consents(w.customer.ID)
	if err != nil || len(all) != 2 {
		t.Fatalf("consents %+v, %v", all, err)
	}
	same(t, all[0], older)
	same(t, all[1], again)
}
