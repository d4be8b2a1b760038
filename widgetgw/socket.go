package widgetgw

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"frontdesk/widgetgw/protocol"
)

// socket carries a peer over a WebSocket.
type socket struct {
	peer
	conn    *websocket.Conn
	dropped bool          // before there was a conn
	done    chan struct{} // capacity 1: the frame given to a slot has been worked
}

// lingerTime is how long a closed connection may take to hear of it: closing at once while the client still sends would reset the
// connection, and the close code with it.
const lingerTime = 2 * time.Second

func newUpgrader() websocket.Upgrader {
	return websocket.Upgrader{
		HandshakeTimeout: 5 * time.Second,
		ReadBufferSize:   512,
		WriteBufferSize:  512, // frames longer than that leave in one writev all the same
		WriteBufferPool:  &sync.Pool{},
		Subprotocols:     []string{protocol.Subprotocol},
		CheckOrigin:      func(*http.Request) bool { return true }, // checked before, by site
		Error:            func(http.ResponseWriter, *http.Request, int, error) {},
	}
}

func newBuffer() any { return new(bytes.Buffer) }

func (g *Gateway) serveSocket(w http.ResponseWriter, r *http.Request) {
	site, ok := g.siteOf(w, r)
	if !ok {
		return
	}
	if !websocket.IsWebSocketUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		g.refuse(w, r, &site.Site, http.StatusUpgradeRequired, "not_websocket")
		return
	}
	s := &socket{done: make(chan struct{}, 1)}
	s.carrier, s.flushing = s, true
	if !g.place(w, r, site, &s.peer) {
		return
	}
	conn, err := g.upgrader.Upgrade(w, r, nil)
	if err != nil {
		g.remove(&s.peer)
		g.refuse(w, r, &site.Site, http.StatusBadRequest, "bad_request")
		return
	}
	conn.SetReadLimit(protocol.MaxFrame)
	conn.SetPingHandler(s.answerPing)
	s.open(conn)
	g.wheel.add(&s.peer, g.cfg.Now().Add(min(protocol.HelloTimeout, g.cfg.Heartbeat)))
	if !g.crew.run(s.read) {
		s.drop()
		s.ended()
	}
}

// open gives the socket its connection and lets what was queued meanwhile go out: a gateway that shuts down closes sockets in the
// middle of their upgrade, too.
func (s *socket) open(conn *websocket.Conn) {
	s.mu.Lock()
	s.conn, s.flushing = conn, false
	waiting, dropped := len(s.out) > 0, s.dropped
	s.mu.Unlock()
	if dropped {
		s.drop()
	}
	if waiting {
		s.ready()
	}
}

// place takes a place for a new connection within the limits of its network and of all, or refuses it.
func (g *Gateway) place(w http.ResponseWriter, r *http.Request, site *site, p *peer) bool {
	now := g.cfg.Now()
	network, wait := g.networks.connect(clientAddr(r, g.cfg.TrustedProxies), now)
	if network == nil {
		w.Header().Set("Retry-After", retryAfter(wait))
		g.refuse(w, r, &site.Site, http.StatusTooManyRequests, "too_many")
		return false
	}
	p.g, p.site, p.network, p.opened = g, site, network, now.UnixMilli()
	p.lastIn.Store(p.opened)
	if err := g.admit(p); err != nil {
		g.networks.release(network)
		status, code := http.StatusTooManyRequests, "too_many"
		if errors.Is(err, errDraining) {
			status, code = http.StatusServiceUnavailable, "going_away"
		}
		g.refuse(w, r, &site.Site, status, code)
		return false
	}
	return true
}

// read is the socket's reader. It does nothing that needs a deep stack: it waits here for hours.
func (s *socket) read() {
	var err error
	defer func() { s.end(err) }()
	for {
		var kind int
		var r io.Reader
		if kind, r, err = s.conn.NextReader(); err != nil {
			return
		}
		buf := s.g.buffers.Get().(*bytes.Buffer)
		if _, err = buf.ReadFrom(r); err != nil {
			s.g.recycle(buf)
			return
		}
		s.g.frames <- struct{}{}
		started := s.g.crew.run(func() {
			defer func() {
				<-s.g.frames
				s.done <- struct{}{}
			}()
			defer s.g.guard("work a frame", func() { s.close(protocol.Internal) })
			s.work(kind, buf.Bytes())
		})
		if !started {
			<-s.g.frames
			return
		}
		<-s.done
		s.g.recycle(buf)
	}
}

// recycle keeps small buffers for the next frame.
func (g *Gateway) recycle(buf *bytes.Buffer) {
	if buf.Cap() > protocol.MaxFrame {
		return
	}
	buf.Reset()
	g.buffers.Put(buf)
}

func (s *socket) work(kind int, raw []byte) {
	if s.isClosing() {
		return // lingering: the client does not know yet
	}
	if kind != websocket.TextMessage {
		s.close(protocol.BadFrame)
		return
	}
	s.take(raw)
}

// answerPing answers a ping of the WebSocket itself, which counts as a frame.
func (s *socket) answerPing(data string) error {
	if !s.bucket.take(s.g.cfg.Limits.Frames, s.g.cfg.Now(), 1) {
		s.close(protocol.Flood)
		return nil
	}
	s.lastIn.Store(s.g.cfg.Now().UnixMilli())
	err := s.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
	var timeout net.Error
	if errors.Is(err, websocket.ErrCloseSent) || errors.As(err, &timeout) {
		return nil
	}
	return err
}

// end runs when the reader has nothing more to read. Where the client broke the protocol of WebSockets itself (a frame over the
// limit), it gets the time to read the close code that was sent for it.
func (s *socket) end(cause error) {
	s.ended()
	raw := s.conn.NetConn()
	var closed *websocket.CloseError
	var network net.Error
	if cause != nil && !errors.As(cause, &closed) && !errors.As(cause, &network) {
		_ = raw.SetReadDeadline(time.Now().Add(lingerTime))
		discard(raw, 1<<20)
	}
	_ = raw.Close()
}

// ready starts a flusher.
func (s *socket) ready() {
	s.mu.Lock()
	if s.flushing {
		s.mu.Unlock()
		return
	}
	s.flushing = true
	s.mu.Unlock()
	if !s.g.crew.run(s.flush) {
		s.drop()
	}
}

// flush writes until the queue is empty.
func (s *socket) flush() {
	for {
		s.mu.Lock()
		frames, code := s.out, s.closing
		if len(frames) == 0 {
			s.out, s.flushing = nil, false
		} else {
			s.out = nil
		}
		s.mu.Unlock()
		if len(frames) == 0 {
			if code != 0 {
				s.sayClose(code)
			} else {
				s.drained()
			}
			return
		}
		for _, frame := range frames {
			if !s.write(frame) {
				return
			}
		}
	}
}

func (s *socket) write(frame []byte) bool {
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.writeTimeout()))
	if err := s.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		s.drop() // did not read, or is gone: the reader ends and cleans up
		return false
	}
	s.mu.Lock()
	s.outBytes = max(s.outBytes-len(frame), 0)
	s.mu.Unlock()
	return true
}

func (s *socket) writeTimeout() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing != 0 {
		return min(lingerTime, s.g.cfg.Limits.WriteTimeout)
	}
	return s.g.cfg.Limits.WriteTimeout
}

// drained lets the feed go on with a peer it had left out.
func (s *socket) drained() {
	if s.behind.Load() {
		s.g.feeds.wake(s.g, s.room)
	}
}

// sayClose sends the close frame and gives the client a moment to answer it.
func (s *socket) sayClose(code protocol.CloseCode) {
	body := websocket.FormatCloseMessage(int(code), code.Name())
	deadline := time.Now().Add(lingerTime)
	_ = s.conn.WriteControl(websocket.CloseMessage, body, deadline)
	_ = s.conn.SetReadDeadline(deadline)
}

// drop ends the connection at once; the reader notices.
func (s *socket) drop() {
	s.mu.Lock()
	conn := s.conn
	s.dropped = true
	s.mu.Unlock()
	if conn != nil {
		_ = conn.NetConn().Close()
	}
}
