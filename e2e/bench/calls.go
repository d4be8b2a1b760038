package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"frontdesk/internal/devstack"
)

// callHouse is what calls are measured in: a stack of its own, and one operator who talks to all visitors. Who sends and who receives is in this
// process; the load of that, of the media server and of Frontdesk share the machine.
type callHouse struct {
	stack *devstack.Stack
	anna  *devstack.Operator
	note  func(string, ...any)
	calls []*caller

	mu     sync.Mutex
	direct *watcher // what the operator of the first call sees of who talks without us
}

// callWindow is how long calls are watched.
const callWindow = 10 * time.Second

// lossless: of ten thousand packets not one may be missing that the network (there is none) did not lose.
const lossless = 0.0001

// starved is how little of what should be sent is no measurement any more.
const starved = 0.9

// callBench: how many video calls are carried without a packet missing, what one costs in processor and memory, how much longer pictures take
// than between two who talk without us at the same time, and how long it takes from «accept» to the first picture. That is measured without a
// browser: it ends with the last packet of the first key picture's first part, which a browser shows within one picture's time.
func callBench(ctx context.Context, sc scale, r *report, notes io.Writer) (err error) {
	lksdk.SetLogger(logger.GetDiscardLogger())
	h := &callHouse{note: func(format string, args ...any) { fmt.Fprintf(notes, "# "+format+"\n", args...) }, direct: newWatcher()}
	h.stack, err = devstack.Up(ctx, devstack.StackOptions{
		Operators: 1, Unlimited: true, Calls: true,
		Settings: map[string]any{
			"log.level":                          "warn",
			"gateway.limits.network_visitors":    1_000_000,
			"gateway.limits.network_connections": 100_000,
			"gateway.limits.network_upgrades":    100_000,
		},
		Progress: func(words string) { h.note("%s", words) },
	})
	if err != nil {
		return fmt.Errorf("start everything: %w", err)
	}
	defer func() { err = errors.Join(err, h.close()) }()
	anna := h.stack.Operators[0]
	if h.anna, err = devstack.Login(ctx, h.stack.Synapse.URL, anna.Name, anna.Password); err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	empty, err := usageOf(h.stack.Frontdesk.PID())
	if err != nil {
		return err
	}
	if err := h.delays(ctx, r); err != nil {
		return err
	}
	return h.load(ctx, sc, r, empty)
}

func (h *callHouse) close() error {
	for _, c := range h.calls {
		c.close()
	}
	if h.anna != nil {
		h.anna.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	if err := h.stack.Close(); err != nil {
		return fmt.Errorf("end everything: %w", err)
	}
	return nil
}

func (h *callHouse) directIdentity(i int) string {
	if i > 0 {
		return ""
	}
	return "direct"
}

func (h *callHouse) call(ctx context.Context) error {
	c, err := h.newCaller(ctx, len(h.calls))
	if err != nil {
		return fmt.Errorf("call %d: %w", len(h.calls)+1, err)
	}
	h.calls = append(h.calls, c)
	return nil
}

// delays compares the way through us with the way without us, in one room of the media server at the same time.
func (h *callHouse) delays(ctx context.Context, r *report) error {
	if err := h.call(ctx); err != nil {
		return err
	}
	c := h.calls[0]
	token := h.stack.LiveKit.Token("direct", devstack.LiveKitGrant{Room: c.sfuRoom, RoomJoin: true, CanPublish: true, CanSubscribe: true})
	visitor := newWatcher() // nobody looks at what the direct one sees of the visitor
	others, err := h.stack.LiveKit.Participants(ctx, c.sfuRoom)
	if err != nil {
		return fmt.Errorf("list who is in the call: %w", err)
	}
	watched := map[string]*watcher{}
	for _, identity := range others {
		if !strings.HasPrefix(identity, string(h.anna.ID)+":") {
			watched[identity] = visitor
		}
	}
	direct, err := newTalker(ctx, h.stack.LiveKit.URL, token, watched)
	if err != nil {
		return err
	}
	defer direct.leave()
	for _, w := range []*watcher{h.direct, direct.watcher} {
		select {
		case <-w.began:
		case <-time.After(callSetUp):
			return errors.New("no picture came past us")
		}
	}
	all := []*watcher{h.direct, direct.watcher, c.operator.watcher, c.watcher}
	h.window(ctx, all)
	var took [4]float64
	for i, w := range all {
		_, _, t := w.end()
		took[i] = ms(median(t))
	}
	h.note("pictures to the operator took %.2f ms past us, %.2f through us; from the operator %.2f and %.2f", took[0], took[2], took[1], took[3])
	r.add(
		figure{"call_delay_added_to_operator_median", took[2] - took[0], "ms", atMost(5)},
		figure{"call_delay_added_to_visitor_median", took[3] - took[1], "ms", atMost(5)},
	)
	return nil
}

// window lets watchers count for a while.
func (h *callHouse) window(ctx context.Context, all []*watcher) {
	for _, w := range all {
		w.begin()
	}
	pause(ctx, callWindow)
}

// load adds calls until packets go missing, or as many as are wanted are there.
func (h *callHouse) load(ctx context.Context, sc scale, r *report, empty usage) error {
	best, cpu, memory := 0, 0.0, 0.0
	for _, n := range sc.calls {
		if err := h.fill(ctx, n); err != nil {
			h.note("no more calls: %v", err)
			break
		}
		var all []*watcher
		for _, c := range h.calls {
			all = append(all, c.watcher, c.operator.watcher)
		}
		before, err := usageOf(h.stack.Frontdesk.PID())
		if err != nil {
			return err
		}
		began := time.Now()
		h.window(ctx, all)
		after, err := usageOf(h.stack.Frontdesk.PID())
		if err != nil {
			return err
		}
		passed := time.Since(began)
		want, missing := 0, 0
		for _, w := range all {
			some, less, _ := w.end()
			want, missing = want+some, missing+less
		}
		cores := (after.cpu - before.cpu).Seconds() / passed.Seconds()
		h.note("%d calls: %d of %d packets are missing, %.0f %% of a core", n, missing, want, 100*cores)
		if float64(missing) > lossless*float64(want) {
			break
		}
		if usual := float64(len(all)*picturePackets) * float64(passed/pictureEvery); float64(want) < starved*usual {
			h.note("the machine has no time left for those who send: %d packets in place of %.0f", want, usual)
			break
		}
		best, cpu, memory = n, cores/float64(n), float64(after.memory-empty.memory)/float64(n)/(1<<20)
	}
	var accepted []time.Duration
	for _, c := range h.calls {
		accepted = append(accepted, c.accepted)
	}
	fits := 0.0
	if cpu > 0 {
		fits = 1 / cpu
	}
	r.add(
		figure{"calls_video_without_loss", float64(best), "calls", noGoal},
		figure{"calls_cpu_of_one", 100 * cpu, "%", noGoal},
		figure{"calls_that_fit_a_core", fits, "calls", noGoal},
		figure{"calls_memory_of_one", memory, "MiB", noGoal},
		figure{"call_accept_to_first_key_frame_median", median(accepted).Seconds(), "s", atMost(1.5)},
	)
	return nil
}

// fill adds calls until there are so many.
func (h *callHouse) fill(ctx context.Context, n int) error {
	for len(h.calls) < n {
		if err := h.call(ctx); err != nil {
			return err
		}
	}
	return nil
}

// usage is what a process has used.
type usage struct {
	cpu    time.Duration
	memory int // bytes
}

// clockTick is the unit of processor times in /proc on every Linux there is.
const clockTick = 10 * time.Millisecond

func usageOf(pid int) (usage, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, fmt.Errorf("read what Frontdesk uses: %w", err)
	}
	// The name may hold anything; what follows are numbers.
	_, rest, ok := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 22 {
		return usage{}, errors.New("read what Frontdesk uses: /proc has another form")
	}
	var numbers [3]int
	for i, field := range []int{11, 12, 21} {
		if numbers[i], err = strconv.Atoi(fields[field]); err != nil {
			return usage{}, fmt.Errorf("read what Frontdesk uses: %w", err)
		}
	}
	return usage{cpu: time.Duration(numbers[0]+numbers[1]) * clockTick, memory: numbers[2] * os.Getpagesize()}, nil
}
