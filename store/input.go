package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	appendInput = `
		INSERT INTO inbox (seq, source, id, lane, kind, body, at, state, attempts, next_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9)
		ON CONFLICT (source, id) DO NOTHING`
	getInputState = `SELECT seq, lane, state, refusal, error FROM inbox WHERE source=$1 AND id=$2`
	requeueInput  = `UPDATE inbox SET seq=$3 WHERE source=$1 AND id=$2 AND state='pending'`
	getHead       = `
		SELECT seq, source, id, lane, kind, body, at, attempts, next_at FROM inbox
		WHERE lane=$1 AND state='pending' ORDER BY seq LIMIT 1`
	countBefore     = `SELECT COUNT(*) FROM (SELECT 1 FROM inbox WHERE lane=$1 AND state='pending' AND seq < $2 LIMIT 1) earlier`
	getPendingSince = `
		SELECT seq, source, id, lane, kind, '', at, attempts, next_at FROM inbox
		WHERE lane=$1 AND state='pending' AND seq >= $2 ORDER BY seq`
	getPendingOf = `
		SELECT seq, source, id, lane, kind, body, at, attempts, next_at FROM inbox
		WHERE lane=$1 AND state='pending' AND seq > $2 AND kind=$3 ORDER BY seq LIMIT $4`
	moveInputs      = `UPDATE inbox SET lane=$2, next_at=0 WHERE lane=$1 AND state='pending'`
	getPendingLanes = `
		SELECT inbox.lane, inbox.next_at
		FROM (SELECT MIN(seq) AS seq FROM inbox WHERE state='pending' GROUP BY lane) head
		JOIN inbox ON inbox.seq=head.seq
		ORDER BY inbox.seq`
	finishInput = `UPDATE inbox SET state='done', body='', error='', refusal=$2 WHERE seq=$1`
	retryInput  = `UPDATE inbox SET attempts=$2, next_at=$3, error=$4 WHERE seq=$1`
	killInput   = `UPDATE inbox SET state='dead', attempts=attempts + 1, error=$2, died=$3 WHERE seq=$1`
	reviveInput = `
		UPDATE inbox SET state='pending', seq=$3, attempts=0, next_at=0, error='' WHERE source=$1 AND id=$2 AND state='dead'`
	deadInputs = `
		SELECT 'input', source || ' ' || id, lane, kind, error, attempts, died FROM inbox
		WHERE state='dead' ORDER BY died DESC, seq DESC LIMIT $1`
)

func scanInput(r row, in *journal.Input) error {
	var body string
	if err := r.Scan(&in.Seq, &in.Source, &in.ID, &in.Lane, &in.Kind, &body, instant{&in.At}, &in.Attempts,
		instant{&in.Due}); err != nil {
		return err
	}
	in.Body = json.RawMessage(body)
	return nil
}

func (t *tx) AppendInput(in journal.Input) (seq int64, isNew, pending bool, err error) {
	seq = next(&t.numbers.input)
	n, err := t.exec(appendInput, seq, in.Source, in.ID, in.Lane, in.Kind, string(in.Body), nanos(in.At), in.Attempts, nanos(in.Due))
	if err != nil {
		return 0, false, false, fmt.Errorf("append input of %s: %w", in.Source, err)
	}
	if n == 1 {
		return seq, true, true, nil
	}
	known, err := t.InputState(in.Source, in.ID)
	if err != nil {
		return 0, false, false, fmt.Errorf("append input of %s: %w", in.Source, err)
	}
	return known.Seq, false, known.Pending, nil
}

func (t *tx) InputState(source, id string) (*journal.InputState, error) {
	state, err := one(t, scanInputState, getInputState, source, id)
	return state, wrap(err, "get state of input of", source)
}

func scanInputState(r row, s *journal.InputState) error {
	var state, refused string
	if err := r.Scan(&s.Seq, &s.Lane, &state, &refused, &s.Error); err != nil {
		return err
	}
	s.Pending, s.Dead = state == "pending", state == "dead"
	var err error
	s.Refused, err = decodeRefusal(refused)
	return err
}

func (t *tx) Requeue(source, id string) error {
	_, err := t.exec(requeueInput, source, id, next(&t.numbers.input))
	return wrap(err, "requeue input of", source)
}

func (t *tx) Head(lane string) (*journal.Input, error) {
	in, err := one(t, scanInput, getHead, lane)
	return in, wrap(err, "get head of lane", lane)
}

func (t *tx) IsHead(lane string, seq int64) (bool, error) {
	earlier, err := one(t, func(r row, n *int64) error { return r.Scan(n) }, countBefore, lane, seq)
	if err != nil {
		return false, wrap(err, "look for earlier inputs in lane", lane)
	}
	return *earlier == 0, nil
}

func (t *tx) PendingSince(lane string, seq int64) ([]journal.Input, error) {
	inputs, err := all(t, scanInput, getPendingSince, lane, seq)
	return inputs, wrap(err, "list pending inputs of lane", lane)
}

func (t *tx) PendingOf(lane string, after int64, kind string, limit int) ([]journal.Input, error) {
	inputs, err := all(t, scanInput, getPendingOf, lane, after, kind, limit)
	return inputs, wrap(err, "list pending inputs of lane", lane)
}

func (t *tx) MoveInputs(from, to string) error {
	_, err := t.exec(moveInputs, from, to)
	return wrap(err, "move inputs of lane", from)
}

func (t *tx) PendingLanes() ([]journal.InputLane, error) {
	lanes, err := all(t, func(r row, l *journal.InputLane) error { return r.Scan(&l.Lane, instant{&l.Due}) }, getPendingLanes)
	return lanes, wrap(err, "list", "pending lanes")
}

func (t *tx) FinishInput(seq int64) error {
	_, err := t.exec(finishInput, seq, "")
	return wrap(err, "finish input", seq)
}

func (t *tx) RefuseInput(seq int64, why *desk.Error) error {
	refused, err := encodeRefusal(why)
	if err != nil {
		return wrap(err, "refuse input", seq)
	}
	_, err = t.exec(finishInput, seq, refused)
	return wrap(err, "refuse input", seq)
}

func (t *tx) RetryInput(seq int64, attempts int, next time.Time, cause string) error {
	_, err := t.exec(retryInput, seq, attempts, nanos(next), cause)
	return wrap(err, "put off input", seq)
}

func (t *tx) KillInput(seq int64, cause string) error {
	_, err := t.exec(killInput, seq, cause, nanos(t.now))
	return wrap(err, "give up input", seq)
}

func (t *tx) reviveInput(id string) (int64, error) {
	source, rest, _ := strings.Cut(id, " ")
	return t.exec(reviveInput, source, rest, next(&t.numbers.input))
}

// refusal is how a desk.Error is stored.
type refusal struct {
	Code desk.Code `json:"code"`
	Key  string    `json:"key"`
	Args []any     `json:"args,omitempty"`
}

func encodeRefusal(e *desk.Error) (string, error) {
	data, err := json.Marshal(refusal{e.Code, e.Key, e.Args})
	return string(data), err
}

func decodeRefusal(stored string) (*desk.Error, error) {
	if stored == "" {
		return nil, nil
	}
	var r refusal
	decoder := json.NewDecoder(strings.NewReader(stored))
	decoder.UseNumber()
	if err := decoder.Decode(&r); err != nil {
		return nil, errors.New("stored refusal is no JSON")
	}
	for i, arg := range r.Args {
		r.Args[i] = number(arg)
	}
	return desk.Refuse(r.Code, r.Key, r.Args...), nil
}

// number gives whole numbers back as int: texts are filled with them by %d.
func number(arg any) any {
	n, ok := arg.(json.Number)
	if !ok {
		return arg
	}
	if i, err := strconv.Atoi(n.String()); err == nil {
		return i
	}
	return n.String()
}
