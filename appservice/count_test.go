package appservice

import (
	"context"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// For a while after somebody was away a missing number is a reason to catch up; otherwise numbers mean nothing.
func TestCount(t *testing.T) {
	for _, c := range []struct {
		name string
		txns []string
		calm bool // nobody was away lately
		want int64
	}{
		{"one after the other", []string{"4", "5", "6"}, false, 0},
		{"repeated", []string{"4", "4", "5"}, false, 0},
		{"one is missing", []string{"4", "6", "7"}, false, 1},
		{"missing in calm times", []string{"4", "6", "9"}, true, 0},
		{"counting began anew", []string{"4", "1", "2"}, false, 1},
		{"no numbers", []string{"4", "x", "y", "5"}, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &Service{journal: journal.New(journal.Options{Now: time.Now, Log: zerolog.Nop()}), catchUps: make(chan struct{}, 1)}
			s.count(c.txns[0])
			if !c.calm {
				s.doubts.until = time.Now().Add(doubtful)
			}
			for _, txn := range c.txns[1:] {
				s.count(txn)
			}
			if s.doubts.asked != c.want {
				t.Errorf("asked for %d catch-ups, want %d", s.doubts.asked, c.want)
			}
		})
	}
}

// WithoutOwnLevels makes the service one that gives no kind of room levels of its own.
func (s *Service) WithoutOwnLevels() { s.levels = nil }

// StaleRooms lists the rooms whose levels an earlier version left.
func (s *Service) StaleRooms(ctx context.Context) ([]desk.RoomKey, error) { return s.staleRooms(ctx) }

// Doubt makes transactions be counted for a minute, as after an absence.
func (s *Service) Doubt() {
	s.doubts.mu.Lock()
	defer s.doubts.mu.Unlock()
	s.doubts.until = time.Now().Add(doubtful)
}

// A ping that comes back shortens the doubt, unless somebody was away again meanwhile.
func TestSettle(t *testing.T) {
	for _, c := range []struct {
		name  string
		until time.Duration
		fresh bool
		want  time.Duration
	}{
		{"after an absence", doubtful, false, settling},
		{"away again", doubtful, true, doubtful},
		{"nearly over", time.Second, false, time.Second},
		{"calm times", -time.Hour, false, -time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &Service{}
			began := time.Now()
			s.doubts.until, s.doubts.fresh = began.Add(c.until), c.fresh
			s.settle()
			if got := s.doubts.until; got.Before(began.Add(c.want)) || got.After(time.Now().Add(c.want)) {
				t.Errorf("transactions are counted for %s, want %s", got.Sub(began), c.want)
			}
		})
	}
}
