package desk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func TestEffectsRoundTrip(t *testing.T) {
	for _, e := range []desk.Effect{
		desk.CreateRoom{ID: "1", Room: "admin"},
		desk.CreateRoom{ID: "replace/!a", Room: "queue:q", Replaces: "!a"},
		desk.RetireRoom{ID: "retire/!a", Room: "queue:q", Old: "!a", Parent: "site:s", Reason: "why"},
		desk.Post{
			ID: "2", Room: "portal:x", As: desk.Puppet("c"), Message: "m", Part: 1, Notice: true, Text: "t", HTML: "<b>t</b>",
			File: &content.Attachment{ID: "f", Name: "a.png"}, Reply: desk.Ref{Message: "n", Part: 2}, Replaces: desk.Ref{Row: "r"},
			Thread: desk.Ref{Event: "$e"}, Mentions: []desk.UserID{"@a:x"}, At: desktest.Start,
		},
		desk.Answer{
			ID: "6", Room: "direct:@a:x", Reply: desk.Ref{Event: "$e"}, Thread: desk.Ref{Event: "$f"}, By: "@a:x", In: "lobby:q",
			Command: "search", Given: "orders page:2",
		},
		desk.React{ID: "3", Room: "portal:x", As: desk.Bot, Target: desk.Ref{Event: "$e"}, Key: "👍"},
		desk.Redact{ID: "4", Room: "portal:x", As: desk.Bot, Target: desk.Ref{Row: "r"}, Reason: "why"},
		desk.DeclineCall{ID: "7", Room: "portal:x", As: desk.Puppet("c"), Notification: "$n"},
		desk.ClearCall{ID: "8", Room: "portal:x", User: "@a:x", Key: "_@a:x_DEV_m.call"},
		desk.Arm{ID: "5", Due: desktest.Start, Name: "remind", Ticket: "t", Generation: 3, Of: "r"},
	} {
		body, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("marshal %T: %v", e, err)
		}
		got, err := desk.ParseEffect(desk.EffectKind(e), body)
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("%T came back as %+v, %v", e, got, err)
		}
		if _, err := desk.ParseEffect(desk.EffectKind(e), []byte("{")); err == nil {
			t.Errorf("%T parsed from half an object", e)
		}
	}
	for _, kind := range []string{"", desk.KindDesire, "other"} {
		if _, err := desk.ParseEffect(kind, []byte("{}")); err == nil {
			t.Errorf("kind %q parsed", kind)
		}
	}
	if _, _, ok := desk.LaneOf(desk.Desire{Room: "admin"}); ok {
		t.Errorf("a desire has a lane")
	}
}

func FuzzParseEffect(f *testing.F) {
	f.Add(desk.KindPost, []byte(`{"id":"1","room":"admin","as":"bot","reply":{"part":1}}`))
	f.Add(desk.KindArm, []byte(`{"due":"2026-01-01T00:00:00Z"}`))
	f.Add(desk.KindRedact, []byte(`[]`))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		e, err := desk.ParseEffect(kind, body)
		if err == nil && desk.EffectKind(e) != kind {
			t.Fatalf("%q parsed as %s", kind, desk.EffectKind(e))
		}
	})
}

func TestErrors(t *testing.T) {
	refusal := desk.Refuse(desk.Conflict, "ticket.taken", 42, "Anna")
	for _, test := range []struct {
		err  error
		code desk.Code
	}{
		{refusal, desk.Conflict},
		{fmt.Errorf("decide: %w", refusal), desk.Conflict},
		{fmt.Errorf("look up: %w", desk.ErrNotFound), desk.NotFound},
		{errors.New("disk full"), desk.Internal},
	} {
		if got := desk.CodeOf(test.err); got != test.code {
			t.Errorf("code of %v: %s, want %s", test.err, got, test.code)
		}
	}
	if refusal.Error() != "conflict: ticket.taken" {
		t.Errorf("%v", refusal)
	}
}

func TestRoomKeys(t *testing.T) {
	for _, test := range []struct {
		key      desk.RoomKey
		kind, id string
		space    bool
	}{
		{desk.SiteRoom("shop"), "site", "shop", true},
		{desk.QueueRoom("q"), "queue", "q", true},
		{desk.LobbyRoom("q"), "lobby", "q", false},
		{desk.PortalRoom("p"), "portal", "p", false},
		{desk.DeskRoom("@anna:x"), "desk", "@anna:x", true},
		{desk.DirectRoom("@anna:x"), "direct", "@anna:x", false},
		{desk.AdminRoom(), "admin", "", false},
	} {
		if kind, id := test.key.Split(); kind != test.kind || id != test.id || test.key.Space() != test.space {
			t.Errorf("%s: %s, %s, space %v", test.key, kind, id, test.key.Space())
		}
	}
	if id, ok := desk.Puppet("c").Customer(); !ok || id != "c" {
		t.Errorf("customer of a puppet: %q, %v", id, ok)
	}
	if _, ok := desk.Bot.Customer(); ok {
		t.Errorf("the bot is a customer")
	}
}

func TestLooksBack(t *testing.T) {
	for name, c := range map[string]struct {
		effect desk.Effect
		want   bool
	}{
		"a plain post":           {desk.Post{Text: "hello"}, false},
		"a reply to an event":    {desk.Post{Reply: desk.Ref{Event: "$e"}}, false},
		"a reply to a message":   {desk.Post{Reply: desk.Ref{Message: "m"}}, true},
		"an edit of a row":       {desk.Post{Replaces: desk.Ref{Row: "r"}}, true},
		"in a thread of a row":   {desk.Post{Thread: desk.Ref{Row: "r"}}, true},
		"an answer":              {desk.Answer{Reply: desk.Ref{Event: "$e"}, Thread: desk.Ref{Event: "$f"}}, false},
		"a reaction to a row":    {desk.React{Target: desk.Ref{Row: "r"}}, true},
		"a reaction to an event": {desk.React{Target: desk.Ref{Event: "$e"}}, false},
		"a redaction":            {desk.Redact{Target: desk.Ref{Event: "$e"}}, true},
		"a declined call":        {desk.DeclineCall{Notification: "$e"}, false},
		"a cleared seat":         {desk.ClearCall{Key: "k"}, false},
		"a room":                 {desk.CreateRoom{}, true},
	} {
		if got := desk.LooksBack(c.effect); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestForgettable(t *testing.T) {
	customer, portal := desk.Puppet("c"), desk.PortalRoom("p")
	for name, c := range map[string]struct {
		effect desk.Effect
		want   bool
	}{
		"a customer's words":              {desk.Post{As: customer, Room: portal}, true},
		"the bot's words":                 {desk.Post{As: desk.Bot, Room: portal}, false},
		"a customer's words in the lobby": {desk.Post{As: customer, Room: desk.LobbyRoom("q")}, false},
		"a customer's reaction":           {desk.React{As: customer, Room: portal}, false},
		"a room":                          {desk.CreateRoom{}, false},
	} {
		if got := desk.Forgettable(c.effect); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
