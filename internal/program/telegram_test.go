package program_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
)

// Each case has one line for the bot, and what to do if something is wrong with it. No line has the token.
func TestCheckOfTelegram(t *testing.T) {
	closed, err := devstack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := initialise(t, "--homeserver", fmt.Sprintf("http://127.0.0.1:%d", closed))
	server := telegramtest.New(t)
	bot := func(token string) *telegramtest.Bot { return server.Bot(token, "shop_bot") }
	hook := func(token, address string) {
		resp, err := http.Post(server.URL+"/bot"+token+"/setWebhook", "application/json", strings.NewReader(fmt.Sprintf(`{"url":%q}`, address)))
		if err != nil || resp.StatusCode != http.StatusOK || resp.Body.Close() != nil {
			t.Fatalf("set a webhook: %v, %v", resp, err)
		}
	}
	for i, tc := range []struct {
		name     string
		settings string // of the bot, below name and token
		prepare  func(token string)
		want     string
	}{
		{"right token", "", func(token string) { bot(token) }, "well   telegram bot shop: @shop_bot\n"},
		{"wrong token", "", func(string) {}, "WRONG  telegram bot shop: its token is wrong or was revoked\n       -> write the one @BotFather shows into the configuration\n"},
		{"revoked token", "", func(token string) { bot(token).Revoke() },
			"WRONG  telegram bot shop: its token is wrong or was revoked\n       -> write the one @BotFather shows into the configuration\n"},
		{"unreachable", fmt.Sprintf("api_url: http://127.0.0.1:%d", closed), func(string) {},
			fmt.Sprintf("connection refused\n       -> see whether this machine reaches http://127.0.0.1:%d\n", closed)},
		{"no Bot API server", "", func(token string) { bot(token); server.Refuse("getMe", 1, http.StatusBadGateway, "Bad Gateway") },
			"WRONG  telegram bot shop: telegram answers 502: Bad Gateway\n       -> see whether this machine reaches " + server.URL + "\n"},
		{"webhook elsewhere, we poll", "", func(token string) { bot(token); hook(token, "https://other.example.org/secret") },
			"WRONG  telegram bot shop: its messages are brought to another program at other.example.org\n       -> stop that program"},
		{"webhook elsewhere, we want it", "mode: webhook", func(token string) { bot(token); hook(token, "https://other.example.org/secret") },
			"WRONG  telegram bot shop: its messages are brought to another program at other.example.org\n       -> stop that program"},
		{"our webhook", "mode: webhook", func(token string) { bot(token); hook(token, "https://desk.example.org/telegram/shop") }, "well   telegram bot shop: @shop_bot\n"},
		{"our webhook of before", "", func(token string) { bot(token); hook(token, "https://desk.example.org/telegram/shop") }, "well   telegram bot shop: @shop_bot\n"},
		{"no webhook yet", "mode: webhook", func(token string) { bot(token) }, "well   telegram bot shop: @shop_bot\n"},
		{"switched off", "enabled: false", func(string) {}, ""},
		{"files nowhere", `file_url: ""`, func(token string) { bot(token) }, "WRONG  telegram bot shop: customers' files are nowhere to be had\n       -> a Bot API server of your own serves no files: name by file_dir"},
		{"no directory of files", "file_dir: /nowhere", func(token string) { bot(token) }, "WRONG  telegram bot shop: customers' files cannot be read: open /nowhere/***: no such file"},
		{"nobody serves files", fmt.Sprintf("file_url: http://127.0.0.1:%d", closed), func(token string) { bot(token) }, "WRONG  telegram bot shop: customers' files cannot be had: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			token := fmt.Sprintf("%d:a-secret-of-the-shop", 1000+i)
			if !strings.Contains(tc.settings, "api_url") {
				tc.settings += "\n        api_url: " + server.URL
			}
			if !strings.Contains(tc.settings, "file_") {
				tc.settings += "\n        file_url: " + server.URL
			}
			path := withBot(t, filepath.Join(dir, "config.yaml"), fmt.Sprintf("name: shop\n        token: %q\n        %s", token, strings.TrimSpace(tc.settings)))
			tc.prepare(token)
			code, stdout, stderr := frontdeskCommand(t.Context(), "check", "-c", path)
			if code != program.CheckFailed { // there is no homeserver
				t.Errorf("ended with %d: %s", code, stderr)
			}
			if !strings.Contains(stdout, tc.want) || tc.want == "" && strings.Contains(stdout, "telegram") {
				t.Errorf("got\n%s\nwant %q", stdout, tc.want)
			}
			if strings.Contains(stdout+stderr, "a-secret-of-the-shop") || strings.Contains(stdout, "example.org/secret") {
				t.Errorf("a secret is printed:\n%s%s", stdout, stderr)
			}
		})
	}
}

// withBot makes a copy of a configuration in which the list of bots has only this one, and gives its path.
func withBot(t *testing.T, path, lines string) string {
	t.Helper()
	before, rest, begins := strings.Cut(read(t, path), "    telegram:\n")
	_, after, ends := strings.Cut(rest, "    # Where tickets wait")
	if !begins || !ends {
		t.Fatal("the configuration that init writes has no list of bots before the queues")
	}
	copied := filepath.Join(filepath.Dir(path), "with-bot.yaml")
	if err := os.WriteFile(copied, []byte(before+"    telegram:\n      - "+lines+"\n    # Where tickets wait"+after), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}
