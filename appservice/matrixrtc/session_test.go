package matrixrtc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/desk"
	"frontdesk/internal/devstack"
)

const (
	asToken  = "as-token-of-the-test"
	patience = 2 * time.Minute
	visitor  = id.UserID("@desk_c_1:localhost")
	bot      = id.UserID("@frontdesk:localhost")
	room     = desk.RoomKey("portal:P")
)

var memberEvent = event.Type{Type: "org.matrix.msc3401.call.member", Class: event.StateEventType}

// house is a real homeserver with a room of a bot and a puppet, as package appservice gives it to the sessions.
type house struct {
	url  string
	room id.RoomID
	lost func(method string, path []any) error // for requests that shall fail
}

type answer struct {
	status int
	code   string
	err    error
}

func (a *answer) Error() string          { return a.err.Error() }
func (a *answer) Refusal() (int, string) { return a.status, a.code }

func (h *house) client(user id.UserID) *mautrix.Client {
	c, err := mautrix.NewClient(h.url, user, asToken)
	if err != nil {
		panic(err)
	}
	c.SetAppServiceUserID = true
	c.IgnoreRateLimit = true
	return c
}

func (h *house) Ask(ctx context.Context, as desk.Persona, method string, path []any, query map[string]string, body, out any) error {
	if h.lost != nil {
		if err := h.lost(method, path); err != nil {
			return err
		}
	}
	c := h.client(id.UserID(h.UserID(as)))
	_, err := c.MakeFullRequest(ctx, mautrix.FullRequest{
		Method: method, URL: c.BuildURLWithQuery(mautrix.ClientURLPath(path), query), RequestJSON: body, ResponseJSON: out, MaxAttempts: 1,
	})
	var e mautrix.HTTPError
	if errors.As(err, &e) && e.Response != nil {
		a := &answer{status: e.Response.StatusCode, err: err}
		if e.RespError != nil {
			a.code = e.RespError.ErrCode
		}
		return a
	}
	return err
}

func (h *house) UserID(as desk.Persona) desk.UserID {
	if _, ok := as.Customer(); ok {
		return desk.UserID(visitor)
	}
	return desk.UserID(bot)
}

func (h *house) RoomID(context.Context, desk.RoomKey) (desk.RoomID, error) {
	return desk.RoomID(h.room), nil
}

// place is where the puppet takes part in the tests' calls.
func place(device, service string) desk.CallPlace {
	return desk.CallPlace{Room: room, Customer: "1", Device: device, Service: service, Kind: desk.CallVideo}
}

// member is a puppet's membership as it stands in the room.
type member struct {
	Device    string `json:"device_id"`
	Created   int64  `json:"created_ts"`
	Expires   int64  `json:"expires"`
	Preferred []struct {
		Service string `json:"livekit_service_url"`
	} `json:"foci_preferred"`
}

func (h *house) seat(t *testing.T, device string) member {
	t.Helper()
	var m member
	key := "_" + string(visitor) + "_" + device + "_m.call"
	if err := h.client(bot).StateEvent(t.Context(), h.room, memberEvent, key, &m); err != nil && !errors.Is(err, mautrix.MNotFound) {
		t.Fatal(err)
	}
	return m
}

func (h *house) until(t *testing.T, what, device string, cond func(member) bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !cond(h.seat(t, device)); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func there(m member) bool { return m.Device != "" }
func gone(m member) bool  { return m.Device == "" }

// newHouse starts Synapse with what calls need, and makes the room.
func newHouse(t *testing.T) (*house, *devstack.TokenService, *devstack.LiveKit) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	live, err := devstack.StartLiveKit(ctx, devstack.LiveKitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = live.Close() })
	port, err := devstack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := devstack.StartTokenService(devstack.TokenServiceOptions{Homeserver: fmt.Sprintf("http://127.0.0.1:%d", port), LiveKit: live})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tokens.Close() })
	registration := filepath.Join(t.TempDir(), "registration.yaml")
	text := fmt.Sprintf(`{id: frontdesk, url: null, as_token: %s, hs_token: unused, sender_localpart: sender0, rate_limited: false, namespaces: {users:
  [{exclusive: true, regex: '@frontdesk:localhost$'}, {exclusive: true, regex: '@desk_c_[0-9a-z]+:localhost$'}], aliases: [], rooms: []}}`, asToken)
	if err := os.WriteFile(registration, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	synapse, err := devstack.StartSynapse(ctx, devstack.SynapseOptions{
		Port: port, Registrations: []string{registration}, TokenService: tokens.URL, Unlimited: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = synapse.Close() })
	h := &house{url: synapse.URL}
	for _, user := range []id.UserID{bot, visitor} {
		err := h.Ask(ctx, desk.Bot, http.MethodPost, []any{"v3", "register"}, map[string]string{"user_id": ""},
			map[string]any{"type": "m.login.application_service", "username": user.Localpart(), "inhibit_login": true}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	made, err := h.client(bot).CreateRoom(ctx, &mautrix.ReqCreateRoom{
		Preset:             "public_chat",
		PowerLevelOverride: &event.PowerLevelsEventContent{Events: map[string]int{memberEvent.Type: 0}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.room = made.RoomID
	if _, err := h.client(visitor).JoinRoomByID(ctx, h.room); err != nil {
		t.Fatal(err)
	}
	return h, tokens, live
}

func newSessions(t *testing.T, h matrixrtc.Homeserver, service string) *matrixrtc.Sessions {
	t.Helper()
	s := matrixrtc.NewSessions(h, service, zerolog.New(zerolog.NewTestWriter(t)))
	s.Hurry()
	t.Cleanup(s.Close)
	return s
}

// sit keeps a seat until the returned function is called, which gives what Sit gave.
func sit(t *testing.T, s *matrixrtc.Sessions, p desk.CallPlace) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Sit(ctx, p) }()
	t.Cleanup(cancel)
	return func() error { cancel(); return <-done }
}

// TestSessions has a puppet take part in a session of a real homeserver.
func TestSessions(t *testing.T) {
	h, tokens, live := newHouse(t)
	s := newSessions(t, h, "")

	t.Run("the homeserver's service lets it in", func(t *testing.T) {
		service, err := s.Service(t.Context())
		if err != nil || service != tokens.URL {
			t.Fatalf("service %q, %v", service, err)
		}
		access, err := s.Enter(t.Context(), place("WEB1", service))
		if err != nil || access.URL != live.URL || access.Token == "" {
			t.Fatalf("access %+v, %v", access, err)
		}
		tokens.Refuse(true)
		defer tokens.Refuse(false)
		_, err = s.Enter(t.Context(), place("WEB1", service))
		wantFault(t, err, "call.reason.refused", true)
	})
	t.Run("it sits and rises", func(t *testing.T) {
		p := place("WEB2", tokens.URL)
		stop := sit(t, s, p)
		h.until(t, "the puppet is a member", "WEB2", there)
		// Longer than the homeserver would keep one that is silent.
		h.until(t, "the membership is renewed", "WEB2", func(m member) bool {
			if gone(m) {
				t.Fatal("the seat was cleared")
			}
			return m.Created != 0 && m.Expires > 3*4*time.Hour.Milliseconds()
		})
		if m := h.seat(t, "WEB2"); len(m.Preferred) != 1 || m.Preferred[0].Service != tokens.URL {
			t.Errorf("the service is not the one that was named: %+v", m)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if err := s.Rise(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if m := h.seat(t, "WEB2"); there(m) {
			t.Errorf("it is still a member: %+v", m)
		}
	})
	t.Run("a crash clears the seat", func(t *testing.T) {
		stop := sit(t, s, place("WEB3", tokens.URL))
		h.until(t, "the puppet is a member", "WEB3", there)
		if err := stop(); err != nil { // nobody says that it is there any more
			t.Fatal(err)
		}
		h.until(t, "the homeserver has cleared the seat", "WEB3", gone)
		// A program that starts again clears what it finds, also when there is nothing.
		if err := newSessions(t, h, "").Rise(t.Context(), place("WEB3", tokens.URL)); err != nil {
			t.Error(err)
		}
	})
	t.Run("a restart keeps the seat", func(t *testing.T) {
		stop := sit(t, s, place("WEB4", tokens.URL))
		h.until(t, "the puppet is a member", "WEB4", there)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		next := newSessions(t, h, "")
		sit(t, next, place("WEB4", tokens.URL))
		// The leave that the first one had armed comes due, and must not count.
		created := h.seat(t, "WEB4").Created
		h.until(t, "the membership is renewed twice", "WEB4", func(m member) bool {
			if gone(m) {
				t.Fatal("the seat was cleared by the leave of the program before")
			}
			return m.Created > created && m.Expires > 2*4*time.Hour.Milliseconds()
		})
	})
	t.Run("a cleared seat is taken again", func(t *testing.T) {
		sit(t, s, place("WEB5", tokens.URL))
		h.until(t, "the puppet is a member", "WEB5", there)
		key := "_" + string(visitor) + "_WEB5_m.call"
		if _, err := h.client(visitor).SendStateEvent(t.Context(), h.room, memberEvent, key, struct{}{}); err != nil {
			t.Fatal(err)
		}
		h.until(t, "the puppet is a member again", "WEB5", there)
	})
	t.Run("a homeserver without delayed events", func(t *testing.T) {
		old := &house{url: h.url, room: h.room, lost: func(method string, path []any) error {
			if len(path) > 1 && path[1] == "org.matrix.msc4140" || method == "DELAY" {
				return &answer{status: http.StatusNotFound, code: "M_UNRECOGNIZED", err: errors.New("unrecognized")}
			}
			return nil
		}}
		plain := newSessions(t, withoutDelay{old}, "")
		p := place("WEB6", tokens.URL)
		stop := sit(t, plain, p)
		h.until(t, "the membership is renewed", "WEB6", func(m member) bool { return m.Created != 0 })
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if err := plain.Rise(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if m := h.seat(t, "WEB6"); there(m) {
			t.Errorf("it is still a member: %+v", m)
		}
		// Left in a crash, it is cleared by the program that starts again, which knows of it by the row only.
		stop = sit(t, plain, p)
		h.until(t, "the puppet is a member again", "WEB6", there)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if m := h.seat(t, "WEB6"); gone(m) {
			t.Error("somebody has cleared the seat: that proves nothing")
		}
		if err := newSessions(t, withoutDelay{old}, "").Rise(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if m := h.seat(t, "WEB6"); there(m) {
			t.Errorf("it is still a member after the next start: %+v", m)
		}
	})
	t.Run("not in the room", func(t *testing.T) {
		if _, err := h.client(visitor).LeaveRoom(t.Context(), h.room); err != nil {
			t.Fatal(err)
		}
		wantFault(t, s.Sit(t.Context(), place("WEB7", tokens.URL)), "call.reason.room", true)
		wantFault(t, s.Rise(t.Context(), place("WEB7", tokens.URL)), "call.reason.room", true)
	})
}

// withoutDelay is a homeserver that ignores what it does not know: an event to be sent later it sends at once.
type withoutDelay struct{ *house }

func (w withoutDelay) Ask(ctx context.Context, as desk.Persona, method string, path []any, _ map[string]string, body, out any) error {
	return w.house.Ask(ctx, as, method, path, nil, body, out)
}

func wantFault(t *testing.T, err error, reason string, final bool) {
	t.Helper()
	var fault *desk.CallFault
	if !errors.As(err, &fault) || fault.Reason != reason || fault.Final != final {
		t.Errorf("got %#v, want a fault because of %s, final: %t", err, reason, final)
	}
}
