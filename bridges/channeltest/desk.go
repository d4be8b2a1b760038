package channeltest

import (
	"context"
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

// Desk is a whole desk for a House: a real journal, store and engine, and the scripted homeserver that a House promises.
type Desk struct {
	*Anna
	Journal *journal.Journal
	Engine  *desk.Engine
	Texts   *texts.Catalogue
	Matrix  *Matrix
	Sites   desk.SitesConfigured

	end func()
}

// Place is where a desk is opened. What is zero is new, or as in desktest.
type Place struct {
	Database storetest.Database // with which it goes on where another one was closed
	Matrix   *Matrix
	Sites    *desk.SitesConfigured
}

// OpenDesk opens a desk. wire is called before it works, to put in what the channel has to; the function that it gives runs beside the desk until
// its end. The end comes with the test's or by Close.
func OpenDesk(t testing.TB, p Place, wire func(*Desk) (run func(context.Context) error)) *Desk {
	t.Helper()
	if p.Database == (storetest.Database{}) {
		p.Database = storetest.SQLite(t)
	}
	log := zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)
	ctx, cancel := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{Driver: p.Database.Driver, DSN: p.Database.DSN, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	words, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	newID := func() string { return ulid.Make().String() }
	d := &Desk{Texts: words, Matrix: p.Matrix, Sites: desktest.Configuration()}
	if d.Matrix == nil {
		d.Matrix = NewMatrix()
	}
	if p.Sites != nil {
		d.Sites = *p.Sites
	}
	d.Anna = NewAnna(d.Decide, d.Read)
	d.Engine = desk.New(desk.Options{
		NewID: newID, Texts: words, Bot: desktest.Bot, IsPuppet: func(u desk.UserID) bool { return strings.HasPrefix(string(u), "@desk_c_") },
	})
	d.Journal = journal.New(journal.Options{DB: db, Engine: d.Engine, Now: time.Now, Log: log, NewID: newID})
	d.Journal.Deliverer(d.Matrix)
	d.Journal.Applies(d.Matrix)
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
	d.Decide(t, d.Sites)
	running.Go(func() { _ = run(ctx) })
	return d
}

// Close ends the desk. What was stored stays.
func (d *Desk) Close() { d.end() }

// House is what of a House the desk brings along.
func (d *Desk) House() House {
	return House{Decide: d.Decide, Read: d.Read, Posts: d.Matrix.Posts, Topics: d.Topics, Terms: d.Terms, Files: d.Files}
}

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

// Topics is a House's. Anna answers in all of them.
func (d *Desk) Topics(t testing.TB, within time.Duration, names ...string) {
	t.Helper()
	d.Sites.Sites = slices.Clone(d.Sites.Sites)
	d.Sites.Sites[0].ChooseTimeout = within
	for i, name := range names {
		d.Sites.Queues = append(slices.Clip(d.Sites.Queues), desk.Queue{
			ID: desk.QueueID(strings.ToLower(name)), Site: desktest.Site, Name: name, Visible: true, Position: i + 1,
			Operators: []desk.UserID{desktest.Anna},
		})
	}
	d.Decide(t, d.Sites)
}

// Terms is a House's.
func (d *Desk) Terms(t testing.TB, version string) {
	t.Helper()
	d.Sites.Sites = slices.Clone(d.Sites.Sites)
	d.Sites.Sites[0].Consent = desk.ConsentRule{Version: version, Policy: "https://shop.example/privacy"}
	d.Decide(t, d.Sites)
}

// Files is a House's.
func (d *Desk) Files(_ testing.TB, files ...File) (out []desk.File) {
	for _, f := range files {
		mxc := "mxc://desk.example/" + ulid.Make().String()
		d.Matrix.Put(mxc, f.Body)
		out = append(out, f.Record(mxc))
	}
	return out
}
