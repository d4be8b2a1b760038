package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const backlog = `
	SELECT (SELECT COUNT(*) FROM inbox WHERE state='pending' AND next_at < $1),
		(SELECT COUNT(*) FROM effect WHERE state IN ('pending', 'sending')),
		(SELECT COUNT(*) FROM desire WHERE applied < version AND NOT dead)`

// waitsForItsTime is how much later something is due that is no work left undone: no failed attempt is put off so long.
const waitsForItsTime = time.Hour

func (t *tx) Backlog() (journal.Backlog, error) {
	b, err := one(t, func(r row, b *journal.Backlog) error { return r.Scan(&b.Inputs, &b.Effects, &b.Desires) }, backlog,
		nanos(t.now.Add(waitsForItsTime)))
	if err != nil {
		return journal.Backlog{}, wrap(err, "count", "backlog")
	}
	return *b, nil
}

func scanDead(r row, d *journal.DeadLetter) error {
	return r.Scan(&d.Of, &d.ID, &d.Lane, &d.Kind, &d.Error, &d.Attempts, instant{&d.At})
}

func (t *tx) DeadLetters(limit int) ([]journal.DeadLetter, error) {
	var letters []journal.DeadLetter
	for _, query := range []string{deadInputs, deadEffects, deadDesires} {
		found, err := all(t, scanDead, query, limit)
		if err != nil {
			return nil, wrap(err, "list", "dead letters")
		}
		letters = append(letters, found...)
	}
	slices.SortStableFunc(letters, func(a, b journal.DeadLetter) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	return letters[:min(limit, len(letters))], nil
}

func (t *tx) Revive(of, id string) error {
	var n int64
	var err error
	switch of {
	case journal.OfInput:
		n, err = t.reviveInput(id)
	case journal.OfEffect:
		n, err = t.reviveEffect(id)
	case journal.OfDesire:
		n, err = t.reviveDesire(id)
	}
	if err == nil && n == 0 {
		err = desk.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("revive %s %s: %w", of, id, err)
	}
	return nil
}
