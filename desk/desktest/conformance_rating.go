package desktest

import (
	"errors"
	"reflect"
	"testing"

	"frontdesk/desk"
)

func testRatings(t *testing.T, w *world) {
	if _, err := w.Rating(w.ticket.ID); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("no rating: %v, want ErrNotFound", err)
	}
	var r desk.Rating
	n := 0
	fillValue(reflect.ValueOf(&r).Elem(), &n)
	r.Ticket = w.ticket.ID
	for _, want := range []desk.Rating{r, {Ticket: r.Ticket, Stars: 1, At: Start}} {
		if err := w.PutRating(&want); err != nil {
			t.Fatalf("put rating: %v", err)
		}
		got, err := w.Rating(r.Ticket)
		same(t, must(t, got, err), want)
	}
}
