package calls

import (
	"github.com/pion/rtp/codecs"
)

// gate holds back pictures that build on what was left out, until one comes that builds on nothing: a decoder that sees no gap would show what
// it makes of them. Its zero value holds back.
type gate struct{ open bool }

func (g *gate) shut() { g.open = false }

// passes reports whether a packet of VP8 may go on.
func (g *gate) passes(payload []byte) bool {
	g.open = g.open || beginsKeyFrame(payload)
	return g.open
}

// beginsKeyFrame tells whether a packet is the first one of a VP8 picture that needs no other (RFC 7741, section 4).
func beginsKeyFrame(payload []byte) bool {
	var descriptor codecs.VP8Packet
	frame, err := descriptor.Unmarshal(payload)
	return err == nil && descriptor.S == 1 && descriptor.PID == 0 && len(frame) > 0 && frame[0]&1 == 0
}
