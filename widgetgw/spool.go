package widgetgw

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"frontdesk/desk"
	"frontdesk/widgetgw/protocol"
)

// Spool is the directory where visitors' files wait for the media repository, each named by its file id. Its methods may be called
// concurrently. The bytes it holds never exceed its budget, those of unfinished uploads included.
type Spool struct {
	dir string
	max int64

	mu    sync.Mutex
	used  int64            // bytes of files and reservations
	sizes map[string]int64 // of finished files
}

// ErrSpoolFull: no room for the file until others have been transferred.
var ErrSpoolFull = errors.New("the upload spool is full")

// partial marks files of uploads under way; those a crash left behind are removed when the spool is opened.
const partial = ".partial"

// OpenSpool opens the spool in dir, making the directory if need be, with room for max bytes.
func OpenSpool(dir string, max int64) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the upload spool: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open the upload spool: %w", err)
	}
	s := &Spool{dir: dir, max: max, sizes: make(map[string]int64)}
	for _, e := range entries {
		name := e.Name()
		switch {
		case strings.HasSuffix(name, partial):
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return nil, fmt.Errorf("clear an unfinished upload: %w", err)
			}
		case e.Type().IsRegular() && protocol.ValidID(name):
			info, err := e.Info()
			if err != nil {
				return nil, fmt.Errorf("open the upload spool: %w", err)
			}
			s.sizes[name] = info.Size()
			s.used += info.Size()
		}
	}
	return s, nil
}

// path gives where a file lies; ids that are no ids have no place.
func (s *Spool) path(id desk.FileID) (string, error) {
	if !protocol.ValidID(string(id)) {
		return "", fmt.Errorf("file id of %d bytes: %w", len(id), fs.ErrInvalid)
	}
	return filepath.Join(s.dir, string(id)), nil
}

// Open gives a file's bytes and size. The error wraps fs.ErrNotExist if it is not here (any more).
func (s *Spool) Open(id desk.FileID) (io.ReadSeekCloser, int64, error) {
	path, err := s.path(id)
	if err != nil {
		return nil, 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open spooled file %s: %w", id, err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0, fmt.Errorf("open spooled file %s: %w", id, err)
	}
	return f, info.Size(), nil
}

// Remove deletes a file; one that is not here is removed already. Whoever has it open reads on.
func (s *Spool) Remove(id desk.FileID) error {
	path, err := s.path(id)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove spooled file %s: %w", id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= s.sizes[string(id)]
	delete(s.sizes, string(id))
	return nil
}

// Used gives the bytes in the spool, those promised to uploads under way included.
func (s *Spool) Used() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

// spooled describes a file in the spool.
type spooled struct {
	id   desk.FileID
	size int64
	at   time.Time
}

// list gives the finished files.
func (s *Spool) list() ([]spooled, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("list the upload spool: %w", err)
	}
	var out []spooled
	for _, e := range entries {
		if !e.Type().IsRegular() || !protocol.ValidID(e.Name()) {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("list the upload spool: %w", err)
		}
		out = append(out, spooled{desk.FileID(e.Name()), info.Size(), info.ModTime()})
	}
	return out, nil
}

// incoming is a file being written into the spool. Either Keep or Discard ends it; Discard after Keep does nothing.
type incoming struct {
	s        *Spool
	id       desk.FileID
	f        *os.File
	reserved int64
	ended    bool

	size int64
	head []byte // the first bytes, for sniffing
	sum  string // hex SHA-256
}

// errTooLarge: the body went on past the limit.
var errTooLarge = errors.New("the file is too large")

// create reserves room for size bytes and opens a new file.
func (s *Spool) create(id desk.FileID, size int64) (*incoming, error) {
	path, err := s.path(id)
	if err != nil {
		return nil, err
	}
	if !s.reserve(size) {
		return nil, ErrSpoolFull
	}
	f, err := os.OpenFile(path+partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		s.unreserve(size)
		return nil, fmt.Errorf("create spooled file %s: %w", id, err)
	}
	return &incoming{s: s, id: id, f: f, reserved: size}, nil
}

func (s *Spool) reserve(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used+n > s.max {
		return false
	}
	s.used += n
	return true
}

func (s *Spool) unreserve(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
}

// fill copies the body, at most what was reserved; more is errTooLarge. headLen bytes from the beginning are kept.
func (in *incoming) fill(body io.Reader, headLen int) error {
	hash := sha256.New()
	head := &headKeeper{limit: headLen}
	n, err := io.Copy(io.MultiWriter(in.f, hash, head), io.LimitReader(body, in.reserved+1))
	if err != nil {
		return fmt.Errorf("receive file %s: %w", in.id, err)
	}
	if n > in.reserved {
		return errTooLarge
	}
	in.size, in.head, in.sum = n, head.bytes, hex.EncodeToString(hash.Sum(nil))
	return nil
}

// keep makes the file durable under its id: file, then name, then directory are on disk when it returns.
func (in *incoming) keep() error {
	path, err := in.s.path(in.id)
	if err != nil {
		return err
	}
	if err := in.f.Sync(); err != nil {
		return fmt.Errorf("write spooled file %s: %w", in.id, err)
	}
	if err := in.f.Close(); err != nil {
		return fmt.Errorf("write spooled file %s: %w", in.id, err)
	}
	if err := os.Rename(path+partial, path); err != nil {
		return fmt.Errorf("name spooled file %s: %w", in.id, err)
	}
	in.ended = true
	in.s.mu.Lock()
	in.s.used += in.size - in.reserved
	in.s.sizes[string(in.id)] = in.size
	in.s.mu.Unlock()
	if err := syncDir(in.s.dir); err != nil {
		return errors.Join(err, in.s.Remove(in.id))
	}
	return nil
}

// discard gives the file up, unless it was kept.
func (in *incoming) discard() {
	if in.ended {
		return
	}
	in.ended = true
	_ = in.f.Close()
	_ = os.Remove(in.f.Name()) // what stays is removed at the next start
	in.s.unreserve(in.reserved)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync the upload spool: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync the upload spool: %w", err)
	}
	return nil
}

// headKeeper keeps the first limit bytes written to it.
type headKeeper struct {
	limit int
	bytes []byte
}

func (h *headKeeper) Write(p []byte) (int, error) {
	if room := h.limit - len(h.bytes); room > 0 {
		h.bytes = append(h.bytes, p[:min(room, len(p))]...)
	}
	return len(p), nil
}
