package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	appendEffect = `
		INSERT INTO effect (seq, id, lane, kind, body, state, created) VALUES ($1, $2, $3, $4, $5, 'pending', $6)
		ON CONFLICT (id) DO NOTHING`
	effectColumns = `
		SELECT id, lane, seq, kind, body, state, attempts, created, first_at, next_at, error, died FROM effect`
	getEffect     = effectColumns + ` WHERE id=$1`
	undoneEffects = effectColumns + ` WHERE lane=$1 AND state IN ('pending', 'sending') ORDER BY seq LIMIT $2`
	getLanes      = `
		SELECT effect.lane, effect.kind, effect.next_at
		FROM (SELECT MIN(seq) AS seq FROM effect WHERE state IN ('pending', 'sending') GROUP BY lane) head
		JOIN effect ON effect.seq=head.seq
		ORDER BY effect.seq`
	lastEffect  = `SELECT COALESCE(MAX(seq), 0) FROM effect`
	beginEffect = `
		UPDATE effect SET state='sending', first_at=CASE WHEN first_at=0 THEN $2 ELSE first_at END
		WHERE id=$1 AND state IN ('pending', 'sending')`
	finishEffect = `UPDATE effect SET state='done', body='', error='' WHERE id=$1`
	retryEffect  = `
		UPDATE effect SET state='pending', attempts=$2, next_at=$3, error=$4 WHERE id=$1 AND state IN ('pending', 'sending')`
	killEffect   = `UPDATE effect SET state='dead', attempts=attempts + 1, error=$2, died=$3 WHERE id=$1`
	reviveEffect = `
		UPDATE effect SET state='pending', seq=CASE WHEN kind='create_room' THEN seq ELSE $2 END, attempts=0, next_at=0, error=''
		WHERE id=$1 AND state='dead'`
	deadEffects = `
		SELECT 'effect', id, lane, kind, error, attempts, died FROM effect WHERE state='dead' ORDER BY died DESC, seq DESC LIMIT $1`
)

func scanEffect(r row, e *journal.EffectRow) error {
	var body string
	if err := r.Scan(&e.ID, &e.Lane, &e.Seq, &e.Kind, &body, &e.State, &e.Attempts, instant{&e.Created}, instant{&e.First},
		instant{&e.NextAt}, &e.Error, instant{&e.Died}); err != nil {
		return err
	}
	e.Body = json.RawMessage(body)
	return nil
}

// AppendEffects stores the effects of one decision; its desires share a number.
func (t *tx) AppendEffects(effects []desk.Effect) error {
	if len(effects) == 0 {
		return nil
	}
	decision := next(&t.numbers.decision)
	for _, e := range effects {
		var err error
		switch e := e.(type) {
		case desk.Desire:
			err = t.putDesire(e, decision)
		case desk.Arm:
			err = t.putTimer(e)
		default:
			err = t.appendOrdered(e)
		}
		if err != nil {
			return fmt.Errorf("append effect %s: %w", desk.EffectKind(e), err)
		}
	}
	return nil
}

func (t *tx) appendOrdered(e desk.Effect) error {
	lane, id, ok := desk.LaneOf(e)
	if !ok {
		return fmt.Errorf("%T has no lane", e)
	}
	body, err := compact(e)
	if err != nil {
		return err
	}
	_, err = t.exec(appendEffect, next(&t.numbers.effect), id, lane, desk.EffectKind(e), body, nanos(t.now))
	return err
}

// compact encodes without escaping HTML: bodies are read by people and stay small.
func compact(v any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

func (t *tx) EffectLanes() ([]journal.EffectLane, error) {
	lanes, err := all(t, func(r row, l *journal.EffectLane) error {
		return r.Scan(&l.Lane, &l.Kind, instant{&l.Due})
	}, getLanes)
	return lanes, wrap(err, "list", "lanes of effects")
}

func (t *tx) LastEffect() (int64, error) {
	seq, err := one(t, func(r row, n *int64) error { return r.Scan(n) }, lastEffect)
	if err != nil {
		return 0, wrap(err, "get", "last effect")
	}
	return *seq, nil
}

func (t *tx) UndoneEffects(lane desk.RoomKey, limit int) ([]journal.EffectRow, error) {
	rows, err := all(t, scanEffect, undoneEffects, lane, limit)
	return rows, wrap(err, "list first effects of", lane)
}

func (t *tx) Effect(id desk.EffectID) (*journal.EffectRow, error) {
	e, err := one(t, scanEffect, getEffect, id)
	return e, wrap(err, "get effect", id)
}

func (t *tx) BeginEffect(id desk.EffectID, at time.Time) error {
	_, err := t.exec(beginEffect, id, nanos(at))
	return wrap(err, "begin effect", id)
}

func (t *tx) FinishEffect(id desk.EffectID) error {
	_, err := t.exec(finishEffect, id)
	return wrap(err, "finish effect", id)
}

func (t *tx) RetryEffect(id desk.EffectID, attempts int, next time.Time, cause string) error {
	_, err := t.exec(retryEffect, id, attempts, nanos(next), cause)
	return wrap(err, "put off effect", id)
}

func (t *tx) KillEffect(id desk.EffectID, cause string) error {
	_, err := t.exec(killEffect, id, cause, nanos(t.now))
	return wrap(err, "give up effect", id)
}

func (t *tx) reviveEffect(id string) (int64, error) {
	return t.exec(reviveEffect, id, next(&t.numbers.effect))
}
