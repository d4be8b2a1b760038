package widgetgw

import (
	"net"
	"net/url"
	"strings"

	"frontdesk/desk"
)

// originAllowed reports whether a browser's Origin is one of the site's: the same scheme, host and port, or a subdomain of a pattern
// like https://*.example.org (which does not match https://example.org itself).
func originAllowed(site *desk.Site, origin string) bool {
	got, ok := parseOrigin(origin)
	if !ok {
		return false
	}
	for _, allowed := range site.Origins {
		want, ok := parseOrigin(allowed)
		if !ok || want.scheme != got.scheme || want.port != got.port {
			continue
		}
		if want.host == got.host {
			return true
		}
		if parent, isPattern := strings.CutPrefix(want.host, "*."); isPattern && subdomain(got.host, parent) {
			return true
		}
	}
	return false
}

func subdomain(host, parent string) bool {
	label, found := strings.CutSuffix(host, "."+parent)
	return found && label != "" && parent != "" && !strings.HasPrefix(label, ".")
}

type webOrigin struct{ scheme, host, port string }

// parseOrigin takes scheme://host[:port] and nothing else; the default ports are filled in.
func parseOrigin(s string) (webOrigin, bool) {
	if len(s) > 512 || strings.ContainsAny(s, " \t\r\n\\,") {
		return webOrigin{}, false
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "" || strings.HasSuffix(s, "#") {
		return webOrigin{}, false
	}
	o := webOrigin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	switch {
	case o.host == "":
		return webOrigin{}, false
	case o.scheme == "https" && o.port == "":
		o.port = "443"
	case o.scheme == "http" && o.port == "":
		o.port = "80"
	case o.scheme != "https" && o.scheme != "http":
		return webOrigin{}, false
	}
	if net.ParseIP(o.host) == nil && strings.ContainsAny(o.host, ":%") {
		return webOrigin{}, false
	}
	return o, true
}
