package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// sockets: resident memory of the server process per connected visitor, each with a session of its own and heartbeats going, and how
// long all of them take to come back after the server was restarted. The visitors live in a process of their own.
func sockets(ctx context.Context, s *stage, r *report) error {
	n := s.scale.sockets
	var perSocket, totals, backs []float64
	var tokens []string
	for round := range s.scale.rounds {
		if tokens == nil {
			// The sessions are opened against one server process and used against a fresh one, whose memory has seen nothing else.
			if err := s.withFrontdesk(ctx); err != nil {
				return err
			}
			var err error
			if tokens, err = s.openSessions(ctx, n); err != nil {
				return err
			}
		}
		if err := s.restartFrontdesk(ctx); err != nil {
			return err
		}
		empty, full, back, err := s.holdSockets(ctx, tokens, round)
		if err != nil {
			return err
		}
		each := float64(full-empty) / float64(n) / 1024
		s.note("round %d: %.1f MiB without, %.1f MiB with %d sockets (%.2f KiB each); all back %.2f s after the restart",
			round+1, float64(empty)/(1<<20), float64(full)/(1<<20), n, each, back.Seconds())
		perSocket, totals, backs = append(perSocket, each), append(totals, float64(full)/float64(n)/1024), append(backs, back.Seconds())
	}
	r.add(
		figure{fmt.Sprintf("memory_per_socket_%d", n), median(perSocket), "KiB", atMost(15)},
		figure{fmt.Sprintf("memory_whole_process_per_socket_%d", n), median(totals), "KiB", noGoal},
		figure{fmt.Sprintf("reconnect_%d", n), median(backs), "s", noGoal},
	)
	return nil
}

// openSessions lets a herd in without sessions and gives the tokens it was given.
func (s *stage) openSessions(ctx context.Context, n int) ([]string, error) {
	h, err := startHerd(ctx, herdOrder{Gateway: s.gateway, Visitors: n, Rate: 400, Seed: uint64(time.Now().UnixNano())})
	if err != nil {
		return nil, err
	}
	defer h.end()
	var tokens []string
	err = h.until(ctx, func(news herdNews) bool {
		tokens = news.Tokens
		return len(tokens) == n
	})
	return tokens, err
}

// holdSockets connects everybody, keeps them for the heartbeat time, and restarts the server under them. empty and full are the server's
// resident bytes before and then.
func (s *stage) holdSockets(ctx context.Context, tokens []string, round int) (empty, full int64, back time.Duration, err error) {
	if empty, err = resident(s.frontdeskPID()); err != nil {
		return 0, 0, 0, err
	}
	h, err := startHerd(ctx, herdOrder{Gateway: s.gateway, Visitors: len(tokens), Rate: 400, Tokens: tokens, Seed: uint64(round)})
	if err != nil {
		return 0, 0, 0, err
	}
	defer h.end()
	all := func(news herdNews) bool { return news.Welcomed == len(tokens) }
	if err := h.until(ctx, all); err != nil {
		return 0, 0, 0, err
	}
	pause(ctx, s.scale.heartbeats)
	if err := h.until(ctx, func(news herdNews) bool {
		return all(news) && (s.scale.heartbeats == 0 || news.Heartbeats >= int64(len(tokens)))
	}); err != nil {
		return 0, 0, 0, err
	}
	if full, err = resident(s.frontdeskPID()); err != nil {
		return 0, 0, 0, err
	}
	before := h.news.Entries
	began := time.Now()
	if err := s.restartFrontdesk(ctx); err != nil {
		return 0, 0, 0, err
	}
	if err := h.until(ctx, func(news herdNews) bool { return all(news) && news.Entries >= before+int64(len(tokens)) }); err != nil {
		return 0, 0, 0, err
	}
	return empty, full, h.news.Last.Sub(began), nil
}

// resident gives the resident bytes of a process.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the server's memory: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("read the server's memory: %w", err)
			}
			return kib << 10, nil
		}
	}
	return 0, errors.New("read the server's memory: no VmRSS")
}

// herdProcess is the parent's end of a herd.
type herdProcess struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Reader
	news  herdNews // the newest
}

func startHerd(ctx context.Context, order herdOrder) (*herdProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	h := &herdProcess{cmd: exec.CommandContext(ctx, self)}
	h.cmd.Env = append(os.Environ(), herdRole+"=1")
	h.cmd.Stderr = os.Stderr
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the herd: %w", err)
	}
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the herd: %w", err)
	}
	h.lines = bufio.NewReaderSize(out, 1<<20)
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the herd: %w", err)
	}
	if err := json.NewEncoder(h.in).Encode(order); err != nil {
		h.end()
		return nil, fmt.Errorf("order the herd: %w", err)
	}
	return h, nil
}

// until reads news until ok, for at most five minutes.
func (h *herdProcess) until(ctx context.Context, ok func(herdNews) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		line, err := h.lines.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("hear from the herd: %w", err)
		}
		h.news = herdNews{}
		if err := json.Unmarshal(line, &h.news); err != nil {
			return fmt.Errorf("hear from the herd: %w", err)
		}
		if ok(h.news) {
			return nil
		}
	}
	return fmt.Errorf("%d visitors are welcomed, the newest error is %q: %w", h.news.Welcomed, h.news.Error, ctx.Err())
}

// end lets everybody go.
func (h *herdProcess) end() {
	_ = h.in.Close() // the herd ends at the end of its input, whatever it thinks of it
	_, _ = io.Copy(io.Discard, h.lines)
	_ = h.cmd.Wait()
}
