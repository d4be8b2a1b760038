package appservice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// upload gives the record of a visitor's file in the media repository; if it is not there yet, it is brought there from the spool. A crash
// between upload and record leaves a copy behind that nothing refers to.
func (s *Service) upload(ctx context.Context, as *account, file desk.FileID) (*desk.File, error) {
	lock := s.uploads.getOrPut(file, func() *sync.Mutex { return &sync.Mutex{} })
	lock.Lock()
	defer lock.Unlock()
	record, err := s.file(ctx, file)
	if err != nil || record.MXC != "" {
		return record, err
	}
	mxc, loudness, err := s.uploadSpooled(ctx, as, file)
	if err != nil {
		return nil, err
	}
	err = s.journal.Write(ctx, func(tx journal.Tx) error {
		if record, err = tx.File(file); err != nil {
			return err
		}
		record.MXC, record.Spooled, record.Loudness = mxc, false, loudness
		return tx.PutFile(record)
	})
	if err != nil {
		return nil, fmt.Errorf("record upload of file %s: %w", file, err)
	}
	if err := s.spool.Remove(file); err != nil {
		s.log.Warn().Err(err).Str("file", string(file)).Msg("Uploaded file stays in the spool")
	}
	return record, nil
}

func (s *Service) file(ctx context.Context, file desk.FileID) (record *desk.File, err error) {
	err = s.journal.Read(ctx, func(tx journal.Tx) error {
		record, err = tx.File(file)
		return err
	})
	if isNotFound(err) {
		return nil, journal.Permanent(fmt.Errorf("file %s has no record: %w", file, err))
	} else if err != nil {
		return nil, fmt.Errorf("look up file %s: %w", file, err)
	}
	return record, nil
}

// uploadSpooled brings a file from the spool to the homeserver. It tells how loud something spoken is, which players draw and seek by.
func (s *Service) uploadSpooled(ctx context.Context, as *account, file desk.FileID) (mxc, loudness string, err error) {
	body, size, err := s.spool.Open(ctx, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "", journal.Permanent(fmt.Errorf("file %s is not in the spool: %w", file, err))
	case journal.IsPermanent(err):
		return "", "", err // says in words for people why there is no such file
	case err != nil:
		return "", "", fmt.Errorf("open spooled file %s: %w", file, err)
	}
	defer body.Close()
	record, err := s.file(ctx, file) // opening it may have told what it really is
	if err != nil {
		return "", "", err
	}
	from := &spooled{from: body, left: size}
	var heard content.Loudness
	if record.Voice {
		from.from = io.TeeReader(body, &heard)
	}
	mxc, err = s.uploadBytes(ctx, as, record.Name, record.Type, from, size)
	if err == nil {
		return mxc, heard.String(), nil
	}
	if broken := from.failed(); broken != nil && ctx.Err() == nil {
		err = fmt.Errorf("read file %s: %w", file, broken) // the homeserver's silence says nothing of the homeserver
		tries := s.broken.getOrPut(file, func() *atomic.Int64 { return new(atomic.Int64) })
		if tries.Add(1) <= brokenMax {
			err = journal.RetryAfter(err, brokenPause)
		}
	}
	return "", "", err
}

const (
	// brokenMax is how often a file may break off on its way from its channel before that counts as a failed attempt.
	brokenMax   = 20
	brokenPause = 15 * time.Second
)

// spooled is a file on its way from the spool, or from where its channel keeps it. It remembers that reading failed: the request in which it is
// sent on fails then, too, by no fault of the homeserver's. Who reads may be late when the request has ended.
type spooled struct {
	from io.Reader

	mu   sync.Mutex
	left int64
	err  error
}

func (s *spooled) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left -= int64(n)
	switch {
	case err == nil:
	case !errors.Is(err, io.EOF):
		s.err = err
	case s.left > 0:
		s.err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (s *spooled) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// uploadRate is how many bytes a second an upload has to make at least.
const uploadRate = 256 << 10

func (s *Service) uploadBytes(ctx context.Context, as *account, name, mime string, body io.Reader, size int64) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*requestTimeout+time.Duration(size/uploadRate)*time.Second)
	defer cancel()
	header := http.Header{"Content-Type": {mime}}
	resp, err := s.stream(ctx, as, http.MethodPost, s.uploadURL(as, name), header, io.NopCloser(body), size)
	if err != nil {
		return "", fmt.Errorf("upload file: %w", err)
	}
	var stored mautrix.RespMediaUpload
	if err := decodeAnswer(resp, &stored); err != nil {
		return "", fmt.Errorf("upload file: %w", err)
	}
	if stored.ContentURI.IsEmpty() {
		return "", errors.New("upload file: homeserver gives no URI")
	}
	return stored.ContentURI.String(), nil
}

// Open asks the homeserver for a file; rng is the value of an HTTP Range header, or empty. The caller closes the body, which breaks off past the
// size limit. desk.CodeOf its errors tells what they are: NotFound, Invalid for what is too large, Denied for what the homeserver will not
// give, Unavailable while it is away.
func (s *Service) Open(ctx context.Context, mxc, rng string) (*http.Response, error) {
	header := http.Header{}
	if rng != "" {
		header.Set("Range", rng)
	}
	return s.openMedia(ctx, mxc, "download", nil, header)
}

// Thumbnail asks for a picture of about w × h pixels of an image.
func (s *Service) Thumbnail(ctx context.Context, mxc string, w, h int) (*http.Response, error) {
	query := map[string]string{"width": strconv.Itoa(w), "height": strconv.Itoa(h), "method": "scale"}
	return s.openMedia(ctx, mxc, "thumbnail", query, nil)
}

// mediaError is why a file is not to be had, with the code by which others know what to do.
type mediaError struct {
	code desk.Code
	err  error
}

func (e *mediaError) Error() string   { return e.err.Error() }
func (e *mediaError) Unwrap() []error { return []error{&desk.Error{Code: e.code}, e.err} }

var errTooLarge = &mediaError{desk.Invalid, errors.New("file is larger than allowed")}

// mediaFault gives an error of the homeserver's about a file its code. What may pass has none.
func mediaFault(err error) error {
	var away *unreachable
	r := refused(err)
	switch {
	case errors.As(err, &away):
		return &mediaError{desk.Unavailable, err}
	case r == nil || r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError:
		return err
	case r.status == http.StatusNotFound:
		return fmt.Errorf("%w: %w", desk.ErrNotFound, err)
	}
	return &mediaError{desk.Denied, err}
}

func (s *Service) openMedia(ctx context.Context, mxc, what string, query map[string]string, header http.Header) (*http.Response, error) {
	uri, err := id.ParseContentURI(mxc)
	if err != nil || uri.IsEmpty() || strings.Contains(uri.FileID, "/") {
		return nil, fmt.Errorf("open media: malformed URI: %w", desk.ErrNotFound)
	}
	path := mautrix.ClientURLPath{"v1", "media", what, uri.Homeserver, uri.FileID}
	resp, err := s.stream(ctx, s.bot, http.MethodGet, s.bot.bare.BuildURLWithQuery(path, query), header, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("open media: %w", mediaFault(err))
	}
	if resp.ContentLength > s.cfg.MaxMedia {
		resp.Body.Close()
		return nil, fmt.Errorf("open media: %w", errTooLarge)
	}
	resp.Body = &limitedBody{ReadCloser: resp.Body, left: s.cfg.MaxMedia}
	return resp, nil
}

// limitedBody fails once more than allowed was read.
type limitedBody struct {
	io.ReadCloser
	left int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
