package journal

import (
	"errors"
	"fmt"
	"time"

	"frontdesk/desk"
)

// work decides the input at the head of its lane: done, refused, to be tried again, or dead. The error is one of the database: the
// transaction cannot be kept.
func (j *Journal) work(tx Tx, n *news, now time.Time, in Input) (Outcome, error) {
	verdict, err := j.judge(tx, now, in)
	switch {
	case err != nil:
		return Outcome{Seq: in.Seq}, j.failed(tx, n, now, in, err)
	case verdict.refused != nil:
		err = tx.RefuseInput(in.Seq, verdict.refused)
	default:
		err = tx.FinishInput(in.Seq)
	}
	if err != nil {
		return Outcome{}, err
	}
	n.join(&verdict.news)
	outcome := Outcome{Seq: in.Seq, Decided: true, Decision: verdict.last, Refused: verdict.refused}
	n.outcomes = append(n.outcomes, result{key: inputKey{in.Source, in.ID}, seq: in.Seq, outcome: outcome})
	return outcome, nil
}

// verdict is what an input came to.
type verdict struct {
	last    *desk.Decision // of the last domain input
	refused *desk.Error
	news    news
}

// refusedAt says which of an input's domain inputs was refused.
type refusedAt struct {
	index int // -1: the input as a whole, by its translator
	of    int // how many domain inputs there are
	why   *desk.Error
}

func (r *refusedAt) Error() string { return r.why.Error() }

// judge translates an input and lets the engine decide what it means. A refused domain input changes nothing: everything is rolled
// back and judged again without it, so that the others stand. If all are refused, nothing of the input remains.
func (j *Journal) judge(tx Tx, now time.Time, in Input) (verdict, error) {
	without := map[int]bool{}
	var refused *desk.Error
	for {
		v := verdict{refused: refused}
		err := tx.Nested(func() error { return j.judgeOnce(tx, &v, now, in, without) })
		var at *refusedAt
		if !errors.As(err, &at) {
			return v, err
		}
		refused = at.why
		if at.index < 0 || len(without)+1 == at.of {
			return verdict{refused: refused}, nil
		}
		without[at.index] = true
	}
}

func (j *Journal) judgeOnce(tx Tx, v *verdict, now time.Time, in Input, without map[int]bool) error {
	var domain []desk.Input
	err := j.protected(func() (err error) {
		domain, err = j.sources[sourceOf(in.Source)](j.watch(tx, &v.news), in)
		return err
	})
	if refused := refusalIn(err); refused != nil {
		return &refusedAt{index: -1, why: refused}
	}
	if err != nil {
		return fmt.Errorf("translate %s: %w", in.Kind, err)
	}
	for i := range domain {
		if without[i] {
			continue
		}
		d, err := j.decide(tx, &v.news, now, domain[i])
		if refused := refusalIn(err); refused != nil {
			return &refusedAt{index: i, of: len(domain), why: refused}
		}
		if err != nil {
			return err
		}
		v.last = &d
	}
	return nil
}

// failed puts an input off or gives it up.
func (j *Journal) failed(tx Tx, n *news, now time.Time, in Input, err error) error {
	in.Attempts++
	others := j.patience.othersPass(in.Seq)
	log := j.log.Warn().Err(err).Str("source", in.Source).Str("kind", in.Kind).Int64("seq", in.Seq).Int("attempts", in.Attempts)
	if !IsPermanent(err) && (in.Attempts < deadAfter || !others) {
		log.Msg("Input failed and will be tried again")
		due := now.Add(backoff(in.Attempts))
		n.wake(in.Lane, due)
		return tx.RetryInput(in.Seq, in.Attempts, due, cause(err))
	}
	log.Msg("Input failed for good")
	if err := tx.KillInput(in.Seq, cause(err)); err != nil {
		return err
	}
	n.wake(in.Lane, now)
	n.dead = append(n.dead, OfInput)
	n.outcomes = append(n.outcomes, result{key: inputKey{in.Source, in.ID}, seq: in.Seq, dead: true})
	fact := desk.InputDead{Source: in.Source, SourceID: in.ID, Lane: in.Lane, Reason: cause(err)}
	if room, err := desk.RoomOfLane(tx, in.Lane); err == nil {
		fact.Room = room
	}
	if fact.Room != "" && j.notice(tx, n, now, fact) {
		return nil
	}
	fact.Room = ""
	j.notice(tx, n, now, fact)
	return nil
}
