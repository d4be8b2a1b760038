package config_test

import (
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"frontdesk"
	"frontdesk/internal/config"
	"frontdesk/internal/program"
	"frontdesk/internal/section"
)

// messengers are the program's.
func messengers() (out []section.Section) {
	for _, m := range program.Messengers() {
		out = append(out, m.Section())
	}
	return out
}

// The example documents every key and no other: a key without a comment, or a key of one side only, fails.
func TestExampleDocumentsEveryKey(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal(frontdesk.ExampleConfig, &doc); err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	var walk func(n *yaml.Node, path, above string)
	walk = func(n *yaml.Node, path, above string) {
		switch n.Kind {
		case yaml.SequenceNode:
			for _, item := range n.Content {
				walk(item, path+"[]", item.HeadComment)
			}
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				key, comment := n.Content[i], n.Content[i].HeadComment
				if i == 0 && comment == "" {
					comment = above // the comment above "- id:" belongs to the element
				}
				at := strings.TrimPrefix(path+"."+key.Value, ".")
				documented[at] = strings.TrimSpace(strings.TrimLeft(comment, "# ")) != ""
				walk(n.Content[i+1], at, "")
			}
		}
	}
	walk(doc.Content[0], "", doc.HeadComment)
	known := map[string]bool{}
	keys(reflect.TypeOf(config.Config{}), "", known)
	for _, m := range messengers() {
		if at := "sites[]." + m.Key; documented[at] { // a messenger need not stand there, but then with all it has
			known[at] = true
			keys(reflect.TypeOf(m.Entry).Elem(), at+"[]", known)
		}
	}
	for _, key := range sorted(known) {
		if comment, ok := documented[key]; !ok {
			t.Errorf("config.example.yaml lacks %s", key)
		} else if !comment {
			t.Errorf("config.example.yaml has no comment on %s", key)
		}
	}
	for _, key := range sorted(documented) {
		if !known[key] {
			t.Errorf("config.example.yaml has %s, which is no key", key)
		}
	}
}

func keys(t reflect.Type, path string, into map[string]bool) {
	switch t.Kind() {
	case reflect.Slice:
		keys(t.Elem(), path+"[]", into)
	case reflect.Struct:
		for i := range t.NumField() {
			if key, ok := t.Field(i).Tag.Lookup("yaml"); ok && key != "-" {
				at := strings.TrimPrefix(path+"."+key, ".")
				into[at] = true
				keys(t.Field(i).Type, at, into)
			}
		}
	}
}

func sorted(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// The example is valid but for its secrets, and says what the defaults are.
func TestExampleLoads(t *testing.T) {
	example, err := config.Parse("/etc/frontdesk/config.example.yaml", frontdesk.ExampleConfig, messengers()...)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(example.Placeholders().Error(), "still a placeholder"); got != 5 {
		t.Errorf("%d placeholders, want 5 secrets", got)
	}
	def := parse(t, valid)
	for name, pair := range map[string][2]any{
		"limits":      {example.Gateway.Limits, def.Gateway.Limits},
		"spool.max":   {example.Gateway.Spool.Max, def.Gateway.Spool.Max},
		"file_max":    {example.Gateway.Spool.FileMax, def.Gateway.Spool.FileMax},
		"session_ttl": {example.Gateway.SessionTTL, def.Gateway.SessionTTL},
		"log":         {example.Log, def.Log},
		"metrics":     {example.Metrics, def.Metrics},
		"bot":         {example.Appservice.Bot, def.Appservice.Bot},
		"prefix":      {example.Appservice.PuppetPrefix, def.Appservice.PuppetPrefix},
		"languages":   {example.Sites[0].Languages, def.Sites[0].Languages},
		"invites":     {example.Sites[0].Queues[0].InviteLimit, def.Sites[0].Queues[0].InviteLimit},
		"remind":      {example.Sites[0].Queues[0].RemindAfter, def.Sites[0].Queues[0].RemindAfter},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: the example says %v, the default is %v", name, pair[0], pair[1])
		}
	}
}

type registration struct {
	ID         string  `yaml:"id"`
	URL        *string `yaml:"url"`
	ASToken    string  `yaml:"as_token"`
	HSToken    string  `yaml:"hs_token"`
	Sender     string  `yaml:"sender_localpart"`
	Limited    *bool   `yaml:"rate_limited"`
	Ephemeral  bool    `yaml:"receive_ephemeral"`
	Ephemeral2 bool    `yaml:"de.sorunome.msc2409.push_ephemeral"`
	Devices    bool    `yaml:"io.element.msc4190"`
	Namespaces struct {
		Users []struct {
			Exclusive bool   `yaml:"exclusive"`
			Regex     string `yaml:"regex"`
		} `yaml:"users"`
		Aliases []any `yaml:"aliases"`
		Rooms   []any `yaml:"rooms"`
	} `yaml:"namespaces"`
}

// matches tells which of the users a registration's namespace covers, as Synapse does it: anchored at the beginning.
func (r registration) matches(t *testing.T, users ...string) string {
	t.Helper()
	var out []string
	for _, u := range users {
		for _, n := range r.Namespaces.Users {
			if regexp.MustCompile("^(?:" + n.Regex + ")").MatchString(u) {
				out = append(out, u)
				break
			}
		}
	}
	return strings.Join(out, " ")
}

func readRegistration(t *testing.T, text []byte, err error) registration {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var r registration
	if err := yaml.Unmarshal(text, &r); err != nil {
		t.Fatalf("registration is no YAML: %v\n%s", err, text)
	}
	return r
}

func TestRegistrations(t *testing.T) {
	c := parse(t, valid)
	people := []string{
		"@frontdesk:example.org", "@frontdesk2:example.org", "@frontdesk:example.orgx", "@frontdesk:exampleXorg",
		"@desk_c_01arz3ndektsv4rrffq69g5fav:example.org", "@desk_c_:example.org", "@anna:example.org", "@annabel:example.org", "@root:example.org",
	}
	text, err := c.Registration()
	main := readRegistration(t, text, err)
	if got, want := main.matches(t, people...), people[0]+" "+people[4]; got != want {
		t.Errorf("the registration covers %s, want %s", got, want)
	}
	if main.URL == nil || *main.URL != "http://127.0.0.1:29330" || !main.Ephemeral || !main.Ephemeral2 || !main.Devices ||
		main.Limited == nil || *main.Limited || !main.Namespaces.Users[0].Exclusive || !main.Namespaces.Users[1].Exclusive {
		t.Errorf("registration is\n%s", text)
	}
	if main.ASToken != string(c.Appservice.ASToken) || main.HSToken != string(c.Appservice.HSToken) {
		t.Error("the registration has other tokens than the configuration")
	}

	text, err = c.StaffRegistration()
	staff := readRegistration(t, text, err)
	if got := staff.matches(t, people...); got != "@anna:example.org" {
		t.Errorf("the staff registration covers %s", got)
	}
	if staff.URL != nil || staff.Limited == nil || *staff.Limited || staff.Namespaces.Users[0].Exclusive || staff.ID == main.ID {
		t.Errorf("staff registration is\n%s", text)
	}
	if !strings.Contains(string(text), "url: null") {
		t.Error("the staff registration does not say url: null, which Synapse wants written out")
	}
	if main.Sender == staff.Sender || len(main.Sender) != 32 || strings.Contains(valid, main.Sender) {
		t.Errorf("senders are %q and %q", main.Sender, staff.Sender)
	}
	again, _ := c.Registration()
	if readRegistration(t, again, nil).Sender != main.Sender {
		t.Error("the sender changes from print to print")
	}
}

func TestStaffPatternRegistration(t *testing.T) {
	c := parse(t, strings.Replace(valid, "users: [\"@anna:example.org\"]", "users: [\"@staff_*:example.org\"]", 1))
	text, err := c.StaffRegistration()
	r := readRegistration(t, text, err)
	got := r.matches(t, "@staff_anna:example.org", "@staff_:example.org", "@staff:example.org", "@xstaff_a:example.org", "@staff_a:example.orgx", "@staff_a:b:example.org")
	if got != "@staff_anna:example.org @staff_:example.org" {
		t.Errorf("the pattern covers %s", got)
	}
	off := parse(t, strings.Replace(valid, "enabled: true", "enabled: false", 1))
	if text, err := off.StaffRegistration(); text != nil || err != nil {
		t.Errorf("double puppeting is off, registration is %q, %v", text, err)
	}
}

func TestDocumentKeepsComments(t *testing.T) {
	doc, err := config.ReadDocument([]byte("# top\na: 1\n# of b\nb:\n  # of c\n  - c: 2\n"))
	if err != nil {
		t.Fatal(err)
	}
	type element struct {
		C int `yaml:"c"`
	}
	for path, value := range map[string]any{"a": "x: y", "b": []element{{3}, {4}}} {
		if err := doc.Set(path, value); err != nil {
			t.Fatal(err)
		}
	}
	got, err := doc.Bytes()
	if want := "# top\na: 'x: y'\n\n# of b\nb:\n  # of c\n  - c: 3\n  - c: 4\n"; err != nil || string(got) != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
	}
	for _, path := range []string{"z", "b.7.c", "b.x", "a.b", ""} {
		if doc.Set(path, 1) == nil {
			t.Errorf("set %q, which is not there", path)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(valid))
	f.Add(frontdesk.ExampleConfig)
	f.Add([]byte("version: 1\nsites: [{queues: [{}]}, *x]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("version: 1\nhomeserver: &h {address: x}\nappservice: *h\n<<: *h\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("config.yaml", data, messengers()...)
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v and %v", c, err)
		}
		if err != nil {
			for _, p := range err.(config.Problems) {
				if p.What == "" || p.File == "" {
					t.Errorf("problem without a word: %+v", p)
				}
			}
			return
		}
		c.SitesConfigured()
		for _, text := range []func() ([]byte, error){c.Registration, c.StaffRegistration} {
			if _, err := text(); err != nil {
				t.Errorf("valid configuration has no registration: %v", err)
			}
		}
	})
}
