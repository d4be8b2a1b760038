package store_test

import (
	"context"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

// The domain's rows keep the same promises as desk's own in-memory Tx.
func TestDeskConformance(t *testing.T) {
	for driver, database := range map[string]func(testing.TB) storetest.Database{
		"sqlite": storetest.SQLite, "postgres": storetest.Postgres,
	} {
		t.Run(driver, func(t *testing.T) {
			desktest.Conformance(t, func() desk.Tx { return transaction(t, database(t)) })
		})
	}
}

// transaction gives a write transaction that stays open until the test ends and is rolled back then.
func transaction(t *testing.T, database storetest.Database) journal.Tx {
	db := database.Open(t)
	opened, ended := make(chan journal.Tx), make(chan error, 1)
	done, end := context.WithCancel(context.Background())
	go func() {
		ended <- db.Write(context.Background(), func(tx journal.Tx) error {
			opened <- tx
			<-done.Done()
			return done.Err()
		})
	}()
	t.Cleanup(func() {
		end()
		<-ended
	})
	return <-opened
}
