package store

import (
	"strconv"
	"strings"

	"frontdesk/desk"
)

// conditions makes the WHERE of a search: what each filter asks for, joined by AND.
type conditions struct {
	tables string // joined to ticket t
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

// lastCharacter sorts behind everything a word may go on with.
const lastCharacter = "\U0010FFFF"

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
	for _, known := range []struct{ column, text string }{
		{"k.name", s.Name}, {"k.email", s.Email}, {"k.phone", s.Phone}, {"k.region", s.Region}, {"k.town", s.Town},
	} {
		if known.text != "" {
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
	c.tables += " JOIN search_customer k ON k.customer=t.customer"
	return c
}

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
		c.add(c.part("k.card", w.Word))
	}
	return c
}

// forMessages finishes the conditions of a search for messages.
func forMessages(s desk.Search) *conditions {
	c := ticketConditions(s)
	c.tables = "search_message s JOIN ticket t ON t.id=s.ticket" + strings.TrimPrefix(c.tables, "ticket t")
	c.periods(s.Periods, "s.at", "s.at")
	if len(s.Words) == 0 {
		c.add("FALSE")
	}
	// One set of messages for all words: of several subqueries PostgreSQL makes nested loops that take a minute.
	var sets []string
	for _, w := range s.Words {
		means := "w.stem=" + c.arg(w.Stem)
		if beginning := w.Beginning(); beginning != "" {
			means += " OR w.word >= " + c.arg(beginning) + " AND w.word < " + c.arg(beginning+lastCharacter)
		}
		sets = append(sets, "SELECT h.message FROM search_word w JOIN search_hit h ON h.word=w.id WHERE "+means)
	}
	if len(sets) > 0 {
		c.add("s.id IN (" + strings.Join(sets, " INTERSECT ") + ")")
	}
	return c
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

func (t *tx) CountMessages(s desk.Search, most int) (int, error) {
	c := forMessages(s)
	n, err := found(t, scanCount, "SELECT COUNT(*) FROM ("+c.sql("s.id", " LIMIT "+c.arg(most))+") found", c.args)
	return firstOf(n), wrap(err, "count messages up to", most)
}

func (t *tx) FindMessages(s desk.Search, offset, limit int) ([]desk.Message, error) {
	c := forMessages(s)
	order := " ORDER BY s.id DESC LIMIT " + c.arg(limit) + " OFFSET " + c.arg(offset)
	ids, err := found(t, func(r row, id *desk.MessageID) error { return r.Scan(id) }, c.sql("s.message", order), c.args)
	if err != nil {
		return nil, wrap(err, "find messages from", offset)
	}
	messages := make([]desk.Message, len(ids))
	for i, id := range ids {
		m, err := t.Message(id)
		if err != nil {
			return nil, err
		}
		messages[i] = *m
	}
	return messages, nil
}

func (t *tx) LastWords(id desk.TicketID) (*desk.Message, error) {
	m, err := one(t, scanMessage, getLastWords, id)
	return m, wrap(err, "get last words of ticket", id)
}

const getLastWords = messageColumns + `
	WHERE id=(SELECT message FROM search_message WHERE ticket=$1 ORDER BY id DESC LIMIT 1)`

func scanCount(r row, n *int) error { return r.Scan(n) }

func firstOf(counts []int) int {
	if len(counts) == 0 {
		return 0
	}
	return counts[0]
}
