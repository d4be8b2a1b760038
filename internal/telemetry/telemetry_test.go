package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"frontdesk/internal/telemetry"
)

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, "warn", false)
	if err != nil {
		t.Fatal(err)
	}
	log.Info().Msg("unseen")
	log.Warn().Str("room", "!a").Msg("Seen")
	var line struct{ Level, Message, Room, Time string }
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if line.Level != "warn" || line.Message != "Seen" || line.Room != "!a" || line.Time == "" {
		t.Errorf("got %+v", line)
	}
	out.Reset()
	log, err = telemetry.NewLogger(&out, "info", true)
	if err != nil {
		t.Fatal(err)
	}
	log.Info().Msg("For people")
	if !strings.Contains(out.String(), "For people") || strings.HasPrefix(out.String(), "{") {
		t.Errorf("pretty log is %q", out.String())
	}
	if _, err := telemetry.NewLogger(&out, "loud", false); err == nil {
		t.Error("level loud was taken")
	}
}

func link(name string, required bool, err error) telemetry.Link {
	return telemetry.Link{Name: name, Required: required, Check: func(context.Context) error { return err }}
}

func TestHealth(t *testing.T) {
	away := errors.New("away")
	for _, tc := range []struct {
		name   string
		links  []telemetry.Link
		state  string
		status int
	}{
		{"all well", []telemetry.Link{link("database", true, nil), link("homeserver", false, nil)}, telemetry.Well, 200},
		{"homeserver away", []telemetry.Link{link("database", true, nil), link("homeserver", false, away)}, telemetry.Degraded, 200},
		{"database away", []telemetry.Link{link("database", true, away), link("homeserver", false, nil)}, telemetry.Down, 503},
		{"both away", []telemetry.Link{link("homeserver", false, away), link("database", true, away)}, telemetry.Down, 503},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h := &telemetry.Health{Version: "1", Links: tc.links}
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/health", nil))
			var r telemetry.Report
			if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			if w.Code != tc.status || r.State != tc.state || len(r.Links) != len(tc.links) {
				t.Errorf("got %d %+v, want %d %s", w.Code, r, tc.status, tc.state)
			}
			for i, l := range r.Links {
				if want := tc.links[i].Check(t.Context()); l.OK != (want == nil) || l.Name != tc.links[i].Name || l.OK == (l.Error == "away") {
					t.Errorf("link is %+v", l)
				}
			}
		})
	}
}

// A link that never answers must not hang the report: it is given a context that ends with the asker's.
func TestHealthGivesUpWithTheAsker(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := &telemetry.Health{Links: []telemetry.Link{{Name: "slow", Check: func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}}}
	if got := h.Report(ctx); got.State != telemetry.Degraded {
		t.Errorf("got %+v", got)
	}
}

func TestEndpoints(t *testing.T) {
	s := httptest.NewServer(telemetry.Handler(telemetry.NewRegistry("v1.2.3"), &telemetry.Health{}))
	defer s.Close()
	for path, want := range map[string]string{
		"/metrics":     `frontdesk_build_info{version="v1.2.3"} 1`,
		"/health":      `"state": "well"`,
		"/health/live": "",
	} {
		resp, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %v %s, want %q in it", path, resp.StatusCode, err, body, want)
		}
	}
}
