package appservice_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"frontdesk/appservice"
	"frontdesk/desk"
)

// answers are what is said instead of the homeserver's own, by the end of the path; "" is that there is nothing.
type answers map[string]string

// saying stands before a homeserver. Of what calls need it has whatever is said.
func saying(t *testing.T, homeserver string, said answers) string {
	t.Helper()
	u, err := url.Parse(homeserver)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(u)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for path, text := range said {
			if !strings.HasSuffix(r.URL.Path, path) {
				continue
			}
			w.Header().Set("Content-Type", "application/json")
			if text == "" {
				w.WriteHeader(http.StatusNotFound)
				text = `{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}`
			}
			_, _ = io.WriteString(w, text)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// tokenGiver answers every request for a token in the same way.
func tokenGiver(t *testing.T, status int, text string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/jwt/sfu/get" || !strings.Contains(string(body), `"matrix_server_name":"localhost"`) {
			t.Errorf("it is asked %s %s, %v", r.URL.Path, body, err)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/jwt"
}

// TestCheckCalls has everything that can be wrong with calls between homeserver and token service.
func TestCheckCalls(t *testing.T) {
	f := open(t, officeOptions{operators: 1})
	const (
		transports = "/rtc/transports"
		wellKnown  = "/.well-known/matrix/client"
		limits     = "/v3/capabilities"
		good       = `{"url":"wss://sfu.example.org","jwt":"a.b.c"}`
	)
	list := func(service string) string {
		return `[{"type":"mesh"},{"type":"livekit","livekit_service_url":"` + service + `"}]`
	}
	delay := func(ms string) string {
		return `{"capabilities":{"org.matrix.msc4140.delayed_events":{"max_delay_ms":` + ms + `}}}`
	}
	type result map[string]appservice.Finding
	check := func(t *testing.T, service string, said answers) (result, *desk.CallAccess) {
		c := f.config
		c.HomeserverURL = saying(t, f.synapse.URL, said)
		s, err := appservice.New(c, nil, nil, zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		out := result{}
		findings, access := s.CheckCalls(bounded(t), service)
		for _, finding := range findings {
			out[finding.Name] = finding
			if !finding.OK && (finding.Problem == "" || finding.Cure == "") {
				t.Errorf("%s is broken without a problem or a cure: %+v", finding.Name, finding)
			}
		}
		return out, access
	}
	for _, tc := range []struct {
		name         string
		change       answers // to a homeserver with which all is well
		service      string  // of the configuration
		status       int     // of the token service; 0 for 200
		answer       string  // its
		link, words  string  // what is found at which link, in problem, cure or detail
		well, access bool
	}{
		{name: "all well", link: "token service", words: "sends clients to wss://sfu.example.org", well: true, access: true},
		{name: "told to older clients too", change: answers{wellKnown: "same"}, link: "servers of calls", well: true, access: true},
		{name: "not told to older clients", link: "servers of calls", words: "where older clients look", well: true, access: true},
		{name: "older clients are told another", change: answers{wellKnown: `{"org.matrix.msc4143.rtc_foci":` + list("https://other") + `}`},
			link: "servers of calls", words: "older ones by /.well-known/matrix/client https://other", access: true},
		{name: "no list", change: answers{transports: ""}, link: "servers of calls", words: "msc4143_enabled: true"},
		{name: "an empty list", change: answers{transports: `{}`}, link: "servers of calls", words: "names no LiveKit"},
		{name: "other servers", change: answers{transports: `{"rtc_transports":[{"type":"mesh"}]}`}, link: "servers of calls", words: "names no LiveKit"},
		{name: "the configuration names another", change: answers{transports: `{"rtc_transports":` + list("https://other") + `}`}, service: "good",
			link: "servers of calls", words: "clients are told https://other", access: true},
		{name: "without TLS", change: answers{transports: `{"rtc_transports":` + list("http://rtc.invalid/jwt") + `}`}, link: "servers of calls", words: "refuse without TLS"},
		{name: "no state", change: answers{"/v3/sync": `{"rooms":{}}`}, link: "state of calls", words: "msc4222_enabled: true", access: true},
		{name: "no delays", change: answers{limits: `{"capabilities":{}}`}, link: "leaves of calls", words: "max_event_delay_duration: 24h", access: true},
		{name: "none allowed", change: answers{limits: delay("0")}, link: "leaves of calls", words: "max_event_delay_duration: 24h", access: true},
		{name: "short delays", change: answers{limits: delay("10000")}, link: "leaves of calls", words: "at most 10s late", access: true},
		{name: "nobody at the token service", change: answers{transports: ""}, service: "http://127.0.0.1:1/jwt", link: "token service", words: "start lk-jwt-service"},
		{name: "it does not know us", status: http.StatusUnauthorized, answer: `{"errcode":"M_UNAUTHORIZED","error":"no"}`, link: "token service", words: "as federation does"},
		{name: "it does not want us", status: http.StatusForbidden, answer: `{"errcode":"M_FORBIDDEN","error":"no"}`, link: "token service", words: "LIVEKIT_FULL_ACCESS_HOMESERVERS"},
		{name: "it has no LiveKit", status: http.StatusInternalServerError, answer: `{"errcode":"M_UNKNOWN","error":"no"}`, link: "token service", words: "LIVEKIT_SECRET"},
		{name: "a proxy answers", status: http.StatusBadGateway, answer: `<html>`, link: "token service", words: "HTTP 502"},
		{name: "a page answers", answer: `<html>`, link: "token service", words: "something else answers"},
		{name: "no token", answer: `{"url":"wss://sfu.example.org"}`, link: "token service", words: "something else answers"},
		{name: "LiveKit without TLS", answer: `{"url":"ws://sfu.example.org","jwt":"a.b.c"}`, link: "token service", words: "write wss:// into LIVEKIT_URL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.status == 0 {
				tc.status = http.StatusOK
			}
			if tc.answer == "" {
				tc.answer = good
			}
			service := tc.service
			if !strings.HasPrefix(service, "http") {
				service = tokenGiver(t, tc.status, tc.answer)
			}
			said := answers{transports: `{"rtc_transports":` + list(service) + `}`, wellKnown: "", limits: delay("86400000")}
			for path, text := range tc.change {
				if text == "same" {
					text = `{"org.matrix.msc4143.rtc_foci":` + list(service) + `}`
				}
				said[path] = text
			}
			if tc.service == "" {
				service = ""
			}
			found, access := check(t, service, said)
			got := found[tc.link]
			if got.OK != tc.well || !strings.Contains(got.Problem+got.Cure+got.Detail, tc.words) {
				t.Errorf("%s: %+v, want %q", tc.link, got, tc.words)
			}
			if access != nil != tc.access || tc.access && (access.URL != "wss://sfu.example.org" || access.Token != "a.b.c") {
				t.Errorf("access to the media server: %+v", access)
			}
		})
	}
}

// TestCheckRegistrationSecret: the secret is tried, and no account is made by that.
func TestCheckRegistrationSecret(t *testing.T) {
	f := open(t, officeOptions{operators: 1})
	refuses := saying(t, f.synapse.URL, answers{"/_synapse/admin/v1/register": ""})
	for _, tc := range []struct{ name, secret, address, cure string }{
		{"right", f.synapse.Secret, f.synapse.URL, ""},
		{"wrong", "another", f.synapse.URL, "copy that from homeserver.yaml"},
		{"behind a proxy", f.synapse.Secret, refuses, "an address that serves it"},
	} {
		found, asked := f.check(func(c *appservice.Config) {
			c.RegistrationSecret, c.HomeserverURL = tc.secret, tc.address
		})["registration secret"]
		if !asked || found.OK != (tc.cure == "") || !strings.Contains(found.Cure, tc.cure) {
			t.Errorf("%s: %+v", tc.name, found)
		}
	}
	if found, asked := f.check(func(*appservice.Config) {})["registration secret"]; asked {
		t.Errorf("without a secret: %+v", found)
	}
}
