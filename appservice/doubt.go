package appservice

import (
	"strconv"
	"sync"
	"time"
)

// How long after we or the homeserver were away its transactions are counted: doubtful, but no longer than settling after it has
// answered a ping, by which it takes us for well again and sends what it held back.
const (
	doubtful = time.Minute
	settling = 10 * time.Second
)

// pauses are the waits after a catch-up for the next one, from the latest sign that somebody was away; the last one repeats.
var pauses = []time.Duration{time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second, 5 * time.Minute}

// doubts tells when something may have been lost on its way to us although both sides are up again.
//
// Synapse retries what it could not send and then takes the application service for well. A transaction it makes in the very moment it
// comes to that conclusion is neither sent nor retried: it lies in its table until the next failure, while later ones arrive (seen on
// a live 1.163). So, until that moment has surely passed, a number missing between two transactions is a reason to catch up before the
// later one is worked. Numbers are shared with other application services, and the staff's registration takes one for each event of a
// room with staff in it although it is sent nothing: then every transaction is a reason, and all lanes wait for a catch-up that finds
// nothing. That is why the time is short.
type doubts struct {
	mu    sync.Mutex
	until time.Time // transactions are counted till then
	last  int64     // number of the latest transaction; 0: unknown
	asked int64     // counts reasons to catch up
	fresh bool      // somebody was away since the last look
}

// wantCatchUp asks for a catch-up because somebody was away. Until it is done the Matrix lanes stand still. It never blocks.
func (s *Service) wantCatchUp() {
	s.doubts.mu.Lock()
	defer s.doubts.mu.Unlock()
	s.doubts.until, s.doubts.fresh = time.Now().Add(doubtful), true
	s.askLocked()
}

// settle notes that the homeserver has answered a ping. Somebody having been away again since is news to begin with anew.
func (s *Service) settle() {
	s.doubts.mu.Lock()
	defer s.doubts.mu.Unlock()
	if until := time.Now().Add(settling); !s.doubts.fresh && until.Before(s.doubts.until) {
		s.doubts.until = until
	}
}

// askLocked holds the lanes at once: what comes in before the catch-up begins must not be worked either.
func (s *Service) askLocked() {
	s.doubts.asked++
	s.journal.Hold(source)
	select {
	case s.catchUps <- struct{}{}:
	default:
	}
}

// count notes a transaction's number, and asks for a catch-up if one is missing before it.
func (s *Service) count(txn string) {
	number, err := strconv.ParseInt(txn, 10, 64)
	if err != nil {
		return // not Synapse, which counts
	}
	s.doubts.mu.Lock()
	defer s.doubts.mu.Unlock()
	last := s.doubts.last
	s.doubts.last = number
	if number == last || number == last+1 || time.Now().After(s.doubts.until) {
		return
	}
	s.askLocked()
}

// beginCatchUp holds the lanes and tells how many reasons to catch up there were till now, and whether somebody was away.
func (s *Service) beginCatchUp() (asked int64, fresh bool) {
	s.doubts.mu.Lock()
	defer s.doubts.mu.Unlock()
	s.journal.Hold(source)
	fresh, s.doubts.fresh = s.doubts.fresh, false
	return s.doubts.asked, fresh
}

// endCatchUp lets the lanes go on, unless another reason has come up meanwhile.
func (s *Service) endCatchUp(asked int64) bool {
	s.doubts.mu.Lock()
	defer s.doubts.mu.Unlock()
	if s.doubts.asked != asked {
		return false
	}
	s.journal.Release(source)
	return true
}
