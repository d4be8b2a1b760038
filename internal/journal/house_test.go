package journal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store"
	"frontdesk/store/storetest"
)

// engine is a Decider that does what the text of a customer's message says, so that a test writes down its own rules. It notes every
// fact it is told.
type engine struct {
	mu    sync.Mutex
	facts []desk.Input
	// rules by the first word of the text; "" is for every other.
	rules map[string]func(tx desk.Tx, in desk.CustomerMessage) (desk.Decision, error)
}

func newEngine() *engine {
	e := &engine{rules: make(map[string]func(desk.Tx, desk.CustomerMessage) (desk.Decision, error))}
	e.rules[""] = func(_ desk.Tx, in desk.CustomerMessage) (desk.Decision, error) {
		return desk.Decision{
			Effects: []desk.Effect{post(in)}, Changed: []desk.ConversationID{in.Conversation}, Noted: []desk.ConversationID{in.Conversation},
			Message: &desk.Message{ID: desk.MessageID(in.ClientID)},
		}, nil
	}
	return e
}

// post is the effect of an ordinary message: its text in the conversation's room, under the id of the act.
func post(in desk.CustomerMessage) desk.Post {
	return desk.Post{ID: desk.EffectID(in.ClientID), Room: room(in.Conversation), As: desk.Bot, Text: in.Text}
}

func room(c desk.ConversationID) desk.RoomKey { return desk.PortalRoom(desk.PortalID(c)) }

func (e *engine) Decide(tx desk.Tx, _ time.Time, in desk.Input) (desk.Decision, error) {
	message, ok := in.(desk.CustomerMessage)
	if !ok {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.facts = append(e.facts, in)
		return desk.Decision{}, nil
	}
	word, _, _ := strings.Cut(message.Text, " ")
	rule, ok := e.rules[word]
	if !ok {
		rule = e.rules[""]
	}
	return rule(tx, message)
}

// Answer answers with the id of the room that is asked for.
func (e *engine) Answer(tx desk.Tx, _ time.Time, q desk.Answer) (desk.Post, error) {
	room, err := tx.Room(desk.RoomKey(q.Given))
	if err != nil {
		return desk.Post{}, err
	}
	return desk.Post{ID: q.ID, Room: q.Room, As: desk.Bot, Text: string(room.ID)}, nil
}

// told gives the facts of one type, in order.
func told[T desk.Input](e *engine) []T {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []T
	for _, f := range e.facts {
		if f, ok := f.(T); ok {
			found = append(found, f)
		}
	}
	return found
}

// sink notes what it delivers. answer may fail a delivery or say more about it.
type sink struct {
	mu        sync.Mutex
	delivered []desk.Effect
	attempts  map[desk.EffectID][]journal.Attempt
	answer    func(ctx context.Context, e desk.Effect, a journal.Attempt) (journal.Delivered, error)
}

func newSink() *sink { return &sink{attempts: make(map[desk.EffectID][]journal.Attempt)} }

func (s *sink) Deliver(ctx context.Context, e desk.Effect, a journal.Attempt) (journal.Delivered, error) {
	lane, id, _ := desk.LaneOf(e)
	s.mu.Lock()
	s.attempts[id] = append(s.attempts[id], a)
	answer := s.answer
	s.mu.Unlock()
	out := journal.Delivered{Event: desk.EventID("$" + id)}
	if _, ok := e.(desk.CreateRoom); ok {
		out = journal.Delivered{Room: &desk.Room{Key: lane, ID: desk.RoomID("!" + string(lane)), Version: "12"}}
	}
	if answer != nil {
		said, err := answer(ctx, e, a)
		if err != nil {
			return journal.Delivered{}, err
		}
		out.Applied = said.Applied
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delivered = append(s.delivered, e)
	return out, nil
}

// texts gives the posts delivered to a room, in order.
func (s *sink) texts(room desk.RoomKey) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for _, e := range s.delivered {
		if p, ok := e.(desk.Post); ok && p.Room == room {
			texts = append(texts, p.Text)
		}
	}
	return texts
}

func (s *sink) tries(id desk.EffectID) []journal.Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.attempts[id])
}

// applied is one call of Apply that succeeded.
type applied struct {
	room  desk.RoomKey
	thing string
	value string
	memo  string // given
}

type applier struct {
	mu     sync.Mutex
	calls  []applied
	answer func(ctx context.Context, room desk.Room, d desk.Desire, memo json.RawMessage) (json.RawMessage, error)
}

func (a *applier) Apply(ctx context.Context, room desk.Room, d desk.Desire, memo json.RawMessage) (json.RawMessage, error) {
	a.mu.Lock()
	answer := a.answer
	a.mu.Unlock()
	out := json.RawMessage(`"memo of ` + strings.Trim(string(d.Value), `"`) + `"`)
	if answer != nil {
		said, err := answer(ctx, room, d, memo)
		if err != nil {
			return nil, err
		}
		if said != nil {
			out = said
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, applied{d.Room, d.Thing, string(d.Value), string(memo)})
	return out, nil
}

func (a *applier) done() []applied {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

// house is a journal on a database with scripted surroundings.
type house struct {
	*journal.Journal
	t       *testing.T
	db      *store.DB
	engine  *engine
	sink    *sink
	applier *applier

	mu      sync.Mutex
	opened  chan struct{} // closed by the journal's first look at the database in a run
	changed []desk.ConversationID
	noted   []desk.ConversationID
	ended   int // outages
}

func newHouse(t *testing.T, database storetest.Database, options ...func(*journal.Options)) *house {
	t.Helper()
	h := &house{t: t, db: database.Open(t), engine: newEngine(), sink: newSink(), applier: &applier{}}
	o := journal.Options{DB: opening{h.db, h}, Engine: h.engine, Log: zerolog.Nop()}
	for _, option := range options {
		option(&o)
	}
	h.Journal = journal.New(o)
	h.Source("test", translate)
	h.Deliverer(h.sink)
	h.Applies(h.applier)
	h.OnChanged(func(changed, noted []desk.ConversationID) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.changed = append(h.changed, changed...)
		h.noted = append(h.noted, noted...)
	})
	h.OnOutageEnd(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.ended++
	})
	return h
}

// opening tells when a run has begun: what is stored before that counts as stored by an earlier run.
type opening struct {
	journal.DB
	h *house
}

func (o opening) Read(ctx context.Context, fn func(journal.Tx) error) error {
	err := o.DB.Read(ctx, fn)
	o.h.mu.Lock()
	defer o.h.mu.Unlock()
	if o.h.opened != nil {
		close(o.h.opened)
		o.h.opened = nil
	}
	return err
}

// translate makes a customer's message of the body; the lane names the conversation.
func translate(_ journal.Tx, in journal.Input) ([]desk.Input, error) {
	var text string
	if err := json.Unmarshal(in.Body, &text); err != nil {
		return nil, journal.Permanent(err)
	}
	conversation := desk.ConversationID(strings.TrimPrefix(in.Lane, "lane:"))
	var inputs []desk.Input
	for i, part := range strings.Split(text, " + ") {
		id := in.ID
		if i > 0 {
			id = fmt.Sprintf("%s.%d", in.ID, i)
		}
		inputs = append(inputs, desk.CustomerMessage{Conversation: conversation, ClientID: id, Text: part})
	}
	return inputs, nil
}

// run lets the journal work until the test ends or the function it gives is called.
func (h *house) run() (stop func()) {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended, opened := make(chan error, 1), make(chan struct{})
	h.mu.Lock()
	h.opened = opened
	h.mu.Unlock()
	go func() { ended <- h.Run(ctx) }()
	<-opened
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Errorf("run: %v", err)
		}
	})
	h.t.Cleanup(stop)
	return stop
}

func message(conversation, id, text string) journal.Input {
	body, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return journal.Input{Source: "test:x", ID: id, Lane: "lane:" + conversation, Kind: "message", Body: body}
}

func (h *house) submit(in ...journal.Input) []journal.Outcome {
	h.t.Helper()
	outcomes, err := h.Submit(h.t.Context(), in...)
	if err != nil {
		h.t.Fatalf("submit: %v", err)
	}
	return outcomes
}

func (h *house) read(fn func(journal.Tx) error) {
	h.t.Helper()
	if err := h.Read(h.t.Context(), fn); err != nil {
		h.t.Fatalf("read: %v", err)
	}
}

// effects stores effects as if they had been decided, by way of a rule of the engine.
func (h *house) effects(effects ...desk.Effect) {
	h.t.Helper()
	h.engine.rules["effects"] = func(desk.Tx, desk.CustomerMessage) (desk.Decision, error) {
		return desk.Decision{Effects: effects}, nil
	}
	if _, err := h.Decide(h.t.Context(), desk.CustomerMessage{Text: "effects"}); err != nil {
		h.t.Fatalf("decide effects: %v", err)
	}
}

// exists makes a room that is there already.
func (h *house) exists(keys ...desk.RoomKey) {
	h.t.Helper()
	for _, key := range keys {
		if err := h.Write(h.t.Context(), func(tx journal.Tx) error {
			return tx.PutRoom(&desk.Room{Key: key, ID: desk.RoomID("!" + string(key)), Version: "12"})
		}); err != nil {
			h.t.Fatalf("put room: %v", err)
		}
	}
}

func desire(room desk.RoomKey, thing, value string) desk.Desire {
	return desk.Desire{Room: room, Thing: thing, Value: json.RawMessage(`"` + value + `"`)}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	eventuallyIn(t, 30*time.Second, what, is)
}

// eventuallyIn looks less often when it may take long: in a bubble every look is an event that the clock stops at.
func eventuallyIn(t *testing.T, limit time.Duration, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	ticker := time.NewTicker(max(2*time.Millisecond, limit/36000))
	defer ticker.Stop()
	for !is() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		case <-ticker.C:
		}
	}
}

// inBubble runs a test with a clock of its own that jumps to the next event. PostgreSQL would hold it up: its connections wait for the
// real world.
func inBubble(t *testing.T, test func(*testing.T, storetest.Database)) {
	database := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) { test(t, database) })
}
