package devstack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Operator is a person's Matrix client: an ordinary account that logs in with its password and syncs, as Element does. It remembers
// all it has seen since it logged in, so waiting for something that has come already returns at once.
//
// It goes on by itself after the homeserver was away. Its methods may be called from several goroutines.
type Operator struct {
	ID     id.UserID
	Client *mautrix.Client // for what Operator has no method for; it does not retry

	transport *http.Transport
	stop      context.CancelFunc
	stopped   sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when something was seen
	events  []*event.Event
	known   map[id.EventID]bool
	rooms   map[id.RoomID]*operatorRoom
}

// operatorRoom is what the client knows of a room.
type operatorRoom struct {
	membership event.Membership // of the operator
	state      map[event.Type]map[string]*event.Event
	receipts   map[id.UserID]map[id.EventID]bool // the public ones
	typing     []id.UserID
}

// Login logs an account in and returns after its first sync.
func Login(ctx context.Context, homeserver, name, password string) (*Operator, error) {
	client, err := mautrix.NewClient(homeserver, "", "")
	if err != nil {
		return nil, fmt.Errorf("make Matrix client: %w", err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	client.Client = &http.Client{Transport: transport, Timeout: 90 * time.Second}
	client.Log = zerolog.Nop()
	client.StateStore = nil
	o := &Operator{
		Client: client, transport: transport, changed: make(chan struct{}),
		known: map[id.EventID]bool{}, rooms: map[id.RoomID]*operatorRoom{},
	}
	_, err = client.Login(ctx, &mautrix.ReqLogin{
		Type:       mautrix.AuthTypePassword,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: name},
		Password:   password, StoreCredentials: true, InitialDeviceDisplayName: "operator",
	})
	if err != nil {
		transport.CloseIdleConnections()
		return nil, fmt.Errorf("log in as %s: %w", name, err)
	}
	o.ID = client.UserID
	since, err := o.syncOnce(ctx, "", 0)
	if err != nil {
		transport.CloseIdleConnections()
		return nil, fmt.Errorf("sync as %s: %w", name, err)
	}
	ctx, o.stop = context.WithCancel(context.WithoutCancel(ctx))
	o.stopped.Go(func() { o.syncForEver(ctx, since) })
	return o, nil
}

// Close stops syncing. The account stays logged in.
func (o *Operator) Close() {
	o.stop()
	o.stopped.Wait()
	o.transport.CloseIdleConnections()
}

// WaitFor gives the first event, timeline or state, that the test accepts, waiting for it if need be. Contents are parsed.
func (o *Operator) WaitFor(ctx context.Context, accept func(*event.Event) bool) (*event.Event, error) {
	var found *event.Event
	looked := 0
	err := o.Until(ctx, func() bool {
		for ; looked < len(o.events); looked++ {
			if accept(o.events[looked]) {
				found = o.events[looked]
				return true
			}
		}
		return false
	})
	return found, err
}

// Until returns when cond holds. It is asked after each sync, while nothing else changes what the operator knows; it must not call
// the operator's methods.
func (o *Operator) Until(ctx context.Context, cond func() bool) error {
	for {
		o.mu.Lock()
		ok, changed := cond(), o.changed
		o.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait as %s: %w", o.ID, ctx.Err())
		}
	}
}

// Invite is a room the operator was asked into, as the client shows it.
type Invite struct {
	Room   id.RoomID
	Name   string
	By     id.UserID
	Reason string
}

// WaitInvite gives the first pending invite that the test accepts.
func (o *Operator) WaitInvite(ctx context.Context, accept func(Invite) bool) (Invite, error) {
	var found Invite
	err := o.Until(ctx, func() bool {
		for roomID, r := range o.rooms {
			if r.membership != event.MembershipInvite {
				continue
			}
			if in := r.invite(roomID, o.ID); accept(in) {
				found = in
				return true
			}
		}
		return false
	})
	return found, err
}

func (r *operatorRoom) invite(roomID id.RoomID, me id.UserID) Invite {
	in := Invite{Room: roomID, Name: r.name()}
	if m := r.state[event.StateMember][string(me)]; m != nil {
		in.By, in.Reason = m.Sender, m.Content.AsMember().Reason
	}
	return in
}

func (r *operatorRoom) name() string {
	if e := r.state[event.StateRoomName][""]; e != nil {
		return e.Content.AsRoomName().Name
	}
	return ""
}

// WaitMembership returns when the operator's membership of a room is m.
func (o *Operator) WaitMembership(ctx context.Context, roomID id.RoomID, m event.Membership) error {
	return o.Until(ctx, func() bool { return o.rooms[roomID] != nil && o.rooms[roomID].membership == m })
}

// WaitRoom gives the first joined room whose current name the test accepts.
func (o *Operator) WaitRoom(ctx context.Context, accept func(name string) bool) (id.RoomID, error) {
	var found id.RoomID
	err := o.Until(ctx, func() bool {
		for roomID, r := range o.rooms {
			if r.membership == event.MembershipJoin && accept(r.name()) {
				found = roomID
				return true
			}
		}
		return false
	})
	return found, err
}

// WaitState returns when the current state event is one that the test accepts; it is asked with nil while there is none.
func (o *Operator) WaitState(ctx context.Context, roomID id.RoomID, t event.Type, key string, accept func(*event.Event) bool) error {
	return o.Until(ctx, func() bool {
		r := o.rooms[roomID]
		return r != nil && accept(r.state[t][key])
	})
}

// WaitReceipt returns when somebody's public receipt stands, or stood, on an event.
func (o *Operator) WaitReceipt(ctx context.Context, roomID id.RoomID, user id.UserID, on id.EventID) error {
	return o.Until(ctx, func() bool { return o.rooms[roomID] != nil && o.rooms[roomID].receipts[user][on] })
}

// WaitTyping returns when somebody is shown as typing, or is not.
func (o *Operator) WaitTyping(ctx context.Context, roomID id.RoomID, user id.UserID, on bool) error {
	return o.Until(ctx, func() bool { return o.rooms[roomID] != nil && slices.Contains(o.rooms[roomID].typing, user) == on })
}

// Rooms gives the joined rooms by name as the client shows them now.
func (o *Operator) Rooms() map[id.RoomID]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	rooms := map[id.RoomID]string{}
	for roomID, r := range o.rooms {
		if r.membership == event.MembershipJoin {
			rooms[roomID] = r.name()
		}
	}
	return rooms
}

// Invites gives the pending invites.
func (o *Operator) Invites() []Invite {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []Invite
	for roomID, r := range o.rooms {
		if r.membership == event.MembershipInvite {
			all = append(all, r.invite(roomID, o.ID))
		}
	}
	return all
}

// Seen gives the events of a room in the order in which they were seen, state included.
func (o *Operator) Seen(roomID id.RoomID) []*event.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	var seen []*event.Event
	for _, e := range o.events {
		if e.RoomID == roomID {
			seen = append(seen, e)
		}
	}
	return seen
}

// ErrNoSuchRoom says that the space has no such child.
var ErrNoSuchRoom = errors.New("no such room")

// Children lists a space's direct children as a client shows them: what the hierarchy API tells this account, in its order.
func (o *Operator) Children(ctx context.Context, space id.RoomID) ([]*mautrix.ChildRoomsChunk, error) {
	depth := 1
	var all []*mautrix.ChildRoomsChunk
	for from := ""; ; {
		page, err := o.Client.Hierarchy(ctx, space, &mautrix.ReqHierarchy{From: from, MaxDepth: &depth, Limit: 50})
		if err != nil {
			return nil, fmt.Errorf("list space %s: %w", space, err)
		}
		all = append(all, page.Rooms...)
		if from = page.NextBatch; from == "" {
			break
		}
	}
	if len(all) == 0 || all[0].RoomID != space {
		return nil, fmt.Errorf("list space %s: %w", space, ErrNoSuchRoom)
	}
	return all[1:], nil
}
