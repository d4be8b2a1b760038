package matrixrtc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/desk"
)

// Homeserver is what the sessions need of the Matrix side. Errors that are answers have a method Refusal() (status int, code string).
type Homeserver interface {
	// Ask makes a request to the client API; path lies below /_matrix/client.
	Ask(ctx context.Context, as desk.Persona, method string, path []any, query map[string]string, body, out any) error
	// UserID gives the Matrix user of a persona.
	UserID(desk.Persona) desk.UserID
	// RoomID gives the room of a key.
	RoomID(ctx context.Context, key desk.RoomKey) (desk.RoomID, error)
}

// Sessions have puppets take part in MatrixRTC sessions.
type Sessions struct {
	homeserver Homeserver
	service    string // by configuration; "" for what the homeserver says
	http       *http.Client
	now        func() time.Time
	log        zerolog.Logger
	times      times

	mu     sync.Mutex
	leaves map[seat]string // delayed leaves, by seat
	found  string          // the homeserver's token service
	asked  time.Time
}

// times are how often what is done. Tests shorten them.
type times struct {
	leave   time.Duration // after which the homeserver clears the seat of one who is silent
	restart time.Duration // how often we say that we are there
	verify  time.Duration // how often it is looked whether the seat is still ours
	refresh time.Duration // how often the membership is renewed
	again   time.Duration // after a failure
}

// Reasons why a puppet does not get into a session: keys of texts.
const (
	reasonService = "call.reason.service"
	reasonRefused = "call.reason.refused"
	reasonRoom    = "call.reason.room"
)

// NewSessions makes Sessions. service is the token service of calls that name none; "" for what the homeserver says.
func NewSessions(h Homeserver, service string, log zerolog.Logger) *Sessions {
	return &Sessions{
		homeserver: h, service: service, now: time.Now, log: log, leaves: map[seat]string{},
		http: &http.Client{
			Timeout: 10 * time.Second,
			// A token is given to whom it was meant for.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		times: times{leave: 20 * time.Second, restart: 5 * time.Second, verify: time.Minute, refresh: 50 * time.Minute, again: 2 * time.Second},
	}
}

// Close gives idle connections back.
func (s *Sessions) Close() { s.http.CloseIdleConnections() }

// transportsFor is how long what the homeserver says of transports is taken for true.
const transportsFor = time.Minute

// Service gives the token service of calls for which none of the staff's has named one.
func (s *Sessions) Service(ctx context.Context) (string, error) {
	if s.service != "" {
		return s.service, nil
	}
	s.mu.Lock()
	found, asked := s.found, s.asked
	s.mu.Unlock()
	if found != "" && s.now().Sub(asked) < transportsFor {
		return found, nil
	}
	var answer struct {
		Transports []transport `json:"rtc_transports"`
	}
	err := s.homeserver.Ask(ctx, desk.Bot, http.MethodGet, []any{"unstable", "org.matrix.msc4143", "rtc", "transports"}, nil, nil, &answer)
	if err != nil {
		return "", &desk.CallFault{Reason: reasonService, Err: fmt.Errorf("ask the homeserver for the token service of calls: %w", err)}
	}
	for _, t := range answer.Transports {
		if t.Type == "livekit" && t.Service != "" {
			s.mu.Lock()
			s.found, s.asked = t.Service, s.now()
			s.mu.Unlock()
			return t.Service, nil
		}
	}
	return "", &desk.CallFault{Reason: reasonService, Final: true, Err: errors.New("the homeserver names no LiveKit transport")}
}

// Enter asks for access to the media of a session.
func (s *Sessions) Enter(ctx context.Context, p desk.CallPlace) (desk.CallAccess, error) {
	if err := s.mayAsk(ctx, p.Service); err != nil {
		return desk.CallAccess{}, err
	}
	seat, err := s.seat(ctx, p)
	if err != nil {
		return desk.CallAccess{}, err
	}
	var openID openIDToken
	err = s.homeserver.Ask(ctx, seat.as, http.MethodPost, []any{"v3", "user", seat.user, "openid", "request_token"}, nil, struct{}{}, &openID)
	if err != nil {
		return desk.CallAccess{}, s.fault(fmt.Errorf("ask for an OpenID token: %w", err), reasonRefused)
	}
	return s.ask(ctx, p.Service, accessRequest{Room: string(seat.room), Device: seat.device, OpenID: openID})
}

// isOurs reports whether a service is the configured one, or the homeserver's.
func (s *Sessions) isOurs(ctx context.Context, service string) (bool, error) {
	ours, err := s.Service(ctx)
	return strings.TrimSuffix(ours, "/") == strings.TrimSuffix(service, "/"), err
}

// mayAsk refuses services that nobody would name who means well: the request carries who the puppet is, and is made from inside the network.
func (s *Sessions) mayAsk(ctx context.Context, service string) error {
	u, err := url.Parse(service)
	if err != nil || u.Host == "" || u.User != nil {
		return &desk.CallFault{Reason: reasonService, Final: true, Err: fmt.Errorf("%q is no address of a token service", service)}
	}
	if u.Scheme == "https" {
		return nil
	}
	ours, err := s.isOurs(ctx, service)
	if err != nil {
		return err
	}
	if !ours {
		return &desk.CallFault{Reason: reasonService, Final: true, Err: fmt.Errorf("token service %q is not ours and not https", service)}
	}
	return nil
}

// seat is whose membership it is, and where.
type seat struct {
	as     desk.Persona
	user   desk.UserID
	room   desk.RoomID
	device string
}

// key is the state key of the membership.
func (t seat) key() string { return "_" + string(t.user) + "_" + t.device + "_" + application }

func (s *Sessions) seat(ctx context.Context, p desk.CallPlace) (seat, error) {
	room, err := s.homeserver.RoomID(ctx, p.Room)
	if err != nil {
		return seat{}, fmt.Errorf("find the room of a call: %w", err)
	}
	as := desk.Puppet(p.Customer)
	return seat{as: as, user: s.homeserver.UserID(as), room: room, device: p.Device}, nil
}

// refusal tells what the homeserver answered; status 0 means that it did not.
func refusal(err error) (status int, code string) {
	var r interface{ Refusal() (int, string) }
	if errors.As(err, &r) {
		return r.Refusal()
	}
	return 0, ""
}

// fault says what an error of the homeserver means for a call: what it forbids it will forbid again.
func (s *Sessions) fault(err error, reason string) error {
	switch status, _ := refusal(err); status {
	case http.StatusForbidden, http.StatusNotFound:
		return &desk.CallFault{Reason: reason, Final: true, Err: err}
	}
	return &desk.CallFault{Reason: reasonRoom, Err: err}
}
