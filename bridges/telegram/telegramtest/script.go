package telegramtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// script makes the next calls of a method fail.
type script struct {
	method string // in lower case; "" is every method but getUpdates
	times  int
	after  bool // the act is done, only its answer is not given
	cut    bool // the connection breaks
	short  bool // of a download comes the first half, and then the connection breaks
	hang   bool // nothing comes until the caller gives up: of a download after the first half
	err    *Error
}

// Fail refuses the next calls of a method before anything is done: 429 with retryAfter seconds, 500, 502 and so on. The method "" stands for
// every one but getUpdates, "download" for the fetching of files.
func (s *Server) Fail(method string, times, status, retryAfter int) {
	e := &Error{Code: status, Description: http.StatusText(status), RetryAfter: retryAfter}
	if status == http.StatusTooManyRequests {
		e.Description = fmt.Sprintf("Too Many Requests: retry after %d", retryAfter)
	}
	s.add(&script{method: method, times: times, err: e})
}

// Refuse is Fail with a text of its own.
func (s *Server) Refuse(method string, times, status int, description string) {
	s.add(&script{method: method, times: times, err: &Error{Code: status, Description: description}})
}

// FailAfter does what is asked and then answers with an error.
func (s *Server) FailAfter(method string, times, status int) {
	s.add(&script{method: method, times: times, after: true, err: &Error{Code: status, Description: http.StatusText(status)}})
}

// Cut breaks the connection of the next calls before anything is done.
func (s *Server) Cut(method string, times int) {
	s.add(&script{method: method, times: times, cut: true})
}

// CutAfter does what is asked and breaks the connection instead of answering: the caller cannot know the outcome.
func (s *Server) CutAfter(method string, times int) {
	s.add(&script{method: method, times: times, after: true, cut: true})
}

// CutShort breaks the connection in the middle of the next downloads.
func (s *Server) CutShort(times int) { s.add(&script{method: "download", times: times, short: true}) }

// Hang takes the next calls of a method and answers nothing, or stops in the middle of the next downloads.
func (s *Server) Hang(method string, times int) {
	s.add(&script{method: method, times: times, hang: true})
}

// Calm ends all scripts.
func (s *Server) Calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts = nil
}

func (s *Server) add(x *script) {
	x.method = strings.ToLower(x.method)
	if x.method != "" && x.method != "download" && methods[x.method] == nil {
		s.complain("a script for the method %q, which does not exist", x.method)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts = append(s.scripts, x)
}

// fault takes the script that is next for a method; s.mu is held.
func (s *Server) fault(name string) *script {
	name = strings.ToLower(name)
	for i, x := range s.scripts {
		if x.method != name && (x.method != "" || name == "getupdates" || name == "download") {
			continue
		}
		x.times--
		if x.times <= 0 {
			s.scripts = append(s.scripts[:i:i], s.scripts[i+1:]...)
		}
		return x
	}
	return nil
}

func (x *script) play(w http.ResponseWriter) {
	if !x.cut && !x.short && !x.hang {
		answer(w, nil, x.err)
		return
	}
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}

// limits are what Telegram allows in a second; none unless Limit was called.
type limits struct {
	chat, all int
	sent      []sentAt
}

type sentAt struct {
	chat string
	at   time.Time
}

// Limit answers 429 to more messages in a second than perChat to one chat or all to all of them, as Telegram does (1 and 30). Zero is no limit.
func (s *Server) Limit(perChat, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = limits{chat: perChat, all: all}
}

// take counts a message; s.mu is held.
func (l *limits) take(now time.Time, c *call) *Error {
	name := strings.ToLower(c.method)
	if l.chat == 0 && l.all == 0 || !strings.HasPrefix(name, "send") || name == "sendchataction" {
		return nil
	}
	chat := c.p.values["chat_id"]
	kept, inChat := l.sent[:0], 0
	for _, x := range l.sent {
		if now.Sub(x.at) < time.Second {
			kept = append(kept, x)
			if x.chat == chat {
				inChat++
			}
		}
	}
	l.sent = kept
	if l.chat > 0 && inChat >= l.chat || l.all > 0 && len(l.sent) >= l.all {
		return &Error{Code: http.StatusTooManyRequests, Description: "Too Many Requests: retry after 1", RetryAfter: 1}
	}
	l.sent = append(l.sent, sentAt{chat, now})
	return nil
}
