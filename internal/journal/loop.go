package journal

import (
	"sync"
	"time"
)

// signal wakes a loop; signals that come while it is awake count as one.
type signal chan struct{}

func newSignal() signal { return make(signal, 1) }

func (s signal) send() {
	select {
	case s <- struct{}{}:
	default:
	}
}

// alarm is a timer that can be set to "never".
type alarm struct{ *time.Timer }

func newAlarm() alarm {
	a := alarm{time.NewTimer(time.Hour)}
	a.Stop()
	return a
}

// set lets the alarm ring at a time of the journal's clock; the zero time stops it.
func (a alarm) set(now, at time.Time) {
	if at.IsZero() {
		a.Stop()
		return
	}
	a.Reset(max(at.Sub(now), time.Millisecond))
}

// workers are goroutines that a loop waits for before it ends.
type workers struct{ sync.WaitGroup }

// earliest gives the first of the times that are not zero.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
