package journal

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"frontdesk/desk"
)

// Input is one thing that happened, as its source told it. (Source, ID) is unique for as long as the database lives.
type Input struct {
	Seq      int64  // given by the inbox; orders the lane
	Source   string // "matrix", "widget:<site>", "timer", "telegram:<bot>" …
	ID       string
	Lane     string // "room:<room id>", "conv:<conversation id>" …
	Kind     string // the source's own word for it
	Body     json.RawMessage
	At       time.Time
	Attempts int       // failed ones so far
	Due      time.Time // not to be tried before
}

// Outcome is what became of a submitted input.
type Outcome struct {
	Seq      int64
	New      bool           // false: the same (Source, ID) was stored before
	Decided  bool           // false: stored, and to be decided later
	Decision *desk.Decision // of the last domain input it translated to; nil if none or not decided
	Refused  *desk.Error    // decided, and refused: nothing changed
}

// Translator turns a stored input into domain inputs. It may read and write through tx, does no other I/O, and returns none for
// what means nothing to us. An error wrapped with Permanent makes the input a dead letter at once; any other is tried again.
type Translator func(tx Tx, in Input) ([]desk.Input, error)

// Delivered is the answer of a Sink.
type Delivered struct {
	Event desk.EventID // of Post, React and Redact
	Room  *desk.Room   // of CreateRoom: the row with ID and Version set
	// Applied lists the things of the room that CreateRoom already brought about, with what the Applier wants remembered of each.
	Applied map[string]json.RawMessage
}

// Sink carries out ordered effects. The same effect may be given again after a crash or an error: it must come to the same
// result as once.
type Sink interface {
	Deliver(ctx context.Context, e desk.Effect, a Attempt) (Delivered, error)
}

// Attempt tells a Sink how often and since when an effect has been tried.
type Attempt struct {
	N     int       // from 1
	First time.Time // of the first attempt; zero in the first
}

// Applier brings about one desired thing: it compares with the room and changes only what differs.
type Applier interface {
	// Apply returns what to remember of the thing (card's event id …); it is given back as memo next time. It is called for the value
	// applied last only when the thing was broken meanwhile (Tx.BreakDesires) or the mark was lost in a crash.
	Apply(ctx context.Context, room desk.Room, d desk.Desire, memo json.RawMessage) (json.RawMessage, error)
}

// ErrNotYet is returned by a Sink or an Applier for what has to wait until another room exists. It is no failed attempt.
var ErrNotYet = errors.New("waits for another room")

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Permanent marks an error that trying again cannot mend.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err is marked by Permanent.
func IsPermanent(err error) bool {
	var p *permanentError
	return errors.As(err, &p)
}

type retryError struct {
	err   error
	after time.Duration
}

func (e *retryError) Error() string { return e.err.Error() }
func (e *retryError) Unwrap() error { return e.err }

// RetryAfter marks an error whose cause says when to try again (429). It is no failed attempt.
func RetryAfter(err error, after time.Duration) error { return &retryError{err, after} }

// RetryTime gives the wait of an error marked by RetryAfter, and reports whether it is one.
func RetryTime(err error) (after time.Duration, ok bool) {
	var r *retryError
	if ok = errors.As(err, &r); ok {
		after = r.after
	}
	return after, ok
}

type outageError struct{ err error }

func (e *outageError) Error() string { return e.err.Error() }
func (e *outageError) Unwrap() error { return e.err }

// Outage marks an error that says the whole other side is away (connection refused, 5xx). It never makes a dead letter; all lanes
// of the sink slow down together and go on when it is back.
func Outage(err error) error { return &outageError{err} }

// IsOutage reports whether err is marked by Outage.
func IsOutage(err error) bool {
	var o *outageError
	return errors.As(err, &o)
}

// DB is the database: one writer, many readers.
type DB interface {
	// Write queues fn for the writer goroutine and returns once the transaction it ran in is on disk, or with fn's error after what
	// it did was rolled back. fn may run together with others' in one transaction and, when the database was busy, more than
	// once; it must do no I/O, and a panic in it becomes an error.
	Write(ctx context.Context, fn func(Tx) error) error
	// WriteBehind is Write for what may be forgotten when the machine, not only the process, dies right after: it returns once the
	// transaction is committed, and the next Write takes it to the disk with its own.
	WriteBehind(ctx context.Context, fn func(Tx) error) error
	// Read runs fn in a read-only transaction of its own.
	Read(ctx context.Context, fn func(Tx) error) error
}

// InputState is what is known of a stored input.
type InputState struct {
	Seq     int64
	Lane    string
	Pending bool        // not decided yet
	Dead    bool        // given up
	Refused *desk.Error // decided, and refused
	Error   string      // of the last failed attempt
}

// InputLane is a lane with pending inputs.
type InputLane struct {
	Lane string
	Due  time.Time // when its head may be tried
}

// EffectRow is a stored ordered effect.
type EffectRow struct {
	ID       desk.EffectID
	Lane     desk.RoomKey
	Seq      int64 // orders the lane
	Kind     string
	Body     json.RawMessage
	State    string // pending, sending, done, dead
	Attempts int
	Created  time.Time
	First    time.Time // first attempt that is known of, zero if none
	NextAt   time.Time
	Error    string
	Died     time.Time // when it was given up last, also if it was revived since; zero if never
}

// EffectLane is a lane with undone effects.
type EffectLane struct {
	Lane desk.RoomKey
	Kind string    // of its head
	Due  time.Time // when its head may be tried
}

// DesireRow is a stored desired thing.
type DesireRow struct {
	desk.Desire
	Version  int64 // grows when the value changes or the thing was broken; Applied < Version: to be done
	Applied  int64
	Memo     json.RawMessage
	Attempts int
	NextAt   time.Time
	Dead     bool
	Error    string
	Decision int64 // numbers the decision that wished for it last
}

// Remembered is what an Applier wanted remembered of a thing it applied to a room.
type Remembered struct {
	Room desk.Room
	Memo json.RawMessage
}

// Backlog is how much is stored and not done: inputs to decide, effects to deliver, desires to apply.
type Backlog struct{ Inputs, Effects, Desires int }

// DeadLetter is an input, effect or desire that was given up.
type DeadLetter = desk.DeadLetter

// What a DeadLetter is of.
const (
	OfInput  = desk.OfInput
	OfEffect = desk.OfEffect
	OfDesire = desk.OfDesire
)

// Tx is one transaction as the journal sees it.
type Tx interface {
	desk.Tx
	ChannelTx

	// Nested runs fn so that an error or a panic in it undoes what it did, and only that. A panic becomes an error.
	Nested(fn func() error) error

	// AppendInput stores an input unless (Source, ID) is known. seq is that of the stored row, isNew tells which it was, and pending
	// whether it still waits to be decided.
	AppendInput(Input) (seq int64, isNew, pending bool, err error)
	// InputState tells what became of an input, or ErrNotFound.
	InputState(source, id string) (*InputState, error)
	// Requeue moves a known, still pending input to the end of its lane: a catch-up's order decides. Others are left alone.
	Requeue(source, id string) error
	// Head gives the oldest pending input of a lane, or ErrNotFound.
	Head(lane string) (*Input, error)
	// IsHead reports whether no pending input of the lane stands before seq.
	IsHead(lane string, seq int64) (bool, error)
	// PendingSince lists the pending inputs of a lane from seq on, in order, without their bodies.
	PendingSince(lane string, seq int64) ([]Input, error)
	// PendingOf lists the pending inputs of a lane behind a seq that are of a kind, in order, at most limit.
	PendingOf(lane string, after int64, kind string, limit int) ([]Input, error)
	// MoveInputs puts all pending inputs of a lane into another one, in their order and due now.
	MoveInputs(from, to string) error
	// PendingLanes lists all lanes with pending inputs, the longest waiting first.
	PendingLanes() ([]InputLane, error)
	FinishInput(seq int64) error
	// RefuseInput finishes an input and keeps why it was refused.
	RefuseInput(seq int64, why *desk.Error) error
	RetryInput(seq int64, attempts int, next time.Time, cause string) error
	KillInput(seq int64, cause string) error

	// AppendEffects stores ordered effects at the end of their lanes, desires as newest values, and timers. An effect whose ID is
	// known is left as it is.
	AppendEffects([]desk.Effect) error
	// EffectLanes lists all lanes with undone effects, the longest waiting first.
	EffectLanes() ([]EffectLane, error)
	// LastEffect gives the highest Seq of all effects, 0 if there are none.
	LastEffect() (int64, error)
	// UndoneEffects lists the first undone effects of a lane, at most limit. Nobody but who works the lane changes them, and what is stored
	// later comes behind them.
	UndoneEffects(lane desk.RoomKey, limit int) ([]EffectRow, error)
	Effect(desk.EffectID) (*EffectRow, error)
	// BeginEffect marks an effect as being sent; the first time stays.
	BeginEffect(desk.EffectID, time.Time) error
	FinishEffect(desk.EffectID) error
	RetryEffect(id desk.EffectID, attempts int, next time.Time, cause string) error
	KillEffect(id desk.EffectID, cause string) error

	// DueDesires lists unapplied desires due by now of rooms that exist, at most limit: those of the newest decision first, or of the
	// oldest. Within one decision its order holds. A child of a space waits until the child's room exists.
	DueDesires(now time.Time, newest bool, limit int) ([]DesireRow, error)
	// NextDesireDue gives the earliest time after now at which such a desire becomes due; zero if none does.
	NextDesireDue(now time.Time) (time.Time, error)
	DesireRow(room desk.RoomKey, thing string) (*DesireRow, error)
	DesireRowsOf(desk.RoomKey) ([]DesireRow, error)
	// Remembered lists what is remembered of a thing in all rooms where it was applied and not given up since.
	Remembered(thing string) ([]Remembered, error)
	// FinishDesire marks version as applied; a newer one stays due.
	FinishDesire(room desk.RoomKey, thing string, version int64, memo json.RawMessage) error
	// RetryDesire puts off a version that could not be applied; a newer one is left alone.
	RetryDesire(room desk.RoomKey, thing string, version int64, attempts int, next time.Time, cause string) error
	// KillDesire gives a version up; a newer one is left alone.
	KillDesire(room desk.RoomKey, thing string, version int64, cause string) error
	// BreakDesires makes things of a room due again (thing empty: all): somebody changed the room.
	BreakDesires(room desk.RoomKey, thing string) error

	// ReplaceRoom puts a room's new ID. Everything desired of it, and of it in other rooms, is due again, except children desired as
	// absent, which are forgotten.
	ReplaceRoom(*desk.Room) error

	// DueTimers lists armed timers due by now; FireTimer turns one into an input and removes it.
	DueTimers(now time.Time, limit int) ([]desk.Arm, error)
	// NextTimerDue gives the time of the earliest timer; zero if there is none.
	NextTimerDue() (time.Time, error)
	FireTimer(desk.Arm, time.Time) error

	// Backlog counts what is still to be done, without inputs that wait for a time that is far.
	Backlog() (Backlog, error)

	// Meta is a small persistent map for adapters (sync token, …). A missing key gives "".
	Meta(key string) (string, error)
	PutMeta(key, value string) error
}
