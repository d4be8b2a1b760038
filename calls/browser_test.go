package calls

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

// someFrames are enough to know that a source comes.
const someFrames = 25

// feedback counts, as frames are, how often a page was told how its packets fare: by that browsers choose how much they send.
const feedback = "feedback"

// browser is the page that answered the call: it does with pion what the page does with RTCPeerConnection.
type browser struct {
	*ears
	t     *testing.T
	o     *office
	pc    *webrtc.PeerConnection
	stop  context.CancelFunc
	ctx   context.Context
	work  sync.WaitGroup
	n     int
	mids  desk.CallMids
	own   map[source]*webrtc.RTPTransceiver
	words string
	once  sync.Once
}

// opens loads the page: it asks for what it needs and connects, with its own media and the receiving sections that the kind of call has.
func (o *office) opens(words string, own []source, audio, video int, networks ...webrtc.NetworkType) *browser {
	o.t.Helper()
	before := 0
	o.mu.Lock()
	for _, s := range o.signals {
		if _, ok := s.(desk.CallConfig); ok {
			before++
		}
	}
	o.mu.Unlock()
	o.say(desk.CallConnect{})
	o.wait("the page is told how to connect", func() bool {
		have := 0
		for _, s := range o.signals {
			if _, ok := s.(desk.CallConfig); ok {
				have++
			}
		}
		return have > before
	})
	b := &browser{ears: newEars(), t: o.t, o: o, own: map[source]*webrtc.RTPTransceiver{}, words: words}
	b.ctx, b.stop = context.WithCancel(context.Background())
	b.pc = newBrowserPeer(o.t, networks...)
	if o.fenced {
		b.relayOnly()
	}
	b.pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { b.work.Go(func() { b.listen(track) }) })
	for _, s := range own {
		b.send(s)
	}
	b.receive(webrtc.RTPCodecTypeAudio, audio)
	b.receive(webrtc.RTPCodecTypeVideo, video)
	b.negotiate()
	o.t.Cleanup(b.close)
	return b
}

func newBrowserPeer(t *testing.T, networks ...webrtc.NetworkType) *webrtc.PeerConnection {
	t.Helper()
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	level := webrtc.RTPHeaderExtensionCapability{URI: sdp.AudioLevelURI}
	if err := media.RegisterHeaderExtension(level, webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	interceptors := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(media, interceptors); err != nil {
		t.Fatal(err)
	}
	if err := webrtc.ConfigureTWCCHeaderExtensionSender(media, interceptors); err != nil {
		t.Fatal(err)
	}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	if len(networks) > 0 {
		s.SetNetworkTypes(networks)
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(interceptors), webrtc.WithSettingEngine(s))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

// relayOnly keeps the page to the TURN servers it was told, as a network does that lets nothing else through.
func (b *browser) relayOnly() {
	b.t.Helper()
	b.o.mu.Lock()
	told, ok := last[desk.CallConfig](b.o)
	b.o.mu.Unlock()
	if !ok || len(told.ICE) != 1 {
		b.t.Fatalf("the page was told %+v", told)
	}
	err := b.pc.SetConfiguration(webrtc.Configuration{
		ICETransportPolicy: webrtc.ICETransportPolicyRelay,
		ICEServers:         []webrtc.ICEServer{{URLs: told.ICE[0].URLs, Username: told.ICE[0].Username, Credential: told.ICE[0].Credential}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// send adds a source of the visitor's.
func (b *browser) send(s source) {
	b.t.Helper()
	track, err := webrtc.NewTrackLocalStaticRTP(s.codec(), s.name(), "own")
	if err != nil {
		b.t.Fatal(err)
	}
	tr, err := b.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		b.t.Fatal(err)
	}
	b.own[s] = tr
	keys := make(chan struct{}, 8)
	b.work.Go(func() {
		for {
			packets, _, err := tr.Sender().ReadRTCP()
			if err != nil {
				return
			}
			if slices.ContainsFunc(packets, func(p rtcp.Packet) bool { _, ok := p.(*rtcp.TransportLayerCC); return ok }) {
				b.note(feedback)
			}
			if slices.ContainsFunc(packets, wantsKeyFrame) {
				select {
				case keys <- struct{}{}:
				default:
				}
			}
		}
	})
	loud := func(p *rtp.Packet) {
		for _, e := range tr.Sender().GetParameters().HeaderExtensions {
			if e.URI == sdp.AudioLevelURI {
				data, _ := rtp.AudioLevelExtension{Level: 10, Voice: true}.Marshal()
				_ = p.SetExtension(uint8(e.ID), data)
			}
		}
	}
	if s.video() {
		loud = nil
	}
	b.work.Go(func() { stream(b.ctx, track, s, b.words+"/"+s.name(), keys, loud) })
}

func (b *browser) receive(kind webrtc.RTPCodecType, n int) {
	b.t.Helper()
	for range n {
		_, err := b.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// negotiate makes an offer and takes the answer to it.
func (b *browser) negotiate() {
	b.t.Helper()
	offer, err := b.pc.CreateOffer(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.pc.SetLocalDescription(offer); err != nil {
		b.t.Fatal(err)
	}
	b.n++
	for s, tr := range b.own {
		*[]*string{&b.mids.Microphone, &b.mids.Camera, &b.mids.Screen}[s] = tr.Mid()
	}
	b.o.say(desk.CallOffer{N: b.n, SDP: b.pc.LocalDescription().SDP, Mids: b.mids})
	var answer desk.CallSDP
	b.o.wait("the page has an answer", func() bool {
		var ok bool
		answer, ok = last[desk.CallSDP](b.o)
		return ok && answer.N == b.n
	})
	if b.o.wire != nil {
		answer.SDP = b.o.wire.lead(answer.SDP)
	}
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
		b.t.Fatal(err)
	}
	b.o.mu.Lock()
	b.o.signals = slices.DeleteFunc(b.o.signals, func(s desk.CallSignal) bool { _, ok := s.(desk.CallSDP); return ok })
	b.o.mu.Unlock()
}

// close goes away without a word, as a tab that is closed does; the connection's end may be heard or not.
func (b *browser) close() {
	b.once.Do(func() {
		b.stop()
		_ = b.pc.Close()
		b.work.Wait()
	})
}

// sees waits until the page is told of people for whom a condition holds.
func (b *browser) sees(what string, condition func(desk.CallPeople) bool) desk.CallPeople {
	b.t.Helper()
	var people desk.CallPeople
	b.o.wait(what, func() bool {
		var ok bool
		people, ok = last[desk.CallPeople](b.o)
		return ok && condition(people)
	})
	return people
}

// more adds the receiving sections that the relay misses.
func (b *browser) more(p desk.CallPeople) {
	b.t.Helper()
	for _, tr := range b.pc.GetTransceivers() {
		if tr.Direction() != webrtc.RTPTransceiverDirectionRecvonly {
			continue
		}
		if tr.Kind() == webrtc.RTPCodecTypeAudio {
			p.Audio--
		} else {
			p.Video--
		}
	}
	b.receive(webrtc.RTPCodecTypeAudio, p.Audio)
	b.receive(webrtc.RTPCodecTypeVideo, p.Video)
	b.negotiate()
}
