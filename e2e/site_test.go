package e2e

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// newSite serves a page of a customer's website with the widget on it, on an origin of its own and under the strictest content
// security policy that the widget promises to work under. Violations are told on the console, where visitor.watch finds them. The
// query may name another way to the gateway (via) and the page's language (lang).
func newSite() *site {
	s := &site{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `document.addEventListener("securitypolicyviolation", (e) => console.log("csp-violation " + e.violatedDirective + " " + e.blockedURI));`)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		gateway := cmp.Or(r.URL.Query().Get("via"), s.gateway)
		lang := cmp.Or(r.URL.Query().Get("lang"), "ru")
		socket := "ws" + strings.TrimPrefix(gateway, "http")
		w.Header().Set("Content-Security-Policy", fmt.Sprintf(
			"default-src 'none'; script-src 'self' %[1]s; connect-src %[1]s %[2]s; img-src %[1]s blob:; media-src %[1]s blob:; require-trusted-types-for 'script'; trusted-types frontdesk",
			gateway, socket))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="%s"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Кофейная лавка</title><script src="/page.js"></script><script src="%s/widget.js" data-site="%s" async></script>
<h1>Кофейная лавка</h1><p>Свежая обжарка каждый день.</p>`, lang, gateway, s.key)
	})
	s.server = httptest.NewServer(mux)
	s.url = s.server.URL
	return s
}

type site struct {
	server  *httptest.Server
	url     string
	gateway string // address of the gateway, as the page names it
	key     string // the site's public widget key
}

// via gives the page's address with another way to the gateway.
func (s *site) via(gateway string) string { return s.url + "/?via=" + url.QueryEscape(gateway) }
