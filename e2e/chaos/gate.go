package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// gate is an HTTP proxy between Frontdesk and Synapse in which it can be stormy. Operators do not go through it.
type gate struct {
	URL string

	server *http.Server
	proxy  *httputil.ReverseProxy
	ended  chan struct{}

	mu    sync.Mutex
	kind  faultKind // "" when it is calm
	asked int       // in this storm
}

// openGate listens on a free port and passes on to target, which need not listen yet.
func openGate(target string) (*gate, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("open the gate before Synapse: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the gate before Synapse: %w", err)
	}
	g := &gate{URL: "http://" + l.Addr().String(), ended: make(chan struct{})}
	g.proxy = &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute},
		// A homeserver that is away, or goes away, breaks the connection, as it does where there is no gate.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	g.server = &http.Server{Handler: g, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(g.ended)
		_ = g.server.Serve(l) // ErrServerClosed
	}()
	return g, nil
}

// set begins a storm, or ends it with "".
func (g *gate) set(kind faultKind) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kind, g.asked = kind, 0
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	g.asked++
	kind, number := g.kind, g.asked
	g.mu.Unlock()
	switch kind {
	case synapseLimits:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests","retry_after_ms":400}`)
	case synapseErrs:
		http.Error(w, "<html>Bad Gateway</html>", http.StatusBadGateway)
	case synapseCuts:
		if number%2 == 0 {
			g.proxy.ServeHTTP(unheard{http.Header{}}, r)
		}
		panic(http.ErrAbortHandler)
	default:
		g.proxy.ServeHTTP(w, r)
	}
}

func (g *gate) close() error {
	err := g.server.Close()
	<-g.ended
	if err != nil {
		return fmt.Errorf("close the gate before Synapse: %w", err)
	}
	return nil
}

// unheard takes an answer that nobody gets.
type unheard struct{ header http.Header }

func (u unheard) Header() http.Header         { return u.header }
func (u unheard) Write(b []byte) (int, error) { return len(b), nil }
func (u unheard) WriteHeader(int)             {}
