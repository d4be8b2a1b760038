package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"frontdesk/widgetgw/protocol"
)

// gateway says where visitors connect.
type gateway struct {
	URL    string `json:"url"` // http://host:port
	Site   string `json:"site"`
	Origin string `json:"origin"`
}

// socket is one visitor's connection, with nothing around it: no outbox, no reconnecting. say may be called concurrently.
type socket struct {
	conn *websocket.Conn
	mu   sync.Mutex // one writer at a time
}

// Small buffers: the client process holds ten thousand of these.
var pool sync.Pool

// dial connects, from the given local address if there is one.
func dial(ctx context.Context, g gateway, from net.Addr) (*socket, error) {
	d := websocket.Dialer{
		NetDialContext:   (&net.Dialer{LocalAddr: from, Timeout: 20 * time.Second}).DialContext,
		HandshakeTimeout: 20 * time.Second,
		Subprotocols:     []string{protocol.Subprotocol},
		ReadBufferSize:   512,
		WriteBufferSize:  512,
		WriteBufferPool:  &pool,
	}
	address := "ws" + strings.TrimPrefix(g.URL, "http") + "/w/v1/socket?site=" + url.QueryEscape(g.Site)
	conn, answer, err := d.DialContext(ctx, address, http.Header{"Origin": {g.Origin}})
	if err != nil {
		if answer != nil {
			return nil, fmt.Errorf("connect to the gateway: %s: %w", answer.Status, err)
		}
		return nil, fmt.Errorf("connect to the gateway: %w", err)
	}
	return &socket{conn: conn}, nil
}

func (s *socket) say(frame any) error {
	raw, err := protocol.Encode(frame)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return fmt.Errorf("say to the gateway: %w", err)
	}
	if err := s.conn.WriteMessage(websocket.TextMessage, raw); err != nil {
		return fmt.Errorf("say to the gateway: %w", err)
	}
	return nil
}

// hear reads the next frame that this protocol version knows.
func (s *socket) hear() (any, error) {
	for {
		_, raw, err := s.conn.ReadMessage()
		if err != nil {
			return nil, fmt.Errorf("hear from the gateway: %w", err)
		}
		frame, err := protocol.ParseServer(raw)
		if err == nil {
			return frame, nil
		}
		if !json.Valid(raw) {
			return nil, fmt.Errorf("hear from the gateway: %w", err)
		}
	}
}

// hello introduces the visitor and waits to be welcomed.
func (s *socket) hello(token string, rev int64, tab string) (protocol.Welcome, error) {
	if err := s.say(protocol.Hello{V: protocol.Version, Token: token, Rev: rev, Lang: "en", Tab: tab}); err != nil {
		return protocol.Welcome{}, err
	}
	for {
		frame, err := s.hear()
		if err != nil {
			return protocol.Welcome{}, err
		}
		switch f := frame.(type) {
		case protocol.Welcome:
			return f, nil
		case protocol.Bye:
			return protocol.Welcome{}, fmt.Errorf("said hello and was told to go: %s", f.Reason)
		}
	}
}

// start opens a session and gives its token.
func (s *socket) start(cid string) (string, error) {
	if err := s.say(protocol.Start{CID: cid}); err != nil {
		return "", err
	}
	for {
		frame, err := s.hear()
		if err != nil {
			return "", err
		}
		switch f := frame.(type) {
		case protocol.Session:
			return f.Token, nil
		case protocol.Nack:
			return "", fmt.Errorf("no session: %s", f.Code)
		case protocol.Ping:
			if err := s.say(protocol.Pong(f)); err != nil {
				return "", err
			}
		}
	}
}

func (s *socket) close() { _ = s.conn.Close() }
