package appservice

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// source is the journal's name for what comes from the homeserver.
const source = "matrix"

// Service is the Matrix side. It implements journal.Sink and journal.Applier.
type Service struct {
	*homeserver
	cfg     Config
	journal *journal.Journal
	spool   Spool
	log     zerolog.Logger

	// OnTyping is told when a member of staff begins or stops typing in a room of ours. Set before Handler is used; may be nil.
	OnTyping func(room desk.RoomKey, user desk.UserID, on bool)

	rooms    *lru[desk.RoomKey, desk.Room]
	keys     *lru[desk.RoomID, desk.RoomKey]
	avatars  *lru[string, string]            // text of an avatar → mxc
	doors    *lru[desk.RoomKey, *sync.Mutex] // held while who may be in a room, or who is, changes
	uploads  *lru[desk.FileID, *sync.Mutex]
	broken   *lru[desk.FileID, *atomic.Int64] // how often a file broke off on its way here
	created  *lru[desk.EffectID, desk.Room]   // rooms made by this process
	joins    *lru[joined, struct{}]           // who has come into a room by themselves, lately
	receipts *receiptQueue
	typing   *typists

	levels map[string]map[string]int // see ownLevels

	versionMu   sync.Mutex
	roomVersion string

	isAway   atomic.Bool
	doubts   doubts
	catchUps chan struct{} // a wish for a catch-up; holds at most one
}

var (
	_ journal.Sink    = (*Service)(nil)
	_ journal.Applier = (*Service)(nil)
)

// New makes a Service and registers it with the journal. j may be nil for a Service that only serves Check.
func New(c Config, j *journal.Journal, spool Spool, log zerolog.Logger) (*Service, error) {
	c, err := c.complete()
	if err != nil {
		return nil, fmt.Errorf("appservice: %w", err)
	}
	h, err := newHomeserver(c, log)
	if err != nil {
		return nil, fmt.Errorf("appservice: %w", err)
	}
	s := &Service{
		homeserver: h, cfg: c, journal: j, spool: spool, log: log,
		rooms: newLRU[desk.RoomKey, desk.Room](8192), keys: newLRU[desk.RoomID, desk.RoomKey](8192),
		avatars: newLRU[string, string](1024), joins: newLRU[joined, struct{}](8192),
		doors:   newLRU[desk.RoomKey, *sync.Mutex](1024),
		uploads: newLRU[desk.FileID, *sync.Mutex](1024), broken: newLRU[desk.FileID, *atomic.Int64](1024), created: newLRU[desk.EffectID, desk.Room](1024),
		receipts: newReceiptQueue(), typing: newTypists(),
		catchUps: make(chan struct{}, 1), levels: ownLevels(),
	}
	if j != nil {
		j.Source(source, s.Translate)
		j.Deliverer(s)
		j.Applies(s)
		j.OnOutageEnd(s.wantCatchUp)
		// Released by the first catch-up.
		j.Hold(source)
	}
	return s, nil
}

// IsPuppet reports whether a user is one of our customers' puppets.
func (s *Service) IsPuppet(u desk.UserID) bool { return s.cfg.isPuppet(u) }

// Away reports whether the homeserver did not answer when it was last asked anything; it is asked every few seconds.
func (s *Service) Away() bool { return s.isAway.Load() }

// Run catches up and watches the homeserver until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for _, work := range []func(context.Context){s.renewAccess, s.runCatchUps, s.runReceipts, s.watch} {
		group.Go(func() { work(ctx) })
	}
	group.Wait()
	s.http.CloseIdleConnections()
	return nil
}

// room gives a room that exists, or journal.ErrNotYet.
func (s *Service) room(ctx context.Context, key desk.RoomKey) (desk.Room, error) {
	if r, ok := s.rooms.get(key); ok {
		return r, nil
	}
	var room *desk.Room
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		var err error
		room, err = tx.Room(key)
		return err
	})
	if err != nil {
		if isNotFound(err) {
			return desk.Room{}, fmt.Errorf("room %s: %w", key, journal.ErrNotYet)
		}
		return desk.Room{}, fmt.Errorf("look up room %s: %w", key, err)
	}
	if room.ID == "" {
		return desk.Room{}, fmt.Errorf("room %s: %w", key, journal.ErrNotYet)
	}
	s.remember(*room)
	return *room, nil
}

// remember keeps a room at hand. What may move to another room is always looked up.
func (s *Service) remember(room desk.Room) {
	switch kind, _ := room.Key.Split(); kind {
	case desk.KindDirect, desk.KindQueue, desk.KindDesk:
		return
	}
	s.rooms.put(room.Key, room)
	s.keys.put(room.ID, room.Key)
}

// keyOf gives the key of a room of ours; "" for others.
func (s *Service) keyOf(ctx context.Context, room desk.RoomID) (desk.RoomKey, error) {
	if key, ok := s.keys.get(room); ok {
		return key, nil
	}
	var found *desk.Room
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		var err error
		found, err = tx.RoomByID(room)
		return err
	})
	if isNotFound(err) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("look up room %s: %w", room, err)
	}
	s.remember(*found)
	return found.Key, nil
}

// watchEvery is how soon a homeserver that was away is noticed when nothing is sent to it.
const watchEvery = 2 * time.Second

// watch notices that the homeserver was away: what it had in flight then is lost to us unless we catch up.
func (s *Service) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := s.doAs(ctx, s.nobody, "ask for versions", request{method: http.MethodGet, path: []any{"versions"}, wait: watchEvery * 5})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.sawOutage(err)
		case s.isAway.CompareAndSwap(true, false):
			s.journal.Recovered()
			s.wantCatchUp()
		}
	}
}

// sawOutage notes that the homeserver was seen to be away. The lanes stand still from the first sign on: what it pushes afterwards is
// newer than what it may have forgotten.
func (s *Service) sawOutage(err error) {
	if s.isAway.CompareAndSwap(false, true) {
		s.log.Warn().Err(err).Msg("Homeserver is away")
		s.wantCatchUp()
	}
}

// probe reports whether the homeserver can write.
func (s *Service) probe(ctx context.Context) error {
	return s.do(ctx, s.bot, "write account data", request{
		method: http.MethodPut, path: []any{"v3", "user", s.cfg.Bot, "account_data", "frontdesk.probe"},
		body: map[string]any{"at": time.Now().UnixMilli()}, wait: 10 * time.Second,
	})
}
