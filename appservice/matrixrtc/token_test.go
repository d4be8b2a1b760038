package matrixrtc_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/desk"
)

// paper is a homeserver of which only answers are needed.
type paper struct{ transports string }

func (p paper) Ask(_ context.Context, _ desk.Persona, _ string, path []any, _ map[string]string, _, out any) error {
	text := `{"access_token": "openid", "token_type": "Bearer", "matrix_server_name": "localhost", "expires_in": 3600}`
	if path[len(path)-1] == "transports" {
		text = p.transports
	}
	return json.Unmarshal([]byte(text), out)
}

func (paper) UserID(desk.Persona) desk.UserID { return desk.UserID(visitor) }

func (paper) RoomID(context.Context, desk.RoomKey) (desk.RoomID, error) { return "!r:localhost", nil }

func TestEnter(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		answer string
		reason string
		final  bool
	}{
		"let in":                 {200, `{"url": "wss://sfu.example.org", "jwt": "x.y.z"}`, "", false},
		"refused":                {403, `{"errcode": "M_FORBIDDEN", "error": "no"}`, "call.reason.refused", true},
		"not who it says it is":  {401, `{"errcode": "M_UNAUTHORIZED"}`, "call.reason.refused", true},
		"service in trouble":     {500, `{"errcode": "M_UNKNOWN"}`, "call.reason.service", false},
		"proxy without service":  {502, `<html>`, "call.reason.service", false},
		"sent elsewhere":         {302, ``, "call.reason.service", false},
		"no JSON":                {200, `hello`, "call.reason.service", false},
		"no token":               {200, `{"url": "wss://sfu.example.org"}`, "call.reason.service", false},
		"no address of an SFU":   {200, `{"url": "javascript:alert(1)", "jwt": "x"}`, "call.reason.service", false},
		"more than anybody asks": {200, `{"url": "wss://sfu.example.org", "jwt": "` + strings.Repeat("x", 1<<17) + `"}`, "call.reason.service", false},
	} {
		t.Run(name, func(t *testing.T) {
			var asked map[string]any
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/jwt/sfu/get" || r.Method != http.MethodPost {
					t.Errorf("%s %s", r.Method, r.URL.Path)
				}
				if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
					t.Error(err)
				}
				if c.status == http.StatusFound {
					w.Header().Set("Location", "http://127.0.0.1:1/")
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.answer))
			}))
			defer server.Close()
			s := newSessions(t, paper{}, server.URL+"/jwt")
			access, err := s.Enter(t.Context(), place("WEB", server.URL+"/jwt"))
			if c.reason != "" {
				wantFault(t, err, c.reason, c.final)
			} else if want := (desk.CallAccess{URL: "wss://sfu.example.org", Token: "x.y.z"}); err != nil || access != want {
				t.Errorf("access %+v, %v", access, err)
			}
			want := map[string]any{"room": "!r:localhost", "device_id": "WEB", "openid_token": map[string]any{
				"access_token": "openid", "token_type": "Bearer", "matrix_server_name": "localhost", "expires_in": 3600.0}}
			if !reflect.DeepEqual(asked, want) {
				t.Errorf("the service was asked %v", asked)
			}
		})
	}
}

// TestServiceThatNobodyMeans: a member of staff names the token service, and we ask it from inside the network.
func TestServiceThatNobodyMeans(t *testing.T) {
	s := newSessions(t, paper{transports: `{"rtc_transports": [{"type": "other"}, {"type": "livekit", "livekit_service_url": "http://tokens.local:8080"}]}`}, "")
	for _, service := range []string{"", "http://169.254.169.254/latest", "ftp://x", "https://", "https://user:password@example.org"} {
		_, err := s.Enter(t.Context(), place("WEB", service))
		wantFault(t, err, "call.reason.service", true)
	}
	none := newSessions(t, paper{transports: `{}`}, "")
	_, err := none.Service(t.Context())
	wantFault(t, err, "call.reason.service", true)
}

// TestSFUOfAnotherService: whose token service is not ours may name an SFU on the internet, and nothing inside the network.
func TestSFUOfAnotherService(t *testing.T) {
	for sfu, secure := range map[string]bool{
		"wss://sfu.example.org": true, "https://sfu.example.org": true, "WSS://sfu.example.org": true,
		"ws://127.0.0.1:7880": false, "http://169.254.169.254/latest": false, "WS://127.0.0.1": false,
	} {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]string{"url": sfu, "jwt": "x.y.z"})
		}))
		for name, c := range map[string]struct {
			configured, advertised string
			allowed                bool
		}{
			"another":    {"", "https://rtc.example.org/jwt", secure},
			"none known": {"", "", secure},
			"advertised": {"", server.URL + "/jwt/", true},
			"configured": {server.URL + "/jwt", "", true},
		} {
			s := newSessions(t, paper{`{"rtc_transports": [{"type": "livekit", "livekit_service_url": "` + c.advertised + `"}]}`}, c.configured)
			s.SetHTTP(server.Client())
			access, err := s.Enter(t.Context(), place("WEB", server.URL+"/jwt"))
			if c.allowed && (err != nil || !strings.EqualFold(access.URL, sfu)) {
				t.Errorf("%s, %s: %+v, %v", name, sfu, access, err)
			} else if !c.allowed {
				wantFault(t, err, "call.reason.service", true)
			}
		}
		server.Close()
	}
}

// TestIdentities: what the token services put into their tokens, by either form of membership. The hash is what matrix-js-sdk computes.
func TestIdentities(t *testing.T) {
	s := newSessions(t, paper{}, "")
	for _, m := range []struct {
		key string
		of  int
		is  string
	}{
		{"_@anna:example.org_DEV_m.call", 0, "@anna:example.org:DEV"},
		{"k1", 0, "@anna:example.org:DEV"},
		{"k1", 1, "zP4qzfp3JqzeUFsMrlY551CsbcBx8GM05TbUpV8jyhE"}, // sha256 of ["@anna:example.org","DEV","k1"]
	} {
		got := s.Identities(desk.CallMember{User: "@anna:example.org", Device: "DEV", Key: m.key})
		if len(got) != 2 || got[m.of] != m.is {
			t.Errorf("%s: %q, want %q", m.key, got, m.is)
		}
	}
}

func TestClearable(t *testing.T) {
	for key, want := range map[string]bool{
		"_@anna:example.org_DEV_m.call": true, "_@boris:example.org_DEV_m.call": false, "k1": false, "@anna:example.org": false, "": false,
	} {
		if got := matrixrtc.Clearable("@anna:example.org", key); got != want {
			t.Errorf("%q: %t", key, got)
		}
	}
}

func FuzzReadAccess(f *testing.F) {
	f.Add([]byte(`{"url": "wss://sfu.example.org", "jwt": "x"}`))
	f.Add([]byte(`{"url": "://", "jwt": 1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		access, err := matrixrtc.ReadAccess(text)
		if (err == nil) != (access.URL != "" && access.Token != "") {
			t.Errorf("access %+v, %v", access, err)
		}
	})
}
