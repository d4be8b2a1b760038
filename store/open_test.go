package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"

	"frontdesk/internal/journal"
	"frontdesk/store"
	"frontdesk/store/storetest"
	"frontdesk/store/upgrades"
)

func TestOneProcessPerDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		db := database.Open(t)
		config := store.Config{Driver: database.Driver, DSN: database.DSN, Log: zerolog.Nop()}
		if _, err := store.Open(t.Context(), config); !errors.Is(err, store.ErrInUse) {
			t.Fatalf("opened twice: %v", err)
		}
		check(t, db.Close())
		database.Open(t)
	})
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]store.Config{
		"unknown driver":    {Driver: "oracle", DSN: "x"},
		"no path":           {Driver: "sqlite"},
		"memory":            {Driver: "sqlite", DSN: ":memory:"},
		"missing directory": {Driver: "sqlite", DSN: filepath.Join(t.TempDir(), "missing", "x.db")},
		"bad URL":           {Driver: "postgres", DSN: "postgres://user:secret@[::1"},
		"no server":         {Driver: "postgres", DSN: "host=" + t.TempDir() + " user=postgres password=secret dbname=x"},
	} {
		t.Run(name, func(t *testing.T) {
			c.Log = zerolog.Nop()
			db, err := store.Open(t.Context(), c)
			if err == nil {
				t.Fatal(errors.Join(errors.New("opened"), db.Close()))
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		check(t, database.Open(t).Close())
		raw := rawDatabase(t, database)
		if _, err := raw.ExecContext(t.Context(), "UPDATE version SET version=1000, compat=1000"); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(t.Context(), store.Config{Driver: database.Driver, DSN: database.DSN, Log: zerolog.Nop()})
		if !errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion) {
			t.Errorf("error %v", err)
		}
	})
}

func TestSQLiteFileIsPrivateAndDurable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "50% #1 & more.db")
	db := storetest.Database{Driver: "sqlite", DSN: path}.Open(t)
	info, err := os.Stat(path)
	check(t, err)
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
	check(t, db.Write(t.Context(), func(tx journal.Tx) error { return tx.PutMeta("k", "v") }))
	if value := meta(t, db, "k"); value != "v" {
		t.Errorf("read %q", value)
	}
}

// The lock belongs to the writer's connection: when the server drops it, writing goes on only with a new connection and lock.
func TestPostgresConnectionLost(t *testing.T) {
	database := storetest.Postgres(t)
	db := database.Open(t)
	put := func(value string) error {
		return db.Write(t.Context(), func(tx journal.Tx) error { return tx.PutMeta("k", value) })
	}
	check(t, put("1"))
	if value := meta(t, db, "k"); value != "1" {
		t.Fatalf("read %q", value)
	}
	conn, err := pgx.Connect(t.Context(), database.DSN)
	check(t, err)
	t.Cleanup(func() { check(t, conn.Close(context.Background())) })
	kill := `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname=current_database() AND pid <> pg_backend_pid() AND backend_type='client backend'`
	var killed int
	check(t, conn.QueryRow(t.Context(), kill).Scan(&killed))
	if killed < 2 {
		t.Fatalf("killed %d connections, want the writer's and a reader's", killed)
	}
	if err := put("2"); err == nil {
		t.Log("the writer noticed before it began")
	}
	check(t, put("3"))
	if value := meta(t, db, "k"); value != "3" {
		t.Errorf("read %q", value)
	}
	_, err = store.Open(t.Context(), store.Config{Driver: "postgres", DSN: database.DSN, Log: zerolog.Nop()})
	if !errors.Is(err, store.ErrInUse) {
		t.Errorf("the lock was not taken anew: %v", err)
	}
}

// rawDatabase opens a database past the store.
func rawDatabase(t *testing.T, database storetest.Database) *sql.DB {
	t.Helper()
	driver := map[string]string{"sqlite": "sqlite3-fk-wal-fullsync", "postgres": "pgx"}[database.Driver]
	raw, err := sql.Open(driver, database.DSN)
	check(t, err)
	t.Cleanup(func() { check(t, raw.Close()) })
	return raw
}

// Whatever version a database had, the upgrade leads to the schema that a new one gets.
func TestUpgradesLeadToTheSameSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, _ storetest.Database) {
		another := storetest.SQLite
		if strings.HasSuffix(t.Name(), "postgres") {
			another = storetest.Postgres
		}
		want := schemaAfter(t, another(t), len(upgrades.Table()))
		if !strings.Contains(want, "inbox") {
			t.Fatalf("schema %s", want)
		}
		for version := 1; version < len(upgrades.Table()); version += 6 {
			if got := schemaAfter(t, another(t), version); got != want {
				t.Errorf("from version %d\n%s\nwant\n%s", version, got, want)
			}
		}
	})
}

// schemaAfter upgrades to a version first, then lets the store do the rest, and describes the result.
func schemaAfter(t *testing.T, database storetest.Database, version int) string {
	t.Helper()
	raw := rawDatabase(t, database)
	old, err := dbutil.NewWithDB(raw, map[string]string{"sqlite": "sqlite3", "postgres": "pgx"}[database.Driver])
	check(t, err)
	old.Owner, old.UpgradeTable = "frontdesk", upgrades.Table()[:version]
	check(t, old.Upgrade(t.Context()), database.Open(t).Close())
	query := `SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master ORDER BY 1`
	if database.Driver == "postgres" {
		query = `
			SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' ||
				COALESCE(column_default, '')
			FROM information_schema.columns WHERE table_schema='public'
			UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname='public'
			UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
				WHERE connamespace='public'::regnamespace
			ORDER BY 1`
	}
	rows, err := raw.QueryContext(t.Context(), query)
	check(t, err)
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		check(t, rows.Scan(&line))
		lines = append(lines, line)
	}
	check(t, rows.Err())
	return strings.Join(lines, "\n")
}
