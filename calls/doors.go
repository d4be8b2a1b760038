package calls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

// doors are the addresses at which all visitors' media come in, and how connections there are made.
//
// We are an ICE-lite peer: visitors come to us, we never knock at addresses that a page names. So candidates of pages are of no use to us, and
// nobody can make us probe our own network.
type doors struct {
	media  *webrtc.SettingEngine
	closer []io.Closer
	closed sync.Once
	udp    net.Addr
}

func openDoors(ctx context.Context, c Config) (_ *doors, err error) {
	d := &doors{media: &webrtc.SettingEngine{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	quiet := &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
	s := d.media
	s.LoggerFactory = quiet
	s.SetLite(true)
	s.DisableActiveTCP(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetICETimeouts(pageLost, pageFailed, pageBeat)
	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}

	var listen net.ListenConfig
	packets, err := listen.ListenPacket(ctx, "udp", c.UDP)
	if err != nil {
		return nil, fmt.Errorf("listen for media on %s: %w", c.UDP, err)
	}
	d.udp = packets.LocalAddr()
	enlarge(packets)
	mux := webrtc.NewICEUDPMux(quiet.NewLogger("ice"), packets)
	d.closer = append(d.closer, mux, packets)
	s.SetICEUDPMux(mux)
	if c.TCP != "" {
		listener, err := listen.Listen(ctx, "tcp", c.TCP)
		if err != nil {
			return nil, fmt.Errorf("listen for media on TCP %s: %w", c.TCP, err)
		}
		mux := newTCPMux(listener, quiet.NewLogger("ice"))
		d.closer = append(d.closer, mux)
		s.SetICETCPMux(mux)
		networks = append(networks, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
	}
	s.SetNetworkTypes(networks)
	if err := d.publish(c); err != nil {
		return nil, err
	}
	return d, nil
}

// publish settles under which addresses the page finds us.
func (d *doors) publish(c Config) error {
	address, err := netip.ParseAddrPort(d.udp.String())
	if err != nil {
		return fmt.Errorf("read address %s: %w", d.udp, err)
	}
	d.media.SetIncludeLoopbackCandidate(address.Addr().Unmap().IsLoopback())
	if len(c.PublicIPs) == 0 {
		return nil
	}
	err = d.media.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
		External: c.PublicIPs, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteReplace,
	})
	if err != nil {
		return fmt.Errorf("publish addresses %v: %w", c.PublicIPs, err)
	}
	return nil
}

// mediaBuffer is the kernel's room for packets of all visitors: key frames of several come at once.
const mediaBuffer = 4 << 20

func enlarge(c net.PacketConn) {
	if udp, ok := c.(*net.UDPConn); ok {
		// The kernel gives as much as it is allowed to.
		_ = udp.SetReadBuffer(mediaBuffer)
		_ = udp.SetWriteBuffer(mediaBuffer)
	}
}

// peer makes a connection for a page.
func (d *doors) peer() (*webrtc.PeerConnection, *repairs, error) {
	media, err := pageMedia()
	if err != nil {
		return nil, nil, err
	}
	interceptors := &interceptor.Registry{}
	repairs, err := configureRepairs(media, interceptors)
	if err != nil {
		return nil, nil, err
	}
	for _, configure := range []func(*webrtc.MediaEngine, *interceptor.Registry) error{
		func(_ *webrtc.MediaEngine, r *interceptor.Registry) error { return webrtc.ConfigureRTCPReports(r) },
		webrtc.ConfigureTWCCSender,
	} {
		if err := configure(media, interceptors); err != nil {
			return nil, nil, fmt.Errorf("configure connections: %w", err)
		}
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(interceptors), webrtc.WithSettingEngine(*d.media))
	pc, err := api.NewPeerConnection(webrtc.Configuration{BundlePolicy: webrtc.BundlePolicyMaxBundle})
	if err != nil {
		return nil, nil, fmt.Errorf("make connection: %w", err)
	}
	return pc, repairs, nil
}

// close gives the addresses back; a second call does nothing.
func (d *doors) close() error {
	var errs []error
	d.closed.Do(func() {
		for _, c := range d.closer {
			if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, fmt.Errorf("close the doors of media: %w", err))
			}
		}
	})
	return errors.Join(errs...)
}
