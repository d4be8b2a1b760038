package appservice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"frontdesk/desk"
)

// MediaAccess lets the bot into a session of the media server.
type MediaAccess struct{ URL, Token string }

// CheckCalls walks the Matrix side of calls: what the homeserver tells clients of them, and the service that gives tokens for the media
// server. service is the one of the configuration, "" for none. The access, for the bot to a room made for it, is nil if nobody gives one. Check
// has to have found the bot well.
func (s *Service) CheckCalls(ctx context.Context, service string) ([]Finding, *MediaAccess) {
	c := &checker{Service: s}
	told, err := c.transports(ctx, service)
	c.run("servers of calls", err)
	c.run("leaves of calls", c.delayedLeaves(ctx))
	room, err := c.trialRoom(ctx, desk.PortalRoom("check"))
	if err != nil {
		c.run("state of calls", err)
		return c.findings, nil
	}
	defer c.abandon(ctx, room)
	c.run("state of calls", c.callState(ctx, room))
	if service == "" {
		service = told
	}
	if service == "" {
		return c.findings, nil
	}
	access, err := c.mediaAccess(ctx, service, room)
	if !c.run("token service", err) {
		return c.findings, nil
	}
	return c.findings, access
}

// transport is a way for the media of calls, as homeservers tell it.
type transport struct {
	Type string `json:"type"`
	URL  string `json:"livekit_service_url"`
}

// liveKitOf gives the address of the token service that clients take: the first.
func liveKitOf(all []transport) string {
	for _, t := range all {
		if t.Type == "livekit" && t.URL != "" {
			return t.URL
		}
	}
	return ""
}

const transportsCure = "set experimental_features: {msc4143_enabled: true} and matrix_rtc: {transports: [{type: livekit, livekit_service_url: …}]} in homeserver.yaml " +
	"(Synapse 1.140 or later), restart it"

// transports asks what clients are told.
func (c *checker) transports(ctx context.Context, service string) (string, error) {
	var answer struct {
		Transports []transport `json:"rtc_transports"`
	}
	err := c.do(ctx, c.bot, "ask for the servers of calls", request{
		method: http.MethodGet, path: []any{"unstable", "org.matrix.msc4143", "rtc", "transports"}, out: &answer,
	})
	if r := refused(err); r != nil && r.status == http.StatusNotFound {
		return "", &trouble{"the homeserver does not tell clients by which servers to call", transportsCure}
	}
	if err != nil {
		return "", err
	}
	told := liveKitOf(answer.Transports)
	switch {
	case told == "":
		return "", &trouble{"the homeserver names no LiveKit for calls", transportsCure}
	case service != "" && service != told:
		return told, &trouble{fmt.Sprintf("clients are told %s, the configuration says %s: they would look for the customer elsewhere", told, service),
			"write both the same, letter by letter, or leave calls.service_url empty"}
	case !fitForBrowsers(told, "https"):
		return told, &trouble{"clients are told " + told + ", which browsers refuse without TLS", "serve the token service by https, and name it so in homeserver.yaml"}
	}
	return told, c.wellKnown(ctx, told)
}

// wellKnown looks whether older clients, which look at another place, are told the same.
func (c *checker) wellKnown(ctx context.Context, told string) error {
	var said struct {
		Foci []transport `json:"org.matrix.msc4143.rtc_foci"`
	}
	c.detail = told
	status, err := c.fetch(ctx, http.MethodGet, strings.TrimSuffix(c.cfg.HomeserverURL, "/")+"/.well-known/matrix/client", nil, &said)
	older := liveKitOf(said.Foci)
	switch {
	case err != nil || status != http.StatusOK || older == "":
		c.detail += "; not in /.well-known/matrix/client as the homeserver serves it, where older clients look"
	case older != told:
		return &trouble{fmt.Sprintf("clients are told %s, older ones by /.well-known/matrix/client %s", told, older),
			"write the same into matrix_rtc and extra_well_known_client_content of homeserver.yaml"}
	}
	return nil
}

// callState looks whether clients hear reliably who is in a call: of all state that changed, where a sync leaves events out. The homeserver
// does not say so, it does so.
func (c *checker) callState(ctx context.Context, room desk.Room) error {
	filter, err := json.Marshal(map[string]any{"room": map[string]any{"rooms": []desk.RoomID{room.ID}, "timeline": map[string]int{"limit": 1}}})
	if err != nil {
		return fmt.Errorf("encode filter: %w", err)
	}
	var answer struct {
		Rooms struct {
			Join map[desk.RoomID]struct {
				After json.RawMessage `json:"org.matrix.msc4222.state_after"`
			} `json:"join"`
		} `json:"rooms"`
	}
	err = c.do(ctx, c.bot, "sync the state of a room", request{method: http.MethodGet, path: []any{"v3", "sync"}, out: &answer, query: map[string]string{
		"timeout": "0", "set_presence": "offline", "filter": string(filter), "org.matrix.msc4222.use_state_after": "true",
	}})
	if err != nil {
		return err
	}
	if answer.Rooms.Join[room.ID].After == nil {
		return &trouble{"clients may miss who joins and leaves a call", "set experimental_features: {msc4222_enabled: true} in homeserver.yaml (Synapse 1.119 or later), restart it"}
	}
	return nil
}

// leastDelay is how far ahead clients announce that they leave, where the token service sends it for them.
const leastDelay = time.Hour

// delayedLeaves looks whether those whose client vanishes leave the call all the same.
func (c *checker) delayedLeaves(ctx context.Context) error {
	var answer struct {
		Capabilities struct {
			Delayed *struct {
				Max int64 `json:"max_delay_ms"`
			} `json:"org.matrix.msc4140.delayed_events"`
		} `json:"capabilities"`
	}
	err := c.do(ctx, c.bot, "ask for capabilities", request{method: http.MethodGet, path: []any{"v3", "capabilities"}, out: &answer})
	if err != nil {
		return err
	}
	const cure = "set max_event_delay_duration: 24h in homeserver.yaml (Synapse 1.116 or later), restart it"
	delayed := answer.Capabilities.Delayed
	switch {
	case delayed == nil || delayed.Max <= 0:
		return &trouble{"the homeserver sends no delayed events: whose client vanishes stays in the call for hours", cure}
	case time.Duration(delayed.Max)*time.Millisecond < leastDelay:
		return &trouble{"delayed events may be at most " + (time.Duration(delayed.Max) * time.Millisecond).String() + " late, clients want an hour", cure}
	}
	c.detail = "up to " + (time.Duration(delayed.Max) * time.Millisecond).String() + " ahead"
	return nil
}

// mediaAccess has the token service give the bot a token, the way clients do it.
func (c *checker) mediaAccess(ctx context.Context, service string, room desk.Room) (*MediaAccess, error) {
	var proof json.RawMessage
	err := c.do(ctx, c.bot, "prove who we are", request{
		method: http.MethodPost, path: []any{"v3", "user", c.cfg.Bot, "openid", "request_token"}, body: struct{}{}, out: &proof,
	})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"room": room.ID, "device_id": string(deviceID), "openid_token": proof})
	if err != nil {
		return nil, fmt.Errorf("encode request for a token: %w", err)
	}
	var answer struct {
		URL   string `json:"url"`
		Token string `json:"jwt"`
		Code  string `json:"errcode"`
		Text  string `json:"error"`
	}
	status, err := c.fetch(ctx, http.MethodPost, strings.TrimSuffix(service, "/")+"/sfu/get", body, &answer)
	switch {
	case status == 0 && err != nil:
		return nil, &trouble{service + " does not answer: " + err.Error(), "start lk-jwt-service, or correct the address and the reverse proxy before it"}
	case status == http.StatusUnauthorized:
		return nil, &trouble{"it cannot find out who the bot is: " + answer.Text,
			"let lk-jwt-service reach " + c.cfg.Domain + " as federation does (/.well-known/matrix/server, or port 8448), with TLS it trusts; the listener needs the resource openid or federation"}
	case status == http.StatusForbidden:
		return nil, &trouble{"it gives the bot no token: " + answer.Text, "list " + c.cfg.Domain + " in its LIVEKIT_FULL_ACCESS_HOMESERVERS"}
	case status == http.StatusInternalServerError && answer.Code != "":
		return nil, &trouble{"it gets no room from LiveKit: " + answer.Text, "correct its LIVEKIT_URL, LIVEKIT_KEY and LIVEKIT_SECRET; the key is one of livekit.yaml"}
	case status != http.StatusOK || err != nil || answer.Token == "" || answer.URL == "":
		return nil, &trouble{fmt.Sprintf("something else answers at %s/sfu/get (HTTP %d)", service, status),
			"correct the address, which is that of lk-jwt-service without /sfu/get, and the reverse proxy before it"}
	case !fitForBrowsers(answer.URL, "wss"):
		return nil, &trouble{"clients are sent to " + answer.URL + ", which browsers refuse without TLS", "put TLS before LiveKit, and write wss:// into LIVEKIT_URL of lk-jwt-service"}
	}
	c.detail = service + " sends clients to " + answer.URL
	return &MediaAccess{answer.URL, answer.Token}, nil
}

// fetch asks another server than the homeserver's client API. The status is 0 when nobody answered.
func (c *checker) fetch(ctx context.Context, method, address string, body []byte, out any) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(out)
}

// fitForBrowsers tells whether pages served by https may use an address: one with TLS, or one of this machine.
func fitForBrowsers(address, scheme string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	host := u.Hostname()
	ip, err := netip.ParseAddr(host)
	return u.Scheme == scheme || host == "localhost" || err == nil && ip.IsLoopback()
}
