package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// arrivals is when things came: texts at a reader, acknowledgements at a visitor, events at the sink. Every key comes once; what came
// before anybody expected it is remembered. All methods may be called concurrently.
type arrivals struct {
	mu      sync.Mutex
	came    map[string]time.Time
	waiting map[string]chan time.Time
}

func newArrivals() *arrivals {
	return &arrivals{came: map[string]time.Time{}, waiting: map[string]chan time.Time{}}
}

func (a *arrivals) arrived(key string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, again := a.came[key]; again {
		return
	}
	a.came[key] = at
	if ch, ok := a.waiting[key]; ok {
		ch <- at // has room for one
		delete(a.waiting, key)
	}
}

// wait gives the moment key came, waiting for it until ctx ends.
func (a *arrivals) wait(ctx context.Context, key string) (time.Time, error) {
	a.mu.Lock()
	if at, ok := a.came[key]; ok {
		a.mu.Unlock()
		return at, nil
	}
	ch, ok := a.waiting[key]
	if !ok {
		ch = make(chan time.Time, 1)
		a.waiting[key] = ch
	}
	a.mu.Unlock()
	select {
	case at := <-ch:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("wait for %q: %w", key, ctx.Err())
	}
}

// last waits for all keys and gives the moment of the latest.
func (a *arrivals) last(ctx context.Context, keys []string) (time.Time, error) {
	var last time.Time
	for _, key := range keys {
		at, err := a.wait(ctx, key)
		if err != nil {
			return time.Time{}, err
		}
		if at.After(last) {
			last = at
		}
	}
	return last, nil
}
