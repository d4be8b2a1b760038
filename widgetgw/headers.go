package widgetgw

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"frontdesk/desk"
)

// secured sets what every answer carries: nothing of ours is ever a page, a frame or a script of somebody else's choosing.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// allowOrigin lets scripts of the site's page read the answer. There are no cookies, so no credentials.
func allowOrigin(w http.ResponseWriter, origin string) {
	h := w.Header()
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "Retry-After")
}

// preflight answers the browser's question whether a page may send what the protocol needs.
func (g *Gateway) preflight(w http.ResponseWriter, r *http.Request) {
	if _, ok := g.siteOf(w, r); !ok {
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	h.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusNoContent)
}

// fault is the JSON body of an HTTP error.
type fault struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// refuse answers an HTTP request with a code of the document and its text in the site's language (site may be nil).
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, site *desk.Site, status int, code string) {
	lang := r.Header.Get("Accept-Language")
	writeJSON(w, status, fault{Code: code, Text: g.text(site, g.languageOf(site, lang), "widget.error."+code)})
}

func (g *Gateway) slowDown(w http.ResponseWriter, r *http.Request, site *desk.Site, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	g.refuse(w, r, site, http.StatusTooManyRequests, "slow_down")
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"code":"internal","text":""}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone: nobody to tell
}
