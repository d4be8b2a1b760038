package devstack

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"gopkg.in/yaml.v3"
)

// LiveKitVersion is the one that development and tests run with: the newest that builds without replaced modules.
const LiveKitVersion = "1.13.5"

// liveKitVariable names a livekit-server that is there already.
const liveKitVariable = "LIVEKIT_SERVER"

// EnsureLiveKit gives the path of livekit-server, building it from its sources on first use: into .dev/bin, through Go's caches, so that
// a second clone only links it. The environment variable LIVEKIT_SERVER names one that is there already.
func EnsureLiveKit(ctx context.Context, progress Progress) (binary string, err error) {
	if binary := os.Getenv(liveKitVariable); binary != "" {
		if _, err := os.Stat(binary); err != nil {
			return "", fmt.Errorf("%s: %w", liveKitVariable, err)
		}
		return binary, nil
	}
	binary, err = devDir("bin", "livekit-server-"+LiveKitVersion)
	if err != nil {
		return "", err
	}
	err = whileLocked(binary, func() error {
		if _, err := os.Stat(binary); err == nil {
			return nil
		}
		progress.Say("building LiveKit " + LiveKitVersion + " into .dev/bin (once, some minutes)")
		if err := buildLiveKit(ctx, binary, progress); err != nil {
			return fmt.Errorf("build LiveKit %s: %w", LiveKitVersion, err)
		}
		return nil
	})
	return binary, err
}

// buildLiveKit installs into a directory of its own first: what is at the path of the binary is always whole.
func buildLiveKit(ctx context.Context, binary string, progress Progress) error {
	dir, err := os.MkdirTemp(filepath.Dir(binary), "livekit-")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, "go", "install", "-v", "-ldflags=-s -w", "github.com/livekit/livekit-server/cmd/server@v"+LiveKitVersion)
	// Outside of any module: the repository's own versions have no say.
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
	// Asked to end, it ends its compilers too.
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(os.Interrupt) }, 10*time.Second
	if err := runTold(ctx, cmd, stepCounter(progress)); err != nil {
		return err
	}
	return os.Rename(filepath.Join(dir, "server"), binary)
}

// stepCounter tells now and then how far a verbose build is.
func stepCounter(progress Progress) func(line string) {
	compiled, told := 0, time.Now()
	return func(line string) {
		words, downloads := strings.CutPrefix(line, "go: downloading ")
		if !downloads {
			compiled++
			words = fmt.Sprintf("%d packages compiled", compiled)
		}
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			progress.Say("  " + words)
		}
	}
}

// runTold runs a program, which ends with ctx, to its end and tells each line of its output; the last lines are in the error.
func runTold(ctx context.Context, cmd *exec.Cmd, tell func(line string)) error {
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	var last []string
	var wg sync.WaitGroup
	wg.Go(func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			text := strings.TrimSpace(lines.Text())
			tell(text)
			last = append(last[max(0, len(last)-5):], text)
		}
		_, _ = io.Copy(io.Discard, out) // after a line too long: the program must not block
	})
	err := cmd.Run()
	in.Close()
	wg.Wait()
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	if err != nil {
		return fmt.Errorf("run %s: %w: %s", filepath.Base(cmd.Path), err, strings.Join(last, " / "))
	}
	return nil
}

// LiveKitOptions say how the media server is to be run. The zero value is one on free ports.
type LiveKitOptions struct {
	Dir       string // keeps configuration and log; "" for a temporary one, removed by Close
	Port      int    // of its API and WebSockets on 127.0.0.1; 0 for a free one
	MediaPort int    // of all media, UDP on 127.0.0.1; 0 for a free one
	Misplaced bool   // tells clients an address at which it takes no media
	Progress  Progress
}

// LiveKit is a media server process (SFU). Rooms are made by its API alone, as the token service does it.
type LiveKit struct {
	URL    string // ws://127.0.0.1:port, as clients are told it
	HTTP   string // http://127.0.0.1:port
	Key    string // of its API
	Secret string
	Dir    string
	Log    string // path of its log

	binary string
	http   *http.Client
	remove func() error

	mu   sync.Mutex // guards proc's replacement
	proc *process
}

// StartLiveKit runs a media server and returns when it answers.
func StartLiveKit(ctx context.Context, o LiveKitOptions) (*LiveKit, error) {
	binary, err := EnsureLiveKit(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	port, err := orFreePort(o.Port, "LiveKit")
	if err != nil {
		return nil, err
	}
	media, err := orFreeMediaPort(o.MediaPort, "LiveKit's media")
	if err != nil {
		return nil, err
	}
	dir, remove, err := ownDir(o.Dir, "frontdesk-livekit-")
	if err != nil {
		return nil, err
	}
	l := &LiveKit{
		URL: fmt.Sprintf("ws://127.0.0.1:%d", port), HTTP: fmt.Sprintf("http://127.0.0.1:%d", port),
		Key: "devkey", Secret: rand.Text() + rand.Text(), Dir: dir, Log: filepath.Join(dir, "livekit.log"),
		binary: binary, remove: remove,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}, Timeout: 10 * time.Second},
	}
	if err = l.configure(port, media, o.Misplaced); err == nil {
		err = l.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *LiveKit) configure(port, media int, misplaced bool) error {
	rtc := map[string]any{
		"udp_port": media, "tcp_port": 0, "node_ip": "127.0.0.1", "use_external_ip": false,
		"enable_loopback_candidate": true, "interfaces": map[string]any{"includes": []string{"lo"}},
	}
	if misplaced {
		rtc["node_ip"], rtc["use_ice_lite"] = "127.0.0.2", true // a lite one does not come to its clients either
	}
	text, err := yaml.Marshal(map[string]any{
		"port":           port,
		"bind_addresses": []string{"127.0.0.1"},
		"keys":           map[string]string{l.Key: l.Secret},
		"rtc":            rtc,
		"room":           map[string]any{"auto_create": false},
		"logging":        map[string]any{"level": "info"},
	})
	if err != nil {
		return fmt.Errorf("encode LiveKit's configuration: %w", err)
	}
	if err := os.WriteFile(l.configPath(), text, 0o600); err != nil {
		return fmt.Errorf("write LiveKit's configuration: %w", err)
	}
	return nil
}

func (l *LiveKit) configPath() string { return filepath.Join(l.Dir, "livekit.yaml") }

// Start runs a media server that was stopped or killed, on the same ports and with the same keys, and returns when it answers. Its
// rooms are gone.
func (l *LiveKit) Start(ctx context.Context) error {
	l.mu.Lock()
	if l.proc == nil || !l.proc.running() {
		cmd := exec.Command(l.binary, "--config", l.configPath())
		cmd.Dir = l.Dir
		proc, err := startProcess("LiveKit", l.Log, cmd)
		if err != nil {
			l.mu.Unlock()
			return err
		}
		l.proc = proc
	}
	proc := l.proc
	l.mu.Unlock()
	return proc.waitUntil(ctx, l.answers)
}

func (l *LiveKit) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.HTTP+"/", nil)
	if err != nil {
		return err
	}
	resp, err := l.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET /: %s", resp.Status)
	}
	return nil
}

func (l *LiveKit) current() *process {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.proc
}

// Running tells whether the process is there.
func (l *LiveKit) Running() bool {
	p := l.current()
	return p != nil && p.running()
}

// PID is that of the process started last.
func (l *LiveKit) PID() int {
	if p := l.current(); p != nil {
		return p.cmd.Process.Pid
	}
	return 0
}

// Kill ends the media server like a power cut of its own (SIGKILL).
func (l *LiveKit) Kill() error {
	if p := l.current(); p != nil {
		return p.kill()
	}
	return nil
}

// Stop ends the media server tidily, or with SIGKILL once ctx has ended. Who is in a room is told that the server goes.
func (l *LiveKit) Stop(ctx context.Context) error {
	p := l.current()
	if p == nil {
		return nil
	}
	// After the first signal it waits until everybody has left, after the second it does not.
	if p.running() {
		if err := p.signal(syscall.SIGTERM); err != nil {
			return err
		}
	}
	return p.stop(ctx, syscall.SIGINT)
}

// Pause freezes the media server: its connections stay open and nothing moves (SIGSTOP).
func (l *LiveKit) Pause() error { return l.signal(syscall.SIGSTOP) }

// Resume lets a paused media server go on.
func (l *LiveKit) Resume() error { return l.signal(syscall.SIGCONT) }

func (l *LiveKit) signal(sig syscall.Signal) error {
	p := l.current()
	if p == nil || !p.running() {
		return fmt.Errorf("send %s to LiveKit: %w", sig, os.ErrProcessDone)
	}
	return p.signal(sig)
}

// Close kills the media server and removes its directory if that was a temporary one.
func (l *LiveKit) Close() error {
	err := l.Kill()
	l.http.CloseIdleConnections()
	return errors.Join(err, l.remove())
}
