package devstack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"gopkg.in/yaml.v3"

	"frontdesk"
)

// SiteKey is that of the one site in the configurations made here.
const SiteKey = "main"

// FrontdeskOptions say how the program is to be configured and run.
type FrontdeskOptions struct {
	Dir          string   // keeps configuration, database and spool; "" for a temporary one, removed by Close
	Homeserver   string   // its URL
	Domain       string   // its server_name; "" for Domain
	Operators    []string // localparts
	Admins       []string // localparts
	DoublePuppet bool
	Origins      []string // of pages with the widget; the gateway's own one is always added

	GatewayPort, AppservicePort, MetricsPort int // on 127.0.0.1; 0 for free ones

	Postgres string         // DSN of an empty database of its own; "" for SQLite
	Settings map[string]any // further values by their dotted paths, such as "log.level"; they win
	Progress Progress       // told what is built
}

// Frontdesk is the program as a child process, with a configuration made by "frontdesk init".
type Frontdesk struct {
	Dir           string
	Config        string   // path of config.yaml
	Registrations []string // paths for Synapse's app_service_config_files
	GatewayURL    string   // where browsers reach it; an allowed origin too
	MetricsURL    string
	Log           string // path of its log

	binary string
	http   *http.Client
	remove func() error

	mu   sync.Mutex // guards proc's replacement
	proc *process
}

// NewFrontdesk builds the program and writes its configuration, keeping secrets of one that is there. Start runs it, once
// Synapse runs with the Registrations.
func NewFrontdesk(ctx context.Context, o FrontdeskOptions) (*Frontdesk, error) {
	binary, err := BuildFrontdesk(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	dir, remove, err := ownDir(o.Dir, "frontdesk-")
	if err != nil {
		return nil, err
	}
	f := &Frontdesk{
		Dir: dir, Config: filepath.Join(dir, "config.yaml"), Log: filepath.Join(dir, "frontdesk.log"),
		binary: binary, remove: remove,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}, Timeout: 10 * time.Second},
	}
	if err := f.configure(ctx, o); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Frontdesk) configure(ctx context.Context, o FrontdeskOptions) error {
	var err error
	if o.GatewayPort, err = orFreePort(o.GatewayPort, "Frontdesk's gateway"); err != nil {
		return err
	}
	if o.AppservicePort, err = orFreePort(o.AppservicePort, "what Synapse sends to Frontdesk"); err != nil {
		return err
	}
	if o.MetricsPort, err = orFreePort(o.MetricsPort, "Frontdesk's metrics"); err != nil {
		return err
	}
	if o.Domain == "" {
		o.Domain = Domain
	}
	f.GatewayURL = fmt.Sprintf("http://127.0.0.1:%d", o.GatewayPort)
	f.MetricsURL = fmt.Sprintf("http://127.0.0.1:%d", o.MetricsPort)
	if _, err := os.Stat(f.Config); errors.Is(err, fs.ErrNotExist) {
		if err := f.init(ctx, o); err != nil {
			return err
		}
	}
	if err := editYAML(f.Config, f.settings(o)); err != nil {
		return err
	}
	return f.writeRegistrations(ctx, o.DoublePuppet)
}

func (f *Frontdesk) init(ctx context.Context, o FrontdeskOptions) error {
	args := []string{"init", "--dir", f.Dir, "--domain", o.Domain, "--homeserver", o.Homeserver, "--public-url", f.GatewayURL}
	if len(o.Operators) > 0 {
		args = append(args, "--staff", strings.Join(o.Operators, ","))
	}
	if len(o.Admins) > 0 {
		args = append(args, "--admin", strings.Join(o.Admins, ","))
	}
	_, err := f.Command(ctx, args...)
	return err
}

// settings are what "init" has no flags for, and what may differ from one start to the next.
func (f *Frontdesk) settings(o FrontdeskOptions) map[string]any {
	origins := append([]string{f.GatewayURL}, o.Origins...)
	set := map[string]any{
		"homeserver.address":    o.Homeserver,
		"appservice.listen":     fmt.Sprintf("127.0.0.1:%d", o.AppservicePort),
		"appservice.address":    fmt.Sprintf("http://127.0.0.1:%d", o.AppservicePort),
		"double_puppet.enabled": o.DoublePuppet,
		"gateway.listen":        fmt.Sprintf("127.0.0.1:%d", o.GatewayPort),
		"gateway.public_url":    f.GatewayURL,
		"metrics.listen":        fmt.Sprintf("127.0.0.1:%d", o.MetricsPort),
		"sites.0.origins":       origins,
	}
	if o.Postgres != "" {
		set["database.type"], set["database.uri"] = "postgres", o.Postgres
	}
	maps.Copy(set, o.Settings)
	return set
}

func (f *Frontdesk) writeRegistrations(ctx context.Context, doublePuppet bool) error {
	args := [][]string{{"registration", "-c", f.Config}}
	if doublePuppet {
		args = append(args, []string{"registration", "-c", f.Config, "--staff"})
	}
	f.Registrations = nil
	for i, a := range args {
		text, err := f.Command(ctx, a...)
		if err != nil {
			return err
		}
		path := filepath.Join(f.Dir, []string{"registration.yaml", "registration-staff.yaml"}[i])
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return fmt.Errorf("write registration: %w", err)
		}
		f.Registrations = append(f.Registrations, path)
	}
	return nil
}

// Command runs the program with arguments to its end and gives its standard output.
func (f *Frontdesk) Command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, f.binary, args...)
	cmd.Dir = f.Dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("frontdesk %s: %w: %s", args[0], err, strings.TrimSpace(errs.String()))
	}
	return out.Bytes(), nil
}

// Set changes settings by their dotted paths; the server has them from its next start on.
func (f *Frontdesk) Set(settings map[string]any) error { return editYAML(f.Config, settings) }

// Start runs the server, also after Kill or Stop, and returns when it serves.
func (f *Frontdesk) Start(ctx context.Context) error {
	f.mu.Lock()
	if f.proc == nil || !f.proc.running() {
		cmd := exec.Command(f.binary, "run", "-c", f.Config)
		cmd.Dir = f.Dir
		proc, err := startProcess("frontdesk", f.Log, cmd)
		if err != nil {
			f.mu.Unlock()
			return err
		}
		f.proc = proc
	}
	f.mu.Unlock()
	return f.WaitReady(ctx)
}

// WaitReady returns when the server serves visitors; the homeserver may be away.
func (f *Frontdesk) WaitReady(ctx context.Context) error {
	return f.waitHealth(ctx, func(state string) bool { return state != "down" })
}

// WaitWell returns when every link of the server is well.
func (f *Frontdesk) WaitWell(ctx context.Context) error {
	return f.waitHealth(ctx, func(state string) bool { return state == "well" })
}

func (f *Frontdesk) waitHealth(ctx context.Context, accept func(state string) bool) error {
	proc := f.current()
	if proc == nil {
		return errors.New("wait for frontdesk: it was not started")
	}
	return proc.waitUntil(ctx, func(ctx context.Context) error {
		report, err := f.health(ctx)
		if err != nil {
			return err
		}
		if !accept(report.State) {
			return fmt.Errorf("its health is %s: %v", report.State, report.Links)
		}
		return nil
	})
}

// WaitIdle returns when nothing is stored that the server has still to do.
func (f *Frontdesk) WaitIdle(ctx context.Context) error {
	proc := f.current()
	if proc == nil {
		return errors.New("wait for frontdesk: it was not started")
	}
	return proc.waitUntil(ctx, func(ctx context.Context) error {
		metrics, err := f.get(ctx, "/metrics")
		if err != nil {
			return err
		}
		told := errors.New("it tells no backlog")
		for line := range strings.Lines(string(metrics)) {
			if !strings.HasPrefix(line, "frontdesk_backlog{") {
				continue
			}
			if !strings.HasSuffix(line, " 0\n") {
				return fmt.Errorf("it has something to do: %s", strings.TrimSpace(line))
			}
			told = nil
		}
		return told
	})
}

// healthReport is the answer of /health as far as it is used here.
type healthReport struct {
	State string
	Links []struct {
		Name  string
		OK    bool
		Error string
	}
}

func (f *Frontdesk) health(ctx context.Context) (healthReport, error) {
	var report healthReport
	body, err := f.get(ctx, "/health")
	if err != nil {
		return report, err
	}
	if err := json.Unmarshal(body, &report); err != nil {
		return report, fmt.Errorf("decode /health: %w", err)
	}
	return report, nil
}

// get reads a page of the metrics' listener.
func (f *Frontdesk) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.MetricsURL+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := f.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

func (f *Frontdesk) current() *process {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.proc
}

// Running tells whether the server's process is there.
func (f *Frontdesk) Running() bool {
	p := f.current()
	return p != nil && p.running()
}

// PID is that of the process started last.
func (f *Frontdesk) PID() int {
	if p := f.current(); p != nil {
		return p.cmd.Process.Pid
	}
	return 0
}

// Kill ends the server like a power cut of its own (SIGKILL).
func (f *Frontdesk) Kill() error {
	if p := f.current(); p != nil {
		return p.kill()
	}
	return nil
}

// Stop ends the server tidily, or with SIGKILL once ctx has ended.
func (f *Frontdesk) Stop(ctx context.Context) error {
	if p := f.current(); p != nil {
		return p.stop(ctx, syscall.SIGTERM)
	}
	return nil
}

// Restart stops the server tidily and starts it again.
func (f *Frontdesk) Restart(ctx context.Context) error {
	if err := f.Stop(ctx); err != nil {
		return err
	}
	return f.Start(ctx)
}

// Close kills the server and removes its directory if that was a temporary one.
func (f *Frontdesk) Close() error {
	err := f.Kill()
	f.http.CloseIdleConnections()
	return errors.Join(err, f.remove())
}

// editYAML sets values by dotted path in a file and leaves its comments alone. List elements are named by their index. A file kept from
// before a group of keys came gets it from the example; what that has not either is an error.
func editYAML(path string, set map[string]any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	var doc, example yaml.Node
	if err := errors.Join(yaml.Unmarshal(text, &doc), yaml.Unmarshal(frontdesk.ExampleConfig, &example)); err != nil {
		return fmt.Errorf("decode configuration: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		node, err := nodeAt(&doc, key)
		if group, _, grouped := strings.Cut(key, "."); err != nil && grouped {
			if _, lacking := nodeAt(&doc, group); lacking != nil {
				addGroup(&doc, &example, group)
				node, err = nodeAt(&doc, key)
			}
		}
		if err != nil {
			return err
		}
		var value yaml.Node
		if err := value.Encode(set[key]); err != nil {
			return fmt.Errorf("encode %s: %w", key, err)
		}
		value.HeadComment, value.LineComment, value.FootComment = node.HeadComment, node.LineComment, node.FootComment
		*node = value
	}
	out, err := yaml.Marshal(&doc)
	if err != nil {
		return fmt.Errorf("encode configuration: %w", err)
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// addGroup gives doc a top-level group as the example has it, comments and all.
func addGroup(doc, example *yaml.Node, group string) {
	from, to := example.Content[0], doc.Content[0]
	for i := 0; i < len(from.Content); i += 2 {
		if from.Content[i].Value == group {
			to.Content = append(to.Content, from.Content[i], from.Content[i+1])
		}
	}
}

func nodeAt(doc *yaml.Node, path string) (*yaml.Node, error) {
	node := doc.Content[0]
next:
	for step := range strings.SplitSeq(path, ".") {
		switch node.Kind {
		case yaml.MappingNode:
			for i := 0; i < len(node.Content); i += 2 {
				if node.Content[i].Value == step {
					node = node.Content[i+1]
					continue next
				}
			}
		case yaml.SequenceNode:
			for i, element := range node.Content {
				if step == fmt.Sprint(i) {
					node = element
					continue next
				}
			}
		}
		return nil, fmt.Errorf("the configuration has no %s", path)
	}
	return node, nil
}
