package widgetgw

import (
	"math"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestBucketFillsAtItsRate(t *testing.T) {
	r := Rate{PerSecond: 2, Burst: 4}
	var b bucket
	for i := range 4 {
		if !b.take(r, noon, 1) {
			t.Fatalf("token %d of the burst was refused", i+1)
		}
	}
	if b.take(r, noon, 1) {
		t.Fatal("a fifth token of a burst of four")
	}
	if wait := b.wait(r, noon, 1); wait != 500*time.Millisecond {
		t.Fatalf("one token at two a second takes %s", wait)
	}
	if b.take(r, noon.Add(400*time.Millisecond), 1) {
		t.Fatal("a token before its time")
	}
	if !b.take(r, noon.Add(500*time.Millisecond), 1) {
		t.Fatal("no token in time")
	}
	if b.full(r, noon.Add(time.Second)) || !b.full(r, noon.Add(10*time.Second)) {
		t.Fatal("full at the wrong time")
	}
	if b.take(r, noon.Add(-time.Hour), 5) {
		t.Fatal("a clock that went back gave more than the burst")
	}
}

func TestBucketTakesTokensBack(t *testing.T) {
	r := Rate{PerSecond: 1, Burst: 4}
	var b bucket
	b.take(r, noon, 4)
	b.give(r, 3)
	if !b.take(r, noon, 3) || b.take(r, noon, 1) {
		t.Error("something else came back than was given")
	}
	if b.give(r, 100); b.take(r, noon, 5) || !b.take(r, noon, 4) {
		t.Error("more than the burst came back")
	}
}

// TestMoreThanTheBurstIsNotGivenBack: an upload may be larger than what a network may upload at once, and is then taken for as much.
func TestMoreThanTheBurstIsNotGivenBack(t *testing.T) {
	a := netip.MustParseAddr("192.0.2.7")
	for kept, left := range map[int64]float64{0: 100, 60: 40, 100: 0, 1000: 0} {
		n := networks{byKey: make(map[netip.Prefix]*network), limits: Limits{NetworkUploads: Rate{PerSecond: 0.001, Burst: 100}}}
		if _, ok := n.upload(a, noon, 1000); !ok {
			t.Fatal("refused")
		}
		if n.unload(a, 1000, kept); math.Round(float64(n.get(a).uploads.level)) != left {
			t.Errorf("of 100 there are %v after %d of them are kept", n.get(a).uploads.level, kept)
		}
	}
}

func TestNetworkKey(t *testing.T) {
	for _, same := range [][2]string{
		{"192.0.2.7", "::ffff:192.0.2.7"},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"},
		{"fe80::1%eth0", "fe80::2%eth1"},
	} {
		if a, b := networkKey(netip.MustParseAddr(same[0])), networkKey(netip.MustParseAddr(same[1])); a != b {
			t.Errorf("%s and %s are networks %s and %s", same[0], same[1], a, b)
		}
	}
	for _, different := range [][2]string{{"192.0.2.7", "192.0.2.8"}, {"2001:db8:1:2::1", "2001:db8:1:3::1"}} {
		if a, b := networkKey(netip.MustParseAddr(different[0])), networkKey(netip.MustParseAddr(different[1])); a == b {
			t.Errorf("%s and %s are one network %s", different[0], different[1], a)
		}
	}
	if key := networkKey(netip.Addr{}); key != (netip.Prefix{}) {
		t.Errorf("unknown addresses are network %s", key)
	}
}

func TestNetworksForgetTheQuiet(t *testing.T) {
	l := Limits{}.withDefaults(Rate{PerSecond: 1, Burst: 10})
	n := newNetworks(l)
	a := netip.MustParseAddr("192.0.2.7")
	w, _ := n.connect(a, noon)
	n.sweep(noon.Add(time.Hour))
	if len(n.byKey) != 1 {
		t.Fatal("forgot a network that has a connection")
	}
	n.release(w)
	n.sweep(noon)
	if len(n.byKey) != 1 {
		t.Fatal("forgot a network whose bucket is not full again")
	}
	n.sweep(noon.Add(time.Hour))
	if len(n.byKey) != 0 {
		t.Fatal("remembers a quiet network")
	}
}

func TestNetworksLimitEachAlone(t *testing.T) {
	l := Limits{NetworkConnections: 3}.withDefaults(Rate{PerSecond: 1, Burst: 10})
	n := newNetworks(l)
	crowd, other := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.8")
	for range 3 {
		if w, _ := n.connect(crowd, noon); w == nil {
			t.Fatal("refused within the limit")
		}
	}
	if w, wait := n.connect(crowd, noon); w != nil || wait != tooManyPause {
		t.Fatalf("the fourth connection: %v, come back after %s", w, wait)
	}
	if w, _ := n.connect(other, noon); w == nil {
		t.Fatal("another network was refused")
	}
	if _, ok := n.upload(crowd, noon, 10); !ok {
		t.Fatal("an upload within the burst was refused")
	}
	if wait, ok := n.upload(crowd, noon, 5); ok || wait != 5*time.Second {
		t.Fatalf("an upload beyond the burst: %v after %s", ok, wait)
	}
	if _, ok := n.upload(other, noon, 1_000_000); !ok {
		t.Fatal("a file bigger than the burst can never be uploaded")
	}
}

func TestClientAddr(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"direct", "192.0.2.7:1000", nil, "192.0.2.7"},
		{"a stranger's claim", "192.0.2.7:1000", []string{"198.51.100.1"}, "192.0.2.7"},
		{"proxied", "10.0.0.1:1000", []string{"198.51.100.1"}, "198.51.100.1"},
		{"over two proxies", "10.0.0.1:1000", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"forged in front", "10.0.0.1:1000", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
		{"several headers", "10.0.0.1:1000", []string{"203.0.113.9", "198.51.100.1, 10.0.0.3"}, "198.51.100.1"},
		{"garbage", "10.0.0.1:1000", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"nothing said", "10.0.0.1:1000", nil, "10.0.0.1"},
		{"all trusted", "10.0.0.1:1000", []string{"10.0.0.9, 10.0.0.2"}, "10.0.0.9"},
		{"IPv6", "[::1]:1000", []string{"2001:db8::7"}, "2001:db8::7"},
		{"mapped", "[::ffff:10.0.0.1]:1000", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := clientAddr(r, trusted); got.String() != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func FuzzClientAddr(f *testing.F) {
	f.Add("10.0.0.1:1", "198.51.100.1, 10.0.0.2")
	f.Add("[::1]:1", ",,")
	f.Add("", "%")
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		got := clientAddr(r, trusted)
		direct := clientAddr(r, nil)
		if got != direct && !isTrusted(direct, trusted) {
			t.Fatalf("believed %q of %q", forwarded, remote)
		}
		_ = networkKey(got)
	})
}
