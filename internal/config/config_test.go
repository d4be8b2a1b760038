package config_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/config"
)

const longSecret = "0123456789abcdef0123456789abcdef"

// valid is a complete small file. Tests replace parts of it.
const valid = `version: 1
homeserver:
  address: http://127.0.0.1:8008
  domain: example.org
appservice:
  as_token: as-0123456789abcdef0123456789abcdef
  hs_token: hs-0123456789abcdef0123456789abcdef
double_puppet:
  enabled: true
  as_token: sa-0123456789abcdef0123456789abcdef
  hs_token: sh-0123456789abcdef0123456789abcdef
  users: ["@anna:example.org"]
gateway:
  public_url: https://desk.example.org
  secret: gw-0123456789abcdef0123456789abcdef
admins: ["@root:example.org", "@anna:example.org"]
operators:
  - {id: "@anna:example.org", name: Anna}
  - {id: "@boris:example.org", name: Борис, avatar: "mxc://example.org/abc"}
sites:
  - id: main
    origins: [https://www.example.org]
    queues:
      - id: general
        operators: ["@anna:example.org", "@boris:example.org"]
`

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("/etc/frontdesk/config.yaml", []byte(text))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return c
}

// problems parses a text that must be refused.
func problems(t *testing.T, text string) config.Problems {
	t.Helper()
	_, err := config.Parse("config.yaml", []byte(text))
	var p config.Problems
	if !errors.As(err, &p) {
		t.Fatalf("parse: got %v, want problems", err)
	}
	return p
}

func TestDefaults(t *testing.T) {
	c := parse(t, valid)
	got := fmt.Sprint(c.Appservice.Listen, c.Appservice.Address, c.Appservice.RoomVersion, c.Database.Type, c.Gateway.Spool.Dir,
		c.Gateway.Spool.Max, c.Gateway.SessionTTL, c.Log.Format, c.Metrics.Listen)
	want := "127.0.0.1:29330" + "http://127.0.0.1:29330" + "12" + "sqlite" + "/etc/frontdesk/spool" + "2GB" + " 365d " + "json" + "127.0.0.1:9090"
	if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("defaults are %s, want %s", got, want)
	}
	if c.Database.URI != "/etc/frontdesk/frontdesk.db" {
		t.Errorf("database is %q, want it beside the configuration", string(c.Database.URI))
	}
	site, queue := c.Sites[0], c.Sites[0].Queues[0]
	if site.Key != "main" || site.Name != "main" || site.DefaultQueue != "general" || site.StaffLanguage != "en" {
		t.Errorf("site was completed to %+v", site)
	}
	if !queue.Visible || queue.InviteLimit != 5 || time.Duration(queue.RemindAfter) != 5*time.Minute {
		t.Errorf("queue has defaults %+v", queue)
	}
	if c.BotID() != "@frontdesk:example.org" {
		t.Errorf("bot is %s", c.BotID())
	}
}

func TestSitesConfigured(t *testing.T) {
	got := parse(t, valid+`        supervisors: ["@boris:example.org"]`).SitesConfigured()
	staff := fmt.Sprint(got.Staff)
	want := fmt.Sprint([]desk.Operator{
		{ID: "@anna:example.org", PublicName: "Anna"},
		{ID: "@boris:example.org", PublicName: "Борис", Avatar: "mxc://example.org/abc"},
		{ID: "@root:example.org", PublicName: "root"},
	})
	if staff != want {
		t.Errorf("staff is %s, want %s", staff, want)
	}
	want = fmt.Sprint([]desk.Assignment{
		{Operator: "@boris:example.org", Template: desk.TemplateSupervisor, Scope: desk.ScopeQueue, Target: "general"},
		{Operator: "@root:example.org", Template: desk.TemplateAdmin, Scope: desk.ScopeAll},
		{Operator: "@anna:example.org", Template: desk.TemplateAdmin, Scope: desk.ScopeAll},
	})
	if rights := fmt.Sprint(got.Rights); rights != want {
		t.Errorf("rights are %s, want %s", rights, want)
	}
	if len(got.Sites) != 1 || got.Sites[0].Origins[0] != "https://www.example.org" || got.Sites[0].History != desk.HistoryShared {
		t.Errorf("sites are %+v", got.Sites)
	}
	if site := got.Sites[0]; site.ChooseTimeout != time.Minute || site.Schedule.Zone != "UTC" || !site.Schedule.Open(time.Unix(0, 0)) {
		t.Errorf("hours are %+v, the time to choose is %s", site.Schedule, site.ChooseTimeout)
	}
	if len(got.Queues) != 1 || got.Queues[0].Site != "main" || len(got.Queues[0].Operators) != 2 {
		t.Errorf("queues are %+v", got.Queues)
	}
}

func TestSchedule(t *testing.T) {
	got := parse(t, strings.Replace(valid, "    origins:", `    choose_timeout: 10s
    schedule:
      zone: Europe/Moscow
      week: [mon-fri 09:00-13:00 14:00-18:00, "sat,sun 22:00-02:00"]
      dates:
        - 2026-12-31 09:00-15:00
        - 2027-01-01..2027-01-08 closed
    origins:`, 1)).SitesConfigured().Sites[0]
	if got.ChooseTimeout != 10*time.Second || got.Schedule.Zone != "Europe/Moscow" || len(got.Schedule.Week) != 7 || len(got.Schedule.Dates) != 9 {
		t.Fatalf("the time to choose is %s, hours are %+v", got.ChooseTimeout, got.Schedule)
	}
	for moment, want := range map[string]bool{
		"2026-03-02T12:30:00+03:00": true, "2026-03-02T13:30:00+03:00": false, "2026-03-09T01:59:00+03:00": true,
		"2026-12-31T14:59:00+03:00": true, "2026-12-31T15:00:00+03:00": false, "2027-01-08T10:00:00+03:00": false,
	} {
		at, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		if got.Schedule.Open(at) != want {
			t.Errorf("open at %s: %t", moment, !want)
		}
	}
}

// Each case replaces a part of the valid file; the one problem must name that line, the key and a cure.
func TestProblems(t *testing.T) {
	for _, tc := range []struct {
		old, new string
		line     int
		key      string
		text     string // in What or Cure
	}{
		{"version: 1", "version: 2", 1, "version", "is 2, this program reads 1"},
		{"version: 1", "log: {}", 0, "version", "version: 1"},
		{"version: 1", "version: one", 1, "version", "whole number"},
		{"version: 1", "version: 1\nlogg: {level: info}", 2, "logg", "did you mean log?"},
		{"version: 1", "version: 1\nmatrix: {}", 2, "matrix", "the keys here are admins"},
		{"version: 1", "version: 1\nlog: {level: loud}", 2, "log.level", "debug"},
		{"version: 1", "version: 1\nlog: {format: xml}", 2, "log.format", "json or pretty"},
		{"version: 1", "version: 1\nlog: info", 2, "log", "keys of its own"},
		{"version: 1", "version: 1\nmetrics: {listen: nine}", 2, "metrics.listen", "host:port"},
		{"version: 1", "version: 1\nmetrics: {listen: \"127.0.0.1:8090\"}", 2, "metrics.listen", "same as gateway.listen"},
		{"version: 1", "version: 1\nversion: 1", 2, "version", "given before at line 1"},
		{"version: 1", "version: 1\ndatabase: {type: mysql}", 2, "database.type", "sqlite or postgres"},
		{"version: 1", "version: 1\ndatabase: {type: postgres}", 2, "database.uri", "postgres://user"},
		{"version: 1", "version: 1\ndatabase: {uri: \"postgres://x/y\"}", 2, "database.uri", "type: postgres"},
		{"version: 1", "version: 1\ndatabase: {type: postgres, uri: \"postgres://u:%zz@h/d\"}", 2, "database.uri", "%XX"},
		{"  address: http://127.0.0.1:8008", "  address: 127.0.0.1:8008", 3, "homeserver.address", "http://"},
		{"  address: http://127.0.0.1:8008", "  address: http://127.0.0.1:8008/_matrix", 3, "homeserver.address", "has a path"},
		{"  address: http://127.0.0.1:8008", "  address:", 3, "homeserver.address", "has no value"},
		{"  address: http://127.0.0.1:8008", "  address: [a]", 3, "homeserver.address", "is a list"},
		{"  domain: example.org\n", "", 2, "homeserver.domain", "server_name"},
		{"  as_token: as-0123456789abcdef0123456789abcdef", "  as_token: short", 6, "appservice.as_token", "32 characters"},
		{"  as_token: as-0123456789abcdef0123456789abcdef", "  as_token: 12345678901234567890", 6, "appservice.as_token", "quotes"},
		{"  as_token: as-0123456789abcdef0123456789abcdef\n", "", 5, "appservice.as_token", "openssl rand"},
		{"  as_token: as-0123456789abcdef0123456789abcdef", "  as_token_file: /nowhere/token", 6, "appservice.as_token_file", "cannot be read"},
		{"  as_token: sa-", "  as_token: as-", 10, "double_puppet.as_token", "same as appservice.as_token"},
		{"  hs_token: hs-", "  hs_token: as-", 7, "appservice.hs_token", "same as as_token"},
		{"  hs_token: hs-", "  room_version: \"10\"\n  hs_token: hs-", 7, "appservice.room_version", "\"12\""},
		{"  hs_token: hs-", "  room_version: 12\n  hs_token: hs-", 7, "appservice.room_version", "quotes"},
		{"  hs_token: hs-", "  bot: Front Desk\n  hs_token: hs-", 7, "appservice.bot", "a-z"},
		{"  hs_token: hs-", "  puppet_prefix: c\n  hs_token: hs-", 7, "appservice.puppet_prefix", "3 letters"},
		{"  hs_token: hs-", "  federate: maybe\n  hs_token: hs-", 7, "appservice.federate", "true or false"},
		{"  hs_token: hs-", "  listen: 127.0.0.1:99999\n  hs_token: hs-", 7, "appservice.listen", "host:port"},
		{"  users: [\"@anna:example.org\"]", "  users: []", 12, "double_puppet.users", "enabled: false"},
		{"  users: [\"@anna:example.org\"]", "  users: [\"@*:example.org\"]", 12, "double_puppet.users[0]", "nearly everybody"},
		{"  users: [\"@anna:example.org\"]", "  users: [\"@st*:example.org\"]", 12, "double_puppet.users[0]", "nearly everybody"},
		{"  users: [\"@anna:example.org\"]", "  users: [\"@staff_*:example.com\"]", 12, "double_puppet.users[0]", ":example.org"},
		{"  users: [\"@anna:example.org\"]", "  users: [\"@staff_*:example.org\", \"@b:example.org\"]", 12, "double_puppet.users[0]", "beside other"},
		{"  users: [\"@anna:example.org\"]", "  users: [\".*\"]", 12, "double_puppet.users[0]", "nearly everybody"},
		{"  users: [\"@anna:example.org\"]", "  users: [\"@anna:example.com\"]", 12, "double_puppet.users[0]", "another server"},
		{"  public_url: https://desk.example.org", "  public_url: desk.example.org", 14, "gateway.public_url", "https://"},
		{"  secret: gw-", "  spool: {max: 1MB}\n  secret: gw-", 15, "gateway.spool.max", "less than file_max"},
		{"  secret: gw-", "  spool: {max: 50 apples}\n  secret: gw-", 15, "gateway.spool.max", "a size such as"},
		{"  secret: gw-", "  spool: {types: [images]}\n  secret: gw-", 15, "gateway.spool.types[0]", "image/*"},
		{"  secret: gw-", "  spool: {dir: \"\"}\n  secret: gw-", 15, "gateway.spool.dir", "name a directory"},
		{"  secret: gw-", "  limits: {session_tabs: 0}\n  secret: gw-", 15, "gateway.limits.session_tabs", "at least 1"},
		{"  secret: gw-", "  trusted_proxies: [proxy]\n  secret: gw-", 15, "gateway.trusted_proxies[0]", "10.0.0.0/8"},
		{"  secret: gw-", "  session_ttl: 1 year\n  secret: gw-", 15, "gateway.session_ttl", "365d"},
		{"  secret: gw-", "  session_ttl: 5m\n  secret: gw-", 15, "gateway.session_ttl", "less than an hour"},
		{"  secret: gw-", "  secret_file: x\n  secret: gw-", 15, "gateway.secret_file", "keep one of the two"},
		{"admins: [\"@root:example.org\"", "admins: [root", 16, "admins[0]", "@name:example.org"},
		{"admins: [\"@root:example.org\"", "admins: [\"@frontdesk:example.org\"", 16, "admins[0]", "Frontdesk itself"},
		{"admins: [\"@root:example.org\"", "admins: [\"@anna:example.org\"", 16, "admins[1]", "twice"},
		{"mxc://example.org/abc", "https://example.org/abc", 19, "operators[1].avatar", "mxc"},
		{"name: Anna}", "name: Anna, contacts: [by pigeon]}", 18, "operators[0].contacts[0]", "+7 916"},
		{"sites:\n", "departments: [Sales, \"a:b\"]\nsites:\n", 20, "departments[1]", "without a colon"},
		{"sites:\n", "departments: [Sales, Sales]\nsites:\n", 20, "departments[1]", "remove one"},
		{"  domain: example.org", "  domain: example.org\n  registration_secret_file: none", 5, "homeserver.registration_secret_file", "readable"},
		{"  - id: main", "  - id: Main Site", 21, "sites[0].id", "a-z"},
		{"origins: [https://www.example.org]", "origins: [https://www.example.org/]", 22, "sites[0].origins[0]", "without a path"},
		{"origins: [https://www.example.org]", "origins: [\"*\"]", 22, "sites[0].origins[0]", "no web origin"},
		{"    origins: [https://www.example.org]\n", "", 21, "sites[0].origins", "list the addresses"},
		{"    origins:", "    languages: [english]\n    origins:", 22, "sites[0].languages[0]", "en or ru"},
		{"    origins:", "    staff_language: English\n    origins:", 22, "sites[0].staff_language", "en or ru"},
		{"    origins:", "    key: Main!\n    origins:", 22, "sites[0].key", "a-z"},
		{"    origins:", "    languages: []\n    origins:", 22, "sites[0].languages", "at least one"},
		{"    origins:", "    history: none\n    origins:", 22, "sites[0].history", "shared or ticket"},
		{"    origins:", "    texts: {de: {widget.online: Da}}\n    origins:", 22, "sites[0].texts.de", "languages"},
		{"    origins:", "    theme: {mode: true}\n    origins:", 22, "sites[0].theme.mode", "quotes"},
		{"    origins:", "    texts: {en: {customer.wating: Wait}}\n    origins:", 22, "sites[0].texts.en.customer.wating", "customer.waiting"},
		{"    origins:", "    texts: {en: {help.title: Help}}\n    origins:", 22, "sites[0].texts.en.help.title", "no text that customers see"},
		{"    origins:", "    texts: {en: {widget.online: true}}\n    origins:", 22, "sites[0].texts.en.widget.online", "quotes"},
		{"    origins:", "    theme: {mode: black}\n    origins:", 22, "sites[0].theme.mode", "auto, light or dark"},
		{"    origins:", "    theme: {accent: blue}\n    origins:", 22, "sites[0].theme.accent", "#2563eb"},
		{"    origins:", "    theme: {font: Arial}\n    origins:", 22, "sites[0].theme.font", "accent, mode"},
		{"    origins:", "    default_queue: sales\n    origins:", 22, "sites[0].default_queue", "one of them"},
		{"      - id: general", "      - id: general\n        invite_limit: -1", 25, "sites[0].queues[0].invite_limit", "at least 0"},
		{"      - id: general", "      - id: general\n        max_open: -1", 25, "sites[0].queues[0].max_open", "at least 0"},
		{"      - id: general", "      - id: general\n        assign: random", 25, "sites[0].queues[0].assign", "least_busy"},
		{"      - id: general", "      - id: general\n        offer_timeout: 1s", 25, "sites[0].queues[0].offer_timeout", "such as 1m"},
		{"    origins:", "    schedule: {zone: Mars/Olympus}\n    origins:", 22, "sites[0].schedule.zone", "Europe/Moscow"},
		{"    origins:", "    schedule: {zone: Local}\n    origins:", 22, "sites[0].schedule.zone", "no time zone"},
		{"    origins:", "    schedule:\n      week:\n        - mon-fri 09:00-18:00\n        - fri 10:00-11:00\n    origins:", 25, "sites[0].schedule.week[1]", "each day once"},
		{"    origins:", "    schedule:\n      week: [mon-fri 9-18]\n    origins:", 23, "sites[0].schedule.week[0]", "mon-fri 09:00-13:00"},
		{"    origins:", "    schedule:\n      week: mon-fri 09:00-18:00\n    origins:", 23, "sites[0].schedule.week", "a list"},
		{"    origins:", "    schedule:\n      dates: [31.12.2026 closed]\n    origins:", 23, "sites[0].schedule.dates[0]", "2026-12-31 09:00-15:00"},
		{"    origins:", "    schedule:\n      dates: [2026-12-31]\n    origins:", 23, "sites[0].schedule.dates[0]", "quotes"},
		{"    origins:", "    schedule: {wek: []}\n    origins:", 22, "sites[0].schedule.wek", "did you mean week?"},
		{"    origins:", "    choose_timeout: 0s\n    origins:", 22, "sites[0].choose_timeout", "from 1s to 1d"},
		{"    origins:", "    choose_timeout: 25h\n    origins:", 22, "sites[0].choose_timeout", "is 25h"},
		{"    origins:", "    consent: {version: new terms}\n    origins:", 22, "sites[0].consent.version", "such as 2026-01"},
		{"    origins:", "    consent: {version: \"1\", policy: example.org/privacy}\n    origins:", 22, "sites[0].consent.policy", "https://www.example.org/privacy"},
		{"    origins:", "    choose_timeout: soon\n    origins:", 22, "sites[0].choose_timeout", "length of time"},
		{"      - id: general", "      - id: general\n        remind_after: 1s", 25, "sites[0].queues[0].remind_after", "0s for never"},
		{"\"@anna:example.org\", \"@boris:example.org\"]", "\"@carl:example.org\"]", 25, "sites[0].queues[0].operators[0]", "list operators"},
	} {
		t.Run(tc.key+" "+tc.new, func(t *testing.T) {
			if !strings.Contains(valid, tc.old) {
				t.Fatalf("the valid file has no %q", tc.old)
			}
			got := problems(t, strings.Replace(valid, tc.old, tc.new, 1))
			var match bool
			for _, p := range got {
				match = match || p.Key == tc.key && p.Line == tc.line && p.File == "config.yaml" && p.Cure != "" && strings.Contains(p.String(), tc.text)
			}
			if !match {
				t.Errorf("got\n%v\nwant config.yaml:%d: %s … %s", got, tc.line, tc.key, tc.text)
			}
			if len(got) > 1 {
				t.Errorf("got %d problems for one mistake:\n%v", len(got), got)
			}
		})
	}
}

func TestOwnTexts(t *testing.T) {
	c := parse(t, strings.Replace(valid, "    origins:", "    texts: {ru: {customer.waiting: Ждите, widget.online: Мы тут, widget.header_title: Чат}}\n    origins:", 1))
	if got := c.SitesConfigured().Sites[0].Texts["ru"]["widget.online"]; got != "Мы тут" {
		t.Errorf("own text is %q", got)
	}
}

func TestNotAConfiguration(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"empty":         {"", "is empty"},
		"only comments": {"# nothing\n", "is empty"},
		"a list":        {"- a\n", "a list where keys are expected"},
		"a tab":         {"version: 1\n\tlog: x\n", "config.yaml:2: is not YAML"},
		"open quote":    {"version: \"1\n", "is not YAML"},
		"two documents": {valid + "---\nversion: 1\n", "second document"},
		"a list as key": {"[a, b]: 1\n", "keys are single words"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := problems(t, tc.text).Error(); !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q in it", got, tc.want)
			}
		})
	}
}

func TestAllProblemsAreReportedInOrder(t *testing.T) {
	text := strings.NewReplacer("domain: example.org", "domain: \"\"\n  colour: red", "name: Anna", "name: 7").Replace(valid)
	got := problems(t, text)
	for i := 1; i < len(got); i++ {
		if got[i].Line < got[i-1].Line {
			t.Errorf("problem of line %d comes after line %d", got[i].Line, got[i-1].Line)
		}
	}
	for _, key := range []string{"homeserver.domain", "homeserver.colour", "operators[0].name"} {
		if !strings.Contains(got.Error(), key) {
			t.Errorf("%s is not among\n%v", key, got)
		}
	}
}

func TestSecretsFromFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("token", longSecret+"\n")
	write("empty", " \n")
	text := strings.Replace(valid, "as_token: as-0123456789abcdef0123456789abcdef", "as_token_file: FILE", 1)
	write("config.yaml", strings.Replace(text, "FILE", "token", 1))
	c, err := config.Load(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if string(c.Appservice.ASToken) != longSecret {
		t.Error("the token of the file was not taken, or with its line end")
	}
	for name, want := range map[string]string{"empty": "names an empty file", "absent": "cannot be read", ".": "no file of a secret"} {
		write("config.yaml", strings.Replace(text, "FILE", name, 1))
		_, err := config.Load(filepath.Join(dir, "config.yaml"))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "config.yaml:6: ") {
			t.Errorf("file %q: got %v, want %q at line 6", name, err, want)
		}
	}
}

func TestLoadWithoutFile(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), "config.yaml"))
	if !errors.Is(err, config.ErrNoFile) {
		t.Errorf("got %v, want ErrNoFile", err)
	}
}

func TestPlaceholdersAreFound(t *testing.T) {
	for _, word := range []string{config.Placeholder, "change_me", "please-changeme-now", "YOUR-SECRET-HERE"} {
		c := parse(t, strings.Replace(valid, "gw-0123456789abcdef0123456789abcdef", word, 1))
		err := c.Placeholders()
		if err == nil || !strings.Contains(err.Error(), ":15: gateway.secret is still a placeholder") {
			t.Errorf("%s: got %v", word, err)
		}
	}
	postgres := "version: 1\ndatabase: {type: postgres, uri: \"postgres://desk:CHANGE-ME@localhost/changeme\"}"
	if err := parse(t, strings.Replace(valid, "version: 1", postgres, 1)).Placeholders(); err == nil || !strings.Contains(err.Error(), ":2: database.uri ") {
		t.Errorf("the database's password: got %v", err)
	}
	path := "version: 1\ndatabase: {uri: changeme.db}"
	if err := parse(t, strings.Replace(valid, "version: 1", path, 1)).Placeholders(); err != nil {
		t.Errorf("the path of a database is no secret: %v", err)
	}
	if err := parse(t, valid).Placeholders(); err != nil {
		t.Errorf("a good file: %v", err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c := parse(t, valid)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if strings.Contains(fmt.Sprintf(format, *c), "0123456789abcdef") {
			t.Errorf("%s shows a secret", format)
		}
	}
	for _, text := range []string{
		strings.Replace(valid, "as-0123456789abcdef0123456789abcdef", "secret0123 456789", 1),
		strings.Replace(valid, "as-0123456789abcdef0123456789abcdef", "98765432109876543210", 1),
		strings.Replace(valid, "as-0123456789abcdef0123456789abcdef", "[secret0123]", 1),
	} {
		if got := problems(t, text).Error(); strings.Contains(got, "0123") || strings.Contains(got, "9876") {
			t.Errorf("a problem shows the secret: %s", got)
		}
	}
}

func TestStaffPuppets(t *testing.T) {
	list := parse(t, valid)
	pattern := parse(t, strings.Replace(valid, "users: [\"@anna:example.org\"]", "users: [\"@staff_*:example.org\"]", 1))
	off := parse(t, strings.Replace(valid, "enabled: true", "enabled: false", 1))
	for _, tc := range []struct {
		c    *config.Config
		user string
		want bool
	}{
		{list, "@anna:example.org", true},
		{list, "@anna:example.orgx", false},
		{list, "@annabel:example.org", false},
		{pattern, "@staff_anna:example.org", true},
		{pattern, "@staff_:example.org", true},
		{pattern, "@staff_anna:example.com", false},
		{pattern, "@staff_anna", false},
		{pattern, "@anna:example.org", false},
		{off, "@anna:example.org", false},
	} {
		if got := tc.c.IsStaffPuppet(tc.user); got != tc.want {
			t.Errorf("%v: %s is %v, want %v", tc.c.DoublePuppet.Users, tc.user, got, tc.want)
		}
	}
}

func TestProxies(t *testing.T) {
	c := parse(t, strings.Replace(valid, "gateway:\n", "gateway:\n  trusted_proxies: [127.0.0.1, 10.1.2.3/8, \"::1\"]\n", 1))
	want := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	if fmt.Sprint(c.Gateway.Proxies()) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", c.Gateway.Proxies(), want)
	}
}

func TestValues(t *testing.T) {
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "365d": 365 * 24 * time.Hour, "1d12h": 36 * time.Hour, "0s": 0} {
		var d config.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("duration %s is %v (%v), want %v", text, time.Duration(d), err, want)
		}
	}
	for _, text := range []string{"", "5", "-5s", "d", "1 d", "99999d99999999h", "1e3s", "12345678d"} {
		var d config.Duration
		if d.UnmarshalText([]byte(text)) == nil {
			t.Errorf("duration %q was taken as %v", text, d)
		}
	}
	for text, want := range map[string]config.Size{"0": 0, "512": 512, "1KB": 1 << 10, "50MB": 50 << 20, "2gb": 2 << 30, "1TB": 1 << 40} {
		var s config.Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("size %s is %d (%v), want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1MB", "1.5MB", "1 MB", "1MiB", "999999999999TB"} {
		var s config.Size
		if s.UnmarshalText([]byte(text)) == nil {
			t.Errorf("size %q was taken as %v", text, s)
		}
	}
}

// An operator without a name is called as in Matrix; until that is known, by the localpart.
func TestOperatorWithoutName(t *testing.T) {
	c := parse(t, strings.Replace(valid, "name: Борис, ", "", 1))
	for _, o := range c.SitesConfigured().Staff {
		if o.ID == "@boris:example.org" && o.PublicName != "boris" {
			t.Errorf("called %q", o.PublicName)
		}
	}
}
