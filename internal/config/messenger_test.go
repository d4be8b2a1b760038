package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/internal/config"
	"frontdesk/internal/section"
)

// pigeon is an entry of a messenger that nobody here knows.
type pigeon struct {
	Loft    string         `yaml:"loft"`
	Ring    section.Secret `yaml:"ring"`
	RingOff string         `yaml:"ring_file"`
	Speed   int            `yaml:"speed"`
}

func (p *pigeon) SetDefaults() { p.Speed = 80 }

func (p *pigeon) Check(c section.Checker) {
	c.Name("loft", p.Loft)
	if !c.Once("ring", string(p.Ring)) {
		c.Wrong("ring", "is another pigeon's", "ring it anew")
	}
}

// withPigeons parses the valid file with a list of pigeons at its line 23, and a second site with another.
func withPigeons(list, second string) (*config.Config, error) {
	text := strings.Replace(valid, "    queues:", "    pigeons: "+list+"\n    queues:", 1) +
		"  - id: second\n    origins: [https://second.example.org]\n    pigeons: " + second + "\n    queues: [{id: second}]\n"
	return config.Parse("/etc/frontdesk/config.yaml", []byte(text), section.Section{Key: "pigeons", Entry: (*pigeon)(nil)})
}

// A messenger's list is read as strictly as everything else, with its own rules beside.
func TestMessengerProblems(t *testing.T) {
	for _, tc := range []struct{ name, list, second, want string }{
		{"unknown key", "[{loft: a, spede: 1}]", "", `:23: sites[0].pigeons[0].spede is an unknown key; did you mean speed?`},
		{"wrong type", "[{loft: a, speed: fast}]", "", `:23: sites[0].pigeons[0].speed is "fast"; write a whole number`},
		{"no list", "{loft: a}", "", ":23: sites[0].pigeons is a group of keys; write a list"},
		{"no name", "[{}]", "", ":23: sites[0].pigeons[0].loft is missing"},
		{"a name of another site", "[{loft: a, ring: x}]", "[{loft: a, ring: y}]", "sites[1].pigeons[0].loft is used twice"},
		{"its own rule", "[{loft: a, ring: x}]", "[{loft: b, ring: x}]", "sites[1].pigeons[0].ring is another pigeon's; ring it anew"},
		{"a secret and its file", "[{loft: a, ring: x, ring_file: y}]", "", ":23: sites[0].pigeons[0].ring_file stands beside sites[0].pigeons[0].ring"},
		{"a secret's file that is not there", "[{loft: a, ring_file: none}]", "", ":23: sites[0].pigeons[0].ring_file cannot be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := withPigeons(tc.list, tc.second)
			var got config.Problems
			if !errors.As(err, &got) || len(got) != 1 || !strings.Contains(got[0].String(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
	if got := problems(t, strings.Replace(valid, "    queues:", "    pigeons: []\n    queues:", 1)); len(got) != 1 || got[0].Key != "sites[0].pigeons" {
		t.Errorf("the list of a messenger that is not there: %v", got)
	}
}

func TestMessengers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ring")
	if err := os.WriteFile(file, []byte(" K-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := withPigeons("[{loft: a, ring_file: "+file+"}, {loft: b, ring: CHANGE-ME, speed: 90}]", "")
	if err != nil {
		t.Fatal(err)
	}
	got := c.Sites[0].Messengers["pigeons"]
	if len(got) != 2 || *got[0].(*pigeon) != (pigeon{"a", "K-1", file, 80}) || *got[1].(*pigeon) != (pigeon{"b", "CHANGE-ME", "", 90}) {
		t.Errorf("got %+v", got)
	}
	if err := c.Placeholders(); err == nil || !strings.Contains(err.Error(), "sites[0].pigeons[1].ring is still a placeholder") {
		t.Errorf("a placeholder: %v", err)
	}

	// The domain does not know them: commands neither show nor change them, and nothing of them is exported.
	s, in := settingsOf(t, c), c.SitesConfigured()
	var bad *desk.BadSetting
	if _, _, err := s.Set(in, "site.main.pigeons", "x"); !errors.As(err, &bad) || bad.Code != "not_here" {
		t.Errorf("set: %v", err)
	}
	if out, err := s.Export(in); err != nil || strings.Contains(string(out), "pigeons") {
		t.Errorf("exported, with %v:\n%s", err, out)
	}
	if list, err := s.List(in, "site.main.pigeons"); err != nil || len(list) > 0 {
		t.Errorf("listed: %v, %v", list, err)
	}
}

// TestLongWords: only what a messenger says together has to be short enough for it.
func TestLongWords(t *testing.T) {
	long, policy := strings.Repeat("ж", 1201), "https://example.org/"+strings.Repeat("x", 400)
	words := strings.NewReplacer("    origins:", "    texts: {ru: {customer.waiting: "+long+", widget.online: "+long+"}}\n    consent: {policy: '"+policy+"'}\n    origins:")
	parse(t, words.Replace(valid))
	pigeons := strings.Replace(words.Replace(valid), "    queues:", "    pigeons: [{loft: a}]\n    queues:", 1)
	_, err := config.Parse("config.yaml", []byte(pigeons), section.Section{Key: "pigeons", Entry: (*pigeon)(nil)})
	var got config.Problems
	if !errors.As(err, &got) {
		t.Fatalf("parse: got %v, want problems", err)
	}
	if len(got) != 2 {
		t.Errorf("%d problems", len(got))
	}
	for _, want := range []string{"texts.ru.customer.waiting has 1201 characters", "consent.policy has 420 characters"} {
		if !strings.Contains(got.Error(), want) {
			t.Errorf("no %q in %v", want, got)
		}
	}
	if strings.Contains(got.Error(), "widget.online") {
		t.Errorf("got %v", got)
	}

	// What is set by command has to be no longer than what the file may say.
	c, err := withPigeons("[{loft: a, ring: x}]", "[]")
	if err != nil {
		t.Fatal(err)
	}
	s := settingsOf(t, c)
	for _, tc := range []struct {
		key, value string
		fits       bool
	}{
		{"site.main.texts.ru.customer.waiting", long, false},
		{"site.main.texts.ru.customer.waiting", strings.TrimSuffix(long, "ж"), true},
		{"site.main.texts.ru.widget.online", long, true},
		{"site.main.consent.policy", policy, false},
		{"site.second.texts.ru.customer.waiting", long, true},
		{"site.second.consent.policy", policy, true},
	} {
		_, _, err := s.Set(c.SitesConfigured(), tc.key, tc.value)
		var bad *desk.BadSetting
		if refused := errors.As(err, &bad) && bad.Code == "text_long"; refused == tc.fits || tc.fits && err != nil {
			t.Errorf("%s of %d bytes: %v", tc.key, len(tc.value), err)
		}
	}
}
