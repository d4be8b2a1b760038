package program_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"frontdesk/internal/config"
	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
)

// stack is a real Synapse that knows the registrations of a fresh configuration. Frontdesk itself is not started.
type stack struct {
	synapse *devstack.Synapse
	dir     string
	path    string // of config.yaml
	config  *config.Config
}

// startStack runs init with free ports, and Synapse on what it wrote. Accounts: anna and boris are the staff, root is an administrator of
// the homeserver.
func startStack(t *testing.T, o devstack.SynapseOptions, args ...string) *stack {
	t.Helper()
	var ports [4]int
	for i := range ports {
		port, err := devstack.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = port
	}
	s := &stack{dir: t.TempDir()}
	s.path = filepath.Join(s.dir, "config.yaml")
	all := append([]string{
		"init", "--dir", s.dir, "--domain", devstack.Domain, "--homeserver", fmt.Sprintf("http://127.0.0.1:%d", ports[0]),
		"--public-url", fmt.Sprintf("http://127.0.0.1:%d", ports[2]), "--staff", "anna,boris", "--admin", "anna",
		"--set", fmt.Sprintf("appservice.address=http://127.0.0.1:%d", ports[1]),
		"--set", fmt.Sprintf("appservice.listen=127.0.0.1:%d", ports[1]),
		"--set", fmt.Sprintf("gateway.listen=127.0.0.1:%d", ports[2]),
		"--set", fmt.Sprintf("metrics.listen=127.0.0.1:%d", ports[3]),
	}, args...)
	if code, _, stderr := frontdeskCommand(t.Context(), all...); code != program.OK {
		t.Fatalf("init ended with %d: %s", code, stderr)
	}
	var err error
	if s.config, err = program.LoadConfig(s.path); err != nil {
		t.Fatal(err)
	}
	o.Port = ports[0]
	o.Registrations = []string{filepath.Join(s.dir, "registration.yaml")}
	if s.config.DoublePuppet.Enabled {
		o.Registrations = append(o.Registrations, filepath.Join(s.dir, "registration-staff.yaml"))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // the first time Synapse is installed
	defer cancel()
	if s.synapse, err = devstack.StartSynapse(ctx, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.synapse.Close(); err != nil {
			t.Error(err)
		}
	})
	for name, admin := range map[string]bool{"anna": false, "boris": false, "root": true} {
		if err := s.synapse.RegisterUser(ctx, name, name+" secret", admin); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// ask makes a request to the homeserver by a token and gives status, and the answer's errcode or user_id.
func (s *stack) ask(t *testing.T, method, path string, token config.Secret, body any) (int, string) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.synapse.URL+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+string(token))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		User  string `json:"user_id"`
		Error string `json:"errcode"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, data)
	}
	return resp.StatusCode, answer.User + answer.Error
}

// Synapse takes what init wrote: bot and puppets are ours to make and nobody else's, the staff can be acted for, nobody besides.
func TestSynapseTakesTheRegistrations(t *testing.T) {
	s := startStack(t, devstack.SynapseOptions{
		Extra: map[string]any{"enable_registration": true, "enable_registration_without_verification": true},
	})
	main, staff := s.config.Appservice.ASToken, s.config.DoublePuppet.ASToken
	register := func(token config.Secret, user string) (int, string) {
		return s.ask(t, http.MethodPost, "/_matrix/client/v3/register", token,
			map[string]any{"type": "m.login.application_service", "username": user, "inhibit_login": true})
	}
	whoami := func(token config.Secret, user string) (int, string) {
		return s.ask(t, http.MethodGet, "/_matrix/client/v3/account/whoami?user_id="+url.QueryEscape("@"+user+":"+devstack.Domain), token, nil)
	}
	for _, tc := range []struct {
		what   string
		act    func(config.Secret, string) (int, string)
		token  config.Secret
		user   string
		status int
		answer string
	}{
		{"bot is made", register, main, "frontdesk", 200, "@frontdesk:localhost"},
		{"puppet is made", register, main, "desk_c_01arz3ndektsv4rrffq69g5fav", 200, "@desk_c_01arz3ndektsv4rrffq69g5fav:localhost"},
		{"a stranger is not ours to make", register, main, "desk_x", 400, "M_EXCLUSIVE"},
		{"the staff's token makes nobody", register, staff, "carl", 400, "M_EXCLUSIVE"},
		{"bot is us", whoami, main, "frontdesk", 200, "@frontdesk:localhost"},
		{"anna can be acted for", whoami, staff, "anna", 200, "@anna:localhost"},
		{"boris can be acted for", whoami, staff, "boris", 200, "@boris:localhost"},
		{"an administrator cannot", whoami, staff, "root", 403, "M_FORBIDDEN"},
		{"by the main token the staff cannot", whoami, main, "anna", 403, "M_FORBIDDEN"},
		{"a wrong token is nobody", whoami, "0123456789abcdef0123456789abcdef", "anna", 401, "M_UNKNOWN_TOKEN"},
	} {
		if status, answer := tc.act(tc.token, tc.user); status != tc.status || answer != tc.answer {
			t.Errorf("%s: got %d %s, want %d %s", tc.what, status, answer, tc.status, tc.answer)
		}
	}
	status, answer := s.ask(t, http.MethodPost, "/_matrix/client/v3/register", "",
		map[string]any{"username": "desk_c_0abc", "password": "long enough", "auth": map[string]string{"type": "m.login.dummy"}})
	if status != http.StatusBadRequest || answer != "M_EXCLUSIVE" {
		t.Errorf("a person asked for a puppet's name: got %d %s", status, answer)
	}
}
