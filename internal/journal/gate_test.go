package journal

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// crowd is effects that go through a gate.
type crowd struct {
	gate gate
	all  sync.WaitGroup
}

// come lets one go through the gate who stays for a while, and gives a channel that is closed when they are in.
func (c *crowd) come(t *testing.T, stay time.Duration) <-chan struct{} {
	in := make(chan struct{})
	c.all.Go(func() {
		began, err := c.gate.enter(context.WithoutCancel(t.Context()))
		if err != nil {
			t.Errorf("enter: %v", err)
			return
		}
		close(in)
		<-time.After(stay)
		c.gate.leave(began)
	})
	return in
}

func isIn(in <-chan struct{}) bool {
	synctest.Wait()
	select {
	case <-in:
		return true
	default:
		return false
	}
}

func TestNobodyWaitsWhileThereIsLittleToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c crowd
		defer c.all.Wait()
		for i := range gatherFrom {
			if !isIn(c.come(t, time.Second)) {
				t.Fatalf("number %d waits", i+1)
			}
		}
	})
}

func TestWhoComesWhileMuchIsUnderWayBeginsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c crowd
		defer c.all.Wait()
		for range gatherFrom {
			c.come(t, 200*time.Millisecond)
		}
		synctest.Wait()
		c.gate.usual = 200 * time.Millisecond
		late := c.come(t, 100*time.Millisecond)
		if isIn(late) {
			t.Fatal("the fifth does not wait")
		}
		<-time.After(gatherTime - time.Millisecond)
		later := c.come(t, 100*time.Millisecond)
		if isIn(late) || isIn(later) {
			t.Fatal("they do not wait for each other")
		}
		<-time.After(time.Millisecond)
		if !isIn(late) || !isIn(later) {
			t.Fatal("they wait longer than they may")
		}
	})
}

func TestHowLongOneWaits(t *testing.T) {
	for name, tc := range map[string]struct{ stay, usual, wait time.Duration }{
		"for nobody, once nobody is under way":  {10 * time.Millisecond, time.Second, 10 * time.Millisecond},
		"for a quarter of what an effect takes": {time.Minute, 8 * time.Millisecond, 2 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c crowd
				defer c.all.Wait()
				for range gatherFrom {
					c.come(t, tc.stay)
				}
				synctest.Wait()
				c.gate.usual = tc.usual
				late := c.come(t, time.Millisecond)
				<-time.After(tc.wait - time.Nanosecond)
				if isIn(late) {
					t.Fatal("one does not wait so long")
				}
				<-time.After(time.Nanosecond)
				if !isIn(late) {
					t.Fatal("one waits longer")
				}
			})
		})
	}
}

func TestGivingUpLeavesTheGateAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c crowd
		defer c.all.Wait()
		for range gatherFrom {
			c.come(t, time.Second)
		}
		synctest.Wait()
		c.gate.usual = time.Second
		ctx, cancel := context.WithCancel(t.Context())
		refused := make(chan error, 1)
		go func() {
			_, err := c.gate.enter(ctx)
			refused <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-refused; err == nil {
			t.Fatal("who gave up was let in")
		}
		c.all.Wait()
		if c.gate.inside != 0 || len(c.gate.waiting) != 0 || c.gate.opening != nil {
			t.Fatalf("%d inside, %d waiting", c.gate.inside, len(c.gate.waiting))
		}
	})
}
