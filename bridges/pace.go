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

// take tells how long to wait before something is sent to a chat. If the chat's own time has come, the right to send then is reserved: whoever
// asked first goes first, and needs not ask again. Else it is to be asked again then.
func (p *pace) take(chat string, now time.Time) (wait time.Duration, reserved bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if next := p.chats[chat]; next.After(now) {
		return next.Sub(now), false
	}
	delete(p.chats, chat)
	at := now
	if p.limits.PerSec > 0 {
		if p.all.After(now) {
			at = p.all
		}
		p.all = at.Add(time.Second / time.Duration(p.limits.PerSec))
	}
	if p.limits.Chat > 0 {
		p.chats[chat] = at.Add(p.limits.Chat)
		p.forget(now)
	}
	return at.Sub(now), true
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
