package calls

import (
	"fmt"
	"sync"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// maxAsks is how often a page is asked for one packet: at pion's ten times a second, longer than a picture is worth waiting for.
const maxAsks = 8

// repairs asks a page for what is missing of its media. What a page sends again it sends in a stream of its own (RTX), which pion's asking does
// not know of: it would go on asking for what has come long ago. Whoever reads the media says so instead.
type repairs struct {
	interceptor.Interceptor // pion's

	mu      sync.Mutex
	streams map[uint32]interceptor.RTPReader // by SSRC of the media
}

// repaired marks in attributes that a packet is not to be read from the network.
type repaired struct{}

// configureRepairs has both ends of a connection ask for packets that are missing, and send those again that are asked for.
func configureRepairs(media *webrtc.MediaEngine, r *interceptor.Registry) (*repairs, error) {
	responder, err := nack.NewResponderInterceptor()
	if err != nil {
		return nil, fmt.Errorf("make what sends packets again: %w", err)
	}
	media.RegisterFeedback(webrtc.RTCPFeedback{Type: webrtc.TypeRTCPFBNACK}, webrtc.RTPCodecTypeVideo)
	media.RegisterFeedback(webrtc.RTCPFeedback{Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"}, webrtc.RTPCodecTypeVideo)
	asking := &repairs{}
	r.Add(responder)
	r.Add(asking)
	return asking, nil
}

// NewInterceptor makes the connection's own; see interceptor.Factory.
func (r *repairs) NewInterceptor(id string) (interceptor.Interceptor, error) {
	generator, err := nack.NewGeneratorInterceptor(nack.GeneratorMaxNacksPerPacket(maxAsks))
	if err == nil {
		r.Interceptor, err = generator.NewInterceptor(id)
	}
	if err != nil {
		return nil, fmt.Errorf("make what asks for missing packets: %w", err)
	}
	r.streams = map[uint32]interceptor.RTPReader{}
	return r, nil
}

// BindRemoteStream is told of each stream that comes in.
func (r *repairs) BindRemoteStream(info *interceptor.StreamInfo, reader interceptor.RTPReader) interceptor.RTPReader {
	bound := r.Interceptor.BindRemoteStream(info, interceptor.RTPReaderFunc(
		func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
			if a.Get(repaired{}) != nil {
				return len(b), a, nil
			}
			return reader.Read(b, a)
		}))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.streams[info.SSRC] = bound
	return bound
}

// UnbindRemoteStream is told of the end of a stream.
func (r *repairs) UnbindRemoteStream(info *interceptor.StreamInfo) {
	r.mu.Lock()
	delete(r.streams, info.SSRC)
	r.mu.Unlock()
	r.Interceptor.UnbindRemoteStream(info)
}

// arrived says that a packet of a medium came after all.
func (r *repairs) arrived(p *rtp.Packet) {
	r.mu.Lock()
	stream := r.streams[p.SSRC]
	r.mu.Unlock()
	if stream == nil {
		return
	}
	header := rtp.Header{Version: 2, SSRC: p.SSRC, SequenceNumber: p.SequenceNumber}
	if bytes, err := header.Marshal(); err == nil {
		_, _, _ = stream.Read(bytes, interceptor.Attributes{repaired{}: true}) // reads these bytes, so that it always works
	}
}
