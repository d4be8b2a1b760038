package widgettest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"frontdesk/widgetgw/protocol"
)

// Options say which gateway a visitor talks to, and as whom.
type Options struct {
	URL    string // the gateway, "http://127.0.0.1:8080"
	Site   string // site key
	Origin string // of the page
	Token  string // of an earlier session, or ""
	Rev    int64  // what of that session is known already
	Lang   string
	Page   *protocol.Page
	Tab    string // id of the page; "": a new one
	// Dial makes the TCP connections, of uploads too; nil: net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Silence is how long nothing may come after a ping; default 10 s.
	Silence time.Duration
	// BackOff is the first pause before reconnecting, doubling up to BackOffMax; default 0.3 s and 30 s.
	BackOff, BackOffMax time.Duration
	// OnFrame sees every frame from the server, in order, in the client's own goroutine.
	OnFrame func(frame any)
}

// NewCID makes a client id.
func NewCID() string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Conn is one WebSocket to a gateway. Reading and writing may happen at the same time, each from one goroutine.
type Conn struct{ *websocket.Conn }

// HandshakeError is a gateway's refusal before the upgrade.
type HandshakeError struct {
	Status int
	Body   string
}

func (e *HandshakeError) Error() string {
	return fmt.Sprintf("gateway refused the socket: %d", e.Status)
}

// Dial opens a socket and says nothing.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	d := websocket.Dialer{
		Subprotocols: []string{protocol.Subprotocol}, NetDialContext: o.Dial, HandshakeTimeout: 10 * time.Second,
		ReadBufferSize: 1024, WriteBufferSize: 1024,
	}
	h := http.Header{}
	if o.Origin != "" {
		h.Set("Origin", o.Origin)
	}
	address := "ws" + strings.TrimPrefix(o.URL, "http") + "/w/v1/socket?site=" + url.QueryEscape(o.Site)
	ws, answer, err := d.DialContext(ctx, address, h)
	if errors.Is(err, websocket.ErrBadHandshake) && answer != nil {
		var body [512]byte
		n, _ := answer.Body.Read(body[:])
		return nil, &HandshakeError{Status: answer.StatusCode, Body: string(body[:n])}
	}
	if err != nil {
		return nil, fmt.Errorf("dial the gateway: %w", err)
	}
	return &Conn{ws}, nil
}

// Hello opens a socket, says hello and gives the welcome.
func Hello(ctx context.Context, o Options) (*Conn, *protocol.Welcome, error) {
	c, err := Dial(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = c.SetReadDeadline(deadline)
		defer c.SetReadDeadline(time.Time{})
	}
	if o.Tab == "" {
		o.Tab = NewCID()
	}
	hello := protocol.Hello{V: protocol.Version, Token: o.Token, Rev: o.Rev, Lang: o.Lang, Page: o.Page, Tab: o.Tab}
	if err := c.Write(hello); err != nil {
		_ = c.Close()
		return nil, nil, err
	}
	for {
		frame, err := c.Next()
		if err != nil {
			_ = c.Close()
			return nil, nil, err
		}
		if w, ok := frame.(protocol.Welcome); ok {
			return c, &w, nil
		}
	}
}

// Write sends a frame.
func (c *Conn) Write(frame any) error {
	raw, err := protocol.Encode(frame)
	if err != nil {
		return err
	}
	return c.WriteRaw(raw)
}

// WriteRaw sends anything as a text frame.
func (c *Conn) WriteRaw(raw []byte) error {
	if err := c.WriteMessage(websocket.TextMessage, raw); err != nil {
		return fmt.Errorf("write to the gateway: %w", err)
	}
	return nil
}

// Next gives the next frame this package knows; a close comes as *websocket.CloseError.
func (c *Conn) Next() (any, error) {
	for {
		_, raw, err := c.ReadMessage()
		if err != nil {
			return nil, fmt.Errorf("read from the gateway: %w", err)
		}
		frame, err := protocol.ParseServer(raw)
		if errors.Is(err, protocol.ErrUnknownType) {
			continue
		}
		return frame, err
	}
}

// CloseCode gives the code an error of Next carries, 0 if the connection just broke.
func CloseCode(err error) protocol.CloseCode {
	var closed *websocket.CloseError
	if errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure {
		return protocol.CloseCode(closed.Code)
	}
	return 0
}
