package appservice_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"
	"github.com/rs/zerolog"

	"frontdesk/appservice"
	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/internal/texts"
	"frontdesk/store"
)

const portalKey = desk.RoomKey("portal:P1")

// desktop is a service with a database and a journal, but without a homeserver: what comes in is stored and decided, nothing goes out.
type desktop struct {
	db      *store.DB
	journal *journal.Journal
	service *appservice.Service
}

func newDesktop(t testing.TB) *desktop {
	t.Helper()
	db, err := store.Open(context.Background(), store.Config{
		Driver: "sqlite", DSN: filepath.Join(t.TempDir(), "frontdesk.db"), Log: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	catalogue, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	d := &desktop{db: db}
	newID := func() string { return ulid.Make().String() }
	engine := desk.New(desk.Options{NewID: newID, Texts: catalogue, Bot: bot, IsPuppet: func(u desk.UserID) bool {
		return d.service.IsPuppet(u)
	}})
	d.journal = journal.New(journal.Options{DB: db, Engine: engine, Log: zerolog.Nop(), NewID: newID})
	d.service, err = appservice.New(appservice.Config{
		HomeserverURL: "http://127.0.0.1:1", Domain: "localhost", ASToken: asToken, HSToken: hsToken, Bot: bot,
		StaffToken: staffToken, Staff: func(u desk.UserID) bool { return strings.HasPrefix(string(u), "@op_") },
	}, d.journal, &spool{}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, func(tx journal.Tx) error {
		return tx.PutRoom(&desk.Room{Key: portalKey, ID: "!portal", Version: "12"})
	})
	return d
}

func (d *desktop) write(t testing.TB, fn func(journal.Tx) error) {
	t.Helper()
	if err := d.journal.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func (d *desktop) put(body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPut, "/_matrix/app/v1/transactions/1", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+hsToken)
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	d.service.Handler().ServeHTTP(w, r)
	return w
}

// stored reports whether an event is in the inbox.
func (d *desktop) stored(t testing.TB, event string) *journal.InputState {
	t.Helper()
	var state *journal.InputState
	err := d.journal.Read(context.Background(), func(tx journal.Tx) (err error) {
		state, err = tx.InputState("matrix", event)
		return err
	})
	if errors.Is(err, desk.ErrNotFound) {
		return nil
	} else if err != nil {
		t.Fatal(err)
	}
	return state
}

func textEvent(id string) string {
	return fmt.Sprintf(`{"event_id":"$%s","room_id":"!portal","type":"m.room.message","sender":"@op_1:localhost",`+
		`"origin_server_ts":1700000000000,"content":{"msgtype":"m.text","body":"hello"}}`, id)
}

func TestTransactionRefusals(t *testing.T) {
	path := func(p string) func(*http.Request) { return func(r *http.Request) { r.URL.Path = p } }
	for _, test := range []struct {
		name   string
		body   string
		change func(*http.Request)
		status int
	}{
		{"no token", `{}`, func(r *http.Request) { r.Header.Del("Authorization") }, 403},
		{"wrong token", `{}`, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+asToken) }, 403},
		{"empty token", `{}`, func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 403},
		{"wrong token in query", `{}`, func(r *http.Request) { r.Header.Del("Authorization"); r.URL.RawQuery = "access_token=x" }, 403},
		{"token in query", `{"events":[]}`, func(r *http.Request) { r.Header.Del("Authorization"); r.URL.RawQuery = "access_token=" + hsToken }, 200},
		{"no JSON", `hello`, nil, 400},
		{"cut off", `{"events":[{"event_id":"$a"`, nil, 400},
		{"an array", `[]`, nil, 400},
		{"events are no list", `{"events":{"a":1}}`, nil, 400},
		{"nothing", `{}`, nil, 200},
		{"too large", `{"events":["` + strings.Repeat("x", 33<<20) + `"]}`, nil, 413},
		{"legacy path", `{"events":[]}`, path("/transactions/7"), 200},
		{"users", ``, func(r *http.Request) { r.Method, r.URL.Path = "GET", "/_matrix/app/v1/users/@x:localhost" }, 404},
		{"rooms", ``, func(r *http.Request) { r.Method, r.URL.Path = "GET", "/_matrix/app/v1/rooms/%23x:localhost" }, 404},
		{"ping", `{}`, func(r *http.Request) { r.Method, r.URL.Path = "POST", "/_matrix/app/v1/ping" }, 200},
		{"ping without token", `{}`, func(r *http.Request) {
			r.Method, r.URL.Path = "POST", "/_matrix/app/v1/ping"
			r.Header.Del("Authorization")
		}, 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesktop(t)
			var changes []func(*http.Request)
			if test.change != nil {
				changes = append(changes, test.change)
			}
			w := d.put(test.body, changes...)
			if w.Code != test.status {
				t.Errorf("answered %d %s, want %d", w.Code, w.Body, test.status)
			}
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("answer is no JSON: %s", w.Body)
			}
			if strings.Contains(w.Body.String(), hsToken) || strings.Contains(w.Body.String(), asToken) {
				t.Errorf("answer shows a token")
			}
		})
	}
}

// What no event can be read of becomes a dead letter; the events beside it are taken.
func TestUnreadableEventStopsNobody(t *testing.T) {
	for _, bad := range []string{
		`7`, `null`, `"text"`, `[]`, `{}`, `{"event_id":5}`,
		`{"event_id":"","room_id":"!portal","type":"m.room.message"}`,
		`{"event_id":"$a","room_id":"","type":"m.room.message"}`,
		`{"event_id":"$a\u0000","room_id":"!portal","type":"m.room.message"}`,
		`{"event_id":"$` + strings.Repeat("a", 300) + `","room_id":"!portal","type":"m.room.message"}`,
		"{\"event_id\":\"\xff\xfe\",\"room_id\":\"!portal\"}",
	} {
		d := newDesktop(t)
		d.journal.Release("matrix")
		w := d.put(`{"events":[` + textEvent("before") + `,` + bad + `,` + textEvent("after") + `]}`)
		if w.Code != http.StatusOK {
			t.Errorf("%s: answered %d %s", bad, w.Code, w.Body)
			continue
		}
		for _, id := range []string{"$before", "$after"} {
			if d.stored(t, id) == nil {
				t.Errorf("%s: event %s beside it is lost", bad, id)
			}
		}
		letters, err := d.journal.DeadLetters(context.Background(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(letters) != 1 || letters[0].Of != journal.OfInput {
			t.Errorf("%s: dead letters are %+v", bad, letters)
		}
	}
}

// An event whose envelope is well but whose inside is not turns into a dead letter of its room.
func TestUnreadableInside(t *testing.T) {
	for _, bad := range []string{
		`{"event_id":"$bad","room_id":"!portal","type":"m.room.message","content":{}}`,
		`{"event_id":"$bad","room_id":"!portal","type":"m.room.message","sender":"nobody","content":{}}`,
		`{"event_id":"$bad","room_id":"!portal","type":"m.room.message","sender":"@op_1:localhost","content":[]}`,
		`{"event_id":"$bad","room_id":"!portal","type":"m.room.message","sender":"@op_1:localhost","unsigned":7}`,
	} {
		d := newDesktop(t)
		d.journal.Release("matrix")
		if w := d.put(`{"events":[` + bad + `]}`); w.Code != http.StatusOK {
			t.Errorf("%s: answered %d", bad, w.Code)
		}
		if state := d.stored(t, "$bad"); state == nil || !state.Dead {
			t.Errorf("%s: its state is %+v", bad, state)
		}
	}
}

// State that we set is not stored, unless it may be somebody else's act in our name; what others set always is.
func TestOwnStateIsNotStored(t *testing.T) {
	d := newDesktop(t)
	for id, test := range map[string]struct {
		kind, key, sender, unsigned string
		want                        bool
	}{
		"$name":    {"m.room.name", "", string(bot), "", false},
		"$command": {"org.matrix.msc4391.command_description", "help", string(bot), "", false},
		"$theirs":  {"m.room.name", "", "@op_1:localhost", "", true},
		"$member":  {"m.room.member", "@desk_c_1:localhost", "@desk_c_1:localhost", "", true},
		"$first":   {"m.room.power_levels", "", string(bot), "", false},
		"$levels":  {"m.room.power_levels", "", string(bot), `"replaces_state":"$first"`, true},
	} {
		d.put(fmt.Sprintf(`{"events":[{"event_id":%q,"room_id":"!portal","type":%q,"state_key":%q,"sender":%q,"content":{},"unsigned":{%s}}]}`,
			id, test.kind, test.key, test.sender, test.unsigned))
		if got := d.stored(t, id) != nil; got != test.want {
			t.Errorf("%s: stored %v, want %v", id, got, test.want)
		}
	}
}

// An event of our own is stored unless it is known already which row it carries; whoever else writes that row is believed nothing.
func TestKnownEchoesAreNotStored(t *testing.T) {
	d := newDesktop(t)
	d.write(t, func(tx journal.Tx) error {
		return tx.PutEvent(&desk.Event{Room: portalKey, ID: "$known", Row: "row1", Kind: desk.EventNotice})
	})
	own := func(id, sender, row string) string {
		e := strings.ReplaceAll(textEvent(id), "@op_1:localhost", sender)
		return strings.Replace(e, `"content":{`, `"content":{"frontdesk.row":"`+row+`",`, 1)
	}
	const puppet = "@desk_c_1:localhost"
	for id, event := range map[string]string{
		"$known": own("known", string(bot), "row1"), "$new": own("new", puppet, "row2"), "$forged": own("forged", "@op_1:localhost", "row1"),
	} {
		d.put(`{"events":[` + event + `]}`)
		if got, want := d.stored(t, id) != nil, id != "$known"; got != want {
			t.Errorf("%s: stored %v, want %v", id, got, want)
		}
	}
	d.put(`{"events":[` + own("known", "@op_1:localhost", "row1") + `]}`)
	if d.stored(t, "$known") == nil {
		t.Error("somebody else's event passed for a known one of ours")
	}
}

// Events of rooms that are not ours are not kept.
func TestForeignRooms(t *testing.T) {
	d := newDesktop(t)
	foreign := strings.ReplaceAll(textEvent("foreign"), "!portal", "!elsewhere")
	if w := d.put(`{"events":[` + foreign + `]}`); w.Code != http.StatusOK {
		t.Fatalf("answered %d", w.Code)
	}
	if d.stored(t, "$foreign") != nil {
		t.Error("event of a foreign room was stored")
	}
}

// Homeservers repeat transaction ids with more events in them, and events under other ids.
func TestTransactionIDsMeanNothing(t *testing.T) {
	d := newDesktop(t)
	first, second := textEvent("one"), textEvent("two")
	d.put(`{"events":[` + first + `]}`)
	d.put(`{"events":[` + first + `,` + second + `]}`)
	d.put(`{"events":[`+second+`]}`, func(r *http.Request) { r.URL.Path = "/_matrix/app/v1/transactions/2" })
	for _, id := range []string{"$one", "$two"} {
		if d.stored(t, id) == nil {
			t.Errorf("event %s is lost", id)
		}
	}
	var lane []journal.Input
	err := d.journal.Read(context.Background(), func(tx journal.Tx) (err error) {
		lane, err = tx.PendingSince("room:!portal", 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(lane) != 2 || lane[0].ID != "$one" || lane[1].ID != "$two" {
		t.Errorf("lane holds %+v", lane)
	}
}

// What cannot be stored is not acknowledged.
func TestDatabaseFails(t *testing.T) {
	d := newDesktop(t)
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
	if w := d.put(`{"events":[` + textEvent("lost") + `]}`); w.Code < 500 {
		t.Errorf("answered %d", w.Code)
	}
}

func FuzzTransaction(f *testing.F) {
	for _, seed := range []string{
		`{"events":[` + textEvent("a") + `]}`,
		`{"events":[{"event_id":"$m","room_id":"!portal","type":"m.room.member","state_key":"@op_1:localhost","sender":"@op_1:localhost",` +
			`"content":{"membership":"join","frontdesk.row":"member.x.y"},"unsigned":{"prev_content":{"membership":"invite"}}}]}`,
		`{"ephemeral":[{"type":"m.receipt","room_id":"!portal","content":{"$a":{"m.read":{"@op_1:localhost":{"ts":1}}}}}]}`,
		`{"de.sorunome.msc2409.ephemeral":[{"type":"m.typing","room_id":"!portal","content":{"user_ids":["@op_1:localhost"]}}]}`,
		`{"events":[{"event_id":"$r","room_id":"!portal","type":"m.room.redaction","sender":"@op_1:localhost","content":{"redacts":"$a"}}]}`,
		`{"events":[{"event_id":"$g","room_id":"!portal","type":"m.room.message","sender":"@op_1:localhost","content":` +
			`{"msgtype":"dm.filament.gallery","body":"x","itemtypes":[{"itemtype":"m.image","url":"mxc://a/b","body":"c"}]}}]}`,
		`{"events":[{"event_id":"$i","room_id":"!new","type":"m.room.member","state_key":"@frontdesk:localhost","sender":"@op_1:localhost",` +
			`"content":{"membership":"invite"}}]}`,
		`{"events":[7,null,{"event_id":"$x"}]}`,
		`{`,
	} {
		f.Add([]byte(seed))
	}
	d := newDesktop(f)
	d.journal.Release("matrix")
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPut, "/_matrix/app/v1/transactions/1", bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+hsToken)
		w := httptest.NewRecorder()
		d.service.Handler().ServeHTTP(w, r)
		out, _ := io.ReadAll(w.Body)
		switch w.Code {
		case http.StatusOK, http.StatusBadRequest:
		default:
			t.Errorf("answered %d %s", w.Code, out)
		}
		if w.Code == http.StatusBadRequest && json.Valid(body) && bytes.HasPrefix(bytes.TrimSpace(body), []byte(`{"events":[]`)) {
			t.Errorf("refused a readable transaction: %s", body)
		}
	})
}
