package program

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

func TestListenSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String():       "is taken by another program",
		"192.0.2.1:8090":            "this machine has no address",
		"no-such-host.invalid:8090": "this machine has no address",
	} {
		l, err := listen(t.Context(), "gateway.listen", address)
		if err == nil {
			t.Errorf("listens on %s (%v)", address, l.Close())
			continue
		}
		var coded *exitError
		if !errors.As(err, &coded) || coded.code != NoListener || !strings.Contains(err.Error(), want) ||
			!strings.HasPrefix(err.Error(), "gateway.listen: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one sentence with %q", address, err, want)
		}
	}
}

// A handler that panics costs its own connection, is logged once, and the server lives on.
func TestHandlerPanics(t *testing.T) {
	l, err := listen(t.Context(), "gateway.listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/panic":
			panic("at the disco")
		case "/abort":
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "well")
	})
	s := newHTTPServer("gateway", l, h, zerolog.New(zerolog.SyncWriter(&out)).Level(zerolog.InfoLevel))
	done := make(chan error, 1)
	go func() { done <- s.serve() }()
	base := "http://" + l.Addr().String()
	for _, path := range []string{"/panic", "/abort"} {
		if resp, err := http.Get(base + path); err == nil {
			t.Errorf("%s answered %d (%v)", path, resp.StatusCode, resp.Body.Close())
		}
	}
	resp, err := http.Get(base + "/")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || string(body) != "well" {
		t.Errorf("afterwards: %v %q", err, body)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := s.shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if log := out.String(); strings.Count(log, "Handler panicked") != 1 || !strings.Contains(log, "at the disco") {
		t.Errorf("the log says\n%s", log)
	}
}
