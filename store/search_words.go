package store

import (
	"fmt"
	"strconv"
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
	// find lists the messages in which all words and phrases are and which fit in everything else, at most so many, the newest first.
	find(t *tx, s desk.Search, most int) ([]desk.MessageID, error)
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

// find joins crosswise: SQLite then goes through the messages that match, the newest first, and stops when it has enough.
func (fullText) find(t *tx, s desk.Search, most int) ([]desk.MessageID, error) {
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
	c := forMessages(s, "search_words f CROSS JOIN search_message s ON s.id=f.docid CROSS JOIN ")
	c.add("f.words MATCH " + c.arg(strings.Join(means, " AND ")))
	return c.messages(t, "f.docid DESC", most)
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

const (
	// sample is how many of the newest messages tell how frequent something is: reading them takes a millisecond.
	sample = 2000
	// stride is how many times as many messages are sooner read than what matches among all is gathered from the index and sorted.
	stride = 20

	isNew = "s.id > (SELECT MAX(id) FROM search_message) - "
)

// find tries the newest messages, which may be enough, and decides by them how to go on. PostgreSQL cannot decide: it takes any word that is not
// among the most frequent for more frequent than it is, and gathers tens of thousands of messages where the newest few thousand would do.
func (textVector) find(t *tx, s desk.Search, most int) ([]desk.MessageID, error) {
	query := vectorQuery(s)
	read := func(conditions ...string) ([]desk.MessageID, error) {
		c := forMessages(s, "search_message s JOIN ")
		c.where = append(c.where, conditions...)
		c.add("COALESCE(s.words @@ CAST(" + c.arg(query) + " AS TSQUERY), FALSE)") // which no index helps with
		return c.messages(t, "s.id DESC", most)
	}
	newest, err := read(isNew + strconv.Itoa(sample))
	switch {
	case err != nil || len(newest) == most:
		return newest, err
	case len(newest)*stride >= most:
		return read()
	}
	c := forMessages(s, "search_message s JOIN ")
	c.add("s.words @@ CAST(" + c.arg(query) + " AS TSQUERY)")
	return c.messages(t, "s.id+0 DESC", most) // not the order of any index
}

func vectorQuery(s desk.Search) string {
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
	return strings.Join(means, " & ")
}
