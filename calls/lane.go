package calls

import (
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// lane is a media section by which the page receives. It shows one track of the staff's at a time; which one may change without the page
// noticing more than a key frame.
type lane struct {
	kind    webrtc.RTPCodecType
	track   *webrtc.TrackLocalStaticRTP
	sender  *webrtc.RTPSender
	section *webrtc.RTPTransceiver
	metrics *metrics

	mu     sync.Mutex
	from   *downlink // nil while nobody is shown
	rebase rebaser
}

func newLane(kind webrtc.RTPCodecType, n int, m *metrics) (*lane, error) {
	codec := opus
	if kind == webrtc.RTPCodecTypeVideo {
		codec = vp8
	}
	name := fmt.Sprintf("staff-%s-%d", kind, n)
	track, err := webrtc.NewTrackLocalStaticRTP(codec, name, name)
	if err != nil {
		return nil, fmt.Errorf("make track %s: %w", name, err)
	}
	return &lane{kind: kind, track: track, metrics: m, rebase: rebaser{clockRate: codec.ClockRate}}, nil
}

// mid is the name of the section, "" before it is negotiated.
func (l *lane) mid() string { return l.section.Mid() }

// show makes a track of the staff's, or nil for none, what the section shows.
func (l *lane) show(d *downlink) {
	l.mu.Lock()
	changed := l.from != d
	l.from = d
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
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.from != d {
		return
	}
	if !strip(p) {
		l.rebase.omit(p, now)
		l.metrics.omitted(toVisitor)
		return
	}
	if l.rebase.pass(p, now) {
		_ = l.track.WriteRTP(p) // an error says that the page is going; what became of it is told elsewhere
		l.metrics.forwarded(toVisitor)
	}
}

// listen passes the page's requests for key frames on, until its connection ends.
func (l *lane) listen() {
	for {
		packets, _, err := l.sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			if !wantsKeyFrame(p) {
				continue
			}
			if d := l.shown(); d != nil {
				d.keys.want()
			}
		}
	}
}

// downlink is a track of the staff's that comes in.
type downlink struct {
	who    string // identity in the SFU
	source source
	sid    string
	track  *webrtc.TrackRemote
	keys   keyFrames // from the SFU

	mu   sync.Mutex
	lane *lane
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
