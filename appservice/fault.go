package appservice

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"maunium.net/go/mautrix"

	"frontdesk/internal/journal"
)

// refusal is an answer of the homeserver other than success.
type refusal struct {
	status int
	code   string // errcode; "" if it was not the homeserver that answered
	text   string
	after  time.Duration // of a 429
}

func (r *refusal) Error() string {
	if r.code == "" {
		return fmt.Sprintf("HTTP %d without a Matrix error", r.status)
	}
	return fmt.Sprintf("%s (HTTP %d): %s", r.code, r.status, r.text)
}

// unreachable is a request that got no answer.
type unreachable struct{ err error }

func (u *unreachable) Error() string { return "homeserver does not answer: " + u.err.Error() }
func (u *unreachable) Unwrap() error { return u.err }

// faultOf reads mautrix's error. The result never holds a token: those travel in a header.
func faultOf(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var e mautrix.HTTPError
	if !errors.As(err, &e) {
		return err
	}
	if e.Response == nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		cause := e.WrappedError
		if cause == nil {
			cause = errors.New(e.Message)
		}
		return &unreachable{cause}
	}
	if e.Response.StatusCode < 300 {
		// The answer broke off or is no JSON.
		return &unreachable{errors.New(e.Message)}
	}
	r := &refusal{status: e.Response.StatusCode}
	if e.RespError != nil {
		r.code, r.text = e.RespError.ErrCode, e.RespError.Err
		if ms, ok := e.RespError.ExtraData["retry_after_ms"].(float64); ok && ms > 0 {
			r.after = time.Duration(ms) * time.Millisecond
		}
	}
	if seconds, err := strconv.Atoi(e.Response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		r.after = max(r.after, time.Duration(seconds)*time.Second)
	}
	return r
}

// refused gives the homeserver's refusal in err's chain, or nil.
func refused(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// hasCode reports whether err is a refusal with this errcode.
func hasCode(err error, code string) bool {
	r := refused(err)
	return r != nil && r.code == code
}

const (
	codeForbidden = "M_FORBIDDEN"
	codeNotFound  = "M_NOT_FOUND"
	codeInUse     = "M_USER_IN_USE"
	codeExclusive = "M_EXCLUSIVE"
	codeToken     = "M_UNKNOWN_TOKEN"
	codeUnreached = "M_CONNECTION_FAILED" // of a ping: the homeserver does not reach us
)

// away reports whether an error says that the homeserver, not one request, is in trouble. A 500 says so only if the homeserver cannot
// write anything else either: one event it stumbles over must not stop all others. No more must one that a proxy in front of it does not let
// pass, as too large or as suspicious.
func (s *Service) away(ctx context.Context, err error) bool {
	var u *unreachable
	if errors.As(err, &u) {
		return true
	}
	r := refused(err)
	switch {
	case r == nil:
		return false
	case r.status == http.StatusInternalServerError, r.code == "" && r.status < http.StatusInternalServerError && r.status != http.StatusTooManyRequests:
		return s.probe(ctx) != nil
	case r.status > http.StatusInternalServerError:
		return true
	case r.status == http.StatusUnauthorized, r.code == codeExclusive:
		return true // a wrong token or namespace is the configuration's fault, not the message's
	}
	return false
}

// verdict tells the journal what to do about an error.
func (s *Service) verdict(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, journal.ErrNotYet), journal.IsPermanent(err), ctx.Err() != nil:
		return err
	case s.away(ctx, err):
		s.sawOutage(err)
		return journal.Outage(err)
	}
	r := refused(err)
	if r == nil {
		return err
	}
	switch {
	case r.status == http.StatusTooManyRequests:
		return journal.RetryAfter(err, max(r.after, 100*time.Millisecond))
	case r.code == "" && r.status != http.StatusRequestEntityTooLarge:
		return err // a proxy's word, which it may take back
	case r.status >= 400 && r.status < 500:
		return journal.Permanent(err)
	}
	return err
}
