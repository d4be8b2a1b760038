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
	switch {
	case errors.Is(err, desk.ErrNotFound):
		return nil, bridges.Refuse("undelivered.no_file", p.File.Name)
	case err != nil:
		return nil, bridges.Later(fmt.Errorf("open a file for Telegram: %w", err), mediaPause)
	case resp.StatusCode != http.StatusOK:
		_ = resp.Body.Close()
		return nil, bridges.Refuse("undelivered.no_file", p.File.Name)
	}
	return resp.Body, nil
}

// mediaPause is how long a file that the homeserver does not give now is waited for.
const mediaPause = 10 * time.Second

// source is a file of the homeserver's on its way to Telegram. It is opened when its turn comes, for the ones before it may take long, and
// remembers that reading failed: the fault is not Telegram's then. Who reads may be late when the call has ended.
type source struct {
	open func() (io.ReadCloser, error)

	mu     sync.Mutex
	body   io.ReadCloser
	err    error
	closed bool
}

func (s *source) Read(p []byte) (int, error) {
	body, err := s.opened()
	if err != nil {
		return 0, err
	}
	n, err := body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.mu.Lock()
		s.err = err
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

// failed tells why the file could not be read, nil if it could.
func (s *source) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
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
