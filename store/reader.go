package store

import (
	"context"
	"fmt"

	"frontdesk/internal/journal"
)

// readers is a pool of connections for read-only transactions.
type readers struct {
	db *DB
	// slots holds what may be used: a connection, or nil for one yet to be opened.
	slots  chan *connection
	closed chan struct{}
}

func newReaders(db *DB) *readers {
	r := &readers{db: db, slots: make(chan *connection, db.dialect.readerCount()), closed: make(chan struct{})}
	for range cap(r.slots) {
		r.slots <- nil
	}
	return r
}

func (r *readers) do(ctx context.Context, fn func(journal.Tx) error) (err error) {
	var s *connection
	select {
	case <-r.closed:
		return ErrClosed
	default:
	}
	select {
	case s = <-r.slots:
	case <-ctx.Done():
		return ctx.Err()
	case <-r.closed:
		return ErrClosed
	}
	defer func() { r.slots <- s }()
	if s, err = r.begin(ctx, s); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	tx := newTx(s, nil, r.db.now())
	err = protected(func() error { return tx.whole(func() error { return fn(tx) }) })
	if end := s.run("ROLLBACK"); end != nil {
		s.discard()
		s = nil
	}
	return err
}

// begin starts a transaction on s, or on a new one when s is nil or turns out to be gone.
func (r *readers) begin(ctx context.Context, s *connection) (*connection, error) {
	if s != nil {
		if s.run(s.begin) == nil {
			return s, nil
		}
		s.discard()
	}
	s, err := r.db.dialect.readConnection(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.run(s.begin); err != nil {
		s.discard()
		return nil, fmt.Errorf("begin: %w", err)
	}
	return s, nil
}

// stop waits for the readers at work.
func (r *readers) stop() error {
	close(r.closed)
	var err error
	for range cap(r.slots) {
		if s := <-r.slots; s != nil {
			if e := s.close(); e != nil && err == nil {
				err = e
			}
		}
	}
	return err
}
