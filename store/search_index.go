package store

import (
	"errors"

	"go.mau.fi/util/dbutil"

	"frontdesk/content"
	"frontdesk/desk"
)

// The index of messages: search_word is the vocabulary, every word once, with its stem; search_message numbers the messages that can be
// found; search_hit says which word is in which message. It is written with the message, in the same transaction.

// batch is how many words one statement takes. Short lists are filled up by repeating the last word.
const batch = 16

const (
	getSearchable = `SELECT author, content, deleted FROM message WHERE id=$1`

	putSearchMessage = `
		INSERT INTO search_message (message, ticket, at) VALUES ($1, $2, $3)
		ON CONFLICT (message) DO UPDATE SET ticket=excluded.ticket, at=excluded.at RETURNING id`
	getSearchMessage    = `SELECT id FROM search_message WHERE message=$1`
	deleteSearchMessage = `DELETE FROM search_message WHERE id=$1`

	putSearchWords = `
		INSERT INTO search_word (word, stem) VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14),
			($15, $16), ($17, $18), ($19, $20), ($21, $22), ($23, $24), ($25, $26), ($27, $28), ($29, $30), ($31, $32)
		ON CONFLICT (word) DO NOTHING`
	sixteenWords = `SELECT id FROM search_word WHERE word IN
			($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
	putSearchHits = `
		INSERT INTO search_hit (word, message) SELECT id, CAST($1 AS BIGINT) FROM (` + sixteenWords + `) found WHERE TRUE
		ON CONFLICT (word, message) DO NOTHING`
	deleteSearchHits = `DELETE FROM search_hit WHERE message=$1 AND word IN (` + sixteenWords + `)`

	putSearchCustomer = `
		INSERT INTO search_customer (customer, name, email, phone, region, town, card) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (customer) DO UPDATE SET name=excluded.name, email=excluded.email, phone=excluded.phone, region=excluded.region,
			town=excluded.town, card=excluded.card`
)

// searchable gives the text by which the stored message of an id is found, "" if there is none.
func (t *tx) searchable(id desk.MessageID) (string, error) {
	m, err := one(t, scanSearchable, getSearchable, id)
	if errors.Is(err, desk.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", wrap(err, "get words of message", id)
	}
	return m.Searchable(), nil
}

// index makes a message findable by its text. before is the text it was found by until now: what has not changed costs nothing.
func (t *tx) index(m *desk.Message, before string) error {
	after := m.Searchable()
	if before == after {
		return nil
	}
	old, now := vocabulary(before), vocabulary(after)
	id, err := t.searchNumber(m, after)
	if err != nil || id == 0 {
		return err
	}
	if err := t.eachBatch(without(old, now), func(words []content.Term) error { return t.dropHits(id, words) }); err != nil {
		return err
	}
	if after == "" {
		_, err := t.exec(deleteSearchMessage, id)
		return wrap(err, "forget words of message", m.ID)
	}
	return t.eachBatch(without(now, old), func(words []content.Term) error { return t.putHits(id, words) })
}

// searchNumber gives the number of a message in the index, 0 for one without words that has none.
func (t *tx) searchNumber(m *desk.Message, text string) (int64, error) {
	scan := func(r row, id *int64) error { return r.Scan(id) }
	var id *int64
	var err error
	if text == "" {
		id, err = one(t, scan, getSearchMessage, m.ID)
	} else {
		id, err = one(t, scan, putSearchMessage, m.ID, m.Ticket, nanos(m.At))
	}
	if errors.Is(err, desk.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, wrap(err, "number message for the search", m.ID)
	}
	return *id, nil
}

// vocabulary lists the different words of a text.
func vocabulary(text string) []content.Term {
	var out []content.Term
	seen := map[string]bool{}
	for _, term := range content.Terms(text) {
		if !seen[term.Word] {
			seen[term.Word] = true
			out = append(out, term)
		}
	}
	return out
}

// without lists the words that are not among others.
func without(words, others []content.Term) []content.Term {
	gone := map[string]bool{}
	for _, term := range others {
		gone[term.Word] = true
	}
	var out []content.Term
	for _, term := range words {
		if !gone[term.Word] {
			out = append(out, term)
		}
	}
	return out
}

// eachBatch calls f for the words, batch by batch.
func (t *tx) eachBatch(words []content.Term, f func([]content.Term) error) error {
	for len(words) > 0 {
		n := min(batch, len(words))
		full := make([]content.Term, batch)
		for i := range full {
			full[i] = words[min(i, n-1)]
		}
		if err := f(full); err != nil {
			return err
		}
		words = words[n:]
	}
	return nil
}

func (t *tx) putHits(message int64, words []content.Term) error {
	var args []any
	for _, term := range words {
		args = append(args, term.Word, term.Stem)
	}
	if _, err := t.exec(putSearchWords, args...); err != nil {
		return wrap(err, "put words of message", message)
	}
	_, err := t.exec(putSearchHits, hitArgs(message, words)...)
	return wrap(err, "index message", message)
}

func (t *tx) dropHits(message int64, words []content.Term) error {
	_, err := t.exec(deleteSearchHits, hitArgs(message, words)...)
	return wrap(err, "take words out of the index of message", message)
}

func hitArgs(message int64, words []content.Term) []any {
	args := []any{message}
	for _, term := range words {
		args = append(args, term.Word)
	}
	return args
}

// indexCustomer makes a customer's tickets findable by what is known of the customer.
func (t *tx) indexCustomer(c *desk.Customer) error {
	contacts, err := t.Contacts(c.ID)
	if err != nil {
		return err
	}
	k := c.Known(contacts)
	_, err = t.exec(putSearchCustomer, c.ID, k.Name, k.Email, k.Phone, k.Region, k.Town, k.All())
	return wrap(err, "index customer", c.ID)
}

func scanSearchable(r row, m *desk.Message) error {
	return r.Scan(&m.Author, dbutil.JSON{Data: &m.Content}, instant{&m.Deleted})
}
