package journal

import (
	"context"
	"fmt"
	"time"
)

// Submit stores inputs and returns when all of them are on disk. An input whose lane is idle is decided in the same transaction, unless it is
// due later. An error means that nothing was stored.
func (j *Journal) Submit(ctx context.Context, in ...Input) ([]Outcome, error) {
	return j.SubmitWith(ctx, in, nil)
}

// SubmitWith is Submit with a function that runs in the same transaction after the inputs are stored. An error of it undoes
// everything.
func (j *Journal) SubmitWith(ctx context.Context, in []Input, also func(Tx) error) ([]Outcome, error) {
	if err := j.checkSources(in); err != nil {
		return nil, err
	}
	var outcomes []Outcome
	err := j.write(ctx, func(tx Tx, n *news) error {
		outcomes = make([]Outcome, len(in))
		now := j.now()
		for i := range in {
			outcome, err := j.take(tx, n, now, in[i])
			if err != nil {
				return err
			}
			outcomes[i] = outcome
		}
		if also != nil {
			if err := also(j.watch(tx, n)); err != nil {
				return err
			}
		}
		j.failpoint(FailBeforeCommit)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("store inputs: %w", err)
	}
	j.failpoint(FailCommitted)
	return outcomes, nil
}

func (j *Journal) checkSources(in []Input) error {
	for i := range in {
		if j.sources[sourceOf(in[i].Source)] == nil {
			return fmt.Errorf("store inputs: nobody translates source %q", in[i].Source)
		}
	}
	return nil
}

// take stores one input and decides it if nothing stands before it.
func (j *Journal) take(tx Tx, n *news, now time.Time, in Input) (Outcome, error) {
	seq, isNew, pending, err := tx.AppendInput(in)
	if err != nil {
		return Outcome{}, err
	}
	in.Seq = seq
	if !isNew {
		return j.known(tx, in, pending)
	}
	prefix := sourceOf(in.Source)
	held, err := j.lanes.storedWhileHeld(tx, prefix, seq)
	if err != nil {
		return Outcome{}, err
	}
	if held {
		n.hold(in.Lane, prefix)
		return Outcome{Seq: seq, New: true}, nil
	}
	head, err := tx.IsHead(in.Lane, seq)
	if err != nil {
		return Outcome{}, err
	}
	if !head {
		n.wake(in.Lane, now)
		return Outcome{Seq: seq, New: true}, nil
	}
	if in.Due.After(now) {
		n.wake(in.Lane, in.Due)
		return Outcome{Seq: seq, New: true}, nil
	}
	outcome, err := j.work(tx, n, now, in)
	outcome.New = true
	return outcome, err
}

// known answers for an input that was stored before.
func (j *Journal) known(tx Tx, in Input, pending bool) (Outcome, error) {
	if pending {
		return Outcome{Seq: in.Seq}, nil
	}
	state, err := tx.InputState(in.Source, in.ID)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Seq: in.Seq, Decided: !state.Dead, Refused: state.Refused}, nil
}

// CatchUp stores inputs in the order that decides: known ones that still wait are moved behind each other in this order, and what was
// submitted since their source is held and is not among them comes after. Nothing is decided now.
func (j *Journal) CatchUp(ctx context.Context, in []Input, also func(Tx) error) error {
	if err := j.checkSources(in); err != nil {
		return err
	}
	var settled map[string]int64
	err := j.write(ctx, func(tx Tx, n *news) error {
		j.lanes.restore(settled) // of an earlier try
		if err := j.reorder(tx, n, in); err != nil {
			return err
		}
		settled = j.lanes.settle(in)
		if also != nil {
			return also(j.watch(tx, n))
		}
		return nil
	})
	if err != nil {
		j.lanes.restore(settled)
		return fmt.Errorf("store inputs of a catch-up: %w", err)
	}
	j.failpoint(FailCommitted)
	return nil
}
