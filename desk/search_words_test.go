package desk_test

import (
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestSearchWords: words are found in every form, case and spelling, in files' names, and in what is known of the customer by any part.
func TestSearchWords(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	d.Write(c, "Ещё раз: верните деньги за ЗАКАЗЫ 77-123, пишите на ivan.petrov@example.org", d.Upload(c, "Кассовый чек_2026.pdf", "application/pdf"))
	other := d.Open()
	d.Write(other, "The deliveries were paid for twice, I am waiting for a refund")
	name(t, d, c, "Семён Королёв", "Sales@Korolev.example")
	customer, err := d.Customer(d.TicketOf(c).Customer)
	if err != nil {
		t.Fatal(err)
	}
	customer.Region, customer.Town = "Ленинградская область", "Выборг"
	if err := d.PutCustomer(customer); err != nil {
		t.Fatal(err)
	}
	if err := d.PutContact(&desk.Contact{ID: "phone", Customer: customer.ID, Number: 1, Kind: desk.ContactPhone, Value: "+79210001122"}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"еще":              "#1",
		"ЕЩЁ":              "#1",
		"заказ":            "#1",
		"заказами деньги":  "#1",
		"деньгами":         "#1",
		"77-123":           "#1",
		"123":              "#1",
		"petrov@example":   "#1",
		"Чеки":             "#1",
		"чек 2026":         "#1",
		"pdf":              "#1",
		"кассовые заказы":  "#1",
		"delivery":         "#2",
		"DELIVERED":        "",
		"refunds waited":   "#2",
		"pay":              "",
		"paid":             "#2",
		"заказ refund":     "",
		"семен":            "#1",
		"КОРОЛЕВ":          "#1",
		"ролёв":            "#1",
		"имя:королев":      "#1",
		"имя:Семёнов":      "",
		"почта:@korolev":   "#1",
		"email:SALES":      "#1",
		"регион:область":   "#1",
		"город:выбор":      "#1",
		"город:псков":      "",
		"телефон:921":      "#1",
		"phone:8(921)000":  "#1",
		"phone:0001122":    "#1",
		"phone:922":        "",
		"заказ тел:+7-921": "#1",
		"заказ тел:922":    "",
		"9210001122":       "#1",

		`"верните деньги"`:               "#1",
		`«деньги за ЗАКАЗЫ»`:             "#1",
		`"деньги заказы"`:                "",
		`"вернуть деньги"`:               "",
		`"деньги верните"`:               "",
		`"верните деньги" чек`:           "#1",
		`"верните деньги" "for twice"`:   "",
		`"paid for twice"`:               "#2",
		`"Семён Королёв"`:                "#1",
		`"Королёв Семён"`:                "",
		`"верните деньги`:                "#1",
		`имя:"семён королёв" "кассовый"`: "#1",
		`"кассовые"`:                     "",
	} {
		if _, got := listed(asked(t, d, desktest.Admin, "!search "+query).Text); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}

// TestSearchFollowsChanges: what was taken back is found no more, and what was edited by its new words alone, whoever did it.
func TestSearchFollowsChanges(t *testing.T) {
	d, c, room := assigned(t)
	customers := d.Write(c, "a yellow giraffe")
	gone := d.Write(c, "a purple elephant")
	staffs := d.Say(desktest.Anna, room, "a green crocodile")
	redacted := d.Say(desktest.Anna, room, "a silver hedgehog")
	d.Decide(desk.CustomerEdit{Conversation: c, Message: customers.ID, Text: "a yellow zebra"})
	d.Decide(desk.CustomerDelete{Conversation: c, Message: gone.ID})
	d.Edit(desktest.Anna, room, staffs, "* a green tortoise")
	d.Redact(desktest.Anna, room, redacted)
	d.Deliver()
	for word, found := range map[string]bool{
		"yellow": true, "giraffe": false, "zebra": true, "purple": false, "elephant": false,
		"green": true, "crocodile": false, "tortoise": true, "silver": false, "hedgehog": false,
	} {
		if _, got := listed(asked(t, d, desktest.Anna, "!search "+word).Text); (got != "") != found {
			t.Errorf("%s finds %q", word, got)
		}
	}
}

// TestSearchKeepsSecrets: what the staff says among itself is found by nobody: notes, threads, commands, and what others than the owner wrote
// into the room of a ticket that nobody has accepted.
func TestSearchKeepsSecrets(t *testing.T) {
	d, c, room := assigned(t)
	customers := d.Write(c, "hello")
	events, err := d.EventsOf(customers.ID)
	if err != nil || len(events) == 0 {
		t.Fatalf("events of %s: %v", customers.ID, err)
	}
	d.Say(desktest.Anna, room, "// secretnote")
	d.SayAs(desktest.Anna, room, "secretthread", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, events[0].ID })
	note := d.Say(desktest.Anna, room, "// secretdraft")
	d.Edit(desktest.Anna, room, note, "secretedit")
	d.SayAs(desktest.Anna, room, "secretreply", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, note })
	d.Say(desktest.Anna, room, "!return secretcomment")
	for _, by := range []desk.UserID{desktest.Anna, desktest.Admin} {
		if got := asked(t, d, by, "!search secret").Text; got[:7] != "Nothing" {
			t.Errorf("%s finds %s", by, got)
		}
	}
}

// TestSearchAfterwards: tickets of a blocked customer and of colleagues who have gone stay findable for those who may see them, and who is no
// longer staff, or has lost the right by the time the answer is made, sees nothing.
func TestSearchAfterwards(t *testing.T) {
	d, all := tickets(t)
	d.Say(desktest.Anna, d.PortalOf(all[0]), "!block")
	if _, got := listed(asked(t, d, desktest.Vera, "!search orders way").Text); got != "#1" {
		t.Errorf("of a blocked customer %q is found", got)
	}
	asked(t, d, desktest.Admin, "!operator remove @boris:test")
	if _, got := listed(asked(t, d, desktest.Vera, "!search refund operator:boris").Text); got != "#2" {
		t.Errorf("of a colleague who has gone %q is found", got)
	}
	for _, by := range []desk.UserID{desktest.Boris, desktest.Outside} {
		before := d.Dump()
		post, err := d.Engine.Answer(d.Tx, d.Now, desk.Answer{
			ID: "late", Room: desk.DirectRoom(by), By: by, In: desk.DirectRoom(by), Command: "search", Given: "order",
		})
		if err != nil || post.Text == "" || post.HTML != "" || d.Dump() != before {
			t.Errorf("%s is answered %+v, %v", by, post, err)
		}
		if _, numbers := listed(post.Text); numbers != "" {
			t.Errorf("%s, no longer there, finds %s", by, numbers)
		}
	}
}

// TestAnswersOutsideDecisions: of a command that reads, the decision only says that it is to be answered, where and to what; a refusal that
// needs no looking is part of the decision.
func TestAnswersOutsideDecisions(t *testing.T) {
	d, _ := tickets(t)
	room := desk.DirectRoom(desktest.Anna)
	asked(t, d, desktest.Anna, "!my")
	decide := func(room desk.RoomKey, text string) (desk.EventID, []desk.Effect) {
		t.Helper()
		event := d.NextEvent()
		return event, d.Decide(desk.StaffMessage{Room: room, Event: event, Sender: desktest.Anna, Content: content.Message{Text: text}, At: d.Now}).Effects
	}
	for _, text := range []string{"!my", "!new", "!all", "!archive", "!search order", "!rooms with ivan", "!blocked", "!who", "!departments"} {
		event, effects := decide(room, text)
		if len(effects) != 1 {
			t.Fatalf("%s does %+v", text, effects)
		}
		q, ok := effects[0].(desk.Answer)
		if !ok || q.By != desktest.Anna || q.In != room || q.Room != room || q.Reply != (desk.Ref{Event: event}) {
			t.Errorf("%s does %+v", text, effects[0])
		}
	}
	d.Deliver()
	for _, text := range []string{"!search", "!my 1 2"} {
		if _, effects := decide(room, text); len(effects) != 1 || desk.EffectKind(effects[0]) != desk.KindPost {
			t.Errorf("%s, which is not understood, does %+v", text, effects)
		}
	}
	// What is asked is answered by what is there when it is answered.
	_, effects := decide(room, "!new")
	q := effects[0].(desk.Answer)
	d.Deliver()
	d.Pass(time.Minute)
	d.Write(d.Open(), "hello")
	post, err := d.Engine.Answer(d.Tx, d.Now, q)
	if _, numbers := listed(post.Text); err != nil || numbers != "#3 #6" {
		t.Errorf("answered later: %s, %v", post.Text, err)
	}
	if post.ID != q.ID || post.Room != room || !post.Notice || post.As != desk.Bot || post.Reply != q.Reply {
		t.Errorf("the post of an answer is %+v", post)
	}
}
