package store

import (
	"context"
	"database/sql"
	"fmt"
)

// dialect is what differs between the databases. It owns the connections and the lock.
type dialect interface {
	// name is the driver's name as dbutil knows it.
	name() string
	open(ctx context.Context) error
	// database is used for schema upgrades, after writeConnection has taken the lock.
	database() *sql.DB
	// writeConnection gives a connection for the writer that holds the database's lock.
	writeConnection(ctx context.Context) (*connection, error)
	// beginWrite begins a transaction of the writer's connection, whose commit waits for the disk or leaves that to the next that does.
	beginWrite(s *connection, onDisk bool) error
	readConnection(ctx context.Context) (*connection, error)
	// placeholders rewrites a query with $1, $2 … for the driver.
	placeholders(query string) string
	// again reports whether a transaction failed for no fault of its own and may succeed when repeated.
	again(err error) bool
	// readerCount is how many readers may work at once.
	readerCount() int
	close() error
}

func newDialect(driver, dsn string) (dialect, error) {
	switch driver {
	case "sqlite":
		return newSQLite(dsn)
	case "postgres":
		return newPostgres(dsn)
	}
	return nil, fmt.Errorf("open database: unknown driver %q (sqlite or postgres)", driver)
}
