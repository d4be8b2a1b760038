package protocol

import (
	"net/http"
	"time"
)

// CloseCode says why a connection ended and what the client does next; see the table in the document.
type CloseCode int

// The codes of the document.
const (
	GoingAway   CloseCode = 1001
	TooBig      CloseCode = 1009
	BadFrame    CloseCode = 4000
	HelloLate   CloseCode = 4001
	BadVersion  CloseCode = 4002
	SlowReader  CloseCode = 4003
	NoHeartbeat CloseCode = 4004
	TooMany     CloseCode = 4005
	Flood       CloseCode = 4006
	Internal    CloseCode = 4007
	BadToken    CloseCode = 4010
	BadSite     CloseCode = 4011
	BadOrigin   CloseCode = 4012
	Revoked     CloseCode = 4013
	Replaced    CloseCode = 4014
)

type closeRule struct {
	name   string
	again  time.Duration // earliest reconnect; negative: never
	status int           // HTTP status that says the same where there is no socket
}

var closeRules = map[CloseCode]closeRule{
	GoingAway:   {"going_away", 0, http.StatusServiceUnavailable},
	TooBig:      {"too_big", 0, http.StatusRequestEntityTooLarge},
	BadFrame:    {"bad_frame", 0, http.StatusBadRequest},
	HelloLate:   {"hello_timeout", 0, http.StatusRequestTimeout},
	BadVersion:  {"bad_version", -1, http.StatusBadRequest},
	SlowReader:  {"slow_reader", 0, http.StatusGone},
	NoHeartbeat: {"heartbeat", 0, http.StatusGone},
	TooMany:     {"too_many", 30 * time.Second, http.StatusTooManyRequests},
	Flood:       {"flood", 10 * time.Second, http.StatusTooManyRequests},
	Internal:    {"internal", 0, http.StatusInternalServerError},
	BadToken:    {"bad_token", 0, http.StatusUnauthorized},
	BadSite:     {"bad_site", -1, http.StatusNotFound},
	BadOrigin:   {"bad_origin", -1, http.StatusForbidden},
	Revoked:     {"revoked", -1, http.StatusUnauthorized},
	Replaced:    {"replaced", -1, http.StatusConflict},
}

// Name is the code's name in the document, "" for codes that are not ours.
func (c CloseCode) Name() string { return closeRules[c].name }

// Again tells when the client may come back: the earliest moment after the close, or false for never.
func (c CloseCode) Again() (time.Duration, bool) {
	r, ok := closeRules[c]
	if !ok {
		return 0, true // a broken network says nothing against coming back
	}
	return max(r.again, 0), r.again >= 0
}

// Status is the HTTP status that says the same before an upgrade.
func (c CloseCode) Status() int {
	if r, ok := closeRules[c]; ok {
		return r.status
	}
	return http.StatusInternalServerError
}

// Bye is the frame sent before the close.
func (c CloseCode) Bye() Bye {
	again, ok := c.Again()
	ms := again.Milliseconds()
	if !ok {
		ms = -1
	}
	return Bye{Code: c, Reason: c.Name(), Again: ms}
}
