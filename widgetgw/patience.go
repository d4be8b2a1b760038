package widgetgw

import (
	"bufio"
	"net"
	"net/http"
	"time"
)

// patient is an answer that is not waited for endlessly: each piece of it has to leave within a time. Whoever takes nothing
// would hold its memory, and a connection to the homeserver, as long as it likes.
type patient struct {
	http.ResponseWriter
	limit time.Duration
}

// patientPiece is how many bytes have to leave in that time; a slow network is none that stands still.
const patientPiece = 16 << 10

func (p patient) Write(b []byte) (n int, err error) {
	for {
		piece := b[n:min(len(b), n+patientPiece)]
		p.grant()
		written, err := p.ResponseWriter.Write(piece)
		if n += written; err != nil || n == len(b) {
			return n, err
		}
	}
}

// grant lets the next piece leave. The deadline of an earlier request on the same connection would count otherwise.
func (p patient) grant() {
	_ = http.NewResponseController(p.ResponseWriter).SetWriteDeadline(time.Now().Add(p.limit))
}

// Unwrap is for http.ResponseController.
func (p patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Hijack is for the upgrade to a socket, which has its own deadlines.
func (p patient) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(p.ResponseWriter).Hijack()
}
