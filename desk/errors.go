package desk

import (
	"errors"
	"fmt"
)

// Code classifies an error for those outside.
type Code string

const (
	Invalid     Code = "invalid"     // the input makes no sense; the same input will never be taken
	Denied      Code = "denied"      // the person may not do that
	Conflict    Code = "conflict"    // somebody was faster, or the state does not allow it
	NotFound    Code = "not_found"   // there is no such thing
	Unavailable Code = "unavailable" // not now; the same again later may work
	Internal    Code = "internal"    // a fault of ours
)

// Error is a refusal that a person can be told. Key names its text in the message catalogue, Args fill it.
type Error struct {
	Code Code
	Key  string
	Args []any
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Key) }

// Refuse makes an Error.
func Refuse(code Code, key string, args ...any) *Error {
	return &Error{Code: code, Key: key, Args: args}
}

// ErrNotFound is returned by Tx look-ups for rows that do not exist.
var ErrNotFound = errors.New("not found")

// CodeOf gives the code of the first Error in err's chain, NotFound for ErrNotFound, and Internal for everything else.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, ErrNotFound):
		return NotFound
	}
	return Internal
}
