package program_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
)

// liar passes on everything but the answers it was given.
type liar struct {
	address string
	mu      sync.Mutex
	answers map[string]string // by the end of the path; "" for 404
}

// lieFor stands before a server.
func lieFor(t *testing.T, server string) *liar {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l := &liar{}
	pass := httputil.NewSingleHostReverseProxy(u)
	pass.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for path, answer := range l.answers {
			if !strings.HasSuffix(r.URL.Path, path) {
				continue
			}
			w.Header().Set("Content-Type", "application/json")
			if answer == "" {
				w.WriteHeader(http.StatusNotFound)
				answer = `{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}`
			}
			_, _ = io.WriteString(w, answer)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	l.address = s.URL
	return l
}

// say sets the answers.
func (l *liar) say(answers map[string]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = answers
}

// callStack is a stack with everything that calls need.
type callStack struct {
	*stack
	live   *devstack.LiveKit
	tokens *devstack.TokenService
	port   int // of visitors' media
}

func startCallStack(t *testing.T) *callStack {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute) // the first time LiveKit is built
	defer cancel()
	live, err := devstack.StartLiveKit(ctx, devstack.LiveKitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	asked := &url.URL{}
	// The token service has to be there before the homeserver that it asks.
	ask := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httputil.NewSingleHostReverseProxy(asked).ServeHTTP(w, r)
	}))
	tokens, err := devstack.StartTokenService(devstack.TokenServiceOptions{Homeserver: ask.URL, LiveKit: live})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ask.Close()
		if err := errors.Join(tokens.Close(), live.Close()); err != nil {
			t.Error(err)
		}
	})
	port, err := devstack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	media := fmt.Sprintf("127.0.0.1:%d", port)
	s := startStack(t, devstack.SynapseOptions{TokenService: tokens.URL},
		"--set", "calls.enabled=true", "--set", "calls.udp="+media, "--set", "calls.tcp="+media)
	there, err := url.Parse(s.synapse.URL)
	if err != nil {
		t.Fatal(err)
	}
	*asked = *there
	return &callStack{s, live, tokens, port}
}

// TestCheckOfCalls breaks the links that appservice does not look at: each is told with its cure.
func TestCheckOfCalls(t *testing.T) {
	s := startCallStack(t)
	check(t, s.path, program.OK, "well   servers of calls: "+s.tokens.URL+"\n", "well   state of calls", "well   leaves of calls: up to 24h0m0s ahead",
		"well   token service: "+s.tokens.URL+" sends clients to "+s.live.URL, "well   media server", "well   media port udp", "well   media port tcp",
		"well   media addresses: visitors send to 127.0.0.1\n")
	t.Run("running", func(t *testing.T) {
		r := run(t, s.stack)
		check(t, s.path, program.OK, "well   frontdesk: runs", fmt.Sprintf("well   media port udp: 127.0.0.1:%d, taken by frontdesk", s.port))
		another := rewrite(t, s.path, fmt.Sprintf("udp: 127.0.0.1:%d", s.port), "udp: 127.0.0.1:9")
		check(t, another, program.CheckFailed, "WRONG  media port udp: frontdesk runs and does not listen there\n       -> restart it")
		if code := r.end(t); code != program.OK {
			t.Errorf("run ended with %d", code)
		}
	})
	t.Run("switched off", func(t *testing.T) {
		check(t, rewrite(t, s.path, "enabled: true\n  # The token service", "enabled: false\n  # The token service"), program.OK, "well   calls: switched off")
	})
	t.Run("token service down", func(t *testing.T) {
		if err := s.tokens.Stop(); err != nil {
			t.Fatal(err)
		}
		check(t, s.path, program.CheckFailed, "WRONG  token service: "+s.tokens.URL+" does not answer: ", "-> start lk-jwt-service")
		if err := s.tokens.Start(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("media server", func(t *testing.T) { checkMediaServer(t, s) })
	t.Run("visitors' side", func(t *testing.T) { checkVisitorsSide(t, s) })
}

// into is a good token for a room.
func (s *callStack) into(room string) string {
	return s.live.Token("@frontdesk:localhost:X", devstack.LiveKitGrant{Room: room, RoomJoin: true})
}

// checkMediaServer has tokens that lead to something else than a media server at work.
func checkMediaServer(t *testing.T, s *callStack) {
	proxy, tokens, homeserver := lieFor(t, s.live.HTTP), lieFor(t, s.tokens.URL), lieFor(t, s.synapse.URL)
	proxy.say(map[string]string{"/rtc": "", "/rtc/v1": ""})
	homeserver.say(map[string]string{
		"/rtc/transports":            `{"rtc_transports":[{"type":"livekit","livekit_service_url":"` + tokens.address + `"}]}`,
		"/.well-known/matrix/client": "",
	})
	path := rewrite(t, s.path, s.synapse.URL, homeserver.address)
	if err := s.live.CreateRoom(t.Context(), "there"); err != nil {
		t.Fatal(err)
	}
	misplaced, err := devstack.StartLiveKit(t.Context(), devstack.LiveKitOptions{Misplaced: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := misplaced.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := misplaced.CreateRoom(t.Context(), "there"); err != nil {
		t.Fatal(err)
	}
	outside := misplaced.Token("@frontdesk:localhost:X", devstack.LiveKitGrant{Room: "there", RoomJoin: true})
	for _, tc := range []struct{ url, token, want, cure string }{
		{misplaced.URL, outside, "no media come through to the media server", "open LiveKit's media ports"},
		{"ws://127.0.0.1:1", "a.b.c", "the media server does not answer", "start LiveKit"},
		{s.live.URL, "a.b.c", "the media server refuses the token", "LIVEKIT_KEY and LIVEKIT_SECRET"},
		{s.tokens.URL, s.into("there"), "HTTP 404 from something that may be no LiveKit", "start LiveKit"},
		{s.live.URL, s.into("nowhere"), "the media server lets nobody into the session", "LIVEKIT_FULL_ACCESS_HOMESERVERS"},
		{strings.Replace(proxy.address, "http", "ws", 1), s.into("there"), "the media server lets nobody into the session", "passes WebSockets on"},
	} {
		tokens.say(map[string]string{"/sfu/get": fmt.Sprintf(`{"url":%q,"jwt":%q}`, tc.url, tc.token)})
		check(t, path, program.CheckFailed, "WRONG  media server: ", tc.want, "-> ", tc.cure)
	}
}

func checkVisitorsSide(t *testing.T, s *callStack) {
	media := fmt.Sprintf("127.0.0.1:%d", s.port)
	taken, err := net.ListenPacket("udp", media)
	if err != nil {
		t.Fatal(err)
	}
	check(t, s.path, program.CheckFailed, "WRONG  media port udp: another program listens at "+media, "-> stop that one, or write another port into calls.udp")
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	foreign := strings.ReplaceAll(media, "127.0.0.1", "203.0.113.7")
	check(t, rewrite(t, s.path, "udp: "+media, "udp: "+foreign), program.CheckFailed, "WRONG  media port udp: this machine has no address "+foreign, "calls.public_ips")
	internet := rewrite(t, s.path, "public_url: "+s.config.Gateway.PublicURL, "public_url: https://203.0.113.7")
	check(t, internet, program.CheckFailed, "WRONG  media addresses: visitors from the internet are told 127.0.0.1, which they cannot reach", "calls.public_ips")
	check(t, rewrite(t, internet, "public_ips: []", "public_ips: [203.0.113.7]"), program.OK, "well   media addresses: visitors send to 203.0.113.7")
	relay := rewrite(t, rewrite(t, s.path, "urls: []", `urls: ["turn:127.0.0.1:1?transport=tcp"]`), `    secret: ""`, "    secret: hunter2")
	check(t, relay, program.CheckFailed, "WRONG  relay turn:127.0.0.1:1?transport=tcp: connect to the relay", "-> see that the server runs with use-auth-secret")
}
