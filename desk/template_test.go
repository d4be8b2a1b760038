package desk_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// customerReads lists what the customer sees, one message a line.
func customerReads(d *desktest.Desk, c desk.ConversationID) []string {
	var out []string
	for _, m := range d.Messages(c) {
		out = append(out, string(m.Author)+" "+m.WhoName+": "+m.Content.Text)
	}
	return out
}

func change(t *testing.T, d *desktest.Desk, u desk.UserID, f func(*desk.Operator)) {
	t.Helper()
	o, err := d.Operator(u)
	if err != nil {
		t.Fatal(err)
	}
	f(o)
	if err := d.PutOperator(o); err != nil {
		t.Fatal(err)
	}
}

// TestStartingTemplates: a Russian site starts with the ten texts of the document, an English one with their counterparts; what is deleted does not
// come back.
func TestStartingTemplates(t *testing.T) {
	russian := func(in *desk.SitesConfigured) { in.Sites[0].Languages, in.Sites[0].StaffLang = []string{"ru"}, "ru" }
	d := newDesk(t, russian)
	d.Say(desktest.Anna, lobby, "!ш")
	list := d.LastPost(lobby)
	for _, want := range []string{
		"<th>№</th><th>Текст ответа</th><th>●</th>",
		"<td>1</td><td>Здравствуйте!</td><td>●</td>",
		"<td>9</td><td>Я {рад|рада}, что {смог|смогла} помочь! Остались ли у Вас еще вопросы?</td>",
		"<td>10</td><td>Я всегда {готов|готова} оказать помощь! Желаю хорошего дня!</td>",
	} {
		if !strings.Contains(list.HTML, want) {
			t.Errorf("the list lacks %s:\n%s", want, list.HTML)
		}
	}
	d.Say(desktest.Admin, lobby, "!t delete 8")
	in := desktest.Configuration()
	russian(&in)
	d.Decide(in)
	all, err := d.TemplatesOf(desktest.Site, "")
	if err != nil || len(all) != 10 || !all[7].Deleted {
		t.Errorf("after another start: %d templates, %v", len(all), err)
	}
	english, err := newDesk(t).TemplatesOf(desktest.Site, "")
	if err != nil || len(english) != 10 || english[0].Text != "Hello!" {
		t.Errorf("English: %+v, %v", english, err)
	}
}

// TestUseTemplate: a template goes to the customer as the operator's words, by every name it has, and the room shows it.
func TestUseTemplate(t *testing.T) {
	for _, test := range []struct{ name, make, use, gender, customer, want string }{
		{"number", "", "!t 4", "", "", "Please describe your problem."},
		{"number at once", "", "!t4", "", "", "Please describe your problem."},
		{"shortcut", "!t add /Bye Good bye", "!t bye", "", "", "Good bye"},
		{"shortcut with slash", "!t add /bye Good bye", "!шаблон /BYE", "", "", "Good bye"},
		{"own number", "!t add Mine", "!t 101", "", "", "Mine"},
		{"several lines", "!t add One\nTwo", "!t 101", "", "", "One\nTwo"},
		{"facts", "!t add {customer}, I am {operator}, ticket {ticket} of {queue}, {site}.", "!t 101", "", "Ivan", "Ivan, I am Anna P., ticket 1 of Support, Shop."},
		{"nameless at the start", "!t add {клиент}, здравствуйте!", "!t 101", "", "", "Здравствуйте!"},
		{"nameless in the middle", "!t add Hello, {customer}!", "!t 101", "", "", "Hello!"},
		{"nameless after a sentence", "!t add Hello! {customer}, wait.", "!t 101", "", "", "Hello! Wait."},
		{"her", "!t add Я {рад|рада}, что {смог|смогла}", "!t 101", "f", "", "Я рада, что смогла"},
		{"him", "!t add Я {рад|рада}, что {смог|смогла}", "!t 101", "m", "", "Я рад, что смог"},
		{"unknown gender", "!t add Я {рад|рада}, {нашёл|нашла}", "!t 101", "", "", "Я рад(а), нашёл/нашла"},
		{"open brace", "!t add a { b", "!t 101", "", "", "a { b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t)
			change(t, d, desktest.Anna, func(o *desk.Operator) {
				o.Gender, o.FullName = test.gender, "Petrova Anna Ivanovna"
				o.Faces = map[desk.SiteID]desk.Face{desktest.Site: {Name: "Anna P.", Avatar: "mxc://test/p"}}
			})
			if test.customer != "" {
				customer, _ := d.Customer(d.TicketOf(c).Customer)
				customer.Name = test.customer
				_ = d.PutCustomer(customer)
			}
			if test.make != "" {
				d.Say(desktest.Anna, room, test.make)
			}
			d.Say(desktest.Anna, room, test.use)
			all := d.Messages(c)
			m := all[len(all)-1]
			if m.Content.Text != test.want || m.Author != desk.FromStaff || m.Operator != desktest.Anna || m.WhoName != "Anna P." || m.WhoAvatar != "mxc://test/p" {
				t.Errorf("the customer reads %q of %s %s %s, want %q", m.Content.Text, m.Author, m.Operator, m.WhoName, test.want)
			}
			if p := d.LastPost(room); p.As != desk.Bot || p.Message != m.ID || p.Text != "Anna P.: "+test.want || p.Notice {
				t.Errorf("the room shows %+v", p)
			}
			if view := customerView(t, d, c); strings.Contains(view, "!t") || strings.Contains(view, "Ivanovna") {
				t.Errorf("the customer reads %s", view)
			}
		})
	}
}

// TestTemplateStandsForMessage: what answers the bot's event of a template, or reacts to it, reaches the customer.
func TestTemplateStandsForMessage(t *testing.T) {
	d, c, room := assigned(t)
	asked := d.Write(c, "Where is it?")
	parts, _ := d.EventsOf(asked.ID)
	d.SayAs(desktest.Anna, room, "!t 6", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, parts[0].ID })
	all := d.Messages(c)
	m := all[len(all)-1]
	if m.Reply != asked.ID {
		t.Errorf("answers %q, want %q", m.Reply, asked.ID)
	}
	events, err := d.EventsOf(m.ID)
	if err != nil || len(events) != 1 {
		t.Fatalf("events of the template: %v, %v", events, err)
	}
	d.React(desktest.Anna, room, events[0].ID, "👍")
	d.SayAs(desktest.Anna, room, "and more", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, events[0].ID })
	all = d.Messages(c)
	if last := all[len(all)-1]; last.Reply != m.ID || len(all[len(all)-2].Reactions) != 1 {
		t.Errorf("reply to the template %+v, reactions %+v", last, all[len(all)-2].Reactions)
	}
	note := d.Say(desktest.Anna, room, "// "+secret)
	d.SayAs(desktest.Anna, room, "!t 6", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, note })
	all = d.Messages(c)
	if last := all[len(all)-1]; last.Reply != "" || strings.Contains(customerView(t, d, c), secret) {
		t.Errorf("a reply to a note: %+v", last)
	}
}

// TestTemplateCommands: each command's answer, and what is refused.
func TestTemplateCommands(t *testing.T) {
	for _, test := range []struct {
		name   string
		by     desk.UserID
		before string
		say    string
		want   string
	}{
		{"list counts", desktest.Anna, "!t add x", "!t", "Templates of Shop: 10, your own: 1."},
		{"second page", desktest.Anna, "", "!t page 2", "no page «2»"},
		{"add own", desktest.Anna, "", "!t add Hi there", "Template 101 is added:\n> Hi there"},
		{"the next number", desktest.Anna, "!t add a", "!шаблон добавить b", "Template 102 is added"},
		{"a number that is free again", desktest.Anna, "!t add a", "!t delete 101", "Template 101 is deleted"},
		{"for the site", desktest.Admin, "", "!t add site: Hi all", "Template 11 is added"},
		{"for a named site", desktest.Admin, "", "!t add site:shop Hi all", "Template 11 is added"},
		{"for the site in Russian", desktest.Vera, "", "!ш добавить ресурс: Всем", "Template 11 is added"},
		{"for the site without right", desktest.Anna, "", "!t add site: Hi", "your own templates only"},
		{"editing the site's without right", desktest.Anna, "", "!t edit 1 Hi", "your own templates only"},
		{"deleting the site's without right", desktest.Anna, "", "!t delete 1", "your own templates only"},
		{"editing", desktest.Vera, "", "!t edit 1 Good day", "Template 1 is changed:\n> Good day"},
		{"naming", desktest.Vera, "", "!t edit 1 /hello", "Template 1 is changed:\n> Hello!"},
		{"a name that is taken", desktest.Vera, "!t edit 1 /hello", "!t edit 2 /Hello", "«hello» stands for template 1 already"},
		{"a name that is a verb", desktest.Anna, "", "!t add /удалить x", "cannot be a shortcut"},
		{"a name of digits", desktest.Anna, "", "!t add /12 x", "cannot be a shortcut"},
		{"unknown place", desktest.Anna, "", "!t add Hi {nobody}", "Nothing is known of «nobody»"},
		{"no text", desktest.Anna, "", "!t add", "Write the text behind it"},
		{"too long", desktest.Anna, "", "!t add " + strings.Repeat("x", 4001), "at most 4000"},
		{"show", desktest.Anna, "", "!t show 4", "Template 4:\n> Please describe"},
		{"unknown number", desktest.Anna, "", "!t 77", "There is no template «77»"},
		{"unknown own number", desktest.Anna, "", "!t 177", "There is no template «177»"},
		{"unknown shortcut", desktest.Anna, "", "!t hey", "There is no template «hey»"},
		{"somebody else's own", desktest.Boris, "!t add x", "!t 101", "There is no template «101»"},
		{"off", desktest.Vera, "", "!t off 2", "Template 2 is off"},
		{"on", desktest.Vera, "!t off 2", "!t вкл 2", "Template 2 is on"},
		{"using one that is off", desktest.Anna, "!t off 2", "!t 2", "Template 2 is off. «!t on 2»"},
		{"words behind the number", desktest.Anna, "", "!t 2 please", "Nothing was sent"},
		{"without the ticket", desktest.Boris, "", "!t 2", "Anna Petrova"},
		{"no number to edit", desktest.Anna, "", "!t edit", "Say which template"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t)
			if test.before != "" {
				by := test.by
				if test.name == "somebody else's own" || strings.Contains(test.before, "add") && by == desktest.Boris {
					by = desktest.Anna
				} else if strings.HasPrefix(test.before, "!t off") {
					by = desktest.Vera
				}
				d.Say(by, room, test.before)
			}
			read := len(d.Messages(c))
			d.Say(test.by, room, test.say)
			if got := d.LastPost(room).Text; !strings.Contains(got, test.want) {
				t.Errorf("answer %q, want %q in it", got, test.want)
			}
			if len(d.Messages(c)) != read {
				t.Errorf("the customer reads %v", customerReads(d, c))
			}
		})
	}
}

// TestTemplateInThread: a thread stays among the staff, whatever is asked for in it.
func TestTemplateInThread(t *testing.T) {
	d, c, room := assigned(t)
	root := d.Say(desktest.Anna, room, "// look")
	read := len(d.Messages(c))
	d.SayAs(desktest.Anna, room, "!t 1", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, root })
	if len(d.Messages(c)) != read || !strings.Contains(d.LastPost(room).Text, "outside of the thread") {
		t.Errorf("answer %q, the customer reads %v", d.LastPost(room).Text, customerReads(d, c))
	}
}

// TestTemplateJournal: every change is recorded with what stood there before.
func TestTemplateJournal(t *testing.T) {
	d, _, room := assigned(t)
	d.Say(desktest.Anna, room, "!t add One")
	d.Say(desktest.Anna, room, "!t edit 101 Two")
	d.Say(desktest.Anna, room, "!t 101")
	d.Say(desktest.Anna, room, "!t delete 101")
	var got []string
	for _, e := range d.Journal() {
		if !strings.HasPrefix(e.Action, "template.") {
			continue
		}
		line := e.Actor + " " + e.Action
		for _, c := range e.Changes {
			if c.Field == "Text" || c.Field == "Deleted" {
				line += " " + c.Field + " " + string(c.Before) + ">" + string(c.After)
			}
		}
		got = append(got, line)
	}
	want := `@anna:test template.added Text >"One", @anna:test template.edited Text "One">"Two", @anna:test template.used, ` +
		`@anna:test template.deleted Deleted >true`
	if strings.Join(got, ", ") != want {
		t.Errorf("journal %v", got)
	}
}

// TestTemplatesOfSeveralSites: in a direct chat one says of which site, unless one may see those of one only.
func TestTemplatesOfSeveralSites(t *testing.T) {
	d := newDesk(t, func(in *desk.SitesConfigured) {
		second := in.Sites[0]
		second.ID, second.Key, second.Name, second.DefaultQueue = "bank", "bank-key", "Bank", "loans"
		in.Sites = append(in.Sites, second)
		in.Queues = append(in.Queues, desk.Queue{ID: "loans", Site: "bank", Name: "Loans", Operators: []desk.UserID{desktest.Anna}})
	})
	direct := func(u desk.UserID, text string) string {
		if err := d.PutRoom(&desk.Room{Key: desk.DirectRoom(u), ID: desk.RoomID("!" + u)}); err != nil {
			t.Fatal(err)
		}
		d.Say(u, desk.DirectRoom(u), text)
		return d.LastPost(desk.DirectRoom(u)).Text
	}
	for _, test := range []struct {
		by         desk.UserID
		text, want string
	}{
		{desktest.Boris, "!t", "Templates of Shop: 10"},
		{desktest.Anna, "!t", "Say of which site: site:bank, site:shop."},
		{desktest.Anna, "!t site:bank", "Templates of Bank: 10"},
		{desktest.Boris, "!t site:bank", "no site «bank»"},
		{desktest.Anna, "!t add Mine", "Template 101 is added"},
		{desktest.Anna, "!t 101", "Template 101:\n> Mine"},
	} {
		if got := direct(test.by, test.text); !strings.Contains(got, test.want) {
			t.Errorf("%s %s: %q, want %q in it", test.by, test.text, got, test.want)
		}
	}
}

// TestTemplatesFromElsewhere: from where no site is at hand, a template is named with its site; a site that was removed is not asked for.
func TestTemplatesFromElsewhere(t *testing.T) {
	chat := desk.DirectRoom(desktest.Admin)
	d := newDesk(t, twoSites)
	must(d.PutRoom(&desk.Room{Key: chat, ID: "!direct"}))
	for _, test := range []struct{ say, want string }{
		{"!t 2", "site:blog, site:shop"},
		{"!t site:shop 2", "Template 2:\n> Hello! Do you need help?"},
		{"!t сайт:shop 2", "Template 2:"},
		{"!t show site:blog 2", "Template 2:"},
		{"!t edit site:blog 2 Blog here", "Template 2 is changed:\n> Blog here"},
		{"!t site:blog off 2", "Template 2 is off"},
		{"!t on site:blog 2", "Template 2 is on"},
		{"!t delete site:blog 3", "Template 3 is deleted"},
		{"!t site:shop page 1", "Templates of Shop: 10"},
		{"!t page 1 site:shop", "Templates of Shop: 10"},
		{"!t site:nowhere 2", "site:blog, site:shop"},
		{"!sites remove blog", "is removed"},
		{"!t 2", "Template 2:\n> Hello! Do you need help?"},
	} {
		d.Say(desktest.Admin, chat, test.say)
		if got := d.LastPost(chat).Text; !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.say, got, test.want)
		}
	}
	if got := d.LastPost(chat).Text; strings.Contains(got, "Blog here") {
		t.Errorf("another site's template was changed: %q", got)
	}
}

// TestTemplatePages: what a long table says of its other pages shows them, and sends nothing.
func TestTemplatePages(t *testing.T) {
	d, c, room := assigned(t)
	for range 15 {
		d.Say(desktest.Anna, room, "!t add More words")
	}
	before := customerView(t, d, c)
	d.Say(desktest.Anna, room, "!t")
	_, how, ok := strings.Cut(d.LastPost(room).Text, "Page 1 of 2. «")
	order, _, _ := strings.Cut(how, "»")
	if !ok || order == "" {
		t.Fatalf("the table ends: %q", d.LastPost(room).Text)
	}
	d.Say(desktest.Anna, room, order)
	if got := d.LastPost(room).Text; !strings.Contains(got, "Page 2 of 2") {
		t.Errorf("%s: %q", order, got)
	}
	if customerView(t, d, c) != before {
		t.Error("the customer was sent something")
	}
	d.Say(desktest.Anna, room, "!t site:shop")
	_, how, _ = strings.Cut(d.LastPost(room).Text, "Page 1 of 2. «")
	order, _, _ = strings.Cut(how, "»")
	d.Say(desktest.Anna, room, order)
	if got := d.LastPost(room).Text; !strings.Contains(got, "Page 2 of 2. «!t site:shop page 2»") {
		t.Errorf("%s: %q", order, got)
	}
}

// TestOwnTemplatesTakeARight: whoever has no right to templates of their own has none.
func TestOwnTemplatesTakeARight(t *testing.T) {
	d := newDesk(t)
	must(d.PutOperator(&desk.Operator{ID: asker, PublicName: "Asker"}))
	must(d.PutHolding(desk.Holding{Operator: asker, Grant: desk.Grant{Module: desk.ModTemplates, Scope: desk.ScopeSite, Target: string(desktest.Site)}}))
	if got := asked(t, d, asker, "!t add Mine").Text; !strings.Contains(got, "no right to templates of your own") {
		t.Errorf("without the right: %q", got)
	}
	must(d.PutHolding(desk.Holding{Operator: asker, Grant: desk.Grant{Module: desk.ModTemplates, Scope: desk.ScopeOwn, Edit: true}}))
	if got := asked(t, d, asker, "!t add Mine").Text; !strings.Contains(got, "Template 101 is added") {
		t.Errorf("with it: %q", got)
	}
}
