package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSettings(t *testing.T) {
	for name, test := range map[string]struct {
		env     map[string]string
		wrong   string // a word of the error; "" for none
		synapse int
		demo    int
	}{
		"nothing set":           {synapse: 8008, demo: 8080},
		"another port":          {env: map[string]string{"DEMO_PORT": "9000"}, synapse: 8008, demo: 9000},
		"no number":             {env: map[string]string{"DEMO_PORT": "eighty"}, wrong: "DEMO_PORT"},
		"no port":               {env: map[string]string{"SYNAPSE_PORT": "70000"}, wrong: "SYNAPSE_PORT"},
		"synapse with secret":   {env: map[string]string{"SYNAPSE_URL": "http://10.0.0.1:8008/", "SYNAPSE_SHARED_SECRET": "x"}, synapse: 8008, demo: 8080},
		"synapse, no secret":    {env: map[string]string{"SYNAPSE_URL": "http://10.0.0.1:8008"}, wrong: "SYNAPSE_SHARED_SECRET"},
		"synapse is no address": {env: map[string]string{"SYNAPSE_URL": "10.0.0.1", "SYNAPSE_SHARED_SECRET": "x"}, wrong: "SYNAPSE_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := readSettings(func(key string) string { return test.env[key] })
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("error %v, want one about %s", err, test.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.synapse != test.synapse || s.demo != test.demo {
				t.Errorf("ports %d and %d, want %d and %d", s.synapse, s.demo, test.synapse, test.demo)
			}
		})
	}
}

func freeSettings(t *testing.T) settings {
	t.Helper()
	s, err := readSettings(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.ports() {
		if *p.port, err = devstack.FreePort(); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestTakenPortIsOneSentence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := freeSettings(t)
	s.gateway = l.Addr().(*net.TCPAddr).Port
	err = run(t.Context(), t.TempDir(), s, nil, io.Discard)
	var taken *devstack.PortTakenError
	if !errors.As(err, &taken) || taken.Port != s.gateway {
		t.Fatalf("%v, want a PortTakenError", err)
	}
	if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, "make run GATEWAY_PORT=") {
		t.Errorf("%q does not tell the cure in one line", text)
	}
	s.gateway = s.demo
	if err := s.check(); err == nil || !strings.Contains(err.Error(), "DEMO_PORT") {
		t.Errorf("one port for two things: %v", err)
	}
}

func TestDemoShop(t *testing.T) {
	handler, err := demoHandler("http://127.0.0.1:8090")
	if err != nil {
		t.Fatal(err)
	}
	for path, test := range map[string]struct {
		status int
		has    string
	}{
		"/":           {http.StatusOK, `<script src="http://127.0.0.1:8090/widget.js" data-site="main"`},
		"/ru":         {http.StatusOK, `<html lang="ru">`},
		"/delivery":   {http.StatusOK, `aria-current="page"`},
		"/style.css":  {http.StatusOK, "prefers-color-scheme: dark"},
		"/shop.js":    {http.StatusOK, "Frontdesk"},
		"/ru.html":    {http.StatusNotFound, ""},
		"/no/such":    {http.StatusNotFound, ""},
		"/../main.go": {http.StatusNotFound, ""},
	} {
		t.Run(path, func(t *testing.T) {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.has) {
				t.Errorf("%d %s, want %d with %q", w.Code, w.Body, test.status, test.has)
			}
			policy := w.Header().Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "ws://127.0.0.1:8090") || strings.Contains(policy, "unsafe") {
				t.Errorf("policy %q", policy)
			}
			if body := w.Body.String(); strings.Contains(body, " style=") || strings.Contains(body, "<style") || strings.Contains(body, " on") && strings.Contains(body, "onclick") {
				t.Error("the page has something inline that its policy forbids")
			}
		})
	}
}

// output tells when the stack has announced itself.
type output struct {
	bytes.Buffer
	announced chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("Ctrl-C")) {
		close(o.announced)
	}
	return o.Buffer.Write(p)
}

// up runs the stack until the returned function is called, which gives run's result.
func up(t *testing.T, dir string, s settings) (stop func() error) {
	t.Helper()
	return upSaying(t, dir, s, nil)
}

// upSaying is up with what run does on its way.
func upSaying(t *testing.T, dir string, s settings, progress devstack.Progress) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // the first time a lot is downloaded and built
	out := &output{announced: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, dir, s, progress, out) }()
	select {
	case <-out.announced:
	case err := <-ended:
		cancel()
		t.Fatalf("run ended before it was up: %v", err)
	}
	return func() error {
		defer cancel()
		cancel()
		return <-ended
	}
}

func TestRunFindsEverythingAgain(t *testing.T) {
	dir, s := filepath.Join(t.TempDir(), "run"), freeSettings(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	homeserver := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(s.synapse))

	stop := up(t, dir, s)
	anna, err := devstack.Login(ctx, homeserver, "anna", devstack.NewAccount("anna", devstack.Domain).Password)
	if err != nil {
		t.Fatal(err)
	}
	defer anna.Close()
	if err := clean(dir); err == nil {
		t.Error("what runs was removed")
	}
	if err := run(ctx, dir, s, nil, io.Discard); err == nil || !strings.Contains(err.Error(), "running already") {
		t.Errorf("a second one beside the first: %v", err)
	}
	for name, port := range map[string]int{"the demo shop": s.demo, "LiveKit": s.livekit} {
		page, err := http.Get("http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) + "/")
		if err != nil {
			t.Fatal(err)
		}
		page.Body.Close()
		if page.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", name, page.Status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	s.gateway, s.demo = freeSettings(t).gateway, freeSettings(t).demo
	t.Setenv("LIVEKIT_SERVER", filepath.Join(dir, "nowhere"))
	var told []string
	stop = upSaying(t, dir, s, func(words string) { told = append(told, words) })
	if err := devstack.CheckPort(s.livekit, "a test"); err != nil {
		t.Error(err)
	}
	if _, err := anna.Client.Whoami(ctx); err != nil {
		t.Errorf("the session did not survive: %v", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	without := slices.IndexFunc(told, func(words string) bool { return strings.HasPrefix(words, "there are no calls") })
	if without < 0 || strings.Contains(told[without], "\n") {
		t.Errorf("without LiveKit it says %q, want one sentence", told)
	}
	c, err := program.LoadConfig(filepath.Join(dir, "frontdesk", "config.yaml"))
	if err != nil || c.Calls.Enabled {
		t.Errorf("without LiveKit there are calls: %+v, %v", c, err)
	}
	if err := clean(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("clean left something: %v", err)
	}
}
