package desk_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// refused decides an input that must be refused, and gives the refusal. Desk.Try has checked that nothing changed.
func refused(t *testing.T, d *desktest.Desk, in desk.Input) *desk.Error {
	t.Helper()
	_, err := d.Try(in)
	var refusal *desk.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("%T: %v, want a refusal", in, err)
	}
	return refusal
}

func TestCustomerMessageRefused(t *testing.T) {
	d := newDesk(t)
	c, other := d.Open(), d.Open()
	theirs := d.Write(other, "mine")
	foreign := d.Upload(other, "a.png", "image/png")
	used := d.Upload(c, "b.png", "image/png")
	d.Write(c, "", used)
	fresh := d.Upload(c, "c.png", "image/png")
	var many []desk.FileID
	for range desk.MaxFiles + 1 {
		many = append(many, d.Upload(c, "d.png", "image/png"))
	}
	for _, test := range []struct {
		name string
		in   desk.CustomerMessage
		code desk.Code
		key  string
	}{
		{"unknown conversation", desk.CustomerMessage{Conversation: "none", ClientID: "x", Text: "a"}, desk.NotFound, "conversation.unknown"},
		{"no client id", desk.CustomerMessage{Conversation: c, Text: "a"}, desk.Invalid, "message.no_client_id"},
		{"empty", desk.CustomerMessage{Conversation: c, ClientID: "x"}, desk.Invalid, "message.empty"},
		{"white space only", desk.CustomerMessage{Conversation: c, ClientID: "x", Text: " \n\t "}, desk.Invalid, "message.empty"},
		{"control characters only", desk.CustomerMessage{Conversation: c, ClientID: "x", Text: "\x00\x07"}, desk.Invalid, "message.empty"},
		{"not text", desk.CustomerMessage{Conversation: c, ClientID: "x", Text: "\xff"}, desk.Invalid, "message.not_text"},
		{"too long", desk.CustomerMessage{Conversation: c, ClientID: "x", Text: strings.Repeat("ж", desk.MaxText+1)}, desk.Invalid, "message.too_long"},
		{"too many files", desk.CustomerMessage{Conversation: c, ClientID: "x", Files: many}, desk.Invalid, "message.too_many_files"},
		{"unknown file", desk.CustomerMessage{Conversation: c, ClientID: "x", Files: []desk.FileID{"none"}}, desk.NotFound, "message.file_unknown"},
		{"file of another", desk.CustomerMessage{Conversation: c, ClientID: "x", Files: []desk.FileID{foreign}}, desk.NotFound, "message.file_unknown"},
		{"file used before", desk.CustomerMessage{Conversation: c, ClientID: "x", Files: []desk.FileID{used}}, desk.Invalid, "message.file_used"},
		{"file twice", desk.CustomerMessage{Conversation: c, ClientID: "x", Files: []desk.FileID{fresh, fresh}}, desk.Invalid, "message.file_used"},
		{"answer to nothing", desk.CustomerMessage{Conversation: c, ClientID: "x", Text: "a", Reply: "none"}, desk.NotFound, "message.reply_unknown"},
		{"answer to another's", desk.CustomerMessage{Conversation: c, ClientID: "x", Text: "a", Reply: theirs.ID}, desk.NotFound, "message.reply_unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := refused(t, d, test.in); got.Code != test.code || got.Key != test.key {
				t.Errorf("refused with %s %s, want %s %s", got.Code, got.Key, test.code, test.key)
			}
		})
	}
}

func TestCustomerMessageOnce(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	in := desk.CustomerMessage{Conversation: c, ClientID: "same", Text: "hello", At: d.Now}
	first := d.Decide(in)
	d.Deliver()
	before := d.Dump()
	again := d.Decide(in)
	in.Text = "something else"
	changed := d.Decide(in)
	if again.Message.ID != first.Message.ID || changed.Message.ID != first.Message.ID || changed.Message.Content.Text != "hello" {
		t.Errorf("replays gave %+v and %+v, want %s", again.Message, changed.Message, first.Message.ID)
	}
	if len(again.Effects)+len(changed.Effects)+len(again.Changed) > 0 || d.Dump() != before {
		t.Errorf("a replay changed something")
	}
}

// TestWhoWaitsForNews checks which conversations are told of at once: those in which the customer learns something, not those in which only
// his own words were written down.
func TestWhoWaitsForNews(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	say := func(id string) desk.Decision {
		return d.Decide(desk.CustomerMessage{Conversation: c, ClientID: id, Text: "hello", At: d.Now})
	}
	now, moment := []desk.ConversationID{c}, []desk.ConversationID(nil)
	check := func(what string, out desk.Decision, changed, noted []desk.ConversationID) {
		t.Helper()
		if !slices.Equal(out.Changed, changed) || !slices.Equal(out.Noted, noted) {
			t.Errorf("%s: changed %v, noted %v; want %v, %v", what, out.Changed, out.Noted, changed, noted)
		}
	}
	check("the first words, to which we answer", say("1"), now, moment)
	d.Deliver()
	check("more words", say("2"), moment, now)
	d.Deliver()
	d.Accept(desktest.Anna, c)
	before := d.Changed[c]
	d.Say(desktest.Anna, d.PortalOf(c), "good day")
	if d.Changed[c] != before+1 {
		t.Errorf("told %d times of the operator's words", d.Changed[c]-before)
	}
}

// TestParts checks which events a message becomes: order kept, captions on the first file.
func TestParts(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("слово ", 2500)) // 27,499 bytes
	for _, test := range []struct {
		name  string
		text  string
		files int
		want  []string // text|file of each event
	}{
		{"text", "hello", 0, []string{"hello|"}},
		{"file", "", 1, []string{"|f0"}},
		{"file with caption", "look", 1, []string{"look|f0"}},
		{"files with caption", "look", 3, []string{"look|f0", "|f1", "|f2"}},
		{"files", "", 2, []string{"|f0", "|f1"}},
		{"long text", long, 0, []string{"*|", "*|"}},
		{"long text with files", long, 2, []string{"*|", "*|", "|f0", "|f1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			c := d.Open()
			var files []desk.FileID
			for i := range test.files {
				files = append(files, d.Upload(c, fmt.Sprintf("f%d", i), "image/png"))
			}
			m := d.Write(c, test.text, files...)
			var got []string
			text := ""
			for _, p := range d.Posts(d.PortalOf(c)) {
				if p.Message != m.ID {
					continue
				}
				if p.Part != len(got) {
					t.Errorf("part %d comes as number %d", p.Part, len(got))
				}
				name, words := "", p.Text
				if p.File != nil {
					name = p.File.Name
				}
				if len(words) > 100 {
					text, words = text+words+" ", "*"
				}
				got = append(got, words+"|"+name)
			}
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("events %q, want %q", got, test.want)
			}
			if text != "" && strings.TrimSpace(text) != long {
				t.Errorf("pieces do not make the text again")
			}
			stored, _ := d.Message(m.ID)
			conversation, _ := d.Conversation(c)
			if stored.Status != desk.Sent || conversation.StaffGot != m.Seq {
				t.Errorf("status %s, staff got %d; want sent, %d", stored.Status, conversation.StaffGot, m.Seq)
			}
			for _, id := range files {
				if f, _ := d.File(id); f.Message != m.ID {
					t.Errorf("file %s belongs to %q", id, f.Message)
				}
			}
		})
	}
}

func TestCustomerReply(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	question := d.Write(c, "first")
	d.Accept(desktest.Anna, c)
	d.Decide(desk.CustomerMessage{Conversation: c, ClientID: "r", Text: "answer", Reply: question.ID})
	d.Deliver()
	if p := d.LastPost(d.PortalOf(c)); p.Reply != (desk.Ref{Message: question.ID}) || d.Resolve(p.Reply) == "" {
		t.Errorf("the answer points at %+v", p.Reply)
	}
}

// TestReplyAcrossRooms: with a room per ticket an answer to an earlier ticket's message cannot point there.
func TestReplyAcrossRooms(t *testing.T) {
	d := newDesk(t, func(in *desk.SitesConfigured) { in.Sites[0].History = desk.HistoryTicket })
	c := d.Open()
	old := d.Write(c, "first")
	room := d.PortalOf(c)
	d.Accept(desktest.Anna, c)
	d.Say(desktest.Anna, room, "!close")
	d.Decide(desk.CustomerMessage{Conversation: c, ClientID: "r", Text: "answer", Reply: old.ID})
	d.Deliver()
	if d.PortalOf(c) == room {
		t.Fatalf("the second ticket has the first one's room")
	}
	var words []desk.Post
	for _, p := range d.Posts(d.PortalOf(c)) {
		if p.Text == "answer" {
			words = append(words, p)
		}
	}
	if len(words) != 1 || !words[0].Reply.None() {
		t.Errorf("posts of the answer: %+v", words)
	}
	portals, _ := d.Portals(c)
	if len(portals) != 2 || portals[0].Ordinal != 1 || portals[1].Ordinal != 2 {
		t.Errorf("portals %+v", portals)
	}
}

// TestAlbum: what was sent together stands together, before anything we say to it. What is known already, or would be refused, is left out.
func TestAlbum(t *testing.T) {
	for _, first := range []bool{true, false} {
		d := newDesk(t)
		c := d.Open()
		if !first {
			d.Write(c, "Hello?")
		}
		in := desk.CustomerMessage{Conversation: c, ClientID: "1", Text: "cats", Files: []desk.FileID{d.Upload(c, "a.png", "image/png")}, At: d.Now}
		in.Album = []desk.CustomerMessage{
			{Conversation: c, ClientID: "2", Files: []desk.FileID{d.Upload(c, "b.png", "image/png")}, At: d.Now},
			{Conversation: c, ClientID: "none", At: d.Now},
			{Conversation: c, ClientID: "3", Files: []desk.FileID{d.Upload(c, "c.png", "image/png")}, At: d.Now},
		}
		if out := d.Decide(in); out.Message.Content.Text != "cats" {
			t.Errorf("the message is %q", out.Message.Content.Text)
		}
		d.Deliver()
		var got []string
		for _, p := range d.Posts(d.PortalOf(c)) {
			if p.File != nil {
				got = append(got, p.File.Name)
			} else if len(got) > 0 && len(got) < 3 {
				t.Errorf("%q stands between the files", p.Text)
			}
		}
		if !slices.Equal(got, []string{"a.png", "b.png", "c.png"}) {
			t.Errorf("files %q", got)
		}
		before := len(d.Messages(c))
		d.Decide(in.Album[0])
		d.Decide(in)
		if after := len(d.Messages(c)); after != before {
			t.Errorf("told twice it makes %d more messages", after-before)
		}
		if again := refused(t, d, in.Album[1]); again.Key != "message.empty" {
			t.Errorf("by itself the empty one is refused with %s", again.Key)
		}
	}
}

func TestMomentIsNotInTheFuture(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	for i, at := range []time.Time{d.Now.Add(time.Hour), {}} {
		out := d.Decide(desk.CustomerMessage{Conversation: c, ClientID: fmt.Sprint("c", i), Text: "x", At: at})
		if !out.Message.At.Equal(d.Now) {
			t.Errorf("message of %v is dated %v", at, out.Message.At)
		}
	}
	early := d.Now.Add(-time.Hour)
	if out := d.Decide(desk.CustomerMessage{Conversation: c, ClientID: "e", Text: "x", At: early}); !out.Message.At.Equal(early) {
		t.Errorf("message of an hour ago is dated %v", out.Message.At)
	}
}

// TestFirstMessage checks everything a new ticket brings (Q3, Q4, Q9).
func TestFirstMessage(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	d.Write(c, "My order\nhas not come")
	room, lobby := d.PortalOf(c), desk.LobbyRoom(desktest.Queue)
	ticket := d.TicketOf(c)

	var name, topic, avatar string
	d.Want(room, desk.ThingName, &name)
	d.Want(room, desk.ThingTopic, &topic)
	d.Want(room, desk.ThingAvatar, &avatar)
	if name != "#1 · Visitor 1 · Widget" || topic != "waiting · Support · Widget · Shop · region: unknown" || avatar != "text:V1" {
		t.Errorf("room %q, topic %q, avatar %q", name, topic, avatar)
	}
	var bridge desk.Bridge
	d.Want(room, desk.ThingBridge, &bridge)
	if bridge.Channel != desk.ChannelWidget || bridge.SiteName != "Shop" || bridge.Customer != ticket.Customer {
		t.Errorf("bridge %+v", bridge)
	}
	var join desk.JoinRule
	d.Want(room, desk.ThingJoin, &join)
	if !join.Restricted || len(join.Allow) != 1 || join.Allow[0] != lobby {
		t.Errorf("join rule %+v", join)
	}
	var member desk.Member
	d.Want(room, desk.ThingMember+string(desktest.Anna), &member)
	if member.Want != "invite" || member.By != desk.Puppet(ticket.Customer) || member.Reason != "My order has not come" {
		t.Errorf("invitation %+v", member)
	}
	if got := d.Membership(room, desktest.Vera); got != "" {
		t.Errorf("the supervisor is wanted: %q", got)
	}
	var child desk.Child
	d.Want(desk.QueueRoom(desktest.Queue), desk.ThingChild+string(room), &child)
	if !child.Present || !child.Suggested || child.Order != "0000000001" {
		t.Errorf("child of the queue's space %+v", child)
	}
	card := d.Card(c)
	if strings.Join(card.Buttons, "") != "✅❌" || len(card.Mentions) != 2 || !strings.Contains(card.Text, "> My order\n> has not come") ||
		!strings.Contains(card.HTML, "<blockquote>My order<br>has not come</blockquote>") {
		t.Errorf("card %+v", card)
	}
	if len(d.Timers) != 1 || d.Timers[0].Due.Sub(d.Now) != 5*time.Minute || d.Timers[0].Generation != 1 {
		t.Errorf("timers %+v", d.Timers)
	}
	told := d.LastPost(room)
	if told.As != desk.Bot || !told.Notice || !strings.HasPrefix(told.Text, "To the customer: Thank you") {
		t.Errorf("the room is told %+v", told)
	}
}

func TestManyOperatorsAreNotInvited(t *testing.T) {
	d := newDesk(t, func(in *desk.SitesConfigured) { in.Queues[0].InviteLimit = 1 })
	c := d.Open()
	d.Write(c, "hello")
	var child desk.Child
	d.Want(desk.QueueRoom(desktest.Queue), desk.ThingChild+string(d.PortalOf(c)), &child)
	if got := d.Membership(d.PortalOf(c), desktest.Anna); got != "" || child.Suggested || !child.Present {
		t.Errorf("anna %q, child %+v; want no invitation and no suggestion", got, child)
	}
	if len(d.Card(c).Mentions) != 2 {
		t.Errorf("the card mentions %v", d.Card(c).Mentions)
	}
}

// TestCustomersWordsAreEscaped: what a visitor writes never becomes markup on a card.
func TestCustomersWordsAreEscaped(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	d.Write(c, `<img src=x onerror=alert(1)> & "quotes"`)
	if card := d.Card(c); strings.Contains(card.HTML, "<img") || !strings.Contains(card.HTML, "&lt;img") {
		t.Errorf("card %s", card.HTML)
	}
}

func TestWordsInTheCustomersLanguage(t *testing.T) {
	d := newDesk(t, func(in *desk.SitesConfigured) {
		in.Sites[0].StaffLang = "ru"
		in.Sites[0].Texts = map[string]map[string]string{"ru": {"customer.joined": "С вами {0}!"}}
	})
	opened, err := d.Engine.OpenConversation(d.Tx, d.Now, desktest.Site, desk.ChannelWidget, "ru-RU")
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	d.Write(opened.ID, "привет")
	d.Accept(desktest.Anna, opened.ID)
	var said []string
	for _, m := range d.Messages(opened.ID) {
		if m.Author == desk.FromSystem {
			said = append(said, m.Kind+": "+m.Content.Text)
		}
	}
	want := "[waiting: Спасибо за обращение! Пожалуйста, подождите, мы скоро ответим Вам. joined: С вами Anna Petrova!]"
	if fmt.Sprint(said) != want {
		t.Errorf("the customer is told %v", said)
	}
	var name string
	d.Want(d.PortalOf(opened.ID), desk.ThingName, &name)
	if name != "#1 · Посетитель 1 · Виджет" {
		t.Errorf("room %q", name)
	}
}

// TestWhatIsKnownOfTheCustomer: name, mail, region and page stand where operators look, clipped and escaped.
func TestWhatIsKnownOfTheCustomer(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	conversation, _ := d.Conversation(c)
	customer, _ := d.Customer(conversation.Customer)
	customer.Name, customer.Email, customer.Region = " Иван <Петров> ", "ivan@example.org", "Moscow"
	if err := d.PutCustomer(customer); err != nil {
		t.Fatal(err)
	}
	d.Decide(desk.CustomerPage{Conversation: c, URL: "https://shop.example/cart", Title: strings.Repeat("cart ", 100)})
	d.Write(c, "", d.Upload(c, "a.png", "image/png"))
	card := d.Card(c)
	for _, want := range []string{"#1 · Иван <Петров>", "ivan@example.org", "region: Moscow", "page: cart cart", "> 📎 a.png"} {
		if !strings.Contains(card.Text, want) {
			t.Errorf("card %q lacks %q", card.Text, want)
		}
	}
	if strings.Contains(card.HTML, "<Петров>") || len(card.Text) > 400 {
		t.Errorf("card %q, %q", card.Text, card.HTML)
	}
	var topic, avatar string
	d.Want(d.PortalOf(c), desk.ThingTopic, &topic)
	d.Want(d.PortalOf(c), desk.ThingAvatar, &avatar)
	if !strings.Contains(topic, "ivan@example.org · region: Moscow") || avatar != "text:ИП" {
		t.Errorf("topic %q, avatar %q", topic, avatar)
	}
	var member desk.Member
	d.Want(d.PortalOf(c), desk.ThingMember+string(desktest.Anna), &member)
	if member.Reason != "📎 a.png" {
		t.Errorf("invitation %+v", member)
	}
}
