package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Calls is how visitors talk and show: where their media come in, and the servers by which it goes on to the staff.
type Calls struct {
	Enabled       bool     `yaml:"enabled"`
	ServiceURL    string   `yaml:"service_url"` // token service of calls that begin with a command; empty: what the homeserver says
	UDP           string   `yaml:"udp"`         // host:port of all visitors' media
	TCP           string   `yaml:"tcp"`         // host:port of those whose network lets no UDP out; empty: none
	PublicIPs     []string `yaml:"public_ips"`  // under which visitors reach UDP and TCP; empty: those of the interfaces
	VideoBitrate  int      `yaml:"video_bitrate"`
	ScreenBitrate int      `yaml:"screen_bitrate"` // kbit/s, as VideoBitrate
	TURN          TURN     `yaml:"turn"`
}

// TURN is the relay of visitors who reach us no other way. Its secret makes passwords that end by themselves, as coturn's
// use-auth-secret wants them.
type TURN struct {
	URLs       []string `yaml:"urls"`
	Secret     Secret   `yaml:"secret"`
	SecretFile string   `yaml:"secret_file"`
	TTL        Duration `yaml:"ttl"` // of a password
}

// Bounds of what a visitor's browser may be told to send, in kbit/s: below it nothing is seen, above it a call takes the line from all others.
const (
	minBitrate = 100
	maxBitrate = 20_000
)

// minTURNTTL is what a call has at least before the relay ends it.
const minTURNTTL = 5 * minute

func defaultCalls() Calls {
	return Calls{
		UDP: "0.0.0.0:7790", TCP: "0.0.0.0:7790", PublicIPs: []string{}, VideoBitrate: 1200, ScreenBitrate: 2500,
		TURN: TURN{URLs: []string{}, TTL: Duration(time.Hour)},
	}
}

// calls checks what calls need. What is switched off may be unfinished, never misspelt.
func (v *validator) calls() {
	c := v.c.Calls
	v.serviceURL("calls.service_url", c.ServiceURL)
	v.media("calls.udp", c.UDP, false)
	v.media("calls.tcp", c.TCP, true)
	for i, s := range c.PublicIPs {
		if ip, err := netip.ParseAddr(s); err != nil || ip.Zone() != "" || ip.IsUnspecified() || ip.IsMulticast() {
			v.wrong(fmt.Sprintf("calls.public_ips[%d]", i), "is no address that visitors reach", "write one such as 203.0.113.7, or [] for those of the machine")
		}
	}
	for key, kbit := range map[string]int{"calls.video_bitrate": c.VideoBitrate, "calls.screen_bitrate": c.ScreenBitrate} {
		if kbit < minBitrate || kbit > maxBitrate {
			v.wrong(key, "is "+strconv.Itoa(kbit), fmt.Sprintf("write kbit/s from %d to %d", minBitrate, maxBitrate))
		}
	}
	v.turn(c.TURN)
}

func (v *validator) turn(t TURN) {
	for i, s := range t.URLs {
		if !turnRE.MatchString(s) || !portBelow65536(s) {
			v.wrong(fmt.Sprintf("calls.turn.urls[%d]", i), "is no address of a TURN server",
				"write one such as turn:turn.example.org:3478?transport=udp or turns:turn.example.org:5349")
		}
	}
	switch {
	case len(t.URLs) > 0 && t.Secret == "":
		v.wrong("calls.turn.secret", "is missing", "write coturn's static-auth-secret")
	case strings.ContainsAny(string(t.Secret), " \t\r\n"):
		v.wrong("calls.turn.secret", "has white space in it", "write it without")
	case t.Secret != "" && len(t.URLs) == 0:
		v.wrong("calls.turn.urls", "is empty, but there is a secret", "write the addresses of the TURN server, or remove the secret")
	}
	if time.Duration(t.TTL) < minTURNTTL || time.Duration(t.TTL) > day {
		v.wrong("calls.turn.ttl", "is "+t.TTL.String(), "write a length of time from 5m to 1d, longer than a call")
	}
}

// turnRE is the form of RFC 7065; the port is optional.
var turnRE = regexp.MustCompile(`^turns?:([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?$`)

func portBelow65536(turn string) bool {
	_, rest, _ := strings.Cut(turn, ":")
	rest, _, _ = strings.Cut(rest, "?")
	colon := strings.LastIndexByte(rest, ':')
	if colon < 0 || strings.HasSuffix(rest, "]") {
		return true
	}
	n, err := strconv.ParseUint(rest[colon+1:], 10, 16)
	return err == nil && n > 0
}

// media checks where media come in: an address of the machine and a port, as browsers are told both.
func (v *validator) media(key, addr string, optional bool) {
	if addr == "" && optional {
		return
	}
	host, port, err := net.SplitHostPort(addr)
	n, portErr := strconv.ParseUint(port, 10, 16)
	_, ipErr := netip.ParseAddr(host)
	if err != nil || portErr != nil || n == 0 || ipErr != nil && host != "" {
		v.wrong(key, "is no address to listen on", "write ip:port, for example 0.0.0.0:7790")
	}
}

// serviceURL checks the address of a token service, which unlike the others may have a path: it usually stands below one.
func (v *validator) serviceURL(key, s string) {
	if s == "" {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		v.wrong(key, "is no address", "write one such as https://rtc.example.org/jwt, the same that clients are told")
	}
}
