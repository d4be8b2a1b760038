package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store"
	"frontdesk/store/storetest"
)

func meta(t *testing.T, db journal.DB, key string) (value string) {
	t.Helper()
	check(t, db.Read(t.Context(), func(tx journal.Tx) (err error) {
		value, err = tx.Meta(key)
		return err
	}))
	return value
}

// occupied runs a job that keeps the writer busy until the returned function is called: what is submitted meanwhile becomes one group.
func occupied(t *testing.T, db *store.DB) (release func()) {
	t.Helper()
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- db.Write(context.Background(), func(journal.Tx) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() {
		close(end)
		check(t, <-ended)
	}
}

// TestOnlyWritesWaitForTheDisk reads in the transactions themselves whether their commit will wait: that of jobs that may be forgotten does not,
// unless it is shared with one that may not.
func TestOnlyWritesWaitForTheDisk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		db := database.Open(t)
		waits := func(write func(context.Context, func(journal.Tx) error) error) (yes bool) {
			t.Helper()
			check(t, write(t.Context(), func(tx journal.Tx) (err error) {
				yes, err = store.WaitsForDisk(tx)
				return err
			}))
			return yes
		}
		for range 2 {
			if !waits(db.Write) {
				t.Error("a write does not wait for the disk")
			}
			for range 2 {
				if waits(db.WriteBehind) {
					t.Error("what may be forgotten waits for the disk")
				}
			}
		}
		release := occupied(t, db)
		var all sync.WaitGroup
		for _, write := range []func(context.Context, func(journal.Tx) error) error{db.WriteBehind, db.Write, db.WriteBehind} {
			all.Go(func() {
				if !waits(write) {
					t.Error("a transaction that is shared with a write does not wait for the disk")
				}
			})
		}
		for store.WaitingJobs(db) < 3 {
			runtime.Gosched()
		}
		release()
		all.Wait()
	})
}

func TestJobsOfAGroupFailAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		db := database.Open(t)
		boom := errors.New("boom")
		jobs := map[string]func(journal.Tx) error{
			"good":    func(journal.Tx) error { return nil },
			"bad":     func(journal.Tx) error { return boom },
			"panic":   func(journal.Tx) error { panic("oops") },
			"refused": func(tx journal.Tx) error { return tx.PutPortal(&desk.Portal{ID: "p", Conversation: "missing"}) },
			"overlooked": func(tx journal.Tx) error {
				_ = tx.PutPortal(&desk.Portal{ID: "p", Conversation: "missing"})
				return nil
			},
			"also good": func(journal.Tx) error { return nil },
		}
		results := make(map[string]error)
		var mu sync.Mutex
		var all sync.WaitGroup
		release := occupied(t, db)
		for name, job := range jobs {
			all.Go(func() {
				err := db.Write(t.Context(), func(tx journal.Tx) error {
					if err := tx.PutMeta(name, "done"); err != nil {
						return err
					}
					return job(tx)
				})
				mu.Lock()
				defer mu.Unlock()
				results[name] = err
			})
		}
		release()
		all.Wait()
		for name := range jobs {
			good := strings.Contains(name, "good")
			if err := results[name]; (err == nil) != good {
				t.Errorf("%s: %v", name, err)
			}
			if value := meta(t, db, name); (value == "done") != good {
				t.Errorf("%s left %q", name, value)
			}
		}
		if !errors.Is(results["bad"], boom) {
			t.Errorf("the job's own error came back as %v", results["bad"])
		}
	})
}

func TestWritersAndReadersSideBySide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		db := database.Open(t)
		const writers, each = 20, 15
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for range each {
					var number int64
					err := db.Write(t.Context(), func(tx journal.Tx) (err error) {
						number, err = tx.NextTicketNumber()
						if err != nil {
							return err
						}
						return tx.PutMeta(fmt.Sprint(number), "given")
					})
					if err != nil {
						t.Error(err)
					}
					if value := meta(t, db, fmt.Sprint(number)); value != "given" {
						t.Errorf("number %d was committed and cannot be read", number)
					}
				}
			})
		}
		all.Wait()
		check(t, db.Write(t.Context(), func(tx journal.Tx) error {
			if number, err := tx.NextTicketNumber(); err != nil || number != writers*each+1 {
				t.Errorf("next number %d, %v; want %d", number, err, writers*each+1)
			}
			return nil
		}))
	})
}

func TestReadersCannotWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		db := database.Open(t)
		if err := db.Read(t.Context(), func(tx journal.Tx) error { return tx.PutMeta("k", "v") }); err == nil {
			t.Error("a reader wrote")
		}
		if value := meta(t, db, "k"); value != "" {
			t.Errorf("a reader wrote %q", value)
		}
	})
}

func TestWriteAfterItsCallerLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		db := database.Open(t)
		release := occupied(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- db.Write(ctx, func(tx journal.Tx) error { return tx.PutMeta("k", "v") }) }()
		cancel()
		release()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if value := meta(t, db, "k"); value != "" {
			t.Errorf("wrote %q for somebody who had left", value)
		}
	})
}

func TestClosedDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		db := database.Open(t)
		check(t, db.Write(t.Context(), func(tx journal.Tx) error { return tx.PutMeta("k", "v") }), db.Close(), db.Close())
		nothing := func(journal.Tx) error { return nil }
		if err := db.Write(t.Context(), nothing); !errors.Is(err, store.ErrClosed) {
			t.Errorf("write: %v", err)
		}
		if err := db.Read(t.Context(), nothing); !errors.Is(err, store.ErrClosed) {
			t.Errorf("read: %v", err)
		}
		if value := meta(t, database.Open(t), "k"); value != "v" {
			t.Errorf("after opening again: %q", value)
		}
	})
}

func TestPositionsGoOnAfterARestart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		var before, after int64
		position := func(db *store.DB, id string) (seq int64) {
			check(t, db.Write(t.Context(), func(tx journal.Tx) (err error) {
				seq, _, _, err = tx.AppendInput(input("a", id))
				return err
			}))
			return seq
		}
		db := database.Open(t)
		before = position(db, "1")
		check(t, db.Close())
		if after = position(database.Open(t), "2"); after <= before {
			t.Errorf("position %d after %d", after, before)
		}
	})
}

// What PostgreSQL does not take in text is removed on both databases.
func TestTextIsCleaned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		db := database.Open(t)
		in := input("a\x00", "1\xff")
		in.Body = []byte("\"\\u0000 \xff \x00\"")
		check(t, db.Write(t.Context(), func(tx journal.Tx) error {
			_, _, _, err := tx.AppendInput(in)
			return err
		}))
		check(t, db.Read(t.Context(), func(tx journal.Tx) error {
			got, err := tx.Head("a")
			if err != nil || got.ID != "1\uFFFD" || string(got.Body) != "\"\\u0000 \uFFFD \"" {
				t.Errorf("came back as %q, %q, %v", got.ID, got.Body, err)
			}
			return nil
		}))
	})
}

func FuzzInputBody(f *testing.F) {
	for _, seed := range []string{`{}`, `"\u0000"`, "\x00", "\xff\xfe", `{"a":"ж🙂"}`, ""} {
		f.Add([]byte(seed), "id")
	}
	db := storetest.SQLite(f).Open(f)
	f.Fuzz(func(t *testing.T, body []byte, id string) {
		undo := errors.New("undo")
		err := db.Write(t.Context(), func(tx journal.Tx) error {
			in := input("lane", id)
			in.Body = body
			if _, isNew, _, err := tx.AppendInput(in); err != nil || !isNew {
				t.Errorf("append: new %v, %v", isNew, err)
			}
			got, err := tx.Head("lane")
			if err != nil {
				t.Errorf("head: %v", err)
			} else if want := strings.ReplaceAll(strings.ToValidUTF8(string(body), "\uFFFD"), "\x00", ""); string(got.Body) != want {
				t.Errorf("body %q came back as %q", body, got.Body)
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Errorf("write: %v", err)
		}
	})
}
