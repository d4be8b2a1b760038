package matrixrtc

import "time"

// Hurry shortens the times for tests.
func (s *Sessions) Hurry() {
	s.times = times{leave: 3 * time.Second, restart: 500 * time.Millisecond, verify: time.Second, refresh: 2 * time.Second, again: 200 * time.Millisecond}
}

// ReadAccess reads the answer of a token service.
var ReadAccess = readAccess
