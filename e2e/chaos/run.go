package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"
	"maunium.net/go/mautrix/id"
)

// run is one run from a fresh homeserver to the verdict. A result with an error is what was known when the error came. Everything
// that was started has ended when it returns; the data directory stays unless all is well.
func run(ctx context.Context, o options, log zerolog.Logger) (result, error) {
	r := result{options: o}
	script := write(o)
	s, err := openStage(ctx, o, log)
	if err != nil {
		return r, err
	}
	r.Dir = s.dir
	l, p := newLedger(script), &pace{}
	in := &injector{victim: s, plan: planFaults(o), lines: script.Messages - 2*o.Conversations, pace: p, ledger: l, log: log}
	err = perform(ctx, s, script, in)
	r.tally = in.tally
	if err == nil {
		r.verdict, err = s.examineMarks(ctx, script)
	}
	if err == nil && r.clean() && r.Undecided > 0 {
		err = s.resendSome(ctx, script, &r, log)
	}
	if err != nil || !r.clean() {
		report(ctx, s, r.verdict, l)
	}
	err = errors.Join(err, s.close())
	if err == nil && r.failure() == "" {
		err = os.RemoveAll(s.dir)
	}
	return r, err
}

// settleTimeout bounds how long everything may take to come through after the last fault.
const settleTimeout = 4 * time.Minute

// perform lets everybody talk while the faults happen, and returns when the other side has been shown everything, or may never be.
func perform(ctx context.Context, s *stage, script script, in *injector) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := s.people(ctx, script, in.ledger); err != nil {
		return err
	}
	watching, watch := errgroup.WithContext(ctx)
	for _, o := range s.operators {
		watching.Go(func() error { o.watch(watch, in.ledger); return nil })
	}
	talking, talk := errgroup.WithContext(ctx)
	for i, c := range script.Conversations {
		talking.Go(func() error { return s.talkAsCustomer(talk, c, s.customers[i], in) })
		talking.Go(func() error { return s.talkAsOperator(talk, c, s.operators[c.Operator], in) })
	}
	faults := in.run(talk)
	if faults == nil {
		// Frontdesk comes back once more to nothing but its own memory, and then everybody says the last line.
		faults = s.stack.Frontdesk.Restart(talk)
	}
	in.log.Info().Int("in_flight", in.ledger.inFlight()).Msg("Faults are over")
	if faults != nil {
		cancel()
		return errors.Join(faults, talking.Wait())
	}
	in.pace.allow(1)
	settling, done := context.WithTimeout(ctx, settleTimeout)
	defer done()
	settled := in.ledger.settled(settling, script.Messages)
	if settled != nil {
		in.log.Error().Strs("missing", in.ledger.missing()).Msg("Not everything came through")
		cancel() // whoever still waits for something
	}
	err := talking.Wait()
	if settled != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil // the verdict tells what is lost
	}
	cancel()
	return errors.Join(err, watching.Wait())
}

// talkAsCustomer says a customer's lines.
func (s *stage) talkAsCustomer(ctx context.Context, c conversation, v customer, in *injector) error {
	lines := c.Lines[visitorSide]
	for _, l := range lines {
		if err := in.pace.act(ctx, l.N, len(lines)); err != nil {
			return err
		}
		in.ledger.act(l.Key)
		if err := v.say(ctx, l); err != nil {
			return fmt.Errorf("customer of conversation %d: %w", c.N, err)
		}
	}
	return v.acknowledged(ctx)
}

// talkAsOperator takes the ticket and says the operator's lines.
func (s *stage) talkAsOperator(ctx context.Context, c conversation, o *operator, in *injector) error {
	var room id.RoomID
	lines := c.Lines[operatorSide]
	for _, l := range lines {
		if room == "" {
			var err error
			if room, err = o.take(ctx, c); err != nil {
				return err
			}
		}
		if err := in.pace.act(ctx, l.N, len(lines)); err != nil {
			return err
		}
		in.ledger.act(l.Key)
		if err := o.say(ctx, room, l); err != nil {
			return fmt.Errorf("operator of conversation %d: %w", c.N, err)
		}
	}
	return nil
}

// examineMarks examines when what is in doubt had time to be shown so: the line may be settled while its last sign is still on its way.
func (s *stage) examineMarks(ctx context.Context, script script) (verdict, error) {
	settling, done := context.WithTimeout(ctx, settleTimeout)
	defer done()
	for {
		v, err := s.examine(ctx, script, nil)
		if err != nil || v.Hidden == 0 || settling.Err() != nil {
			return v, err
		}
		pause(settling, time.Second)
	}
}

// examine reads everything afresh and judges it. Of lines that were sent again, again says how often each has to be with its customer.
func (s *stage) examine(ctx context.Context, script script, again map[string]int) (verdict, error) {
	logins, err := s.logins(ctx)
	if err != nil {
		return verdict{}, err
	}
	defer closeAll(logins)
	rooms, err := readRooms(ctx, logins, script)
	if err != nil {
		return verdict{}, err
	}
	var outside []view
	for i, c := range s.customers {
		v, err := c.read(ctx)
		if err != nil {
			return verdict{}, fmt.Errorf("read conversation %d from outside: %w", i, err)
		}
		outside = append(outside, v)
	}
	v := judge(script, rooms, outside, again)
	if s.telegram != nil {
		err = s.telegram.complaints.Err()
	}
	return v, err
}

// report tells people what went wrong and where it got stuck.
func report(ctx context.Context, s *stage, v verdict, l *ledger) {
	const most = 40
	var keys []string
	for i, f := range v.Flaws {
		if i == most {
			fmt.Fprintf(os.Stderr, "… and %d more\n", len(v.Flaws)-most)
			break
		}
		fmt.Fprintln(os.Stderr, f)
		keys = append(keys, f.Key)
	}
	if len(v.Flaws) == 0 {
		keys = l.missing()
	}
	if err := autopsy(context.WithoutCancel(ctx), os.Stderr, s.database(), keys[:min(len(keys), most)]); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
