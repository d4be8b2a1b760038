package program_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"frontdesk"
	"frontdesk/internal/config"
	"frontdesk/internal/program"
)

// frontdeskCommand runs one invocation and gives what it printed.
func frontdeskCommand(ctx context.Context, args ...string) (code program.ExitCode, stdout, stderr string) {
	var out, errs bytes.Buffer
	m := program.Main{Args: args, Stdout: &out, Stderr: &errs}
	code = m.Run(ctx)
	return code, out.String(), errs.String()
}

// initialise runs init in a new directory.
func initialise(t *testing.T, args ...string) (dir, stdout string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "desk")
	args = append([]string{"init", "--domain", "example.org", "--public-url", "https://desk.example.org", "--dir", dir}, args...)
	code, stdout, stderr := frontdeskCommand(t.Context(), args...)
	if code != program.OK {
		t.Fatalf("init ended with %d: %s", code, stderr)
	}
	return dir, stdout
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestInitWritesWhatLoads(t *testing.T) {
	dir, stdout := initialise(t, "--staff", "@anna:example.org,boris=Борис Петров", "--staff", "carl", "--admin", "root",
		"--origin", "https://www.example.org", "--set", "log.level=debug", "--set", "sites.0.languages=[ru, en]")
	path := filepath.Join(dir, "config.yaml")
	c, err := program.LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Placeholders(); err != nil {
		t.Errorf("placeholders are left: %v", err)
	}
	got := c.Sites[0].Queues[0].Operators
	if strings.Join(got, " ") != "@anna:example.org @boris:example.org @carl:example.org" {
		t.Errorf("operators of the queue are %v", got)
	}
	if o := c.Operators; o[0].Name != "Anna" || o[1].Name != "Борис Петров" || c.Admins[0] != "@root:example.org" {
		t.Errorf("operators are %v, admins %v", o, c.Admins)
	}
	if c.Log.Level != "debug" || c.Sites[0].Languages[0] != "ru" || c.Sites[0].Origins[0] != "https://www.example.org" {
		t.Errorf("settings were not taken: %v %v", c.Log, c.Sites[0])
	}
	for _, name := range []string{"config.yaml", "registration.yaml", "registration-staff.yaml"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, mode %v, want 0600", name, err, info.Mode())
		}
	}
	for _, line := range []string{"app_service_config_files:", "  - " + dir + "/registration.yaml", "  - " + dir + "/registration-staff.yaml",
		"burst_count: 50", "data-site=\"main\"", "frontdesk check -c " + path} {
		if !strings.Contains(stdout, line) {
			t.Errorf("the advice lacks %q:\n%s", line, stdout)
		}
	}
	start, end := strings.Index(stdout, "app_service_config_files:"), strings.Index(stdout, "\n2. ")
	var advice map[string]any
	if err := yaml.Unmarshal([]byte(stdout[start:end]), &advice); err != nil || advice["rc_message"] == nil || advice["rc_joins"] == nil {
		t.Errorf("the advice is no YAML for homeserver.yaml: %v", err)
	}
	if text := read(t, path); strings.Count(text, "# ") < strings.Count(string(frontdesk.ExampleConfig), "# ") {
		t.Error("comments of the example were lost")
	}
	for flag, name := range map[string]string{"": "registration.yaml", "--staff": "registration-staff.yaml"} {
		args := strings.Fields("registration -c " + path + " " + flag)
		if code, printed, stderr := frontdeskCommand(t.Context(), args...); code != program.OK || printed != read(t, filepath.Join(dir, name)) {
			t.Errorf("registration %s ended with %d %s, or prints something else than %s", flag, code, stderr, name)
		}
	}
}

// What init prints for calls is what the tests' own Synapse has.
func TestInitWithCalls(t *testing.T) {
	dir, stdout := initialise(t, "--calls", "https://rtc.example.org/jwt")
	c, err := program.LoadConfig(filepath.Join(dir, "config.yaml"))
	if err != nil || !c.Calls.Enabled {
		t.Errorf("calls are %+v, %v", c, err)
	}
	start, end := strings.Index(stdout, "app_service_config_files:"), strings.Index(stdout, "\n2. ")
	type transport struct {
		Type string `yaml:"type"`
		URL  string `yaml:"livekit_service_url"`
	}
	var advice struct {
		RTC struct {
			Transports []transport `yaml:"transports"`
		} `yaml:"matrix_rtc"`
		WellKnown map[string][]transport `yaml:"extra_well_known_client_content"`
		Delay     string                 `yaml:"max_event_delay_duration"`
		Limit     map[string]int         `yaml:"rc_delayed_event_mgmt"`
		Features  map[string]bool        `yaml:"experimental_features"`
		Message   map[string]int         `yaml:"rc_message"`
	}
	if err := yaml.Unmarshal([]byte(stdout[start:end]), &advice); err != nil {
		t.Fatalf("the advice is no YAML: %v\n%s", err, stdout)
	}
	want := transport{"livekit", "https://rtc.example.org/jwt"}
	for _, got := range [][]transport{advice.RTC.Transports, advice.WellKnown["org.matrix.msc4143.rtc_foci"]} {
		if len(got) != 1 || got[0] != want {
			t.Errorf("clients are told %v", got)
		}
	}
	if advice.Delay != "24h" || advice.Limit["burst_count"] != 20 || !advice.Features["msc4143_enabled"] || !advice.Features["msc4222_enabled"] || advice.Message == nil {
		t.Errorf("the advice is %+v", advice)
	}
	if _, stdout := initialise(t); strings.Contains(stdout, "matrix_rtc") || !strings.Contains(stdout, "init --calls ADDRESS") {
		t.Errorf("without calls it says\n%s", stdout)
	}
	code, _, stderr := frontdeskCommand(t.Context(), "init", "--domain", "a.b", "--public-url", "https://a.b", "--dir", t.TempDir(), "--calls", "rtc.example.org")
	if code != program.Usage || !strings.Contains(stderr, "https://rtc.example.org/jwt") {
		t.Errorf("no address: %d %s", code, stderr)
	}
}

func TestInitWithoutStaff(t *testing.T) {
	dir, _ := initialise(t)
	c, err := program.LoadConfig(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if c.DoublePuppet.Enabled || len(c.Operators) != 0 || c.Sites[0].Origins[0] != "https://desk.example.org" {
		t.Errorf("got %+v", c)
	}
	if _, err := os.Stat(filepath.Join(dir, "registration-staff.yaml")); !os.IsNotExist(err) {
		t.Errorf("a staff registration was written without staff: %v", err)
	}
	code, _, stderr := frontdeskCommand(t.Context(), "registration", "--staff", "-c", filepath.Join(dir, "config.yaml"))
	if code != program.BadConfig || !strings.Contains(stderr, "double_puppet.enabled") {
		t.Errorf("registration --staff ended with %d: %s", code, stderr)
	}
}

func TestInitKeepsSecretsInFiles(t *testing.T) {
	secrets := t.TempDir()
	dir, _ := initialise(t, "--staff", "anna", "--secrets", secrets)
	text := read(t, filepath.Join(dir, "config.yaml"))
	c, err := program.LoadConfig(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []config.Secret{c.Appservice.ASToken, c.Appservice.HSToken, c.DoublePuppet.ASToken, c.DoublePuppet.HSToken, c.Gateway.Secret} {
		if len(s) != 64 || strings.Contains(text, string(s)) {
			t.Errorf("a secret of %d characters stands in the configuration, or was not found", len(s))
		}
	}
	if !strings.Contains(read(t, filepath.Join(dir, "registration.yaml")), string(c.Appservice.ASToken)) {
		t.Error("the registration has another token")
	}
	entries, err := os.ReadDir(secrets)
	if err != nil || len(entries) != 5 {
		t.Errorf("%v: %d files of secrets, want 5", err, len(entries))
	}
}

func TestInitMakesFreshSecrets(t *testing.T) {
	seen := map[config.Secret]bool{}
	for range 2 {
		dir, _ := initialise(t, "--staff", "anna")
		c, err := program.LoadConfig(filepath.Join(dir, "config.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []config.Secret{c.Appservice.ASToken, c.Appservice.HSToken, c.DoublePuppet.ASToken, c.DoublePuppet.HSToken, c.Gateway.Secret} {
			if seen[s] || len(s) != 64 {
				t.Errorf("a secret of %d characters came twice or is short", len(s))
			}
			seen[s] = true
		}
	}
}

func TestInitDoesNotOverwrite(t *testing.T) {
	dir, _ := initialise(t, "--staff", "anna")
	before := read(t, filepath.Join(dir, "registration-staff.yaml"))
	if err := os.Remove(filepath.Join(dir, "config.yaml")); err != nil {
		t.Fatal(err)
	}
	args := []string{"init", "--domain", "example.org", "--public-url", "https://desk.example.org", "--dir", dir, "--staff", "anna"}
	code, _, stderr := frontdeskCommand(t.Context(), args...)
	if code != program.AlreadyThere || !strings.Contains(stderr, "--force") {
		t.Errorf("ended with %d: %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "config.yaml")); !os.IsNotExist(err) {
		t.Error("some files were written although one was there already")
	}
	if code, _, stderr := frontdeskCommand(t.Context(), append(args, "--force")...); code != program.OK {
		t.Errorf("with --force it ended with %d: %s", code, stderr)
	}
	if read(t, filepath.Join(dir, "registration-staff.yaml")) == before {
		t.Error("--force left the old file")
	}
	entries, err := fs.ReadDir(os.DirFS(dir), ".")
	if err != nil || len(entries) != 3 {
		t.Errorf("%v: the directory has %v, want the three files", err, entries)
	}
}

func TestBadInvocations(t *testing.T) {
	good := []string{"init", "--domain", "example.org", "--public-url", "https://desk.example.org"}
	for name, tc := range map[string]struct {
		args []string
		code program.ExitCode
		want string
	}{
		"nothing":              {nil, program.Usage, "Usage: frontdesk COMMAND"},
		"unknown command":      {[]string{"serve"}, program.Usage, "no command \"serve\""},
		"unknown flag":         {[]string{"version", "--long"}, program.Usage, "-long"},
		"stray argument":       {[]string{"version", "now"}, program.Usage, "unexpected argument \"now\""},
		"init alone":           {[]string{"init"}, program.Usage, "--domain"},
		"init, bad domain":     {[]string{"init", "--domain", "x y", "--public-url", "https://a.example.org"}, program.BadConfig, "homeserver.domain"},
		"init, bad staff":      {append(good, "--staff", "@a:other.example"), program.BadConfig, "another server"},
		"init, unknown key":    {append(good, "--set", "gateway.port=1"), program.BadConfig, "gateway.port"},
		"init, no value":       {append(good, "--set", "gateway.port"), program.Usage, "key=value"},
		"init, bad value":      {append(good, "--set", "log.level=loud"), program.BadConfig, "log.level"},
		"init, value not YAML": {append(good, "--set", "log.level=["), program.BadConfig, "not YAML"},
		"no configuration":     {[]string{"registration", "-c", "/nowhere/config.yaml"}, program.BadConfig, "frontdesk init"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			args := tc.args
			if len(args) > 0 && args[0] == "init" {
				args = append(args[:len(args):len(args)], "--dir", dir)
			}
			code, _, stderr := frontdeskCommand(t.Context(), args...)
			if code != tc.code || !strings.Contains(stderr, tc.want) {
				t.Errorf("ended with %d: %s\nwant %d and %q", code, stderr, tc.code, tc.want)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
				t.Errorf("%v: something was written: %v", err, entries)
			}
		})
	}
}

func TestPlaceholdersAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, frontdesk.ExampleConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"run", "registration", "check", "migrate"} {
		code, _, stderr := frontdeskCommand(t.Context(), command, "-c", path)
		if code != program.BadConfig || strings.Count(stderr, "is still a placeholder") != 5 {
			t.Errorf("%s ended with %d: %s", command, code, stderr)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	code, stdout, _ := frontdeskCommand(t.Context(), "help")
	for _, name := range []string{"run", "init", "check", "registration", "migrate", "version"} {
		if code != program.OK || !strings.Contains(stdout, "  "+name+" ") {
			t.Errorf("help ended with %d and does not list %s", code, name)
		}
		if code, _, stderr := frontdeskCommand(t.Context(), name, "-h"); code != program.OK || !strings.Contains(stderr, "frontdesk "+name) {
			t.Errorf("%s -h ended with %d: %s", name, code, stderr)
		}
	}
	if code, stdout, _ := frontdeskCommand(t.Context(), "version"); code != program.OK || !strings.HasPrefix(stdout, "frontdesk ") {
		t.Errorf("version ended with %d: %s", code, stdout)
	}
}
