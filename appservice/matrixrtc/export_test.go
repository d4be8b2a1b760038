package matrixrtc

import (
	"net/http"
	"time"
)

// Hurry shortens the times for tests.
func (s *Sessions) Hurry() {
	s.times = times{leave: 3 * time.Second, restart: 500 * time.Millisecond, verify: time.Second, refresh: 2 * time.Second, again: 200 * time.Millisecond}
}

// ReadAccess reads the answer of a token service.
var ReadAccess = readAccess

// SetHTTP has the token services of a test asked by its own client, which trusts them.
func (s *Sessions) SetHTTP(c *http.Client) { s.http = c }
