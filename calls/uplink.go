package calls

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// source is one of what a customer or a member of staff sends.
type source int

const (
	microphone source = iota
	camera
	screen
	sources // how many a customer sends

	screenSound = sources // of a screen of the staff's
)

func (s source) video() bool { return s == camera || s == screen }

// shared tells whether it belongs to a screen rather than to a person.
func (s source) shared() bool { return s == screen || s == screenSound }

func (s source) codec() webrtc.RTPCodecCapability {
	if s.video() {
		return vp8
	}
	return opus
}

// livekit names the source as the SFU does.
func (s source) livekit() livekit.TrackSource {
	return [...]livekit.TrackSource{
		livekit.TrackSource_MICROPHONE, livekit.TrackSource_CAMERA, livekit.TrackSource_SCREEN_SHARE, livekit.TrackSource_SCREEN_SHARE_AUDIO,
	}[s]
}

// name is how the staff's clients find the track called.
func (s source) name() string {
	return [...]string{"microphone", "camera", "screen", "screen-sound"}[s]
}

// carries tells whether the SFU can send us a track in a form that pages understand. It makes Opus of any sound, but no VP8 of other pictures.
func carries(pub lksdk.TrackPublication) bool {
	isVP8 := func(mime string) bool { return strings.EqualFold(mime, webrtc.MimeTypeVP8) }
	if first := pub.MimeType(); pub.Kind() != lksdk.TrackKindVideo || first == "" || isVP8(first) {
		return true // one that is not known yet will be told of again
	}
	return slices.ContainsFunc(pub.TrackInfo().GetCodecs(), func(c *livekit.SimulcastCodecInfo) bool { return isVP8(c.MimeType) })
}

// sourceOf tells which source of ours a track of the SFU is.
func sourceOf(t livekit.TrackSource) (source, bool) {
	for s := range screenSound + 1 {
		if s.livekit() == t {
			return s, true
		}
	}
	return 0, false
}

// uplink carries one source of the customer's to the SFU. It outlives pages and connections: whatever page sends, for the staff it is one
// stream.
type uplink struct {
	source  source
	metrics *metrics
	keys    keyFrames // from the page

	out   atomic.Pointer[lksdk.LocalTrack]
	muted atomic.Bool

	mu     sync.Mutex
	rebase rebaser
	budget budget
	gate   gate                // of pictures
	track  *webrtc.TrackRemote // that comes in now; nil for none
	page   *webrtc.PeerConnection
}

func newUplink(s source, bitrate int, m *metrics) *uplink {
	u := &uplink{source: s, metrics: m, rebase: rebaser{clockRate: s.codec().ClockRate}, budget: budget{perSecond: bitrate / 8}}
	u.keys.ask = u.askPage
	return u
}

// carry forwards a track of a page until it ends.
func (u *uplink) carry(p *page, track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	level := extensionID(receiver, sdp.AudioLevelURI)
	u.mu.Lock()
	u.track, u.page = track, p.pc
	u.gate.shut()
	u.mu.Unlock()
	u.keys.want()
	for {
		packet, about, err := track.ReadRTP()
		if err != nil {
			break
		}
		if about.Get(webrtc.AttributeRtxSequenceNumber) != nil {
			p.repairs.arrived(packet)
		}
		u.forward(track, packet, level)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.track == track {
		u.track, u.page = nil, nil
	}
}

func (u *uplink) forward(track *webrtc.TrackRemote, p *rtp.Packet, levelID uint8) {
	now := time.Now()
	var options *lksdk.SampleWriteOptions
	if levelID != 0 {
		if data := p.GetExtension(levelID); len(data) > 0 {
			level := data[0] & 0x7f
			options = &lksdk.SampleWriteOptions{AudioLevel: &level}
		}
	}
	out := u.out.Load()
	goes, missed := u.take(track, p, out != nil && !u.muted.Load(), now)
	if missed {
		u.keys.want()
	}
	if goes {
		// An error says that the connection is just being made anew; the packet is lost as any other may be.
		_ = out.WriteRTP(p, options)
		u.metrics.forwarded(toStaff)
	}
}

// take makes a packet one of the staff's stream, and reports whether it goes out, and whether it should have; sent says that the staff are sent
// anything at all now. Numbers close up behind what is left out, so pictures that build on it stay away too.
func (u *uplink) take(track *webrtc.TrackRemote, p *rtp.Packet, sent bool, now time.Time) (goes, missed bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.track != track {
		return false, false // of a page that another one has followed
	}
	full := strip(p)
	whole := full && sent && (!u.source.video() || u.gate.passes(p.Payload)) && u.budget.allows(len(p.Payload), now)
	if whole {
		return u.rebase.pass(p, now), false
	}
	u.rebase.omit(p, now)
	u.metrics.omitted(toStaff)
	if full {
		u.gate.shut()
	}
	return false, full && sent
}

// mute switches the source off or on. What is off is not sent.
func (u *uplink) mute(on bool) {
	if u.muted.Swap(on) && !on {
		u.keys.want() // those who look have missed what the next picture builds on
	}
}

// send gives the track of the SFU that packets go to from now on; nil for none.
func (u *uplink) send(t *lksdk.LocalTrack) {
	if u.out.Swap(t) != t && t != nil {
		u.keys.want()
	}
}

func (u *uplink) askPage() {
	if !u.source.video() {
		return
	}
	u.mu.Lock()
	pc, track := u.page, u.track
	u.mu.Unlock()
	if pc != nil {
		_ = pc.WriteRTCP(keyFrameRequest(track.SSRC()))
		u.metrics.keyFrame(toStaff)
	}
}

func (u *uplink) close() { u.keys.close() }

// extensionID gives the id under which a leg has a header extension, 0 if it has not.
func extensionID(r *webrtc.RTPReceiver, uri string) uint8 {
	for _, e := range r.GetParameters().HeaderExtensions {
		if e.URI == uri {
			return uint8(e.ID) //nolint:gosec // ids have 8 bits
		}
	}
	return 0
}

// strip takes off what belongs to one leg only. It reports false for packets that carry nothing, as those that probe the line.
func strip(p *rtp.Packet) bool {
	p.Extension, p.Extensions, p.ExtensionProfile = false, nil, 0
	p.Padding, p.PaddingSize = false, 0
	p.CSRC = nil
	return len(p.Payload) > 0
}

// budget bounds what one sender may have forwarded: well above what it was told to send, far below what harms others.
type budget struct {
	perSecond int // 0 for no bound
	left      int
	at        time.Time
}

// budgetSlack is how much more than asked for is let through: encoders overshoot, key frames come in bursts.
const budgetSlack = 3

func (b *budget) allows(bytes int, now time.Time) bool {
	if b.perSecond == 0 {
		return true
	}
	full := b.perSecond * budgetSlack
	b.left = min(full, b.left+int(float64(full)*min(1, now.Sub(b.at).Seconds())))
	b.at = now
	if b.left < bytes {
		return false
	}
	b.left -= bytes
	return true
}
