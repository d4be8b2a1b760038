package matrixrtc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"frontdesk/desk"
)

// openIDToken is passed on as the homeserver gives it.
type openIDToken struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ServerName  string `json:"matrix_server_name"`
	ExpiresIn   int    `json:"expires_in"`
}

// accessRequest is the body of /sfu/get. Token services refuse fields that they do not know.
type accessRequest struct {
	Room   string      `json:"room"`
	Device string      `json:"device_id"`
	OpenID openIDToken `json:"openid_token"`
}

// maxToken bounds the answer of a token service.
const maxToken = 64 << 10

// ask asks a token service for access. It names the SFU's room; so the room is never computed here.
func (s *Sessions) ask(ctx context.Context, service string, r accessRequest) (desk.CallAccess, error) {
	fail := func(final bool, reason string, err error) (desk.CallAccess, error) {
		return desk.CallAccess{}, &desk.CallFault{Reason: reason, Final: final, Err: fmt.Errorf("ask %s for access to a call: %w", service, err)}
	}
	body, err := json.Marshal(r)
	if err != nil {
		return fail(true, reasonService, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(service, "/")+"/sfu/get", bytes.NewReader(body))
	if err != nil {
		return fail(true, reasonService, err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.http.Do(req)
	if err != nil {
		return fail(false, reasonService, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err != nil {
		return fail(false, reasonService, err)
	}
	switch {
	case resp.StatusCode == http.StatusOK:
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return fail(true, reasonRefused, refusedBy(resp.StatusCode, text))
	default:
		return fail(false, reasonService, refusedBy(resp.StatusCode, text))
	}
	access, err := readAccess(text)
	if err != nil {
		return fail(false, reasonService, err)
	}
	if strings.HasPrefix(access.URL, "wss:") || strings.HasPrefix(access.URL, "https:") {
		return access, nil
	}
	// Whoever runs another service would have us connect to what they like inside the network.
	if ours, err := s.isOurs(ctx, service); err != nil {
		return desk.CallAccess{}, err
	} else if !ours {
		return fail(true, reasonService, fmt.Errorf("it is not ours, and its SFU %q has no TLS", access.URL))
	}
	return access, nil
}

// readAccess reads the answer of a token service.
func readAccess(text []byte) (desk.CallAccess, error) {
	var answer struct {
		URL string `json:"url"`
		JWT string `json:"jwt"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return desk.CallAccess{}, fmt.Errorf("read the answer: %w", err)
	}
	u, err := url.Parse(answer.URL)
	switch {
	case err != nil:
		return desk.CallAccess{}, fmt.Errorf("read the SFU's address: %w", err)
	case u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" && u.Scheme != "http" && u.Scheme != "https":
		return desk.CallAccess{}, fmt.Errorf("%q is no address of an SFU", answer.URL)
	case answer.JWT == "":
		return desk.CallAccess{}, fmt.Errorf("there is no token in the answer")
	}
	return desk.CallAccess{URL: u.String(), Token: answer.JWT}, nil
}

// refusedBy gives the words of a token service that are safe to log.
func refusedBy(status int, text []byte) error {
	var answer struct {
		Code string `json:"errcode"`
		Text string `json:"error"`
	}
	if json.Unmarshal(text, &answer) != nil {
		return fmt.Errorf("HTTP %d", status)
	}
	return fmt.Errorf("HTTP %d %s: %s", status, answer.Code, answer.Text)
}
