package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix"

	"frontdesk/internal/devstack"
)

// startBeside runs frontdesk with a Synapse that somebody else runs, on this machine or where it reaches our appservice port. That
// Synapse has to know our registrations, which only its operator can tell it.
func startBeside(ctx context.Context, dir string, s settings, progress devstack.Progress) (*running, error) {
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	domain, err := serverName(ctx, client, s)
	if err != nil {
		return nil, err
	}
	people := accounts{admin: devstack.NewAccount("admin", domain), operators: []devstack.Account{
		devstack.NewAccount(devstack.OperatorName(0), domain), devstack.NewAccount(devstack.OperatorName(1), domain)}}
	settings := demoSettings()
	settings["calls.enabled"] = false // until the homeserver says by which servers
	f, err := devstack.NewFrontdesk(ctx, devstack.FrontdeskOptions{
		Dir: filepath.Join(dir, "beside", "frontdesk"), Homeserver: s.synapseURL, Domain: domain,
		Operators: []string{people.operators[0].Name, people.operators[1].Name}, Admins: []string{people.admin.Name},
		DoublePuppet: true, Origins: s.origins(), Settings: settings, Progress: progress,
		GatewayPort: s.gateway, AppservicePort: s.appservice, MetricsPort: s.metrics,
	})
	if err != nil {
		return nil, err
	}
	if err := knowsRegistration(ctx, client, s.synapseURL, f.Registrations); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := callsBeside(ctx, client, f, s, progress); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	for _, a := range append([]devstack.Account{people.admin}, people.operators...) {
		err := devstack.RegisterUser(ctx, client, s.synapseURL, s.synapseSecret, a.Name, a.Password, a == people.admin)
		if err != nil && !errors.Is(err, devstack.ErrUserExists) {
			return nil, errors.Join(err, f.Close())
		}
	}
	progress.Say("starting frontdesk")
	if err = f.Start(ctx); err == nil {
		err = f.WaitWell(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &running{homeserver: s.synapseURL, frontdesk: f, accounts: people,
		children: []child{{"frontdesk", f.Log, f.Running, f.Stop}}}, nil
}

// serverName asks the homeserver who it is, by the key it signs with.
func serverName(ctx context.Context, client *http.Client, s settings) (string, error) {
	if s.synapseDomain != "" {
		return s.synapseDomain, nil
	}
	matrix, err := mautrix.NewClient(s.synapseURL, "", "")
	if err != nil {
		return "", fmt.Errorf("read SYNAPSE_URL: %w", err)
	}
	matrix.Client = client
	var key struct {
		ServerName string `json:"server_name"`
	}
	_, err = matrix.MakeRequest(ctx, http.MethodGet, s.synapseURL+"/_matrix/key/v2/server", nil, &key)
	if err == nil && key.ServerName == "" {
		err = errors.New("the answer names none")
	}
	if err != nil {
		return "", fmt.Errorf("the homeserver at %s does not tell its server_name; give it as SYNAPSE_DOMAIN: %w", s.synapseURL, err)
	}
	return key.ServerName, nil
}

// knowsRegistration fails with instructions when the homeserver was not told about us.
func knowsRegistration(ctx context.Context, client *http.Client, homeserver string, registrations []string) error {
	for _, path := range registrations {
		matrix, err := registered(client, homeserver, path)
		if err != nil {
			return err
		}
		_, err = matrix.Whoami(ctx)
		if errors.Is(err, mautrix.MUnknownToken) {
			return fmt.Errorf("the homeserver at %s does not know Frontdesk yet; put these lines into its homeserver.yaml, restart it, and start again:\napp_service_config_files:\n  - %s",
				homeserver, strings.Join(registrations, "\n  - "))
		}
		if err != nil {
			return fmt.Errorf("ask %s who we are: %w", redacted(homeserver), err)
		}
	}
	return nil
}

// registered gives a client that is the one that a registration is for.
func registered(client *http.Client, homeserver, registration string) (*mautrix.Client, error) {
	text, err := os.ReadFile(registration)
	if err != nil {
		return nil, fmt.Errorf("read registration: %w", err)
	}
	var r struct {
		Token string `yaml:"as_token"`
	}
	if err := yaml.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("decode registration: %w", err)
	}
	matrix, err := mautrix.NewClient(homeserver, "", r.Token)
	if err != nil {
		return nil, fmt.Errorf("read SYNAPSE_URL: %w", err)
	}
	matrix.Client = client
	return matrix, nil
}

// redacted takes a password out of an address.
func redacted(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return "the homeserver"
}
