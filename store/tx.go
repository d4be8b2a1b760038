package store

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// tx is one transaction, of the writer or of a reader. It is used by one goroutine and only while its function runs.
type tx struct {
	s       *connection
	numbers *numbers // nil in readers
	now     time.Time
	depth   int
	// failed is the first failed statement since the innermost savepoint. PostgreSQL refuses everything after it, and a COMMIT
	// would quietly roll back, so a job that overlooks it must not count as done.
	failed error
	// unusable is set when a savepoint could not be rolled back: nothing of the transaction can be kept.
	unusable error
}

var _ journal.Tx = (*tx)(nil)

func newTx(s *connection, n *numbers, now time.Time) *tx { return &tx{s: s, numbers: n, now: now} }

// whole runs a function that has the transaction for itself.
func (t *tx) whole(fn func() error) error {
	if err := fn(); err != nil {
		return err
	}
	return t.failed
}

// Names of savepoints by depth: constants, so that their statements are prepared once.
var savepoints = [...]struct{ begin, release, rollback string }{
	{"SAVEPOINT a", "RELEASE SAVEPOINT a", "ROLLBACK TO SAVEPOINT a"},
	{"SAVEPOINT b", "RELEASE SAVEPOINT b", "ROLLBACK TO SAVEPOINT b"},
	{"SAVEPOINT c", "RELEASE SAVEPOINT c", "ROLLBACK TO SAVEPOINT c"},
	{"SAVEPOINT d", "RELEASE SAVEPOINT d", "ROLLBACK TO SAVEPOINT d"},
}

// Nested runs fn in a savepoint, at most four deep.
func (t *tx) Nested(fn func() error) error {
	if t.failed != nil {
		return t.failed
	}
	if t.depth == len(savepoints) {
		return errors.New("nested transaction: too deep")
	}
	names := savepoints[t.depth]
	if err := t.s.run(names.begin); err != nil {
		t.unusable = fmt.Errorf("nested transaction: begin: %w", err)
		return t.unusable
	}
	t.depth++
	err := protected(func() error { return t.whole(fn) })
	t.depth--
	if err != nil {
		t.failed = nil
		if rollback := t.s.run(names.rollback); rollback != nil {
			t.unusable = fmt.Errorf("nested transaction: roll back: %w", rollback)
			return errors.Join(err, t.unusable)
		}
	}
	if release := t.s.run(names.release); release != nil {
		t.unusable = fmt.Errorf("nested transaction: release: %w", release)
		return errors.Join(err, t.unusable)
	}
	return err
}

// row is what scan functions read from.
type row interface{ Scan(...any) error }

func (t *tx) statement(query string, args []any) (*sql.Stmt, error) {
	cleanAll(args)
	stmt, err := t.s.prepared(query)
	if err != nil {
		return nil, t.fail(err)
	}
	return stmt, nil
}

func (t *tx) fail(err error) error {
	if t.failed == nil {
		t.failed = err
	}
	return err
}

// exec runs a statement and gives the number of rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	stmt, err := t.statement(query, args)
	if err != nil {
		return 0, err
	}
	result, err := stmt.Exec(args...)
	if err != nil {
		return 0, t.fail(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, t.fail(err)
	}
	return n, nil
}

// one reads one row, or desk.ErrNotFound.
func one[T any](t *tx, scan func(row, *T) error, query string, args ...any) (*T, error) {
	stmt, err := t.statement(query, args)
	if err != nil {
		return nil, err
	}
	value := new(T)
	switch err := scan(stmt.QueryRow(args...), value); {
	case err == nil:
		return value, nil
	case errors.Is(err, sql.ErrNoRows):
		return nil, desk.ErrNotFound
	default:
		return nil, t.fail(err)
	}
}

// all reads every row.
func all[T any](t *tx, scan func(row, *T) error, query string, args ...any) ([]T, error) {
	stmt, err := t.statement(query, args)
	if err != nil {
		return nil, err
	}
	return collect(t, scan, stmt, args)
}

func collect[T any](t *tx, scan func(row, *T) error, stmt *sql.Stmt, args []any) (_ []T, err error) {
	rows, err := stmt.Query(args...)
	if err != nil {
		return nil, t.fail(err)
	}
	defer func() {
		if e := rows.Close(); e != nil && err == nil {
			err = t.fail(e)
		}
	}()
	var values []T
	for rows.Next() {
		var value T
		if err := scan(rows, &value); err != nil {
			return nil, t.fail(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		return nil, t.fail(err)
	}
	return values, nil
}

// wrap says what was attempted, and keeps "not found" recognisable.
func wrap(err error, what string, id any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %v: %w", what, id, err)
}

func cleanAll(args []any) {
	for i, arg := range args {
		if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
			args[i] = clean(v.String())
		}
	}
}

// clean removes what PostgreSQL does not take in text.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return s
}

// nanos is how a time is stored.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// instant scans a stored time.
type instant struct{ t *time.Time }

func (i instant) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("time stored as %T", src)
	}
	*i.t = time.Time{}
	if n != 0 {
		*i.t = time.Unix(0, n).UTC()
	}
	return nil
}
