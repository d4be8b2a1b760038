package calls

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
)

// waitLong is the upper limit of what a busy machine may take for anything.
const waitLong = 60 * time.Second

// office stands for everything around a Manager but the media server: desk, the homeserver, the gateway. It has one call.
type office struct {
	t       *testing.T
	manager *Manager
	room    string  // in the media server
	fenced  bool    // pages reach us through the TURN server only
	sfuURL  string  // for the puppet
	wire    network // between pages and us; nil for none
	figures *prometheus.Registry
	stop    context.CancelFunc
	ended   chan struct{}

	mu      sync.Mutex
	row     desk.Call
	members []desk.CallMember
	told    []desk.Input
	signals []desk.CallSignal
	away    bool // the page's connection
	sitting bool
	rises   int
	enters  int
	places  []desk.CallPlace // of Sit
	refuse  error            // what Enter answers
	nowhere bool             // the homeserver names no service
	drops   int              // how often desk does nothing about both sides being connected
	asks    int              // for one
	held    chan struct{}    // Enter waits until it is closed
	deaf    chan struct{}    // so does what is signalled to the page
	changed chan struct{}
}

const (
	testCall  desk.CallID         = "CALL"
	testTalk  desk.ConversationID = "TALK"
	testTab                       = "tab-1"
	puppet                        = "@visitor:test:WEB"
	annaID    desk.UserID         = "@anna:test"
	borisID   desk.UserID         = "@boris:test"
	annaPhone                     = "PHONE"
)

func member(user desk.UserID, device string) desk.CallMember {
	return desk.CallMember{User: user, Device: device, Key: "_" + string(user) + "_" + device + "_m.call"}
}

// newOffice runs a Manager with a call that was just answered, and Anna in its session.
func newOffice(t *testing.T, kind desk.CallKind, change ...func(*office, *Manager)) *office {
	t.Helper()
	leaks := goleak.IgnoreCurrent()
	o := &office{
		t: t, room: "room-" + t.Name(), sfuURL: sfu.URL, changed: make(chan struct{}),
		row: desk.Call{
			ID: testCall, Conversation: testTalk, Kind: kind, State: desk.CallJoining, Tab: testTab, Device: "WEB",
			Service: "http://tokens.test",
		},
		members: []desk.CallMember{member(annaID, "DESK")},
	}
	if err := sfu.CreateRoom(t.Context(), o.room); err != nil {
		t.Fatal(err)
	}
	o.again(change...)
	t.Cleanup(func() {
		o.close()
		goleak.VerifyNone(t, leaks,
			// Of the media server's process and its API, which are the tests'.
			goleak.IgnoreAnyFunction("os/exec.(*Cmd).Wait"),
			goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
	})
	return o
}

// again runs a Manager.
func (o *office) again(change ...func(*office, *Manager)) {
	o.t.Helper()
	o.figures = prometheus.NewRegistry()
	m, err := New(o.t.Context(), Options{
		Config:  Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", VideoBitrate: 1_200_000, ShareBitrate: 2_500_000},
		Journal: o, Engine: o, Session: o, Visitors: o, Now: time.Now,
		Log: zerolog.New(zerolog.NewTestWriter(o.t)).Level(zerolog.InfoLevel), Registerer: o.figures,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, f := range change {
		f(o, m)
	}
	o.mu.Lock()
	o.manager = m
	o.mu.Unlock()
	ctx, stop := context.WithCancel(context.Background())
	o.stop, o.ended = stop, make(chan struct{})
	ended := o.ended
	go func() {
		defer close(ended)
		_ = m.Run(ctx)
	}()
}

// close ends the Manager as the program's end does.
func (o *office) close() {
	o.stop()
	select {
	case <-o.ended:
	case <-time.After(waitLong):
		o.t.Error("the manager does not end")
	}
}

// note is called under the lock when something has changed that a test may wait for.
func (o *office) note() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// wait waits until a condition on what the office knows holds.
func (o *office) wait(what string, condition func() bool) {
	o.t.Helper()
	deadline := time.After(waitLong)
	for {
		o.mu.Lock()
		ok, changed := condition(), o.changed
		o.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			o.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// set changes what desk has stored and lets the Manager know.
func (o *office) set(change func()) {
	o.mu.Lock()
	change()
	o.note()
	o.mu.Unlock()
	o.manager.Changed([]desk.ConversationID{testTalk})
}

// ended tells whether the call was ended, and why.
func (o *office) over() (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.row.Reason, o.row.State == desk.CallEnded
}

// Desk.

// rows is as much of a transaction as the Manager reads.
type rows struct {
	journal.Tx
	office *office
}

func (r rows) Call(id desk.CallID) (*desk.Call, error) {
	if id != r.office.row.ID {
		return nil, desk.ErrNotFound
	}
	c := r.office.row
	return &c, nil
}

func (r rows) CallOf(id desk.ConversationID) (*desk.Call, error) {
	if id != testTalk || r.office.row.State == desk.CallEnded {
		return nil, desk.ErrNotFound
	}
	return r.Call(testCall)
}

func (r rows) CallsToTend() ([]desk.Call, error) {
	c := r.office.row
	if c.State == desk.CallJoining || c.State == desk.CallActive || c.State == desk.CallEnded && c.Seated {
		return []desk.Call{c}, nil
	}
	return nil, nil
}

func (r rows) Conversation(id desk.ConversationID) (*desk.Conversation, error) {
	return &desk.Conversation{ID: id, Customer: "VISITOR"}, nil
}

func (o *office) Read(_ context.Context, fn func(journal.Tx) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fn(rows{office: o})
}

func (o *office) Decide(ctx context.Context, in ...desk.Input) (desk.Decision, error) {
	o.mu.Lock()
	for _, in := range in {
		o.told = append(o.told, in)
		switch in := in.(type) {
		case desk.CallUp:
			if o.drops > 0 { // and nothing has changed
				o.drops--
				o.mu.Unlock()
				return desk.Decision{}, ctx.Err()
			}
			o.row.State = desk.CallActive
		case desk.CallDown:
			o.row.State, o.row.Reason = desk.CallEnded, in.Reason
		case desk.CallSeat:
			o.row.Seated = in.Seated
		}
	}
	o.note()
	o.mu.Unlock()
	o.manager.Changed([]desk.ConversationID{testTalk})
	return desk.Decision{}, ctx.Err()
}

func (o *office) CallStaff(desk.Tx, time.Time, *desk.Call) ([]desk.CallMember, error) {
	return slices.Clone(o.members), nil
}

// The homeserver.

func (o *office) Service(context.Context) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asks++
	o.note()
	if o.nowhere {
		return "", &desk.CallFault{Reason: reasonService, Final: true, Err: errors.New("none")}
	}
	return "http://tokens.test", nil
}

func (o *office) Enter(ctx context.Context, p desk.CallPlace) (desk.CallAccess, error) {
	o.mu.Lock()
	refuse, held := o.refuse, o.held
	o.enters++
	o.note()
	o.mu.Unlock()
	if held != nil {
		<-held
	}
	if refuse != nil {
		return desk.CallAccess{}, refuse
	}
	// As the token service does it: the room is made for those who ask.
	if err := sfu.CreateRoom(ctx, o.room); err != nil {
		return desk.CallAccess{}, &desk.CallFault{Reason: reasonService, Err: err}
	}
	return desk.CallAccess{URL: o.sfuURL, Token: o.token("@visitor:test:" + p.Device)}, nil
}

func (o *office) token(identity string) string {
	return sfu.Token(identity, devstack.LiveKitGrant{Room: o.room, RoomJoin: true, CanPublish: true, CanSubscribe: true})
}

func (o *office) Sit(ctx context.Context, p desk.CallPlace) error {
	o.mu.Lock()
	o.places = append(o.places, p)
	o.mu.Unlock()
	o.setSitting(true)
	<-ctx.Done()
	o.setSitting(false)
	return nil
}

func (o *office) setSitting(on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sitting = on
	o.note()
}

// Identities are not the real ones: what they look like is of no interest here.
func (o *office) Identities(m desk.CallMember) []string {
	return []string{string(m.User) + ":" + m.Device, "hash-of-" + m.Key}
}

func (o *office) Rise(context.Context, desk.CallPlace) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rises++
	o.note()
	return nil
}

// The gateway.

func (o *office) Signal(_ desk.ConversationID, tab string, call desk.CallID, s desk.CallSignal) bool {
	o.mu.Lock()
	deaf := o.deaf
	o.mu.Unlock()
	if deaf != nil {
		<-deaf
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away || tab != testTab || call != testCall {
		return false
	}
	o.signals = append(o.signals, s)
	o.note()
	return true
}

// say is what the page says.
func (o *office) say(s desk.CallSignal) {
	o.manager.Signal(o.t.Context(), testTalk, testTab, testCall, s)
}

// last gives the newest signal of a kind to the page.
func last[S desk.CallSignal](o *office) (S, bool) {
	for _, s := range slices.Backward(o.signals) {
		if s, ok := s.(S); ok {
			return s, true
		}
	}
	var none S
	return none, false
}
