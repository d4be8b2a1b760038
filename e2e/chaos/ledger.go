package main

import "context"

// ledger follows every line while the run goes: acted by its sender, seen live by the other side or told to be in doubt. It times faults and
// tells when everything has settled; the verdict does not use it. All methods may be called concurrently.
type ledger struct {
	bell
	lines  map[string]line // by key
	acted  map[string]bool
	seen   map[string]bool
	flying map[string]bool // acted, not seen and not in doubt
	doubt  map[string]bool
}

func newLedger(s script) *ledger {
	l := &ledger{lines: map[string]line{}, acted: map[string]bool{}, seen: map[string]bool{}, flying: map[string]bool{}, doubt: map[string]bool{}}
	for line := range s.all() {
		l.lines[line.Key] = line
	}
	return l
}

func (l *ledger) act(key string) {
	l.change(func() {
		l.acted[key] = true
		if !l.seen[key] {
			l.flying[key] = true
		}
	})
}

// saw notes that from's other side was shown a line; what its own side or nobody said is nothing.
func (l *ledger) saw(from side, key string) {
	l.change(func() {
		if line, ok := l.lines[key]; ok && line.From == from {
			l.seen[key] = true
			delete(l.flying, key)
		}
	})
}

// doubted notes that a line's sender was told that nobody knows what became of it.
func (l *ledger) doubted(key string) {
	l.change(func() {
		l.doubt[key] = true
		delete(l.flying, key)
	})
}

// room waits until less than most of a side's lines of a conversation are in flight.
func (l *ledger) room(ctx context.Context, conversation int, from side, most int) error {
	return l.until(ctx, func() bool {
		n := 0
		for key := range l.flying {
			if line := l.lines[key]; line.Conversation == conversation && line.From == from {
				n++
			}
		}
		return n < most
	})
}

func (l *ledger) inFlight() (n int) {
	l.look(func() { n = len(l.flying) })
	return n
}

// missing lists acted lines that the other side has not seen.
func (l *ledger) missing() (keys []string) {
	l.look(func() {
		for key := range l.flying {
			keys = append(keys, key)
		}
	})
	return keys
}

// settled waits until n lines have been acted and all of them seen or told to be in doubt.
func (l *ledger) settled(ctx context.Context, n int) error {
	return l.until(ctx, func() bool { return len(l.acted) >= n && len(l.flying) == 0 })
}

// busy waits until something is in flight.
func (l *ledger) busy(ctx context.Context) error {
	return l.until(ctx, func() bool { return len(l.flying) > 0 })
}
