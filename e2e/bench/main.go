package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// scale is how much is measured.
type scale struct {
	rounds     int
	messages   int           // of one throughput measurement with one sender; eight send twice as many
	samples    int           // of one latency measurement
	ackSeconds int           // of sends without Synapse
	flood      int           // new visitors
	sockets    int           // connected visitors
	heartbeats time.Duration // how long they stay before memory is read
	// settle is left to Frontdesk after each start: for ten seconds it looks closely at what the homeserver may have forgotten meanwhile,
	// which is no part of its everyday work.
	settle time.Duration
	crowds []crowdSize // queues in which tickets move
	moves  int         // tickets opened, accepted, transferred and closed in each
	calls  []int       // video calls at the same time, more and more
	firsts int         // calls whose first picture a browser waits for
}

// fullScale is that of `make bench`.
var fullScale = scale{
	rounds: 3, messages: 300, samples: 100, ackSeconds: 20, flood: 200, sockets: 10_000, heartbeats: 60 * time.Second, settle: 15 * time.Second,
	crowds: []crowdSize{{4, 2}, {40, 200}}, moves: 10, calls: []int{1, 2, 4, 6, 8, 12, 16, 20, 24}, firsts: 11,
}

// benchmark is one measurement: on the common stage, or alone with servers of its own.
type benchmark struct {
	name  string
	run   func(context.Context, *stage, *report) error
	alone func(context.Context, scale, *report, io.Writer) error
}

// benchmarks in the order in which they run: what leaves the least behind goes first.
var benchmarks = []benchmark{
	{name: "sizes", run: sizes},
	{name: "throughput", run: throughput},
	{name: "telegram", run: telegram},
	{name: "visitor", run: visitorLatency},
	{name: "operator", run: operatorLatency},
	{name: "ack", run: ackWithoutSynapse},
	{name: "flood", run: flood},
	{name: "sockets", run: sockets},
	{name: "tickets", alone: tickets},
	{name: "calls", alone: callBench},
	{name: "faults", alone: callFaults},
}

// selected gives the benchmarks named, all for none.
func selected(names string) ([]benchmark, error) {
	if names == "" {
		return benchmarks, nil
	}
	var list []benchmark
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(benchmarks, func(b benchmark) bool { return b.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no benchmark %q", name)
		}
		list = append(list, benchmarks[i])
	}
	return list, nil
}

func main() {
	maybeHerd()
	list, err := selected(os.Getenv("BENCH"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := raiseFileLimit(uint64(fullScale.sockets) + 2_000); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, list, fullScale, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// raiseFileLimit makes room for so many open files, for this process and those it starts.
func raiseFileLimit(files uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	limit.Max = max(limit.Max, files)
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("allow %d open files (ulimit -Hn %d would do): %w", limit.Max, files, err)
	}
	return nil
}

// run measures: first what shares a stage, then what stands alone. A figure that misses its goal is no error.
func run(ctx context.Context, list []benchmark, sc scale, out, notes io.Writer) error {
	r := &report{out: out}
	onStage := slices.DeleteFunc(slices.Clone(list), func(b benchmark) bool { return b.run == nil })
	if len(onStage) > 0 {
		if err := runOnStage(ctx, onStage, sc, r, notes); err != nil {
			return err
		}
	}
	for _, b := range list {
		if b.alone == nil {
			continue
		}
		if err := b.alone(ctx, sc, r, notes); err != nil {
			return fmt.Errorf("measure %s: %w", b.name, err)
		}
	}
	return nil
}

func runOnStage(ctx context.Context, list []benchmark, sc scale, r *report, notes io.Writer) (err error) {
	s, err := openStage(ctx, sc, notes)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, s.close(err == nil))
	}()
	for _, b := range list {
		s.note("%s", b.name)
		if err := b.run(ctx, s, r); err != nil {
			return fmt.Errorf("measure %s: %w", b.name, err)
		}
	}
	return nil
}
