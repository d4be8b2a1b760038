package appservice

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
)

// deviceID is the one device of the bot and of each puppet; with it the homeserver remembers transaction ids across restarts.
const deviceID id.DeviceID = "FRONTDESK"

const (
	requestTimeout = 60 * time.Second
	maxAccounts    = 4096
)

// account is one Matrix user we act as.
type account struct {
	user   desk.UserID
	client *mautrix.Client // with the device
	bare   *mautrix.Client // without, for making it

	mu    sync.Mutex
	ready bool // registered, with its device
}

// homeserver makes requests as bot, as puppets and, by the second registration, as staff.
type homeserver struct {
	cfg     Config
	http    *http.Client
	log     zerolog.Logger
	bot     *account
	nobody  *mautrix.Client // without a token
	puppets *lru[desk.CustomerID, *account]
}

func newHomeserver(cfg Config, log zerolog.Logger) (*homeserver, error) {
	h := &homeserver{
		cfg: cfg, log: log, puppets: newLRU[desk.CustomerID, *account](maxAccounts),
		http: &http.Client{Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
			MaxIdleConnsPerHost:   64,
			IdleConnTimeout:       90 * time.Second,
			TLSHandshakeTimeout:   10 * time.Second,
			ResponseHeaderTimeout: requestTimeout,
			ForceAttemptHTTP2:     true,
		}},
	}
	var err error
	if h.nobody, err = h.newClient("", ""); err != nil {
		return nil, err
	}
	if h.bot, err = h.newAccount(cfg.Bot, cfg.ASToken, deviceID); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *homeserver) newAccount(user desk.UserID, token string, device id.DeviceID) (*account, error) {
	bare, err := h.newClient(user, token)
	if err != nil || device == "" {
		return &account{user: user, client: bare, bare: bare}, err
	}
	client, err := h.newClient(user, token)
	if err != nil {
		return nil, err
	}
	client.DeviceID, client.SetAppServiceDeviceID = device, true
	return &account{user: user, client: client, bare: bare}, nil
}

func (h *homeserver) newClient(user desk.UserID, token string) (*mautrix.Client, error) {
	client, err := mautrix.NewClient(h.cfg.HomeserverURL, id.UserID(user), token)
	if err != nil {
		return nil, fmt.Errorf("make client of %s: %w", user, err)
	}
	client.Client = h.http
	client.SetAppServiceUserID = user != ""
	client.IgnoreRateLimit = true // the journal waits, not a goroutine
	client.ResponseSizeLimit = 256 << 20
	return client, nil
}

// request is one call of the client API.
type request struct {
	method string
	path   []any // below /_matrix/client, or below /_synapse/admin
	admin  bool  // the latter
	query  map[string]string
	body   any
	out    any
	wait   time.Duration // longest wait; 0 is requestTimeout
}

// do makes a request as an account. what names the attempt in errors.
func (h *homeserver) do(ctx context.Context, a *account, what string, r request) error {
	return h.doAs(ctx, a.client, what, r)
}

func (h *homeserver) doAs(ctx context.Context, c *mautrix.Client, what string, r request) error {
	if r.wait == 0 {
		r.wait = requestTimeout
	}
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	var path mautrix.PrefixableURLPath = mautrix.ClientURLPath(r.path)
	if r.admin {
		path = mautrix.SynapseAdminURLPath(r.path)
	}
	_, err := c.MakeFullRequest(ctx, mautrix.FullRequest{
		Method: r.method, URL: c.BuildURLWithQuery(path, r.query),
		RequestJSON: r.body, ResponseJSON: r.out, MaxAttempts: 1, SensitiveContent: true,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, faultOf(parent, err))
	}
	return nil
}

// ready registers the account and makes its device, once per process.
func (h *homeserver) ready(ctx context.Context, a *account) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ready {
		return nil
	}
	// Registering is asked by the application service itself, not by the user who is not there yet.
	nobody, err := h.newClient("", h.cfg.ASToken)
	if err != nil {
		return err
	}
	err = h.doAs(ctx, nobody, "register "+string(a.user), request{
		method: http.MethodPost, path: []any{"v3", "register"},
		body: map[string]any{
			"type": "m.login.application_service", "username": a.user.Localpart(), "inhibit_login": true,
		},
	})
	if err != nil && !hasCode(err, codeInUse) {
		return err
	}
	err = h.doAs(ctx, a.bare, "make device of "+string(a.user), request{
		method: http.MethodPut, path: []any{"v3", "devices", deviceID}, body: map[string]any{"display_name": "Frontdesk"},
	})
	if err != nil {
		return err
	}
	a.ready = true
	return nil
}

// forget lets an account be made ready anew: its user or device was removed behind our back.
func (h *homeserver) forget(a *account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ready = false
}

// account gives the account of a persona, registered.
func (h *homeserver) account(ctx context.Context, p desk.Persona) (*account, error) {
	a := h.bot
	if customer, ok := p.Customer(); ok {
		var err error
		if a, err = h.puppet(customer); err != nil {
			return nil, err
		}
	}
	if err := h.ready(ctx, a); err != nil {
		return nil, err
	}
	return a, nil
}

// puppet gives a customer's account, registered or not.
func (h *homeserver) puppet(customer desk.CustomerID) (*account, error) {
	if a, ok := h.puppets.get(customer); ok {
		return a, nil
	}
	user := h.cfg.puppetID(customer)
	if !h.cfg.isPuppet(user) {
		return nil, fmt.Errorf("customer id %q makes no Matrix user", customer)
	}
	a, err := h.newAccount(user, h.cfg.ASToken, deviceID)
	if err != nil {
		return nil, err
	}
	return h.puppets.getOrPut(customer, func() *account { return a }), nil
}

// staff gives the account of a member of staff, by the second registration, or nil where double puppeting is off for them.
func (h *homeserver) staff(u desk.UserID) (*account, error) {
	if h.cfg.StaffToken == "" || !h.cfg.Staff(u) || h.cfg.isOurs(u) {
		return nil, nil
	}
	return h.newAccount(u, h.cfg.StaffToken, "")
}

// stream makes a request whose answer the caller reads and closes.
func (h *homeserver) stream(ctx context.Context, a *account, method, url string, header http.Header, body io.Reader, size int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	for key, values := range header {
		req.Header[key] = values
	}
	req.Header.Set("Authorization", "Bearer "+a.client.AccessToken)
	if body != nil {
		req.ContentLength = size
	}
	resp, err := h.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &unreachable{err}
	}
	if resp.StatusCode >= 300 && resp.StatusCode != http.StatusNotModified && resp.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		_, err := mautrix.ParseErrorResponse(req, resp)
		return nil, faultOf(ctx, err)
	}
	return resp, nil
}

const maxAnswer = 1 << 20

// decodeAnswer reads a small JSON answer and closes it.
func decodeAnswer(resp *http.Response, out any) error {
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return &unreachable{fmt.Errorf("read answer: %w", err)}
	}
	return nil
}

// uploadURL is where files are sent; it lies outside the client API's prefix.
func (h *homeserver) uploadURL(a *account, name string) string {
	query := map[string]string{}
	if name = strings.TrimSpace(name); name != "" {
		query["filename"] = name
	}
	return a.client.BuildURLWithQuery(mautrix.MediaURLPath{"v3", "upload"}, query)
}
