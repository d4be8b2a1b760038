package main

import (
	"context"
	"sync"
)

// bell guards what several goroutines change and wait for. The zero value is ready.
type bell struct {
	mu   sync.Mutex
	news chan struct{} // closed at the next change; nil while nobody waits
}

// change runs f under the lock and wakes everybody who waits.
func (b *bell) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	if b.news != nil {
		close(b.news)
		b.news = nil
	}
}

// look runs f under the lock.
func (b *bell) look(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// until waits for ok, which is asked under the lock, first at once and then after every change.
func (b *bell) until(ctx context.Context, ok func() bool) error {
	for {
		b.mu.Lock()
		done := ok()
		if b.news == nil {
			b.news = make(chan struct{})
		}
		news := b.news
		b.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
