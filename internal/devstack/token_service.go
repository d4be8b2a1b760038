package devstack

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// TokenServiceOptions say for whom tokens are given.
type TokenServiceOptions struct {
	Port       int    // on 127.0.0.1; 0 for a free one
	Homeserver string // whose users get tokens; asked whether they are who they say
	Domain     string // its server_name; "" for Domain
	LiveKit    *LiveKit
}

// TokenService stands in for lk-jwt-service, which cannot work with a homeserver without TLS: whoever proves by an OpenID token of the
// homeserver who they are gets a room at LiveKit and a token for it. Its answers are those of the official one; delayed leaves cannot be
// delegated to it.
type TokenService struct {
	URL string // as clients are told it

	o       TokenServiceOptions
	address string
	http    *http.Client
	refuses atomic.Bool
	given   atomic.Int64

	mu     sync.Mutex // guards server
	server *http.Server
}

// StartTokenService serves until Close.
func StartTokenService(o TokenServiceOptions) (*TokenService, error) {
	port, err := orFreePort(o.Port, "the token service")
	if err != nil {
		return nil, err
	}
	if o.Domain == "" {
		o.Domain = Domain
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	t := &TokenService{
		URL: "http://" + address, o: o, address: address,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}, Timeout: 10 * time.Second},
	}
	return t, t.Start()
}

// Start serves again after Stop, at the same address.
func (t *TokenService) Start() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server != nil {
		return nil
	}
	l, err := net.Listen("tcp", t.address)
	if err != nil {
		return fmt.Errorf("listen for the token service: %w", err)
	}
	t.server = &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second}
	go func(s *http.Server) { _ = s.Serve(l) }(t.server) // ends with Stop
	return nil
}

// Stop takes the service away: connections to it are refused.
func (t *TokenService) Stop() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server == nil {
		return nil
	}
	err := t.server.Close()
	t.server = nil
	return err
}

// Refuse makes the service refuse everybody, or end that.
func (t *TokenService) Refuse(refuses bool) { t.refuses.Store(refuses) }

// Given is how many tokens it has given.
func (t *TokenService) Given() int { return int(t.given.Load()) }

// Close ends the service.
func (t *TokenService) Close() error {
	err := t.Stop()
	t.http.CloseIdleConnections()
	return err
}

type openIDToken struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ServerName  string `json:"matrix_server_name"`
	ExpiresIn   int    `json:"expires_in"`
}

// delegation is what a client adds that wants the service to see to its leave; it is read and not done.
type delegation struct {
	ID      string `json:"delay_id"`
	Timeout int    `json:"delay_timeout"`
	API     string `json:"delay_cs_api_url"`
}

// tokenRequest is what both endpoints ask for.
type tokenRequest struct {
	room, slot string
	identity   func(user string) string
	user       string // who they say they are; "" if they do not
	openID     openIDToken
}

// tokenError is a refusal in Matrix's form.
type tokenError struct {
	status     int
	code, text string
}

func (e *tokenError) Error() string { return e.code + ": " + e.text }

func badJSON(text string) *tokenError { return &tokenError{http.StatusBadRequest, "M_BAD_JSON", text} }

var errUnauthorised = &tokenError{http.StatusUnauthorized, "M_UNAUTHORIZED", "The request could not be authorised."}

// ServeHTTP answers as the official service does, to pages of any origin.
func (t *TokenService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "POST")
	h.Set("Access-Control-Allow-Headers", "Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token")
	read := map[string]func(io.Reader) (tokenRequest, error){"/sfu/get": readLegacyRequest, "/get_token": readTokenRequest}[r.URL.Path]
	switch {
	case r.URL.Path == "/healthz" && r.Method == http.MethodGet, read != nil && r.Method == http.MethodOptions:
		return
	case read == nil:
		http.NotFound(w, r)
		return
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	h.Set("Content-Type", "application/json")
	answer, err := t.answer(r.Context(), http.MaxBytesReader(w, r.Body, 64<<10), read)
	var refusal *tokenError
	switch {
	case err == nil:
		_ = json.NewEncoder(w).Encode(answer) // the asker has gone: nothing to do
		return
	case !errors.As(err, &refusal):
		refusal = &tokenError{http.StatusInternalServerError, "M_UNKNOWN", err.Error()}
	}
	w.WriteHeader(refusal.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errcode": refusal.code, "error": refusal.text})
}

func (t *TokenService) answer(ctx context.Context, body io.Reader, read func(io.Reader) (tokenRequest, error)) (any, error) {
	req, err := read(body)
	if err != nil {
		return nil, err
	}
	if req.room == "" || req.slot == "" {
		return nil, badJSON("The request body is missing the room or the slot")
	}
	if req.openID.AccessToken == "" || req.openID.ServerName == "" {
		return nil, badJSON("Missing OpenID token parameters")
	}
	if t.refuses.Load() {
		return nil, errUnauthorised
	}
	user, err := t.verify(ctx, req.openID)
	if err != nil {
		return nil, err
	}
	if req.user != "" && req.user != user {
		return nil, errUnauthorised
	}
	room := hashOf(req.room, req.slot)
	if err := t.o.LiveKit.CreateRoom(ctx, room); err != nil {
		return nil, &tokenError{http.StatusInternalServerError, "M_UNKNOWN", "Unable to create room on SFU"}
	}
	t.given.Add(1)
	return map[string]string{"url": t.o.LiveKit.URL, "jwt": t.o.LiveKit.Token(req.identity(user), LiveKitGrant{
		Room: room, RoomJoin: true, CanPublish: true, CanSubscribe: true, OwnMetadata: true,
	})}, nil
}

// decodeStrict reads one JSON value with no unknown keys and nothing after it.
func decodeStrict(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return &tokenError{http.StatusBadRequest, "M_NOT_JSON", "Error reading request"}
	}
	return nil
}

// roomSlot is where the calls of Element Call are.
const roomSlot = "m.call#ROOM"

// readLegacyRequest reads a request of /sfu/get, for those who show their membership by state events.
func readLegacyRequest(body io.Reader) (tokenRequest, error) {
	var in struct {
		Room     string      `json:"room"`
		OpenID   openIDToken `json:"openid_token"`
		DeviceID string      `json:"device_id"`
		delegation
	}
	if err := decodeStrict(body, &in); err != nil {
		return tokenRequest{}, err
	}
	return tokenRequest{
		room: in.Room, slot: roomSlot, openID: in.OpenID,
		identity: func(user string) string { return user + ":" + in.DeviceID },
	}, nil
}

// readTokenRequest reads a request of /get_token, for those who show their membership by sticky events.
func readTokenRequest(body io.Reader) (tokenRequest, error) {
	var in struct {
		Room   string      `json:"room_id"`
		Slot   string      `json:"slot_id"`
		OpenID openIDToken `json:"openid_token"`
		Member struct {
			ID     string `json:"id"`
			User   string `json:"claimed_user_id"`
			Device string `json:"claimed_device_id"`
		} `json:"member"`
		delegation
	}
	if err := decodeStrict(body, &in); err != nil {
		return tokenRequest{}, err
	}
	m := in.Member
	if m.ID == "" || m.User == "" || m.Device == "" {
		return tokenRequest{}, badJSON("The request body `member` is missing something")
	}
	return tokenRequest{
		room: in.Room, slot: in.Slot, openID: in.OpenID, user: m.User,
		identity: func(user string) string { return hashOf(user, m.Device, m.ID) },
	}, nil
}

// hashOf names what several words say together: the rooms at LiveKit, and who is in them.
func hashOf(words ...string) string {
	text, _ := json.Marshal(words) // strings always encode
	sum := sha256.Sum256(text)
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// verify asks the homeserver whose token it is. Other homeservers cannot be asked from here.
func (t *TokenService) verify(ctx context.Context, token openIDToken) (user string, err error) {
	if token.ServerName != t.o.Domain {
		return "", errUnauthorised
	}
	address := t.o.Homeserver + "/_matrix/federation/v1/openid/userinfo?access_token=" + url.QueryEscape(token.AccessToken)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", fmt.Errorf("ask the homeserver for a user: %w", err)
	}
	resp, err := t.http.Do(req)
	if err != nil {
		return "", errUnauthorised
	}
	defer resp.Body.Close()
	var info struct {
		Sub string `json:"sub"`
	}
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&info) != nil ||
		!strings.HasPrefix(info.Sub, "@") || !strings.HasSuffix(info.Sub, ":"+t.o.Domain) {
		return "", errUnauthorised
	}
	return info.Sub, nil
}
