package widgetgw

import "time"

// bucket is a token bucket. It starts full; its zero value belongs to no rate yet and fills on first use. Its owner serialises access.
type bucket struct {
	level float32
	at    int64 // Unix nanoseconds of the last look; 0: never
}

// take removes n tokens if there are that many.
func (b *bucket) take(r Rate, now time.Time, n float64) bool {
	level := b.fill(r, now)
	if level < n {
		b.level = float32(level)
		return false
	}
	b.level = float32(level - n)
	return true
}

// give puts tokens back that were taken.
func (b *bucket) give(r Rate, n float64) { b.level = float32(min(float64(b.level)+n, r.Burst)) }

// wait tells how long until n tokens are there.
func (b *bucket) wait(r Rate, now time.Time, n float64) time.Duration {
	missing := n - b.fill(r, now)
	if missing <= 0 || r.PerSecond <= 0 {
		return 0
	}
	return time.Duration(missing / r.PerSecond * float64(time.Second))
}

func (b *bucket) full(r Rate, now time.Time) bool { return b.at == 0 || b.fill(r, now) >= r.Burst }

func (b *bucket) fill(r Rate, now time.Time) float64 {
	at := now.UnixNano()
	level := r.Burst
	if b.at != 0 {
		passed := max(float64(at-b.at)/float64(time.Second), 0)
		level = min(float64(b.level)+passed*r.PerSecond, r.Burst)
	}
	b.at, b.level = at, float32(level)
	return level
}
