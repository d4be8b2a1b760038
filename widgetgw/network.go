package widgetgw

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// networks counts what each network uses. Networks nothing is known of any more are forgotten by sweep.
type networks struct {
	limits Limits
	mu     sync.Mutex
	byKey  map[netip.Prefix]*network
}

// network is one IPv4 address or IPv6 /64. Its fields belong to networks.mu.
type network struct {
	key         netip.Prefix
	connections int
	downloads   int
	upgrades    bucket
	starts      bucket
	uploads     bucket
}

func newNetworks(l Limits) *networks {
	return &networks{limits: l, byKey: make(map[netip.Prefix]*network)}
}

// networkKey gives the network of an address.
func networkKey(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // an invalid address: all of these are one network
	}
	return p
}

func (n *networks) get(a netip.Addr) *network {
	key := networkKey(a)
	w := n.byKey[key]
	if w == nil {
		w = &network{key: key}
		n.byKey[key] = w
	}
	return w
}

// connect takes a place for one more connection, or tells how long to stay away. The place is given back by release.
func (n *networks) connect(a netip.Addr, now time.Time) (*network, time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := n.get(a)
	if w.connections >= n.limits.NetworkConnections {
		return nil, tooManyPause
	}
	if !w.upgrades.take(n.limits.NetworkUpgrades, now, 1) {
		return nil, max(w.upgrades.wait(n.limits.NetworkUpgrades, now, 1), time.Second)
	}
	w.connections++
	return w, 0
}

const tooManyPause = 30 * time.Second

func (n *networks) release(w *network) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w.connections--
}

// start reports whether the network may open one more session.
func (n *networks) start(w *network, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return w.starts.take(n.limits.NetworkStarts, now, 1)
}

// upload takes size bytes of what the network may upload, or tells how long to wait.
func (n *networks) upload(a netip.Addr, now time.Time, size int64) (time.Duration, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := n.get(a)
	want := min(float64(size), n.limits.NetworkUploads.Burst)
	if w.uploads.take(n.limits.NetworkUploads, now, want) {
		return 0, true
	}
	return max(w.uploads.wait(n.limits.NetworkUploads, now, want), time.Second), false
}

// unload gives back what upload took for size bytes and only kept of them did not use: who has to begin anew on a bad line would
// soon have to wait for hours.
func (n *networks) unload(a netip.Addr, size, kept int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	taken := min(float64(size), n.limits.NetworkUploads.Burst)
	n.get(a).uploads.give(n.limits.NetworkUploads, max(taken-float64(kept), 0))
}

// download takes a place for one more file on its way to a network, to be given back by arrived; nil if all are taken.
func (n *networks) download(a netip.Addr) *network {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := n.get(a)
	if w.downloads >= n.limits.NetworkDownloads {
		return nil
	}
	w.downloads++
	return w
}

func (n *networks) arrived(w *network) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w.downloads--
}

// request reports whether the network may make one more plain request; it shares the bucket of new connections.
func (n *networks) request(a netip.Addr, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.get(a).upgrades.take(n.limits.NetworkUpgrades, now, 1)
}

// sweep forgets networks without connections whose buckets are full again.
func (n *networks) sweep(now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for key, w := range n.byKey {
		if w.connections == 0 && w.downloads == 0 && w.upgrades.full(n.limits.NetworkUpgrades, now) &&
			w.starts.full(n.limits.NetworkStarts, now) && w.uploads.full(n.limits.NetworkUploads, now) {
			delete(n.byKey, key)
		}
	}
}

// clientAddr is who the request comes from: the peer of the TCP connection or, if that is a trusted proxy, the last address in
// X-Forwarded-For that is none.
func clientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, _ := netip.ParseAddr(host)
	addr = addr.Unmap()
	if !isTrusted(addr, trusted) {
		return addr
	}
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(said) - 1; i >= 0; i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(said[i]))
		if err != nil {
			break
		}
		addr = next.Unmap()
		if !isTrusted(addr, trusted) {
			break
		}
	}
	return addr
}

func isTrusted(a netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
