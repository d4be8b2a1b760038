package telegramtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Reporter is told what a bot must not do. testing.TB is one.
type Reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// Server is Telegram.
type Server struct {
	URL string // to be used as the Bot API server's address

	report Reporter
	http   *httptest.Server

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
	closed  chan struct{}
	ahead   time.Duration // how far its clock is ahead
	bots    map[string]*Bot
	users   map[int64]*User
	files   map[string]*file // by file id
	paths   map[string]*file // by bot token and path
	serial  int              // of ids that only have to differ
	scripts []*script
	calls   []Call
	limits  limits
	own     string // the directory of a Bot API server of one's own; empty: this is Telegram's
	local   bool   // that server gives whole paths
}

// New starts a server that lives as long as the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := Start(t)
	t.Cleanup(s.Close)
	return s
}

// Start is New for programs: the server lives until Close.
func Start(r Reporter) *Server {
	s := &Server{
		report: r, changed: make(chan struct{}), closed: make(chan struct{}), bots: map[string]*Bot{}, users: map[int64]*User{},
		files: map[string]*file{}, paths: map[string]*file{},
	}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	return s
}

// Close ends every poll and delivery and waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.closed:
		s.mu.Unlock()
		return
	default:
	}
	close(s.closed)
	var deliveries []*delivery
	for _, b := range s.bots {
		if b.webhook != nil {
			deliveries = append(deliveries, b.webhook)
		}
	}
	s.mu.Unlock()
	for _, d := range deliveries {
		d.stop()
	}
	s.http.CloseClientConnections()
	s.http.Close()
}

// Advance puts the server's clock forward, for what is allowed for a time only.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// now is the server's time; s.mu is held.
func (s *Server) now() time.Time { return time.Now().Add(s.ahead) }

// notify wakes everybody who waits for a change; s.mu is held.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// next gives the next serial number; s.mu is held.
func (s *Server) next() int {
	s.serial++
	return s.serial
}

// complain fails the test: the bot did what it must not do.
func (s *Server) complain(format string, args ...any) {
	s.report.Helper()
	s.report.Errorf("telegram: "+format, args...)
}

// Error is a refusal as Telegram sends it.
type Error struct {
	Code        int
	Description string
	RetryAfter  int // seconds
}

func (e *Error) Error() string { return e.Description }

func bad(format string, args ...any) *Error {
	return &Error{Code: http.StatusBadRequest, Description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func forbidden(why string) *Error {
	return &Error{Code: http.StatusForbidden, Description: "Forbidden: " + why}
}

// ServeHTTP takes /bot<token>/<method> and /file/bot<token>/<path>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rest, ok := strings.CutPrefix(r.URL.Path, "/file/bot"); ok {
		token, path, _ := strings.Cut(rest, "/")
		s.download(w, r, token, path)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/bot")
	token, name, cut := strings.Cut(rest, "/")
	if !ok || !cut {
		answer(w, nil, &Error{Code: http.StatusNotFound, Description: "Not Found"})
		return
	}
	p, refused := readParams(r)
	s.mu.Lock()
	b := s.bots[token]
	if b != nil {
		s.record(b, name, p)
	}
	if b == nil || b.revoked {
		s.mu.Unlock()
		answer(w, nil, &Error{Code: http.StatusUnauthorized, Description: "Unauthorized"})
		return
	}
	fault := s.fault(name)
	s.mu.Unlock()
	if fault != nil && fault.hang {
		s.hang(r)
		return
	}
	if fault != nil && !fault.after {
		fault.play(w)
		return
	}
	var result any
	if refused == nil {
		result, refused = s.call(r, b, name, p)
	}
	if fault != nil {
		fault.play(w)
		return
	}
	answer(w, result, refused)
}

// hang waits until the caller gives up.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.closed:
	}
}

// call carries out a method.
func (s *Server) call(r *http.Request, b *Bot, name string, p params) (any, *Error) {
	m, ok := methods[strings.ToLower(name)]
	if !ok {
		s.complain("there is no method %q", name)
		return nil, &Error{Code: http.StatusNotFound, Description: "Not Found: method not found"}
	}
	if refused := m.check(s, p); refused != nil {
		return nil, refused
	}
	c := &call{s: s, bot: b, method: m.name, p: p, r: r}
	if m.waits {
		return m.run(c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := s.limits.take(s.now(), c); refused != nil {
		return nil, refused
	}
	return m.run(c)
}

// call is one call of a method.
type call struct {
	s      *Server
	bot    *Bot
	method string
	p      params
	r      *http.Request
}

func answer(w http.ResponseWriter, result any, refused *Error) {
	body := map[string]any{"ok": refused == nil}
	status := http.StatusOK
	if refused == nil {
		body["result"] = result
	} else {
		status = refused.Code
		body["error_code"], body["description"] = refused.Code, refused.Description
		if refused.RetryAfter > 0 {
			body["parameters"] = map[string]any{"retry_after": refused.RetryAfter}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who went away misses it
}

// Call is a call that came in, in the order of their coming.
type Call struct {
	Bot    *Bot
	Method string // as it was written
	Values map[string]string
	Files  []string // names of the form's fields with files
	At     time.Time
}

// record keeps a call; s.mu is held.
func (s *Server) record(b *Bot, name string, p params) {
	c := Call{Bot: b, Method: name, Values: p.values, At: s.now()}
	for field := range p.files {
		c.Files = append(c.Files, field)
	}
	s.calls = append(s.calls, c)
	s.notify()
}

// Calls lists the calls of a method so far, those that failed too.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.calls {
		if strings.EqualFold(c.Method, method) {
			out = append(out, c)
		}
	}
	return out
}
