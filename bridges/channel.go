// Package bridges is what a channel is: a way for people outside to write to the desk that is not our own widget.
//
// A channel turns what its customers do into inputs of the journal, under a Source of its own, and says here how to bring a message to a
// customer. Everything else is done by the Courier, the same for all channels: which message is next, in which order, what became of it, and
// what to tell the staff. What a channel can do beyond sending it declares by implementing Editor, Deleter, Reactor, Grouper,
// Originator, Prompter; that it cannot is told to the staff where they try it.
//
// A messenger has no key by which it would know a message it has been given twice. So each part of a message is sent at most once: it is
// marked before it is sent, and what is found marked after a crash, or whose answer was lost, is not repeated but shown to the
// staff, who may have it sent again.
package bridges

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
)

// View is a message with everything a channel may want to know about it.
type View struct {
	Site         *desk.Site
	Customer     *desk.Customer
	Conversation *desk.Conversation
	Ticket       *desk.Ticket  // the conversation's newest; nil before the first
	Message      *desk.Message // nil when something beside the log is said
	Rating       *desk.Rating  // of the ticket; nil if it has none
	Topics       []desk.Option // what may be chosen now
	Phone        bool          // a phone number of the customer is known
	Agreed       bool          // the customer has agreed to what the site wants agreed to
	MXC          map[string]string
}

// MaxParts is how many parts a message may have.
const MaxParts = 1000

// Part is what one message of the channel carries. A channel adds to it what it needs in Extra, of which Sum knows.
type Part struct {
	// Number tells the part from the others of its message. What an edit cannot make of each other, words and a file, never have the
	// same one, whatever the message was before: a number that is gone is deleted, a new one is sent. It is below MaxParts.
	Number     int
	Text, HTML string
	File       *content.Attachment
	MXC        string // where the File's bytes are
	ReplyTo    string // the channel's id of the answered message; empty: of none
	Extra      any    // keyboard, entities …
	Group      int    // neighbours of the same number, which is not 0, are sent as one, by a Grouper
	Sum        string // changes with everything that an edit would change
}

// Channel is one way in: one bot, one mailbox.
type Channel interface {
	// Source names the channel in the journal.
	Source() string
	// Parts cuts a message into what is sent, always in the same way. It does no I/O.
	Parts(View) []Part
	// Send brings a part to a chat and gives the channel's id of it. Its errors are a *Refusal, or made by Later, Again, Away or Unknown;
	// any other counts as Unknown.
	Send(ctx context.Context, chat string, p Part) (id string, err error)
	// Probe reports whether the other side answers.
	Probe(ctx context.Context) error
}

// Grouper is a channel that shows several parts as one: an album.
type Grouper interface {
	// SendGroup gives the ids of the parts. Its errors are those of Send, and ErrApart.
	SendGroup(ctx context.Context, chat string, parts []Part) (ids []string, err error)
}

// ErrApart tells that nothing was sent, since these parts do not go together: they are sent one by one.
var ErrApart = errors.New("the parts of a group have to be sent one by one")

// Editor is a channel in which a sent part can be changed.
type Editor interface {
	Edit(ctx context.Context, chat, id string, p Part) error
}

// Deleter is a channel in which a message can be taken back, also a customer's.
type Deleter interface {
	Delete(ctx context.Context, chat, id string) error
}

// Reactor is a channel that shows the staff's reactions to a message; no keys take them all back.
type Reactor interface {
	React(ctx context.Context, chat, id string, keys []string) error
}

// Originator is a channel that knows a customer's message again: its id there, or empty.
type Originator interface {
	Origin(*desk.Message) string
}

// Prompter is a channel that says something beside the log when journal.Chat.Prompt asks for it: at least once.
type Prompter interface {
	Prompt(ctx context.Context, chat, prompt string, v View) (Prompted, error)
	// Withdraw takes away what can be pressed at something said beside the log.
	Withdraw(ctx context.Context, chat, id string) error
}

// Prompted is what was said beside the log.
type Prompted struct {
	ID     string         // the channel's; empty: nothing was said
	About  desk.MessageID // the message of the log it belongs to, if to any
	Offers bool           // it has something to press, to be withdrawn once there is nothing to choose or to agree to
}

// Refusal is an answer that will always be the same: the staff is told why.
type Refusal struct {
	Key  string // of a text for the staff
	Args []string
}

func (r *Refusal) Error() string { return fmt.Sprintf("refused: %s %v", r.Key, r.Args) }

// Refuse makes a Refusal.
func Refuse(key string, args ...string) *Refusal { return &Refusal{key, args} }

type laterError struct {
	err   error
	after time.Duration
}

func (e *laterError) Error() string { return e.err.Error() }
func (e *laterError) Unwrap() error { return e.err }

// Later marks an error after which nothing was sent and which says when to try again: exactly then.
func Later(err error, after time.Duration) error { return &laterError{err, after} }

type againError struct {
	err     error
	refusal *Refusal
}

func (e *againError) Error() string { return e.err.Error() }
func (e *againError) Unwrap() error { return e.err }

// Again marks an error after which certainly nothing was sent and whose cause may pass: it is tried again, ever later, and refused in the end.
func Again(err error, otherwise *Refusal) error { return &againError{err, otherwise} }

func againBy(err error) *againError {
	var again *againError
	errors.As(err, &again)
	return again
}

type awayError struct{ err error }

func (e *awayError) Error() string { return e.err.Error() }
func (e *awayError) Unwrap() error { return e.err }

// Away marks an error after which certainly nothing was sent: the other side could not be reached.
func Away(err error) error { return &awayError{err} }

type unknownError struct{ err error }

func (e *unknownError) Error() string { return e.err.Error() }
func (e *unknownError) Unwrap() error { return e.err }

// Unknown marks an error after which nobody knows whether something was sent.
func Unknown(err error) error { return &unknownError{err} }

// IsUnknown reports whether an error is marked by Unknown.
func IsUnknown(err error) bool {
	var unknown *unknownError
	return errors.As(err, &unknown)
}

func isAway(err error) bool {
	var away *awayError
	return errors.As(err, &away)
}

func laterBy(err error) (time.Duration, bool) {
	var later *laterError
	if errors.As(err, &later) {
		return later.after, true
	}
	return 0, false
}

func refusalOf(err error) *Refusal {
	var refusal *Refusal
	errors.As(err, &refusal)
	return refusal
}
