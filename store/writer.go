package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"frontdesk/internal/journal"
)

const (
	// groupLimit is how many jobs share one transaction at most: an upper bound of what a failed commit takes with it, and of the wait
	// for one's own commit.
	groupLimit = 64
	// attemptLimit is how often a group is tried when the database was busy.
	attemptLimit = 5
)

// job is one call of Write, or of WriteBehind. done is answered exactly once.
type job struct {
	ctx    context.Context
	fn     func(journal.Tx) error
	onDisk bool // wait for the disk
	done   chan error
}

// writer owns the only connection that writes.
type writer struct {
	db      *DB
	jobs    chan *job
	stopped chan struct{} // closed when the goroutine has ended
	end     sync.Once
	ending  chan struct{}
	conn    *connection // nil while the connection is lost
	numbers numbers
}

func newWriter(db *DB, s *connection) (*writer, error) {
	w := &writer{
		db: db, conn: s,
		jobs: make(chan *job, groupLimit), stopped: make(chan struct{}), ending: make(chan struct{}),
	}
	if err := w.numbers.load(s); err != nil {
		return nil, err
	}
	go w.run()
	return w, nil
}

func (w *writer) do(ctx context.Context, onDisk bool, fn func(journal.Tx) error) error {
	j := &job{ctx: ctx, fn: fn, onDisk: onDisk, done: make(chan error, 1)}
	select {
	case <-w.ending:
		return ErrClosed
	default:
	}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ending:
		return ErrClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-w.stopped:
		// The writer may have answered just before it ended.
		select {
		case err := <-j.done:
			return err
		default:
			return ErrClosed
		}
	}
}

func (w *writer) run() {
	defer close(w.stopped)
	for {
		select {
		case j := <-w.jobs:
			w.work(w.group(j))
		case <-w.ending:
			if group := w.ready(nil); len(group) > 0 {
				w.work(group)
				continue
			}
			return
		}
	}
}

// group adds to first what else is ready.
func (w *writer) group(first *job) []*job { return w.ready([]*job{first}) }

func (w *writer) ready(group []*job) []*job {
	for len(group) < groupLimit {
		select {
		case j := <-w.jobs:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// work runs a group and answers all of its jobs.
func (w *writer) work(group []*job) {
	live := group[:0]
	for _, j := range group {
		if err := j.ctx.Err(); err != nil {
			j.done <- err
			continue
		}
		live = append(live, j)
	}
	if len(live) == 0 {
		return
	}
	results := make([]error, len(live))
	err := w.commit(live, results)
	for i, j := range live {
		if results[i] == nil && err != nil {
			results[i] = fmt.Errorf("write: %w", err)
		}
		j.done <- results[i]
	}
}

// commit runs a group in one transaction, again when the database was busy. results gets the errors of the jobs that failed alone; the
// error concerns all the others.
func (w *writer) commit(group []*job, results []error) error {
	for attempt := 1; ; attempt++ {
		err := w.transact(group, results)
		if err == nil || attempt == attemptLimit || !w.db.dialect.again(err) {
			return err
		}
		w.db.log.Debug().Err(err).Int("attempt", attempt).Msg("Database was busy, repeating transaction")
	}
}

func (w *writer) transact(group []*job, results []error) error {
	clear(results)
	if err := w.connect(); err != nil {
		return err
	}
	if err := w.db.dialect.beginWrite(w.conn, slices.ContainsFunc(group, func(j *job) bool { return j.onDisk })); err != nil {
		w.lose()
		return fmt.Errorf("begin: %w", err)
	}
	tx := newTx(w.conn, &w.numbers, w.db.now())
	failed := 0
	for i, j := range group {
		if len(group) == 1 {
			results[i] = protected(func() error { return tx.whole(func() error { return j.fn(tx) }) })
		} else {
			results[i] = tx.Nested(func() error { return j.fn(tx) })
		}
		if results[i] != nil {
			failed++
			w.report(results[i])
		}
		if tx.unusable != nil || w.again(results[i]) {
			w.rollback()
			return errors.Join(tx.unusable, results[i])
		}
	}
	if failed == len(group) {
		w.rollback()
		return nil
	}
	if err := w.conn.run("COMMIT"); err != nil {
		w.rollback()
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// report logs where a job panicked; its caller only learns that it did.
func (w *writer) report(err error) {
	var p *panicError
	if errors.As(err, &p) {
		w.db.log.Error().Err(err).Bytes("stack", p.stack).Msg("A write job panicked")
	}
}

func (w *writer) again(err error) bool { return err != nil && w.db.dialect.again(err) }

func (w *writer) rollback() {
	if err := w.conn.run("ROLLBACK"); err != nil {
		w.lose()
	}
}

// lose gives up a connection that answered to BEGIN or ROLLBACK with an error: what state it is in is not known.
func (w *writer) lose() {
	w.conn.discard()
	w.conn = nil
}

// connect makes sure that there is a connection with the lock.
func (w *writer) connect() error {
	if w.conn != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s, err := w.db.dialect.writeConnection(ctx)
	if err != nil {
		return fmt.Errorf("reconnect: %w", err)
	}
	// Another process may have written in between.
	if err := w.numbers.load(s); err != nil {
		s.discard()
		return fmt.Errorf("reconnect: %w", err)
	}
	w.conn = s
	w.db.log.Warn().Msg("Connection to the database was lost and is back")
	return nil
}

func (w *writer) stop() error {
	w.end.Do(func() { close(w.ending) })
	<-w.stopped
	if w.conn == nil {
		return nil
	}
	return w.conn.close()
}

// panicError is a panic in a job.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// protected turns a panic in fn into an error.
func protected(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return fn()
}
