package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	_ "github.com/mattn/go-sqlite3" // reads Synapse's database
)

// counter is an HTTP proxy before Synapse that counts what passes. All methods may be called concurrently.
type counter struct {
	URL string

	server *http.Server
	opened time.Time

	mu    sync.Mutex
	ours  []string // the desk's tokens
	byUs  int      // requests with one of them
	open  int      // those of them that are not answered yet
	other int      // of clients
	last  time.Time
	asked []*passed // by the desk
}

// passed is one request.
type passed struct {
	what        string
	began, took time.Duration // began counts from when the proxy was opened; took is 0 until it is answered
}

// openCounter listens on a free port and passes on to target.
func openCounter(target string) (*counter, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("open the counting proxy: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the counting proxy: %w", err)
	}
	c := &counter{URL: "http://" + l.Addr().String(), opened: time.Now()}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
		Transport: &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 5 * time.Minute},
		// Clients hang up on their long polls at the end.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	c.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer c.count(r)()
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = c.server.Serve(l) }()
	return c, nil
}

// recognise says which tokens are Frontdesk's. What passed before is counted as the clients'.
func (c *counter) recognise(tokens ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ours = tokens
}

// count notes a request, and its end. What only asks whether the homeserver is there is none.
func (c *counter) count(r *http.Request) (ended func()) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "" {
		return func() {}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.ours, token) {
		c.other++
		return func() {}
	}
	c.byUs++
	c.open++
	request := &passed{what: r.Method + " " + action(r.URL.Path), began: time.Since(c.opened)}
	c.asked = append(c.asked, request)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.open--
		c.last = time.Now()
		request.took = c.last.Sub(c.opened) - request.began
	}
}

// action is what a path of the client API asks for, without the names in it.
func action(path string) string {
	var out []string
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/_matrix/client/"), "/") {
		if strings.ContainsAny(part, "!@$%") || len(part) > 40 {
			part = "*"
		}
		out = append(out, part)
	}
	return strings.Join(out[:min(len(out), 5)], "/")
}

// counted is what passed up to a moment.
type counted struct {
	desk, clients int
	events        int64
}

func (c counted) since(before counted) counted {
	return counted{c.desk - before.desk, c.clients - before.clients, c.events - before.events}
}

func (c *counter) requests() (desk, clients int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byUs, c.other
}

// quiet waits until Frontdesk has asked for nothing for a while.
func (c *counter) quiet(ctx context.Context, while time.Duration) error {
	for {
		c.mu.Lock()
		idle, open := time.Since(c.last), c.open
		c.mu.Unlock()
		if open == 0 && idle >= while {
			return nil
		}
		pause(ctx, max(while-idle, while/10))
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("wait until nothing is left to do: %w", err)
		}
	}
}

// forget empties the list of what was asked for.
func (c *counter) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = nil
}

// took gives what was asked for, each with the milliseconds after a moment at which it began and those it took. What is asked for again and
// again is only counted.
func (c *counter) took(after time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	const shown = 4
	var out []string
	times := map[string]int{}
	for _, p := range c.asked {
		if times[p.what]++; times[p.what] <= shown {
			out = append(out, fmt.Sprintf("%.0f+%.0f %s", ms(p.began-after.Sub(c.opened)), ms(p.took), p.what))
		}
	}
	for _, what := range slices.Sorted(maps.Keys(times)) {
		if more := times[what] - shown; more > 0 {
			out = append(out, fmt.Sprintf("%d more %s", more, what))
		}
	}
	return strings.Join(out, ", ")
}

func (c *counter) close() error { return c.server.Close() }

// database is a server's SQLite file, read while it runs.
type database struct{ db *sql.DB }

func openDatabase(path string) (*database, error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &database{db}, nil
}

// one reads one value; ok is false if there is none.
func one[T any](ctx context.Context, d *database, query string, args ...any) (value T, ok bool, err error) {
	err = d.db.QueryRowContext(ctx, query, args...).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return value, false, nil
	} else if err != nil {
		return value, false, fmt.Errorf("read from a server's database: %w", err)
	}
	return value, true, nil
}
