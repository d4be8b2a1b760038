package desktest

import (
	"reflect"
	"testing"

	"frontdesk/desk"
)

func testContacts(t *testing.T, w *world) {
	var full desk.Contact
	n := 0
	fillValue(reflect.ValueOf(&full).Elem(), &n)
	second := desk.Contact{ID: "a", Customer: full.Customer, Number: full.Number + 1, At: Start}
	for _, c := range []desk.Contact{second, full, {ID: "b", Customer: "other", At: Start}} {
		if err := w.PutContact(&c); err != nil {
			t.Fatalf("put contact: %v", err)
		}
	}
	check := func(want ...desk.Contact) {
		t.Helper()
		got, err := w.Contacts(full.Customer)
		if err != nil || len(got) != len(want) {
			t.Fatalf("contacts %+v, %v", got, err)
		}
		for i := range want {
			same(t, got[i], want[i])
		}
	}
	check(full, second)
	full.Comment, full.Hidden, full.HiddenBy = "", false, ""
	if err := w.PutContact(&full); err != nil {
		t.Fatal(err)
	}
	check(full, second)
	for _, c := range []desk.Contact{second, {ID: "none", Customer: full.Customer}} {
		if err := w.DeleteContact(&c); err != nil {
			t.Errorf("delete %s: %v", c.ID, err)
		}
	}
	check(full)
}

func testContactChanges(t *testing.T, w *world) {
	full := desk.ContactChange{Before: &desk.Contact{}, After: &desk.Contact{}}
	n := 0
	fillValue(reflect.ValueOf(full.Before).Elem(), &n)
	fillValue(reflect.ValueOf(full.After).Elem(), &n)
	full.ID, full.Customer, full.Number, full.By, full.At, full.Undoes = "x", w.customer.ID, 7, Anna, Start, "y"
	later := desk.ContactChange{ID: "a", Customer: w.customer.ID, Number: 8, At: Start}
	for _, c := range []desk.ContactChange{later, full, {ID: "b", Customer: "other", At: Start}} {
		if err := w.PutContactChange(&c); err != nil {
			t.Fatalf("put change: %v", err)
		}
	}
	full.Undone = true
	if err := w.PutContactChange(&full); err != nil {
		t.Fatal(err)
	}
	got, err := w.ContactChanges(w.customer.ID)
	if err != nil || len(got) != 2 || got[0].Before != nil || got[0].After != nil || got[1].Before == nil || got[1].After == nil {
		t.Fatalf("changes %+v, %v", got, err)
	}
	same(t, *got[1].Before, *full.Before)
	same(t, *got[1].After, *full.After)
	got[1].Before, got[1].After, full.Before, full.After = nil, nil, nil, nil
	same(t, got[0], later)
	same(t, got[1], full)
}

// testFindByContact: customers are found by their contacts, those out of date too, and not by those that were taken away again.
func testFindByContact(t *testing.T, w *world) {
	archive(t, w)
	mail := desk.Contact{ID: "x1", Customer: "c1", Number: 1, Kind: desk.ContactEmail, Value: "Second@Mail.example", At: Start, Hidden: true, HiddenAt: Start}
	for _, c := range []desk.Contact{
		mail,
		{ID: "x2", Customer: "c2", Number: 1, Kind: desk.ContactPhone, Value: "+79161234567", At: Start},
		{ID: "x3", Customer: "c3", Number: 1, Kind: desk.ContactTelegram, Value: "@maria_x", At: Start},
	} {
		if err := w.PutContact(&c); err != nil {
			t.Fatalf("put contact: %v", err)
		}
	}
	check := func(name string, s desk.Search, want string) {
		t.Helper()
		s.Reach, s.States = everything, []desk.TicketState{desk.Waiting, desk.Assigned, desk.Closed}
		if got := foundOf(t, w, s, false); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	check("e-mail", desk.Search{Email: "second@mail"}, "k1")
	check("the address of the form still", desk.Search{Email: "ivan@mail"}, "k1")
	check("phone", desk.Search{Phone: "9161234567"}, "k2")
	check("phone as dialled at home", desk.Search{Phone: "89161234567"}, "k2")
	check("phone abroad", desk.Search{Phone: "79161234567"}, "k2")
	check("another phone", desk.Search{Phone: "9161234568"}, "")
	customer, err := w.Customer("c1")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.PutCustomer(customer); err != nil {
		t.Fatal(err)
	}
	check("e-mail of a customer stored again", desk.Search{Email: "second@mail"}, "k1")
	if err := w.DeleteContact(&mail); err != nil {
		t.Fatal(err)
	}
	check("e-mail taken away", desk.Search{Email: "second@mail"}, "")
}
