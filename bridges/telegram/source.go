package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"frontdesk/bridges"
	"frontdesk/desk"
)

// openPart asks the homeserver for a part's file.
func (b *bot) openPart(ctx context.Context, p bridges.Part) (io.ReadCloser, error) {
	if p.File.Size > maxUpload && b.isCloud() {
		return nil, bridges.Refuse("undelivered.too_large", "50 MB")
	}
	resp, err := b.s.media.Open(ctx, p.MXC, "")
	if err != nil {
		return nil, unread(p, err)
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, bridges.Refuse("undelivered.no_file", p.File.Name, resp.Status)
	}
	return resp.Body, nil
}

// unread says what to do about a file that the homeserver does not give. Some faults stay, a homeserver that is away comes back, and what
// lies between may pass.
func unread(p bridges.Part, err error) error {
	refusal := bridges.Refuse("undelivered.no_file", p.File.Name, cause(err))
	switch desk.CodeOf(err) {
	case desk.NotFound, desk.Denied, desk.Invalid:
		return refusal
	case desk.Unavailable:
		return bridges.Later(fmt.Errorf("open a file for Telegram: %w", err), mediaPause)
	}
	return bridges.Again(fmt.Errorf("read a file for Telegram: %w", err), refusal)
}

// cause gives the innermost of an error's words.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// mediaPause is how long a file that the homeserver does not give now is waited for.
const mediaPause = 10 * time.Second

// source is a file of the homeserver's on its way to Telegram. It is opened when its turn comes, for the ones before it may take long, and
// remembers how far it was read: that reading failed, when the fault is not Telegram's, or that it never ended, when Telegram has not got the
// whole and so has not sent it. Who reads may be late when the call has ended.
type source struct {
	part  bridges.Part
	open  func() (io.ReadCloser, error)
	pulse *pulse

	mu     sync.Mutex
	body   io.ReadCloser
	err    error // what to do about it
	ended  bool  // it was read to its end
	closed bool
}

func (s *source) Read(p []byte) (int, error) {
	body, err := s.opened()
	if err != nil {
		return 0, err
	}
	n, err := body.Read(p)
	s.pulse.beat()
	if err != nil {
		s.mu.Lock()
		if s.ended = errors.Is(err, io.EOF); s.ended {
			s.pulse.stop() // what follows is Telegram's to answer
		} else {
			s.err = unread(s.part, err)
		}
		s.mu.Unlock()
	}
	return n, err
}

func (s *source) opened() (io.ReadCloser, error) {
	s.mu.Lock()
	body, closed := s.body, s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return nil, io.ErrClosedPipe
	case body != nil:
		return body, nil
	}
	s.pulse.beat() // the end of the file before has stopped it
	body, err := s.open()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.err, s.closed = err, true
	case s.closed:
		_ = body.Close()
		err = io.ErrClosedPipe
	default:
		s.body = body
	}
	return body, err
}

// failed tells what to do about a file that could not be read, nil if it could.
func (s *source) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// isWhole reports whether the file was read to its end.
func (s *source) isWhole() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// end lets the file go.
func (s *source) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.body != nil {
		_ = s.body.Close()
	}
}

// stallUsual is how long a file may stand still on its way.
const stallUsual = time.Minute

// errStalled tells that a file stood still on its way.
var errStalled = errors.New("no byte came through for too long")

// pulse breaks off what stands still: a slow line may take its time, a dead one not.
type pulse struct {
	timer *time.Timer
	after time.Duration
}

// watched gives a context that ends when nothing beats for so long. cancel ends it, and the watching.
func watched(ctx context.Context, after time.Duration) (_ context.Context, p *pulse, cancel func()) {
	ctx, broken := context.WithCancelCause(ctx)
	p = &pulse{timer: time.AfterFunc(after, func() { broken(errStalled) }), after: after}
	return ctx, p, func() {
		p.stop()
		broken(nil)
	}
}

func (p *pulse) beat() { p.timer.Reset(p.after) }

func (p *pulse) stop() { p.timer.Stop() }
