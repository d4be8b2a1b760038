package telegram

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/internal/config"
)

const botToken = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"

// valid is a complete small file.
const valid = `version: 1
homeserver:
  address: http://127.0.0.1:8008
  domain: example.org
appservice:
  as_token: as-0123456789abcdef0123456789abcdef
  hs_token: hs-0123456789abcdef0123456789abcdef
gateway:
  public_url: https://desk.example.org
  secret: gw-0123456789abcdef0123456789abcdef
operators:
  - {id: "@anna:example.org", name: Anna}
sites:
  - id: main
    origins: [https://www.example.org]
    queues:
      - id: general
        operators: ["@anna:example.org"]
`

func parse(text string) (*config.Config, error) {
	return config.Parse("config.yaml", []byte(text), Messenger().Section())
}

// withBots puts lines of the list of bots into the valid file; the first is its line 17.
func withBots(lines ...string) string {
	return strings.Replace(valid, "    queues:", "    telegram:\n      - "+strings.Join(lines, "\n        ")+"\n    queues:", 1)
}

// TestEntryProblems has everything that can be wrong with a bot: the one problem names line, key and cure, and never the token.
func TestEntryProblems(t *testing.T) {
	token := fmt.Sprintf("token: %q", botToken)
	http := func(s string) string {
		return strings.Replace(s, "https://desk.example.org", "http://desk.example.org", 1)
	}
	port := func(s string) string {
		return strings.Replace(s, "https://desk.example.org", "https://desk.example.org:9443", 1)
	}
	second := func(lines ...string) string {
		return strings.Replace(withBots("name: shop", token), "    queues:", "      - "+strings.Join(lines, "\n        ")+"\n    queues:", 1)
	}
	for _, tc := range []struct {
		name, file string
		line       int
		key        string
		text       string // in What or Cure
	}{
		{"no name", withBots(token), 17, "name", "is missing"},
		{"bad name", withBots("name: My Bot", token), 17, "name", "a-z"},
		{"the name twice", second("name: shop", `token: "7:ABCDEFGHIJKLMNOPQ"`), 19, "[1].name", "used twice"},
		{"no token", withBots("name: shop"), 17, "token", "enabled: false"},
		{"empty token", withBots("name: shop", `token: ""`), 18, "token", "@BotFather"},
		{"no token of a bot", withBots("name: shop", `token: "ABC-DEF1234"`), 18, "token", "digits, a colon"},
		{"a token with a space", withBots("name: shop", `token: "123456:ABC DEF1234ghIkl"`), 18, "token", "digits, a colon"},
		{"the token twice", second("name: help", token), 20, "[1].token", "another bot of this file"},
		{"token without quotes", withBots("name: shop", "token: 123456"), 18, "token", "quotes"},
		{"token and file", withBots("name: shop", token, "token_file: x"), 19, "token_file", "keep one of the two"},
		{"no such file", withBots("name: shop", "token_file: /nowhere/token"), 18, "token_file", "cannot be read"},
		{"unknown mode", withBots("name: shop", token, "mode: push"), 19, "mode", "polling or webhook"},
		{"unknown mode of one switched off", withBots("name: shop", "enabled: false", "mode: push"), 19, "mode", "polling or webhook"},
		{"enabled or not", withBots("name: shop", token, "enabled: maybe"), 19, "enabled", "true or false"},
		{"no address", withBots("name: shop", token, "api_url: api.telegram.org"), 19, "api_url", "https://api.telegram.org"},
		{"address with the token in it", withBots("name: shop", token, "api_url: https://api.telegram.org/bot"), 19, "api_url", "has a path"},
		{"empty address", withBots("name: shop", token, `api_url: ""`), 19, "api_url", "is missing"},
		{"files of the cloud elsewhere", withBots("name: shop", token, "file_url: http://127.0.0.1:8082"), 19, "file_url", "api_url is Telegram's"},
		{"files of the cloud here", withBots("name: shop", token, "file_dir: /var/lib/bot"), 19, "file_dir", "api_url is Telegram's"},
		{"files at no address", withBots("name: shop", token, "api_url: http://127.0.0.1:8081", "file_url: files"), 20, "file_url", "is no address"},
		{"files in half a path", withBots("name: shop", token, "api_url: http://127.0.0.1:8081", "file_dir: files"), 20, "file_dir", "whole path"},
		{"files in two places", withBots("name: shop", token, "api_url: http://127.0.0.1:8081", "file_dir: /files", "file_url: http://127.0.0.1:8082"), 21, "file_url", "keep one of the two"},
		{"webhook without TLS", http(withBots("name: shop", token, "mode: webhook")), 19, "mode", "https://"},
		{"webhook to a port of no hooks", port(withBots("name: shop", token, "mode: webhook")), 19, "mode", "8443"},
		{"unknown key", withBots("name: shop", token, "tokn: x"), 19, "tokn", "did you mean token?"},
		{"no list", strings.Replace(valid, "    queues:", "    telegram: {name: shop}\n    queues:", 1), 16, "", "a list"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			key := "sites[0].telegram"
			switch {
			case strings.HasPrefix(tc.key, "["):
				key += tc.key
			case tc.key != "":
				key += "[0]." + tc.key
			}
			_, err := parse(tc.file)
			var got config.Problems
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want problems", err)
			}
			if len(got) != 1 || got[0].Key != key || got[0].Line != tc.line || got[0].Cure == "" || !strings.Contains(got[0].String(), tc.text) {
				t.Errorf("got\n%v\nwant config.yaml:%d: %s … %s", got, tc.line, key, tc.text)
			}
			if strings.Contains(got.Error(), botToken) {
				t.Errorf("the token is printed:\n%v", got)
			}
		})
	}
}

func TestEntry(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("\n "+botToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, file string
		want       entry
	}{
		{"what is left out", withBots("name: shop", `token: "`+botToken+`"`),
			entry{Name: "shop", Enabled: true, Token: botToken, Mode: modePolling, APIURL: "https://api.telegram.org"}},
		{"token in a file", withBots("name: shop", "token_file: "+file),
			entry{Name: "shop", Enabled: true, Token: botToken, TokenFile: file, Mode: modePolling, APIURL: "https://api.telegram.org"}},
		{"webhook", withBots("name: shop", `token: "`+botToken+`"`, "mode: webhook"),
			entry{Name: "shop", Enabled: true, Token: botToken, Mode: modeWebhook, APIURL: "https://api.telegram.org"}},
		{"a server of one's own takes webhooks without TLS",
			strings.Replace(withBots("name: shop", `token: "`+botToken+`"`, "mode: webhook", "api_url: http://127.0.0.1:8081"), "https://desk", "http://desk", 1),
			entry{Name: "shop", Enabled: true, Token: botToken, Mode: modeWebhook, APIURL: "http://127.0.0.1:8081"}},
		{"one that is switched off needs no token", withBots("name: shop", "enabled: false"),
			entry{Name: "shop", Mode: modePolling, APIURL: "https://api.telegram.org"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := parse(tc.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Sites[0].Messengers[Source]; len(got) != 1 || *got[0].(*entry) != tc.want {
				t.Errorf("got %+v", got)
			}
		})
	}
	c, err := parse(withBots("name: shop", "token: CHANGE-ME"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Placeholders(); err == nil || !strings.Contains(err.Error(), ":18: sites[0].telegram[0].token is still a placeholder") {
		t.Errorf("a placeholder: %v", err)
	}
}
