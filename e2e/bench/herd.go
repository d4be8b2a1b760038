package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/widgetgw/protocol"
)

// The herd is a process of its own with thousands of visitors who only keep their connection, so that what the server process uses is the
// server's alone. It is told what to do by one JSON line on its standard input and tells how it goes by lines on its standard output
// until its input ends.

// herdOrder is what the herd is to do.
type herdOrder struct {
	Gateway  gateway `json:"gateway"`
	Visitors int     `json:"visitors"`
	// Rate is how many connections a second it opens at first. Coming back has no such bound, only every client's own back-off.
	Rate   float64  `json:"rate"`
	Tokens []string `json:"tokens,omitempty"` // of earlier sessions, else it opens new ones
	Seed   uint64   `json:"seed"`
}

// herdNews is how it goes. The herd writes it a few times a second.
type herdNews struct {
	Welcomed   int       `json:"welcomed"`         // visitors connected and welcomed now
	Entries    int64     `json:"entries"`          // welcomes ever
	Last       time.Time `json:"last"`             // the last welcome
	Heartbeats int64     `json:"heartbeats"`       // pings and pongs received
	Tokens     []string  `json:"tokens,omitempty"` // once, when all have a session
	Error      string    `json:"error,omitempty"`  // the newest, of any visitor
}

type herd struct {
	order      herdOrder
	members    []*member
	welcomed   atomic.Int64
	entries    atomic.Int64
	last       atomic.Int64
	heartbeats atomic.Int64

	mu  sync.Mutex
	err error
}

// member is one visitor.
type member struct {
	herd  *herd
	n     int
	token string

	mu     sync.Mutex
	socket *socket // nil while away
	heard  time.Time
	pinged time.Time
	beat   time.Duration
}

// runHerd is the herd's process.
func runHerd(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := bufio.NewReaderSize(in, 1<<20)
	first, err := lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	h := &herd{}
	if err := json.Unmarshal(first, &h.order); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		cancel() // the parent is done with us
	}()
	var wg sync.WaitGroup
	defer wg.Wait()
	for n := range h.order.Visitors {
		m := &member{herd: h, n: n}
		if n < len(h.order.Tokens) {
			m.token = h.order.Tokens[n]
		}
		h.members = append(h.members, m)
	}
	wg.Go(func() { h.drive(ctx, &wg) })
	wg.Go(func() { h.beatAll(ctx) })
	return h.tell(ctx, out)
}

// drive lets the members in at the ordered rate.
func (h *herd) drive(ctx context.Context, wg *sync.WaitGroup) {
	gap := time.NewTicker(time.Duration(float64(time.Second) / h.order.Rate))
	defer gap.Stop()
	for _, m := range h.members {
		select {
		case <-gap.C:
			wg.Go(func() { m.live(ctx) })
		case <-ctx.Done():
			return
		}
	}
}

func (h *herd) tell(ctx context.Context, out io.Writer) error {
	enc := json.NewEncoder(out)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	told := len(h.order.Tokens) > 0
	for {
		news := herdNews{Welcomed: int(h.welcomed.Load()), Entries: h.entries.Load(), Heartbeats: h.heartbeats.Load(), Last: time.Unix(0, h.last.Load())}
		h.mu.Lock()
		if h.err != nil {
			news.Error = h.err.Error()
		}
		h.mu.Unlock()
		if !told && news.Welcomed == len(h.members) {
			told = true
			for _, m := range h.members {
				m.mu.Lock()
				news.Tokens = append(news.Tokens, m.token)
				m.mu.Unlock()
			}
		}
		if err := enc.Encode(news); err != nil {
			return fmt.Errorf("tell the parent: %w", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// address spreads the members over loopback addresses, 40 behind each.
func (m *member) address() net.Addr {
	host := m.n / 40
	return &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+host/250), byte(1+host%250))}
}

// live keeps the member connected until ctx ends, coming back as the protocol says.
func (m *member) live(ctx context.Context) {
	rnd := rand.New(rand.NewPCG(m.herd.order.Seed, uint64(m.n)))
	wait := firstBackOff
	for ctx.Err() == nil {
		welcomed, err := m.visit(ctx)
		if ctx.Err() != nil {
			return
		}
		m.herd.mu.Lock()
		m.herd.err = err
		m.herd.mu.Unlock()
		if welcomed {
			wait = firstBackOff
		}
		pause := time.NewTimer(time.Duration(float64(wait) * (0.5 + rnd.Float64()/2)))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
		wait = min(2*wait, lastBackOff)
	}
}

// Back-off of the protocol.
const (
	firstBackOff = 300 * time.Millisecond
	lastBackOff  = 30 * time.Second
)

// visit is one connection from dialling to its end.
func (m *member) visit(ctx context.Context) (welcomed bool, err error) {
	s, err := dial(ctx, m.herd.order.Gateway, m.address())
	if err != nil {
		return false, err
	}
	defer s.close()
	stop := context.AfterFunc(ctx, s.close)
	defer stop()
	welcome, err := s.hello(m.token, 0, fmt.Sprintf("herd-%08d", m.n))
	if err != nil {
		return false, err
	}
	if m.token == "" {
		token, err := s.start(fmt.Sprintf("start-%08d-%08x", m.n, m.herd.order.Seed))
		if err != nil {
			return false, err
		}
		m.mu.Lock()
		m.token = token
		m.mu.Unlock()
	}
	m.enter(s, time.Duration(welcome.Heartbeat)*time.Millisecond)
	defer m.leave()
	for {
		frame, err := s.hear()
		if err != nil {
			return true, err
		}
		if err := m.heed(s, frame); err != nil {
			return true, err
		}
	}
}

func (m *member) enter(s *socket, beat time.Duration) {
	now := time.Now()
	m.mu.Lock()
	m.socket, m.heard, m.pinged, m.beat = s, now, now, beat
	m.mu.Unlock()
	m.herd.last.Store(now.UnixNano())
	m.herd.entries.Add(1)
	m.herd.welcomed.Add(1)
}

func (m *member) leave() {
	m.mu.Lock()
	m.socket = nil
	m.mu.Unlock()
	m.herd.welcomed.Add(-1)
}

func (m *member) heed(s *socket, frame any) error {
	m.mu.Lock()
	m.heard = time.Now()
	m.mu.Unlock()
	switch f := frame.(type) {
	case protocol.Ping:
		m.herd.heartbeats.Add(1)
		return s.say(protocol.Pong(f))
	case protocol.Pong:
		m.herd.heartbeats.Add(1)
	}
	return nil
}

// beatAll sends the heartbeats of all members and closes connections on which nothing is heard.
func (h *herd) beatAll(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			for _, m := range h.members {
				m.beatAt(now)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (m *member) beatAt(now time.Time) {
	m.mu.Lock()
	s, quiet := m.socket, now.Sub(m.heard)
	due := s != nil && quiet >= m.beat && m.pinged.Before(m.heard.Add(m.beat))
	dead := s != nil && quiet >= m.beat+10*time.Second
	if due {
		m.pinged = now
	}
	m.mu.Unlock()
	switch {
	case dead:
		s.close()
	case due:
		if err := s.say(protocol.Ping{N: now.Unix()}); err != nil {
			s.close()
		}
	}
}

// herdRole is the environment variable that makes this program the herd.
const herdRole = "BENCH_HERD"

// maybeHerd runs the herd and ends the process if this one was started for it.
func maybeHerd() {
	if os.Getenv(herdRole) == "" {
		return
	}
	if err := runHerd(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
