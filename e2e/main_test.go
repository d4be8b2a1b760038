package e2e

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"frontdesk/e2e/chrome"
	"frontdesk/internal/devstack"
)

// What several tests use, one after the other, because starting it takes seconds: one browser, whose visitors have profiles of
// their own, and desks that the tests leave in working order.
var shared struct {
	mu      sync.Mutex
	browser context.Context
	desks   map[string]*premises
	endings []func() error
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, end := range shared.endings {
		if err := end(); err != nil {
			fmt.Fprintln(os.Stderr, "after the tests:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// chromium gives the browser that the tests share.
func chromium(t *testing.T) *browser {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.browser == nil {
		ctx, stop, err := chrome.Launch()
		shared.endings = append(shared.endings, func() error { stop(); return nil })
		if err != nil {
			t.Fatalf("start Chromium: %v", err)
		}
		shared.browser = ctx
	}
	return &browser{t: t, ctx: shared.browser}
}

// sharedOffice gives a desk with four operators that other tests use too. Its homeserver has the limits that "frontdesk init" advises.
func sharedOffice(t *testing.T, doublePuppet bool) *office {
	t.Helper()
	return shareOffice(t, fmt.Sprintf("double puppeting %t", doublePuppet), devstack.StackOptions{Operators: 4, DoublePuppet: doublePuppet})
}

// shareOffice gives the desk of a name, which is made with the options when it is first asked for.
func shareOffice(t *testing.T, name string, o devstack.StackOptions) *office {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	p := shared.desks[name]
	if p == nil {
		var err error
		if p, err = furnish(context.Background(), o); err != nil {
			t.Fatalf("start the desk: %v", err)
		}
		if shared.desks == nil {
			shared.desks = map[string]*premises{}
		}
		shared.desks[name] = p
		shared.endings = append(shared.endings, p.close)
	}
	return p.office(t)
}
