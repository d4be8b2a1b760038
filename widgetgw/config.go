package widgetgw

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"frontdesk/desk"
	"frontdesk/widgetgw/protocol"
)

// Config says how the gateway runs. The zero value of everything but PublicURL, Secret and SpoolDir means its default.
type Config struct {
	// PublicURL is the address visitors' browsers know the gateway by, without a slash at the end.
	PublicURL string
	// Secret signs media addresses; at least 32 bytes.
	Secret []byte
	// SpoolDir is where uploads wait until they are in the media repository.
	SpoolDir string
	SpoolMax int64 // bytes of all waiting uploads; default 1 GiB
	FileMax  int64 // bytes of one upload; default 50 MiB
	// AllowedTypes are the MIME types visitors may upload, as sniffed from the bytes: "application/pdf", "image/*" (which does not
	// mean SVG). Empty: all of them; whatever a browser could run is only ever offered for download.
	AllowedTypes []string
	SessionTTL   time.Duration // since the last visit; default 365 days
	Heartbeat    time.Duration // default 25 s
	Limits       Limits
	// TrustedProxies are believed when they say in X-Forwarded-For who they speak for.
	TrustedProxies []netip.Prefix
	Now            desk.Clock // default time.Now
}

// Limits bound what one visitor, one network and all together may use. A network is an IPv4 address or an IPv6 /64. The
// defaults are generous: a big office sits behind one address.
type Limits struct {
	Connections        int           // sockets and polls altogether; default 50,000
	NetworkConnections int           // of one network; default 1,000
	NetworkUpgrades    Rate          // new connections of one network; default 50/s, burst 1,000
	NetworkStarts      Rate          // new sessions of one network; default 2/s, burst 300
	NetworkUploads     Rate          // uploaded bytes of one network; default a quarter of SpoolMax an hour, burst the same
	NetworkDownloads   int           // files on their way to one network at the same time; default 100
	SessionTabs        int           // connections of one session; default 20
	SessionUploads     int           // uploads of one session at the same time; default 4
	Frames             Rate          // frames of one connection, 4 KiB of a frame count as one; default 100/s, burst 400
	PendingBytes       int           // unwritten bytes of one connection; default 512 KiB
	WriteTimeout       time.Duration // for one frame to leave; default 10 s
	AnswerTimeout      time.Duration // for 16 KiB of an answer to leave, through a tunnel as well; default 60 s
}

// Rate is a token bucket: so many a second on average, and Burst at once.
type Rate struct {
	PerSecond float64
	Burst     float64
}

const (
	defaultSpoolMax   = 1 << 30
	defaultFileMax    = 50 << 20
	defaultSessionTTL = 365 * 24 * time.Hour
	minSecret         = 32
)

func (c Config) withDefaults() Config {
	if c.SpoolMax == 0 {
		c.SpoolMax = defaultSpoolMax
	}
	if c.FileMax == 0 {
		c.FileMax = min(defaultFileMax, c.SpoolMax)
	}
	if c.SessionTTL == 0 {
		c.SessionTTL = defaultSessionTTL
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = protocol.Heartbeat
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	quarter := float64(c.SpoolMax) / 4
	quarter = max(quarter, 2*float64(c.FileMax))
	c.Limits = c.Limits.withDefaults(Rate{PerSecond: quarter / time.Hour.Seconds(), Burst: quarter})
	return c
}

func (l Limits) withDefaults(uploads Rate) Limits {
	number := func(n *int, def int) {
		if *n == 0 {
			*n = def
		}
	}
	rate := func(r *Rate, def Rate) {
		if *r == (Rate{}) {
			*r = def
		}
	}
	number(&l.Connections, 50_000)
	number(&l.NetworkConnections, 1_000)
	number(&l.NetworkDownloads, 100)
	number(&l.SessionTabs, 20)
	number(&l.SessionUploads, 4)
	number(&l.PendingBytes, 512<<10)
	rate(&l.NetworkUpgrades, Rate{PerSecond: 50, Burst: 1_000})
	rate(&l.NetworkStarts, Rate{PerSecond: 2, Burst: 300})
	rate(&l.NetworkUploads, uploads)
	rate(&l.Frames, Rate{PerSecond: 100, Burst: 400})
	if l.WriteTimeout == 0 {
		l.WriteTimeout = 10 * time.Second
	}
	if l.AnswerTimeout == 0 {
		l.AnswerTimeout = time.Minute
	}
	return l
}

func (c Config) validate() error {
	var errs []error
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, fmt.Errorf("public URL %q is no http or https address", c.PublicURL))
	}
	if len(c.Secret) < minSecret {
		errs = append(errs, fmt.Errorf("the secret has %d bytes, at least %d are needed", len(c.Secret), minSecret))
	}
	if c.SpoolDir == "" {
		errs = append(errs, errors.New("no spool directory"))
	}
	if c.FileMax > c.SpoolMax {
		errs = append(errs, fmt.Errorf("one file may have %d bytes, the spool only %d", c.FileMax, c.SpoolMax))
	}
	if c.Heartbeat < 100*time.Millisecond {
		errs = append(errs, fmt.Errorf("a heartbeat of %s is too fast", c.Heartbeat))
	}
	return errors.Join(errs...)
}
