package telegram

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// metered is a connection that counts what was handed over to be sent.
type metered struct {
	net.Conn
	sent atomic.Int64
}

func (m *metered) Write(p []byte) (int, error) {
	n, err := m.Conn.Write(p)
	m.sent.Add(int64(n))
	return n, err
}

func dialMetered(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &metered{Conn: conn}, nil
}

// meter tells whether anything of a request has left us. A connection carries one request at a time.
type meter struct {
	mu    sync.Mutex
	used  []metering
	blind bool // a connection was used that counts nothing
}

type metering struct {
	conn   *metered
	before int64
}

// watch has the meter see which connections a request uses.
func (m *meter) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		conn := got.Conn
		for secured, ok := conn.(*tls.Conn); ok; secured, ok = conn.(*tls.Conn) { // one more where a proxy has TLS of its own
			conn = secured.NetConn()
		}
		counted, ok := conn.(*metered)
		m.mu.Lock()
		defer m.mu.Unlock()
		if !ok {
			m.blind = true
			return
		}
		m.used = append(m.used, metering{counted, counted.sent.Load()})
	}})
}

// hasSent reports whether a byte was sent, or may have been.
func (m *meter) hasSent() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.blind {
		return true
	}
	for _, u := range m.used {
		if u.conn.sent.Load() > u.before {
			return true
		}
	}
	return false
}
