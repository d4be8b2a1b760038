package bridges

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	start := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	p := newPace(Limits{Chat: time.Second, PerSec: 10})
	for i, step := range []struct {
		chat string
		at   time.Duration
		wait time.Duration
	}{
		{"a", 0, 0},
		{"a", 200 * time.Millisecond, 800 * time.Millisecond}, // a chat has one a second
		{"b", 200 * time.Millisecond, 0},                      // and holds up no other one
		{"c", 250 * time.Millisecond, 50 * time.Millisecond},  // all together have ten
		{"c", 300 * time.Millisecond, 0},
		{"a", time.Second, 0},
		{"b", time.Second, 200 * time.Millisecond},
	} {
		wait, ok := p.take(step.chat, start.Add(step.at))
		if wait != step.wait || ok != (step.wait == 0) {
			t.Errorf("step %d: wait %s, %v, want %s", i, wait, ok, step.wait)
		}
	}
}

func TestPaceForgets(t *testing.T) {
	p := newPace(Limits{Chat: time.Second})
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for i := range 3 * forgetAbove {
		p.take(string(rune(i+1)), now.Add(time.Duration(i)*time.Second))
	}
	if len(p.chats) > forgetAbove {
		t.Errorf("%d chats are remembered", len(p.chats))
	}
}
