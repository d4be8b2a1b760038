package bridges

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	start := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	p := newPace(Limits{Chat: time.Second, PerSec: 10})
	for i, step := range []struct {
		chat     string
		at       time.Duration
		wait     time.Duration
		reserved bool
	}{
		{"a", 0, 0, true},
		{"a", 200 * time.Millisecond, 800 * time.Millisecond, false}, // a chat has one a second
		{"b", 200 * time.Millisecond, 0, true},                       // and holds up no other one
		{"c", 250 * time.Millisecond, 50 * time.Millisecond, true},   // all together have ten
		{"d", 260 * time.Millisecond, 140 * time.Millisecond, true},  // who asks later goes later
		{"c", 300 * time.Millisecond, time.Second, false},            // c has gone now
		{"a", time.Second, 0, true},
		{"b", time.Second, 200 * time.Millisecond, false},
	} {
		wait, reserved := p.take(step.chat, 1, start.Add(step.at))
		if wait != step.wait || reserved != step.reserved {
			t.Errorf("step %d: wait %s, %v, want %s, %v", i, wait, reserved, step.wait, step.reserved)
		}
	}
}

// An album counts as its files, what may be left out goes only where nothing waits, and who was told to wait waits.
func TestPaceOfMoreThanMessages(t *testing.T) {
	p := newPace(Limits{Chat: time.Second, PerSec: 10})
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	p.take("a", 5, now)
	if wait, _ := p.take("a", 1, now); wait != 5*time.Second {
		t.Errorf("after an album of five its chat waits %s", wait)
	}
	if wait, _ := p.take("b", 1, now); wait != 500*time.Millisecond {
		t.Errorf("after an album of five the others wait %s", wait)
	}
	if p.spare("c", now) {
		t.Error("typing goes before messages")
	}
	now = now.Add(time.Minute)
	if !p.spare("c", now) {
		t.Error("typing is not shown though nothing waits")
	}
	if wait, _ := p.take("c", 1, now.Add(100*time.Millisecond)); wait != 0 {
		t.Errorf("typing keeps a message waiting for %s", wait)
	}
	p.hold("d", now.Add(time.Hour))
	if wait, reserved := p.take("d", 1, now); wait != time.Hour || reserved || p.spare("d", now) {
		t.Errorf("who was told to wait for an hour waits %s", wait)
	}
}

func TestPaceForgets(t *testing.T) {
	p := newPace(Limits{Chat: time.Second})
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for i := range 3 * forgetAbove {
		p.take(string(rune(i+1)), 1, now.Add(time.Duration(i)*time.Second))
	}
	if len(p.chats) > forgetAbove {
		t.Errorf("%d chats are remembered", len(p.chats))
	}
}
