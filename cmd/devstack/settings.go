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

	livekit, livekitMedia, tokens, media int // ports of calls

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
	media    bool // it has to be free for UDP too
	ours     bool // not needed beside somebody else's homeserver
}

func (s *settings) ports() []portSetting {
	return []portSetting{
		{port: &s.synapse, usual: 8008, variable: "SYNAPSE_PORT", use: "Synapse", ours: true},
		{port: &s.gateway, usual: 8090, variable: "GATEWAY_PORT", use: "Frontdesk's gateway"},
		{port: &s.demo, usual: 8080, variable: "DEMO_PORT", use: "the demo shop"},
		{port: &s.appservice, usual: 29330, variable: "APPSERVICE_PORT", use: "what Synapse sends to Frontdesk"},
		{port: &s.metrics, usual: 29331, variable: "METRICS_PORT", use: "Frontdesk's metrics"},
		{port: &s.livekit, usual: 7880, variable: "LIVEKIT_PORT", use: "LiveKit", ours: true},
		{port: &s.livekitMedia, usual: 7882, variable: "LIVEKIT_MEDIA_PORT", use: "the staff's sound and pictures", media: true, ours: true},
		{port: &s.media, usual: 7790, variable: "MEDIA_PORT", use: "visitors' sound and pictures", media: true},
		{port: &s.tokens, usual: 8088, variable: "TOKEN_PORT", use: "the token service of calls", ours: true},
	}
}

// check looks whether the ports can be had, before anything is downloaded or started.
func (s *settings) check() error {
	used := map[int]string{}
	for _, p := range s.ports() {
		if s.synapseURL != "" && p.ours {
			continue
		}
		if other := used[*p.port]; other != "" {
			return fmt.Errorf("port %d is wanted for %s and for %s: set %s to another one", *p.port, other, p.use, p.variable)
		}
		used[*p.port] = p.use
		check := devstack.CheckPort
		if p.media {
			check = devstack.CheckMediaPort
		}
		err := check(*p.port, p.use)
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
