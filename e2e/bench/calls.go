package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
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

	shop   *httptest.Server
	way    *devstack.Proxy // to the media server, of operators who can be cut off; nil: straight
	passer *talker         // who talks to the operator of the first call without us
	mu     sync.Mutex
	direct *watcher // what the operator of the first call sees of who talks without us
}

// callWindow is how long calls are watched.
const callWindow = 10 * time.Second

// starved is how little of what should be sent is no measurement any more.
const starved = 0.9

// callBench: how many video calls are carried without a packet missing, what one costs in processor and memory, how much longer pictures take
// than between two who talk without us at the same time, and how long it takes from «accept» to the first picture: in a browser, until it was decoded;
// and without one, until the first packet of a key picture came, which is the relay's own part.
func callBench(ctx context.Context, sc scale, r *report, notes io.Writer) (err error) {
	h, err := openCallHouse(ctx, notes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.firstPictures(ctx, sc, r); err != nil {
		return err
	}
	if err := h.delays(ctx, r); err != nil {
		return err
	}
	return h.load(ctx, sc, r)
}

// openCallHouse starts everything that calls need.
func openCallHouse(ctx context.Context, notes io.Writer) (_ *callHouse, err error) {
	lksdk.SetLogger(logger.GetDiscardLogger())
	h := &callHouse{note: func(format string, args ...any) { fmt.Fprintf(notes, "# "+format+"\n", args...) }, direct: newWatcher()}
	var gateway string
	h.shop = newShop(&gateway)
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	h.stack, err = devstack.Up(ctx, devstack.StackOptions{
		Operators: 1, Unlimited: true, Calls: true, Origins: []string{h.shop.URL},
		Settings: map[string]any{
			"log.level":                          "warn",
			"gateway.limits.network_visitors":    1_000_000,
			"gateway.limits.network_connections": 100_000,
			"gateway.limits.network_upgrades":    100_000,
		},
		Progress: func(words string) { h.note("%s", words) },
	})
	if err != nil {
		return nil, fmt.Errorf("start everything: %w", err)
	}
	gateway = h.stack.Frontdesk.GatewayURL
	anna := h.stack.Operators[0]
	if h.anna, err = devstack.Login(ctx, h.stack.Synapse.URL, anna.Name, anna.Password); err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	return h, nil
}

func (h *callHouse) close() error {
	if h.passer != nil {
		h.passer.leave()
	}
	for _, c := range h.calls {
		c.close()
	}
	if h.anna != nil {
		h.anna.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	h.shop.Close()
	if h.stack == nil {
		return nil
	}
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
	direct, err := newTalker(ctx, h.stack.LiveKit.URL, token, film, watched)
	if err != nil {
		return err
	}
	h.passer = direct
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

// callShares are the shares of a core that Frontdesk is held to: so small that those who send and receive, and the media server, have enough of
// this machine's for as many calls as Frontdesk can carry then.
var callShares = []float64{0.1, 0.2}

// callWarmUp passes after a bound is set before anything counts.
const callWarmUp = 2 * time.Second

// load adds calls until Frontdesk loses packets in each of the shares it is held to, or as many as are wanted are there. What a core carries is
// what a share of it carries without losing one.
func (h *callHouse) load(ctx context.Context, sc scale, r *report) (err error) {
	bound, err := confine(h.stack.Frontdesk.PID())
	if err != nil {
		h.note("what a core carries is not measured: %v", err)
	} else {
		defer func() { err = errors.Join(err, bound.close()) }()
	}
	var first, last load
	fits := map[float64]int{}
	full := map[float64]bool{}
	for _, n := range sc.calls {
		if err := h.fill(ctx, n); err != nil {
			h.note("no more calls: %v", err)
			break
		}
		at, err := h.measure(ctx, "unbounded")
		if err != nil {
			return err
		}
		if at.missing > 0 || at.starved {
			break
		}
		if last = at; first.calls == 0 {
			first = at
		}
		for _, share := range callShares {
			if bound == nil || full[share] {
				continue
			}
			if err := bound.limit(share); err != nil {
				return err
			}
			pause(ctx, callWarmUp)
			held, err := h.measure(ctx, fmt.Sprintf("held to %.0f %%", 100*share))
			if err = errors.Join(err, bound.limit(0)); err != nil {
				return err
			}
			pause(ctx, callWarmUp)
			if full[share] = held.missing > 0 || held.starved; !full[share] {
				fits[share] = n
			}
		}
		if bound != nil && len(full) == len(callShares) && !slices.ContainsFunc(callShares, func(s float64) bool { return !full[s] }) {
			break
		}
	}
	h.tell(r, first, last, fits)
	return nil
}

func (h *callHouse) tell(r *report, first, last load, fits map[float64]int) {
	core, each := 0.0, 0.0
	for share, n := range fits {
		core = max(core, float64(n)/share)
	}
	if last.calls > first.calls {
		each = float64(last.memory-first.memory) / float64(last.calls-first.calls) / (1 << 20)
	}
	var accepted []time.Duration
	for _, c := range h.calls {
		accepted = append(accepted, c.accepted)
	}
	cpu := 0.0
	if last.calls > 0 {
		cpu = last.cores / float64(last.calls)
	}
	r.add(
		figure{"calls_video_without_loss", float64(last.calls), "calls", noGoal},
		figure{"calls_cpu_of_one", 100 * cpu, "%", noGoal},
		figure{"calls_that_fit_a_core", core, "calls", noGoal},
		figure{"calls_memory_of_one", each, "MiB", noGoal},
		figure{"call_delay_added_at_most_calls_median", last.added, "ms", atMost(5)},
		figure{"call_accept_to_first_key_frame_median", median(accepted).Seconds(), "s", atMost(1.5)},
	)
}

// load is what was seen of so many calls.
type load struct {
	calls, missing int
	cores          float64
	memory         int     // bytes
	added          float64 // ms, to those who talk past us at the same time
	starved        bool    // those who send had no time to
}

func (h *callHouse) measure(ctx context.Context, how string) (load, error) {
	all := []*watcher{h.direct, h.passer.watcher}
	for _, c := range h.calls {
		all = append(all, c.watcher, c.operator.watcher)
	}
	before, err := usageOf(h.stack.Frontdesk.PID())
	if err != nil {
		return load{}, err
	}
	began := time.Now()
	h.window(ctx, all)
	after, err := usageOf(h.stack.Frontdesk.PID())
	if err != nil {
		return load{}, err
	}
	passed := time.Since(began)
	at := load{calls: len(h.calls), memory: after.memory, cores: (after.cpu - before.cpu).Seconds() / passed.Seconds()}
	want := 0
	var direct, through []time.Duration
	for i, w := range all {
		some, less, took := w.end()
		if i < 2 {
			direct = append(direct, took...)
			continue
		}
		want, at.missing, through = want+some, at.missing+less, append(through, took...)
	}
	at.added = ms(median(through)) - ms(median(direct))
	usual := float64((len(all)-2)*picturePackets) * float64(passed/pictureEvery)
	at.starved = float64(want) < starved*usual
	h.note("%d calls, %s: %d of %d packets are missing (%.0f sent usually), %.0f %% of a core, %.2f ms added",
		at.calls, how, at.missing, want, usual, 100*at.cores, at.added)
	return at, nil
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
