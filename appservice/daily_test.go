package appservice_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// TestDailyWork is an operator's day on a real homeserver: a photo set by a captioned picture, a template that is sent and answered, a contact that
// stands in the topic, a ticket put aside and taken back.
func TestDailyWork(t *testing.T) {
	f := open(t, officeOptions{double: true})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	question := f.write(c, "Where is my order?")
	portal := f.accepted(c, anna)
	say := func(room id.RoomID, text string) {
		t.Helper()
		if _, err := anna.SendText(ctx, room, text); err != nil {
			t.Fatal(err)
		}
	}
	state := func(kind, key string) string {
		value, _ := f.currentState(portal, kind, "")[key].(string)
		return value
	}

	say(f.lobby(), "!profile name site:"+string(siteID)+" Anna P.")
	chat := id.RoomID(f.room(desk.DirectRoom(desk.UserID(anna.ID))).ID)
	f.join(anna, desk.RoomID(chat))
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	uploaded, err := anna.Client.UploadMedia(ctx, mautrix.ReqUploadMedia{ContentBytes: picture.Bytes(), ContentType: "image/png", FileName: "me.png"})
	if err != nil {
		t.Fatal(err)
	}
	photo := uploaded.ContentURI.CUString()
	_, err = anna.Client.SendMessageEvent(ctx, chat, event.EventMessage, &event.MessageEventContent{
		MsgType: event.MsgImage, Body: "!profile photo", FileName: "me.png", URL: photo, Info: &event.FileInfo{MimeType: "image/png", Size: picture.Len()},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.eventually("photo set", func() bool {
		o := must(f, func(tx journal.Tx) (*desk.Operator, error) { return tx.Operator(desk.UserID(anna.ID)) })
		face := o.Face(siteID)
		return face.Avatar == string(photo) && face.Name == "Anna P."
	})

	asked := f.seesText(anna, portal, "Where is my order?")
	if _, err := anna.Reply(ctx, portal, asked.ID, "!t 6"); err != nil {
		t.Fatal(err)
	}
	sent := f.hears(c, "I am checking this for you, please stay in the chat.")
	if sent.WhoName != "Anna P." || sent.WhoAvatar != string(photo) || sent.Reply != question.ID {
		t.Errorf("the customer gets %+v", sent)
	}
	shown := f.seesText(anna, portal, "Anna P.: I am checking this for you, please stay in the chat.")
	if _, err := anna.React(ctx, portal, shown.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	f.eventually("reaction to the template", func() bool { return len(f.hears(c, sent.Content.Text).Reactions) == 1 })

	say(portal, "!contact add irina@company.ru")
	f.eventually("contact in the topic", func() bool { return strings.Contains(state("m.room.topic", "topic"), "irina@company.ru") })
	say(portal, "!contact hide 1")
	f.eventually("no contact in the topic", func() bool { return !strings.Contains(state("m.room.topic", "topic"), "irina@company.ru") })

	say(portal, "!snooze 2h")
	f.eventually("snoozed by name", func() bool { return strings.HasPrefix(state("m.room.name", "name"), "💤 ") })
	desktop := id.RoomID(f.room(desk.DeskRoom(desk.UserID(anna.ID))).ID)
	f.eventually("behind the others", func() bool {
		order, _ := f.currentState(desktop, "m.space.child", string(portal))["order"].(string)
		return strings.HasPrefix(order, "~")
	})
	f.write(c, "Hello?")
	f.eventually("back by name", func() bool {
		name := state("m.room.name", "name")
		return name != "" && !strings.HasPrefix(name, "💤")
	})
	for _, m := range f.messages(c) {
		if strings.Contains(m.Content.Text, "irina") || strings.HasPrefix(m.Content.Text, "!") {
			t.Errorf("the customer reads %q", m.Content.Text)
		}
	}
	f.noDeadLetters()
}
