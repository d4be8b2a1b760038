package devstack_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"frontdesk/internal/devstack"
)

func TestStackIsKilledAndGoesOn(t *testing.T) {
	for name, o := range map[string]devstack.StackOptions{
		"SQLite":                              {},
		"PostgreSQL, double puppeting, calls": {Postgres: true, DoublePuppet: true, Operators: 3, Unlimited: true, Calls: true},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			s, err := devstack.Up(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			if want := max(o.Operators, 2); len(s.Operators) != want {
				t.Fatalf("%d operators, want %d", len(s.Operators), want)
			}
			anna, err := s.Login(ctx, s.Operators[0])
			if err != nil {
				t.Fatal(err)
			}
			defer anna.Close()
			if string(anna.ID) != s.Operators[0].ID {
				t.Errorf("logged in as %s, want %s", anna.ID, s.Operators[0].ID)
			}

			if has := s.LiveKit != nil && s.LiveKit.Running() && s.Tokens != nil; has != o.Calls {
				t.Errorf("calls are there: %t, want %t", has, o.Calls)
			}

			first := s.Frontdesk.PID()
			if err := s.Frontdesk.Kill(); err != nil {
				t.Fatal(err)
			}
			if resp, err := http.Get(s.Frontdesk.GatewayURL + "/widget.js"); err == nil {
				resp.Body.Close()
				t.Error("a killed server answers")
			}
			if err := s.Frontdesk.Start(ctx); err != nil {
				t.Fatal(err)
			}
			if s.Frontdesk.PID() == first || !s.Frontdesk.Running() {
				t.Error("the server was not started again")
			}
			resp, err := http.Get(s.Frontdesk.GatewayURL + "/widget.js")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			http.DefaultClient.CloseIdleConnections()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("widget.js: %s", resp.Status)
			}
			if err := s.Frontdesk.WaitIdle(ctx); err != nil {
				t.Errorf("the server does not come to an end of its work: %v", err)
			}
			if err := s.Stop(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// A server that cannot start says why at once.
func TestFrontdeskThatCannotStart(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	f := newFrontdesk(t, devstack.FrontdeskOptions{Homeserver: "http://127.0.0.1:1"})
	l, err := net.Listen("tcp", strings.TrimPrefix(f.GatewayURL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = f.Start(ctx)
	if err == nil || !strings.Contains(err.Error(), "gateway.listen") || ctx.Err() != nil {
		t.Errorf("started although its port was taken: %v", err)
	}
}
