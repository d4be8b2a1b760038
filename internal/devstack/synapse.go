package devstack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// SynapseOptions say how a homeserver is to be run. The zero value is a fresh one on a free port with SQLite.
type SynapseOptions struct {
	Dir           string         // keeps database, media and secrets; "" for a temporary one, removed by Close
	Port          int            // on 127.0.0.1; 0 for a free one
	Registrations []string       // paths of application service registrations
	Postgres      string         // DSN of an empty database of its own (Postgres.CreateDatabase); "" for SQLite
	Unlimited     bool           // no rate limits for anybody; else those that "frontdesk init" advises
	TokenService  string         // URL of the token service of calls, which clients are told; "" for no calls
	Extra         map[string]any // further top-level keys of homeserver.yaml; they win
	Progress      Progress       // told what is installed when Synapse is not there yet
}

// Domain is the server_name of every homeserver made here.
const Domain = "localhost"

// Synapse is a homeserver process.
type Synapse struct {
	URL    string // http://127.0.0.1:port
	Dir    string
	Log    string // path of its log
	Secret string // its registration_shared_secret

	port   int
	python string
	http   *http.Client
	remove func() error

	mu   sync.Mutex // guards proc's replacement
	proc *process
}

// StartSynapse runs a homeserver and returns when it answers.
func StartSynapse(ctx context.Context, o SynapseOptions) (*Synapse, error) {
	python, err := EnsureSynapse(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	port, err := orFreePort(o.Port, "Synapse")
	if err != nil {
		return nil, err
	}
	dir, remove, err := ownDir(o.Dir, "frontdesk-synapse-")
	if err != nil {
		return nil, err
	}
	s := &Synapse{
		URL: fmt.Sprintf("http://127.0.0.1:%d", port), Dir: dir, Log: filepath.Join(dir, "synapse.log"),
		port: port, python: python, remove: remove,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}, Timeout: 30 * time.Second},
	}
	if err = s.configure(o); err == nil && o.passes() {
		err = s.freshDatabase(ctx, s.home())
	}
	if err == nil {
		err = s.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// passes tells whether the homeserver goes when the test ends, runs on SQLite, and is of the installation that is our own to write to. What
// people keep is made by Synapse alone.
func (o SynapseOptions) passes() bool {
	return o.Dir == "" && o.Postgres == "" && os.Getenv(pythonVariable) == ""
}

// Start runs a homeserver that was stopped or killed, on the same port and data, and returns when it answers.
func (s *Synapse) Start(ctx context.Context) error {
	s.mu.Lock()
	if s.proc == nil || !s.proc.running() {
		if err := s.startLocked(); err != nil {
			s.mu.Unlock()
			return err
		}
	}
	s.mu.Unlock()
	return s.WaitReady(ctx)
}

func (s *Synapse) startLocked() error {
	cmd := exec.Command(s.python, "-m", "synapse.app.homeserver", "-c", filepath.Join(s.Dir, "homeserver.yaml"))
	cmd.Dir = s.Dir
	proc, err := startProcess("Synapse", s.Log, cmd)
	if err != nil {
		return err
	}
	s.proc = proc
	return nil
}

// WaitReady returns when the homeserver answers.
func (s *Synapse) WaitReady(ctx context.Context) error {
	proc := s.current()
	if proc == nil {
		return errors.New("wait for Synapse: it was not started")
	}
	return proc.waitUntil(ctx, s.answers)
}

func (s *Synapse) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/health", nil)
	if err != nil {
		return err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET /health: %s", resp.Status)
	}
	return nil
}

func (s *Synapse) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc
}

// Running tells whether the process is there; it may be paused or not ready.
func (s *Synapse) Running() bool {
	p := s.current()
	return p != nil && p.running()
}

// PID is that of the process started last.
func (s *Synapse) PID() int {
	if p := s.current(); p != nil {
		return p.cmd.Process.Pid
	}
	return 0
}

// Kill ends the homeserver like a power cut of its own (SIGKILL).
func (s *Synapse) Kill() error {
	if p := s.current(); p != nil {
		return p.kill()
	}
	return nil
}

// Stop ends the homeserver tidily, or with SIGKILL once ctx has ended.
func (s *Synapse) Stop(ctx context.Context) error {
	if p := s.current(); p != nil {
		return p.stop(ctx, syscall.SIGTERM)
	}
	return nil
}

// Restart stops the homeserver tidily and starts it again.
func (s *Synapse) Restart(ctx context.Context) error {
	if err := s.Stop(ctx); err != nil {
		return err
	}
	return s.Start(ctx)
}

// Pause freezes the homeserver: its connections stay open and nothing answers (SIGSTOP).
func (s *Synapse) Pause() error { return s.signal(syscall.SIGSTOP) }

// Resume lets a paused homeserver go on.
func (s *Synapse) Resume() error { return s.signal(syscall.SIGCONT) }

func (s *Synapse) signal(sig syscall.Signal) error {
	p := s.current()
	if p == nil || !p.running() {
		return fmt.Errorf("send %s to Synapse: %w", sig, os.ErrProcessDone)
	}
	return p.signal(sig)
}

// Close kills the homeserver and removes its directory if that was a temporary one. Use Stop before to keep the data tidy.
func (s *Synapse) Close() error {
	err := s.Kill()
	s.http.CloseIdleConnections()
	return errors.Join(err, s.remove())
}
