package calls

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

// How soon a page is noticed to be gone: lost is when it may still come back by itself.
const (
	pageLost   = 4 * time.Second
	pageFailed = 12 * time.Second
	pageBeat   = time.Second
)

// Bounds of what a page may ask for.
const (
	maxSDP      = 48 << 10
	maxSections = 32
	maxLanes    = 12              // of a kind: staff heard, or seen
	offersBurst = 10              // offers at once,
	offerEvery  = 2 * time.Second // and later
)

var (
	errTooMany  = errors.New("more than a page may ask for")
	errOldOffer = errors.New("an older offer than the last")
)

// page is the customer's leg: one connection of the page that answered. A page that was loaded again makes a new one.
type page struct {
	pc      *webrtc.PeerConnection
	repairs *repairs
	metrics *metrics
	clean   time.Duration // see quality

	n     int // of the newest offer
	mids  desk.CallMids
	lanes []*lane
	up    bool

	offers float64 // that may come
	at     time.Time
}

func newPage(d *doors, m *metrics, clean time.Duration, now time.Time) (*page, error) {
	pc, repairs, err := d.peer()
	if err != nil {
		return nil, err
	}
	return &page{pc: pc, repairs: repairs, metrics: m, clean: clean, offers: offersBurst, at: now}, nil
}

// answer takes an offer and gives the answer to it.
func (p *page) answer(o desk.CallOffer, caps Config, now time.Time) (string, error) {
	p.offers = min(offersBurst, p.offers+now.Sub(p.at).Seconds()/offerEvery.Seconds())
	p.at = now
	switch {
	case p.offers < 1 || len(o.SDP) > maxSDP:
		return "", errTooMany
	case o.N <= p.n:
		return "", errOldOffer
	}
	p.offers--
	sections, err := readSections(o.SDP)
	if err != nil {
		return "", err
	}
	if err := p.makeLanes(sections); err != nil {
		return "", err
	}
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: o.SDP}); err != nil {
		return "", fmt.Errorf("take the offer: %w", err)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("make an answer: %w", err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("take the answer: %w", err)
	}
	<-gathered // addresses of this machine only: that takes no time
	p.n, p.mids = o.N, o.Mids
	return limited(p.pc.LocalDescription().SDP, map[string]int{o.Mids.Camera: caps.VideoBitrate, o.Mids.Screen: caps.ShareBitrate}), nil
}

// section is a media section as the page offers it.
type section struct {
	kind     webrtc.RTPCodecType
	mid      string
	receives bool // only
}

func readSections(text string) ([]section, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("read the offer: %w", err)
	}
	if len(d.MediaDescriptions) > maxSections {
		return nil, errTooMany
	}
	var out []section
	for _, m := range d.MediaDescriptions {
		mid, _ := m.Attribute(sdp.AttrKeyMID)
		_, receives := m.Attribute(sdp.AttrKeyRecvOnly)
		out = append(out, section{webrtc.NewRTPCodecType(m.MediaName.Media), mid, receives})
	}
	return out, nil
}

// makeLanes makes what the page's receiving sections will show, one each, in their order.
func (p *page) makeLanes(sections []section) error {
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		wanted := 0
		for _, s := range sections {
			if s.kind == kind && s.receives {
				wanted++
			}
		}
		if wanted > maxLanes {
			return errTooMany
		}
		for have := p.count(kind); have < wanted; have++ {
			l, err := newLane(kind, have, p)
			if err != nil {
				return err
			}
			l.section, err = p.pc.AddTransceiverFromTrack(l.track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
			if err != nil {
				return fmt.Errorf("add a section: %w", err)
			}
			l.sender = l.section.Sender()
			p.lanes = append(p.lanes, l)
			go l.listen()
		}
	}
	return nil
}

func (p *page) count(kind webrtc.RTPCodecType) int {
	n := 0
	for _, l := range p.lanes {
		if l.kind == kind {
			n++
		}
	}
	return n
}

// sourceOf tells what of the customer's a media section carries.
func (p *page) sourceOf(mid string) (source, bool) {
	s := slices.Index([]string{p.mids.Microphone, p.mids.Camera, p.mids.Screen}, mid)
	return source(s), s >= 0 && mid != ""
}

// offered tells whether the page sends a source.
func (p *page) offered(s source) bool {
	return []string{p.mids.Microphone, p.mids.Camera, p.mids.Screen}[s] != ""
}

func (p *page) close() {
	// It fails only where it is closed already.
	_ = p.pc.Close()
}

// limited writes into an answer how much the page may send in each section, in bits per second. Browsers keep to it, whatever the page's
// script does or forgets.
func limited(text string, most map[string]int) string {
	lines := strings.SplitAfter(text, "\r\n")
	start := -1 // of the section
	var out []string
	for i, line := range lines {
		if strings.HasPrefix(line, "m=") {
			start = i
		}
		out = append(out, line)
		if start < 0 || !strings.HasPrefix(line, "c=") {
			continue
		}
		if most := most[midOf(lines[start+1:])]; most > 0 {
			out = append(out, fmt.Sprintf("b=AS:%d\r\nb=TIAS:%d\r\n", most/1000, most))
		}
	}
	return strings.Join(out, "")
}

// midOf finds the name of the section whose lines these are.
func midOf(lines []string) string {
	for _, line := range lines {
		if strings.HasPrefix(line, "m=") {
			return ""
		}
		if mid, ok := strings.CutPrefix(line, "a=mid:"); ok {
			return strings.TrimSpace(mid)
		}
	}
	return ""
}
