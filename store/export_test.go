package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/internal/journal"
)

// WaitsForDisk asks the database whether the commit of a transaction will wait for the disk.
func WaitsForDisk(j journal.Tx) (bool, error) {
	t, ok := j.(*tx)
	if !ok {
		return false, errors.New("not a transaction of ours")
	}
	query, yes := "SHOW synchronous_commit", "on"
	if t.s.begin == "BEGIN IMMEDIATE" {
		query, yes = "PRAGMA synchronous", "2"
	}
	var level string
	if err := t.s.conn.QueryRowContext(context.Background(), query).Scan(&level); err != nil {
		return false, fmt.Errorf("ask for the level of synchronisation: %w", err)
	}
	return level == yes, nil
}

// WaitingJobs counts the jobs that wait for the writer.
func WaitingJobs(db *DB) int { return len(db.writer.jobs) }

// SetSearchPatience sets how long a search may take and gives back what sets it as it was.
func SetSearchPatience(d time.Duration) func() {
	before := searchPatience
	searchPatience = d
	return func() { searchPatience = before }
}
