package widgetgw

import (
	"sync"
	"time"

	"frontdesk/desk"
	"frontdesk/widgetgw/protocol"
)

// Clients forget that somebody types after ten seconds, and homeservers tell only that it began and ended: in between it is said again.
const (
	staffTypingRepeat  = 5 * time.Second
	staffTypingLongest = 2 * time.Minute // in case nobody says that it ended
)

// staffTyping knows in which conversations a member of staff is typing.
type staffTyping struct {
	mu sync.Mutex
	on map[desk.ConversationID]*typingNow
}

type typingNow struct {
	frame     []byte
	next, end time.Time
}

// StaffTyping shows a conversation's visitor that a member of staff, known to them by this name, begins or ends typing.
func (g *Gateway) StaffTyping(conversation desk.ConversationID, name string, on bool) {
	news := protocol.TypingNews{On: on}
	if name != "" {
		news.Who = &protocol.Person{Name: name}
	}
	frame, err := protocol.Encode(news)
	if err != nil {
		g.log.Err(err).Msg("Failed to encode a frame")
		return
	}
	now := g.cfg.Now()
	g.typing.mu.Lock()
	if on {
		g.typing.on[conversation] = &typingNow{frame, now.Add(staffTypingRepeat), now.Add(staffTypingLongest)}
	} else {
		delete(g.typing.on, conversation)
	}
	g.typing.mu.Unlock()
	g.showTyping(conversation, frame)
}

// repeatTyping says again what is about to be forgotten.
func (g *Gateway) repeatTyping() {
	now := g.cfg.Now()
	due := make(map[desk.ConversationID][]byte)
	g.typing.mu.Lock()
	for conversation, t := range g.typing.on {
		switch {
		case !now.Before(t.end):
			delete(g.typing.on, conversation)
		case !now.Before(t.next):
			t.next = now.Add(staffTypingRepeat)
			due[conversation] = t.frame
		}
	}
	g.typing.mu.Unlock()
	for conversation, frame := range due {
		g.showTyping(conversation, frame)
	}
}

func (g *Gateway) showTyping(conversation desk.ConversationID, frame []byte) {
	r := g.rooms.find(conversation)
	if r == nil {
		return
	}
	for _, p := range r.everybody() {
		p.push(frame)
	}
}
