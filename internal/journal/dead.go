package journal

import (
	"context"
	"fmt"
	"strings"

	"frontdesk/desk"
)

// DeadLetters lists what was given up, newest first.
func (j *Journal) DeadLetters(ctx context.Context, limit int) (letters []DeadLetter, err error) {
	err = j.db.Read(ctx, func(tx Tx) (err error) {
		letters, err = tx.DeadLetters(limit)
		return err
	})
	return letters, err
}

// Retry makes a dead letter pending again: it is tried now, behind what waits in its lane. desk.ErrNotFound if there is none.
func (j *Journal) Retry(ctx context.Context, of, id string) error {
	err := j.Write(ctx, func(tx Tx) error { return tx.Revive(of, id) })
	if err != nil {
		return fmt.Errorf("retry dead letter: %w", err)
	}
	return nil
}

// Revive has what it revives worked on as soon as the transaction is committed.
func (w watched) Revive(of, id string) error {
	if err := w.Tx.Revive(of, id); err != nil {
		return err
	}
	return w.j.wakeRevived(w.Tx, w.news, of, id)
}

func (j *Journal) wakeRevived(tx Tx, n *news, of, id string) error {
	switch of {
	case OfInput:
		source, rest, _ := strings.Cut(id, " ")
		state, err := tx.InputState(source, rest)
		if err != nil {
			return err
		}
		n.wake(state.Lane, j.now())
	case OfEffect:
		row, err := tx.Effect(desk.EffectID(id))
		if err != nil {
			return err
		}
		n.effect(row.Lane, row.Kind == desk.KindCreateRoom)
	case OfDesire:
		n.desires = true
	}
	return nil
}
