package journal

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"frontdesk/desk"
)

// Decider makes the decisions: *desk.Engine.
type Decider interface {
	Decide(tx desk.Tx, now time.Time, in desk.Input) (desk.Decision, error)
}

// Options are what a Journal is made of. DB, Engine and NewID are required.
type Options struct {
	DB         DB
	Engine     Decider
	Now        desk.Clock // time.Now if nil
	Log        zerolog.Logger
	NewID      func() string
	Registerer prometheus.Registerer // nil: no metrics
}

// Journal keeps the promises of the package. Source, Deliverer, Applies, OnChanged and OnOutageEnd are called before Run and before
// the first Submit; everything else may be called from any goroutine at any time.
type Journal struct{ o Options }

var errSkeleton = errors.New("journal: not built yet")

// ErrDead is Wait's answer for an input that was given up.
var ErrDead = errors.New("input was given up")

// New makes a Journal.
func New(o Options) *Journal { return &Journal{o: o} }

// Source registers the translator of a source: of inputs whose Source is prefix, up to its first ':'.
func (j *Journal) Source(prefix string, t Translator) {}

// Deliverer sets the sink of ordered effects.
func (j *Journal) Deliverer(s Sink) {}

// Applies sets the applier of desired state.
func (j *Journal) Applies(a Applier) {}

// OnChanged sets a function that is told after each commit which conversations have something new for their customers. It must not
// block.
func (j *Journal) OnChanged(f func([]desk.ConversationID)) {}

// OnOutageEnd sets a function that is called when the sink's other side answers again after an outage. It must not block.
func (j *Journal) OnOutageEnd(f func()) {}

// Submit stores inputs and returns when all of them are on disk.
func (j *Journal) Submit(ctx context.Context, in ...Input) ([]Outcome, error) {
	return nil, errSkeleton
}

// SubmitWith is Submit with a function that runs in the same transaction, after storing.
func (j *Journal) SubmitWith(ctx context.Context, in []Input, also func(Tx) error) ([]Outcome, error) {
	return nil, errSkeleton
}

// CatchUp stores inputs in the order that decides: known ones that still wait are moved behind each other in this order.
func (j *Journal) CatchUp(ctx context.Context, in []Input, also func(Tx) error) error {
	return errSkeleton
}

// Wait returns when the input is decided, or ErrDead.
func (j *Journal) Wait(ctx context.Context, source, id string) (Outcome, error) {
	return Outcome{}, errSkeleton
}

// Decide decides idempotent facts that need no inbox row, in one transaction.
func (j *Journal) Decide(ctx context.Context, in ...desk.Input) (desk.Decision, error) {
	return desk.Decision{}, errSkeleton
}

// Hold lets the lanes of a source stand still; what is submitted meanwhile is stored.
func (j *Journal) Hold(prefix string) {}

// Release ends a Hold.
func (j *Journal) Release(prefix string) {}

// Read runs fn in a read-only transaction.
func (j *Journal) Read(ctx context.Context, fn func(Tx) error) error { return j.o.DB.Read(ctx, fn) }

// Write runs fn in the writer, see DB.
func (j *Journal) Write(ctx context.Context, fn func(Tx) error) error { return j.o.DB.Write(ctx, fn) }

// Outage reports whether the sink's other side is away.
func (j *Journal) Outage() bool { return false }

// Recovered tells that the other side was seen to answer: the wait of an outage ends now.
func (j *Journal) Recovered() {}

// DeadLetters lists what was given up, newest first.
func (j *Journal) DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error) {
	return nil, errSkeleton
}

// Retry makes a dead letter pending again.
func (j *Journal) Retry(ctx context.Context, of, id string) error { return errSkeleton }

// Run works until ctx ends and returns when all workers have stopped.
func (j *Journal) Run(ctx context.Context) error { return errSkeleton }
