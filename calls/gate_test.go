package calls

import (
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestGate(t *testing.T) {
	delta, key := vp8Frame("x", 1, false), vp8Frame("x", 1, true)
	// As browsers write it: with a picture's number of two bytes, the layer's and the key frame's.
	extended := append([]byte{0x90, 0xf0, 0x81, 0x02, 0x07, 0x20}, key[1:]...)
	second := append([]byte{0x80, 0xf0, 0x81, 0x02, 0x07, 0x20}, key[1:]...)
	for name, tc := range map[string]struct {
		payloads [][]byte
		want     []bool
	}{
		"closed until a key frame": {[][]byte{delta, key, delta}, []bool{false, true, true}},
		"an extended descriptor":   {[][]byte{delta, extended, second, delta}, []bool{false, true, true, true}},
		"not in the middle of one": {[][]byte{second, delta}, []bool{false, false}},
		"what is no VP8":           {[][]byte{{}, {0x10}, {0x90, 0xff}, key}, []bool{false, false, false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			var g gate
			for i, p := range tc.payloads {
				if got := g.passes(p); got != tc.want[i] {
					t.Errorf("packet %d passes: %t", i, got)
				}
			}
			g.shut()
			if g.passes(delta) {
				t.Error("open after it was shut")
			}
		})
	}
}

// TestNothingBuildsOnWhatIsLeftOut: a camera that sends too much, or was off, is seen again with a picture that builds on none before.
func TestNothingBuildsOnWhatIsLeftOut(t *testing.T) {
	u := newUplink(camera, 8*1000, newMetrics(nil))
	now := time.Unix(1_700_000_000, 0)
	seq := uint16(0)
	take := func(key, sent bool, padding int) (goes, missed bool) {
		seq++
		now = now.Add(33 * time.Millisecond)
		payload := append(vp8Frame("x", 1, key), make([]byte, padding)...)
		return u.take(nil, &rtp.Packet{Header: rtp.Header{SSRC: 1, SequenceNumber: seq}, Payload: payload}, sent, now)
	}
	for i, step := range []struct {
		key, sent, large, goes, missed bool
	}{
		{false, true, false, false, true},
		{true, true, false, true, false},
		{false, true, false, true, false},
		{false, true, true, false, true}, // more than is allowed
		{false, true, false, false, true},
		{true, true, false, true, false},
		{false, true, false, true, false},
		{false, false, false, false, false}, // off
		{false, true, false, false, true},
		{true, true, false, true, false},
	} {
		padding := 0
		if step.large {
			padding = 100_000
		}
		if goes, missed := take(step.key, step.sent, padding); goes != step.goes || missed != step.missed {
			t.Errorf("packet %d: goes %t, missed %t, want %t, %t", i, goes, missed, step.goes, step.missed)
		}
	}
}
