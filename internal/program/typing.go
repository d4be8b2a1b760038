package program

import (
	"context"
	"strings"
	"sync"

	"github.com/rs/zerolog"

	"frontdesk/desk"
)

// typingRelay carries typing between visitors and rooms. It is volatile: per conversation and direction only the newest word counts, and
// nothing is stored or tried again. The adapters' callbacks only note the word here; one goroutine does the looking up and sending.
type typingRelay struct {
	read    func(context.Context, func(desk.Tx) error) error
	toRoom  func(ctx context.Context, room desk.RoomKey, customer desk.CustomerID, on bool) error
	toVisit func(conversation desk.ConversationID, name string, on bool)
	log     zerolog.Logger

	mu      sync.Mutex
	visitor map[desk.ConversationID]bool
	staff   map[staffTyping]bool
	wake    chan struct{}
}

type staffTyping struct {
	room desk.RoomKey
	user desk.UserID
}

func newTypingRelay(log zerolog.Logger) *typingRelay {
	return &typingRelay{
		log:     log,
		visitor: map[desk.ConversationID]bool{},
		staff:   map[staffTyping]bool{},
		wake:    make(chan struct{}, 1),
	}
}

// Visitor notes that a visitor began or stopped typing. It does not block.
func (t *typingRelay) Visitor(conversation desk.ConversationID, on bool) {
	t.mu.Lock()
	t.visitor[conversation] = on
	t.mu.Unlock()
	t.poke()
}

// Staff notes that a member of staff began or stopped typing in a room. It does not block.
func (t *typingRelay) Staff(room desk.RoomKey, user desk.UserID, on bool) {
	if kind, _ := room.Split(); kind != desk.KindPortal {
		return
	}
	t.mu.Lock()
	t.staff[staffTyping{room, user}] = on
	t.mu.Unlock()
	t.poke()
}

func (t *typingRelay) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run relays until ctx ends.
func (t *typingRelay) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
		}
		t.mu.Lock()
		visitor, staff := t.visitor, t.staff
		t.visitor, t.staff = map[desk.ConversationID]bool{}, map[staffTyping]bool{}
		t.mu.Unlock()
		for who, on := range staff {
			t.relayStaff(ctx, who, on)
		}
		for conversation, on := range visitor {
			t.relayVisitor(ctx, conversation, on)
		}
	}
}

func (t *typingRelay) relayVisitor(ctx context.Context, id desk.ConversationID, on bool) {
	var c *desk.Conversation
	err := t.read(ctx, func(tx desk.Tx) (err error) {
		c, err = tx.Conversation(id)
		return err
	})
	if err == nil && c.Portal != "" {
		err = t.toRoom(ctx, desk.PortalRoom(c.Portal), c.Customer, on)
	}
	t.failed(ctx, err)
}

// relayStaff shows the customer who types, but only while a ticket is assigned and the typist is known to the desk: a supervisor who looks
// in before somebody accepted stays unseen, as his words would. That the responsible stops is told also when he is so no longer.
func (t *typingRelay) relayStaff(ctx context.Context, who staffTyping, on bool) {
	_, portal := who.room.Split()
	var conversation desk.ConversationID
	var name string
	err := t.read(ctx, func(tx desk.Tx) error {
		p, err := tx.Portal(desk.PortalID(portal))
		if err != nil {
			return err
		}
		c, err := tx.Conversation(p.Conversation)
		if err != nil || c.Portal != p.ID || c.Ticket == "" {
			return err
		}
		ticket, err := tx.Ticket(c.Ticket)
		if err != nil || ticket.State == desk.Assigned && ticket.Owner != who.user || ticket.State != desk.Assigned && on {
			return err
		}
		if !on {
			conversation = c.ID
			return nil
		}
		operator, err := tx.Operator(who.user)
		if err != nil {
			return err
		}
		conversation, name = c.ID, strings.TrimSpace(operator.Face(c.Site).Name)
		return nil
	})
	if err == nil && conversation != "" {
		t.toVisit(conversation, name, on)
	}
	t.failed(ctx, err)
}

// failed logs an error, if there is one and we are not ending.
func (t *typingRelay) failed(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		t.log.Debug().Err(err).Msg("Typing was not relayed")
	}
}
