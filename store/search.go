package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"frontdesk/desk"
)

// conditions makes the WHERE of a search: what each filter asks for, joined by AND.
type conditions struct {
	tables string // ticket t and what is joined to it
	where  []string
	args   []any
}

// arg gives the place of a value.
func (c *conditions) arg(value any) string {
	c.args = append(c.args, value)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *conditions) add(condition string) { c.where = append(c.where, condition) }

// among gives the condition that a column has one of the values; there has to be one.
func among[T ~string](c *conditions, column string, values []T) string {
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = c.arg(string(v))
	}
	return column + " IN (" + strings.Join(places, ", ") + ")"
}

// part gives the condition that a column contains a text.
func (c *conditions) part(column, text string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
	return column + " LIKE " + c.arg("%"+escaped+"%") + ` ESCAPE '\'`
}

// responsible is Ticket.Responsible in SQL.
const responsible = `(CASE WHEN t.state='closed' THEN t.last_owner ELSE t.owner END)`

// ticketConditions are those of a search that concern the ticket and its customer.
func ticketConditions(s desk.Search) *conditions {
	c := &conditions{tables: "ticket t"}
	c.reach(s.Reach)
	if len(s.States) > 0 {
		c.add(among(c, "t.state", s.States))
	}
	if len(s.Queues) > 0 {
		c.add(among(c, "t.queue", s.Queues))
	}
	if len(s.Staff) > 0 {
		c.add(among(c, responsible, s.Staff))
	}
	ofCustomer := len(s.Parties) > 0
	for _, known := range []struct{ column, text string }{
		{"k.name", s.Name}, {"k.email", s.Email}, {"k.phone", s.Phone}, {"k.region", s.Region}, {"k.town", s.Town},
	} {
		if known.text != "" {
			ofCustomer = true
			c.add(c.part(known.column, known.text))
		}
	}
	for _, p := range s.Parties {
		party := c.part("k.name", p.Name)
		if len(p.Staff) > 0 {
			party += " OR " + among(c, responsible, p.Staff)
		}
		c.add("(" + party + ")")
	}
	if s.MostStars > 0 {
		c.tables += " JOIN rating r ON r.ticket=t.id"
		c.add("r.stars BETWEEN " + c.arg(s.LeastStars) + " AND " + c.arg(s.MostStars))
	}
	if ofCustomer {
		c.joinCustomer()
	}
	return c
}

// joinCustomer adds what is known of the ticket's customer, as k.
func (c *conditions) joinCustomer() {
	if !strings.Contains(c.tables, customerTable) {
		c.tables += customerTable
	}
}

const customerTable = " JOIN search_customer k ON k.customer=t.customer"

// reach bounds what may be found. Somebody without rights finds nothing.
func (c *conditions) reach(r desk.Reach) {
	if r.All {
		return
	}
	or := []string{"FALSE"}
	if len(r.Sites) > 0 {
		or = append(or, among(c, "t.site", r.Sites))
	}
	if len(r.Queues) > 0 {
		or = append(or, among(c, "t.queue", r.Queues))
	}
	if len(r.Owners) > 0 {
		or = append(or, responsible+"<>'' AND "+among(c, responsible, r.Owners))
	}
	if len(r.Waits) > 0 {
		or = append(or, "t.state='waiting' AND "+among(c, "t.queue", r.Waits))
	}
	c.add("(" + strings.Join(or, " OR ") + ")")
}

// periods asks for a time between two columns to touch one of the site's periods.
func (c *conditions) periods(periods []desk.Period, begin, end string) {
	if len(periods) == 0 {
		return
	}
	or := []string{"FALSE"}
	for _, p := range periods {
		and := "t.site=" + c.arg(string(p.Site))
		if !p.From.IsZero() {
			and += " AND " + end + " >= " + c.arg(nanos(p.From))
		}
		if !p.Until.IsZero() {
			and += " AND " + begin + " < " + c.arg(nanos(p.Until))
		}
		or = append(or, and)
	}
	c.add("(" + strings.Join(or, " OR ") + ")")
}

// forTickets finishes the conditions of a search for tickets. A ticket is open from its opening until it is closed.
func forTickets(s desk.Search) *conditions {
	c := ticketConditions(s)
	c.periods(s.Periods, "t.opened", "(CASE WHEN t.state='closed' THEN t.since ELSE 4611686018427387904 END)")
	for _, w := range s.Words {
		c.joinCustomer()
		c.add(c.part("k.card", w.Word))
	}
	for _, p := range s.Phrases {
		c.joinCustomer()
		c.add(c.part("k.card", p.Text))
	}
	return c
}

// forMessages finishes the conditions of a search for messages, but for the words. The tables of messages, search_message among them as s, are
// to be joined to the ticket's.
func forMessages(s desk.Search, tables string) *conditions {
	c := ticketConditions(s)
	c.tables = tables + strings.Replace(c.tables, "ticket t", "ticket t ON t.id=s.ticket", 1)
	c.periods(s.Periods, "s.at", "s.at")
	return c
}

// messages lists the messages that fit in an order, at most so many.
func (c *conditions) messages(t *tx, order string, most int) ([]desk.MessageID, error) {
	scan := func(r row, id *desk.MessageID) error { return r.Scan(id) }
	return found(t, scan, c.sql("s.message", " ORDER BY "+order+" LIMIT "+c.arg(most)), c.args)
}

// sql writes a query of what is found.
func (c *conditions) sql(columns, order string) string {
	query := "SELECT " + columns + " FROM " + c.tables
	if len(c.where) > 0 {
		query += " WHERE " + strings.Join(c.where, " AND ")
	}
	return query + order
}

func (t *tx) CountTickets(s desk.Search) (int, error) {
	c := forTickets(s)
	n, err := found(t, scanCount, c.sql("COUNT(*)", ""), c.args)
	return firstOf(n), wrap(err, "count tickets", "found")
}

func (t *tx) FindTickets(s desk.Search, offset, limit int) ([]desk.Ticket, error) {
	c := forTickets(s)
	order := " ORDER BY t.since DESC, t.number DESC LIMIT " + c.arg(limit) + " OFFSET " + c.arg(offset)
	ids, err := found(t, func(r row, id *desk.TicketID) error { return r.Scan(id) }, c.sql("t.id", order), c.args)
	if err != nil {
		return nil, wrap(err, "find tickets from", offset)
	}
	tickets := make([]desk.Ticket, len(ids))
	for i, id := range ids {
		k, err := t.Ticket(id)
		if err != nil {
			return nil, err
		}
		tickets[i] = *k
	}
	return tickets, nil
}

func (t *tx) FindMessages(s desk.Search, most int) ([]desk.MessageID, error) {
	if !s.HasWords() {
		return nil, nil
	}
	ids, err := t.s.words.find(t, s, most)
	return ids, wrap(err, "find up to so many messages:", most)
}

func (t *tx) LastWords(id desk.TicketID) (*desk.Message, error) {
	m, err := one(t, scanMessage, getLastWords, id)
	return m, wrap(err, "get last words of ticket", id)
}

const getLastWords = messageColumns + `
	WHERE id=(SELECT message FROM search_message WHERE ticket=$1 ORDER BY id DESC LIMIT 1)`

// searchPatience is how long a reader may look for something: there are few of them.
var searchPatience = 5 * time.Second

// found reads every row of a query that is put together for the occasion. Its statement is not kept, so that PostgreSQL plans it for these
// very values. In a reader a query that takes too long is refused.
func found[T any](t *tx, scan func(row, *T) error, query string, args []any) (_ []T, err error) {
	cleanAll(args)
	ctx := context.Background()
	if t.numbers == nil {
		limited, cancel := context.WithTimeout(ctx, searchPatience)
		defer cancel()
		ctx = limited
	}
	values, err := foundBy(ctx, t, scan, query, args)
	switch {
	case err == nil:
		return values, nil
	case ctx.Err() != nil:
		return nil, desk.Refuse(desk.Unavailable, "search.too_long")
	}
	return nil, t.fail(err)
}

func foundBy[T any](ctx context.Context, t *tx, scan func(row, *T) error, query string, args []any) (values []T, err error) {
	stmt, err := t.s.conn.PrepareContext(ctx, t.s.rewrite(query))
	if err != nil {
		return nil, fmt.Errorf("prepare statement: %w", err)
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var value T
		if err := scan(rows, &value); err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, rows.Err()
}

func scanCount(r row, n *int) error { return r.Scan(n) }

func firstOf(counts []int) int {
	if len(counts) == 0 {
		return 0
	}
	return counts[0]
}
