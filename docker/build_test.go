package docker_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// builder carries the Dockerfile's build stages out without an engine: the same commands on a copy of what git has, with the
// containers' absolute paths below a directory of the test.
type builder struct {
	t       *testing.T
	context string // the repository
	root    string // stands for the containers' /
	workdir string
}

func (b *builder) path(containerPath string) string {
	if !filepath.IsAbs(containerPath) {
		containerPath = filepath.Join(b.workdir, containerPath)
	}
	return filepath.Join(b.root, containerPath)
}

func (b *builder) do(i instruction) {
	b.t.Helper()
	switch i.word {
	case "WORKDIR":
		b.workdir = i.rest
		if err := os.MkdirAll(b.path("."), 0o755); err != nil {
			b.t.Fatal(err)
		}
	case "COPY":
		b.copy(strings.Fields(i.rest))
	case "RUN":
		command := strings.ReplaceAll(i.rest, "/out/", b.root+"/out/")
		b.run("sh", "-c", command)
	}
}

func (b *builder) copy(words []string) {
	b.t.Helper()
	sources, target := words[:len(words)-1], b.path(words[len(words)-1])
	if strings.HasPrefix(sources[0], "--from=") {
		// Stages share the root here, so what one stage copies of another is in place; it only has to exist.
		if _, err := os.Stat(b.path(sources[1])); err != nil {
			b.t.Fatalf("COPY %v: %v", words, err)
		}
		return
	}
	for _, source := range sources {
		for _, file := range b.files(source) {
			to := filepath.Join(target, filepath.Base(file))
			if info, err := os.Stat(filepath.Join(b.context, source)); err == nil && info.IsDir() {
				rel, err := filepath.Rel(source, file)
				if err != nil {
					b.t.Fatal(err)
				}
				to = filepath.Join(target, rel)
			}
			data, err := os.ReadFile(filepath.Join(b.context, file))
			if err != nil {
				b.t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				b.t.Fatal(err)
			}
			if err := os.WriteFile(to, data, 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

// files lists what git has below a path of the repository and what it would add.
func (b *builder) files(path string) []string {
	b.t.Helper()
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", path)
	cmd.Dir = b.context
	out, err := cmd.Output()
	if err != nil {
		b.t.Fatalf("list files of %s: %v", path, err)
	}
	files := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	if files[0] == "" {
		b.t.Fatalf("COPY %s: git has no such file", path)
	}
	existing := files[:0]
	for _, f := range files {
		if info, err := os.Stat(filepath.Join(b.context, f)); err == nil && info.Mode().IsRegular() {
			existing = append(existing, f)
		}
	}
	return existing
}

func (b *builder) run(name string, args ...string) {
	b.t.Helper()
	cmd := exec.CommandContext(b.t.Context(), name, args...)
	cmd.Dir = b.path(".")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("RUN %v: %v\n%s", args, err, out)
	}
}

// build carries out the stages before the last, which installs Debian packages, and gives the program.
func build(t *testing.T) string {
	t.Helper()
	context, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	b := &builder{t: t, context: context, root: t.TempDir()}
	instructions := dockerfile(t)
	stages := 0
	for _, i := range instructions {
		if i.word == "FROM" {
			stages++
			b.workdir = "/"
		}
		if stages < 3 {
			b.do(i)
		} else if i.word == "COPY" {
			b.copy(strings.Fields(i.rest))
		}
	}
	return filepath.Join(b.root, "out", "frontdesk")
}
