package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var unfinishedMerge = regexp.MustCompile(`(?m)^(<<<<<<<|>>>>>>>) `)

// TestNothingIsHalfMerged looks for the marks that version control leaves in texts that two people changed.
func TestNothingIsHalfMerged(t *testing.T) {
	const root = "../.."
	kinds := []string{".css", ".go", ".html", ".md", ".sql", ".ts", ".yaml", ".yml"}
	read := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !slices.Contains(kinds, filepath.Ext(name)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read++
		if unfinishedMerge.Match(text) {
			t.Errorf("%s: a merge was not finished", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 100 {
		t.Errorf("only %d files were read", read)
	}
}
