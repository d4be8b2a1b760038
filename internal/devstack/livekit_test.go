package devstack_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
)

// post sends a body and decodes what a JSON answer says.
func post(t *testing.T, address, body string) (status int, answer map[string]string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatalf("%s says no JSON: %v", address, err)
	}
	return resp.StatusCode, answer
}

// encode makes a request's body.
func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// validate asks LiveKit whether a token lets its bearer join.
func validate(t *testing.T, l *devstack.LiveKit, jwt string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.HTTP+"/rtc/validate?access_token="+url.QueryEscape(jwt), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// claims reads what a token says, after checking that LiveKit's secret signed it.
func claims(t *testing.T, l *devstack.LiveKit, jwt string) (subject, room string) {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", jwt)
	}
	mac := hmac.New(sha256.New, []byte(l.Secret))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	if base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) != parts[2] {
		t.Error("the token is signed by another secret")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Sub   string
		Exp   int64
		Video struct {
			Room                               string
			RoomJoin, CanPublish, CanSubscribe bool
			RoomCreate, RoomAdmin              bool
		}
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	v := said.Video
	if !v.RoomJoin || !v.CanPublish || !v.CanSubscribe || v.RoomCreate || v.RoomAdmin || time.Until(time.Unix(said.Exp, 0)) > time.Hour {
		t.Errorf("the token grants %s", text)
	}
	return said.Sub, v.Room
}

// TestCalls runs what calls need: whoever the homeserver knows gets into a room of the media server, nobody else, and each part can be
// taken away and brought back.
func TestCalls(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute) // the first time LiveKit is built
	defer cancel()
	live, err := devstack.StartLiveKit(ctx, devstack.LiveKitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	port, err := devstack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := devstack.StartTokenService(devstack.TokenServiceOptions{Homeserver: fmt.Sprintf("http://127.0.0.1:%d", port), LiveKit: live})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := errors.Join(tokens.Close(), live.Close()); err != nil {
			t.Error(err)
		}
	})
	synapse := startSynapse(t, devstack.SynapseOptions{Port: port, TokenService: tokens.URL})
	anna := login(t, synapse, "anna")

	t.Run("Synapse says where tokens are", func(t *testing.T) { testTransports(t, anna, synapse, tokens) })
	t.Run("tokens", func(t *testing.T) { testTokens(t, anna, live, tokens) })
	t.Run("nobody else gets one", func(t *testing.T) { testForgeries(t, anna, tokens) })
	t.Run("faults", func(t *testing.T) { testCallFaults(t, anna, live, tokens) })
}

// testTransports: clients find the service at both places, and a state event can be sent later.
func testTransports(t *testing.T, anna *devstack.Operator, synapse *devstack.Synapse, tokens *devstack.TokenService) {
	ctx := t.Context()
	type transport struct {
		Type string `json:"type"`
		URL  string `json:"livekit_service_url"`
	}
	var found struct {
		Transports []transport `json:"rtc_transports"`
		Foci       []transport `json:"org.matrix.msc4143.rtc_foci"`
	}
	for _, path := range []string{"/_matrix/client/unstable/org.matrix.msc4143/rtc/transports", "/.well-known/matrix/client"} {
		if _, err := anna.Client.MakeRequest(ctx, http.MethodGet, synapse.URL+path, nil, &found); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range [][]transport{found.Transports, found.Foci} {
		if len(l) != 1 || l[0].Type != "livekit" || l[0].URL != tokens.URL {
			t.Errorf("clients are told %+v", found)
		}
	}
	room, err := anna.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{})
	if err != nil {
		t.Fatal(err)
	}
	member := event.Type{Type: "org.matrix.msc3401.call.member", Class: event.StateEventType}
	delayed, err := anna.Client.SendStateEvent(ctx, room.RoomID, member, "_"+string(anna.ID)+"_DEV_m.call", struct{}{},
		mautrix.ReqSendEvent{UnstableDelay: time.Hour})
	if err != nil || delayed.UnstableDelayID == "" {
		t.Fatalf("a leave cannot be sent later: %+v, %v", delayed, err)
	}
	_, err = anna.Client.UpdateDelayedEvent(ctx, &mautrix.ReqUpdateDelayedEvent{DelayID: delayed.UnstableDelayID, Action: event.DelayActionCancel})
	if err != nil {
		t.Errorf("nor taken back: %v", err)
	}
}

// testTokens: both endpoints give tokens for one room of LiveKit, under the identity that belongs to the kind of membership.
func testTokens(t *testing.T, anna *devstack.Operator, live *devstack.LiveKit, tokens *devstack.TokenService) {
	openID, err := anna.Client.RequestOpenIDToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	status, legacy := post(t, tokens.URL+"/sfu/get", encode(t, map[string]any{"room": "!r:localhost", "device_id": "DEV", "openid_token": openID}))
	if status != http.StatusOK || legacy["url"] != live.URL {
		t.Fatalf("%d %v", status, legacy)
	}
	member := map[string]string{"id": "m", "claimed_user_id": string(anna.ID), "claimed_device_id": "DEV"}
	status, sticky := post(t, tokens.URL+"/get_token", encode(t, map[string]any{
		"room_id": "!r:localhost", "slot_id": "m.call#ROOM", "openid_token": openID, "member": member}))
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, sticky)
	}
	first, room := claims(t, live, legacy["jwt"])
	second, same := claims(t, live, sticky["jwt"])
	if first != string(anna.ID)+":DEV" || second == first || strings.Contains(second, "@") {
		t.Errorf("identities %q and %q", first, second)
	}
	if room != same || room == "" || strings.Contains(room, "!r") {
		t.Errorf("rooms %q and %q", room, same)
	}
	for _, jwt := range []string{legacy["jwt"], sticky["jwt"]} {
		if status := validate(t, live, jwt); status != http.StatusOK {
			t.Errorf("LiveKit refuses a token: %d", status)
		}
	}
	forged := legacy["jwt"][:len(legacy["jwt"])-4] + "AAAA"
	if status := validate(t, live, forged); status != http.StatusUnauthorized {
		t.Errorf("LiveKit takes a forged token: %d", status)
	}
	if tokens.Given() != 2 {
		t.Errorf("%d tokens were given, want 2", tokens.Given())
	}
	who, err := live.Participants(t.Context(), room)
	if err != nil || len(who) != 0 {
		t.Errorf("in the room are %v, %v", who, err)
	}
}

// testForgeries: what is not whole, or of somebody else, gets a refusal in Matrix's form.
func testForgeries(t *testing.T, anna *devstack.Operator, tokens *devstack.TokenService) {
	openID, err := anna.Client.RequestOpenIDToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]any{"access_token": openID.AccessToken, "token_type": "Bearer", "matrix_server_name": "localhost", "expires_in": 3600}
	with := func(key string, value any) map[string]any {
		out := map[string]any{}
		for k, v := range good {
			out[k] = v
		}
		out[key] = value
		return out
	}
	legacy := func(token map[string]any) string {
		return encode(t, map[string]any{"room": "!r:localhost", "device_id": "DEV", "openid_token": token})
	}
	modern := func(user id.UserID) string {
		return encode(t, map[string]any{"room_id": "!r:localhost", "slot_id": "m.call#ROOM", "openid_token": good,
			"member": map[string]any{"id": "m", "claimed_user_id": user, "claimed_device_id": "DEV"}})
	}
	for name, tc := range map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"a forged token":              {"/sfu/get", legacy(with("access_token", "forged")), http.StatusUnauthorized, "M_UNAUTHORIZED"},
		"of another homeserver":       {"/sfu/get", legacy(with("matrix_server_name", "example.org")), http.StatusUnauthorized, "M_UNAUTHORIZED"},
		"an access token":             {"/sfu/get", legacy(with("access_token", anna.Client.AccessToken)), http.StatusUnauthorized, "M_UNAUTHORIZED"},
		"no token":                    {"/sfu/get", legacy(map[string]any{}), http.StatusBadRequest, "M_BAD_JSON"},
		"no room":                     {"/sfu/get", encode(t, map[string]any{"openid_token": good}), http.StatusBadRequest, "M_BAD_JSON"},
		"a key too many":              {"/sfu/get", encode(t, map[string]any{"room": "!r:localhost", "slot": "x", "openid_token": good}), http.StatusBadRequest, "M_NOT_JSON"},
		"no JSON":                     {"/sfu/get", "room=1", http.StatusBadRequest, "M_NOT_JSON"},
		"more than one":               {"/sfu/get", legacy(good) + "{}", http.StatusBadRequest, "M_NOT_JSON"},
		"too long":                    {"/sfu/get", `{"room":"` + strings.Repeat("x", 1<<17) + `"}`, http.StatusBadRequest, "M_NOT_JSON"},
		"somebody else's name":        {"/get_token", modern("@boris:localhost"), http.StatusUnauthorized, "M_UNAUTHORIZED"},
		"no member":                   {"/get_token", encode(t, map[string]any{"room_id": "!r:localhost", "slot_id": "s", "openid_token": good}), http.StatusBadRequest, "M_BAD_JSON"},
		"one form at the other's URL": {"/get_token", legacy(good), http.StatusBadRequest, "M_NOT_JSON"},
	} {
		if status, answer := post(t, tokens.URL+tc.path, tc.body); status != tc.status || answer["errcode"] != tc.code || answer["jwt"] != "" {
			t.Errorf("%s: %d %v, want %d %s", name, status, answer, tc.status, tc.code)
		}
	}
	if tokens.Given() != 2 {
		t.Errorf("%d tokens were given", tokens.Given())
	}
}

// testCallFaults: what tests break is broken for clients, and whole again afterwards.
func testCallFaults(t *testing.T, anna *devstack.Operator, live *devstack.LiveKit, tokens *devstack.TokenService) {
	ctx := t.Context()
	ask := func() (int, string) {
		openID, err := anna.Client.RequestOpenIDToken(ctx)
		if err != nil {
			t.Fatal(err)
		}
		status, answer := post(t, tokens.URL+"/sfu/get", encode(t, map[string]any{"room": "!r:localhost", "device_id": "DEV", "openid_token": openID}))
		return status, answer["jwt"]
	}
	tokens.Refuse(true)
	if status, _ := ask(); status != http.StatusUnauthorized {
		t.Errorf("it was to refuse: %d", status)
	}
	tokens.Refuse(false)

	if err := tokens.Stop(); err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", strings.TrimPrefix(tokens.URL, "http://")); err == nil {
		c.Close()
		t.Error("a stopped service takes connections")
	}
	if err := tokens.Start(); err != nil {
		t.Fatal(err)
	}
	health, err := http.Get(tokens.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	health.Body.Close()
	if health.StatusCode != http.StatusOK {
		t.Errorf("it is not well: %s", health.Status)
	}

	first := live.PID()
	for name, end := range map[string]func() error{"killed": live.Kill, "stopped": func() error { return live.Stop(ctx) }} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if live.Running() {
			t.Errorf("a %s media server runs", name)
		}
		if status, _ := ask(); status != http.StatusInternalServerError {
			t.Errorf("tokens for a %s media server: %d", name, status)
		}
		if err := live.Start(ctx); err != nil {
			t.Fatal(err)
		}
		status, jwt := ask()
		if status != http.StatusOK || validate(t, live, jwt) != http.StatusOK {
			t.Errorf("after the media server was %s: %d", name, status)
		}
	}
	if live.PID() == first {
		t.Error("it is the same process")
	}
	if err := live.Expel(ctx, "no such room", "nobody"); err == nil {
		t.Error("nobody was taken out of nowhere")
	}
	if err := errors.Join(live.Pause(), live.Resume()); err != nil {
		t.Error(err)
	}
}
