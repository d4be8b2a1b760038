package calls

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Manager has an owner for every call whose media are carried, and for every puppet that has yet to leave one. Make it with New, wire Signal to
// the pages and Changed to the journal, and Run it.
type Manager struct {
	cfg      Config
	journal  Journal
	engine   Engine
	session  Session
	visitors Visitors
	now      func() time.Time
	log      zerolog.Logger
	metrics  *metrics
	doors    *doors
	patience patience

	ctx  context.Context // ends with the program
	stop context.CancelFunc
	work sync.WaitGroup

	mu    sync.Mutex
	calls map[desk.CallID]*call
	moved map[desk.ConversationID]struct{} // to look at
	wake  chan struct{}
}

// New takes the addresses at which media come in. Nothing is carried before Run.
func New(ctx context.Context, o Options) (*Manager, error) {
	d, err := openDoors(ctx, o.Config)
	if err != nil {
		return nil, err
	}
	m := &Manager{
		cfg: o.Config, journal: o.Journal, engine: o.Engine, session: o.Session, visitors: o.Visitors, now: o.Now, log: o.Log,
		metrics: newMetrics(o.Registerer), doors: d, patience: defaultPatience(),
		calls: map[desk.CallID]*call{}, moved: map[desk.ConversationID]struct{}{}, wake: make(chan struct{}, 1),
	}
	m.ctx, m.stop = context.WithCancel(context.WithoutCancel(ctx))
	return m, nil
}

// Addr is where media come in over UDP.
func (m *Manager) Addr() net.Addr { return m.doors.udp }

// Close gives the addresses back. It is for a Manager that is not run; Run closes by itself.
func (m *Manager) Close() error {
	m.stop()
	return m.doors.close()
}

// Run carries calls until ctx ends: those that began before the program did too. Calls go on in the staff's session until the homeserver clears
// the puppet's seat, so that a program that is started again soon finds them as they were.
func (m *Manager) Run(ctx context.Context) error {
	defer func() {
		m.mu.Lock()
		m.stop()
		m.mu.Unlock()
		m.work.Wait()
		if err := m.doors.close(); err != nil {
			m.log.Warn().Err(err).Msg("Media's addresses were not given back")
		}
	}()
	for !m.takeUp(ctx) {
		if !pause(ctx, tellAgain) {
			return nil
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-m.wake:
			m.follow(ctx)
		}
	}
}

// begin runs something that Run waits for.
func (m *Manager) begin(f func()) { m.work.Go(f) }

func (m *Manager) read(ctx context.Context, fn func(desk.Tx) error) error {
	return m.journal.Read(ctx, func(tx journal.Tx) error { return fn(tx) })
}

// Changed looks at conversations in which something happened. It does not block.
func (m *Manager) Changed(conversations []desk.ConversationID) {
	m.mu.Lock()
	for _, c := range conversations {
		m.moved[c] = struct{}{}
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Signal takes what the page that answered a call says. The gateway vouches for conversation and tab.
func (m *Manager) Signal(ctx context.Context, conversation desk.ConversationID, tab string, id desk.CallID, s desk.CallSignal) {
	c := m.owner(id)
	if c == nil {
		if _, joins := s.(desk.CallConnect); !joins {
			return
		}
		// The answer was just stored; word of it may come later than the page does.
		m.look(ctx, conversation)
		if c = m.owner(id); c == nil {
			return
		}
	}
	c.do(func() {
		if c.row.Conversation == conversation && c.row.Tab == tab {
			c.said(s)
		}
	})
}

func (m *Manager) owner(id desk.CallID) *call {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[id]
}

// takeUp begins with what was under way when the program ended. It reports whether that could be read.
func (m *Manager) takeUp(ctx context.Context) bool {
	var calls []desk.Call
	places := map[desk.CallID]desk.CallPlace{}
	err := m.read(ctx, func(tx desk.Tx) (err error) {
		if calls, err = tx.CallsToTend(); err != nil {
			return fmt.Errorf("list calls: %w", err)
		}
		for i := range calls {
			if places[calls[i].ID], err = placeOf(tx, &calls[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		if ctx.Err() == nil {
			m.log.Error().Err(err).Msg("Calls that were under way cannot be read")
		}
		return false
	}
	for _, c := range calls {
		m.start(c, places[c.ID])
	}
	return true
}

func (m *Manager) follow(ctx context.Context) {
	m.mu.Lock()
	moved := m.moved
	m.moved = map[desk.ConversationID]struct{}{}
	m.mu.Unlock()
	for id := range moved {
		m.look(ctx, id)
	}
}

// look reads the call of a conversation and has its owner know, or begins with it.
func (m *Manager) look(ctx context.Context, conversation desk.ConversationID) {
	var rows []desk.Call
	places := map[desk.CallID]desk.CallPlace{}
	owned := m.ownedOf(conversation)
	err := m.read(ctx, func(tx desk.Tx) error {
		c, err := tx.CallOf(conversation)
		switch {
		case err == nil:
			if places[c.ID], err = placeOf(tx, c); err != nil {
				return err
			}
			rows = append(rows, *c)
		case !errors.Is(err, desk.ErrNotFound):
			return fmt.Errorf("look up the call of %s: %w", conversation, err)
		}
		for _, id := range owned {
			c, err := tx.Call(id)
			if err != nil {
				return fmt.Errorf("look up call %s: %w", id, err)
			}
			if c.State == desk.CallEnded {
				rows = append(rows, *c)
			}
		}
		return nil
	})
	if err != nil {
		if ctx.Err() == nil {
			m.log.Error().Err(err).Msg("A call cannot be read")
			m.Changed([]desk.ConversationID{conversation})
			pause(ctx, tellAgain)
		}
		return
	}
	for _, row := range rows {
		if c := m.owner(row.ID); c != nil {
			c.do(func() { c.changed(row) })
		} else if row.State == desk.CallJoining || row.State == desk.CallActive {
			m.start(row, places[row.ID])
		}
	}
}

func (m *Manager) ownedOf(conversation desk.ConversationID) []desk.CallID {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []desk.CallID
	for id, c := range m.calls {
		if c.conversation == conversation {
			out = append(out, id)
		}
	}
	return out
}

// start gives a call its owner, unless it has one.
func (m *Manager) start(row desk.Call, place desk.CallPlace) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls[row.ID] != nil || m.ctx.Err() != nil {
		return
	}
	c := newCall(m, row, place)
	m.calls[row.ID] = c
	m.begin(func() {
		c.run()
		m.mu.Lock()
		delete(m.calls, row.ID)
		m.mu.Unlock()
	})
}

// placeOf reads where a call's puppet takes part.
func placeOf(tx desk.Tx, c *desk.Call) (desk.CallPlace, error) {
	conversation, err := tx.Conversation(c.Conversation)
	if err != nil {
		return desk.CallPlace{}, fmt.Errorf("look up conversation of call %s: %w", c.ID, err)
	}
	return desk.CallPlace{
		Room: desk.PortalRoom(c.Portal), Customer: conversation.Customer, Device: c.Device, Service: c.Service, Kind: c.Kind,
	}, nil
}
