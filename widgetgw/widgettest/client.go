package widgettest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"frontdesk/widgetgw/protocol"
)

// Client is a visitor with one tab. All methods may be called from any goroutine.
type Client struct {
	o      Options
	cancel context.CancelFunc
	done   chan struct{}

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change
	conn     *Conn
	live     bool // welcomed on the present connection
	ended    error
	token    string
	rev      int64
	welcome  *protocol.Welcome
	state    protocol.State
	messages map[string]protocol.Message
	typing   *protocol.TypingNews
	older    map[int64]protocol.History
	outbox   []*Act
	startCID string
	codes    []protocol.CloseCode
	dials    int
	welcomes int
	lastIn   time.Time
	asked    time.Time // when something was sent that has not been answered by anything; zero: nothing
}

// Act is something the visitor did that waits for its acknowledgement. It is repeated, under the same client id, until that comes.
type Act struct {
	CID   string
	frame any
	done  chan struct{}
	ack   protocol.Ack
	err   error
}

// Nacked is the gateway's refusal of an act.
type Nacked struct{ protocol.Nack }

func (e *Nacked) Error() string { return "act refused: " + e.Code }

// ErrEnded: the gateway said not to come back, or the client was closed.
var ErrEnded = errors.New("client has ended")

// Open starts a visitor, who stays connected until Close or until the gateway says never to come back.
func Open(o Options) *Client {
	if o.Silence == 0 {
		o.Silence = 10 * time.Second
	}
	if o.BackOff == 0 {
		o.BackOff = 300 * time.Millisecond
	}
	if o.BackOffMax == 0 {
		o.BackOffMax = 30 * time.Second
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Client{
		o: o, cancel: cancel, done: make(chan struct{}), changed: make(chan struct{}), token: o.Token, rev: o.Rev,
		messages: make(map[string]protocol.Message), older: make(map[int64]protocol.History), startCID: NewCID(),
	}
	go c.run(ctx)
	return c
}

// Close ends the visit and waits for its goroutines.
func (c *Client) Close() {
	c.cancel()
	c.Cut()
	<-c.done
}

// Cut breaks the connection without a word; the client reconnects.
func (c *Client) Cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.NetConn().Close()
	}
}

// notify wakes everybody who waits for a change. c.mu is held.
func (c *Client) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Until waits until ok says so of the client; ok is called with the client locked, through a View.
func (c *Client) Until(ctx context.Context, ok func(View) bool) error {
	for {
		c.mu.Lock()
		fine, ended, changed := ok(View{c}), c.ended, c.changed
		c.mu.Unlock()
		if fine {
			return nil
		}
		if ended != nil {
			return ended
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the client: %w", ctx.Err())
		}
	}
}

// View is what a visitor sees, for the time of a call of Until's function.
type View struct{ c *Client }

func (v View) Live() bool            { return v.c.live }
func (v View) Token() string         { return v.c.token }
func (v View) Rev() int64            { return v.c.rev }
func (v View) State() protocol.State { return v.c.state }
func (v View) Dials() int            { return v.c.dials }
func (v View) Outbox() int           { return len(v.c.outbox) }
func (v View) Staff() (on bool)      { return v.c.typing != nil && v.c.typing.On }
func (v View) Len() int              { return len(v.c.messages) }
func (v View) More() bool            { return v.c.welcome != nil && v.c.welcome.More }
func (v View) Welcome() (w protocol.Welcome) {
	if v.c.welcome != nil {
		w = *v.c.welcome
	}
	return w
}

// Message gives a message's newest state.
func (v View) Message(id string) (protocol.Message, bool) {
	m, ok := v.c.messages[id]
	return m, ok
}

// Find gives the first message, by seq, that is wanted.
func (v View) Find(wanted func(protocol.Message) bool) (protocol.Message, bool) {
	for _, m := range v.Messages() {
		if wanted(m) {
			return m, true
		}
	}
	return protocol.Message{}, false
}

// Messages gives all known messages by seq.
func (v View) Messages() []protocol.Message {
	out := make([]protocol.Message, 0, len(v.c.messages))
	for _, m := range v.c.messages {
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b protocol.Message) int { return int(a.Seq - b.Seq) })
	return out
}

// View calls f with what the visitor sees now.
func (c *Client) View(f func(View)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(View{c})
}

// Messages gives all messages the visitor has been shown, by seq.
func (c *Client) Messages() (out []protocol.Message) {
	c.View(func(v View) { out = v.Messages() })
	return out
}

// Token gives the session's token, "" before Start.
func (c *Client) Token() (token string) {
	c.View(func(v View) { token = v.Token() })
	return token
}

// Closes gives the codes of all closes so far; 0 stands for a broken connection.
func (c *Client) Closes() []protocol.CloseCode {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.codes)
}

// Ready waits until the gateway has welcomed the visitor.
func (c *Client) Ready(ctx context.Context) error { return c.Until(ctx, View.Live) }

// Start opens a session unless there is one.
func (c *Client) Start(ctx context.Context) error {
	for {
		c.mu.Lock()
		if c.token == "" && c.live {
			c.write(protocol.Start{CID: c.startCID})
		}
		welcomes := c.welcomes
		c.mu.Unlock()
		var token string
		err := c.Until(ctx, func(v View) bool {
			token = v.Token()
			return token != "" || c.welcomes > welcomes // asked on a connection that is gone, or too early
		})
		if err != nil || token != "" {
			return err
		}
	}
}

// Send starts a session if need be, sends a message and waits for its acknowledgement.
func (c *Client) Send(ctx context.Context, text string, files ...string) (protocol.Ack, error) {
	return c.Do(ctx, protocol.Send{CID: NewCID(), Text: text, Files: files})
}

// Do performs a durable act (Send, Edit, Delete, React, Choose or Rate with its CID) and waits for its acknowledgement. A refusal is a *Nacked.
func (c *Client) Do(ctx context.Context, frame any) (protocol.Ack, error) {
	if err := c.Start(ctx); err != nil {
		return protocol.Ack{}, err
	}
	a, err := c.Post(frame)
	if err != nil {
		return protocol.Ack{}, err
	}
	return a.Wait(ctx)
}

// Post puts an act into the outbox and does not wait. Acts of a client reach the gateway in this order.
func (c *Client) Post(frame any) (*Act, error) {
	a := &Act{frame: frame, done: make(chan struct{})}
	switch f := frame.(type) {
	case protocol.Send:
		a.CID = f.CID
	case protocol.Edit:
		a.CID = f.CID
	case protocol.Delete:
		a.CID = f.CID
	case protocol.React:
		a.CID = f.CID
	case protocol.Choose:
		a.CID = f.CID
	case protocol.Rate:
		a.CID = f.CID
	case protocol.CallAct:
		a.CID = f.CID
	default:
		return nil, fmt.Errorf("%T is no act", frame)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil {
		return nil, c.ended
	}
	c.outbox = append(c.outbox, a)
	if c.live && c.token != "" {
		c.write(frame)
	}
	c.notify()
	return a, nil
}

// Wait waits for the acknowledgement.
func (a *Act) Wait(ctx context.Context) (protocol.Ack, error) {
	select {
	case <-a.done:
		return a.ack, a.err
	case <-ctx.Done():
		return protocol.Ack{}, fmt.Errorf("wait for an acknowledgement: %w", ctx.Err())
	}
}

// Say sends a frame that needs no acknowledgement (Seen, Got, Typing, Page), if there is a connection.
func (c *Client) Say(frame any) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.live && c.write(frame)
}

// History fetches older messages, adding them to what the visitor sees.
func (c *Client) History(ctx context.Context, before int64, limit int) (protocol.History, error) {
	for {
		c.mu.Lock()
		delete(c.older, before)
		if c.live {
			c.write(protocol.HistoryRequest{Before: before, Limit: limit})
		}
		welcomes := c.welcomes
		c.mu.Unlock()
		var got protocol.History
		var have bool
		err := c.Until(ctx, func(View) bool {
			got, have = c.older[before]
			return have || c.welcomes > welcomes
		})
		if err != nil || have {
			return got, err
		}
	}
}

// Everything fetches history until there is no older message.
func (c *Client) Everything(ctx context.Context) error {
	more := false
	if err := c.Until(ctx, func(v View) bool { more = v.More(); return v.Live() && v.Rev() >= v.Welcome().Rev }); err != nil {
		return err
	}
	for more {
		var oldest int64
		c.View(func(v View) {
			if all := v.Messages(); len(all) > 0 {
				oldest = all[0].Seq
			}
		})
		h, err := c.History(ctx, oldest, protocol.MaxHistory)
		if err != nil {
			return err
		}
		more = h.More && len(h.Ms) > 0
	}
	return nil
}

// write sends on the present connection, whose breaking the reader notices. c.mu is held.
func (c *Client) write(frame any) bool {
	if c.conn == nil {
		return false
	}
	_ = c.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	if err := c.conn.Write(frame); err != nil {
		_ = c.conn.NetConn().Close()
		return false
	}
	if c.asked.IsZero() && answered(frame) {
		c.asked = time.Now()
	}
	return true
}

func answered(frame any) bool {
	switch frame.(type) {
	case protocol.Seen, protocol.Got, protocol.Typing, protocol.Page, protocol.Pong,
		protocol.RTCJoin, protocol.RTCOffer, protocol.RTCICE, protocol.RTCMute:
		return false
	}
	return true
}
