package program_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/bridges"
	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
	"frontdesk/internal/telemetry"
)

// running is a frontdesk run in this process.
type running struct {
	stop   context.CancelFunc
	done   chan program.ExitCode
	health string
	log    *lockedBuffer
}

// lockedBuffer may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// run starts frontdesk on a stack, with further messengers, and waits until it serves.
func run(t *testing.T, s *stack, further ...bridges.Messenger) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{stop: cancel, done: make(chan program.ExitCode, 1), health: "http://" + s.config.Metrics.Listen, log: &lockedBuffer{}}
	m := program.Main{Args: []string{"run", "-c", s.path}, Stdout: io.Discard, Stderr: r.log, Further: further}
	go func() { r.done <- m.Run(ctx) }()
	t.Cleanup(func() { r.end(t) })
	r.wait(t, "it serves", func() bool { _, err := r.report(); return err == nil })
	return r
}

// end stops it gracefully and gives its exit code. It may be called again.
func (r *running) end(t *testing.T) program.ExitCode {
	t.Helper()
	r.stop()
	code := <-r.done
	r.done <- code
	http.DefaultClient.CloseIdleConnections()
	return code
}

func (r *running) report() (telemetry.Report, error) {
	var report telemetry.Report
	resp, err := http.Get(r.health + "/health")
	if err != nil {
		return report, err
	}
	defer resp.Body.Close()
	return report, json.NewDecoder(resp.Body).Decode(&report)
}

// wait asks until the condition holds.
func (r *running) wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	limit, ticker := time.NewTimer(2*time.Minute), time.NewTicker(50*time.Millisecond)
	defer limit.Stop()
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ticker.C:
		case code := <-r.done:
			r.done <- code
			t.Fatalf("frontdesk ended with %d before %s:\n%s", code, what, r.log)
		case <-limit.C:
			t.Fatalf("waited in vain until %s:\n%s", what, r.log)
		}
	}
}

func TestRun(t *testing.T) {
	s := startStack(t, devstack.SynapseOptions{}, "--set", "log.level=debug")
	r := run(t, s)
	r.wait(t, "all is well", func() bool { report, err := r.report(); return err == nil && report.State == telemetry.Well })

	code, _, stderr := frontdeskCommand(t.Context(), "run", "-c", s.path)
	if code != program.NoListener || !strings.Contains(stderr, "is taken by another program") {
		t.Errorf("a second run ended with %d: %s", code, stderr)
	}
	other := strings.Fields(fmt.Sprintf("migrate -c %s", s.path))
	if code, _, stderr := frontdeskCommand(t.Context(), other...); code != program.NoDatabase || !strings.Contains(stderr, "another frontdesk") {
		t.Errorf("migrate beside it ended with %d: %s", code, stderr)
	}
	if code, stdout, stderr := frontdeskCommand(t.Context(), "check", "--quick", "-c", s.path); code != program.OK {
		t.Errorf("check --quick ended with %d: %s%s", code, stdout, stderr)
	}
	r.metricsAreDocumented(t)

	// With the homeserver away it is degraded, not down, and comes back by itself.
	if err := s.synapse.Kill(); err != nil {
		t.Fatal(err)
	}
	r.wait(t, "the homeserver's absence shows", func() bool { report, err := r.report(); return err == nil && report.State == telemetry.Degraded })
	if code, stdout, stderr := frontdeskCommand(t.Context(), "check", "--quick", "-c", s.path); code != program.OK || !strings.Contains(stdout, "homeserver") {
		t.Errorf("check --quick without the homeserver ended with %d: %s%s", code, stdout, stderr)
	}
	if err := s.synapse.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.wait(t, "all is well again", func() bool { report, err := r.report(); return err == nil && report.State == telemetry.Well })

	if code := r.end(t); code != program.OK {
		t.Errorf("run ended with %d:\n%s", code, r.log)
	}
	for _, secret := range []string{string(s.config.Appservice.ASToken), string(s.config.Appservice.HSToken), string(s.config.DoublePuppet.ASToken),
		string(s.config.Gateway.Secret)} {
		if strings.Contains(r.log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
	if code, stdout, stderr := frontdeskCommand(t.Context(), "migrate", "-c", s.path); code != program.OK || stdout == "" {
		t.Errorf("migrate afterwards ended with %d: %s", code, stderr)
	}
	if code, _, _ := frontdeskCommand(t.Context(), "check", "--quick", "-c", s.path); code != program.CheckFailed {
		t.Errorf("check --quick without frontdesk ended with %d", code)
	}
}

// metricsAreDocumented compares /metrics with docs/operations.md.
func (r *running) metricsAreDocumented(t *testing.T) {
	t.Helper()
	resp, err := http.Get(r.health + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	metrics, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^# HELP (frontdesk_\w+)`).FindAllStringSubmatch(string(metrics), -1)
	if len(names) < 5 {
		t.Errorf("/metrics has only %v", names)
	}
	manual := read(t, "../../docs/operations.md")
	for _, name := range names {
		if !strings.Contains(manual, "`"+name[1]+"`") && !strings.Contains(manual, "`"+name[1]+"{") {
			t.Errorf("docs/operations.md does not tell of %s", name[1])
		}
	}
}

// Run fails with one sentence when something is in its way, and leaves nothing behind. A homeserver that is away is not in its way.
func TestRunRefused(t *testing.T) {
	s := startStack(t, devstack.SynapseOptions{})
	taken, err := net.Listen("tcp", s.config.Gateway.Listen)
	if err != nil {
		t.Fatal(err)
	}
	code, _, stderr := frontdeskCommand(t.Context(), "run", "-c", s.path)
	if code != program.NoListener || !strings.Contains(stderr, "gateway.listen: the port of "+s.config.Gateway.Listen+" is taken") {
		t.Errorf("ended with %d: %s", code, stderr)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	r := run(t, s)
	if code := r.end(t); code != program.OK {
		t.Errorf("run afterwards ended with %d:\n%s", code, r.log)
	}

	// Without a homeserver it starts, says so, and is well once there is one.
	if err := s.synapse.Kill(); err != nil {
		t.Fatal(err)
	}
	r = run(t, s)
	r.wait(t, "the homeserver's absence shows", func() bool { report, err := r.report(); return err == nil && report.State == telemetry.Degraded })
	if err := s.synapse.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.wait(t, "all is well", func() bool { report, err := r.report(); return err == nil && report.State == telemetry.Well })
}
