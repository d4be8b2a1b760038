package calls

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Journal is what the relay needs of *journal.Journal.
type Journal interface {
	Read(ctx context.Context, fn func(journal.Tx) error) error
	Decide(ctx context.Context, in ...desk.Input) (desk.Decision, error)
}

// Engine is what the relay needs of *desk.Engine.
type Engine interface {
	// CallStaff lists the memberships of those whose voice and picture may reach the customer.
	CallStaff(tx desk.Tx, now time.Time, c *desk.Call) ([]desk.CallMember, error)
}

// Visitors reaches the page that answered a call. It tells whether there is one now; what it was told is lost if not.
type Visitors interface {
	Signal(conversation desk.ConversationID, tab string, call desk.CallID, s desk.CallSignal) bool
}

// Session is the staff's side as Matrix knows it. Errors are *desk.CallFault where it is known what they mean for the call.
type Session interface {
	// Service gives the token service of calls for which none of the staff's has named one.
	Service(ctx context.Context) (string, error)
	// Enter asks for access to the media. p has a service.
	Enter(ctx context.Context, p desk.CallPlace) (desk.CallAccess, error)
	// Sit makes the puppet a member of the session and keeps it one until ctx ends, or until it cannot be: then it gives an error.
	Sit(ctx context.Context, p desk.CallPlace) error
	// Identities gives what the SFU may call a member of the session.
	Identities(desk.CallMember) []string
	// Rise ends the puppet's membership, whoever began it.
	Rise(ctx context.Context, p desk.CallPlace) error
}

// Config is how visitors reach the relay and what they may send.
type Config struct {
	UDP          string   // host:port of all media; port 0 takes a free one
	TCP          string   // host:port; "" for none
	PublicIPs    []string // under which visitors reach both; none: those of the interfaces
	VideoBitrate int      // of a camera, bit/s
	ShareBitrate int      // of a screen
	TURN         TURN
}

// TURN is a relay for visitors who reach us no other way. Passwords are made of the secret and end by themselves.
type TURN struct {
	URLs   []string
	Secret string
	TTL    time.Duration
}

// Options are what a Manager works with.
type Options struct {
	Config     Config
	Journal    Journal
	Engine     Engine
	Session    Session
	Visitors   Visitors
	Now        func() time.Time
	Log        zerolog.Logger
	Registerer prometheus.Registerer
}

// How long things may take before a call is given up. Tests shorten them.
type patience struct {
	page  time.Duration // for a page that is gone to come back, as after a reload
	first time.Duration // for a page to get its first connection
	link  time.Duration // for the staff's side to connect, also again
	own   time.Duration // that the SFU's client gets to reconnect by itself before we begin anew
	clean time.Duration // that a line loses nothing before larger pictures are tried
}

func defaultPatience() patience {
	return patience{page: 15 * time.Second, first: 25 * time.Second, link: 20 * time.Second, own: 3 * time.Second, clean: 10 * time.Second}
}
