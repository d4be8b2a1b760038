package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a page in a browser, whatever it shows.
type tab struct {
	t       *testing.T
	ctx     context.Context
	name    string // for failures
	console *console
	// framed pages make their calls in a frame.
	framed bool
	frame  atomic.Pointer[string] // the newest frame's JavaScript world
}

// console keeps what a page has told its developers lately.
type console struct {
	mu    sync.Mutex
	lines []string
}

func (c *console) add(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines[max(0, len(c.lines)-40):], line)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.lines, "\n")
}

// watchTab makes a tab of a browser's target, whose console is shown when the test fails.
func watchTab(t *testing.T, ctx context.Context, name string) *tab {
	t.Helper()
	p := &tab{t: t, ctx: ctx, name: name, console: &console{}}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeWarning {
				return
			}
			var words []string
			for _, arg := range e.Args {
				words = append(words, fmt.Sprintf("%.300s%.300s", arg.Value, arg.Description))
			}
			p.console.add(string(e.Type) + ": " + strings.Join(words, " "))
		case *runtime.EventExecutionContextCreated:
			var data struct {
				Frame   string `json:"frameId"`
				Default bool   `json:"isDefault"`
			}
			if json.Unmarshal(e.Context.AuxData, &data) == nil && data.Default && data.Frame != string(chromedp.FromContext(ctx).Target.TargetID) {
				p.frame.Store(&e.Context.UniqueID)
			}
		case *runtime.EventExceptionThrown:
			p.console.add(fmt.Sprintf("exception: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
		}
	})
	if err != nil {
		t.Fatalf("listen to the page of %s: %v", name, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("console of %s:\n%s", name, p.console)
		}
	})
	return p
}

// run evaluates an expression, waits for its promise, and decodes what it gives.
func run[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %s: %v", p.name, expression, err)
	}
	return out
}

// until waits until an expression is true.
func (p *tab) until(what, expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf("(() => { try { return !!(%s) } catch { return false } })()", expression),
		chromedp.WithPollingInterval(100*time.Millisecond), chromedp.WithPollingTimeout(0)))
	if err != nil {
		p.t.Fatalf("%s: waited for %s: %v", p.name, what, err)
	}
}

// pause is between two looks at a page that cannot be looked at yet.
func (p *tab) pause() {
	select {
	case <-time.After(200 * time.Millisecond):
	case <-p.ctx.Done():
	}
}
