package desk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"frontdesk/desk"
)

// composed are the actions whose codes the code puts together: what stands before, and what can follow.
var composed = map[string][]string{
	"ticket.":   {"chosen", "routed", "accepted", "declined", "undeclined", "returned", "queued", "transferred", "taken", "closed", "blocked"},
	"member.":   {"invite", "join", "leave", "ban", "knock"},
	"queue.":    {"shown", "hidden"},
	"call.":     {"declined", "missed", "withdrawn", "failed", "shared", "unshared", "share_asked", "share_declined", "share_missed", "share_withdrawn"},
	"customer.": {"reach.cut", "reach.open"},
}

// TestJournalActions: every action that the code records is in the list, and has its words in every language.
func TestJournalActions(t *testing.T) {
	used := actionsUsed(t)
	if len(used) < 40 {
		t.Fatalf("found only %q", used)
	}
	known := desk.JournalActions()
	catalogue, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range used {
		if !slices.Contains(known, action) {
			t.Errorf("%s is recorded, but stands in no list of actions", action)
		}
	}
	for _, action := range known {
		if !slices.Contains(used, action) {
			t.Errorf("%s is never recorded", action)
		}
		for _, lang := range []string{"en", "ru"} {
			if words := catalogue.Text(lang, "journal."+action); words == "journal."+action || words == action {
				t.Errorf("%s has no words in %s", action, lang)
			}
		}
	}
}

// actionsUsed reads the codes of actions out of the source: where an entry is made, where a parameter is called action, and where a variable
// of that name is given a value.
func actionsUsed(t *testing.T) []string {
	t.Helper()
	packages := sourceFiles(t)
	at := map[string]int{} // function → which of its parameters is an action
	for _, file := range packages {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := 0
			for _, field := range f.Type.Params.List {
				for _, name := range field.Names {
					if name.Name == "action" {
						at[f.Name.Name] = n
					}
					n++
				}
			}
		}
	}
	var used []string
	add := func(e ast.Expr) { used = append(used, actionOf(t, e)...) }
	for _, file := range packages {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Action" {
					add(n.Value)
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok {
					if i, ok := at[f.Sel.Name]; ok && i < len(n.Args) {
						add(n.Args[i])
					}
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if name, ok := left.(*ast.Ident); ok && name.Name == "action" && len(n.Rhs) == len(n.Lhs) {
						add(n.Rhs[i])
					}
				}
			}
			return true
		})
	}
	slices.Sort(used)
	return slices.Compact(used)
}

// actionOf gives the code an expression stands for. Variables are followed where they are given their values.
func actionOf(t *testing.T, e ast.Expr) []string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		word, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatalf("literal %s: %v", e.Value, err)
		}
		return []string{word}
	case *ast.BinaryExpr:
		var out []string
		for _, before := range actionOf(t, e.X) {
			if composed[before] == nil {
				t.Errorf("actions are put together of %q and something unknown", before)
			}
			for _, after := range composed[before] {
				out = append(out, before+after)
			}
		}
		return out
	}
	return nil
}

func sourceFiles(t *testing.T) []*ast.File {
	t.Helper()
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var out []*ast.File
	for _, name := range names {
		if !strings.HasSuffix(name.Name(), ".go") || strings.HasSuffix(name.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, file)
	}
	return out
}
