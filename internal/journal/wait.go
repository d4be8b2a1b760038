package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrDead is Wait's answer for an input that was given up.
var ErrDead = errors.New("input was given up")

// inputKey is what makes an input unique.
type inputKey struct{ source, id string }

// waiters are those who wait for the fate of an input.
type waiters struct {
	mu   sync.Mutex
	keys map[inputKey][]chan result
}

func newWaiters() *waiters { return &waiters{keys: make(map[inputKey][]chan result)} }

func (w *waiters) add(key inputKey) chan result {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan result, 1)
	w.keys[key] = append(w.keys[key], c)
	return c
}

func (w *waiters) remove(key inputKey, c chan result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := slices.DeleteFunc(w.keys[key], func(other chan result) bool { return other == c })
	if len(left) == 0 {
		delete(w.keys, key)
		return
	}
	w.keys[key] = left
}

func (w *waiters) tell(r result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.keys[r.key] {
		select {
		case c <- r:
		default: // told before
		}
	}
}

// Wait returns what became of a stored input as soon as it is decided, ErrDead if it was given up, and desk.ErrNotFound if it is
// not known. The Decision is known only to those who wait while it is made.
func (j *Journal) Wait(ctx context.Context, source, id string) (Outcome, error) {
	key := inputKey{source, id}
	told := j.waiters.add(key)
	defer j.waiters.remove(key, told)
	var state *InputState
	err := j.db.Read(ctx, func(tx Tx) (err error) {
		state, err = tx.InputState(source, id)
		return err
	})
	switch {
	case err != nil:
		return Outcome{}, fmt.Errorf("wait for input: %w", err)
	case state.Dead:
		return Outcome{Seq: state.Seq}, ErrDead
	case !state.Pending:
		select {
		case r := <-told:
			return r.outcome, nil
		default:
			return Outcome{Seq: state.Seq, Decided: true, Refused: state.Refused}, nil
		}
	}
	select {
	case r := <-told:
		if r.dead {
			return Outcome{Seq: r.seq}, ErrDead
		}
		return r.outcome, nil
	case <-ctx.Done():
		return Outcome{Seq: state.Seq}, ctx.Err()
	}
}
