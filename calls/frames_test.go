package calls

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// writer is where a stream is written to.
type writer interface {
	WriteRTP(p *rtp.Packet) error
}

// opusFrame and vp8Frame carry words where sound and picture would be, so that a test knows at the other end whose they are.
func opusFrame(words string, n int) []byte { return fmt.Appendf([]byte{0x78}, "%s %d", words, n) }

func vp8Frame(words string, n int, key bool) []byte {
	// Descriptor: first packet of the frame; frame tag: bit 0 is clear in key frames, which have a start code and a size.
	frame := []byte{0x10, 0x01, 0, 0}
	if key {
		frame = []byte{0x10, 0x00, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01}
	}
	return fmt.Appendf(frame, "%s %d", words, n)
}

// stream sends frames of one source until ctx ends. A video begins with a key frame and has another one for each wish.
func stream(ctx context.Context, w writer, s source, words string, keys <-chan struct{}, level func(*rtp.Packet)) {
	every, step := 20*time.Millisecond, uint32(960)
	if s.video() {
		every, step = 33*time.Millisecond, 3000
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	p := rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: 65500, Timestamp: 1 << 31}}
	for n := 0; ; n++ {
		key := n == 0
		select {
		case <-ctx.Done():
			return
		case <-keys:
			key = true
		case <-ticker.C:
		}
		next := p
		next.SequenceNumber += uint16(n)
		next.Timestamp += uint32(n) * step
		if s.video() {
			next.Marker, next.Payload = true, vp8Frame(words, n, key)
		} else {
			next.Payload = opusFrame(words, n)
		}
		if level != nil {
			level(&next)
		}
		_ = w.WriteRTP(&next)
	}
}

// ears hears and sees: they count frames by their words.
type ears struct {
	mu      sync.Mutex
	heard   map[string]int // words → frames
	keys    map[string]int // words → key frames
	numbers map[uint32]*continuity
	changed chan struct{}
}

// continuity is how the packets of one stream follow each other: the timestamps by sequence numbers that do not wrap. Packets may overtake
// each other, and lost ones come when they were asked for again.
type continuity struct {
	first, last uint64
	stamps      map[uint64]uint32
}

func (c *continuity) add(p *rtp.Packet) {
	if c.stamps == nil {
		c.first, c.stamps = uint64(p.SequenceNumber)+1<<16, map[uint64]uint32{}
		c.last = c.first
	}
	number := c.last + uint64(int64(int16(p.SequenceNumber-uint16(c.last))))
	c.first, c.last = min(c.first, number), max(c.last, number)
	c.stamps[number] = p.Timestamp
}

// fault says what is wrong with the stream up to a packet, or nothing.
func (c *continuity) fault(to uint64) string {
	for n := c.first; n <= to; n++ {
		stamp, ok := c.stamps[n]
		if !ok {
			return fmt.Sprintf("packet %d of %d is missing", n-c.first, to-c.first)
		}
		if before, ok := c.stamps[n-1]; ok && int32(stamp-before) < 0 {
			return fmt.Sprintf("packet %d of %d goes back in time", n-c.first, to-c.first)
		}
	}
	return ""
}

func newEars() *ears {
	return &ears{heard: map[string]int{}, keys: map[string]int{}, numbers: map[uint32]*continuity{}, changed: make(chan struct{})}
}

func (e *ears) hear(p *rtp.Packet, video bool) {
	payload := string(p.Payload)
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.numbers[p.SSRC]
	if c == nil {
		c = &continuity{}
		e.numbers[p.SSRC] = c
	}
	c.add(p)
	if len(payload) == 0 {
		return
	}
	start := 1
	if video {
		start = 4
		if p.Payload[1]&1 == 0 {
			start = 11
		}
	}
	words, _, _ := strings.Cut(payload[min(start, len(payload)):], " ")
	e.heard[words]++
	if start == 11 {
		e.keys[words]++
	}
	close(e.changed)
	e.changed = make(chan struct{})
}

// note counts something that is no frame.
func (e *ears) note(words string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard[words]++
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *ears) count(words string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard[words]
}

// wait waits until more frames with these words have come than have now.
func (e *ears) wait(t *testing.T, words string, more int) {
	t.Helper()
	want := e.count(words) + more
	deadline := time.After(waitLong)
	for {
		e.mu.Lock()
		have, changed := e.heard[words], e.changed
		e.mu.Unlock()
		if have >= want {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%d frames of %q came, want %d", have, words, want)
		}
	}
}

// silent fails if frames with these words come for a while. beside has to come in the meantime, so that a standstill is not taken for silence.
func (e *ears) silent(t *testing.T, words, beside string, frames int) {
	t.Helper()
	e.wait(t, beside, frames/2) // what was under way
	before := e.count(words)
	e.wait(t, beside, frames)
	if after := e.count(words); after != before {
		t.Errorf("%d frames of %q came, want none", after-before, words)
	}
}

// listen reads a track until it ends.
func (e *ears) listen(track *webrtc.TrackRemote) {
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		e.hear(p, track.Kind() == webrtc.RTPCodecTypeVideo)
	}
}

// colleague is a member of staff's client in the media server.
type colleague struct {
	*ears
	t        *testing.T
	identity string
	room     *lksdk.Room
	ctx      context.Context
	stop     context.CancelFunc
	work     sync.WaitGroup
	once     sync.Once

	pubs   map[source]*lksdk.LocalTrackPublication
	levels chan string // identities of those who spoke
}

// comes has a member of staff join with some sources, whose frames say who and what.
func (o *office) comes(identity string, what ...source) *colleague {
	o.t.Helper()
	c := &colleague{
		ears: newEars(), t: o.t, identity: identity, pubs: map[source]*lksdk.LocalTrackPublication{},
		levels: make(chan string, 64),
	}
	callback := &lksdk.RoomCallback{
		OnActiveSpeakersChanged: func(all []lksdk.Participant) {
			for _, p := range all {
				select {
				case c.levels <- p.Identity():
				default:
				}
			}
		},
		ParticipantCallback: lksdk.ParticipantCallback{
			OnTrackSubscribed: func(track *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication, rp *lksdk.RemoteParticipant) {
				if track.Kind() == webrtc.RTPCodecTypeVideo {
					rp.WritePLI(track.SSRC())
				}
				c.work.Go(func() { c.listen(track) })
			},
		},
	}
	room := lksdk.NewRoom(callback)
	if err := room.JoinWithContextAndToken(o.t.Context(), sfu.URL, o.token(identity), lksdk.WithCodecs(append(sfuCodecs(), livekit.Codec{Mime: webrtc.MimeTypeVP9}))); err != nil {
		o.t.Fatal(err)
	}
	c.room = room
	c.ctx, c.stop = context.WithCancel(context.Background())
	for _, s := range what {
		c.show(c.ctx, s)
	}
	o.t.Cleanup(c.leave)
	return c
}

func (c *colleague) show(ctx context.Context, s source) {
	c.t.Helper()
	track, keys := c.track(s.codec())
	pub, err := c.room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Name: s.name(), Source: s.livekit()})
	if err != nil {
		c.t.Fatal(err)
	}
	c.pubs[s] = pub
	c.work.Go(func() { stream(ctx, sfuWriter{track}, s, c.identity+"/"+s.name(), keys, nil) })
}

// track makes a track, and gives what is asked of it.
func (c *colleague) track(codec webrtc.RTPCodecCapability, options ...lksdk.LocalTrackOptions) (*lksdk.LocalTrack, <-chan struct{}) {
	c.t.Helper()
	keys := make(chan struct{}, 8)
	track, err := lksdk.NewLocalTrack(codec, append(options, lksdk.WithRTCPHandler(func(p rtcp.Packet) {
		if wantsKeyFrame(p) {
			select {
			case keys <- struct{}{}:
			default:
			}
		}
	}))...)
	if err != nil {
		c.t.Fatal(err)
	}
	return track, keys
}

// sizes has a camera in three sizes; the frames of each say which they are.
func (c *colleague) sizes() {
	c.t.Helper()
	var tracks []*lksdk.LocalTrack
	for _, size := range []livekit.VideoQuality{livekit.VideoQuality_LOW, livekit.VideoQuality_MEDIUM, livekit.VideoQuality_HIGH} {
		scale := uint32(4 >> size)
		track, keys := c.track(vp8, lksdk.WithSimulcast("camera", &livekit.VideoLayer{Quality: size, Width: 1280 / scale, Height: 720 / scale}))
		tracks = append(tracks, track)
		c.work.Go(func() { stream(c.ctx, sfuWriter{track}, camera, c.identity+"/"+size.String(), keys, nil) })
	}
	_, err := c.room.LocalParticipant.PublishSimulcastTrack(tracks, &lksdk.TrackPublicationOptions{Name: "camera", Source: camera.livekit()})
	if err != nil {
		c.t.Fatal(err)
	}
}

type sfuWriter struct{ track *lksdk.LocalTrack }

func (w sfuWriter) WriteRTP(p *rtp.Packet) error { return w.track.WriteRTP(p, nil) }

// sees waits until a track of the visitor's shows as muted or not.
func (c *colleague) sees(name string, muted bool) {
	c.t.Helper()
	poll(c.t, fmt.Sprintf("%s shows as muted: %t", name, muted), func() bool {
		if p := c.room.GetParticipantByIdentity(puppet); p != nil {
			for _, pub := range p.TrackPublications() {
				if pub.Name() == name {
					return pub.IsMuted() == muted
				}
			}
		}
		return muted // the SFU shows nobody a track of which nothing has come yet
	})
}

func (c *colleague) leave() {
	c.once.Do(func() {
		c.stop()
		c.room.Disconnect()
		c.work.Wait()
	})
}

func (e *ears) keyFrames(words string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.keys[words]
}

// steady fails where packets of a stream do not follow each other: whatever source they had, they are one stream.
func (e *ears) steady(t *testing.T) {
	t.Helper()
	e.mu.Lock()
	until := map[uint32]uint64{}
	for ssrc, c := range e.numbers {
		until[ssrc] = c.last
	}
	e.mu.Unlock()
	deadline := time.After(waitLong)
	for {
		var faults []string
		e.mu.Lock()
		for ssrc, to := range until {
			if fault := e.numbers[ssrc].fault(to); fault != "" {
				faults = append(faults, fmt.Sprintf("stream %d: %s", ssrc, fault))
			}
		}
		changed := e.changed
		e.mu.Unlock()
		if len(faults) == 0 {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatal(strings.Join(faults, "; "))
		}
	}
}

// names lists what the visitor has published.
func (c *colleague) names() []string {
	var out []string
	if p := c.room.GetParticipantByIdentity(puppet); p != nil {
		for _, pub := range p.TrackPublications() {
			out = append(out, pub.Name())
		}
	}
	return out
}

// withdrawn waits until a track of the visitor's is there no more.
func (c *colleague) withdrawn(name string) {
	c.t.Helper()
	poll(c.t, name+" is withdrawn", func() bool { return !slices.Contains(c.names(), name) })
}

// poll waits for what nobody tells of.
func poll(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(waitLong)
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// left waits until somebody is in the media server's room no more.
func (o *office) left(identity string) {
	o.t.Helper()
	poll(o.t, identity+" has left", func() bool {
		all, err := sfu.Participants(o.t.Context(), o.room)
		return err == nil && !slices.Contains(all, identity)
	})
}
