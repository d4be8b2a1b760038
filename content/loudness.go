package content

import "strconv"

const (
	loudnessSteps = 100    // how long a Loudness is at most
	loudnessMax   = 35     // its highest level: the digits of base 36
	maxPackets    = 90_000 // half an hour in the usual packets
)

// Loudness listens to an Ogg stream that is written to it and tells how loud it is over time, by how many bytes the codec spends on each
// moment: silence takes few. Nothing is decoded. It takes whatever is written; of what is no Ogg it tells nothing.
type Loudness struct {
	head    []byte // of the page that is being read
	body    int    // bytes of that page still to come
	packet  int    // bytes so far of the packet that is being read
	skip    int    // packets so far that were no sound
	packets []uint16
	not     bool // no Ogg
}

// Sizes of an Ogg page's head: without and with its table of segments.
const (
	pageHead     = 27
	segmentCount = 26 // where the length of the table stands
	oggHeaders   = 2  // packets before the first sound
	lastSegment  = 255
)

// Write never fails.
func (l *Loudness) Write(p []byte) (int, error) {
	written := len(p)
	for len(p) > 0 && !l.not {
		if l.body > 0 {
			n := min(l.body, len(p))
			l.body, p = l.body-n, p[n:]
			continue
		}
		need := pageHead
		if len(l.head) >= pageHead {
			need += int(l.head[segmentCount])
		}
		n := min(need-len(l.head), len(p))
		l.head, p = append(l.head, p[:n]...), p[n:]
		if len(l.head) == pageHead {
			l.not = string(l.head[:4]) != "OggS"
		}
		if len(l.head) >= pageHead && len(l.head) == pageHead+int(l.head[segmentCount]) {
			l.page(l.head[pageHead:])
			l.head = l.head[:0]
		}
	}
	return written, nil
}

// page reads the table of segments, which tells how long the packets are.
func (l *Loudness) page(segments []byte) {
	for _, s := range segments {
		l.body += int(s)
		l.packet += int(s)
		if s == lastSegment {
			continue // the packet goes on
		}
		if l.skip < oggHeaders {
			l.skip++
		} else if len(l.packets) < maxPackets {
			l.packets = append(l.packets, uint16(min(l.packet, 1<<16-1)))
		}
		l.packet = 0
	}
}

// String gives up to 100 levels, a digit of base 36 each; empty if nothing is known.
func (l *Loudness) String() string {
	if l.not || len(l.packets) == 0 {
		return ""
	}
	n := min(loudnessSteps, len(l.packets))
	means := make([]int, n)
	low, high := 1<<16, 0
	for i := range means {
		from, to := i*len(l.packets)/n, (i+1)*len(l.packets)/n
		for _, size := range l.packets[from:to] {
			means[i] += int(size)
		}
		means[i] /= to - from
		low, high = min(low, means[i]), max(high, means[i])
	}
	out := make([]byte, 0, n)
	for _, mean := range means {
		level := loudnessMax / 2 // always the same: the codec was told to spend as much on silence
		if high > low {
			level = (mean - low) * loudnessMax / (high - low)
		}
		out = strconv.AppendInt(out, int64(level), loudnessMax+1)
	}
	return string(out)
}

// Waveform gives the levels of a Loudness as numbers from 0 to max; nil if there are none.
func Waveform(loudness string, max int) []int {
	var out []int
	for _, digit := range loudness[:min(len(loudness), loudnessSteps)] {
		level, err := strconv.ParseInt(string(digit), loudnessMax+1, 8)
		if err != nil || level < 0 {
			return nil
		}
		out = append(out, int(level)*max/loudnessMax)
	}
	return out
}
