package journal

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"frontdesk/desk"
)

// Decide decides idempotent facts that need no inbox row (read positions, results, configuration), in one transaction: all of them or
// none. A refusal is returned as *desk.Error. The Decision holds what all of them brought about.
func (j *Journal) Decide(ctx context.Context, in ...desk.Input) (desk.Decision, error) {
	var all desk.Decision
	err := j.write(ctx, func(tx Tx, n *news) error {
		all = desk.Decision{}
		now := j.now()
		for _, domain := range in {
			d, err := j.decide(tx, n, now, domain)
			if err != nil {
				return err
			}
			all.Effects = append(all.Effects, d.Effects...)
			all.Changed = append(all.Changed, d.Changed...)
			all.Noted = append(all.Noted, d.Noted...)
			if d.Message != nil {
				all.Message = d.Message
			}
		}
		j.failpoint(FailBeforeCommit)
		return nil
	})
	if err != nil {
		return desk.Decision{}, err
	}
	j.patience.pass()
	return all, nil
}

// DecideWith decides facts as Decide does, after a function that runs in the same transaction. An error of it undoes everything.
func (j *Journal) DecideWith(ctx context.Context, before func(Tx) error, in ...desk.Input) error {
	err := j.write(ctx, func(tx Tx, n *news) error {
		if err := before(j.watch(tx, n)); err != nil {
			return err
		}
		now := j.now()
		for _, domain := range in {
			if _, err := j.decide(tx, n, now, domain); err != nil {
				return err
			}
		}
		j.failpoint(FailBeforeCommit)
		return nil
	})
	if err == nil {
		j.patience.pass()
	}
	return err
}

// decide lets the engine decide and stores the effects.
func (j *Journal) decide(tx Tx, n *news, now time.Time, in desk.Input) (d desk.Decision, err error) {
	tx = j.watch(tx, n)
	err = j.protected(func() (err error) {
		d, err = j.engine.Decide(tx, now, in)
		return err
	})
	if err == nil {
		err = tx.AppendEffects(d.Effects)
	}
	if err != nil {
		return desk.Decision{}, fmt.Errorf("decide %T: %w", in, err)
	}
	n.changed = append(n.changed, d.Changed...)
	n.noted = append(n.noted, d.Noted...)
	return d, nil
}

// notice decides a fact about our own doings. If that fails it is logged and the rest of the transaction stands.
func (j *Journal) notice(tx Tx, n *news, now time.Time, in desk.Input) bool {
	var nested news
	err := tx.Nested(func() error {
		_, err := j.decide(tx, &nested, now, in)
		return err
	})
	if err != nil {
		j.log.Err(err).Msg("Deciding what became of an input or effect failed")
		return false
	}
	n.join(&nested)
	return true
}

// protected turns a panic in fn into an error; where it happened is logged.
func (j *Journal) protected(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
			j.log.Error().Err(err).Bytes("stack", debug.Stack()).Msg("Caught a panic")
		}
	}()
	return fn()
}

// refusalIn gives the refusal in an error's chain, or nil.
func refusalIn(err error) *desk.Error {
	var refused *desk.Error
	if errors.As(err, &refused) {
		return refused
	}
	return nil
}

// causeLimit bounds, in bytes, what is stored of an error and told to people.
const causeLimit = 500

func cause(err error) string {
	text := err.Error()
	if len(text) > causeLimit {
		text = text[:causeLimit] + " …"
	}
	return text
}
