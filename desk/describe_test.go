package desk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestDescriptions: clients that complete commands learn of those that are taken in a room, in the room's language; what is gone goes.
func TestDescriptions(t *testing.T) {
	d := newDesk(t, twoSites)
	var closing desk.Description
	d.Want(lobby, desk.ThingCommand+"close", &closing)
	if closing.Command != "close" || closing.Words != "closes a ticket" || closing.Parameters[0].Kind != desk.ParameterNumber || !closing.Parameters[1].Tail {
		t.Errorf("described %+v", closing)
	}
	d.Want(desk.LobbyRoom("letters"), desk.ThingCommand+"close", &closing)
	if closing.Words != "закрывает обращение" {
		t.Errorf("described in a Russian lobby: %+v", closing)
	}
	var give desk.Description
	d.Want(lobby, desk.ThingCommand+"rights give", &give)
	if len(give.Aliases) == 0 || give.Aliases[0] != "права дать" || give.Parameters[0].Kind != desk.ParameterUser {
		t.Errorf("described %+v", give)
	}
	for room, has := range map[desk.RoomKey]bool{lobby: false, desk.AdminRoom(): true} {
		if _, err := d.Desired(room, desk.ThingCommand+"dead"); (err == nil) != has {
			t.Errorf("!dead described in %s: %v", room, err)
		}
	}
	if _, err := d.Desired(desk.AdminRoom(), desk.ThingCommand+"close"); err == nil {
		t.Error("!close is described in the administrators' room")
	}

	d.Desire(desk.Desire{Room: lobby, Thing: desk.ThingCommand + "gone", Value: json.RawMessage(`{"command":"gone"}`)})
	d.Desire(desk.Desire{Room: lobby, Thing: desk.ThingCommand + "close", Value: json.RawMessage(`{"command":"close","words":"old"}`)})
	n := 0
	in := desktest.Configuration()
	twoSites(&in)
	for _, e := range d.Decide(in).Effects {
		if w, ok := e.(desk.Desire); ok && strings.HasPrefix(w.Thing, desk.ThingCommand) {
			n++
		}
	}
	var gone desk.Description
	d.Want(lobby, desk.ThingCommand+"gone", &gone)
	d.Want(lobby, desk.ThingCommand+"close", &closing)
	if n != 2 || gone.Command != "" || closing.Words != "closes a ticket" {
		t.Errorf("%d described anew: %+v, %+v", n, gone, closing)
	}
}

// TestDescribedForTheFirstAdministrator: an administrators' room that nobody is in needs no descriptions; they come with the first one.
func TestDescribedForTheFirstAdministrator(t *testing.T) {
	described := func(d *desktest.Desk) bool {
		_, err := d.Desired(desk.AdminRoom(), desk.ThingCommand+"dead")
		return err == nil
	}
	d := newDesk(t, func(in *desk.SitesConfigured) {
		in.Rights = slices.DeleteFunc(in.Rights, func(a desk.Assignment) bool { return a.Template == desk.TemplateAdmin })
	})
	if described(d) {
		t.Error("commands are described in a room that nobody is in")
	}
	d.Decide(desktest.Configuration())
	if !described(d) {
		t.Error("the first administrator finds no commands described")
	}
}

// TestDescribedBeforeTheFirstAnswer: a new direct chat begins with the descriptions, so that its first line is the last thing in it.
func TestDescribedBeforeTheFirstAnswer(t *testing.T) {
	d := newDesk(t)
	direct := desk.DirectRoom(desktest.Anna)
	out := d.Decide(desk.StaffMessage{Room: lobby, Event: d.NextEvent(), Sender: desktest.Anna, Content: content.Message{Text: "!my"}})
	described := 0
	for _, e := range out.Effects {
		switch e := e.(type) {
		case desk.CreateRoom:
			if described > 0 {
				t.Errorf("%d commands are described before the room is made", described)
			}
		case desk.Desire:
			if e.Room == direct && strings.HasPrefix(e.Thing, desk.ThingCommand) {
				described++
			}
		}
	}
	if described < 50 {
		t.Errorf("%d commands described with the room", described)
	}
	d.Deliver()
	before := d.Dump()
	d.Pass(time.Minute)
	if len(d.Posts(direct)) == 0 || d.Dump() != before {
		t.Errorf("%d lines; something comes after them", len(d.Posts(direct)))
	}
}

func TestOrderText(t *testing.T) {
	for _, test := range []struct{ name, arguments, want string }{
		{"close", `{"ticket": 42}`, "!close #42"},
		{"close", `{"ticket": "42", "comment": "all done: \"yes\""}`, `!close #42 all done: "yes"`},
		{"принять", `{"ticket": 42}`, "!принять #42"},
		{"rights give", `{"who": "@anna:test", "module": "tickets", "scope": "queue:a b", "depth": "view"}`, `!rights give @anna:test tickets "queue:a b" view`},
		{"operator add", `{"who": "@anna:test", "queues": ["support", "letters"]}`, "!operator add @anna:test support letters"},
		{"rights template", `{"rights_template": "a \"b\""}`, `!rights template «a "b"»`},
		{"audit", `{"audit_filter": [1, ["x"], null, {}, "ticket"]}`, "!audit 1 ticket"},
		{"close", `{"ticket": {}, "nonsense": 1}`, "!close"},
		{"close", `{"ticket": null, "comment": "  "}`, "!close"},
		{"no such", `{"x": 1}`, "!no such"},
		{"", `{}`, "!"},
	} {
		var given map[string]json.RawMessage
		must(json.Unmarshal([]byte(test.arguments), &given))
		if got := desk.OrderText(test.name, given); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.name, test.arguments, got, test.want)
		}
	}
}

func FuzzOrderText(f *testing.F) {
	f.Add("close", []byte(`{"ticket": 42}`))
	f.Add("rights give", []byte(`{"who": ["@a:b"], "module": "«»\"", "scope": 1e99}`))
	f.Add("!\n", []byte(`{}`))
	f.Fuzz(func(t *testing.T, name string, arguments []byte) {
		var given map[string]json.RawMessage
		_ = json.Unmarshal(arguments, &given)
		if got := desk.OrderText(name, given); !strings.HasPrefix(got, "!") {
			t.Errorf("%q is no command", got)
		}
	})
}

// TestStructuredOrder: a command given as a structure is carried out, and its fallback never goes to the customer.
func TestStructuredOrder(t *testing.T) {
	d, c, room := assigned(t)
	d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Order = "!close #1" })
	if ticket := d.TicketOf(c); ticket.State != desk.Closed {
		t.Errorf("ticket %+v", ticket)
	}
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
}

// TestDescribedInTheChosenLanguage: commands are completed in the language somebody chooses, from then on.
func TestDescribedInTheChosenLanguage(t *testing.T) {
	d := newDesk(t)
	d.Say(desktest.Anna, lobby, "!my")
	for lang, want := range map[string]string{"ru": "закрывает обращение", "en": "closes a ticket"} {
		d.Say(desktest.Anna, desk.DirectRoom(desktest.Anna), "!profile language "+lang)
		var closing desk.Description
		d.Want(desk.DirectRoom(desktest.Anna), desk.ThingCommand+"close", &closing)
		if closing.Words != want {
			t.Errorf("after !profile language %s described as %q", lang, closing.Words)
		}
	}
}
