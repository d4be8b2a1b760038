package program

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"frontdesk/appservice"
	"frontdesk/calls"
	"frontdesk/internal/config"
)

// calls looks at everything between a visitor's microphone and the staff's. service is nil where there is no homeserver to ask.
func (c *checker) calls(ctx context.Context, service *appservice.Service) {
	if !c.cfg.Calls.Enabled {
		c.say(finding{link: "calls", detail: "switched off (calls.enabled)"})
		return
	}
	c.say(c.mediaPort(ctx, "udp", c.cfg.Calls.UDP))
	if c.cfg.Calls.TCP != "" {
		c.say(c.mediaPort(ctx, "tcp", c.cfg.Calls.TCP))
	}
	c.say(c.mediaAddresses(ctx))
	c.relays(ctx)
	if service == nil {
		return
	}
	links, access := service.CheckCalls(ctx, c.cfg.Calls.ServiceURL)
	for _, f := range links {
		c.say(finding{link: f.Name, problem: f.Problem, cure: f.Cure, detail: f.Detail})
	}
	if access != nil {
		c.say(mediaServer(calls.CheckSFU(ctx, access.URL, access.Token), access.URL))
	}
}

// mediaServer says what came of joining a session.
func mediaServer(err error, address string) finding {
	f := finding{link: "media server"}
	cure := "see the log of LiveKit and of the reverse proxy before it"
	switch {
	case err == nil:
		f.detail = address
		return f
	case errors.Is(err, calls.ErrNoSFU):
		cure = "start LiveKit, see that " + address + " (LIVEKIT_URL of lk-jwt-service) reaches it from here too"
	case errors.Is(err, calls.ErrOtherKeys):
		cure = "let LIVEKIT_KEY and LIVEKIT_SECRET of lk-jwt-service be a pair of keys in livekit.yaml"
	case errors.Is(err, calls.ErrNoSession):
		cure = "see that the reverse proxy passes WebSockets on, and that LIVEKIT_FULL_ACCESS_HOMESERVERS of lk-jwt-service lists the homeserver"
	case errors.Is(err, calls.ErrNoMediaWay):
		cure = "open LiveKit's media ports (rtc.udp_port or port_range, tcp_port), and see that it tells its outside address (rtc.use_external_ip, node_ip)"
	}
	f.problem, f.cure = err.Error(), cure
	return f
}

// mediaPort looks whether visitors' media can come in. While frontdesk runs the port is its own.
func (c *checker) mediaPort(ctx context.Context, network, address string) finding {
	f := finding{link: "media port " + network, detail: address}
	var listen net.ListenConfig
	var err error
	if network == "udp" {
		var l net.PacketConn
		if l, err = listen.ListenPacket(ctx, network, address); err == nil {
			err = l.Close()
		}
	} else {
		var l net.Listener
		if l, err = listen.Listen(ctx, network, address); err == nil {
			err = l.Close()
		}
	}
	switch {
	case err == nil && c.runs:
		f.problem, f.cure = "frontdesk runs and does not listen there", "restart it: it was started with another configuration"
	case err == nil:
	case errors.Is(err, syscall.EADDRINUSE) && c.runs:
		f.detail = address + ", taken by frontdesk"
	case errors.Is(err, syscall.EADDRINUSE):
		f.problem, f.cure = "another program listens at "+address, "stop that one, or write another port into calls."+network+" and open it in the firewall"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		f.problem, f.cure = "this machine has no address "+address, "write one that it has into calls."+network+", or 0.0.0.0; those outside of it belong into calls.public_ips"
	default:
		f.problem, f.cure = err.Error(), "correct calls."+network
	}
	return f
}

// mediaAddresses says where visitors' browsers are told to send their media, and looks whether they can.
func (c *checker) mediaAddresses(ctx context.Context) finding {
	f := finding{link: "media addresses"}
	told, err := toldAddresses(c.cfg.Calls)
	if err != nil {
		f.problem, f.cure = err.Error(), "write the addresses into calls.public_ips"
		return f
	}
	words := make([]string, len(told))
	inside := true
	for i, a := range told {
		words[i] = a.String()
		inside = inside && !isPublic(a)
	}
	f.detail = "visitors send to " + strings.Join(words, ", ")
	if inside && len(c.cfg.Calls.TURN.URLs) == 0 && c.servesInternet(ctx) {
		f.problem = "visitors from the internet are told " + strings.Join(words, ", ") + ", which they cannot reach"
		f.cure = "write the outside address of this machine into calls.public_ips, and let the firewall pass its port on"
	}
	return f
}

// relays has every TURN server give an address, as visitors who need one do.
func (c *checker) relays(ctx context.Context) {
	relay := callsConfig(c.cfg.Calls).TURN
	for _, address := range relay.URLs {
		f := finding{link: "relay " + address}
		if err := relay.CheckTURN(ctx, address, time.Now()); err != nil {
			f.problem = err.Error()
			f.cure = "see that the server runs with use-auth-secret, that calls.turn.secret is its static-auth-secret, that both clocks are right, and that its ports are open"
		}
		c.say(f)
	}
}

// toldAddresses gives what browsers are told: what the configuration says, else the addresses of the interfaces.
func toldAddresses(c config.Calls) ([]netip.Addr, error) {
	var out []netip.Addr
	for _, s := range c.PublicIPs {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, a)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	if at, err := netip.ParseAddrPort(c.UDP); err == nil && !at.Addr().IsUnspecified() {
		return []netip.Addr{at.Addr()}, nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("ask for the addresses of this machine: %w", err)
	}
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err == nil && prefix.Addr().IsGlobalUnicast() {
			out = append(out, prefix.Addr())
		}
	}
	if len(out) == 0 {
		return nil, errors.New("this machine has no address but those of its own")
	}
	return out, nil
}

// shared are the addresses between providers and their customers (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

func isPublic(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// servesInternet tells whether visitors come by an address of the internet.
func (c *checker) servesInternet(ctx context.Context) bool {
	u, err := url.Parse(c.cfg.Gateway.PublicURL)
	if err != nil {
		return false
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return false
	}
	for _, a := range found {
		if isPublic(a) {
			return true
		}
	}
	return false
}
