package main

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/widgetgw/protocol"
)

// chat is one open conversation, with both ways into its room: the customer's, by a visitor's socket or as a user of Telegram, and the puppet as
// the application service may send it directly.
type chat struct {
	name   string
	token  string // of the visitor's session
	room   string
	puppet person
	user   *telegramtest.User // nil in a visitor's

	gateway gateway
	from    net.Addr
	note    func(format string, args ...any)
	socket  *socket
	closing atomic.Bool
	gone    chan struct{} // closed when the reading of socket has ended
	rev     int64
	acks    *arrivals // by cid
	texts   *arrivals // what the staff says
}

// connect opens the visitor's socket, with a new session the first time, and reads it until it closes.
func (c *chat) connect(ctx context.Context) error {
	s, err := dial(ctx, c.gateway, c.from)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, s.close)
	defer stop()
	if _, err := s.hello(c.token, c.rev, "tab-"+c.name); err != nil {
		s.close()
		return err
	}
	if c.token == "" {
		if c.token, err = s.start("start-" + c.name); err != nil {
			s.close()
			return err
		}
	}
	c.socket, c.gone = s, make(chan struct{})
	c.closing.Store(false)
	go c.read(s)
	return nil
}

func (c *chat) read(s *socket) {
	defer close(c.gone)
	for {
		frame, err := s.hear()
		at := time.Now()
		if err != nil {
			if !c.closing.Load() {
				c.note("%s lost its connection: %v", c.name, err)
			}
			return
		}
		switch f := frame.(type) {
		case protocol.Ack:
			c.acks.arrived(f.CID, at)
		case protocol.Nack:
			c.note("%s was refused %s: %s", c.name, f.CID, f.Code)
		case protocol.MessageFrame:
			c.rev = max(c.rev, f.M.Rev)
			if f.M.From == protocol.FromStaff {
				c.texts.arrived(f.M.Text, at)
			}
		case protocol.Ping:
			if s.say(protocol.Pong(f)) != nil {
				return
			}
		}
	}
}

func (c *chat) disconnect() {
	if c.socket == nil {
		return
	}
	c.closing.Store(true)
	c.socket.close()
	<-c.gone
	c.socket = nil
}

// send says a text, whose cid it is as well. It does not wait for the acknowledgement.
func (c *chat) send(text string) error {
	return c.socket.say(protocol.Send{CID: text, Text: text})
}

// sendAcked says a text and waits for its acknowledgement.
func (c *chat) sendAcked(ctx context.Context, text string) (time.Time, error) {
	if err := c.send(text); err != nil {
		return time.Time{}, err
	}
	return c.acks.wait(ctx, text)
}

// sendDirectly sends as the puppet, past Frontdesk.
func (c *chat) sendDirectly(ctx context.Context, text string) error {
	_, err := c.puppet.send(ctx, c.room, text)
	return err
}

// texts are unique in a run: the name of the measurement, the chat and a number. They serve as cid and transaction id.
func textsFor(what string, c *chat, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s-%s-%05d", what, c.name, i)
	}
	return list
}
