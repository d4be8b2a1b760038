package bridges

import (
	"sync"
	"time"
)

// Limits of what is sent. Messengers refuse more, and tell how long to wait then.
type Limits struct {
	Chat   time.Duration // between two messages to one chat
	PerSec int           // messages a second to all chats together
}

// pace keeps the limits. A chat that has to wait takes nothing from the others.
type pace struct {
	limits Limits

	mu    sync.Mutex
	chats map[string]time.Time // when the next may go
	all   time.Time            // when the next of all may go
}

func newPace(l Limits) *pace { return &pace{limits: l, chats: make(map[string]time.Time)} }

// take reserves the right to send to a chat now, or tells how long to wait.
func (p *pace) take(chat string, now time.Time) (wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if next := p.chats[chat]; next.After(now) {
		return next.Sub(now), false
	}
	delete(p.chats, chat)
	if p.limits.PerSec > 0 {
		if p.all.After(now) {
			return p.all.Sub(now), false
		}
		p.all = now.Add(time.Second / time.Duration(p.limits.PerSec))
	}
	if p.limits.Chat > 0 {
		p.chats[chat] = now.Add(p.limits.Chat)
		p.forget(now)
	}
	return 0, true
}

// forgetAbove is how many chats are remembered before those whose time has come are dropped.
const forgetAbove = 1024

func (p *pace) forget(now time.Time) {
	if len(p.chats) < forgetAbove {
		return
	}
	for chat, next := range p.chats {
		if !next.After(now) {
			delete(p.chats, chat)
		}
	}
}
