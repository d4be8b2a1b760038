package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	// A wish for what is wished already changes nothing, whether it was fulfilled, waits or was given up.
	putDesire = `
		INSERT INTO desire (room, thing, value, version, applied, decision, seq, rank, memo, attempts, next_at, dead, error, died)
		VALUES ($1, $2, $3, 1, 0, $4, $5, $6, '', 0, 0, FALSE, '', 0)
		ON CONFLICT (room, thing) DO UPDATE SET value=excluded.value, version=desire.version + 1, decision=excluded.decision,
			seq=excluded.seq, rank=excluded.rank, attempts=0, next_at=0, dead=FALSE, error=''
		WHERE desire.value <> excluded.value`
	desireColumns = `
		SELECT desire.room, desire.thing, desire.value, desire.version, desire.applied, desire.memo, desire.attempts,
			desire.next_at, desire.dead, desire.error, desire.rank, desire.decision
		FROM desire`
	getDesire  = desireColumns + ` WHERE room=$1 AND thing=$2`
	getDesires = desireColumns + ` WHERE room=$1 ORDER BY thing`

	getRemembered = `
		SELECT room.key, room.id, room.version, desire.memo FROM desire JOIN room ON room.key=desire.room AND room.id <> ''
		WHERE desire.thing=$1 AND desire.applied > 0 AND NOT desire.dead ORDER BY room.key`

	// What is to be done and can be done; the child's room key begins behind "child/".
	reachable = ` JOIN room ON room.key=desire.room AND room.id <> ''
		WHERE desire.applied < desire.version AND NOT desire.dead
		AND (desire.thing NOT LIKE 'child/%'
			OR EXISTS (SELECT 1 FROM room child WHERE child.key=substr(desire.thing, 7) AND child.id <> ''))`
	// Within a decision what is of a lower rank goes first, unless it fails or waits for a room.
	due = reachable + ` AND desire.next_at <= $1
		AND NOT (desire.rank > 0 AND EXISTS (
			SELECT 1 FROM desire first JOIN room place ON place.key=first.room AND place.id <> ''
			WHERE first.decision=desire.decision AND first.rank < desire.rank AND first.applied < first.version AND NOT first.dead
			AND first.attempts=0 AND first.next_at <= $1
			AND (first.thing NOT LIKE 'child/%'
				OR EXISTS (SELECT 1 FROM room child WHERE child.key=substr(first.thing, 7) AND child.id <> ''))))`
	getNewestDesires = desireColumns + due + ` ORDER BY desire.decision DESC, desire.seq LIMIT $2`
	getOldestDesires = desireColumns + due + ` ORDER BY desire.decision, desire.seq LIMIT $2`
	nextDesire       = `SELECT COALESCE(MIN(desire.next_at), 0) FROM desire` + reachable + ` AND desire.next_at > $1`

	finishDesire = `
		UPDATE desire SET applied=CASE WHEN applied < $3 THEN $3 ELSE applied END, memo=$4,
			attempts=CASE WHEN version=$3 THEN 0 ELSE attempts END, error=CASE WHEN version=$3 THEN '' ELSE error END
		WHERE room=$1 AND thing=$2`
	retryDesire = `UPDATE desire SET attempts=$4, next_at=$5, error=$6 WHERE room=$1 AND thing=$2 AND version=$3`
	killDesire  = `
		UPDATE desire SET dead=TRUE, attempts=attempts + 1, error=$4, died=$5 WHERE room=$1 AND thing=$2 AND version=$3`
	breakDesires = `
		UPDATE desire SET version=version + 1, decision=$3, attempts=0, next_at=0, dead=FALSE, error=''
		WHERE room=$1 AND ($2='' OR thing=$2)`
	// A child that is not wished, as putDesire writes it.
	absent       = `thing LIKE 'child/%' AND value='{"present":false}'`
	goneChildren = `SELECT COUNT(*) FROM desire WHERE room=$1 AND applied >= version AND ` + absent
	forgetGone   = `DELETE FROM desire WHERE room=$1 AND ` + absent
	breakMoved   = `
		UPDATE desire SET version=version + 1, decision=$2, attempts=0, next_at=0, dead=FALSE, error=''
		WHERE room=$1 OR thing='child/' || $1`
	reviveDesire = `
		UPDATE desire SET decision=$3, attempts=0, next_at=0, dead=FALSE, error='' WHERE room=$1 AND thing=$2 AND dead`
	deadDesires = `
		SELECT 'desire', room || ' ' || thing, room, thing, error, attempts, died FROM desire
		WHERE applied < version AND dead ORDER BY died DESC, seq DESC LIMIT $1`
)

func scanDesire(r row, d *journal.DesireRow) error {
	var value, memo string
	if err := r.Scan(&d.Room, &d.Thing, &value, &d.Version, &d.Applied, &memo, &d.Attempts, instant{&d.NextAt}, &d.Dead,
		&d.Error, &d.Rank, &d.Decision); err != nil {
		return err
	}
	d.Value = json.RawMessage(value)
	if memo != "" {
		d.Memo = json.RawMessage(memo)
	}
	return nil
}

func (t *tx) putDesire(d desk.Desire, decision int64) error {
	var value bytes.Buffer
	if err := json.Compact(&value, d.Value); err != nil {
		return fmt.Errorf("value of %s in %s: %w", d.Thing, d.Room, err)
	}
	_, err := t.exec(putDesire, d.Room, d.Thing, value.String(), decision, next(&t.numbers.desire), d.Rank)
	return err
}

func (t *tx) Desired(room desk.RoomKey, thing string) (*desk.Desire, error) {
	d, err := t.DesireRow(room, thing)
	if err != nil {
		return nil, err
	}
	return &d.Desire, nil
}

func (t *tx) DesiredOf(room desk.RoomKey) ([]desk.Desire, error) {
	rows, err := t.DesireRowsOf(room)
	if err != nil {
		return nil, err
	}
	desires := make([]desk.Desire, len(rows))
	for i := range rows {
		desires[i] = rows[i].Desire
	}
	return desires, nil
}

func (t *tx) DesireRow(room desk.RoomKey, thing string) (*journal.DesireRow, error) {
	d, err := one(t, scanDesire, getDesire, room, thing)
	return d, wrap(err, "get desire of", room)
}

func (t *tx) DesireRowsOf(room desk.RoomKey) ([]journal.DesireRow, error) {
	rows, err := all(t, scanDesire, getDesires, room)
	return rows, wrap(err, "list desires of", room)
}

func (t *tx) Remembered(thing string) ([]journal.Remembered, error) {
	out, err := all(t, func(r row, m *journal.Remembered) error {
		var memo string
		err := r.Scan(&m.Room.Key, &m.Room.ID, &m.Room.Version, &memo)
		m.Memo = json.RawMessage(memo)
		return err
	}, getRemembered, thing)
	return out, wrap(err, "list what is remembered of", thing)
}

func (t *tx) DueDesires(now time.Time, newest bool, limit int) ([]journal.DesireRow, error) {
	query := getOldestDesires
	if newest {
		query = getNewestDesires
	}
	rows, err := all(t, scanDesire, query, nanos(now), limit)
	return rows, wrap(err, "list", "due desires")
}

func (t *tx) NextDesireDue(now time.Time) (time.Time, error) {
	return t.instant("get next due desire", nextDesire, nanos(now))
}

func (t *tx) FinishDesire(room desk.RoomKey, thing string, version int64, memo json.RawMessage) error {
	_, err := t.exec(finishDesire, room, thing, version, string(memo))
	return wrap(err, "finish desire of", room)
}

func (t *tx) RetryDesire(room desk.RoomKey, thing string, version int64, attempts int, next time.Time, cause string) error {
	_, err := t.exec(retryDesire, room, thing, version, attempts, nanos(next), cause)
	return wrap(err, "put off desire of", room)
}

func (t *tx) KillDesire(room desk.RoomKey, thing string, version int64, cause string) error {
	_, err := t.exec(killDesire, room, thing, version, cause, nanos(t.now))
	return wrap(err, "give up desire of", room)
}

func (t *tx) BreakDesires(room desk.RoomKey, thing string) error {
	_, err := t.exec(breakDesires, room, thing, next(&t.numbers.decision))
	return wrap(err, "break desires of", room)
}

func (t *tx) reviveDesire(id string) (int64, error) {
	room, thing, _ := strings.Cut(id, " ")
	return t.exec(reviveDesire, room, thing, next(&t.numbers.decision))
}

func (t *tx) GoneChildren(space desk.RoomKey) (int, error) {
	n, err := one(t, func(r row, n *int) error { return r.Scan(n) }, goneChildren, space)
	if err != nil {
		return 0, wrap(err, "count children of", space)
	}
	return *n, nil
}

func (t *tx) ReplaceRoom(m *desk.Room) error {
	if err := t.PutRoom(m); err != nil {
		return err
	}
	if _, err := t.exec(forgetGone, m.Key); err != nil {
		return wrap(err, "forget children of", m.Key)
	}
	_, err := t.exec(breakMoved, m.Key, next(&t.numbers.decision))
	return wrap(err, "break desires of", m.Key)
}
