package desk_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// asked gives a command in somebody's direct chat and answers what the bot says to it.
func asked(t *testing.T, d *desktest.Desk, u desk.UserID, text string) desk.Post {
	t.Helper()
	room := desk.DirectRoom(u)
	if _, err := d.Room(room); err != nil {
		if err := d.PutRoom(&desk.Room{Key: room, ID: "!direct" + desk.RoomID(u)}); err != nil {
			t.Fatal(err)
		}
	}
	d.Say(u, room, text)
	return d.LastPost(room)
}

// desk with a ticket of each kind: #1 Anna's, #2 Boris's and closed, #3 waiting, #4 waiting and declined by Anna, #5 of another site's queue.
func tickets(t *testing.T) (*desktest.Desk, []desk.ConversationID) {
	t.Helper()
	d := newDesk(t, func(in *desk.SitesConfigured) {
		in.Sites = append(in.Sites, desk.Site{
			ID: "club", Key: "club-key", Name: "Club", Languages: []string{"en"}, StaffLang: "en", DefaultQueue: "members",
			Schedule: desk.Schedule{Zone: "Asia/Tokyo"},
		})
		in.Queues = append(in.Queues, desk.Queue{ID: "members", Site: "club", Name: "Members", InviteLimit: 5, Operators: []desk.UserID{"@kim:test"}})
		in.Staff = append(in.Staff, desk.Operator{ID: "@kim:test", PublicName: "Kim"})
	})
	var all []desk.ConversationID
	for _, words := range []string{"Where are my orders?", "Refund my order 77", "Is anybody there", "Hello there"} {
		c := d.Open()
		d.Write(c, words)
		all = append(all, c)
		d.Pass(time.Hour)
	}
	other, err := d.Engine.OpenConversation(d.Tx, d.Now, "club", desk.ChannelWidget, "en")
	if err != nil {
		t.Fatal(err)
	}
	d.Write(other.ID, "An order of the club")
	all = append(all, other.ID)
	d.Accept(desktest.Anna, all[0])
	d.Say(desktest.Anna, d.PortalOf(all[0]), "Your orders are on their way")
	d.Say(desktest.Anna, d.PortalOf(all[0]), "// this order is a fraud")
	d.Accept(desktest.Boris, all[1])
	d.Say(desktest.Boris, d.PortalOf(all[1]), "!close")
	d.React(desktest.Anna, lobby, d.CardOf(all[3]), "❌")
	name(t, d, all[0], "Ivan Petrov", "ivan@mail.example")
	name(t, d, all[1], "Мария", "maria@mail.example")
	return d, all
}

func name(t *testing.T, d *desktest.Desk, c desk.ConversationID, name, email string) {
	t.Helper()
	customer, err := d.Customer(d.TicketOf(c).Customer)
	if err != nil {
		t.Fatal(err)
	}
	customer.Name, customer.Email = name, email
	if err := d.PutCustomer(customer); err != nil {
		t.Fatal(err)
	}
}

// TestLists: every list holds what it says and nothing that the asker may not see (O4).
func TestLists(t *testing.T) {
	d, _ := tickets(t)
	for _, c := range []struct {
		by      desk.UserID
		command string
		title   string
		numbers string
	}{
		{desktest.Anna, "!my", "Your tickets: 1", "#1"},
		{desktest.Anna, "!мои", "Your tickets: 1", "#1"},
		{desktest.Boris, "!my", "Your tickets: 0", ""},
		{desktest.Anna, "!new", "New, waiting for somebody: 1", "#3"},
		{desktest.Boris, "!новые", "New, waiting for somebody: 2", "#3 #4"},
		{desktest.Vera, "!new", "New, waiting for somebody: 0", ""},
		{"@kim:test", "!new", "New, waiting for somebody: 1", "#5"},
		{desktest.Anna, "!all", "Open tickets: 3", "#1 #4 #3"},
		{desktest.Boris, "!all", "Open tickets: 2", "#4 #3"},
		{desktest.Vera, "!все", "Open tickets: 3", "#1 #4 #3"},
		{desktest.Admin, "!all", "Open tickets: 4", "#5 #1 #4 #3"},
		{"@kim:test", "!all", "Open tickets: 1", "#5"},
		{desktest.Anna, "!archive", "Archive, closed tickets: 0", ""},
		{desktest.Boris, "!архив", "Archive, closed tickets: 1. «!open 42» opens one for reading.", "#2"},
		{desktest.Vera, "!archive мари", "Archive, closed tickets: 1. «!open 42» opens one for reading.", "#2"},
		{desktest.Vera, "!archive ivan", "Archive, closed tickets: 0. Names and what is known of customers are looked for here; words of messages «!search ivan» looks for.", ""},
		{desktest.Admin, "!all queue:Members", "Open tickets: 1", "#5"},
		{desktest.Admin, "!all operator:anna", "Open tickets: 1", "#1"},
	} {
		post := asked(t, d, c.by, c.command)
		title, numbers := listed(post.Text)
		if title != c.title || numbers != c.numbers {
			t.Errorf("%s %s: %q %q, want %q %q\n%s", c.by, c.command, title, numbers, c.title, c.numbers, post.Text)
		}
	}
}

// listed gives the title of a list and the tickets in it.
func listed(text string) (title, numbers string) {
	lines := strings.Split(text, "\n")
	var out []string
	for _, line := range lines[1:] {
		if number, _, _ := strings.Cut(line, " "); strings.HasPrefix(number, "#") {
			out = append(out, number)
		}
	}
	return lines[0], strings.Join(out, " ")
}

// TestListRow: a row says who, what, when and whose, and links to the room only for who is in it.
func TestListRow(t *testing.T) {
	d, all := tickets(t)
	d.Decide(desk.CustomerRating{Conversation: all[1], Ticket: d.TicketOf(all[1]).ID, Stars: 5})
	d.Pass(50 * time.Hour)
	post := asked(t, d, desktest.Anna, "!my")
	want := "#1 · IP · Ivan Petrov · Your orders are on their way · 2 days ago · Anna Petrova"
	if !strings.HasSuffix(post.Text, "\n"+want) {
		t.Errorf("the row reads %q, want %q", post.Text, want)
	}
	room, err := d.Room(d.PortalOf(all[0]))
	if err != nil {
		t.Fatal(err)
	}
	if link := `<a href="https://matrix.to/#/` + string(room.ID) + `?via=test">#1</a>`; !strings.Contains(post.HTML, link) {
		t.Errorf("no link %s in %s", link, post.HTML)
	}
	post = asked(t, d, desktest.Vera, "!all")
	if strings.Contains(post.HTML, "matrix.to") {
		t.Errorf("links to rooms that vera is not in: %s", post.HTML)
	}
	if post = asked(t, d, desktest.Boris, "!archive"); !strings.HasSuffix(post.Text, "Boris · ★5/5") {
		t.Errorf("the archive reads %q", post.Text)
	}
	// Given in the room of a ticket, the list stands in the direct chat: others than the asker read there.
	before := len(d.Posts(d.PortalOf(all[0])))
	d.Say(desktest.Anna, d.PortalOf(all[0]), "!all")
	if got := d.LastPost(desk.DirectRoom(desktest.Anna)); len(d.Posts(d.PortalOf(all[0]))) != before || !strings.HasPrefix(got.Text, "Open tickets: 3") {
		t.Errorf("the list stands in the room, or not in the direct chat: %q", got.Text)
	}
}

// TestLongList: pages of a list that is fetched, and the whole of it as a file.
func TestLongList(t *testing.T) {
	d := newDesk(t)
	for range 45 {
		d.Write(d.Open(), "hello")
		d.Pass(time.Minute)
	}
	for command, want := range map[string]string{
		"!all":              "#45 #44 #43 #42 #41 #40 #39 #38 #37 #36 #35 #34 #33 #32 #31 #30 #29 #28 #27 #26",
		"!all 3":            "#5 #4 #3 #2 #1",
		"!new 3":            "#41 #42 #43 #44 #45",
		"!search hell":      "#45 #44 #43 #42 #41 #40 #39 #38 #37 #36 #35 #34 #33 #32 #31 #30 #29 #28 #27 #26",
		"!s hel page:3":     "#5 #4 #3 #2 #1",
		"!s по:today стр:3": "#5 #4 #3 #2 #1",
	} {
		post := asked(t, d, desktest.Anna, command)
		if _, got := listed(post.Text); got != want {
			t.Errorf("%s lists %s, want %s", command, got, want)
		}
		if !strings.Contains(post.Text, " of 3. Add") {
			t.Errorf("%s does not tell of the other pages: %s", command, post.Text)
		}
	}
	if got := asked(t, d, desktest.Anna, "!all 4").Text; !strings.Contains(got, "no page «4». There are 3") {
		t.Errorf("page 4: %q", got)
	}
	for _, command := range []string{"!all all", "!new все", "!search hello page:all"} {
		post := asked(t, d, desktest.Anna, command)
		if post.File == nil || strings.Count(string(post.Data), "\n") != 46 {
			t.Errorf("%s gives no file of 45 rows: %+v", command, post)
		}
	}
}

// TestSearch: found is what fits all filters, in any form, among what the asker may see; notes of the staff are never found.
func TestSearch(t *testing.T) {
	d, _ := tickets(t)
	for _, c := range []struct {
		by    desk.UserID
		query string
		want  string // the title's end, then the tickets
	}{
		{desktest.Admin, "ORDER", "Found: 4 messages, 0 tickets by what is known of the customer #1 #5 #2 #1"},
		{desktest.Vera, "orders", "Found: 3 messages, 0 tickets by what is known of the customer #1 #2 #1"},
		{desktest.Anna, "order", "Found: 2 messages, 0 tickets by what is known of the customer #1 #1"},
		{desktest.Boris, "order", "Found: 1 message, 0 tickets by what is known of the customer #2"},
		{"@kim:test", "order", "Found: 1 message, 0 tickets by what is known of the customer #5"},
		{desktest.Admin, "fraud", "Nothing was found for «fraud» among the tickets you may see. Try fewer words or a part of one. "},
		{desktest.Boris, "orders way", "Nothing was found for «orders way» among the tickets you may see. Try fewer words or a part of one. "},
		{desktest.Admin, "order operator:anna", "Found: 2 messages, 0 tickets by what is known of the customer #1 #1"},
		{desktest.Admin, "order queue:memb", "Found: 1 message, 0 tickets by what is known of the customer #5"},
		{desktest.Admin, "order имя:МАР", "Found: 1 message, 0 tickets by what is known of the customer #2"},
		{desktest.Admin, "mail.example", "Found: 0 messages, 2 tickets by what is known of the customer #2 #1"},
		{desktest.Admin, "petrov", "Found: 0 messages, 1 ticket by what is known of the customer #1"},
		{desktest.Admin, "почта:ivan@", "Tickets found: 1 #1"},
		{desktest.Admin, "from:2026-03-03", "Tickets found: 4 #5 #1 #4 #3"},
		{desktest.Admin, "order to:01.03.2026", "Nothing was found for «order» among the tickets you may see. Try fewer words or a part of one. "},
		{desktest.Admin, "rating:5", "Tickets found: 0 "},
		{desktest.Admin, "page:2", "Say what to look for, like this: !search invoice name:Ivan from:2026-03-01 "},
		{desktest.Admin, "…", "Say what to look for, like this: !search invoice name:Ivan from:2026-03-01 "},
		{desktest.Admin, "x from:soon", "«soon» is no day. Write it like 2026-03-01, 01.03.2026, today or yesterday. "},
		{desktest.Admin, "x from:02.03 to:01.03", "The period ends before it begins: from 02.03 to 01.03. Swap the two days. "},
		{desktest.Admin, "x queue:nowhere", "No queue is called «nowhere». Write a part of a queue's name. "},
		{desktest.Admin, "x operator:nobody", "No member of staff is called «nobody». Write a part of a name or of a Matrix id. "},
		{desktest.Admin, "x rating:9", "«9» is no rating. Write rating:5, rating:1-3 or rating:4+. "},
		{desktest.Admin, "x phone:home", "There are no digits in the phone number «home». Write a part of the number, like phone:921. "},
		{desktest.Admin, "a b c d e f g h i j k", "Look for at most 10 words at once. "},
	} {
		title, numbers := listed(asked(t, d, c.by, "!search "+c.query).Text)
		if got := title + " " + numbers; got != c.want {
			t.Errorf("%s looks for %s:\n got %s\nwant %s", c.by, c.query, got, c.want)
		}
	}
}

// TestSearchDays: both ends of a period belong to it, and days are the site's: it is the 3rd in Tokyo while it is the 2nd in UTC.
func TestSearchDays(t *testing.T) {
	d, _ := tickets(t)
	d.Pass(8 * time.Hour) // 21:00 UTC, 6:00 in Tokyo
	late := d.Open()
	d.Write(late, "my order once more")
	club, err := d.Engine.OpenConversation(d.Tx, d.Now, "club", desk.ChannelWidget, "en")
	if err != nil {
		t.Fatal(err)
	}
	d.Write(club.ID, "another order of the club")
	for query, want := range map[string]string{
		"order from:02.03.2026 to:02.03.2026": "#6 #1 #5 #2 #1",
		"order from:2026-03-03":               "#7",
		"order to:2026-03-02 queue:memb":      "#5",
		"order from:yesterday to:yesterday":   "#5",
	} {
		if _, got := listed(asked(t, d, desktest.Admin, "!search "+query).Text); got != want {
			t.Errorf("%s finds %s, want %s", query, got, want)
		}
	}
}

// TestSearchRow: a hit shows who said it, when, what is around the word, and links to the message for who is in the room.
func TestSearchRow(t *testing.T) {
	d, all := tickets(t)
	post := asked(t, d, desktest.Anna, "!search way")
	if want := "\n#1 · Anna Petrova · 2026-03-02 13:00 · Your orders are on their way"; !strings.HasSuffix(post.Text, want) {
		t.Errorf("the row reads %q, want %q", post.Text, want)
	}
	m := d.Messages(all[0])[3]
	events, err := d.EventsOf(m.ID)
	if err != nil || len(events) != 1 {
		t.Fatalf("events of %+v: %v", m, err)
	}
	if want := "/" + string(events[0].ID) + `?via=test">#1</a>`; !strings.Contains(post.HTML, want) {
		t.Errorf("no link to %s in %s", want, post.HTML)
	}
	if post := asked(t, d, desktest.Vera, "!search way"); strings.Contains(post.HTML, "matrix.to") {
		t.Errorf("a link to a room that vera is not in: %s", post.HTML)
	}
}
