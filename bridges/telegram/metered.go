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
	mu   sync.Mutex
	used []metering
}

type metering struct {
	conn   *metered
	before int64
}

// watch has the meter see which connections a request uses.
func (m *meter) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		conn := got.Conn
		if secured, ok := conn.(*tls.Conn); ok {
			conn = secured.NetConn()
		}
		if counted, ok := conn.(*metered); ok {
			m.mu.Lock()
			m.used = append(m.used, metering{counted, counted.sent.Load()})
			m.mu.Unlock()
		}
	}})
}

// hasSent reports whether a byte was sent.
func (m *meter) hasSent() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range m.used {
		if u.conn.sent.Load() > u.before {
			return true
		}
	}
	return false
}
