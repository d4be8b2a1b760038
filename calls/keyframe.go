package calls

import (
	"sync"
	"time"
)

// keyFrameEvery is how often a sender is asked for a key frame at most: they are large, and everybody who joins asks.
const keyFrameEvery = 500 * time.Millisecond

// keyFrames asks a sender for key frames. A wish that comes too soon after one is kept until its time.
type keyFrames struct {
	ask func()

	mu     sync.Mutex
	last   time.Time
	timer  *time.Timer
	closed bool
}

func (k *keyFrames) want() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || k.timer != nil {
		return
	}
	wait := keyFrameEvery - time.Since(k.last)
	if wait <= 0 {
		k.last = time.Now()
		k.ask()
		return
	}
	k.timer = time.AfterFunc(wait, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.timer = nil
		if !k.closed {
			k.last = time.Now()
			k.ask()
		}
	})
}

func (k *keyFrames) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
}
