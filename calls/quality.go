package calls

import (
	"time"

	"github.com/livekit/protocol/livekit"
)

// What of a picture's packets the page may miss, in 256ths: from tooMuch on it gets a smaller picture, below little the line is clean.
const (
	tooMuch = 26
	little  = 5
)

// A smaller picture shows in the reports only after a while; a larger one is tried ever more rarely if it was too large.
const (
	lowerAgain = 3 * time.Second
	raiseMost  = 8 // times patience.clean
)

// quality chooses which of the sizes that a client of the staff's sends the page gets, by what the page reports to have lost. A client that
// sends one size only has nothing to choose from.
type quality struct {
	level livekit.VideoQuality
	clean time.Duration // how long a line is clean before more is tried

	wait    time.Duration // as clean, after failures
	changed time.Time
	lossy   time.Time // when a report was last not clean
}

// firstQuality is the size a source begins with: cameras are shown small.
func firstQuality(s source) livekit.VideoQuality {
	if s == screen {
		return livekit.VideoQuality_HIGH
	}
	return livekit.VideoQuality_MEDIUM
}

// begin starts over with a stream that has a size now.
func (q *quality) begin(level livekit.VideoQuality, now time.Time) {
	*q = quality{level: level, clean: q.clean, wait: q.clean, changed: now, lossy: now}
}

// report takes what the page has lost since its last report, and tells whether another size is wanted.
func (q *quality) report(lost uint8, now time.Time) bool {
	if lost >= little {
		q.lossy = now
	}
	switch {
	case lost >= tooMuch && q.level > livekit.VideoQuality_LOW && now.Sub(q.changed) >= lowerAgain:
		q.level--
		q.wait = min(2*q.wait, raiseMost*q.clean)
	case q.level < livekit.VideoQuality_HIGH && now.Sub(q.lossy) >= q.wait && now.Sub(q.changed) >= q.wait:
		q.level++
	default:
		return false
	}
	q.changed = now
	return true
}
