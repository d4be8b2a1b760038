package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"frontdesk"
	"frontdesk/internal/config"
)

// withCalls puts a section into the valid file; its first line is line 17.
func withCalls(lines ...string) string {
	return strings.Replace(valid, "admins:", "calls:\n  "+strings.Join(lines, "\n  ")+"\nadmins:", 1)
}

// TestCallsProblems has everything that can be wrong with calls: the one problem names line, key and cure, and never the secret.
func TestCallsProblems(t *testing.T) {
	for _, tc := range []struct {
		line string
		key  string
		text string // in What or Cure
	}{
		{`enabled: maybe`, "enabled", "true or false"},
		{`service_url: rtc.example.org`, "service_url", "https://rtc.example.org/jwt"},
		{`service_url: https://u:p@rtc.example.org`, "service_url", "is no address"},
		{`service_url: "https://rtc.example.org/?a=b"`, "service_url", "is no address"},
		{`udp: "7790"`, "udp", "0.0.0.0:7790"},
		{`udp: ""`, "udp", "0.0.0.0:7790"},
		{`udp: "0.0.0.0:0"`, "udp", "ip:port"},
		{`udp: "media.example.org:7790"`, "udp", "ip:port"},
		{`tcp: "0.0.0.0:70000"`, "tcp", "ip:port"},
		{`public_ips: [desk.example.org]`, "public_ips[0]", "203.0.113.7"},
		{`public_ips: ["203.0.113.7", "0.0.0.0"]`, "public_ips[1]", "203.0.113.7"},
		{`public_ips: "203.0.113.7"`, "public_ips", "a list"},
		{`video_bitrate: 99`, "video_bitrate", "from 100"},
		{`screen_bitrate: 2500000`, "screen_bitrate", "to 20000"},
		{`screen_bitrate: 2 Mbit`, "screen_bitrate", "whole number"},
		{`turn: {urls: ["turn.example.org"], secret: hunter2}`, "turn.urls[0]", "turn:turn.example.org:3478"},
		{`turn: {urls: ["stun:turn.example.org"], secret: hunter2}`, "turn.urls[0]", "is no address of a TURN server"},
		{`turn: {urls: ["turn:turn.example.org:99999"], secret: hunter2}`, "turn.urls[0]", "is no address of a TURN server"},
		{`turn: {urls: ["turn:turn.example.org?transport=tls"], secret: hunter2}`, "turn.urls[0]", "transport=udp"},
		{`turn: {urls: ["turn:turn.example.org"]}`, "turn.secret", "static-auth-secret"},
		{`turn: {secret: hunter2}`, "turn.urls", "there is a secret"},
		{`turn: {urls: ["turn:turn.example.org"], secret: hunter 2}`, "turn.secret", "white space"},
		{`turn: {urls: ["turn:turn.example.org"], secret: hunter2, ttl: 1m}`, "turn.ttl", "from 5m"},
		{`turn: {urls: ["turn:turn.example.org"], secret: hunter2, ttl: 2d}`, "turn.ttl", "to 1d"},
		{`turn: {secret: hunter2, secret_file: x}`, "turn.secret_file", "keep one of the two"},
		{`turn: {url: x}`, "turn.url", "did you mean urls?"},
		{`bitrate: 5`, "bitrate", "the keys here are enabled"},
	} {
		t.Run(tc.line, func(t *testing.T) {
			got := problems(t, withCalls(tc.line))
			if len(got) == 0 || got[0].Key != "calls."+tc.key || got[0].Line != 17 || got[0].Cure == "" || !strings.Contains(got[0].String(), tc.text) {
				t.Errorf("got\n%v\nwant config.yaml:17: calls.%s … %s", got, tc.key, tc.text)
			}
			if strings.Contains(got.Error(), "hunter") {
				t.Errorf("the secret is printed:\n%v", got)
			}
		})
	}
	got := problems(t, withCalls("enabled: true", `tcp: "127.0.0.1:8090"`))
	if len(got) != 1 || got[0].Line != 18 || got[0].Key != "calls.tcp" || !strings.Contains(got[0].What, "gateway.listen") {
		t.Errorf("one port for media and pages: %v", got)
	}
}

func TestCalls(t *testing.T) {
	defaults := parse(t, valid).Calls
	want := config.Calls{
		UDP: "0.0.0.0:7790", TCP: "0.0.0.0:7790", PublicIPs: []string{}, VideoBitrate: 1200, ScreenBitrate: 2500,
		TURN: config.TURN{URLs: []string{}, TTL: config.Duration(time.Hour)},
	}
	if !reflect.DeepEqual(defaults, want) {
		t.Errorf("the defaults are %+v", defaults)
	}
	example, err := config.Parse("config.example.yaml", frontdesk.ExampleConfig, messengers()...)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(example.Calls, want) {
		t.Errorf("the example says %+v, the defaults are %+v", example.Calls, want)
	}

	file := filepath.Join(t.TempDir(), "turn")
	if err := os.WriteFile(file, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := parse(t, withCalls(
		"enabled: true", "service_url: https://rtc.example.org/livekit/jwt", `udp: ":7790"`, `tcp: ""`,
		`public_ips: ["203.0.113.7", "2001:db8::7"]`, "video_bitrate: 800", "screen_bitrate: 4000",
		`turn: {urls: ["turn:turn.example.org", "turn:[2001:db8::1]:3478?transport=udp", "turns:turn.example.org:5349?transport=tcp"], secret_file: `+file+", ttl: 30m}",
	)).Calls
	want = config.Calls{
		Enabled: true, ServiceURL: "https://rtc.example.org/livekit/jwt", UDP: ":7790",
		PublicIPs: []string{"203.0.113.7", "2001:db8::7"}, VideoBitrate: 800, ScreenBitrate: 4000,
		TURN: config.TURN{
			URLs:   []string{"turn:turn.example.org", "turn:[2001:db8::1]:3478?transport=udp", "turns:turn.example.org:5349?transport=tcp"},
			Secret: "hunter2", SecretFile: file, TTL: config.Duration(30 * time.Minute),
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if s := fmt.Sprintf("%v %+v %#v", got, got, got); strings.Contains(s, "hunter2") {
		t.Errorf("the secret is printed: %s", s)
	}
	if err := parse(t, withCalls(`turn: {urls: ["turn:x"], secret: CHANGE-ME}`)).Placeholders(); err == nil || !strings.Contains(err.Error(), ":17: calls.turn.secret is still a placeholder") {
		t.Errorf("a placeholder: %v", err)
	}
}
