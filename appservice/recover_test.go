package appservice_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"frontdesk/appservice"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

func invitation(u id.UserID) *mautrix.ReqInviteUser { return &mautrix.ReqInviteUser{UserID: u} }

// gate holds back the transaction with a word in it until it is opened, and tells when that one has come.
type gate struct {
	word  string
	came  chan struct{}
	once  sync.Once
	open  chan struct{}
	inner http.Handler
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := &strings.Builder{}
	buffer := make([]byte, 4096)
	for {
		n, err := r.Body.Read(buffer)
		body.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	if strings.Contains(body.String(), g.word) {
		select {
		case <-g.open:
		default:
			g.once.Do(func() { close(g.came) })
			<-r.Context().Done()
			return // cut off, not stored
		}
	}
	r.Body = http.NoBody
	again := r.Clone(r.Context())
	again.Body = readCloser{strings.NewReader(body.String())}
	g.inner.ServeHTTP(w, again)
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// Synapse is killed with a transaction in flight and five messages behind it, which it then forgets: all arrive, once and in order.
func TestCatchUpAfterKill(t *testing.T) {
	g := &gate{word: "in flight", came: make(chan struct{}), open: make(chan struct{})}
	f := open(t, officeOptions{between: func(h http.Handler) http.Handler { g.inner = h; return g }})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)
	f.applied()

	want := []string{"in flight"}
	if _, err := anna.SendText(ctx, portal, "in flight"); err != nil {
		t.Fatal(err)
	}
	<-g.came
	for i := range 5 {
		text := fmt.Sprintf("behind %d", i)
		want = append(want, text)
		if _, err := anna.SendText(ctx, portal, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.synapse.Kill(); err != nil {
		t.Fatal(err)
	}
	close(g.open)
	if err := f.synapse.Start(ctx); err != nil {
		t.Fatal(err)
	}
	f.hears(c, want[len(want)-1])
	if _, err := anna.SendText(ctx, portal, "afterwards"); err != nil {
		t.Fatal(err)
	}
	f.hears(c, "afterwards")
	var got []string
	for _, m := range f.messages(c) {
		if m.Author == desk.FromStaff {
			got = append(got, m.Content.Text)
		}
	}
	if want := append(want, "afterwards"); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("visitor reads %q, want %q", got, want)
	}
	f.noDeadLetters()
}

// What happened while we were down is read at the start: more messages than one sync holds, reactions, receipts, a redaction.
func TestCatchUpAfterPause(t *testing.T) {
	o := officeOptions{}
	f := open(t, o)
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)
	asked := f.write(c, "Can you count to 120?")
	shown := f.seesText(anna, portal, "Can you count to 120?")
	f.applied()
	f.stop()
	const last = 120
	for i := 1; i <= last; i++ {
		if _, err := anna.SendText(ctx, portal, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := anna.React(ctx, portal, shown.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	if err := anna.MarkRead(ctx, portal, shown.ID); err != nil {
		t.Fatal(err)
	}
	f.start(o)
	f.hears(c, fmt.Sprint(last))
	n := 0
	for _, m := range f.messages(c) {
		if m.Author != desk.FromStaff {
			continue
		}
		n++
		if m.Content.Text != fmt.Sprint(n) {
			t.Fatalf("message %d is %q", n, m.Content.Text)
		}
	}
	f.eventually("read position", func() bool { return f.conversation(c).StaffSeen >= asked.Seq })
	f.eventually("reaction", func() bool { return len(f.first(c, "Can you count to 120?").Reactions) == 1 })
	f.noDeadLetters()
}

// Sending again after Synapse was killed between sending and marking gives the same events.
func TestSendsAreIdempotent(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)
	hello := f.seesText(anna, portal, "Hello")
	f.applied()
	key := desk.PortalRoom(f.conversation(c).Portal)
	as := desk.Puppet(f.conversation(c).Customer)
	effects := []desk.Effect{
		desk.Post{ID: newRow(), Room: key, As: as, Text: "once", At: time.Now()},
		desk.React{ID: newRow(), Room: key, As: as, Target: desk.Ref{Event: desk.EventID(hello.ID)}, Key: "🎉"},
		desk.Redact{ID: newRow(), Room: key, As: as, Target: desk.Ref{Event: desk.EventID(hello.ID)}},
	}
	var first []desk.EventID
	for _, e := range effects {
		d, err := f.service.Deliver(ctx, e, journal.Attempt{N: 1})
		if err != nil {
			t.Fatal(err)
		}
		first = append(first, d.Event)
	}
	if err := f.synapse.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.service.Deliver(ctx, desk.Post{ID: newRow(), Room: key, As: as, Text: "x"}, journal.Attempt{N: 1}); !journal.IsOutage(err) {
		t.Errorf("sending to a dead homeserver: %v", err)
	}
	if err := f.synapse.Start(ctx); err != nil {
		t.Fatal(err)
	}
	for i, e := range effects {
		d, err := f.service.Deliver(ctx, e, journal.Attempt{N: 1})
		if err != nil {
			t.Fatal(err)
		}
		if d.Event != first[i] {
			t.Errorf("%T sent again is %s, was %s", e, d.Event, first[i])
		}
	}
	// A day later the homeserver has forgotten; the room has not.
	d, err := f.service.Deliver(ctx, effects[0], journal.Attempt{N: 2, First: time.Now().Add(-30 * time.Hour)})
	if err != nil || d.Event != first[0] {
		t.Errorf("after a day it is %s, %v", d.Event, err)
	}
}

func newRow() desk.EffectID { return desk.EffectID(ulid.Make().String()) }

// restarted gives a service that remembers nothing of what this process did.
func (f *office) restarted() *appservice.Service {
	f.t.Helper()
	s, err := appservice.New(f.config, journalOn(f), f.spool, zerolog.Nop())
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func journalOn(f *office) *journal.Journal {
	return journal.New(journal.Options{DB: f.db, Engine: f.engine, Log: zerolog.Nop(), NewID: func() string { return ulid.Make().String() }})
}

// A room whose making was not marked is found again; one that was left half made is completed.
func TestRoomIsMadeOnce(t *testing.T) {
	f := open(t, officeOptions{})
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Hello")
	f.portal(c)
	f.applied()
	customer := f.conversation(c).Customer
	portal := func(name string) desk.RoomKey {
		key := desk.PortalRoom(desk.PortalID(newRow()))
		err := f.journal.Write(ctx, func(tx journal.Tx) error {
			var effects []desk.Effect
			for thing, value := range map[string]any{
				desk.ThingName: name, desk.ThingTopic: "topic", desk.ThingJoin: desk.JoinRule{Restricted: true, Allow: []desk.RoomKey{desk.LobbyRoom(queueID)}},
				desk.ThingProfile: desk.Profile{Customer: customer, Name: "Visitor"},
			} {
				body, err := json.Marshal(value)
				if err != nil {
					return err
				}
				effects = append(effects, desk.Desire{Room: key, Thing: thing, Value: body})
			}
			return tx.AppendEffects(effects)
		})
		if err != nil {
			t.Fatal(err)
		}
		return key
	}

	whole := desk.CreateRoom{ID: newRow(), Room: portal("whole")}
	made, err := f.service.Deliver(ctx, whole, journal.Attempt{N: 1})
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.restarted().Deliver(ctx, whole, journal.Attempt{N: 2})
	if err != nil {
		t.Fatal(err)
	}
	if made.Room.ID == "" || again.Room == nil || *again.Room != *made.Room || len(again.Applied) != len(made.Applied) {
		t.Errorf("room is %+v, then %+v", made, again)
	}

	half := desk.CreateRoom{ID: newRow(), Room: portal("half")}
	resp, err := f.as(id.UserID(bot)).CreateRoom(ctx, &mautrix.ReqCreateRoom{
		RoomVersion: "12", Preset: "public_chat",
		CreationContent: map[string]any{"frontdesk.row": half.ID, "frontdesk.room": half.Room},
	})
	if err != nil {
		t.Fatal(err)
	}
	completed, err := f.restarted().Deliver(ctx, half, journal.Attempt{N: 2})
	if err != nil {
		t.Fatal(err)
	}
	if completed.Room.ID != desk.RoomID(resp.RoomID) {
		t.Fatalf("room is %s, not %s", completed.Room.ID, resp.RoomID)
	}
	for _, kind := range []string{"m.room.name", "m.room.topic", "m.room.join_rules", "m.room.power_levels", "m.room.history_visibility", "m.room.guest_access"} {
		want, got := f.currentState(id.RoomID(made.Room.ID), kind, ""), f.currentState(resp.RoomID, kind, "")
		if kind == "m.room.name" {
			want["name"] = "half"
		}
		if asJSON(t, got) != asJSON(t, want) {
			t.Errorf("%s is %v, want %v", kind, got, want)
		}
	}
	if m := f.currentState(resp.RoomID, "m.room.member", string(f.customer(c))); m["membership"] != "join" {
		t.Errorf("puppet is %v", m)
	}
}
