package desktest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"frontdesk/desk"
)

func testJournal(t *testing.T, w *world) {
	whole := desk.JournalEntry{
		At: Start, Actor: "@a:x", Action: "ticket.closed", Ticket: w.ticket.ID, From: "assigned", To: "closed", Comment: "ж", Room: w.room.Key,
		Site: "s1", Queue: "q1", Target: "@b:x",
		Changes: []desk.Change{{Field: "Owner", Before: json.RawMessage(`"@a:x"`)}, {Field: "Declined", After: json.RawMessage(`["@a:x","«ж»"]`)}},
	}
	for i, e := range []desk.JournalEntry{
		whole,
		{Actor: "@b:x", Action: "ticket.accepted", Ticket: "other", Site: "s1", Queue: "q2"},
		{Actor: "system", Action: "queue.removed", Site: "s2", Target: "q9"},
		{Actor: "@a:x", Action: "rights.given", Target: "@c:x"},
	} {
		e.At = Start.Add(time.Duration(i) * time.Hour)
		if err := w.Record(e); err != nil {
			t.Fatalf("record: %v", err)
		}
	}
	hour := func(n int) time.Time { return Start.Add(time.Duration(n) * time.Hour) }
	for name, c := range map[string]struct {
		filter desk.JournalFilter
		want   string
	}{
		"everything":        {desk.JournalFilter{}, "rights.given queue.removed ticket.accepted ticket.closed "},
		"by or to somebody": {desk.JournalFilter{Person: "@b:x"}, "ticket.accepted ticket.closed "},
		"of several people": {desk.JournalFilter{People: []string{"@b:x", "@c:x"}}, "rights.given ticket.accepted ticket.closed "},
		"of a ticket":       {desk.JournalFilter{Ticket: w.ticket.ID}, "ticket.closed "},
		"of a kind":         {desk.JournalFilter{Action: "ticket."}, "ticket.accepted ticket.closed "},
		"of some kinds":     {desk.JournalFilter{Actions: []string{"queue.removed", "ticket.closed", "x"}}, "queue.removed ticket.closed "},
		"of a time":         {desk.JournalFilter{From: hour(1), To: hour(3)}, "queue.removed ticket.accepted "},
		"of a site":         {desk.JournalFilter{Within: &desk.JournalBounds{Sites: []desk.SiteID{"s1"}}}, "ticket.accepted ticket.closed "},
		"of several": {desk.JournalFilter{Within: &desk.JournalBounds{
			Queues: []desk.QueueID{"q2", "q3"}, Sites: []desk.SiteID{"s2"}, Actors: []string{"@a:x"},
		}}, "rights.given queue.removed ticket.accepted ticket.closed "},
		"both":    {desk.JournalFilter{Person: "@a:x", Within: &desk.JournalBounds{Queues: []desk.QueueID{"q1"}}}, "ticket.closed "},
		"nothing": {desk.JournalFilter{Within: &desk.JournalBounds{}}, ""},
	} {
		entries, err := w.Records(c.filter, 0, 100)
		got := ""
		for _, e := range entries {
			got += e.Action + " "
		}
		n, countErr := w.CountRecords(c.filter)
		if err != nil || countErr != nil || got != c.want || n != len(entries) {
			t.Errorf("%s: %s (%d), %v, %v; want %s", name, got, n, err, countErr, c.want)
		}
	}
	all, err := w.Records(desk.JournalFilter{}, 0, 100)
	if err != nil || len(all) != 4 {
		t.Fatalf("all: %+v, %v", all, err)
	}
	older := desk.JournalFilter{Before: all[1].ID}
	if rest, err := w.Records(older, 1, 100); err != nil || len(rest) != 1 || rest[0].ID != all[3].ID {
		t.Errorf("older than the second, from the second on: %+v, %v", rest, err)
	}
	if n, err := w.CountRecords(older); n != 2 || err != nil {
		t.Errorf("older than the second: %d, %v", n, err)
	}
	page, err := w.Records(desk.JournalFilter{}, 3, 2)
	if err != nil || len(page) != 1 || page[0].ID == 0 {
		t.Fatalf("last page: %+v, %v", page, err)
	}
	whole.ID = page[0].ID
	if got, want := fmt.Sprintf("%s", page[0].Changes), fmt.Sprintf("%s", whole.Changes); got != want {
		t.Errorf("changes %s, want %s", got, want)
	}
	page[0].Changes, whole.Changes = nil, nil
	same(t, page[0], whole)
}
