package store

import (
	"fmt"
	"strings"

	"frontdesk/content"
	"frontdesk/desk"
)

// stemMark stands before a stem, which is kept among the words themselves. No word contains it: it is no letter.
const stemMark = "\uE000"

// wordIndex is how a database keeps the words of messages and finds messages by them.
type wordIndex interface {
	// keep makes a message findable by words, and by none of those it was found by before.
	keep(t *tx, m *desk.Message, words []content.Term) error
	forget(t *tx, id desk.MessageID) error
	// empty forgets all messages.
	empty(t *tx) error
	// matches adds the condition that all words and phrases are found in a message. It gives the tables of messages, to be joined to ticket t, search_message
	// among them as s, and what to order by for the newest to come first.
	matches(t *tx, c *conditions, s desk.Search) (tables, newest string, err error)
}

const (
	getSearchMessage    = `SELECT id FROM search_message WHERE message=$1`
	deleteSearchMessage = `DELETE FROM search_message WHERE message=$1`
)

// fullText is FTS4, which the driver for SQLite always brings along, unlike FTS5. Its tokenizer cuts at everything in ASCII that is no letter
// and no digit. Each word is followed by its stem, so that words that follow each other in a message do so in the index, stems between them.
type fullText struct{}

const (
	putSearchMessage = `
		INSERT INTO search_message (message, ticket, at) VALUES ($1, $2, $3)
		ON CONFLICT (message) DO UPDATE SET ticket=excluded.ticket, at=excluded.at RETURNING id`
	putSearchWords    = `INSERT OR REPLACE INTO search_words (docid, words) VALUES ($1, $2)`
	deleteSearchWords = `DELETE FROM search_words WHERE docid IN (SELECT id FROM search_message WHERE message=$1)`

	// Every transaction leaves a segment of the index; those of the same size are merged in a few steps now and then, for left alone SQLite
	// would merge them all at once, which may take a second.
	mergeSearchWords = `INSERT INTO search_words (search_words) VALUES ('merge=32,8')`
	mergeEvery       = 64
)

func (fullText) keep(t *tx, m *desk.Message, words []content.Term) error {
	id, err := one(t, func(r row, id *int64) error { return r.Scan(id) }, putSearchMessage, m.ID, m.Ticket, nanos(m.At))
	if err != nil {
		return err
	}
	if _, err := t.exec(putSearchWords, *id, wordsAndStems(words)); err != nil || *id%mergeEvery != 0 {
		return err
	}
	_, err = t.exec(mergeSearchWords)
	return err
}

func wordsAndStems(words []content.Term) string {
	out := make([]string, 0, 2*len(words))
	for _, w := range words {
		out = append(out, w.Word, stemMark+w.Stem)
	}
	return strings.Join(out, " ")
}

func (fullText) forget(t *tx, id desk.MessageID) error {
	if _, err := t.exec(deleteSearchWords, id); err != nil {
		return err
	}
	_, err := t.exec(deleteSearchMessage, id)
	return err
}

func (fullText) empty(t *tx) error {
	if _, err := t.exec(`DELETE FROM search_words`); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM search_message`)
	return err
}

// matches joins crosswise: SQLite then goes through the messages that match, the newest first, and stops when it has enough.
func (fullText) matches(_ *tx, c *conditions, s desk.Search) (tables, newest string, err error) {
	var means []string
	for _, term := range s.Words {
		mean := `("` + stemMark + term.Stem + `"`
		if beginning := term.Beginning(); beginning != "" {
			mean += ` OR "` + beginning + `*"`
		}
		means = append(means, mean+")")
	}
	for _, p := range s.Phrases {
		means = append(means, `"`+wordsAndStems(p.Words)+`"`)
	}
	c.add("f.words MATCH " + c.arg(strings.Join(means, " AND ")))
	return "search_words f CROSS JOIN search_message s ON s.id=f.docid CROSS JOIN ", "f.docid DESC", nil
}

// textVector is PostgreSQL's tsvector with a GIN index, filled with words that were cut and stemmed by us. A word and its stem have the same
// place in the message.
type textVector struct{}

const putSearchVector = `
	INSERT INTO search_message (message, ticket, at, words) VALUES ($1, $2, $3, CAST(CAST($4 AS TEXT) AS TSVECTOR))
	ON CONFLICT (message) DO UPDATE SET ticket=excluded.ticket, at=excluded.at, words=excluded.words`

func (textVector) keep(t *tx, m *desk.Message, words []content.Term) error {
	_, err := t.exec(putSearchVector, m.ID, m.Ticket, nanos(m.At), placedWords(words))
	return err
}

// placedWords writes words and stems with their places, as a tsvector is read. PostgreSQL drops what is too much for it: places of a word after the
// 255th, and the order of words after the 16,383rd.
func placedWords(words []content.Term) string {
	var out strings.Builder
	for i, w := range words {
		fmt.Fprintf(&out, "'%s':%d '%s':%d ", w.Word, i+1, stemMark+w.Stem, i+1)
	}
	return out.String()
}

func (textVector) forget(t *tx, id desk.MessageID) error {
	_, err := t.exec(deleteSearchMessage, id)
	return err
}

func (textVector) empty(t *tx) error {
	_, err := t.exec(`TRUNCATE search_message`)
	return err
}

// frequent is how many messages make it quicker to look through the newest ones than to gather all that match and sort them.
const frequent = 2000

const countSearchVector = `SELECT COUNT(*) FROM (SELECT 1 FROM search_message s WHERE s.words @@ CAST($1 AS TSQUERY) LIMIT $2) found`

// matches finds out by itself how frequent the words are: PostgreSQL takes any word that is not among the most frequent for more frequent than
// it is, and would look for a rare one through all messages.
func (textVector) matches(t *tx, c *conditions, s desk.Search) (tables, newest string, err error) {
	var means []string
	for _, term := range s.Words {
		mean := "('" + stemMark + term.Stem + "'"
		if beginning := term.Beginning(); beginning != "" {
			mean += " | '" + beginning + "':*"
		}
		means = append(means, mean+")")
	}
	for _, p := range s.Phrases {
		words := make([]string, len(p.Words))
		for i, w := range p.Words {
			words[i] = "'" + w.Word + "'"
		}
		means = append(means, "("+strings.Join(words, " <-> ")+")")
	}
	query := strings.Join(means, " & ")
	counted, err := found(t, scanCount, countSearchVector, []any{query, frequent})
	if err != nil {
		return "", "", err
	}
	newest = "s.id DESC"
	if firstOf(counted) < frequent {
		newest = "s.id+0 DESC" // not the order of any index
	}
	c.add("s.words @@ CAST(" + c.arg(query) + " AS TSQUERY)")
	return "search_message s JOIN ", newest, nil
}
