package devstack

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Homeservers of two test binaries that start at once get the same whole database, though one was broken off while it was made before.
// Whoever has a database keeps it.
func TestFreshDatabase(t *testing.T) {
	python, err := EnsureSynapse(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	kept := filepath.Join(home, "fresh-"+SynapseVersion+".db")
	if err := os.WriteFile(kept+".new", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	var servers [3]*Synapse
	for i := range servers {
		servers[i] = &Synapse{URL: "http://127.0.0.1:1", Dir: t.TempDir(), python: python}
		if err := servers[i].configure(SynapseOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	own := filepath.Join(servers[2].Dir, "homeserver.db")
	if err := os.WriteFile(own, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, s := range servers {
		wg.Go(func() {
			if err := s.freshDatabase(t.Context(), home); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()

	want := read(t, kept)
	if !bytes.HasPrefix(want, []byte("SQLite format 3\x00")) {
		t.Errorf("what is kept is no database: %d bytes", len(want))
	}
	if _, err := os.Stat(kept + ".new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something unfinished is left: %v", err)
	}
	copies := 0
	for _, s := range servers[:2] {
		if bytes.Equal(read(t, filepath.Join(s.Dir, "homeserver.db")), want) {
			copies++
		}
	}
	if copies == 0 { // the other one made it
		t.Error("no homeserver has a copy of what is kept")
	}
	if got := read(t, own); string(got) != "mine" {
		t.Errorf("a homeserver's own database was replaced by %d bytes", len(got))
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
