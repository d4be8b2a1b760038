package store

import (
	"fmt"
	"strings"

	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	putRecord = `
		INSERT INTO journal (at, actor, action, ticket, from_state, to_state, comment, room, site, queue, target, changes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	getRecords = `
		SELECT id, at, actor, action, ticket, from_state, to_state, comment, room, site, queue, target, changes
		FROM journal`
	countRecords = `SELECT COUNT(*) FROM journal`
)

func (t *tx) Record(e desk.JournalEntry) error {
	_, err := t.exec(putRecord, nanos(e.At), e.Actor, e.Action, e.Ticket, e.From, e.To, e.Comment, e.Room, e.Site, e.Queue, e.Target,
		dbutil.JSON{Data: e.Changes})
	return wrap(err, "record", e.Action)
}

func scanRecord(r row, e *desk.JournalEntry) error {
	return r.Scan(&e.ID, instant{&e.At}, &e.Actor, &e.Action, &e.Ticket, &e.From, &e.To, &e.Comment, &e.Room, &e.Site, &e.Queue,
		&e.Target, dbutil.JSON{Data: &e.Changes})
}

func (t *tx) Records(f desk.JournalFilter, offset, limit int) ([]desk.JournalEntry, error) {
	where, args := recordsWhere(f)
	args = append(args, limit, offset)
	query := fmt.Sprintf("%s%s ORDER BY id DESC LIMIT $%d OFFSET $%d", getRecords, where, len(args)-1, len(args))
	entries, err := all(t, scanRecord, query, args...)
	return entries, wrap(err, "list", "journal")
}

func (t *tx) CountRecords(f desk.JournalFilter) (int, error) {
	where, args := recordsWhere(f)
	n, err := one(t, func(r row, n *int) error { return r.Scan(n) }, countRecords+where, args...)
	if err != nil {
		return 0, wrap(err, "count", "journal")
	}
	return *n, nil
}

// recordsWhere writes the condition of a filter.
func recordsWhere(f desk.JournalFilter) (string, []any) {
	var conditions []string
	var args []any
	add := func(condition string, values ...any) {
		var places []any
		for _, v := range values {
			args = append(args, v)
			places = append(places, len(args))
		}
		conditions = append(conditions, fmt.Sprintf(condition, places...))
	}
	if f.Person != "" {
		add("(actor=$%d OR target=$%d)", f.Person, f.Person)
	}
	if f.Ticket != "" {
		add("ticket=$%d", f.Ticket)
	}
	if f.Action != "" {
		add("substr(action, 1, $%d)=$%d", len(f.Action), f.Action)
	}
	if f.Before > 0 {
		add("id<$%d", f.Before)
	}
	if !f.From.IsZero() {
		add("at>=$%d", nanos(f.From))
	}
	if !f.To.IsZero() {
		add("at<$%d", nanos(f.To))
	}
	oneOf := func(column string, values []any) string {
		var places []string
		for _, v := range values {
			args = append(args, v)
			places = append(places, fmt.Sprintf("$%d", len(args)))
		}
		return column + " IN (" + strings.Join(places, ", ") + ")"
	}
	if len(f.Actions) > 0 {
		conditions = append(conditions, oneOf("action", anys(f.Actions)))
	}
	if len(f.People) > 0 {
		conditions = append(conditions, "("+oneOf("actor", anys(f.People))+" OR "+oneOf("target", anys(f.People))+")")
	}
	if f.Within != nil {
		var within []string
		in := func(column string, values []any) {
			if len(values) > 0 {
				within = append(within, oneOf(column, values))
			}
		}
		in("actor", anys(f.Within.Actors))
		in("site", anys(f.Within.Sites))
		in("queue", anys(f.Within.Queues))
		if len(within) == 0 {
			within = []string{"1=0"}
		}
		conditions = append(conditions, "("+strings.Join(within, " OR ")+")")
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
