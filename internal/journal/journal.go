package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"frontdesk/desk"
)

// Decider makes the decisions: *desk.Engine.
type Decider interface {
	Decide(tx desk.Tx, now time.Time, in desk.Input) (desk.Decision, error)
	// Answer makes the post of an answer; tx only reads.
	Answer(tx desk.Tx, now time.Time, q desk.Answer) (desk.Post, error)
}

// Options are what a Journal is made of. DB and Engine are required.
type Options struct {
	DB         DB
	Engine     Decider
	Now        desk.Clock // time.Now if nil
	Log        zerolog.Logger
	NewID      func() string
	Registerer prometheus.Registerer // nil: no metrics
	// Failpoint is called at named points between which a crash is interesting; nil in production. See the Fail constants.
	Failpoint func(name string)
}

// Points at which tests let the program die.
const (
	FailBeforeCommit = "decided.before-commit"      // decision and effects are written, not committed
	FailCommitted    = "inbox.committed"            // committed, not acknowledged
	FailSent         = "effect.sent-before-mark"    // carried out, not marked as done
	FailApplied      = "desire.applied-before-mark" // applied, not marked
)

// Journal keeps the promises of the package. Source, Deliverer, Applies, OnChanged and OnOutageEnd are called before Run and before
// the first Submit; everything else may be called from any goroutine at any time. Before Run and after it inputs are stored and
// decided, but what did not succeed at once waits, as do all effects.
type Journal struct {
	db        DB
	engine    Decider
	now       desk.Clock
	log       zerolog.Logger
	failpoint func(string)
	metrics   *metrics

	sources   map[string]Translator
	onChanged func(changed, noted []desk.ConversationID)

	lanes    *inputLanes
	dispatch *dispatcher
	timers   *timers
	waiters  *waiters
	patience *patience
}

// New makes a Journal.
func New(o Options) *Journal {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Failpoint == nil {
		o.Failpoint = func(string) {}
	}
	j := &Journal{
		db: o.DB, engine: o.Engine, now: o.Now, log: o.Log, failpoint: o.Failpoint,
		sources:   map[string]Translator{timerSource: translateTimer},
		onChanged: func(_, _ []desk.ConversationID) {},
		waiters:   newWaiters(), patience: newPatience(),
	}
	j.lanes = newInputLanes(j)
	j.dispatch = newDispatcher(j)
	j.timers = newTimers(j)
	j.metrics = newMetrics(j, o.Registerer)
	return j
}

// Source registers the translator of the inputs whose Source is prefix, or begins with it and a ':'.
func (j *Journal) Source(prefix string, t Translator) { j.sources[prefix] = t }

// Deliverer sets the sink of ordered effects. Without one they wait.
func (j *Journal) Deliverer(s Sink) { j.dispatch.sink = s }

// Applies sets the applier of desired state. Without one it waits.
func (j *Journal) Applies(a Applier) { j.dispatch.applier = a }

// OnChanged sets a function that is told after each commit which conversations have something new for their customers, at once or in a
// moment; see desk.Decision. It must not block. It may be called from several goroutines at once.
func (j *Journal) OnChanged(f func(changed, noted []desk.ConversationID)) { j.onChanged = f }

// OnOutageEnd sets a function that is called when the sink's other side answers again after an outage. It must not block.
func (j *Journal) OnOutageEnd(f func()) { j.dispatch.onOutageEnd = f }

// sweepInterval is how often the database is asked for work that nobody was woken for: the answer to a commit may get lost.
const sweepInterval = time.Minute

// Run works until ctx ends and returns when all workers have stopped. What a worker is doing then is finished or stays in doubt, as
// after a crash.
func (j *Journal) Run(ctx context.Context) error {
	if err := j.dispatch.open(ctx); err != nil {
		return err
	}
	if err := j.load(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return j.lanes.run(ctx) })
	g.Go(func() error { return j.dispatch.run(ctx) })
	g.Go(func() error { return j.timers.run(ctx) })
	g.Go(func() error { return j.sweep(ctx) })
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// load schedules everything that is stored and not done.
func (j *Journal) load(ctx context.Context) error {
	var inputs []InputLane
	var effects []EffectLane
	err := j.db.Read(ctx, func(tx Tx) (err error) {
		if inputs, err = tx.PendingLanes(); err != nil {
			return err
		}
		effects, err = tx.EffectLanes()
		return err
	})
	if err != nil {
		return fmt.Errorf("look for stored work: %w", err)
	}
	j.lanes.load(inputs)
	j.dispatch.load(effects)
	j.timers.wake()
	return nil
}

func (j *Journal) sweep(ctx context.Context) error {
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := j.load(ctx); err != nil && ctx.Err() == nil {
				j.log.Err(err).Msg("Looking for forgotten work failed")
			}
		}
	}
}

// sourceOf gives the registered prefix of a Source.
func sourceOf(source string) string {
	prefix, _, _ := strings.Cut(source, ":")
	return prefix
}
