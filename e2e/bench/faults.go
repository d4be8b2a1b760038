package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	mxevent "maunium.net/go/mautrix/event"

	"frontdesk/internal/devstack"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// callFault strikes a running call and returns when it is healed, or over, on both sides.
type callFault struct {
	name  string
	goal  float64 // seconds, by the deadlines that calls have: docs/decisions/calls-media.md and calls-in-the-desk.md
	after func(*callHouse, context.Context, *caller) error
}

var allCallFaults = []callFault{
	{"sfu_killed_heals", 20, (*callHouse).killSFU},            // a call is given up after so long without a media server
	{"gateway_killed_heals", 20, (*callHouse).killGateway},    // the homeserver takes the puppet out of the session then
	{"visitor_vanished_ends", 20, (*callHouse).loseVisitor},   // 15 s without the page, and words
	{"operator_vanished_ends", 30, (*callHouse).loseOperator}, // 18 s of silence as Element has them, 4 s without staff, and words
}

// callFaults: how long a call is disturbed by what happens to one part of it, from the fault until both sides see each other again or know that it
// is over: the visitor in the page, the operator in the room, whose session the customer has left.
func callFaults(ctx context.Context, sc scale, r *report, notes io.Writer) (err error) {
	h, err := openCallHouse(ctx, notes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if h.way, err = devstack.NewProxy(strings.TrimPrefix(h.stack.LiveKit.URL, "ws://")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.way.Close()) }()
	calls := 0
	for _, fault := range allCallFaults {
		var all []time.Duration
		for range sc.rounds {
			took, err := h.disturb(ctx, calls, fault)
			if err != nil {
				return fmt.Errorf("%s: %w", fault.name, err)
			}
			h.note("%s after %.1f s", fault.name, took.Seconds())
			all = append(all, took)
			calls++
		}
		r.add(figure{"call_fault_" + fault.name, median(all).Seconds(), "s", atMost(fault.goal)})
	}
	return nil
}

// disturb makes a call, has the fault strike and tells how long it took until all was well.
func (h *callHouse) disturb(ctx context.Context, i int, fault callFault) (time.Duration, error) {
	c, err := h.newCaller(ctx, i)
	if err != nil {
		return 0, err
	}
	defer c.close()
	ctx, cancel := context.WithTimeout(ctx, callSetUp)
	defer cancel()
	began := time.Now()
	err = fault.after(h, ctx, c)
	return time.Since(began), err
}

// killSFU kills the media server and starts it at once. The operator's client enters again as soon as it is let in.
func (h *callHouse) killSFU(ctx context.Context, c *caller) error {
	if err := h.stack.LiveKit.Kill(); err != nil {
		return err
	}
	toVisitor := c.anew()
	c.operator.leave()
	if err := h.stack.LiveKit.Start(ctx); err != nil {
		return err
	}
	if err := h.enter(ctx, c, nil); err != nil {
		return err
	}
	return arrive(ctx, toVisitor, c.operator.began)
}

// killGateway kills Frontdesk and starts it at once. The page connects anew when it has its socket again.
func (h *callHouse) killGateway(ctx context.Context, c *caller) error {
	if err := h.stack.Frontdesk.Kill(); err != nil {
		return err
	}
	c.drop()
	if err := h.stack.Frontdesk.Start(ctx); err != nil {
		return err
	}
	toVisitor, toOperator := c.anew(), c.operator.anew()
	if err := c.visitor.Ready(ctx); err != nil {
		return err
	}
	if err := c.connect(ctx); err != nil {
		return err
	}
	return arrive(ctx, toVisitor, toOperator)
}

// loseVisitor closes the visitor's page without a word.
func (h *callHouse) loseVisitor(ctx context.Context, c *caller) error {
	c.drop()
	c.visitor.Close()
	return h.over(ctx, c)
}

// loseOperator cuts the operator's client off: it says no word, neither to the media server nor to the homeserver, which has promised to take it
// out of the session when it is silent.
func (h *callHouse) loseOperator(ctx context.Context, c *caller) error {
	_, err := h.anna.Client.SendStateEvent(ctx, c.room, memberType, h.memberKey(c.device), struct{}{}, mautrix.ReqSendEvent{UnstableDelay: silentStaff})
	if err != nil {
		return fmt.Errorf("promise to leave: %w", err)
	}
	h.way.Refuse(true)
	defer h.way.Refuse(false)
	h.way.CutAll()
	c.operator.leave()
	err = c.visitor.Until(ctx, func(v widgettest.View) bool {
		_, told := v.Find(func(m protocol.Message) bool {
			return strings.Contains(m.Text, "Видеозвонок завершён") || strings.Contains(m.Text, "Video call ended")
		})
		return told && v.State().Call == nil
	})
	if err != nil {
		return err
	}
	return h.over(ctx, c)
}

// silentStaff is how long Element lets the homeserver wait for a sign of it.
const silentStaff = 18 * time.Second

// over waits until the operator's room tells of the end, and the customer takes no part in its session.
func (h *callHouse) over(ctx context.Context, c *caller) error {
	_, err := h.anna.WaitFor(ctx, func(e *mxevent.Event) bool {
		m := e.Content.AsMessage()
		return e.RoomID == c.room && e.Type == mxevent.EventMessage && m != nil && strings.Contains(m.Body, "by video")
	})
	if err != nil {
		return fmt.Errorf("wait for the end in the room: %w", err)
	}
	for ctx.Err() == nil {
		state, err := h.anna.Client.State(ctx, c.room)
		if err != nil {
			return fmt.Errorf("read who is in the session: %w", err)
		}
		left := true
		for _, e := range state[memberType] {
			if e.Sender != h.anna.ID && len(e.Content.Raw) > 0 {
				left = false
			}
		}
		if left {
			return nil
		}
		pause(ctx, 100*time.Millisecond)
	}
	return fmt.Errorf("the customer stays in the session: %w", ctx.Err())
}

// arrive waits until pictures have come on all ways.
func arrive(ctx context.Context, ways ...<-chan struct{}) error {
	for _, way := range ways {
		select {
		case <-way:
		case <-ctx.Done():
			return errors.New("no picture came")
		}
	}
	return nil
}
