package desktest

import (
	"slices"
	"strings"

	"frontdesk/desk"
)

func (t *Tx) Record(e desk.JournalEntry) error {
	e.ID = int64(len(t.rows.Journal) + 1)
	t.rows.Journal = append(t.rows.Journal, clone(e))
	return nil
}

func (t *Tx) Records(f desk.JournalFilter, offset, limit int) ([]desk.JournalEntry, error) {
	all := t.recordsOf(f)
	slices.Reverse(all)
	all = all[min(offset, len(all)):]
	return clone(all[:min(limit, len(all))]), nil
}

func (t *Tx) CountRecords(f desk.JournalFilter) (int, error) { return len(t.recordsOf(f)), nil }

func (t *Tx) recordsOf(f desk.JournalFilter) []desk.JournalEntry {
	var out []desk.JournalEntry
	for _, e := range t.rows.Journal {
		if f.Person != "" && e.Actor != f.Person && e.Target != f.Person || f.Ticket != "" && e.Ticket != f.Ticket ||
			!strings.HasPrefix(e.Action, f.Action) || !f.From.IsZero() && e.At.Before(f.From) || !f.To.IsZero() && !e.At.Before(f.To) {
			continue
		}
		if f.Before > 0 && e.ID >= f.Before || len(f.Actions) > 0 && !slices.Contains(f.Actions, e.Action) {
			continue
		}
		if len(f.People) > 0 && !slices.Contains(f.People, e.Actor) && !slices.Contains(f.People, e.Target) {
			continue
		}
		if w := f.Within; w != nil && !slices.Contains(w.Actors, e.Actor) && !slices.Contains(w.Sites, e.Site) && !slices.Contains(w.Queues, e.Queue) {
			continue
		}
		out = append(out, e)
	}
	return out
}
