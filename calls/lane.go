package calls

import (
	"fmt"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// lane is a media section by which the page receives. It shows one track of the staff's at a time; which one may change without the page
// noticing more than a key frame.
type lane struct {
	kind    webrtc.RTPCodecType
	n       int // among those of its kind
	track   *webrtc.TrackLocalStaticRTP
	sender  *webrtc.RTPSender
	section *webrtc.RTPTransceiver
	metrics *metrics

	mu     sync.Mutex
	from   *downlink // nil while nobody is shown
	rebase rebaser
	gate   gate // of pictures
	size   quality
}

// newLane makes the nth lane of a kind. Those of both kinds with the same number are one stream to the browser, which keeps lips and sound
// together in it.
func newLane(kind webrtc.RTPCodecType, n int, p *page) (*lane, error) {
	codec := opus
	if kind == webrtc.RTPCodecTypeVideo {
		codec = vp8
	}
	name := fmt.Sprintf("staff-%s-%d", kind, n)
	track, err := webrtc.NewTrackLocalStaticRTP(codec, name, fmt.Sprintf("staff-%d", n))
	if err != nil {
		return nil, fmt.Errorf("make track %s: %w", name, err)
	}
	return &lane{
		kind: kind, n: n, track: track, metrics: p.metrics, rebase: rebaser{clockRate: codec.ClockRate}, size: quality{clean: p.clean},
	}, nil
}

// mid is the name of the section, "" before it is negotiated.
func (l *lane) mid() string { return l.section.Mid() }

// show makes a track of the staff's, or nil for none, what the section shows.
func (l *lane) show(d *downlink) {
	l.mu.Lock()
	changed := l.from != d
	l.from = d
	if changed {
		l.gate.shut()
		if d != nil {
			l.size.begin(d.wanted(), time.Now())
		}
	}
	l.mu.Unlock()
	if changed && d != nil {
		d.keys.want()
	}
}

func (l *lane) shown() *downlink {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.from
}

func (l *lane) write(d *downlink, p *rtp.Packet) {
	// The owner needs the lock: nothing that goes out to the page is under it.
	if l.take(d, p) {
		_ = l.track.WriteRTP(p) // an error says that the page is going; what became of it is told elsewhere
		l.metrics.forwarded(toVisitor)
	}
}

// take makes a packet one of the page's stream, and reports whether it goes out.
func (l *lane) take(d *downlink, p *rtp.Packet) bool {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.from != d {
		return false
	}
	full := strip(p)
	held := full && l.kind == webrtc.RTPCodecTypeVideo && !l.gate.passes(p.Payload)
	if held {
		d.keys.want()
	}
	if held || !full {
		l.rebase.omit(p, now)
		l.metrics.omitted(toVisitor)
		return false
	}
	return l.rebase.pass(p, now)
}

// listen passes on what the page says of the pictures it gets, until its connection ends: that it needs a key frame, or loses too much.
func (l *lane) listen() {
	for {
		packets, _, err := l.sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			if report, ok := p.(*rtcp.ReceiverReport); ok {
				l.reported(report.Reports)
			} else if d := l.shown(); d != nil && wantsKeyFrame(p) {
				d.keys.want()
			}
		}
	}
}

func (l *lane) reported(reports []rtcp.ReceptionReport) {
	if l.kind != webrtc.RTPCodecTypeVideo {
		return
	}
	for _, r := range reports {
		if r.SSRC != l.ssrc() {
			continue
		}
		l.mu.Lock()
		d := l.from
		other := d != nil && l.size.report(r.FractionLost, time.Now())
		size := l.size.level
		l.mu.Unlock()
		if other {
			d.want(size)
		}
	}
}

func (l *lane) ssrc() uint32 {
	for _, e := range l.sender.GetParameters().Encodings {
		return uint32(e.SSRC)
	}
	return 0
}

// downlink is a track of the staff's that comes in.
type downlink struct {
	who    string // identity in the SFU
	source source
	sid    string
	track  *webrtc.TrackRemote
	pub    *lksdk.RemoteTrackPublication
	keys   keyFrames // from the SFU

	mu   sync.Mutex
	lane *lane
	size livekit.VideoQuality // asked for
}

// carry forwards the track until it ends.
func (d *downlink) carry() {
	for {
		p, _, err := d.track.ReadRTP()
		if err != nil {
			return
		}
		d.mu.Lock()
		l := d.lane
		d.mu.Unlock()
		if l != nil {
			l.write(d, p)
		}
	}
}

// wanted is the size that the SFU was asked for.
func (d *downlink) wanted() livekit.VideoQuality {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.size
}

// want asks the SFU for another size.
func (d *downlink) want(size livekit.VideoQuality) {
	d.mu.Lock()
	d.size = size
	d.mu.Unlock()
	_ = d.pub.SetVideoQuality(size) // it refuses none of these
}

// wantAgain asks for the same size once more, which the SFU may have forgotten. The last word is of the size that is wanted last.
func (d *downlink) wantAgain() {
	for size := d.wanted(); ; size = d.wanted() {
		_ = d.pub.SetVideoQuality(size) // it refuses none of these
		if size == d.wanted() {
			return
		}
	}
}

// into says where the track is shown; nil for nowhere.
func (d *downlink) into(l *lane) {
	d.mu.Lock()
	d.lane = l
	d.mu.Unlock()
}

func wantsKeyFrame(p rtcp.Packet) bool {
	switch p.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		return true
	}
	return false
}

func keyFrameRequest(ssrc webrtc.SSRC) []rtcp.Packet {
	return []rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(ssrc)}}
}
