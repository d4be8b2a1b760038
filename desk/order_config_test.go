package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/config"
)

func TestConfigOrders(t *testing.T) {
	for _, test := range []struct {
		by      desk.UserID
		text    string
		answer  string
		changes bool
	}{
		{desktest.Admin, "!config", "site.blog.key · blog", false},
		{desktest.Admin, "!config 2", "Page 2 of 3", false},
		{desktest.Admin, "!config queue.support", "queue.support.invite_limit · 5", false},
		{desktest.Admin, "!настройки показать queue.support.name", "Settings: 1", false},
		{desktest.Admin, "!config get queue.none", "no setting «queue.none»", false},
		{desktest.Admin, "!config set queue.support.invite_limit 1", "queue.support.invite_limit is now: 1", true},
		{desktest.Admin, "!config set queue.support.invite_limit 5", "is so already", false},
		{desktest.Admin, "!config set queue.support.invite_limit many", `is "many"; write a whole number`, false},
		{desktest.Admin, "!config set queue.support.operators @vera:test", "is not changed here", false},
		{desktest.Admin, "!config set site.shop.texts.en.customer.waiting \"Just a moment\"", "is now: Just a moment", true},
		{desktest.Admin, "!config set site.shop.hours 9–18", "site.shop.hours is now: 9–18", true},
		{desktest.Admin, "!config set gateway.secret x", "no setting «gateway.secret»", false},
		{desktest.Admin, "!config set database.uri", "Like this: !config set", false},
		{settler, "!config set site.shop.hours 9–18", "is now", true},
		{settler, "!config set queue.support.name Help", "is now", true},
		{settler, "!config set site.blog.hours 9–18", "no right to the settings of site.blog.hours", false},
		{settler, "!config site.blog", "no setting «site.blog» that you may see", false},
		{settler, "!config export", "the right to all settings", false},
		{desktest.Anna, "!config", "no right to «!config»", false},
		{desktest.Vera, "!config set site.shop.hours x", "no right to «!config set»", false},
	} {
		t.Run(string(test.by)+" "+test.text, func(t *testing.T) {
			d := managed(t)
			must(d.PutOperator(&desk.Operator{ID: settler, PublicName: "Settler"}))
			must(d.PutHolding(desk.Holding{Operator: settler, Grant: desk.Grant{
				Module: desk.ModSettings, Scope: desk.ScopeSite, Target: string(desktest.Site), Edit: true,
			}}))
			ask(t, d, test.by, "!help accept")
			before, entries := deskDump(d), len(d.Journal())
			answer := ask(t, d, test.by, test.text)
			if !strings.Contains(answer, test.answer) {
				t.Errorf("answer %q, want %q in it", answer, test.answer)
			}
			if changed := deskDump(d) != before; changed != test.changes {
				t.Errorf("answer %q, something changed: %v", answer, changed)
			}
			journal := d.Journal()[entries:]
			if test.changes != (len(journal) == 1) {
				t.Fatalf("recorded %+v", journal)
			}
			if test.changes && (journal[0].Action != "config.set" || journal[0].Site != desktest.Site || len(journal[0].Changes) != 1) {
				t.Errorf("recorded %+v", journal[0])
			}
		})
	}
}

// TestConfigRefusalsInRussian: what is wrong with a setting, and what to do, is told in the language of who set it.
func TestConfigRefusalsInRussian(t *testing.T) {
	for text, want := range map[string]string{
		"!настройки задать queue.support.invite_limit много":     "queue.support.invite_limit: это не целое число: \"много\"; напишите целое число.",
		"!настройки задать queue.support.invite_limit -1":        "значение -1 слишком мало; напишите число не меньше 0.",
		"!настройки задать queue.support.operators @vera:test":   "здесь не меняется; кто где работает, меняют !сотрудник и !права",
		"!настройки задать site.shop.languages russian":          "site.shop.languages: это не язык; напишите код",
		"!настройки задать site.shop.hour 9–18":                  "такого ключа нет; возможно, имелся в виду hours.",
		"!настройки задать site.shop.history вечно":              "такого значения нет; напишите shared или ticket.",
		"!настройки задать site.shop.schedule.week пн-пт с утра": "это не часы, или день указан дважды; напишите дни и часы",
	} {
		d := managed(t)
		must(d.PutOperator(&desk.Operator{ID: desktest.Admin, PublicName: "Root", Lang: "ru"}))
		if answer := ask(t, d, desktest.Admin, text); !strings.Contains(answer, want) {
			t.Errorf("%s: %q, want %q in it", text, answer, want)
		}
	}
}

const settler desk.UserID = "@settler:test"

// TestSettingsFollow: what is set counts at once, survives a start with the same file, and yields to what the file says anew.
func TestSettingsFollow(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	d.Write(c, "hello")
	room := d.PortalOf(c)
	ask(t, d, desktest.Admin, "!config set queue.support.invite_limit 1")
	if got := d.Membership(room, desktest.Anna); got != "leave" {
		t.Errorf("anna above the limit: %q", got)
	}
	ask(t, d, desktest.Admin, "!config set queue.support.name Help")
	var name, topic string
	d.Want(desk.QueueRoom(desktest.Queue), desk.ThingName, &name)
	d.Want(room, desk.ThingTopic, &topic)
	if name != "Help" || !strings.Contains(topic, "Help") {
		t.Errorf("space %q, topic of the waiting ticket %q", name, topic)
	}
	ask(t, d, desktest.Admin, "!config set site.shop.texts.en.customer.waiting Soon")
	other := d.Open()
	d.Write(other, "hello")
	if messages := d.Messages(other); messages[1].Content.Text != "Soon" {
		t.Errorf("the customer reads %q", messages[1].Content.Text)
	}
	d.Decide(desktest.Configuration())
	if q := queueOf(d); q.Name != "Help" || q.InviteLimit != 1 {
		t.Errorf("queue after a start: %+v", q)
	}
	in := desktest.Configuration()
	in.Queues[0].RemindAfter = time.Hour
	in.Queues[0].Name = "Of the file"
	d.Decide(in)
	if q := queueOf(d); q.Name != "Of the file" || q.InviteLimit != 1 || q.RemindAfter != time.Hour {
		t.Errorf("queue after a change of the file: %+v", q)
	}
}

// fileHead is what a file holds before the part that is exported.
const fileHead = `version: 1
homeserver: {address: "http://127.0.0.1:8008", domain: test}
appservice: {as_token: as-0123456789abcdef0123456789abcdef, hs_token: hs-0123456789abcdef0123456789abcdef}
gateway: {public_url: "https://desk.test", secret: gw-0123456789abcdef0123456789abcdef}
`

// TestExportedRights: a new desk that is started with the exported file gives everybody the same rights.
func TestExportedRights(t *testing.T) {
	origins := func(in *desk.SitesConfigured) { in.Sites[0].Origins = []string{"https://shop.test"} }
	d := newDesk(t, origins, func(in *desk.SitesConfigured) {
		in.Sites[0].ChooseTimeout, in.Sites[0].Theme, in.Queues[0].OfferTimeout = time.Minute, map[string]string{"mode": "auto"}, time.Minute
		in.Sites[0].Schedule.Zone = "UTC"
	})
	for _, order := range []string{
		"!departments add Отдел публикаций", "!operator set @boris:test department Отдел публикаций", "!operator add @chef:test support",
		"!rights give @chef:test journal queue:support view", "!rights give @anna:test statistics own view", "!rights give @vera:test settings site:shop edit",
		"!rights give @chef:test users «department:Отдел публикаций» edit", "!rights template «старшие смены» users assigned edit",
		"!rights template operator journal own off", "!rights assign @anna:test «старшие смены» site:shop", "!rights assign @vera:test supervisor all",
	} {
		if answer := ask(t, d, desktest.Admin, order); strings.Contains(answer, "Like this") {
			t.Fatalf("%s: %s", order, answer)
		}
	}
	rights := func(d *desktest.Desk) string {
		holdings, err := d.Holdings()
		must(err)
		assignments, err := d.Assignments()
		must(err)
		templates, err := d.RightsTemplates()
		must(err)
		boris, err := d.Operator(desktest.Boris)
		must(err)
		return fmt.Sprint(holdings, assignments, templates, boris.Department)
	}
	ask(t, d, desktest.Admin, "!config export")
	data := d.LastPost(desk.DirectRoom(desktest.Admin)).Data
	c, err := config.Parse("/etc/frontdesk/config.yaml", []byte(fileHead+string(data)))
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	again := newDesk(t, func(in *desk.SitesConfigured) { *in = c.SitesConfigured() })
	if got, want := rights(again), rights(d); got != want || strings.Count(want, "{@") < 8 {
		t.Errorf("rights of a new desk\n got %s\nwant %s\n%s", got, want, data)
	}
	ask(t, d, desktest.Admin, "!rights take @vera:test settings site:shop")
	want := rights(d)
	d.Decide(c.SitesConfigured())
	if got := rights(d); strings.Count(got, "{@") != strings.Count(want, "{@")+1 {
		t.Errorf("the file that says it anew: %s", got)
	}
	in := c.SitesConfigured()
	in.Given, in.RightsTemplates = nil, nil
	d.Decide(in)
	if holdings, _ := d.Holdings(); len(holdings) != 0 {
		t.Errorf("the file that says it no longer: %v", holdings)
	}
	if templates, _ := d.RightsTemplates(); len(templates) != len(desk.ShippedTemplates()) || len(templates[1].Rights) != len(desk.ShippedTemplates()[1].Rights) {
		t.Errorf("the file that says it no longer: %v", templates)
	}
}

func TestConfigExport(t *testing.T) {
	d := newDesk(t)
	ask(t, d, desktest.Admin, "!queues add returns Returns")
	ask(t, d, desktest.Admin, "!config export")
	post := d.LastPost(desk.DirectRoom(desktest.Admin))
	if post.File == nil || post.File.Name != "frontdesk.yaml" || !strings.Contains(string(post.Data), "name: Returns") || !strings.Contains(string(post.Data), "admins:\n  - '@root:test'") {
		t.Errorf("file %+v:\n%s", post.File, post.Data)
	}
}
