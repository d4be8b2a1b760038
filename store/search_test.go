package store_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/store"
	"frontdesk/store/storetest"
)

// talk writes a conversation with a ticket of so many messages.
func talk(tx journal.Tx, n, messages int, text func(int) string) error {
	id := fmt.Sprintf("%06d", n)
	c := desk.Customer{ID: desk.CustomerID("c" + id), Site: "s", Number: int64(n), Name: "Иван " + id, Created: desktest.Start}
	v := desk.Conversation{ID: desk.ConversationID("v" + id), Site: "s", Customer: c.ID, Created: desktest.Start}
	k := desk.Ticket{
		ID: desk.TicketID("t" + id), Number: int64(n), Conversation: v.ID, Site: "s", Customer: c.ID, Queue: desk.QueueID(fmt.Sprint("q", n%10)),
		State: desk.Closed, LastOwner: desk.UserID(fmt.Sprintf("@op%d:x", n%40)), Opened: desktest.Start,
		Since: desktest.Start.Add(time.Duration(n) * time.Minute),
	}
	for _, put := range []func() error{
		func() error { return tx.PutCustomer(&c) }, func() error { return tx.PutConversation(&v) }, func() error { return tx.PutTicket(&k) },
	} {
		if err := put(); err != nil {
			return err
		}
	}
	for i := range messages {
		m := desk.Message{
			ID: desk.MessageID(fmt.Sprintf("m%s%04d", id, i)), Conversation: v.ID, Ticket: k.ID, Seq: int64(i + 1), Rev: int64(i + 1),
			Author: desk.FromCustomer, Status: desk.Sent, Content: content.Message{Text: text(i)}, At: k.Since.Add(time.Duration(i) * time.Second),
		}
		if err := tx.PutMessage(&m); err != nil {
			return err
		}
	}
	return nil
}

// TestSearchOfAnOlderVersion: what was stored before there was a search, or for another version of it, can be found after the next start.
func TestSearchOfAnOlderVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		const rows = 2100 // more than are indexed at once, and more than PostgreSQL tries first
		db := database.Open(t)
		write := func(fn func(tx journal.Tx) error) {
			t.Helper()
			if err := db.Write(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx journal.Tx) error {
			for n := range rows {
				if err := talk(tx, n+1, 1, func(int) string { return fmt.Sprint("заказы ", n) }); err != nil {
					return err
				}
			}
			return tx.PutMeta("search", "0 done ")
		})
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = database.Open(t)
		count := func(s desk.Search, most int) (messages, tickets int) {
			t.Helper()
			s.Reach.All = true
			err := db.Read(t.Context(), func(tx journal.Tx) (err error) {
				list, err := tx.FindMessages(s, most)
				if err != nil {
					return err
				}
				if messages = len(list); !slices.IsSortedFunc(list, func(a, b desk.MessageID) int { return cmp.Compare(b, a) }) {
					return errors.New("the newest does not come first")
				}
				tickets, err = tx.CountTickets(s)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return messages, tickets
		}
		if messages, tickets := count(desk.Search{Words: content.Terms("заказ")}, 5000); messages != rows || tickets != 0 {
			t.Errorf("%d messages and %d tickets are found, want %d and none", messages, tickets, rows)
		}
		if messages, tickets := count(desk.Search{Words: content.Terms("иван")}, 5000); messages != 0 || tickets != rows {
			t.Errorf("%d messages and %d tickets by the customers' names", messages, tickets)
		}
		if messages, _ := count(desk.Search{Words: content.Terms("77")}, 5000); messages != 1 {
			t.Errorf("%d messages with the number 77", messages)
		}
		if messages, _ := count(desk.Search{Words: content.Terms("заказ")}, 1000); messages != 1000 {
			t.Errorf("%d messages of at most 1000", messages)
		}
	})
}

// TestSearchHasALimit: a search that takes too long is refused with words for who asked, and the reader is as good as before.
func TestSearchHasALimit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		db := database.Open(t)
		if err := db.Write(t.Context(), func(tx journal.Tx) error { return talk(tx, 1, 3, func(int) string { return "заказ" }) }); err != nil {
			t.Fatal(err)
		}
		find := func() (n int, err error) {
			err = db.Read(t.Context(), func(tx journal.Tx) error {
				list, err := tx.FindMessages(desk.Search{Reach: desk.Reach{All: true}, Words: content.Terms("заказы")}, 10)
				n = len(list)
				return err
			})
			return n, err
		}
		for range 20 { // more than there are readers
			restore := store.SetSearchPatience(1)
			_, err := find()
			restore()
			var refusal *desk.Error
			if !errors.As(err, &refusal) || refusal.Code != desk.Unavailable || refusal.Key != "search.too_long" {
				t.Fatalf("a search without time: %v", err)
			}
			if n, err := find(); n != 3 || err != nil {
				t.Fatalf("afterwards %d are found, %v", n, err)
			}
		}
	})
}

// vocabulary of the measured messages: few common words and many rare ones, as people write.
var (
	common = strings.Fields("здравствуйте заказ доставка когда спасибо оплата возврат товар номер пожалуйста hello order delivery please thanks")
	rare   = strings.Fields("размер цвет адрес курьер квитанция гарантия скидка промокод посылка самовывоз invoice refund colour parcel warranty")
)

func sentence(n int) string {
	var words []string
	for i := range 12 {
		switch i % 4 {
		case 0:
			words = append(words, common[(n*7+i)%len(common)])
		case 1:
			words = append(words, rare[(n*13+i*5)%len(rare)])
		case 2:
			words = append(words, fmt.Sprintf("слово%d", (n*31+i*17)%20000))
		default:
			words = append(words, fmt.Sprint((n*97+i)%50000))
		}
	}
	return strings.Join(append(words, "клиент пишет"), " ")
}

// BenchmarkSearch measures searches among 100,000 messages of 2,000 conversations, as a command makes them: up to 1,000 found, the newest 20
// read. It tells as well what writing and indexing the messages took.
func BenchmarkSearch(b *testing.B) {
	const customers, messages = 2_000, 50
	for driver, database := range map[string]func(testing.TB) storetest.Database{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(driver, func(b *testing.B) {
			where := database(b)
			db := where.Open(b)
			begin := time.Now()
			for from := 0; from < customers; from += 20 {
				err := db.Write(b.Context(), func(tx journal.Tx) error {
					for n := from; n < from+20; n++ {
						if err := talk(tx, n+1, messages, func(i int) string { return sentence(n*messages + i) }); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.Logf("%s: %d messages written and indexed in %v", driver, customers*messages, time.Since(begin).Round(time.Millisecond))
			if where.Driver == "postgres" {
				analyze(b, where.DSN)
			}
			for name, s := range searches() {
				b.Run(name, func(b *testing.B) { measure(b, db, s) })
			}
		})
	}
}

// analyze tells PostgreSQL what is in the tables, as it finds out by itself within minutes.
func analyze(b *testing.B, dsn string) {
	conn, err := pgx.Connect(b.Context(), dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	if _, err := conn.Exec(b.Context(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
}

func searches() map[string]desk.Search {
	all := desk.Reach{All: true}
	return map[string]desk.Search{
		"rare word":               {Reach: all, Words: content.Terms("слово777")},
		"common word":             {Reach: all, Words: content.Terms("заказами")},
		"three common words":      {Reach: all, Words: content.Terms("заказ оплата курьер")},
		"two in every message":    {Reach: all, Words: content.Terms("клиент пишет")},
		"a beginning of 11,000":   {Reach: all, Words: content.Terms("заказ курьер слово1")},
		"common word of one":      {Reach: desk.Reach{Owners: []desk.UserID{"@op7:x"}}, Words: content.Terms("доставки")},
		"common word, one's name": {Reach: all, Words: content.Terms("доставки"), Name: "0042"},
		"no such word":            {Reach: all, Words: content.Terms("абракадабра")},
		"phrase of every message": {Reach: all, Phrases: []desk.Phrase{phrase("клиент пишет")}},
		"phrase of every fifth":   {Reach: all, Phrases: []desk.Phrase{phrase("заказ")}, Words: content.Terms("оплата")},
		"archive":                 {Reach: all, States: []desk.TicketState{desk.Closed}},
	}
}

func phrase(text string) desk.Phrase {
	return desk.Phrase{Text: content.Fold(text), Words: content.Terms(text)}
}

// measure counts and reads one page, as a command does.
func measure(b *testing.B, db *store.DB, s desk.Search) {
	found := 0
	for b.Loop() {
		err := db.Read(context.Background(), func(tx journal.Tx) (err error) {
			if !s.HasWords() {
				if found, err = tx.CountTickets(s); err == nil {
					_, err = tx.FindTickets(s, 0, 20)
				}
				return err
			}
			list, err := tx.FindMessages(s, 1000)
			if err != nil {
				return err
			}
			found = len(list)
			for _, id := range list[:min(len(list), 20)] {
				if _, err := tx.Message(id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(found), "found")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/search")
}
