package calls

import (
	"time"

	"github.com/pion/rtp"
)

// rebaser makes one stream of packets out of several sources that follow each other, and of one from which packets are left out on purpose:
// sequence numbers go on without gaps, timestamps go on with the time that passed. Gaps that the network made stay gaps, so that the next
// leg's receiver knows of the loss. A stream that goes out belongs to one rebaser; it is not safe for concurrent use.
type rebaser struct {
	clockRate uint32

	begun   bool
	source  uint32 // SSRC of the current source
	highest uint64 // extended sequence number of the newest packet that came
	base    uint64 // of the first packet of the source; what is older belongs to nobody any more
	shifts  []shift
	tsShift uint32

	passed [repeats / 64]uint64 // which of the newest numbers have gone out, one bit each

	outHighest uint64
	outTS      uint32
	at         time.Time // of outTS
}

// shift is what is taken from sequence numbers from one on.
type shift struct{ from, by uint64 }

// maxShifts is how many omissions late packets can still be placed between.
const maxShifts = 64

// repeats is how far back a packet that comes again is known to be one, and how late one may come at all.
const repeats = 2048

// wrap leaves room below the first packet for those that overtook each other.
const wrap = 1 << 16

// source begins a new source if the packet is of another one than those before.
func (r *rebaser) enter(p *rtp.Packet, now time.Time) {
	if r.begun && p.SSRC == r.source {
		return
	}
	seq := uint64(p.SequenceNumber) + wrap
	if !r.begun {
		r.outHighest = seq - 1 + wrap
		r.outTS, r.at = p.Timestamp, now
	} else {
		// One tick at least: two sources' packets must not look like one frame.
		passed := max(1, uint32(now.Sub(r.at).Seconds()*float64(r.clockRate)))
		r.tsShift = p.Timestamp - (r.outTS + passed)
	}
	// A shift is taken off; as numbers are modulo 2^64 it may well be "negative".
	r.shifts = append(r.shifts[:0], shift{from: seq, by: seq - (r.outHighest + 1)})
	r.begun, r.source, r.highest, r.base = true, p.SSRC, seq-1, seq
	r.passed = [repeats / 64]uint64{}
}

// extend gives the packet's sequence number without wrapping, near the newest one.
func (r *rebaser) extend(seq uint16) uint64 {
	return r.highest + uint64(int64(int16(seq-uint16(r.highest)))) //nolint:gosec // the difference is what is meant
}

// pass rewrites a packet that goes out. It reports false for one that came too late to have a place, or came before: who asks for a lost packet
// may get it several times.
func (r *rebaser) pass(p *rtp.Packet, now time.Time) bool {
	r.enter(p, now)
	seq := r.extend(p.SequenceNumber)
	if seq < r.base || seq+repeats <= r.highest {
		return false
	}
	by, ok := r.shiftAt(seq)
	if !ok {
		return false
	}
	newest := seq > r.highest
	if newest {
		r.advance(seq)
	}
	word, bit := &r.passed[seq%repeats/64], uint64(1)<<(seq%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	out := seq - by
	p.SequenceNumber = uint16(out)
	p.Timestamp -= r.tsShift
	if newest {
		r.outHighest, r.outTS, r.at = out, p.Timestamp, now
	}
	return true
}

// advance makes a packet the newest one that came.
func (r *rebaser) advance(seq uint64) {
	if seq-r.highest >= repeats {
		r.passed = [repeats / 64]uint64{}
	}
	for n := r.highest + 1; n < seq && seq-r.highest < repeats; n++ {
		r.passed[n%repeats/64] &^= 1 << (n % 64)
	}
	r.passed[seq%repeats/64] &^= 1 << (seq % 64)
	r.highest = seq
}

// omit takes note of a packet that does not go out, so that the next one closes up.
func (r *rebaser) omit(p *rtp.Packet, now time.Time) {
	if !r.begun || p.SSRC != r.source {
		return // the source begins with what goes out
	}
	seq := r.extend(p.SequenceNumber)
	if seq <= r.highest {
		return // late: its place is a gap already
	}
	last := r.shifts[len(r.shifts)-1]
	// What is missing before it goes with it: nobody shall ask for what would not go out either.
	gone := seq - r.highest
	r.advance(seq)
	next := shift{from: seq + 1, by: last.by + gone}
	if last.from == seq+1-gone && len(r.shifts) > 1 {
		r.shifts[len(r.shifts)-1] = next
		return
	}
	if len(r.shifts) == maxShifts {
		r.shifts = append(r.shifts[:0], r.shifts[1:]...)
		r.base = r.shifts[0].from
	}
	r.shifts = append(r.shifts, next)
}

func (r *rebaser) shiftAt(seq uint64) (uint64, bool) {
	for i := len(r.shifts) - 1; i >= 0; i-- {
		if seq < r.shifts[i].from {
			continue
		}
		if i+1 < len(r.shifts) {
			// Left out, or lost beside what was left out: its number is taken.
			room := r.shifts[i+1].from - (r.shifts[i+1].by - r.shifts[i].by)
			return r.shifts[i].by, seq < room
		}
		return r.shifts[i].by, true
	}
	return 0, false
}
