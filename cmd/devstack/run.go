package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"frontdesk/internal/devstack"
)

// stopTime is how long everything may take to end tidily after Ctrl-C.
const stopTime = 10 * time.Second

// running is what has been started.
type running struct {
	homeserver string
	frontdesk  *devstack.Frontdesk
	accounts   accounts
	livekit    string // URL, as that of the tokens; "" if there are no calls
	tokens     string
	children   []child // in the order in which they are stopped
}

type accounts struct {
	admin     devstack.Account
	operators []devstack.Account
}

// child is a process that must not end by itself.
type child struct {
	name    string
	log     string
	running func() bool
	stop    func(context.Context) error
}

// run starts everything, keeping it in dir, and stops it when ctx ends. It gives an error when a part ends by itself.
func run(ctx context.Context, dir string, s settings, progress devstack.Progress, out io.Writer) error {
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.check(); err != nil {
		return err
	}
	r, err := start(ctx, dir, s, progress)
	if err != nil {
		return err
	}
	shop, err := serveDemo(s.demo, r.frontdesk.GatewayURL)
	if err != nil {
		return errors.Join(err, r.stop())
	}
	announce(out, s, r, dir)
	err = r.watch(ctx)
	if err == nil {
		progress.Say("stopping")
	}
	return errors.Join(err, shop.Close(), r.stop())
}

func start(ctx context.Context, dir string, s settings, progress devstack.Progress) (*running, error) {
	if s.synapseURL != "" {
		return startBeside(ctx, dir, s, progress)
	}
	calls, err := canCall(ctx, progress)
	if err != nil {
		return nil, err
	}
	stack, err := devstack.Up(ctx, devstack.StackOptions{
		Dir: dir, DoublePuppet: true, Origins: s.origins(), Settings: demoSettings(), Calls: calls, Progress: progress,
		SynapsePort: s.synapse, GatewayPort: s.gateway, AppservicePort: s.appservice, MetricsPort: s.metrics,
		LiveKitPort: s.livekit, LiveKitMediaPort: s.livekitMedia, TokenPort: s.tokens, MediaPort: s.media,
	})
	if err != nil {
		return nil, err
	}
	r := &running{
		homeserver: stack.Synapse.URL, frontdesk: stack.Frontdesk, accounts: accounts{stack.Admin, stack.Operators},
		children: []child{
			{"frontdesk", stack.Frontdesk.Log, stack.Frontdesk.Running, stack.Frontdesk.Stop},
			{"Synapse", stack.Synapse.Log, stack.Synapse.Running, stack.Synapse.Stop},
		},
	}
	if calls {
		r.callsThrough(stack.LiveKit, stack.Tokens)
	}
	return r, nil
}

// origins are those of the demo page, under both names of this machine.
func (s settings) origins() []string {
	return []string{fmt.Sprintf("http://127.0.0.1:%d", s.demo), fmt.Sprintf("http://localhost:%d", s.demo)}
}

// demoSettings make the desk of the demo shop out of the example configuration.
func demoSettings() map[string]any {
	return map[string]any{
		"sites.0.name":          "Fjord & Fir",
		"sites.0.queues.0.name": "Shop",
		"sites.0.theme.accent":  "#2f5a45",
	}
}

// watch returns nil when ctx ends, or tells which part has ended by itself.
func (r *running) watch(ctx context.Context) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, c := range r.children {
			if !c.running() && ctx.Err() == nil {
				return fmt.Errorf("%s has ended by itself; its log is %s", c.name, c.log)
			}
		}
	}
}

func (r *running) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	var errs []error
	for _, c := range r.children {
		errs = append(errs, c.stop(ctx))
	}
	return errors.Join(errs...)
}

func announce(out io.Writer, s settings, r *running, dir string) {
	fmt.Fprintf(out, "\n  Demo shop   http://127.0.0.1:%d/   write there as a customer\n", s.demo)
	fmt.Fprintf(out, "  Homeserver  %s   give it to Element, then sign in:\n", r.homeserver)
	for i, a := range r.accounts.operators {
		fmt.Fprintf(out, "              %-8s password %-18s operator %d\n", a.Name, a.Password, i+1)
	}
	fmt.Fprintf(out, "              %-8s password %-18s administrator\n", r.accounts.admin.Name, r.accounts.admin.Password)
	if r.livekit != "" {
		fmt.Fprintf(out, "  Calls       %s   LiveKit; its tokens are at %s\n", r.livekit, r.tokens)
	}
	fmt.Fprintf(out, "  Logs, data  %s\n", filepath.Join(dir, "*", "*.log"))
	fmt.Fprint(out, "\n  Ctrl-C stops everything; \"make run\" goes on where it was; \"make run-clean\" forgets it.\n\n")
}
