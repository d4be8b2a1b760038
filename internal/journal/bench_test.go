package journal_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/oklog/ulid/v2"
	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/internal/texts"
	"frontdesk/store/storetest"
)

// BenchmarkSubmit measures what a customer's message costs from Submit to the commit of its decision, in a conversation whose ticket waits:
// one after the other, and many at once.
func BenchmarkSubmit(b *testing.B) {
	for driver, database := range map[string]func(testing.TB) storetest.Database{
		"sqlite": storetest.SQLite, "postgres": storetest.Postgres,
	} {
		b.Run(driver+"/one", func(b *testing.B) {
			const each = 20 // messages of a conversation: the card of a waiting ticket shows all its words
			j, conversations := benchHouse(b, database(b), b.N/each+1)
			for i := range b.N {
				benchSubmit(b, j, conversations[i/each], i)
			}
		})
		b.Run(driver+"/many", func(b *testing.B) {
			const senders = 32
			j, conversations := benchHouse(b, database(b), senders)
			var sender, next atomic.Int64
			b.SetParallelism(senders / 2)
			b.RunParallel(func(pb *testing.PB) {
				mine := conversations[(sender.Add(1)-1)%senders]
				for pb.Next() {
					benchSubmit(b, j, mine, int(next.Add(1)))
				}
			})
		})
	}
}

func benchHouse(b *testing.B, database storetest.Database, n int) (*journal.Journal, []desk.ConversationID) {
	b.Helper()
	catalogue, err := texts.Load()
	if err != nil {
		b.Fatal(err)
	}
	newID := func() string { return ulid.Make().String() }
	engine := desk.New(desk.Options{
		NewID: newID, Texts: catalogue, Bot: "@frontdesk:x", IsPuppet: func(desk.UserID) bool { return false },
	})
	j := journal.New(journal.Options{DB: database.Open(b), Engine: engine, Log: zerolog.Nop(), NewID: newID})
	j.Source("test", translate)
	configuration := desktest.Configuration()
	if _, err := j.Decide(b.Context(), configuration); err != nil {
		b.Fatal(err)
	}
	conversations := make([]desk.ConversationID, n)
	for i := range conversations {
		err := j.Write(b.Context(), func(tx journal.Tx) error {
			c, err := engine.OpenConversation(tx, desktest.Start, configuration.Sites[0].ID, desk.ChannelWidget, "en")
			if err == nil {
				conversations[i] = c.ID
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		benchSubmit(b, j, conversations[i], -1)
	}
	b.ResetTimer()
	return j, conversations
}

func benchSubmit(b *testing.B, j *journal.Journal, c desk.ConversationID, i int) {
	id := fmt.Sprintf("%s-%d", c, i)
	outcomes, err := j.Submit(context.Background(), message(string(c), id, "How much is the fish?"))
	if err != nil || !outcomes[0].Decided || outcomes[0].Refused != nil {
		b.Errorf("submit: %+v, %v", outcomes, err)
	}
}
