package store

import (
	"context"
	"fmt"
	"strings"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	// searchVersion is raised when words are cut, folded or stemmed differently, or customers are found by something else: everything is then
	// indexed anew when the database is opened.
	searchVersion = "3"
	// metaSearch is the key of how far that has come: the version, what is being indexed, and the last id of it.
	metaSearch = "search"

	fillMessages  = "message"
	fillCustomers = "customer"
	fillDone      = "done"

	// fillBatch is how many rows are indexed in one transaction.
	fillBatch = 500

	getMessagesFrom  = messageColumns + ` WHERE id > $1 ORDER BY id LIMIT $2`
	getCustomersFrom = customerColumns + ` WHERE id > $1 ORDER BY id LIMIT $2`
)

// fillSearch indexes what an earlier version of Frontdesk has stored. It goes on where it was interrupted.
func (db *DB) fillSearch(ctx context.Context) error {
	for done := false; !done; {
		err := db.Write(ctx, func(j journal.Tx) error {
			var err error
			done, err = j.(*tx).fillSome()
			return err
		})
		if err != nil {
			return fmt.Errorf("index what is stored: %w", err)
		}
	}
	return nil
}

// fillSome indexes the next batch and reports whether there is nothing left.
func (t *tx) fillSome() (bool, error) {
	state, err := t.Meta(metaSearch)
	if err != nil {
		return false, err
	}
	version, rest, _ := strings.Cut(state, " ")
	what, last, _ := strings.Cut(rest, " ")
	if version != searchVersion {
		if err := t.forgetSearch(); err != nil {
			return false, wrap(err, "empty the index", metaSearch)
		}
		what, last = fillMessages, ""
	}
	switch what {
	case fillMessages:
		last, err = t.fillFrom(last)
		if last == "" {
			what = fillCustomers
		}
	case fillCustomers:
		last, err = t.fillCustomersFrom(last)
		if last == "" {
			what = fillDone
		}
	default:
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return what == fillDone, t.PutMeta(metaSearch, strings.Join([]string{searchVersion, what, last}, " "))
}

// forgetSearch empties the index.
func (t *tx) forgetSearch() error {
	if err := t.s.words.empty(t); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM search_customer`)
	return err
}

// fillFrom indexes messages after an id and gives the last one, "" if there was none.
func (t *tx) fillFrom(id string) (string, error) {
	messages, err := all(t, scanMessage, getMessagesFrom, id, fillBatch)
	if err != nil {
		return "", wrap(err, "list messages after", id)
	}
	id = ""
	for i := range messages {
		if err := t.index(&messages[i], ""); err != nil {
			return "", err
		}
		id = string(messages[i].ID)
	}
	return id, nil
}

// fillCustomersFrom is fillFrom for customers.
func (t *tx) fillCustomersFrom(id string) (string, error) {
	customers, err := all(t, scanCustomer, getCustomersFrom, desk.CustomerID(id), fillBatch)
	if err != nil {
		return "", wrap(err, "list customers after", id)
	}
	id = ""
	for i := range customers {
		if err := t.indexCustomer(&customers[i]); err != nil {
			return "", err
		}
		id = string(customers[i].ID)
	}
	return id, nil
}
