// Package protocol is docs/widget-protocol.md in Go: the frames, the close codes and what both sides check about them. The gateway
// and every Go client of it share these types; the document, not this package, is the contract.
package protocol

import "time"

// Version is the protocol's version, and Subprotocol its WebSocket name.
const (
	Version     = 1
	Subprotocol = "frontdesk.v1"
)

// Limits that are part of the protocol.
const (
	MaxFrame     = 64 << 10 // bytes of one frame from the client
	MaxText      = 16_384   // characters of a message
	MaxFiles     = 10       // files of a message
	MaxHistory   = 50       // messages of one history frame, and of the first page
	MaxReaction  = 32       // bytes of a reaction
	MaxComment   = 2_000    // characters of a rating's comment
	MaxURL       = 2_048    // bytes of a page's address
	MaxTitle     = 256      // characters of a page's title
	HelloTimeout = 10 * time.Second
	PollTimeout  = 25 * time.Second
	Heartbeat    = 25 * time.Second // default
)

// Types of frames.
const (
	THello   = "hello"
	TStart   = "start"
	TSend    = "send"
	TEdit    = "edit"
	TDelete  = "delete"
	TReact   = "react"
	TChoose  = "choose"
	TRate    = "rate"
	TSeen    = "seen"
	TGot     = "got"
	TTyping  = "typing"
	THistory = "history"
	TPage    = "page"
	TPing    = "ping"
	TPong    = "pong"

	TWelcome = "welcome"
	TSession = "session"
	TMessage = "message"
	TState   = "state"
	TAck     = "ack"
	TNack    = "nack"
	TError   = "error"
	TBye     = "bye"
)

// TimeFormat is RFC 3339 in UTC with milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z07:00"

// Time is a moment as the protocol writes it.
type Time struct{ time.Time }

// MarshalJSON writes TimeFormat in UTC.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.UTC().Format(TimeFormat) + `"`), nil
}
