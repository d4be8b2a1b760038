package devstack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"maunium.net/go/mautrix"
)

// ErrUserExists is the answer to registering a name that is taken.
var ErrUserExists = errors.New("the user exists already")

// RegisterUser makes an account called @name:Domain. It gives ErrUserExists when there is one.
func (s *Synapse) RegisterUser(ctx context.Context, name, password string, admin bool) error {
	return RegisterUser(ctx, s.http, s.URL, s.Secret, name, password, admin)
}

// RegisterUser makes an account on any Synapse by its registration_shared_secret (Synapse's admin API, /v1/register).
func RegisterUser(ctx context.Context, client *http.Client, homeserver, secret, name, password string, admin bool) error {
	address := strings.TrimSuffix(homeserver, "/") + "/_synapse/admin/v1/register"
	var nonce struct {
		Nonce string `json:"nonce"`
	}
	if err := askSynapse(ctx, client, http.MethodGet, address, nil, &nonce); err != nil {
		return fmt.Errorf("ask for a registration nonce: %w", err)
	}
	role := "notadmin"
	if admin {
		role = "admin"
	}
	// The HMAC is over these four with NULs between, by Synapse's docs/admin_api/register_api.md.
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(strings.Join([]string{nonce.Nonce, name, password, role}, "\x00")))
	body := map[string]any{
		"nonce": nonce.Nonce, "username": name, "password": password, "admin": admin, "displayname": displayName(name),
		"mac": hex.EncodeToString(mac.Sum(nil)),
	}
	err := askSynapse(ctx, client, http.MethodPost, address, body, nil)
	if errors.Is(err, mautrix.MUserInUse) {
		return ErrUserExists
	}
	if err != nil {
		return fmt.Errorf("register user %s: %w", name, err)
	}
	return nil
}

// displayName makes "Anna" of "anna".
func displayName(name string) string {
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// askSynapse makes one JSON request. Matrix errors come as mautrix.RespError.
func askSynapse(ctx context.Context, client *http.Client, method, address string, body, answer any) error {
	var payload bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&payload).Encode(body); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, address, &payload)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		failure := mautrix.RespError{StatusCode: resp.StatusCode}
		if err := json.NewDecoder(resp.Body).Decode(&failure); err != nil {
			return fmt.Errorf("%s %s: %s", method, req.URL.Path, resp.Status)
		}
		return failure
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("decode answer: %w", err)
	}
	return nil
}
