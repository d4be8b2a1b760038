package widgetgw

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

func TestVoiceWindowsPage(t *testing.T) {
	h := open(t)
	get := func(path string) (*http.Response, string) {
		t.Helper()
		r, err := h.server.Client().Get(h.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r, string(body)
	}
	if r, _ := get("/w/v1/call?site=" + siteKey); r.StatusCode != http.StatusNotFound {
		t.Errorf("without calls: %d", r.StatusCode)
	}
	h.gw.Calls = &relay{}
	built, err := readAssets(fstest.MapFS{manifestName: {Data: []byte(`{"call":["call-ABC.js"]}`)}})
	if err != nil {
		t.Fatal(err)
	}
	h.gw.assets = built
	r, body := get("/w/v1/call?site=" + siteKey + "&lang=ru")
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %v", r.StatusCode, r.Header)
	}
	for _, want := range []string{
		`data-site="shop-key"`, `data-origins="https://shop.example https://*.shop.example"`, `<script type="module" src="/assets/call-ABC.js"></script>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	policy := r.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "connect-src 'self' wss://chat.example;", "frame-ancestors 'none'", "trusted-types 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "sandbox") || r.Header.Get("X-Frame-Options") != "DENY" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", r.Header)
	}
	if r, _ := get("/w/v1/call?site=%22%3E%3Cscript%3E"); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown site: %d", r.StatusCode)
	}
	h.gw.assets = &assets{}
	if r, body := get("/w/v1/call?site=" + siteKey); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "make build") {
		t.Errorf("not built: %d %s", r.StatusCode, body)
	}
}

// The window of a voice call is a page of the gateway's own and connects as the site's pages do; any other page stays outside.
func TestVoiceWindowConnects(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	o := h.options()
	o.Token, o.Tab, o.Origin = c.Token(), firstTab, "https://chat.example"
	conn, _, err := widgettest.Hello(patience(t), o)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, origin := range []string{"https://chat.example:8443", "http://chat.example", "https://evil.chat.example", "null"} {
		o.Origin = origin
		if other, _, err := widgettest.Hello(patience(t), o); err == nil {
			_ = other.Close()
			t.Errorf("%s came in", origin)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/w/v1/poll?site="+siteKey, strings.NewReader(`{"ack":0,"frames":[{"t":"hello","v":1}]}`))
	r.Header.Set("Origin", "https://chat.example")
	h.gw.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), protocol.TWelcome) {
		t.Errorf("by polling: %d %s", w.Code, w.Body)
	}
}

func TestOpenersAreWrittenAsBrowsersDo(t *testing.T) {
	got := openers([]string{"https://Shop.example:443", "http://a.example:80", "http://127.0.0.1:8091", "https://*.b.example:8443", "nonsense", "http://[::1]:5"})
	want := []string{"https://shop.example", "http://a.example", "http://127.0.0.1:8091", "https://*.b.example:8443", "http://[::1]:5"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
