package widgetgw

import (
	"slices"
	"sync"

	"frontdesk/desk"
	"frontdesk/widgetgw/protocol"
)

// room collects the connections of one conversation.
type room struct {
	conversation desk.ConversationID

	mu       sync.Mutex
	peers    []*peer // oldest first
	news     inbound
	typing   *peer // whose visitor is typing
	typingAt int64 // Unix milliseconds of when the desk was last told so

	feed feedState // guarded by feeds.mu
}

// inbound is what a room's visitors said that needs no acknowledgement and of which only the newest counts.
type inbound struct {
	got, seen   int64
	page        *protocol.Page
	gotN, seenN int64 // already told
}

// rooms are those with at least one connection.
type rooms struct {
	mu   sync.Mutex
	byID map[desk.ConversationID]*room
}

func (rs *rooms) find(id desk.ConversationID) *room {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return rs.byID[id]
}

// join puts a peer into its conversation's room. Of too many connections of one session the oldest goes.
func (g *Gateway) join(p *peer, s *session) {
	p.session = s
	g.rooms.mu.Lock()
	r := g.rooms.byID[s.conversation]
	if r == nil {
		r = &room{conversation: s.conversation}
		g.rooms.byID[s.conversation] = r
	}
	p.mu.Lock()
	p.room = r // under mu for ended, which may come from elsewhere
	p.mu.Unlock()
	r.mu.Lock()
	g.rooms.mu.Unlock()
	r.peers = append(r.peers, p)
	var oldest *peer
	tabs := 0
	for _, other := range r.peers {
		if other.session.hash == s.hash {
			if tabs++; oldest == nil {
				oldest = other
			}
		}
	}
	if tabs > g.cfg.Limits.SessionTabs {
		r.peers = slices.DeleteFunc(r.peers, func(o *peer) bool { return o == oldest })
	} else {
		oldest = nil
	}
	r.mu.Unlock()
	if oldest != nil {
		oldest.close(protocol.Replaced)
	}
	// A connection that ended while it joined has been looked for in the room too early.
	p.mu.Lock()
	gone := p.gone
	p.mu.Unlock()
	if gone {
		g.leave(r, p)
	}
}

// leave takes a peer out of its room, and the room away with the last one.
func (g *Gateway) leave(r *room, p *peer) {
	g.rooms.mu.Lock()
	r.mu.Lock()
	r.peers = slices.DeleteFunc(r.peers, func(o *peer) bool { return o == p })
	stopped := r.typing == p
	if stopped {
		r.typing = nil
	}
	if len(r.peers) == 0 && g.rooms.byID[r.conversation] == r {
		delete(g.rooms.byID, r.conversation)
	}
	r.mu.Unlock()
	g.rooms.mu.Unlock()
	if stopped && g.OnTyping != nil {
		g.OnTyping(r.conversation, false)
	}
}

// everybody gives the room's connections at this moment.
func (r *room) everybody() []*peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.peers)
}

// Repeated tidings of somebody who goes on typing are passed on this often, in milliseconds.
const typingRepeat = 3_000

// visitorTyping passes on that a visitor begins, goes on or ends typing.
func (g *Gateway) visitorTyping(p *peer, on bool) {
	if p.room == nil || g.OnTyping == nil {
		return
	}
	r, now := p.room, g.cfg.Now().UnixMilli()
	r.mu.Lock()
	tell := false
	switch {
	case on:
		tell = r.typing == nil || now-r.typingAt >= typingRepeat
		r.typing = p
		if tell {
			r.typingAt = now
		}
	case r.typing == p:
		tell = true
		r.typing = nil
	}
	r.mu.Unlock()
	if tell {
		g.OnTyping(r.conversation, on)
	}
}
