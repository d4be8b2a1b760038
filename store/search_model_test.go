package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/store"
	"frontdesk/store/storetest"
)

// spoken are the words of the model's messages: forms of each other, beginnings of each other, both alphabets, numbers.
var spoken = strings.Fields("заказ заказы заказчик Заказами ёлка елки order orders ordering ord 12 123 1234 не a дом, домой; or AND \"near\" l'été * №7 日本語 x'); --")

// model drives the same random messages into a database and into the in-memory Tx.
type model struct {
	t     *testing.T
	db    *store.DB
	plain *desktest.Tx
	rng   *rand.Rand
	all   []desk.Message // of those that are committed, as they are now
}

func (m *model) text() string {
	out := make([]string, 1+m.rng.IntN(6))
	for i := range out {
		out[i] = spoken[m.rng.IntN(len(spoken))]
	}
	return strings.Join(out, " ")
}

// next gives a message that is new, edited, deleted, or put again as it is.
func (m *model) next(n int) desk.Message {
	if len(m.all) == 0 || m.rng.IntN(2) == 0 {
		return desk.Message{
			ID: desk.MessageID(fmt.Sprintf("m%05d", n)), Conversation: "v000001", Ticket: "t000001", Seq: int64(n), Rev: int64(n),
			Author: desk.FromCustomer, Status: desk.Sent, Content: content.Message{Text: m.text()}, At: desktest.Start.Add(time.Duration(n) * time.Second),
		}
	}
	k := m.all[m.rng.IntN(len(m.all))]
	switch m.rng.IntN(3) {
	case 0:
		k.Content = content.Message{}
		k.Deleted = desktest.Start
	case 1:
		if k.Deleted.IsZero() {
			k.Content.Text = m.text()
		}
	}
	return k
}

// write puts some messages in one transaction; some of them, or all, are rolled back.
func (m *model) write(n int) {
	undone := errors.New("undone")
	var kept []desk.Message
	err := m.db.Write(m.t.Context(), func(tx journal.Tx) error {
		kept = nil
		for i := range 1 + m.rng.IntN(3) {
			k, fails := m.next(10*n+i), m.rng.IntN(4) == 0
			err := tx.Nested(func() error {
				if err := tx.PutMessage(&k); err != nil {
					return err
				}
				if fails {
					return undone
				}
				return nil
			})
			if fails && !errors.Is(err, undone) || !fails && err != nil {
				return fmt.Errorf("put message: %w", err)
			}
			if !fails {
				kept = append(kept, k)
			}
		}
		if m.rng.IntN(10) == 0 {
			kept = nil
			return undone
		}
		return nil
	})
	if err != nil && !errors.Is(err, undone) {
		m.t.Fatal(err)
	}
	for _, k := range kept {
		if err := m.plain.PutMessage(&k); err != nil {
			m.t.Fatal(err)
		}
		m.all = slices.DeleteFunc(m.all, func(known desk.Message) bool { return known.ID == k.ID })
		m.all = append(m.all, k)
	}
}

// compare looks for some words in both.
func (m *model) compare() {
	m.t.Helper()
	words := content.Terms(m.text())
	s := desk.Search{Reach: desk.Reach{All: true}, Words: words[:min(len(words), 1+m.rng.IntN(3))]}
	if len(s.Words) > 0 && m.rng.IntN(2) == 0 {
		s.Words, s.Phrases = nil, []desk.Phrase{{Words: s.Words}}
	}
	want, err := m.plain.FindMessages(s, 50)
	if err != nil {
		m.t.Fatal(err)
	}
	var got []desk.MessageID
	if err := m.db.Read(m.t.Context(), func(tx journal.Tx) (err error) {
		got, err = tx.FindMessages(s, 50)
		return err
	}); err != nil {
		m.t.Fatalf("%+v %+v: %v", s.Words, s.Phrases, err)
	}
	if !slices.Equal(got, want) {
		m.t.Fatalf("%+v %+v finds %v, want %v", s.Words, s.Phrases, got, want)
	}
}

// TestSearchModel: whatever is written, changed, deleted and rolled back, and however the database cuts and merges its index meanwhile, the same
// is found as by looking at every message.
func TestSearchModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		m := &model{t: t, db: database.Open(t), plain: desktest.NewTx(), rng: rand.New(rand.NewPCG(7, 11))}
		if err := m.db.Write(t.Context(), func(tx journal.Tx) error { return talk(tx, 1, 0, nil) }); err != nil {
			t.Fatal(err)
		}
		k := desk.Ticket{ID: "t000001", Number: 1, Conversation: "v000001", Site: "s", Customer: "c000001", State: desk.Closed, Opened: desktest.Start}
		if err := m.plain.PutTicket(&k); err != nil {
			t.Fatal(err)
		}
		for n := range 600 {
			m.write(n)
			m.compare()
		}
		if database.Driver == "sqlite" {
			sound(t, m.db, database.DSN)
		}
	})
}

// sound closes a SQLite database and lets SQLite compare the index with what was indexed.
func sound(t *testing.T, db *store.DB, path string) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.ExecContext(t.Context(), `INSERT INTO search_words (search_words) VALUES ('integrity-check')`); err != nil {
		t.Errorf("the index of words is not sound: %v", err)
	}
}
