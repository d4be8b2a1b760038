package main

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// A camera as browsers send it: 30 pictures a second of four packets, close to a megabit a second. Each packet carries its number and when it
// was sent, so that whoever receives it knows what is missing and how long it took.
const (
	pictureEvery   = time.Second / 30
	pictureTicks   = 3000
	picturePackets = 4
	packetBytes    = 1000
	keyEvery       = 60 // pictures; others come when they are asked for
	stampBytes     = 16
)

var (
	vp8Codec  = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}
	opusCodec = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
)

// film sends pictures until ctx ends.
func film(ctx context.Context, write func(*rtp.Packet) error, keys <-chan struct{}) {
	ticker := time.NewTicker(pictureEvery)
	defer ticker.Stop()
	var number uint64
	for picture := 0; ; picture++ {
		key := picture%keyEvery == 0
		select {
		case <-ctx.Done():
			return
		case <-keys:
			key = true
			<-ticker.C
		case <-ticker.C:
		}
		for i := range picturePackets {
			p := &rtp.Packet{Header: rtp.Header{
				Version: 2, SequenceNumber: uint16(number), Timestamp: uint32(picture) * pictureTicks, Marker: i == picturePackets-1,
			}, Payload: make([]byte, packetBytes)}
			if i == 0 {
				p.Payload[0] = 0x10 // a picture begins
				p.Payload[1] = 0x01
				if key {
					copy(p.Payload[1:], []byte{0x00, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02})
				}
			}
			stamp := p.Payload[packetBytes-stampBytes:]
			binary.BigEndian.PutUint64(stamp, number)
			binary.BigEndian.PutUint64(stamp[8:], uint64(time.Now().UnixNano()))
			_ = write(p) // a connection that is not there yet takes nothing
			number++
		}
	}
}

// hum sends sound, 50 packets a second, until ctx ends.
func hum(ctx context.Context, write func(*rtp.Packet) error) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_ = write(&rtp.Packet{
			Header: rtp.Header{Version: 2, SequenceNumber: uint16(n), Timestamp: uint32(n) * 960}, Payload: make([]byte, 80),
		})
	}
}

// wishes gives what a sender of pictures is asked for.
type wishes chan struct{}

func (w wishes) take(p rtcp.Packet) {
	switch p.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// watcher counts the pictures' packets that come in.
type watcher struct {
	mu       sync.Mutex
	counting bool
	seen     map[uint64]struct{}
	took     []time.Duration
	since    time.Time // pictures sent before do not begin
	first    time.Time // of the first key picture
	began    chan struct{}
}

func newWatcher() *watcher { return &watcher{began: make(chan struct{})} }

// anew gives what is closed when a key picture comes that is sent from now on.
func (w *watcher) anew() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since, w.first, w.began = time.Now(), time.Time{}, make(chan struct{})
	return w.began
}

// watch reads a track until it ends.
func (w *watcher) watch(track *webrtc.TrackRemote) {
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if track.Kind() == webrtc.RTPCodecTypeVideo {
			w.see(p.Payload, time.Now())
		}
	}
}

func (w *watcher) see(payload []byte, now time.Time) {
	if len(payload) < packetBytes {
		return
	}
	stamp := payload[len(payload)-stampBytes:]
	sent := time.Unix(0, int64(binary.BigEndian.Uint64(stamp[8:])))
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first.IsZero() && !sent.Before(w.since) && payload[0]&0x10 != 0 && payload[len(payload)-packetBytes+1]&1 == 0 {
		w.first = now
		close(w.began)
	}
	if w.counting {
		w.seen[binary.BigEndian.Uint64(stamp)] = struct{}{}
		w.took = append(w.took, now.Sub(sent))
	}
}

// begin starts to count.
func (w *watcher) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counting, w.seen, w.took = true, map[uint64]struct{}{}, nil
}

// end gives how many packets should have come since begin, how many did not, and how long they took. What came late is not missing.
func (w *watcher) end() (want, missing int, took []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counting = false
	if len(w.seen) == 0 {
		return 0, 0, nil
	}
	numbers := make([]uint64, 0, len(w.seen))
	for n := range w.seen {
		numbers = append(numbers, n)
	}
	// The newest may still be followed by those before it.
	slices.Sort(numbers)
	numbers = numbers[:max(1, len(numbers)-2*picturePackets)]
	want = int(numbers[len(numbers)-1]-numbers[0]) + 1
	return want, want - len(numbers), w.took
}
