package widgetgw

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"strings"

	"frontdesk/desk"
)

// manifestName is what the widget's build says about its files.
const manifestName = "manifest.json"

// callPart gives the name of the module for calls, "" before the build.
func (as *assets) callPart() string {
	var manifest struct {
		Call []string `json:"call"`
	}
	a := as.byName[manifestName]
	if a == nil || json.Unmarshal(a.plain, &manifest) != nil || len(manifest.Call) == 0 {
		return ""
	}
	return manifest.Call[0]
}

// serveVoice serves the window of a voice call, which a page of the site opens and gives the visitor's session. The page itself knows no
// visitor; it names the pages that it may take a session from.
func (g *Gateway) serveVoice(w http.ResponseWriter, r *http.Request) {
	site, err := g.siteByKey(r.Context(), r.URL.Query().Get("site"))
	switch {
	case errors.Is(err, desk.ErrNotFound) || g.Calls == nil:
		g.refuse(w, r, nil, http.StatusNotFound, "not_found")
		return
	case err != nil:
		g.log.Err(err).Msg("Failed to read a site")
		g.refuse(w, r, nil, http.StatusInternalServerError, "internal")
		return
	}
	script := g.assets.callPart()
	if script == "" {
		http.Error(w, errNotBuilt.Error(), http.StatusServiceUnavailable)
		return
	}
	sockets := ""
	if u, err := url.Parse(g.cfg.PublicURL); err == nil {
		sockets = " ws" + strings.TrimPrefix(u.Scheme, "http") + "://" + u.Host // some browsers do not count it as 'self'
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'"+sockets+"; img-src 'self' data:; base-uri 'none'; "+
		"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
	h.Set("Permissions-Policy", "microphone=(self), camera=(self), display-capture=(self), geolocation=()")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	_, _ = w.Write([]byte(`<!doctype html><html data-frontdesk="voice" data-site="` + html.EscapeString(site.Key) +
		`" data-origins="` + html.EscapeString(strings.Join(openers(site.Origins), " ")) +
		`"><head><meta charset="utf-8"><title>` + html.EscapeString(site.Name) +
		`</title><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"><meta name="robots" content="noindex"><link rel="icon" href="data:,">` +
		`<script type="module" src="/assets/` + html.EscapeString(script) + `"></script></head><body></body></html>`))
}

// openers writes a site's origins as browsers do, which leave out what is the default.
func openers(origins []string) []string {
	var out []string
	for _, origin := range origins {
		o, ok := parseOrigin(origin)
		if !ok {
			continue
		}
		host := o.host
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		if o.scheme == "https" && o.port != "443" || o.scheme == "http" && o.port != "80" {
			host += ":" + o.port
		}
		out = append(out, o.scheme+"://"+host)
	}
	return out
}
