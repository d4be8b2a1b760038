package desktest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"frontdesk/desk"
)

func testReminders(t *testing.T, w *world) {
	var full desk.Reminder
	n := 0
	fillValue(reflect.ValueOf(&full).Elem(), &n)
	put := func(r desk.Reminder) desk.Reminder {
		if err := w.PutReminder(&r); err != nil {
			t.Fatalf("put reminder: %v", err)
		}
		got, err := w.Reminder(r.ID)
		same(t, must(t, got, err), r)
		return r
	}
	put(full)
	put(desk.Reminder{ID: full.ID, Due: Start, Created: Start})
	later := put(desk.Reminder{ID: "a", By: Anna, Due: Start.Add(time.Hour), Created: Start})
	sooner := put(desk.Reminder{ID: "b", By: Anna, Due: Start, Created: Start})
	put(desk.Reminder{ID: "c", By: Anna, Due: Start, Done: true, Created: Start})
	put(desk.Reminder{ID: "d", By: Boris, Due: Start, Created: Start})
	got, err := w.RemindersOf(Anna)
	if err != nil || len(got) != 2 {
		t.Fatalf("reminders %+v, %v", got, err)
	}
	same(t, got[0], sooner)
	same(t, got[1], later)
	if _, err := w.Reminder("none"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("missing reminder: %v", err)
	}
}
