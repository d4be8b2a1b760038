package appservice

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"frontdesk/desk"
)

// ephemeralEvent is a receipt or a typing notice of one room.
type ephemeralEvent struct {
	Type    string          `json:"type"`
	RoomID  desk.RoomID     `json:"room_id"`
	Content json.RawMessage `json:"content"`
}

// ephemeral passes on receipts and typing of the staff. What cannot be read is dropped: none of it is promised.
func (s *Service) ephemeral(ctx context.Context, raw json.RawMessage) error {
	var e ephemeralEvent
	if json.Unmarshal(raw, &e) != nil || !isMatrixID(string(e.RoomID), "!") {
		return nil
	}
	if e.Type != "m.receipt" && e.Type != "m.typing" {
		return nil
	}
	key, err := s.keyOf(ctx, e.RoomID)
	if err != nil || key == "" {
		return err
	}
	if e.Type == "m.receipt" {
		for _, seen := range s.readReceipts(key, e.Content) {
			s.receipts.put(seen)
		}
		return nil
	}
	var content struct {
		Users []desk.UserID `json:"user_ids"`
	}
	if json.Unmarshal(e.Content, &content) != nil {
		return nil
	}
	began, stopped := s.typing.update(key, s.staffOnly(content.Users))
	if s.OnTyping == nil {
		return nil
	}
	for _, u := range began {
		s.OnTyping(key, u, true)
	}
	for _, u := range stopped {
		s.OnTyping(key, u, false)
	}
	return nil
}

func (s *Service) staffOnly(users []desk.UserID) []desk.UserID {
	var out []desk.UserID
	for _, u := range users {
		if isMatrixID(string(u), "@") && !s.cfg.isOurs(u) {
			out = append(out, u)
		}
	}
	return out
}

// readReceipts lists the public read receipts of staff in a room. Private ones are nobody's business, and one in a thread says nothing of
// what stands outside it.
func (s *Service) readReceipts(room desk.RoomKey, content json.RawMessage) []desk.StaffSeen {
	var events map[desk.EventID]map[string]map[desk.UserID]struct {
		Thread string `json:"thread_id"`
	}
	if json.Unmarshal(content, &events) != nil {
		return nil
	}
	var out []desk.StaffSeen
	for event, kinds := range events {
		if !isMatrixID(string(event), "$") {
			continue
		}
		for user, receipt := range kinds["m.read"] {
			inThread := receipt.Thread != "" && receipt.Thread != "main"
			if isMatrixID(string(user), "@") && !s.cfg.isOurs(user) && !inThread {
				out = append(out, desk.StaffSeen{Room: room, Sender: user, Event: event})
			}
		}
	}
	return out
}

// receiptQueue holds receipts until they are decided: of each person in each room the newest.
type receiptQueue struct {
	mu    sync.Mutex
	items map[receiptKey]desk.StaffSeen
	wake  chan struct{}
}

type receiptKey struct {
	room desk.RoomKey
	user desk.UserID
}

func newReceiptQueue() *receiptQueue {
	return &receiptQueue{items: map[receiptKey]desk.StaffSeen{}, wake: make(chan struct{}, 1)}
}

func (q *receiptQueue) put(seen desk.StaffSeen) {
	q.mu.Lock()
	q.items[receiptKey{seen.Room, seen.Sender}] = seen
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *receiptQueue) take() []desk.Input {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]desk.Input, 0, len(q.items))
	for key, seen := range q.items {
		out = append(out, seen)
		delete(q.items, key)
	}
	return out
}

// runReceipts decides receipts as they come. One that is lost is brought back by a catch-up.
func (s *Service) runReceipts(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.receipts.wake:
		}
		inputs := s.receipts.take()
		if len(inputs) == 0 {
			continue
		}
		if _, err := s.journal.Decide(ctx, inputs...); err != nil && ctx.Err() == nil {
			s.log.Warn().Err(err).Int("receipts", len(inputs)).Msg("Read receipts could not be decided")
		}
	}
}

// typists knows who types where, to tell who began and who stopped.
type typists struct {
	mu    sync.Mutex
	rooms map[desk.RoomKey]map[desk.UserID]bool
}

func newTypists() *typists { return &typists{rooms: map[desk.RoomKey]map[desk.UserID]bool{}} }

func (t *typists) update(room desk.RoomKey, now []desk.UserID) (began, stopped []desk.UserID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.rooms[room]
	after := make(map[desk.UserID]bool, len(now))
	for _, u := range now {
		if !before[u] && !after[u] {
			began = append(began, u)
		}
		after[u] = true
	}
	for u := range before {
		if !after[u] {
			stopped = append(stopped, u)
		}
	}
	if len(after) == 0 {
		delete(t.rooms, room)
	} else {
		t.rooms[room] = after
	}
	return began, stopped
}

const typingTimeout = 10 * time.Second

// Typing shows that a customer types, or stops. It is volatile: what fails is not tried again.
func (s *Service) Typing(ctx context.Context, key desk.RoomKey, customer desk.CustomerID, on bool) error {
	if s.isAway.Load() {
		return nil
	}
	room, err := s.room(ctx, key)
	if err != nil {
		return err
	}
	puppet, err := s.account(ctx, desk.Puppet(customer))
	if err != nil {
		return err
	}
	body := map[string]any{"typing": on}
	if on {
		body["timeout"] = typingTimeout.Milliseconds()
	}
	return s.do(ctx, puppet, "show typing in room "+string(room.ID), request{
		method: http.MethodPut, path: []any{"v3", "rooms", room.ID, "typing", puppet.user}, body: body, wait: 5 * time.Second,
	})
}
