package widgetgw

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/desk"
)

func openSpool(t *testing.T, dir string, max int64) *Spool {
	t.Helper()
	s, err := OpenSpool(dir, max)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func spoolFile(t *testing.T, s *Spool, id desk.FileID, body string, reserve int64) error {
	t.Helper()
	in, err := s.create(id, reserve)
	if err != nil {
		return err
	}
	defer in.discard()
	if err := in.fill(strings.NewReader(body), 4); err != nil {
		return err
	}
	return in.keep()
}

func TestSpoolKeepsFilesOverARestart(t *testing.T) {
	dir := t.TempDir()
	s := openSpool(t, dir, 100)
	if err := spoolFile(t, s, "file-0001", "hello", 50); err != nil {
		t.Fatal(err)
	}
	if s.Used() != 5 {
		t.Errorf("%d bytes used after a file of 5", s.Used())
	}
	left, err := s.create("file-0002", 20)
	if err != nil {
		t.Fatal(err)
	}
	if err := left.fill(strings.NewReader("unfinished"), 4); err != nil {
		t.Fatal(err)
	}
	if err := left.f.Close(); err != nil { // as a crash leaves it
		t.Fatal(err)
	}
	s = openSpool(t, dir, 100)
	if s.Used() != 5 {
		t.Errorf("%d bytes used after the restart", s.Used())
	}
	f, size, err := s.Open("file-0001")
	if err != nil || size != 5 {
		t.Fatalf("size %d, %v", size, err)
	}
	defer f.Close()
	if got, _ := io.ReadAll(f); string(got) != "hello" {
		t.Errorf("read %q", got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d entries are left: %v", len(entries), entries)
	}
}

func TestSpoolBudget(t *testing.T) {
	s := openSpool(t, t.TempDir(), 10)
	if err := spoolFile(t, s, "file-0001", "123456", 6); err != nil {
		t.Fatal(err)
	}
	if err := spoolFile(t, s, "file-0002", "12345", 5); !errors.Is(err, ErrSpoolFull) {
		t.Fatalf("beyond the budget: %v", err)
	}
	if err := spoolFile(t, s, "file-0003", "12345", 4); !errors.Is(err, errTooLarge) {
		t.Fatalf("more than announced: %v", err)
	}
	if s.Used() != 6 {
		t.Errorf("%d bytes used, the failed ones left something", s.Used())
	}
	if err := s.Remove("file-0001"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove("file-0001"); err != nil {
		t.Errorf("removing twice: %v", err)
	}
	if s.Used() != 0 {
		t.Errorf("%d bytes used in an empty spool", s.Used())
	}
	if _, _, err := s.Open("file-0001"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening what is removed: %v", err)
	}
}

func TestSpoolStaysInItsDirectory(t *testing.T) {
	dir := t.TempDir()
	s := openSpool(t, filepath.Join(dir, "spool"), 100)
	secret := filepath.Join(dir, "secret-file")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []desk.FileID{"../secret-file", "..", "", "short", "a/../../secret-file", "file-0001\x00", desk.FileID(strings.Repeat("a", 65))} {
		if _, _, err := s.Open(id); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("open %q: %v", id, err)
		}
		if err := s.Remove(id); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("remove %q: %v", id, err)
		}
		if _, err := s.create(id, 1); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("create %q: %v", id, err)
		}
	}
	if _, err := os.Stat(secret); err != nil {
		t.Errorf("the file beside the spool: %v", err)
	}
}

func TestSpoolKeepsTheHeadAndTheSum(t *testing.T) {
	s := openSpool(t, t.TempDir(), 1<<20)
	in, err := s.create("file-0001", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer in.discard()
	body := bytes.Repeat([]byte("abcdefgh"), 1000)
	if err := in.fill(io.MultiReader(bytes.NewReader(body[:3]), bytes.NewReader(body[3:])), 10); err != nil {
		t.Fatal(err)
	}
	if string(in.head) != "abcdefghab" || in.size != int64(len(body)) {
		t.Errorf("head %q, size %d", in.head, in.size)
	}
	if want := "95704ea3ba93445ef826a8d039fe273ed70988d3a8c3496efbcffec9a27c843a"; in.sum != want {
		t.Errorf("sum %q, want %q", in.sum, want)
	}
}
