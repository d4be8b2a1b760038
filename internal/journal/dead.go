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
	err := j.write(ctx, func(tx Tx, n *news) error {
		if err := tx.Revive(of, id); err != nil {
			return err
		}
		return j.wakeRevived(tx, n, of, id)
	})
	if err != nil {
		return fmt.Errorf("retry dead letter: %w", err)
	}
	return nil
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
