package matrixrtc

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

// Check looks at what calls need of the homeserver and of the token service, one link a method. What is wrong with it is a *Trouble where the
// cure is known.
type Check struct {
	Homeserver Homeserver
	Address    string // of the homeserver
	Domain     string // its server_name
	HTTP       *http.Client

	Detail string // of the link looked at last
}

// Trouble is what is wrong with a link.
type Trouble struct{ Problem, Cure string }

func (t *Trouble) Error() string { return t.Problem }

// ask asks the homeserver as the bot.
func (c *Check) ask(ctx context.Context, method string, path []any, query map[string]string, body, out any) error {
	c.Detail = ""
	return c.Homeserver.Ask(ctx, desk.Bot, method, path, query, body, out)
}

// liveKitOf gives the address of the token service that clients take: the first.
func liveKitOf(all []transport) string {
	for _, t := range all {
		if t.Type == "livekit" && t.Service != "" {
			return t.Service
		}
	}
	return ""
}

const transportsCure = "set experimental_features: {msc4143_enabled: true} and matrix_rtc: {transports: [{type: livekit, livekit_service_url: …}]} in homeserver.yaml " +
	"(Synapse 1.140 or later), restart it"

// Told gives the token service that clients are told. It is wrong to be told another than the configuration's, if that has one.
func (c *Check) Told(ctx context.Context, service string) (told string, err error) {
	var answer struct {
		Transports []transport `json:"rtc_transports"`
	}
	err = c.ask(ctx, http.MethodGet, []any{"unstable", "org.matrix.msc4143", "rtc", "transports"}, nil, nil, &answer)
	if status, _ := refusal(err); status == http.StatusNotFound {
		return "", &Trouble{"the homeserver does not tell clients by which servers to call", transportsCure}
	}
	if err != nil {
		return "", err
	}
	told = liveKitOf(answer.Transports)
	switch {
	case told == "":
		return "", &Trouble{"the homeserver names no LiveKit for calls", transportsCure}
	case service != "" && service != told:
		return told, &Trouble{fmt.Sprintf("clients are told %s, the configuration says %s: they would look for the customer elsewhere", told, service),
			"write both the same, letter by letter, or leave calls.service_url empty"}
	case !fitForBrowsers(told, "https"):
		return told, &Trouble{"clients are told " + told + ", which browsers refuse without TLS", "serve the token service by https, and name it so in homeserver.yaml"}
	}
	return told, c.wellKnown(ctx, told)
}

// wellKnown looks whether older clients, which look at another place, are told the same.
func (c *Check) wellKnown(ctx context.Context, told string) error {
	var said struct {
		Foci []transport `json:"org.matrix.msc4143.rtc_foci"`
	}
	c.Detail = told
	status, err := c.fetch(ctx, http.MethodGet, strings.TrimSuffix(c.Address, "/")+"/.well-known/matrix/client", nil, &said)
	older := liveKitOf(said.Foci)
	switch {
	case err != nil || status != http.StatusOK || older == "":
		c.Detail += "; not in /.well-known/matrix/client as the homeserver serves it, where older clients look"
	case older != told:
		return &Trouble{fmt.Sprintf("clients are told %s, older ones by /.well-known/matrix/client %s", told, older),
			"write the same into matrix_rtc and extra_well_known_client_content of homeserver.yaml"}
	}
	return nil
}

// State looks whether clients hear reliably who is in a call: of all state that changed, where a sync leaves events out. The homeserver
// does not say so, it does so.
func (c *Check) State(ctx context.Context, room desk.RoomID) error {
	filter, err := json.Marshal(map[string]any{"room": map[string]any{"rooms": []desk.RoomID{room}, "timeline": map[string]int{"limit": 1}}})
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
	err = c.ask(ctx, http.MethodGet, []any{"v3", "sync"}, map[string]string{
		"timeout": "0", "set_presence": "offline", "filter": string(filter), "org.matrix.msc4222.use_state_after": "true",
	}, nil, &answer)
	if err != nil {
		return err
	}
	if answer.Rooms.Join[room].After == nil {
		return &Trouble{"clients may miss who joins and leaves a call", "set experimental_features: {msc4222_enabled: true} in homeserver.yaml (Synapse 1.119 or later), restart it"}
	}
	return nil
}

// leastDelay is how far ahead clients announce that they leave, where the token service sends it for them.
const leastDelay = time.Hour

// Leaves looks whether those whose client vanishes leave the call all the same.
func (c *Check) Leaves(ctx context.Context) error {
	var answer struct {
		Capabilities struct {
			Delayed *struct {
				Max int64 `json:"max_delay_ms"`
			} `json:"org.matrix.msc4140.delayed_events"`
		} `json:"capabilities"`
	}
	err := c.ask(ctx, http.MethodGet, []any{"v3", "capabilities"}, nil, nil, &answer)
	if err != nil {
		return err
	}
	const cure = "set max_event_delay_duration: 24h in homeserver.yaml (Synapse 1.116 or later), restart it"
	delayed := answer.Capabilities.Delayed
	switch {
	case delayed == nil || delayed.Max <= 0:
		return &Trouble{"the homeserver sends no delayed events: whose client vanishes stays in the call for hours", cure}
	case time.Duration(delayed.Max)*time.Millisecond < leastDelay:
		return &Trouble{"delayed events may be at most " + (time.Duration(delayed.Max) * time.Millisecond).String() + " late, clients want an hour", cure}
	}
	c.Detail = "up to " + (time.Duration(delayed.Max) * time.Millisecond).String() + " ahead"
	return nil
}

// Access has the token service give the bot a token, the way clients do it.
func (c *Check) Access(ctx context.Context, service string, room desk.RoomID) (*desk.CallAccess, error) {
	var proof openIDToken
	path := []any{"v3", "user", c.Homeserver.UserID(desk.Bot), "openid", "request_token"}
	if err := c.ask(ctx, http.MethodPost, path, nil, struct{}{}, &proof); err != nil {
		return nil, err
	}
	body, err := json.Marshal(accessRequest{Room: string(room), Device: "CHECK", OpenID: proof})
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
		return nil, &Trouble{service + " does not answer: " + err.Error(), "start lk-jwt-service, or correct the address and the reverse proxy before it"}
	case status == http.StatusUnauthorized:
		return nil, &Trouble{"it cannot find out who the bot is: " + answer.Text,
			"let lk-jwt-service reach " + c.Domain + " as federation does (/.well-known/matrix/server, or port 8448), with TLS it trusts; the listener needs the resource openid or federation"}
	case status == http.StatusForbidden:
		return nil, &Trouble{"it gives the bot no token: " + answer.Text, "list " + c.Domain + " in its LIVEKIT_FULL_ACCESS_HOMESERVERS"}
	case status == http.StatusInternalServerError && answer.Code != "":
		return nil, &Trouble{"it gets no room from LiveKit: " + answer.Text, "correct its LIVEKIT_URL, LIVEKIT_KEY and LIVEKIT_SECRET; the key is one of livekit.yaml"}
	case status != http.StatusOK || err != nil || answer.Token == "" || answer.URL == "":
		return nil, &Trouble{fmt.Sprintf("something else answers at %s/sfu/get (HTTP %d)", service, status),
			"correct the address, which is that of lk-jwt-service without /sfu/get, and the reverse proxy before it"}
	case !fitForBrowsers(answer.URL, "wss"):
		return nil, &Trouble{"clients are sent to " + answer.URL + ", which browsers refuse without TLS", "put TLS before LiveKit, and write wss:// into LIVEKIT_URL of lk-jwt-service"}
	}
	c.Detail = service + " sends clients to " + answer.URL
	return &desk.CallAccess{URL: answer.URL, Token: answer.Token}, nil
}

// fetch asks another server than the homeserver's client API. The status is 0 when nobody answered.
func (c *Check) fetch(ctx context.Context, method, address string, body []byte, out any) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.HTTP.Do(req)
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
