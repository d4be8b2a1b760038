package config_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/internal/config"
	"frontdesk/internal/texts"
)

// everySetting says something at every key of sites and queues.
const everySetting = `
    name: "Main: the first"
    languages: [ru, en]
    staff_language: ru
    history: ticket
    hours: "9–18"
    schedule:
      zone: Europe/Moscow
      week: ["mon-fri 09:00-13:00 14:00-18:00", "sat,sun 22:00-06:00"]
      dates: ["2026-12-31 09:00-15:00", "2027-01-01..2027-01-03 closed", "2027-01-04 00:00-24:00"]
    choose_timeout: 90s
    theme: {mode: dark, accent: "#112233"}
    consent: {version: 2026-01, policy: "https://www.example.org/privacy"}
    texts: {ru: {customer.waiting: "Ждите: #1"}}
    default_queue: night
    queues:
      - id: night
        name: Night
        visible: false
        invite_limit: 2
        remind_after: 1h
        assign: least_busy
        max_open: 3
        offer_timeout: 1m30s
        operators: ["@anna:example.org"]
        supervisors: ["@boris:example.org"]
`

// everyOfStaff says everything of an operator.
const everyOfStaff = `name: Anna, avatar: "mxc://example.org/a", full_name: Анна Петрова, position: Старшая, department: Отдел публикаций,
     contacts: ["8 916 123-45-67, рабочий, до шести", "anna@example.org", "tg @anna_p (home)"]}`

// everyRight gives rights in every way the file knows, and names departments nobody is in.
const everyRight = `
departments: [Nobody, "Отдел «Пусто», нет"]
rights_templates:
  lead: [tickets assigned edit, templates site view, journal own view]
  "старшие смены": [users all view]
  operator: [tickets own view]
rights:
  - assign @anna:example.org supervisor site:main
  - assign @boris:example.org "старшие смены" all
  - assign @boris:example.org lead "department:Отдел публикаций"
  - assign @root:example.org lead queue:general
  - give @anna:example.org journal own view
  - give @boris:example.org users "department:Отдел публикаций" edit
  - give @root:example.org settings site:main edit
  - give @root:example.org rights all view
`

func whole(t *testing.T) *config.Config {
	t.Helper()
	file := strings.Replace(valid, "    queues:\n", everySetting, 1) + everyRight
	return parse(t, strings.Replace(file, "name: Anna}", everyOfStaff, 1))
}

func settingsOf(t *testing.T, c *config.Config) *config.Settings {
	t.Helper()
	s, err := c.Settings()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestExport: what is exported, put in the place of what the file said, says the same.
func TestExport(t *testing.T) {
	c := whole(t)
	want := c.SitesConfigured()
	data, err := settingsOf(t, c).Export(want)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(valid, "admins:")
	again := parse(t, head+string(data)).SitesConfigured()
	if got, want := fmt.Sprintf("%+v", again.Sites), fmt.Sprintf("%+v", want.Sites); got != want {
		t.Errorf("sites\n got %s\nwant %s\n%s", got, want, data)
	}
	if got, want := fmt.Sprintf("%+v", again.Queues), fmt.Sprintf("%+v", want.Queues); got != want {
		t.Errorf("queues\n got %s\nwant %s", got, want)
	}
	if got, want := fmt.Sprintf("%+v", again.Staff), fmt.Sprintf("%+v", want.Staff); got != want {
		t.Errorf("staff\n got %s\nwant %s", got, want)
	}
	if got := fmt.Sprintf("%q", again.Departments); got != fmt.Sprintf("%q", want.Departments) || len(want.Departments) != 2 {
		t.Errorf("departments %s, want %q", got, want.Departments)
	}
	if k := again.Staff[0]; len(k.Contacts) != 3 || k.Contacts[0] != (desk.StaffContact{Kind: desk.ContactPhone, Value: "+79161234567", Use: desk.UseWork, Comment: "до шести"}) {
		t.Errorf("contacts %+v", k.Contacts)
	}
	if got, want := fmt.Sprint(rightsOf(again)), fmt.Sprint(rightsOf(want)); got != want {
		t.Errorf("rights\n got %s\nwant %s\n%s", got, want, data)
	}
	if len(want.Given) != 4 || len(want.RightsTemplates) != 3 || len(want.Rights) != 7 {
		t.Errorf("rights %+v", rightsOf(want))
	}
}

// rightsOf gives everything said of rights, in one order.
func rightsOf(in desk.SitesConfigured) []string {
	var out []string
	for _, as := range in.Rights {
		out = append(out, fmt.Sprintf("%+v", as))
	}
	for _, h := range in.Given {
		out = append(out, fmt.Sprintf("%+v", h))
	}
	for _, t := range in.RightsTemplates {
		out = append(out, fmt.Sprintf("%+v", t))
	}
	slices.Sort(out)
	return out
}

// TestBadRights: a line that says nothing, or names what is not there, is a problem with its cure.
func TestBadRights(t *testing.T) {
	for line, want := range map[string]string{
		`give @anna:example.org journal all`:                "is no right",
		`give @anna:example.org journal all maybe`:          "is no right",
		`give @anna:example.org cooking all view`:           "is no right",
		`give @anna:example.org journal all:x view`:         "is no right",
		`give @anna:example.org journal queue: view`:        "is no right",
		`assign @anna:example.org supervisor own`:           "is no right",
		`assign @anna:example.org "supervisor site:main`:    "is no right",
		`take @anna:example.org supervisor site:main`:       "is no right",
		`give @carla:example.org journal all view`:          "is of none of the operators",
		`assign @anna:example.org chief all`:                "names no rights template",
		`assign @anna:example.org supervisor queue:nowhere`: "is for nothing that there is",
		`give @anna:example.org journal site:nowhere view`:  "is for nothing that there is",
	} {
		p := problems(t, valid+"rights:\n  - '"+line+"'\n")
		if len(p) != 1 || p[0].Key != "rights[0]" || p[0].What != want || p[0].Cure == "" {
			t.Errorf("%s: %v, want %q", line, p, want)
		}
	}
	for lines, want := range map[string]string{
		"lead: [tickets queue edit]": "is no line of a template", "lead: [tickets]": "is no line of a template",
		"\"a:b\": [tickets own edit]": "is no name of a template",
	} {
		if p := problems(t, valid+"rights_templates:\n  "+lines+"\n"); len(p) != 1 || p[0].What != want || p[0].Cure == "" {
			t.Errorf("%s: %v, want %q", lines, p, want)
		}
	}
}

// TestEverySettingIsListed: what the file can say of sites and queues can be shown.
func TestEverySettingIsListed(t *testing.T) {
	c := whole(t)
	list, err := settingsOf(t, c).List(c.SitesConfigured(), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, s.Key+"="+s.Value)
	}
	all := strings.Join(got, "\n") + "\n"
	for _, want := range []string{
		"site.main.key=main", "site.main.name=Main: the first", "site.main.origins=https://www.example.org", "site.main.languages=ru, en",
		"site.main.staff_language=ru", "site.main.history=ticket", "site.main.default_queue=night", "site.main.hours=9–18",
		"site.main.schedule.zone=Europe/Moscow", "site.main.choose_timeout=1m30s", "site.main.theme.mode=dark",
		"site.main.consent.version=2026-01", "site.main.consent.policy=https://www.example.org/privacy",
		"site.main.theme.accent=#112233", "site.main.texts.ru.customer.waiting=Ждите: #1", "queue.night.name=Night", "queue.night.visible=false",
		"queue.night.invite_limit=2", "queue.night.remind_after=1h", "queue.night.assign=least_busy", "queue.night.max_open=3",
		"queue.night.offer_timeout=1m30s", "queue.general.invite_limit=5",
		"site.main.schedule.dates=2026-12-31 09:00-15:00; 2027-01-01 closed; 2027-01-02 closed; 2027-01-03 closed; 2027-01-04 00:00-24:00",
	} {
		if !strings.Contains(all, want+"\n") {
			t.Errorf("%s is not listed in\n%s", want, all)
		}
	}
	if strings.Contains(all, "operators") || strings.Contains(all, ".id=") || strings.Contains(all, "0123456789abcdef") {
		t.Errorf("listed:\n%s", all)
	}
}

func TestSet(t *testing.T) {
	for _, test := range []struct {
		key, value string
		want       string // as it is listed afterwards; or
		what, cure string // of the refusal
	}{
		{key: "site.main.hours", value: "10–17: #1 'x'", want: "10–17: #1 'x'"},
		{key: "site.main.hours", value: "", want: ""},
		{key: "site.main.languages", value: "ru, en, de", want: "ru, en, de"},
		{key: "site.main.origins", value: "[https://a.example, https://*.b.example]", want: "https://a.example, https://*.b.example"},
		{key: "site.main.schedule.week", value: "mon-fri 10:00-11:00; sat,sun closed", want: "mon 10:00-11:00; tue 10:00-11:00; wed 10:00-11:00; thu 10:00-11:00; fri 10:00-11:00; sat closed; sun closed"},
		{key: "site.main.theme.accent", value: "#000000", want: "#000000"},
		{key: "site.main.texts.en.customer.waiting", value: "Wait, {0}", want: "Wait, {0}"},
		{key: "site.main.texts.ru.customer.waiting", value: "", want: "(none)"},
		{key: "queue.night.invite_limit", value: "7", want: "7"},
		{key: "queue.night.visible", value: "да", want: "true"},
		{key: "queue.night.remind_after", value: "2h30m", want: "2h30m"},
		{key: "queue.night.assign", value: "off", want: "off"},
		{key: "site.main.default_queue", value: "general", want: "general"},

		{key: "site.main.default_queue", value: "none", what: "none of the site's queues", cure: "id of one"},
		{key: "site.main.languages", value: "russian", what: "is no language", cure: "en or ru"},
		{key: "site.main.languages", value: "[]", what: "is empty", cure: "at least one"},
		{key: "site.main.origins", value: "https://a.example/path", what: "is no web origin", cure: "scheme and host"},
		{key: "site.main.theme.mode", value: "pink", what: "is unknown", cure: "auto, light or dark"},
		{key: "site.main.theme", value: "dark", what: "is a group of keys", cure: "one by one"},
		{key: "site.main.texts.en.wrong", value: "x", what: "is no text", cure: "such as"},
		{key: "site.main.texts.en", value: "x", what: "is a group of keys", cure: "one by one"},
		{key: "site.main.schedule.week", value: "mon-fri all day", what: "", cure: ""},
		{key: "site.main.hour", value: "x", what: "is an unknown key", cure: "did you mean hours"},
		{key: "site.main.hours.x", value: "x", what: "is no setting", cure: "!config"},
		{key: "site.main.id", value: "x", what: "is not changed here", cure: "!operator"},
		{key: "site.main.queues", value: "x", what: "is not changed here", cure: "!queues"},
		{key: "queue.night.operators", value: "@anna:example.org", what: "is not changed here", cure: "!operator"},
		{key: "queue.night.invite_limit", value: "many", what: `is "many"`, cure: "a whole number"},
		{key: "queue.night.invite_limit", value: "-1", what: "is -1", cure: "at least 0"},
		{key: "queue.night.visible", value: "maybe", what: `is "maybe"`, cure: "true or false"},
		{key: "queue.night.remind_after", value: "5s", what: "less than 10s", cure: "5m"},
		{key: "site.main.key", value: "Main Key", what: "is no id", cure: "a-z"},
		{key: "site.main.staff_language", value: "russian", what: "is no language", cure: "en or ru"},
		{key: "site.main.origins", value: "[]", what: "is missing", cure: "list"},
		{key: "site.main.history", value: "never", what: "is unknown", cure: "shared"},
		{key: "site.main.schedule.zone", value: "Moscow", what: "is no time zone", cure: "Europe/Moscow"},
		{key: "site.main.schedule.dates", value: "tomorrow closed", what: "are no hours", cure: "write a date"},
		{key: "site.main.choose_timeout", value: "2d", what: "is 2d", cure: "from 1s"},
		{key: "site.main.theme.accent", value: "red", what: "is no colour", cure: "#2563eb"},
		{key: "site.main.texts.de.customer.waiting", value: "x", what: "none of the site's languages", cure: "languages"},
		{key: "queue.night.assign", value: "luck", what: "is unknown", cure: "round_robin"},
		{key: "queue.night.offer_timeout", value: "1s", what: "less than 10s", cure: "1m"},
		{key: "queue.night.offer_timeout", value: "soon", what: `is "soon"`, cure: "length of time"},
		{key: "queue.night.zzzzzzzz", value: "x", what: "is an unknown key", cure: "the keys here are"},
		{key: "queue.none.name", value: "x", what: "is no setting", cure: "!config"},
		{key: "gateway.secret", value: "x", what: "is no setting", cure: "!config"},
		{key: "site", value: "x", what: "is no setting", cure: "!config"},
	} {
		t.Run(test.key+"="+test.value, func(t *testing.T) {
			c := whole(t)
			s := settingsOf(t, c)
			before, after, err := s.Set(c.SitesConfigured(), test.key, test.value)
			var bad *desk.BadSetting
			if test.want == "" && test.value != "" {
				if !errors.As(err, &bad) || bad.Key != test.key {
					t.Fatalf("got %v", err)
				}
				for _, lang := range []string{"en", "ru"} {
					what, cure := wordsOf(t, bad, lang)
					if lang == "en" && (!strings.Contains(what, test.what) || !strings.Contains(cure, test.cure)) || lang == "ru" && !russian(what+cure) {
						t.Errorf("in %s: %s; %s", lang, what, cure)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			list, err := s.List(after, test.key)
			if err != nil {
				t.Fatal(err)
			}
			got := "(none)"
			if len(list) == 1 {
				got = list[0].Value
			}
			if got != test.want {
				t.Errorf("now %q, want %q", got, test.want)
			}
			if fmt.Sprint(before) == fmt.Sprint(after) {
				t.Error("nothing differs")
			}
			back, _, err := s.Set(after, test.key, test.value)
			if err != nil || fmt.Sprint(back) != fmt.Sprint(after) {
				t.Errorf("set again: %v", err)
			}
		})
	}
}

// FuzzRights: a file with whatever line of rights is refused, or what is exported of it says the same.
func FuzzRights(f *testing.F) {
	for _, seed := range []string{
		"assign @anna:example.org supervisor site:main", `give @anna:example.org users "department:a b" view`, `assign @anna:example.org "\"" all`, `give "" x`,
	} {
		f.Add(seed)
	}
	head, _, _ := strings.Cut(valid, "admins:")
	f.Fuzz(func(t *testing.T, line string) {
		c, err := config.Parse("/etc/frontdesk/config.yaml", []byte(valid+"rights:\n  - "+strconv.Quote(line)+"\n"))
		if err != nil {
			return
		}
		want := c.SitesConfigured()
		data, err := settings(c).Export(want)
		if err != nil {
			t.Fatal(err)
		}
		again, err := config.Parse("/etc/frontdesk/config.yaml", append([]byte(head), data...))
		if err != nil || fmt.Sprint(rightsOf(again.SitesConfigured())) != fmt.Sprint(rightsOf(want)) {
			t.Fatalf("%q: %v, %v\n%s", line, err, rightsOf(want), data)
		}
	})
}

func settings(c *config.Config) *config.Settings {
	s, err := c.Settings()
	if err != nil {
		panic(err)
	}
	return s
}

// wordsOf gives what people are told of a refused setting.
func wordsOf(t *testing.T, bad *desk.BadSetting, lang string) (what, cure string) {
	t.Helper()
	catalogue, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	key := "setting." + bad.Code
	what, cure = catalogue.Text(lang, key, bad.Args...), catalogue.Text(lang, key+".cure", bad.Args...)
	if what == key || cure == key+".cure" || bad.Code == "other" {
		t.Fatalf("no words for %v", bad)
	}
	return what, cure
}

func russian(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 'а' && r <= 'я' })
}

// FuzzSet: whatever is given, the file's rules hold afterwards, and a refusal names a cure.
func FuzzSet(f *testing.F) {
	for _, seed := range [][2]string{
		{"site.main.hours", "x"}, {"site.main.texts.en.customer.waiting", "{0"}, {"queue.night.assign", "off"}, {"site.main.schedule.week", "mon 1:00-2:00;"},
		{"queue.night.", ""}, {"site.main.origins", "[[["}, {"....", "\x00"}, {"site.main.texts.ru", ""}, {"site.main.theme.accent", "#12345\n"},
	} {
		f.Add(seed[0], seed[1])
	}
	c, err := config.Parse("/etc/frontdesk/config.yaml", []byte(strings.Replace(valid, "    queues:\n", everySetting, 1)))
	if err != nil {
		f.Fatal(err)
	}
	s, err := c.Settings()
	if err != nil {
		f.Fatal(err)
	}
	head, _, _ := strings.Cut(valid, "admins:")
	f.Fuzz(func(t *testing.T, key, value string) {
		_, after, err := s.Set(c.SitesConfigured(), key, value)
		var bad *desk.BadSetting
		if err != nil {
			if !errors.As(err, &bad) {
				t.Fatalf("set %q to %q: %v", key, value, err)
			}
			wordsOf(t, bad, "ru")
			return
		}
		data, err := s.Export(after)
		if err != nil {
			t.Fatalf("export after %q was set to %q: %v", key, value, err)
		}
		if _, err := config.Parse("/etc/frontdesk/config.yaml", append([]byte(head), data...)); err != nil {
			t.Fatalf("%q set to %q is no configuration: %v\n%s", key, value, err, data)
		}
	})
}
