package main

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"frontdesk/internal/devstack"
)

// settings are what the environment may change.
type settings struct {
	demo, gateway, appservice, metrics int // ports on 127.0.0.1
	synapse                            int // port of our own homeserver

	// An already running Synapse instead of our own.
	synapseURL    string
	synapseSecret string // its registration_shared_secret
	synapseDomain string // its server_name; "" to ask it
}

func readSettings(getenv func(string) string) (settings, error) {
	s := settings{
		synapseURL: strings.TrimSuffix(getenv("SYNAPSE_URL"), "/"), synapseSecret: getenv("SYNAPSE_SHARED_SECRET"),
		synapseDomain: getenv("SYNAPSE_DOMAIN"),
	}
	for _, p := range s.ports() {
		text := getenv(p.variable)
		if text == "" {
			*p.port = p.usual
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 65535 {
			return settings{}, fmt.Errorf("%s is %q: give a port from 1 to 65535", p.variable, text)
		}
		*p.port = n
	}
	if s.synapseURL == "" {
		return s, nil
	}
	if u, err := url.Parse(s.synapseURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return settings{}, fmt.Errorf("SYNAPSE_URL is %q: give an address such as http://127.0.0.1:8008", s.synapseURL)
	}
	if s.synapseSecret == "" {
		return settings{}, errors.New("with SYNAPSE_URL set, SYNAPSE_SHARED_SECRET is needed too: the registration_shared_secret of that homeserver")
	}
	return s, nil
}

// portSetting is one port with the variable that changes it.
type portSetting struct {
	port     *int
	usual    int
	variable string
	use      string
}

func (s *settings) ports() []portSetting {
	return []portSetting{
		{&s.synapse, 8008, "SYNAPSE_PORT", "Synapse"},
		{&s.gateway, 8090, "GATEWAY_PORT", "Frontdesk's gateway"},
		{&s.demo, 8080, "DEMO_PORT", "the demo shop"},
		{&s.appservice, 29330, "APPSERVICE_PORT", "what Synapse sends to Frontdesk"},
		{&s.metrics, 29331, "METRICS_PORT", "Frontdesk's metrics"},
	}
}

// check looks whether the ports can be had, before anything is downloaded or started.
func (s *settings) check() error {
	used := map[int]string{}
	for _, p := range s.ports() {
		if p.port == &s.synapse && s.synapseURL != "" {
			continue
		}
		if other := used[*p.port]; other != "" {
			return fmt.Errorf("port %d is wanted for %s and for %s: set %s to another one", *p.port, other, p.use, p.variable)
		}
		used[*p.port] = p.use
		err := devstack.CheckPort(*p.port, p.use)
		var taken *devstack.PortTakenError
		if errors.As(err, &taken) {
			taken.Cure = fmt.Sprintf("stop that one, or run \"make run %s=%d\"", p.variable, *p.port+1000)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
