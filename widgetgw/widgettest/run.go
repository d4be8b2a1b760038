package widgettest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"frontdesk/widgetgw/protocol"
)

// run keeps the visitor connected.
func (c *Client) run(ctx context.Context) {
	defer close(c.done)
	pause := c.o.BackOff
	for {
		welcomed, err := c.visit(ctx)
		again, ok := c.lost(err)
		if ctx.Err() != nil || !ok {
			c.end(errors.Join(ErrEnded, err))
			return
		}
		if welcomed {
			pause = c.o.BackOff
		}
		wait := time.NewTimer(again + pause/2 + time.Duration(rand.Int64N(int64(pause/2+1))))
		pause = min(2*pause, c.o.BackOffMax)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			c.end(ErrEnded)
			return
		}
	}
}

// lost notes how a connection ended, and tells when and whether to come back.
func (c *Client) lost(err error) (time.Duration, bool) {
	code := CloseCode(err)
	var refused *HandshakeError
	if errors.As(err, &refused) {
		switch refused.Status {
		case http.StatusForbidden:
			code = protocol.BadOrigin
		case http.StatusNotFound:
			code = protocol.BadSite
		case http.StatusTooManyRequests:
			code = protocol.TooMany
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.codes = append(c.codes, code)
	c.conn, c.live, c.asked = nil, false, time.Time{}
	if code == protocol.BadToken {
		c.token, c.rev, c.startCID = "", 0, NewCID()
	}
	c.notify()
	again, ok := code.Again()
	return again, ok && (code != protocol.BadToken || c.o.Token == "")
}

func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = err
	for _, a := range c.outbox {
		a.err = err
		close(a.done)
	}
	c.outbox = nil
	c.notify()
}

// visit is one connection from dial to its end.
func (c *Client) visit(ctx context.Context) (welcomed bool, err error) {
	o := c.o
	dialing, cancel := context.WithTimeout(ctx, c.o.Silence)
	conn, err := Dial(dialing, o)
	cancel()
	if err != nil {
		return false, err
	}
	defer conn.Close()
	c.mu.Lock()
	c.conn, c.lastIn = conn, time.Now()
	c.dials++
	c.write(protocol.Hello{V: protocol.Version, Token: c.token, Rev: c.rev, Lang: o.Lang, Page: o.Page, Tab: c.startCID})
	c.mu.Unlock()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	watched := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(watched)
		c.watch(conn, stop)
	}()
	defer func() {
		close(stop)
		<-watched
	}()
	for {
		frame, err := conn.Next()
		if err != nil {
			return welcomed, err
		}
		if c.o.OnFrame != nil {
			c.o.OnFrame(frame)
		}
		if err := c.take(frame); err != nil {
			return welcomed, err
		}
		if _, ok := frame.(protocol.Welcome); ok {
			welcomed = true
		}
	}
}

// watch pings a quiet connection and cuts one that has died: nothing for Silence after a question.
func (c *Client) watch(conn *Conn, stop <-chan struct{}) {
	tick := time.NewTicker(c.o.Silence / 10)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-tick.C:
			c.mu.Lock()
			switch {
			case !c.asked.IsZero() && now.Sub(c.asked) >= c.o.Silence:
				_ = conn.NetConn().Close()
			case c.asked.IsZero() && now.Sub(c.lastIn) >= c.o.Silence/2:
				c.write(protocol.Ping{N: now.UnixMilli()})
			}
			c.mu.Unlock()
		}
	}
}

// take works one frame from the gateway.
func (c *Client) take(frame any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.notify()
	c.lastIn, c.asked = time.Now(), time.Time{}
	switch f := frame.(type) {
	case protocol.Welcome:
		c.welcome, c.state, c.live = &f, f.State, true
		c.welcomes++
		if c.token != "" {
			c.resend()
		}
	case protocol.Session:
		if f.CID != c.startCID {
			return fmt.Errorf("session for %q, asked as %q", f.CID, c.startCID)
		}
		if c.token == "" {
			c.token = f.Token
			c.resend()
		}
	case protocol.MessageFrame:
		if f.M.Rev <= c.rev && c.messages[f.M.ID].Rev < f.M.Rev {
			return fmt.Errorf("message %s of rev %d after rev %d", f.M.ID, f.M.Rev, c.rev)
		}
		c.upsert(f.M)
		c.rev = max(c.rev, f.M.Rev)
	case protocol.History:
		for _, m := range f.Ms {
			c.upsert(m)
		}
		c.older[f.Before] = f
	case protocol.StateFrame:
		c.state = f.State
	case protocol.TypingNews:
		c.typing = &f
	case protocol.Ack:
		c.settle(f.CID, f, nil)
	case protocol.Nack:
		c.settle(f.CID, protocol.Ack{}, &Nacked{f})
	case protocol.Ping:
		c.write(protocol.Pong(f))
	}
	return nil
}

func (c *Client) upsert(m protocol.Message) {
	if m.Rev > c.messages[m.ID].Rev {
		c.messages[m.ID] = m
	}
}

// resend repeats everything that has not been acknowledged, in order.
func (c *Client) resend() {
	for _, a := range c.outbox {
		c.write(a.frame)
	}
}

func (c *Client) settle(cid string, ack protocol.Ack, err error) {
	for i, a := range c.outbox {
		if a.CID == cid {
			c.outbox = append(c.outbox[:i], c.outbox[i+1:]...)
			a.ack, a.err = ack, err
			close(a.done)
			return
		}
	}
}
