package channeltest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/internal/texts"
	"frontdesk/store"
	"frontdesk/store/storetest"
)

// Desk is a whole desk for a House: a real journal, store and engine, with the configuration of desktest. Behind it stands the homeserver that a
// House promises.
type Desk struct {
	Journal *journal.Journal
	Engine  *desk.Engine

	end func()

	mu    sync.Mutex
	posts []desk.Post
}

// OpenDesk opens a desk on a database, with which it goes on where another one was closed. wire is called before it works, to put in what the channel
// has to; the function that it gives runs beside the desk until its end. The end comes with the test's or by Close.
func OpenDesk(t testing.TB, database storetest.Database, wire func(*Desk) (run func(context.Context) error)) *Desk {
	t.Helper()
	log := zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)
	ctx, cancel := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{Driver: database.Driver, DSN: database.DSN, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	words, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	newID := func() string { return ulid.Make().String() }
	d := &Desk{Engine: desk.New(desk.Options{
		NewID: newID, Texts: words, Bot: desktest.Bot, IsPuppet: func(u desk.UserID) bool { return strings.HasPrefix(string(u), "@desk_c_") },
	})}
	d.Journal = journal.New(journal.Options{DB: db, Engine: d.Engine, Now: time.Now, Log: log, NewID: newID})
	d.Journal.Deliverer(d)
	d.Journal.Applies(d)
	run := wire(d)
	var running sync.WaitGroup
	running.Go(func() { _ = d.Journal.Run(ctx) })
	d.end = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(d.end)
	d.Decide(t, desktest.Configuration())
	running.Go(func() { _ = run(ctx) })
	return d
}

// Close ends the desk. What was stored stays.
func (d *Desk) Close() { d.end() }

// Decide is a House's.
func (d *Desk) Decide(t testing.TB, in desk.Input) {
	t.Helper()
	if _, err := d.Journal.Decide(context.Background(), in); err != nil {
		t.Fatalf("decide %T: %v", in, err)
	}
}

// Read is a House's.
func (d *Desk) Read(t testing.TB, fn func(journal.Tx) error) {
	t.Helper()
	if err := d.Journal.Read(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// Posts is a House's.
func (d *Desk) Posts() []desk.Post {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.posts)
}

// Topics is a House's. Anna answers in all of them.
func (d *Desk) Topics(t testing.TB, names ...string) {
	t.Helper()
	in := desktest.Configuration()
	for i, name := range names {
		in.Queues = append(in.Queues, desk.Queue{
			ID: desk.QueueID(strings.ToLower(name)), Site: desktest.Site, Name: name, Visible: true, Position: i + 1,
			Operators: []desk.UserID{desktest.Anna},
		})
	}
	d.Decide(t, in)
}

// Deliver is the scripted homeserver: everything works at once.
func (d *Desk) Deliver(_ context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
	lane, id, _ := desk.LaneOf(e)
	if p, ok := e.(desk.Post); ok {
		d.mu.Lock()
		d.posts = append(d.posts, p)
		d.mu.Unlock()
	}
	if _, create := e.(desk.CreateRoom); create {
		return journal.Delivered{Room: &desk.Room{Key: lane, ID: desk.RoomID("!" + string(lane)), Version: "12"}}, nil
	}
	return journal.Delivered{Event: desk.EventID("$" + id)}, nil
}

// Apply takes every desired state for done.
func (d *Desk) Apply(context.Context, desk.Room, desk.Desire, json.RawMessage) (json.RawMessage, error) {
	return nil, nil
}
