package appservice_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/appservice"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// scripted is a homeserver that answers sends, joins and probes as told; everything else succeeds.
type scripted struct {
	send  http.HandlerFunc
	probe int // status of writes of account data
	sends atomic.Int32
	joins atomic.Int32
	other atomic.Int32
}

func (h *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	switch {
	case strings.Contains(r.URL.Path, "/send/"):
		h.sends.Add(1)
		h.send(w, r)
	case strings.Contains(r.URL.Path, "/account_data/") && h.probe != 0:
		refuse(w, h.probe, "M_UNKNOWN", "")
	case strings.Contains(r.URL.Path, "/join/"):
		h.joins.Add(1)
		_, _ = io.WriteString(w, `{"room_id":"!portal"}`)
	case strings.Contains(r.URL.Path, "/state/m.room.member/"):
		_, _ = io.WriteString(w, `{"membership":"leave"}`)
	default:
		h.other.Add(1)
		_, _ = io.WriteString(w, `{}`)
	}
}

func refuse(w http.ResponseWriter, status int, code, more string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"errcode":"`+code+`","error":"no"`+more+`}`)
}

func refusing(status int, code, more string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { refuse(w, status, code, more) }
}

// against gives a service that works with a scripted homeserver.
func (d *desktop) against(t *testing.T, url string) *appservice.Service {
	t.Helper()
	s, err := appservice.New(appservice.Config{
		HomeserverURL: url, Domain: "localhost", ASToken: asToken, HSToken: hsToken, Bot: bot, MaxMedia: 1000,
	}, d.journal, &spool{}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVerdicts(t *testing.T) {
	proxyError := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>nginx</html>", status) }
	}
	cutOff := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"event`)
	}
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, test := range []struct {
		name  string
		send  http.HandlerFunc
		probe int
		want  string
	}{
		{"too large", refusing(413, "M_TOO_LARGE", ""), 0, "permanent"},
		{"malformed", refusing(400, "M_BAD_JSON", ""), 0, "permanent"},
		{"no such room", refusing(404, "M_NOT_FOUND", ""), 0, "permanent"},
		{"too many", refusing(429, "M_LIMIT_EXCEEDED", `,"retry_after_ms":70`), 0, "later"},
		{"wrong token", refusing(401, "M_UNKNOWN_TOKEN", ""), 0, "outage"},
		{"bad gateway", refusing(502, "", ""), 0, "outage"},
		{"unavailable", refusing(503, "M_UNKNOWN", ""), 0, "outage"},
		{"stumbles over this event", refusing(500, "M_UNKNOWN", ""), 0, "again"},
		{"stumbles over everything", refusing(500, "M_UNKNOWN", ""), 500, "outage"},
		{"a proxy's error page for everything", proxyError(404), 404, "outage"},
		{"a proxy's error page for this one", proxyError(403), 0, "again"},
		{"too large for a proxy", proxyError(413), 0, "permanent"},
		{"too many for a proxy", proxyError(429), 0, "later"},
		{"answer cut off", cutOff, 0, "outage"},
		{"hangs up", hangUp, 0, "outage"},
	} {
		t.Run(test.name, func(t *testing.T) {
			home := httptest.NewServer(&scripted{send: test.send, probe: test.probe})
			defer home.Close()
			d := newDesktop(t)
			_, err := d.against(t, home.URL).Deliver(t.Context(), desk.Post{ID: "R1", Room: portalKey, As: desk.Bot, Text: "x"}, journal.Attempt{N: 1})
			if got := verdictOf(err); got != test.want {
				t.Errorf("verdict is %s (%v), want %s", got, err, test.want)
			}
			if strings.Contains(err.Error(), asToken) {
				t.Errorf("error shows the token: %v", err)
			}
		})
	}
}

// verdictOf names what the journal makes of an error.
func verdictOf(err error) string {
	switch {
	case err == nil:
		return "done"
	case journal.IsPermanent(err):
		return "permanent"
	case journal.IsOutage(err):
		return "outage"
	case errors.Is(err, journal.ErrNotYet):
		return "not yet"
	case reflect.TypeOf(err) == reflect.TypeOf(journal.RetryAfter(io.EOF, time.Second)):
		return "later"
	}
	return "again"
}

// Nobody listens: that is an outage, whatever was to be done.
func TestNobodyListens(t *testing.T) {
	home := httptest.NewServer(&scripted{})
	home.Close()
	d := newDesktop(t)
	s := d.against(t, home.URL)
	room := desk.Room{Key: portalKey, ID: "!portal", Version: "12"}
	for _, thing := range []string{desk.ThingName, desk.ThingJoin, desk.ThingMember + string(op), string(desk.CardRow("T1"))} {
		value := `"x"`
		if thing != desk.ThingName {
			value = `{"want":"invite","by":"bot"}`
		}
		_, err := s.Apply(t.Context(), room, desk.Desire{Room: portalKey, Thing: thing, Value: []byte(value)}, nil)
		if !journal.IsOutage(err) {
			t.Errorf("%s: %v", thing, err)
		}
	}
	for _, e := range []desk.Effect{desk.Post{ID: "R", Room: portalKey, As: desk.Bot}, desk.CreateRoom{ID: "R", Room: "portal:P2"}} {
		if _, err := s.Deliver(t.Context(), e, journal.Attempt{N: 1}); !journal.IsOutage(err) {
			t.Errorf("%T: %v", e, err)
		}
	}
}

// A sender who is not in the room comes back once; being refused again is final.
func TestForbiddenSender(t *testing.T) {
	for _, test := range []struct {
		name    string
		refuses int32
		want    string
	}{
		{"came back", 1, "done"},
		{"still forbidden", 100, "permanent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			home := &scripted{}
			home.send = func(w http.ResponseWriter, r *http.Request) {
				if home.sends.Load() <= test.refuses {
					refuse(w, 403, "M_FORBIDDEN", "")
					return
				}
				_, _ = io.WriteString(w, `{"event_id":"$sent"}`)
			}
			server := httptest.NewServer(home)
			defer server.Close()
			d := newDesktop(t)
			post := desk.Post{ID: "R1", Room: portalKey, As: desk.Puppet("01ABC"), Text: "x"}
			_, err := d.against(t, server.URL).Deliver(t.Context(), post, journal.Attempt{N: 1})
			if got := verdictOf(err); got != test.want {
				t.Errorf("verdict is %s: %v", got, err)
			}
			if home.sends.Load() != 2 || home.joins.Load() != 1 {
				t.Errorf("%d sends, %d joins", home.sends.Load(), home.joins.Load())
			}
		})
	}
}

// What refers to something that was never sent: nothing to take back, nothing to edit, and an answer without what it answers.
func TestMissingTargets(t *testing.T) {
	home := &scripted{send: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"event_id":"$sent"}`) }}
	server := httptest.NewServer(home)
	defer server.Close()
	s := newDesktop(t).against(t, server.URL)
	missing := desk.Ref{Message: "M404"}
	for _, test := range []struct {
		effect desk.Effect
		want   string
		sends  int32
	}{
		{desk.Redact{ID: "R1", Room: portalKey, As: desk.Bot, Target: desk.Ref{Row: "R404"}}, "done", 0},
		{desk.React{ID: "R2", Room: portalKey, As: desk.Bot, Target: missing, Key: "x"}, "done", 0},
		{desk.Post{ID: "R3", Room: portalKey, As: desk.Bot, Text: "x", Replaces: missing}, "permanent", 0},
		{desk.Post{ID: "R4", Room: portalKey, As: desk.Bot, Text: "x", Reply: missing, Thread: missing}, "done", 1},
		{desk.Post{ID: "R5", Room: "portal:P404", As: desk.Bot, Text: "x"}, "not yet", 0},
		{desk.Arm{ID: "R6"}, "permanent", 0},
	} {
		before := home.sends.Load()
		_, err := s.Deliver(t.Context(), test.effect, journal.Attempt{N: 1})
		if got := verdictOf(err); got != test.want || home.sends.Load()-before != test.sends {
			t.Errorf("%+v: %s (%v) with %d sends", test.effect, got, err, home.sends.Load()-before)
		}
	}
}

// The proxy passes ranges through and stops at the size limit, whatever the homeserver says of the size.
func TestMediaLimits(t *testing.T) {
	var asked atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Range"))
		switch {
		case strings.HasSuffix(r.URL.Path, "/range"):
			w.Header().Set("Content-Range", "bytes 1-3/9")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, "bcd")
		case strings.HasSuffix(r.URL.Path, "/unsaid"):
			w.WriteHeader(http.StatusOK)
			for range 100 {
				_, _ = io.WriteString(w, strings.Repeat("x", 100))
				w.(http.Flusher).Flush()
			}
		default:
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, strings.Repeat("x", 5000))
		}
	}))
	defer server.Close()
	s := newDesktop(t).against(t, server.URL)
	resp, err := s.Open(context.Background(), "mxc://localhost/range", "bytes=1-3")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || string(body) != "bcd" || resp.StatusCode != http.StatusPartialContent || asked.Load() != "bytes=1-3" {
		t.Errorf("range gives %q, HTTP %d, %v", body, resp.StatusCode, err)
	}
	if resp, err := s.Open(context.Background(), "mxc://localhost/said", ""); err == nil {
		resp.Body.Close()
		t.Error("a file over the limit was opened")
	}
	resp, err = s.Open(context.Background(), "mxc://localhost/unsaid", "")
	if err != nil {
		t.Fatal(err)
	}
	body, err = io.ReadAll(resp.Body)
	resp.Body.Close()
	if err == nil || len(body) > 1000 {
		t.Errorf("%d bytes came through, %v", len(body), err)
	}
}
