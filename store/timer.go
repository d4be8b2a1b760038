package store

import (
	"encoding/json"
	"fmt"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	putTimer = `
		INSERT INTO timer (id, due, name, ticket, generation, about) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`
	dueTimers   = `SELECT id, due, name, ticket, generation, about FROM timer WHERE due <= $1 ORDER BY due, id LIMIT $2`
	nextTimer   = `SELECT COALESCE(MIN(due), 0) FROM timer`
	deleteTimer = `DELETE FROM timer WHERE id=$1`
)

func scanTimer(r row, a *desk.Arm) error {
	return r.Scan(&a.ID, instant{&a.Due}, &a.Name, &a.Ticket, &a.Generation, &a.Of)
}

func (t *tx) putTimer(a desk.Arm) error {
	_, err := t.exec(putTimer, a.ID, nanos(a.Due), a.Name, a.Ticket, a.Generation, a.Of)
	return err
}

func (t *tx) DueTimers(now time.Time, limit int) ([]desk.Arm, error) {
	timers, err := all(t, scanTimer, dueTimers, nanos(now), limit)
	return timers, wrap(err, "list", "due timers")
}

func (t *tx) NextTimerDue() (time.Time, error) { return t.instant("get next timer", nextTimer) }

func (t *tx) FireTimer(a desk.Arm, now time.Time) error {
	body, err := json.Marshal(a)
	if err != nil {
		return wrap(err, "fire timer", a.ID)
	}
	if _, _, _, err := t.AppendInput(journal.TimerInput(a, body, now)); err != nil {
		return wrap(err, "fire timer", a.ID)
	}
	_, err = t.exec(deleteTimer, a.ID)
	return wrap(err, "fire timer", a.ID)
}

// instant reads one time.
func (t *tx) instant(what, query string, args ...any) (time.Time, error) {
	at, err := one(t, func(r row, at *time.Time) error { return r.Scan(instant{at}) }, query, args...)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", what, err)
	}
	return *at, nil
}
