package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Lengths beyond which a file has more than one subject, and a function is several.
const (
	maxFileLines     = 520
	maxFunctionLines = 80
	maxTestLines     = 160 // of a test function: scenarios are long and simple
)

// source is one Go file.
type source struct {
	path string // from the repository's root
	test bool
	fset *token.FileSet
	file *ast.File
}

func (s source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.fset.Position(n.Pos()).Line)
}

func (s source) lines(n ast.Node) int {
	return s.fset.Position(n.End()).Line - s.fset.Position(n.Pos()).Line + 1
}

func readSources(t *testing.T) []source {
	t.Helper()
	const root = "../.."
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		all = append(all, source{path: rel, test: strings.HasSuffix(path, "_test.go"), fset: fset, file: file})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLengths(t *testing.T) {
	for _, s := range readSources(t) {
		if n := s.fset.File(s.file.Pos()).LineCount(); n > maxFileLines {
			t.Errorf("%s has %d lines, more than %d: which of its subjects deserves a file of its own?", s.path, n, maxFileLines)
		}
		limit := maxFunctionLines
		if s.test {
			limit = maxTestLines
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.lines(f) > limit {
				t.Errorf("%s: %s has %d lines, more than %d", s.at(f), f.Name.Name, s.lines(f), limit)
			}
		}
	}
}

// onTheWire are words of what MatrixRTC looks like in events and requests.
var onTheWire = regexp.MustCompile(`msc(3401|4075|4140|4195|4310)|rtc\.member|m\.call|livekit_|foci_|sticky_key|/sfu/get`)

// Those proposals still change, so one package knows them, besides those that stand for the other side in development and tests. Where Synapse is
// told something by its configuration, and an event's own envelope, are no part of it.
func TestCallsHaveOneAdapter(t *testing.T) {
	found := false
	for _, s := range readSources(t) {
		known := false
		for _, at := range []string{"appservice/matrixrtc/", "internal/devstack/", "cmd/devstack/", "e2e/", "internal/program/init.go"} {
			known = known || strings.HasPrefix(s.path, at)
		}
		if s.test || known {
			found = found || known
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING && onTheWire.MatchString(text.Value) {
				t.Errorf("%s: %s, which is the business of appservice/matrixrtc", s.at(text), text.Value)
			}
			return true
		})
	}
	if !found {
		t.Error("there is no appservice/matrixrtc")
	}
}

var leftover = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)

func TestNothingIsLeftOver(t *testing.T) {
	for _, s := range readSources(t) {
		for _, group := range s.file.Comments {
			if word := leftover.FindString(group.Text()); word != "" {
				t.Errorf("%s: %s", s.at(group), word)
			}
		}
	}
}

// Tests wait for conditions and run everywhere; logs have constant messages and a logger that was handed in.
func TestForbiddenCalls(t *testing.T) {
	for _, s := range readSources(t) {
		for _, i := range s.file.Imports {
			switch path, _ := strconv.Unquote(i.Path.Value); path {
			case "github.com/rs/zerolog/log", "io/ioutil":
				t.Errorf("%s: %s", s.at(i), path)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			receiver, _ := selector.X.(*ast.Ident)
			switch name := selector.Sel.Name; {
			case name == "Msgf":
				t.Errorf("%s: Msgf, messages of logs are constant", s.at(call))
			case s.test && receiver != nil && receiver.Name == "time" && name == "Sleep":
				t.Errorf("%s: time.Sleep in a test, wait for a condition", s.at(call))
			case s.test && (name == "Skip" || name == "Skipf" || name == "SkipNow"):
				t.Errorf("%s: %s, every test runs everywhere", s.at(call), name)
			}
			return true
		})
	}
}
