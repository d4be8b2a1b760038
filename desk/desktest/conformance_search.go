package desktest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
)

// archive fills a Tx with tickets to look for: a waiting, an assigned and a closed one of different customers, queues and sites.
func archive(t *testing.T, w *world) {
	t.Helper()
	for i, k := range []struct {
		site        desk.SiteID
		queue       desk.QueueID
		state       desk.TicketState
		owner, last desk.UserID
		customer    desk.Customer
		words       []string
	}{
		{"s1", "q1", desk.Waiting, "", "@anna:x", desk.Customer{Name: "Иван Ёлкин", Email: "Ivan@Mail.example", Region: "Санкт-Петербург"},
			[]string{"Где мой заказ?", "Заказ 42 от вторника"}},
		{"s1", "q2", desk.Assigned, "@anna:x", "@anna:x", desk.Customer{Name: "Maria 100%", Email: "maria_x@test.example", Town: "Псков"},
			[]string{"My orders have not come", "delivery to Berlin"}},
		{"s2", "q3", desk.Closed, "", "@boris:x", desk.Customer{Name: "maria", Email: "mariaXx@test.example"},
			[]string{"Верните деньги за заказы", "спасибо"}},
	} {
		n := i + 1
		opened := Start.AddDate(0, 0, n)
		c := k.customer
		c.ID, c.Site, c.Number, c.Created = desk.CustomerID(fmt.Sprint("c", n)), k.site, int64(900+n), Start
		v := desk.Conversation{ID: desk.ConversationID(fmt.Sprint("v", n)), Site: k.site, Customer: c.ID, Created: Start}
		ticket := desk.Ticket{
			ID: desk.TicketID(fmt.Sprint("k", n)), Number: int64(n), Conversation: v.ID, Site: k.site, Customer: c.ID, Queue: k.queue,
			State: k.state, Owner: k.owner, LastOwner: k.last, Opened: opened, Since: opened.Add(time.Hour),
		}
		for what, err := range map[string]error{"customer": w.PutCustomer(&c), "conversation": w.PutConversation(&v), "ticket": w.PutTicket(&ticket)} {
			if err != nil {
				t.Fatalf("put %s: %v", what, err)
			}
		}
		for j, text := range k.words {
			say(t, w, desk.Message{
				ID: desk.MessageID(fmt.Sprintf("k%dm%d", n, j+1)), Ticket: ticket.ID, Conversation: v.ID, Seq: int64(j + 1), Rev: int64(j + 1),
				Author: desk.FromCustomer, Content: content.Message{Text: text}, At: opened.Add(time.Duration(j) * time.Minute),
			})
		}
	}
}

func say(t *testing.T, w *world, m desk.Message) {
	t.Helper()
	m.Status = desk.Sent
	if err := w.PutMessage(&m); err != nil {
		t.Fatalf("put message %s: %v", m.ID, err)
	}
}

// foundOf gives the ids of everything a search finds, tickets or messages, in order; counts have to agree.
func foundOf(t *testing.T, w *world, s desk.Search, messages bool) string {
	t.Helper()
	var out []string
	if messages {
		list, err := w.FindMessages(s, 100)
		if err != nil {
			t.Fatalf("find messages %+v: %v", s, err)
		}
		for _, id := range list {
			out = append(out, string(id))
		}
		return strings.Join(out, " ")
	}
	list, err := w.FindTickets(s, 0, 100)
	if err != nil {
		t.Fatalf("find tickets %+v: %v", s, err)
	}
	for _, k := range list {
		out = append(out, string(k.ID))
	}
	if count, err := w.CountTickets(s); err != nil || count != len(out) {
		t.Errorf("%+v finds %d and counts %d, %v", s, len(out), count, err)
	}
	return strings.Join(out, " ")
}

var everything = desk.Reach{All: true}

func testSearchMessages(t *testing.T, w *world) {
	archive(t, w)
	for words, want := range map[string]string{
		"заказ":            "k3m1 k1m2 k1m1",
		"ЗАКАЗАМИ":         "k3m1 k1m2 k1m1",
		"order":            "k2m1",
		"мой заказ":        "k1m1",
		"заказ 42":         "k1m2",
		"4":                "",
		"берл":             "",
		"berl":             "k2m2",
		"liver":            "",
		"deliv":            "k2m2",
		"ДЕНЬГ":            "k3m1",
		"де":               "",
		"заказ 42 спасибо": "",
	} {
		s := desk.Search{Reach: everything, Words: content.Terms(words)}
		if got := foundOf(t, w, s, true); got != want {
			t.Errorf("%q finds %q, want %q", words, got, want)
		}
	}
	for text, want := range map[string]string{
		"мой заказ": "k1m1", "МОЙ  заказ?": "k1m1", "мой заказы": "", "заказ мой": "", "где заказ": "", "где мой заказ": "k1m1", "заказ 42": "k1m2", "заказ": "k1m2 k1m1",
		"Деньги за заказы": "k3m1", "деньги заказы": "", "delivery": "k2m2", "deliver": "",
	} {
		s := desk.Search{Reach: everything, Phrases: []desk.Phrase{{Text: content.Fold(text), Words: content.Terms(text)}}}
		if got := foundOf(t, w, s, true); got != want {
			t.Errorf("the phrase %q finds %q, want %q", text, got, want)
		}
		s.Words = content.Terms("мой")
		if got := foundOf(t, w, s, true); got != map[bool]string{true: "k1m1"}[strings.Contains(want, "k1m1")] {
			t.Errorf("the phrase %q with a word finds %q", text, got)
		}
	}
	for text, want := range map[string]string{"Иван Ёлкин": "k1", "иван елк": "k1", "Ёлкин Иван": "", "maria 100%": "k2", "maria": "k3 k2"} {
		s := desk.Search{Reach: everything, Phrases: []desk.Phrase{{Text: content.Fold(text), Words: content.Terms(text)}}}
		if got := foundOf(t, w, s, false); got != want {
			t.Errorf("the phrase %q finds the customers of %q, want %q", text, got, want)
		}
	}
	if got := foundOf(t, w, desk.Search{Reach: everything}, true); got != "" {
		t.Errorf("no words find %q", got)
	}
	s := desk.Search{Reach: everything, Words: content.Terms("заказ")}
	if list, err := w.FindMessages(s, 2); err != nil || fmt.Sprint(list) != "[k3m1 k1m2]" {
		t.Errorf("of at most two messages are found %v, %v", list, err)
	}
}

func testSearchFollows(t *testing.T, w *world) {
	archive(t, w)
	sought := func(words string) string {
		return foundOf(t, w, desk.Search{Reach: everything, Words: content.Terms(words)}, true)
	}
	m, err := w.Message("k1m1")
	edited := must(t, m, err)
	edited.Content.Text, edited.Edited = "Где моя посылка?", Start
	say(t, w, edited)
	if a, b, c := sought("заказ"), sought("посылка"), sought("где"); a != "k3m1 k1m2" || b != "k1m1" || c != "k1m1" {
		t.Errorf("edited: %q, %q, %q", a, b, c)
	}
	edited.Content.Files = []content.Attachment{{ID: "f", Name: "Чек.pdf"}}
	say(t, w, edited)
	if got := sought("чеки"); got != "k1m1" {
		t.Errorf("a file's name finds %q", got)
	}
	edited.Content, edited.Deleted = content.Message{}, Start
	say(t, w, edited)
	if a, b := sought("посылка"), sought("чек"); a+b != "" {
		t.Errorf("deleted and found: %q, %q", a, b)
	}
	say(t, w, desk.Message{
		ID: "k1m3", Ticket: "k1", Conversation: "v1", Seq: 3, Rev: 3, Author: desk.FromSystem, Content: content.Message{Text: "посылка"}, At: Start,
	})
	long := "длинное " + strings.Repeat("слово ", 5)
	for i := range 40 {
		long += fmt.Sprintf(" word%d", i)
	}
	say(t, w, desk.Message{
		ID: "k1m4", Ticket: "k1", Conversation: "v1", Seq: 4, Rev: 4, Author: desk.FromStaff, Content: content.Message{Text: long}, At: Start,
	})
	if a, b, c := sought("посылка"), sought("word39 word0"), sought("длинные слова word17"); a != "" || b != "k1m4" || c != "k1m4" {
		t.Errorf("a system message %q, a long one %q, %q", a, b, c)
	}
	last, err := w.LastWords("k1")
	if got := must(t, last, err); got.ID != "k1m4" {
		t.Errorf("the last words of the first ticket are %s", got.ID)
	}
}

func testSearchTickets(t *testing.T, w *world) {
	archive(t, w)
	if err := w.PutRating(&desk.Rating{Ticket: "k3", Stars: 4, At: Start}); err != nil {
		t.Fatalf("put rating: %v", err)
	}
	day := func(n int) time.Time { return Start.AddDate(0, 0, n).Truncate(24 * time.Hour) }
	for name, c := range map[string]struct {
		s    desk.Search
		want string
	}{
		"all, the newest first":  {desk.Search{}, "k3 k2 k1"},
		"states":                 {desk.Search{States: []desk.TicketState{desk.Waiting, desk.Assigned}}, "k2 k1"},
		"queues":                 {desk.Search{Queues: []desk.QueueID{"q1", "q3"}}, "k3 k1"},
		"responsible":            {desk.Search{Staff: []desk.UserID{"@anna:x"}}, "k2"},
		"was responsible":        {desk.Search{Staff: []desk.UserID{"@boris:x"}}, "k3"},
		"name":                   {desk.Search{Name: "елки"}, "k1"},
		"name in both alphabets": {desk.Search{Name: "maria"}, "k3 k2"},
		"a percent sign":         {desk.Search{Name: "0%"}, "k2"},
		"e-mail":                 {desk.Search{Email: "ivan@mail"}, "k1"},
		"an underscore":          {desk.Search{Email: "maria_x"}, "k2"},
		"a backslash":            {desk.Search{Email: `\`}, ""},
		"region":                 {desk.Search{Region: "петер"}, "k1"},
		"town":                   {desk.Search{Town: "псков"}, "k2"},
		"rating":                 {desk.Search{LeastStars: 4, MostStars: 5}, "k3"},
		"other ratings":          {desk.Search{LeastStars: 1, MostStars: 3}, ""},
		"customer takes part":    {desk.Search{Parties: []desk.Party{{Name: "maria"}}}, "k3 k2"},
		"responsible takes part": {desk.Search{Parties: []desk.Party{{Name: "anna", Staff: []desk.UserID{"@anna:x", "@anya:x"}}}}, "k2"},
		"both take part":         {desk.Search{Parties: []desk.Party{{Name: "maria"}, {Name: "boris", Staff: []desk.UserID{"@boris:x"}}}}, "k3"},
		"joined by and":          {desk.Search{Name: "maria", Town: "псков"}, "k2"},
		"words of the customer":  {desk.Search{Words: content.Terms("Иван mail.example")}, "k1"},
		"words of messages":      {desk.Search{Words: content.Terms("заказ")}, ""},
		"from":                   {desk.Search{Periods: []desk.Period{{Site: "s1", From: day(3)}, {Site: "s2", From: day(3)}}}, "k3 k2 k1"},
		"from after the end":     {desk.Search{Periods: []desk.Period{{Site: "s2", From: day(4)}}}, ""},
		"until":                  {desk.Search{Periods: []desk.Period{{Site: "s1", Until: day(2)}, {Site: "s2", Until: day(2)}}}, "k1"},
		"one day":                {desk.Search{Periods: []desk.Period{{Site: "s2", From: day(3), Until: day(4)}}}, "k3"},
	} {
		c.s.Reach = everything
		if len(c.s.States) == 0 {
			c.s.States = []desk.TicketState{desk.Waiting, desk.Assigned, desk.Closed}
		}
		// The world's own ticket is of another site.
		got := strings.TrimSpace(strings.ReplaceAll(" "+foundOf(t, w, c.s, false)+" ", " "+string(w.ticket.ID)+" ", " "))
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	s := desk.Search{Reach: everything, Words: content.Terms("заказ"), Periods: []desk.Period{{Site: "s1", Until: day(2)}, {Site: "s2"}}, Name: "maria"}
	if got := foundOf(t, w, s, true); got != "k3m1" {
		t.Errorf("messages by customer and period: %q", got)
	}
}

// testReach: what is found is what Reach.Covers says.
func testReach(t *testing.T, w *world) {
	archive(t, w)
	for name, c := range map[string]struct {
		reach desk.Reach
		want  string
	}{
		"nothing":            {desk.Reach{}, ""},
		"a site":             {desk.Reach{Sites: []desk.SiteID{"s1"}}, "k2 k1"},
		"queues":             {desk.Reach{Queues: []desk.QueueID{"q2", "q3"}}, "k3 k2"},
		"own":                {desk.Reach{Owners: []desk.UserID{"@anna:x"}}, "k2"},
		"closed ones of one": {desk.Reach{Owners: []desk.UserID{"@boris:x"}}, "k3"},
		"nobody's":           {desk.Reach{Owners: []desk.UserID{""}}, ""},
		"waiting":            {desk.Reach{Waits: []desk.QueueID{"q1", "q2", "q3"}}, "k1"},
		"together":           {desk.Reach{Owners: []desk.UserID{"@anna:x"}, Waits: []desk.QueueID{"q1"}}, "k2 k1"},
	} {
		if got := foundOf(t, w, desk.Search{Reach: c.reach}, false); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		messages := foundOf(t, w, desk.Search{Reach: c.reach, Words: content.Terms("заказ")}, true)
		if (messages != "") != (strings.Contains(c.want, "k1") || strings.Contains(c.want, "k3")) {
			t.Errorf("%s: messages %q", name, messages)
		}
		for _, id := range []desk.TicketID{"k1", "k2", "k3"} {
			k, err := w.Ticket(id)
			if ticket := must(t, k, err); c.reach.Covers(&ticket) != strings.Contains(c.want, string(id)) {
				t.Errorf("%s: Covers(%s) is %v", name, id, c.reach.Covers(&ticket))
			}
		}
	}
}
