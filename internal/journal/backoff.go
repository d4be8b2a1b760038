package journal

import (
	"sync"
	"time"
)

const (
	backoffMin = 100 * time.Millisecond
	backoffMax = time.Minute
	// deadAfter is the number of failed attempts after which an input, effect or desire is given up.
	deadAfter = 10
)

// backoff gives the wait after so many failed attempts, from 1.
func backoff(attempts int) time.Duration { return doubling(backoffMin, backoffMax, attempts) }

func doubling(first, limit time.Duration, n int) time.Duration {
	wait := first
	for ; n > 1 && wait < limit; n-- {
		wait *= 2
	}
	return min(wait, limit)
}

// patience tells a fault of one input from a fault of ours: an input is given up only when others passed since it failed first.
type patience struct {
	mu     sync.Mutex
	passed int64
	failed map[int64]int64 // seq of an input → how many had passed when it failed first
}

func newPatience() *patience { return &patience{failed: make(map[int64]int64)} }

// pass counts a decision that went well.
func (p *patience) pass() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passed++
}

// othersPass notes that an input failed and reports whether others passed since it did so first.
func (p *patience) othersPass(seq int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, again := p.failed[seq]
	if !again {
		p.failed[seq] = p.passed
		return false
	}
	return p.passed > before
}

func (p *patience) forget(seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.failed, seq)
}
