package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"frontdesk/desk"
)

// timerSource is the Source of the inputs that timers become.
const timerSource = "timer"

// TimerInput is the input a timer becomes. Timers of one ticket share a lane.
func TimerInput(a desk.Arm, body json.RawMessage, now time.Time) Input {
	lane := timerSource + ":" + string(a.Ticket)
	if a.Ticket == "" {
		lane = timerSource + ":" + string(a.ID)
	}
	return Input{Source: timerSource, ID: string(a.ID), Lane: lane, Kind: a.Name, Body: body, At: now}
}

func translateTimer(_ Tx, in Input) ([]desk.Input, error) {
	var fired desk.TimerFired
	if err := json.Unmarshal(in.Body, &fired.Timer); err != nil {
		return nil, Permanent(fmt.Errorf("read timer: %w", err))
	}
	return []desk.Input{fired}, nil
}

// timers turns armed timers into inputs at their time.
type timers struct {
	j       *Journal
	changed signal
}

func newTimers(j *Journal) *timers { return &timers{j: j, changed: newSignal()} }

// wake tells that a timer was armed.
func (t *timers) wake() { t.changed.send() }

func (t *timers) run(ctx context.Context) error {
	alarm := newAlarm()
	defer alarm.Stop()
	for {
		next, err := t.fire(ctx)
		if err != nil && ctx.Err() == nil {
			t.j.log.Err(err).Msg("Firing timers failed")
			next = t.j.now().Add(databasePause)
		}
		alarm.set(t.j.now(), next)
		select {
		case <-ctx.Done():
			return nil
		case <-t.changed:
		case <-alarm.C:
		}
	}
}

// timerTurn is how many timers fire in one transaction.
const timerTurn = 16

// fire turns due timers into inputs and tells when the next one is due.
func (t *timers) fire(ctx context.Context) (next time.Time, err error) {
	err = t.j.db.Read(ctx, func(tx Tx) (err error) {
		next, err = tx.NextTimerDue()
		return err
	})
	if err != nil || next.IsZero() || next.After(t.j.now()) {
		return next, err
	}
	err = t.j.write(ctx, func(tx Tx, n *news) error {
		now := t.j.now()
		due, err := tx.DueTimers(now, timerTurn)
		if err != nil {
			return err
		}
		for _, a := range due {
			if err := tx.FireTimer(a, now); err != nil {
				return err
			}
			n.wake(TimerInput(a, nil, now).Lane, now)
		}
		next, err = tx.NextTimerDue()
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("fire timers: %w", err)
	}
	return next, nil
}
