package devstack_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"testing"

	"gopkg.in/yaml.v3"

	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
)

func newFrontdesk(t *testing.T, o devstack.FrontdeskOptions) *devstack.Frontdesk {
	t.Helper()
	f, err := devstack.NewFrontdesk(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

type registration struct {
	URL     string
	ASToken string `yaml:"as_token"`
}

func readRegistration(t *testing.T, path string) registration {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r registration
	if err := yaml.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// A second start on the same directory may use other ports; secrets and comments stay.
func TestConfigurationIsKept(t *testing.T) {
	o := devstack.FrontdeskOptions{
		Dir: t.TempDir(), Homeserver: "http://127.0.0.1:1", Operators: []string{"anna", "boris"}, Admins: []string{"admin"},
		DoublePuppet: true, Settings: map[string]any{"sites.0.name": "Shop"},
	}
	first := readRegistration(t, newFrontdesk(t, o).Registrations[0])
	second := newFrontdesk(t, o)
	if len(second.Registrations) != 2 {
		t.Fatalf("registrations %q, want two", second.Registrations)
	}
	again := readRegistration(t, second.Registrations[0])
	if first.ASToken == "" || again.ASToken != first.ASToken {
		t.Error("the second start has another token")
	}
	if again.URL == first.URL {
		t.Errorf("the registration keeps the address %s of the first start", first.URL)
	}
	config, err := os.ReadFile(second.Config)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# Name of the desk's own user", "name: Shop", "public_url: " + second.GatewayURL, "@boris:localhost"} {
		if !bytes.Contains(config, []byte(want)) {
			t.Errorf("the configuration lacks %q:\n%s", want, config)
		}
	}

	o.DoublePuppet = false
	if third := newFrontdesk(t, o); len(third.Registrations) != 1 {
		t.Errorf("without double puppeting there are registrations %q", third.Registrations)
	}
}

// A configuration kept from before there were calls gets their keys.
func TestConfigurationOfBefore(t *testing.T) {
	o := devstack.FrontdeskOptions{Dir: t.TempDir(), Homeserver: "http://127.0.0.1:1"}
	f := newFrontdesk(t, o)
	text, err := os.ReadFile(f.Config)
	if err != nil {
		t.Fatal(err)
	}
	var old map[string]any
	if err := yaml.Unmarshal(text, &old); err != nil {
		t.Fatal(err)
	}
	delete(old, "calls")
	if text, err = yaml.Marshal(old); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Settings = map[string]any{"calls.enabled": true}
	c, err := program.LoadConfig(newFrontdesk(t, o).Config)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Calls.Enabled || c.Calls.UDP == "" {
		t.Errorf("calls are %+v", c.Calls)
	}
	o.Settings = map[string]any{"calls.no_such": true}
	if f, err := devstack.NewFrontdesk(t.Context(), o); err == nil {
		t.Errorf("an unknown key was added: %v", f.Close())
	}
}

func TestUnknownSetting(t *testing.T) {
	f, err := devstack.NewFrontdesk(t.Context(), devstack.FrontdeskOptions{
		Homeserver: "http://127.0.0.1:1", Settings: map[string]any{"no.such": 1},
	})
	if err == nil {
		t.Errorf("a configuration with an unknown setting was written: %v", f.Close())
	}
}

// Synapse takes both registrations as they are written.
func TestSynapseKnowsTheRegistrations(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	port, err := devstack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	f := newFrontdesk(t, devstack.FrontdeskOptions{Homeserver: "http://127.0.0.1:1", Operators: []string{"anna"}, DoublePuppet: true})
	s := startSynapse(t, devstack.SynapseOptions{Port: port, Registrations: f.Registrations})
	if err := s.RegisterUser(ctx, "anna", "secret", false); err != nil {
		t.Fatal(err)
	}
	for path, query := range map[string]string{f.Registrations[0]: "", f.Registrations[1]: "?user_id=@anna:localhost"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/_matrix/client/v3/account/whoami"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+readRegistration(t, path).ASToken)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("whoami%s: %s", query, resp.Status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
