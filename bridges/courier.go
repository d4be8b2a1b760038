package bridges

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Journal is what of the journal a courier needs.
type Journal interface {
	Read(context.Context, func(journal.Tx) error) error
	Write(context.Context, func(journal.Tx) error) error
	DecideWith(context.Context, func(journal.Tx) error, ...desk.Input) error
}

const (
	atOnce      = 16 // chats served at the same time
	sendTimeout = 90 * time.Second
	sendRate    = 32 << 10 // bytes a second below which sending files is broken off
	behindPage  = 200
	sweepEvery  = time.Minute
	backoffMin  = 500 * time.Millisecond
	backoffMax  = time.Minute
	grantLasts  = time.Second // a right to send that was not used in time is asked for anew
)

// Courier brings the log of a channel's conversations to its customers: each conversation in order, one step at a time, conversations side by
// side. What it knows lies in the journal, so that it goes on after a crash where it was.
type Courier struct {
	channel Channel
	journal Journal
	now     desk.Clock
	log     zerolog.Logger
	pace    *pace
	changed chan struct{}

	mu      sync.Mutex
	lanes   map[desk.ConversationID]*lane
	running int
	away    away
}

// lane is a conversation with something to do.
type lane struct {
	due      time.Time
	running  bool
	again    bool // something was added while it ran
	granted  bool // it may send when it is due
	failures int  // in a row
}

// away is the time in which the other side does not answer; one probe at a time looks whether it is back.
type away struct {
	on      bool
	probing bool
	failed  int
	probeAt time.Time
}

// NewCourier makes the courier of a channel.
func NewCourier(c Channel, j Journal, l Limits, now desk.Clock, log zerolog.Logger) *Courier {
	return &Courier{
		channel: c, journal: j, now: now, log: log, pace: newPace(l),
		changed: make(chan struct{}, 1), lanes: make(map[desk.ConversationID]*lane),
	}
}

// Wake tells that a conversation has something new for its customer. It does not block.
func (c *Courier) Wake(id desk.ConversationID) {
	c.mu.Lock()
	c.wake(id, c.now())
	c.mu.Unlock()
	c.poke()
}

func (c *Courier) wake(id desk.ConversationID, due time.Time) {
	l := c.lanes[id]
	switch {
	case l == nil:
		c.lanes[id] = &lane{due: due}
	case l.running:
		l.again = true
	}
}

func (c *Courier) poke() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. What is being sent then has sendTimeout to be finished.
func (c *Courier) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	c.load(ctx)
	for {
		wait := time.NewTimer(c.start(ctx, &workers))
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil
		case <-c.changed:
		case <-wait.C:
		case <-sweep.C:
			c.load(ctx)
		}
		wait.Stop()
	}
}

// load wakes every conversation with something to do.
func (c *Courier) load(ctx context.Context) {
	for after := ""; ; {
		var chats []journal.Chat
		err := c.journal.Read(ctx, func(tx journal.Tx) (err error) {
			chats, err = tx.ChatsBehind(c.channel.Source(), after, behindPage)
			return err
		})
		if err != nil {
			if ctx.Err() == nil {
				c.log.Err(err).Msg("Failed to look for what is to be sent")
			}
			return
		}
		c.mu.Lock()
		for i := range chats {
			c.wake(chats[i].Conversation, c.now())
		}
		c.mu.Unlock()
		if len(chats) < behindPage {
			return
		}
		after = chats[len(chats)-1].ID
	}
}

// start starts what may start, the longest waiting first, and tells how long nothing else will.
func (c *Courier) start(ctx context.Context, workers *sync.WaitGroup) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.away.on {
		return c.probe(ctx, workers, now)
	}
	for c.running < atOnce {
		id, l := c.next()
		if l == nil {
			return sweepEvery
		}
		if l.due.After(now) {
			return l.due.Sub(now)
		}
		granted := l.granted && now.Sub(l.due) < grantLasts
		l.running, l.again, l.granted = true, false, false
		c.running++
		failures := l.failures
		workers.Go(func() { c.end(id, c.step(ctx, id, failures, granted)) })
	}
	return sweepEvery // a worker's end wakes us
}

// next gives the conversation that waits to be worked first.
func (c *Courier) next() (first desk.ConversationID, found *lane) {
	for id, l := range c.lanes {
		if !l.running && (found == nil || l.due.Before(found.due)) {
			first, found = id, l
		}
	}
	return first, found
}

// outcome is what a step leaves behind.
type outcome struct {
	more    bool          // there may be more to do
	after   time.Duration // not before
	held    bool          // by the limits: nothing was tried
	granted bool          // then it may send
	failed  bool          // what may be done twice has an unknown outcome and is done again, ever later
	err     error         // of our own machinery
}

// end takes a lane back from its worker.
func (c *Courier) end(id desk.ConversationID, out outcome) {
	c.mu.Lock()
	l := c.lanes[id]
	l.running = false
	c.running--
	switch {
	case out.err != nil:
		l.failures++
		l.due = c.now().Add(doubling(l.failures))
		c.log.Err(out.err).Str("conversation", string(id)).Msg("Failed to bring a conversation to its customer")
	case out.failed:
		l.failures++
		l.due = c.now().Add(doubling(l.failures))
	case out.more || l.again:
		l.due, l.granted = c.now().Add(out.after), out.granted
		if !out.held {
			l.failures = 0
		}
	default:
		delete(c.lanes, id)
	}
	c.mu.Unlock()
	c.poke()
}

func doubling(failures int) time.Duration {
	return min(backoffMin<<min(failures-1, 10), backoffMax)
}

// lost notes that the other side does not answer.
func (c *Courier) lost(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away.on {
		return
	}
	c.log.Warn().Err(err).Str("channel", c.channel.Source()).Msg("The channel does not answer")
	c.away = away{on: true, failed: 1, probeAt: c.now().Add(doubling(1))}
}

// probe looks at its time whether the other side is back: before anything is sent into the dark, whose outcome nobody would know.
func (c *Courier) probe(ctx context.Context, workers *sync.WaitGroup, now time.Time) time.Duration {
	if c.away.probing {
		return sweepEvery
	}
	if c.away.probeAt.After(now) {
		return c.away.probeAt.Sub(now)
	}
	c.away.probing = true
	workers.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, sendTimeout)
		err := c.channel.Probe(ctx)
		cancel()
		c.mu.Lock()
		if err == nil {
			c.log.Info().Str("channel", c.channel.Source()).Msg("The channel answers again")
			c.away = away{}
		} else {
			c.away.failed++
			c.away.probing, c.away.probeAt = false, c.now().Add(doubling(c.away.failed))
			if after, told := laterBy(err); told {
				c.away.probeAt = c.now().Add(after)
			}
		}
		c.mu.Unlock()
		c.poke()
	})
	return sweepEvery
}

// IsAway reports whether the other side does not answer.
func (c *Courier) IsAway() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.away.on
}

// step does the next thing that is to be done of a conversation, which failed so often before; granted says that it may send.
func (c *Courier) step(ctx context.Context, id desk.ConversationID, failures int, granted bool) (out outcome) {
	defer func() {
		if v := recover(); v != nil {
			out = outcome{err: fmt.Errorf("panic: %v", v)}
		}
	}()
	var t *task
	err := c.journal.Read(ctx, func(tx journal.Tx) (err error) {
		t, err = c.look(tx, id)
		return err
	})
	switch {
	case errors.Is(err, errNotOurs):
		return outcome{}
	case err != nil && ctx.Err() != nil:
		return outcome{}
	case err != nil:
		return outcome{err: err}
	}
	t.failures = failures
	if t.weight > 0 && !granted {
		c.pace.hold(t.chat.ID, t.chat.Wait)
		if wait, reserved := c.pace.take(t.chat.ID, t.weight, c.now()); wait > 0 {
			return outcome{more: true, after: wait, held: true, granted: reserved}
		}
	}
	// Our end does not break off what is on its way: nobody would know what became of it.
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout+time.Duration(t.bytes/sendRate)*time.Second)
	defer cancel()
	// A large file is not waited for so long: until its last byte has left us, it was certainly not sent.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(sendTimeout, cancel) })()
	return t.do(work)
}

// Beside does something in a chat that is not of the log, and counts as so many messages there: in its turn, and again when the other side
// tells to wait.
func (c *Courier) Beside(ctx context.Context, chat string, messages int, f func(context.Context) error) error {
	for {
		if messages > 0 {
			if err := c.turn(ctx, chat, messages); err != nil {
				return err
			}
		}
		err := f(ctx)
		after, told := laterBy(err)
		if !told {
			return err
		}
		c.pace.hold(chat, c.now().Add(after))
		if err := wait(ctx, after); err != nil {
			return err
		}
	}
}

// turn waits until something may be sent to a chat.
func (c *Courier) turn(ctx context.Context, chat string, messages int) error {
	for {
		after, reserved := c.pace.take(chat, messages, c.now())
		if after <= 0 {
			return nil
		}
		if err := wait(ctx, after); err != nil || reserved {
			return err
		}
	}
}

// Spare does in a chat what may be left out, and counts as nothing there, unless that would keep a message waiting. It reports whether it was done.
func (c *Courier) Spare(ctx context.Context, chat string, f func(context.Context) error) (bool, error) {
	if !c.pace.spare(chat, c.now()) {
		return false, nil
	}
	err := f(ctx)
	if after, told := laterBy(err); told {
		c.pace.hold(chat, c.now().Add(after))
		return false, nil
	}
	return err == nil, err
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
