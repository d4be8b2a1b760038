package store_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/rs/zerolog"

	"frontdesk/internal/journal"
	"frontdesk/store"
	"frontdesk/store/storetest"
)

// A Reader sees a database that another process holds, finds none where none was made, and writes nothing.
func TestReader(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		config := store.Config{Driver: d.Driver, DSN: d.DSN, Log: zerolog.Nop()}
		if _, err := store.OpenReader(t.Context(), config); !errors.Is(err, store.ErrNotMade) {
			t.Errorf("before it was made: %v, want ErrNotMade", err)
		}
		if _, err := os.Stat(d.DSN); d.Driver == "sqlite" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("looking made the file: %v", err)
		}
		db := d.Open(t)
		write := func(value string) error {
			return db.Write(context.Background(), func(tx journal.Tx) error { return tx.PutMeta("key", value) })
		}
		if err := write("one"); err != nil {
			t.Fatal(err)
		}
		r, err := store.OpenReader(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"one", "two"} {
			if err := write(want); err != nil {
				t.Fatal(err)
			}
			err := r.Read(t.Context(), func(tx journal.Tx) error {
				got, err := tx.Meta("key")
				if err == nil && got != want {
					t.Errorf("read %q, want %q", got, want)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		err = r.Write(t.Context(), func(journal.Tx) error { t.Error("the function was run"); return nil })
		if err == nil {
			t.Error("it writes")
		}
		err = r.Read(t.Context(), func(tx journal.Tx) error { return tx.PutMeta("key", "three") })
		if err == nil {
			t.Error("a read-only transaction wrote")
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}
