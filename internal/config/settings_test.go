package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/internal/config"
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

func whole(t *testing.T) *config.Config {
	t.Helper()
	return parse(t, strings.Replace(valid, "    queues:\n", everySetting, 1))
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
	if len(again.Rights) != len(want.Rights) {
		t.Errorf("rights %v, want %v", again.Rights, want.Rights)
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
				if !errors.As(err, &bad) || bad.Key != test.key || !strings.Contains(bad.What, test.what) || !strings.Contains(bad.Cure, test.cure) || bad.Cure == "" {
					t.Fatalf("got %v", err)
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
			if !errors.As(err, &bad) || bad.Cure == "" {
				t.Fatalf("set %q to %q: %v", key, value, err)
			}
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
