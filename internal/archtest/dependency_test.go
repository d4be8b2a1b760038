package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "frontdesk"

// goPackage is what go list tells of a package, without its tests.
type goPackage struct {
	ImportPath string
	Imports    []string // direct ones
	Deps       []string // direct and indirect ones
}

// name is the path inside the module.
func (p goPackage) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", module+"/...")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, errs.String())
	}
	var all []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// within tells whether an import path is one of our packages below one of the given ones.
func within(path string, trees ...string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool {
		return path == module+"/"+tree || strings.HasPrefix(path, module+"/"+tree+"/")
	})
}

// adaptersAmong names the packages that turn the world into inputs and effects into the world; each messenger below bridges is one. What they may
// share is desk's, content's and journal's.
func adaptersAmong(all []goPackage) []string {
	adapters := []string{"appservice", "widgetgw", "calls"}
	for _, p := range all {
		if rest, ok := strings.CutPrefix(p.name(), "bridges/"); ok && !strings.Contains(rest, "/") && !within(p.ImportPath, testOnly...) {
			adapters = append(adapters, p.name())
		}
	}
	return adapters
}

// outer packages put everything together; nobody inside may know them.
var outer = []string{"cmd", "e2e", "internal/program"}

// testOnly packages must not end up in the program.
var testOnly = []string{"internal/devstack", "internal/archtest", "desk/desktest", "store/storetest", "widgetgw/widgettest",
	"bridges/channeltest", "bridges/telegram/telegramtest", "e2e"}

// forbidden gives what a package must not depend on, directly or not.
func forbidden(name string, adapters []string) []string {
	path := module + "/" + name
	var trees []string
	switch {
	case within(path, "content"):
		return []string{""} // nothing of ours
	case within(path, "desk"):
		trees = append(trees, adapters...)
		trees = append(trees, "store", "internal/journal", "internal/config", "internal/telemetry")
	case within(path, "internal/journal"):
		trees = append(trees, adapters...)
		trees = append(trees, "store", "internal/config")
	case within(path, "internal/section"):
		return []string{""}
	case within(path, "internal/config"):
		trees = append(trees, adapters...)
		trees = append(trees, "store", "bridges", "internal/journal")
	case within(path, "store"):
		trees = append(trees, adapters...)
		trees = append(trees, "internal/config")
	case within(path, adapters...):
		for _, other := range adapters {
			if !within(path, other) {
				trees = append(trees, other)
			}
		}
		trees = append(trees, "store", "internal/config")
	}
	if !within(path, outer...) {
		trees = append(trees, outer...)
	}
	return trees
}

func TestDirection(t *testing.T) {
	all := listPackages(t)
	adapters := adaptersAmong(all)
	if !slices.Contains(adapters, "bridges/telegram") {
		t.Errorf("the adapters are %v", adapters)
	}
	for _, p := range all {
		if within(p.ImportPath, testOnly...) {
			continue
		}
		trees := forbidden(p.name(), adapters)
		for _, dep := range p.Deps {
			ours := strings.HasPrefix(dep, module+"/")
			if ours && within(dep, trees...) || ours && slices.Contains(trees, "") && !within(dep, p.name()) {
				t.Errorf("%s depends on %s", p.name(), dep)
			}
		}
	}
}

// A library that one package stands for is known to nobody else.
func TestLibrariesHaveOneOwner(t *testing.T) {
	owners := map[string][]string{
		"maunium.net/go/mautrix/appservice":   {"appservice"},
		"github.com/livekit":                  {"calls", "internal/devstack", "e2e"},
		"github.com/pion":                     {"calls", "e2e"},
		"github.com/go-telegram/bot":          {"bridges/telegram"},
		"github.com/mattn/go-sqlite3":         {"store", "e2e"},
		"github.com/jackc/pgx/v5":             {"store", "internal/devstack"},
		"go.mau.fi/util/dbutil":               {"store"},
		"database/sql":                        {"store", "e2e"},
		"maunium.net/go/mautrix":              {"appservice", "internal/devstack", "cmd/devstack", "e2e"},
		"github.com/chromedp/chromedp":        {"e2e"},
		"github.com/prometheus/client_golang": {"internal/telemetry", "internal/journal", "internal/program", "widgetgw", "appservice", "calls"},
		"github.com/gorilla/websocket":        {"widgetgw", "e2e"},
		"github.com/microcosm-cc/bluemonday":  {"content"},
		"gopkg.in/yaml.v3":                    {"internal/config", "internal/texts", "internal/program", "internal/devstack", "cmd/devstack"},
	}
	for _, p := range listPackages(t) {
		for _, imported := range p.Imports {
			for library, allowed := range owners {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !within(p.ImportPath, allowed...) {
					t.Errorf("%s imports %s, which is the business of %s", p.name(), imported, strings.Join(allowed, ", "))
				}
			}
		}
	}
}

// The domain decides without touching the world.
func TestDeskHasNoInputOrOutput(t *testing.T) {
	// content may take net/http for its table of media type signatures.
	world := []string{"net", "os", "os/exec", "io/fs", "syscall", "database/sql", "math/rand", "math/rand/v2"}
	for _, p := range listPackages(t) {
		if p.name() != "desk" && p.name() != "content" {
			continue
		}
		for _, imported := range p.Imports {
			if slices.Contains(world, imported) || imported == "net/http" && p.name() == "desk" {
				t.Errorf("%s imports %s", p.name(), imported)
			}
		}
	}
}

func TestProgramHasNoTestCode(t *testing.T) {
	found := false
	for _, p := range listPackages(t) {
		if p.name() != "cmd/frontdesk" {
			continue
		}
		found = true
		for _, dep := range p.Deps {
			if dep == "testing" || within(dep, testOnly...) {
				t.Errorf("the program contains %s", dep)
			}
		}
	}
	if !found {
		t.Error("there is no cmd/frontdesk")
	}
}
