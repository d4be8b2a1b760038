package desktest

import (
	"errors"
	"testing"

	"frontdesk/desk"
)

// What a Tx says of queued work when there is none. That there is some is up to the journal, whose store is tested for it.

func testNoDeadLetters(t *testing.T, w *world) {
	if letters, err := w.DeadLetters(10); err != nil || len(letters) != 0 {
		t.Errorf("dead letters: %v, %v", letters, err)
	}
	for _, of := range []string{desk.OfInput, desk.OfEffect, desk.OfDesire, "none"} {
		if err := w.Revive(of, "none none"); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("revive %s: %v, want ErrNotFound", of, err)
		}
	}
}

func testNoChildren(t *testing.T, w *world) {
	if n, err := w.GoneChildren(desk.QueueRoom(w.queue.ID)); err != nil || n != 0 {
		t.Errorf("%d children gone, %v", n, err)
	}
}

func testNothingDesired(t *testing.T, w *world) {
	if _, err := w.Desired(w.room.Key, desk.ThingName); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("desired: %v, want ErrNotFound", err)
	}
	if all, err := w.DesiredOf(w.room.Key); err != nil || len(all) != 0 {
		t.Errorf("desired of the room: %v, %v", all, err)
	}
	if err := w.Record(desk.JournalEntry{At: Start, Actor: "system", Action: "test", Ticket: w.ticket.ID, Comment: "ж"}); err != nil {
		t.Errorf("record: %v", err)
	}
}
