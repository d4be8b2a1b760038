package calls

import (
	"testing"
	"time"

	"github.com/pion/rtp"
)

// step is a packet that comes, and what becomes of it.
type step struct {
	ssrc   uint32
	seq    uint16
	ts     uint32
	omit   bool
	after  time.Duration // since the packet before
	want   uint16        // sequence number that goes out
	wantTS uint32
	late   bool // has no place
}

func TestRebase(t *testing.T) {
	tests := map[string][]step{
		"one source passes as it is, over the wrap": {
			{ssrc: 1, seq: 65534, ts: 10, want: 65534, wantTS: 10}, {ssrc: 1, seq: 65535, ts: 20, want: 65535, wantTS: 20},
			{ssrc: 1, seq: 0, ts: 30, want: 0, wantTS: 30}, {ssrc: 1, seq: 1, ts: 40, want: 1, wantTS: 40},
		},
		"a loss stays a gap, and is filled when it comes after all": {
			{ssrc: 1, seq: 5, want: 5}, {ssrc: 1, seq: 7, want: 7}, {ssrc: 1, seq: 6, want: 6}, {ssrc: 1, seq: 8, want: 8},
		},
		"what comes again does not go out again": {
			{ssrc: 1, seq: 65534, want: 65534}, {ssrc: 1, seq: 0, want: 0}, {ssrc: 1, seq: 0, late: true}, {ssrc: 1, seq: 65535, want: 65535},
			{ssrc: 1, seq: 65535, late: true}, {ssrc: 1, seq: 65534, late: true}, {ssrc: 1, seq: 1, want: 1},
			{ssrc: 1, seq: 1 + repeats, want: 1 + repeats}, {ssrc: 1, seq: 1, late: true}, {ssrc: 1, seq: 2, want: 2}, {ssrc: 1, seq: 2, late: true},
			{ssrc: 1, seq: 2 + 2*repeats, want: 2 + 2*repeats}, {ssrc: 1, seq: 3 + repeats, want: 3 + repeats},
		},
		"what is left out leaves no gap": {
			{ssrc: 1, seq: 5, want: 5}, {ssrc: 1, seq: 6, omit: true}, {ssrc: 1, seq: 7, omit: true}, {ssrc: 1, seq: 8, want: 6},
			{ssrc: 1, seq: 9, omit: true}, {ssrc: 1, seq: 10, want: 7},
		},
		"a late packet from before what was left out keeps its place": {
			{ssrc: 1, seq: 5, want: 5}, {ssrc: 1, seq: 7, want: 7}, {ssrc: 1, seq: 8, omit: true}, {ssrc: 1, seq: 9, want: 8},
			{ssrc: 1, seq: 6, want: 6}, {ssrc: 1, seq: 8, late: true},
		},
		"what was lost among what is left out is not missed": {
			{ssrc: 1, seq: 5, want: 5}, {ssrc: 1, seq: 8, omit: true}, {ssrc: 1, seq: 9, want: 6}, {ssrc: 1, seq: 7, late: true},
		},
		"another source goes on where the one before stopped, with the time that passed": {
			{ssrc: 1, seq: 5, ts: 1000, want: 5, wantTS: 1000}, {ssrc: 2, seq: 40000, ts: 77, after: time.Second, want: 6, wantTS: 91000},
			{ssrc: 2, seq: 40001, ts: 3077, want: 7, wantTS: 94000}, {ssrc: 2, seq: 39999, late: true}, {ssrc: 2, seq: 40002, ts: 3077, want: 8, wantTS: 94000},
		},
		"back to the first source": {
			{ssrc: 1, seq: 5, ts: 0, want: 5, wantTS: 0}, {ssrc: 2, seq: 9, ts: 5, after: time.Second, want: 6, wantTS: 90000},
			{ssrc: 1, seq: 90, ts: 180000, after: time.Second, want: 7, wantTS: 180000},
		},
		"sources that follow at once are two pictures": {
			{ssrc: 1, seq: 5, ts: 1000, want: 5, wantTS: 1000}, {ssrc: 2, seq: 9, ts: 5, want: 6, wantTS: 1001},
		},
		"nothing is left out before anything came": {
			{ssrc: 1, seq: 4, omit: true}, {ssrc: 1, seq: 5, want: 5}, {ssrc: 1, seq: 6, want: 6},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			r := rebaser{clockRate: 90000}
			now := time.Unix(0, 0)
			for i, s := range steps {
				now = now.Add(s.after)
				p := &rtp.Packet{Header: rtp.Header{SSRC: s.ssrc, SequenceNumber: s.seq, Timestamp: s.ts}}
				if s.omit {
					r.omit(p, now)
					continue
				}
				if ok := r.pass(p, now); ok == s.late {
					t.Fatalf("step %d: goes out: %t", i, ok)
				} else if ok && (p.SequenceNumber != s.want || p.Timestamp != s.wantTS) {
					t.Fatalf("step %d: goes out as %d at %d, want %d at %d", i, p.SequenceNumber, p.Timestamp, s.want, s.wantTS)
				}
			}
		})
	}
}

// FuzzRebase: whatever comes, no number goes out twice for different packets, and what comes in order goes out in order.
func FuzzRebase(f *testing.F) {
	f.Add([]byte{1, 2, 3, 130, 4, 5, 200, 6})
	f.Fuzz(func(t *testing.T, moves []byte) {
		r := rebaser{clockRate: 90000}
		now := time.Unix(0, 0)
		taken := map[uint16]uint16{} // out → in
		var seq, last uint16
		for i, m := range moves[:min(len(moves), 4000)] {
			seq++
			p := &rtp.Packet{Header: rtp.Header{SSRC: 1, SequenceNumber: seq}}
			switch {
			case m >= 192: // some are lost on the way
				seq += uint16(m % 8)
				continue
			case m >= 128:
				r.omit(p, now)
				continue
			}
			if !r.pass(p, now) {
				t.Fatalf("move %d: a new packet has no place", i)
			}
			if before, ok := taken[p.SequenceNumber]; ok {
				t.Fatalf("move %d: %d and %d go out as %d", i, before, seq, p.SequenceNumber)
			}
			if taken[p.SequenceNumber] = seq; len(taken) > 1 && int16(p.SequenceNumber-last) <= 0 {
				t.Fatalf("move %d: %d goes out after %d", i, p.SequenceNumber, last)
			}
			last = p.SequenceNumber
		}
	})
}
