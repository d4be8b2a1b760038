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

// take tells how long to wait before something that counts as so many messages is sent to a chat. If the chat's own time has come, the right
// to send then is reserved: whoever asked first goes first, and needs not ask again. Else it is to be asked again then.
func (p *pace) take(chat string, messages int, now time.Time) (wait time.Duration, reserved bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if next := p.chats[chat]; next.After(now) {
		return next.Sub(now), false
	}
	delete(p.chats, chat)
	at := p.takeOfAll(messages, now)
	if p.limits.Chat > 0 {
		p.chats[chat] = at.Add(time.Duration(messages) * p.limits.Chat)
		p.forget(now)
	}
	return at.Sub(now), true
}

// takeOfAll gives the time that is next for all chats together.
func (p *pace) takeOfAll(messages int, now time.Time) time.Time {
	at := now
	if p.limits.PerSec > 0 {
		if p.all.After(now) {
			at = p.all
		}
		p.all = at.Add(time.Duration(messages) * time.Second / time.Duration(p.limits.PerSec))
	}
	return at
}

// spare reports whether something that may be left out can be sent to a chat now. It keeps no message of the chat's waiting.
func (p *pace) spare(chat string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.chats[chat].After(now) || p.all.After(now) {
		return false
	}
	p.takeOfAll(1, now)
	return true
}

// hold keeps everything from a chat until a time.
func (p *pace) hold(chat string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.chats[chat]) {
		p.chats[chat] = until
	}
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
