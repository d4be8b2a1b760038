package e2e

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// begin lets a visitor write and an operator take the ticket.
func begin(t *testing.T, visitor *guest, who *operator, words string) (room id.RoomID, puppet id.UserID, first *event.Event) {
	t.Helper()
	visitor.say(words)
	room = who.accept(who.card(words))
	first = who.reads(room, words)
	return room, first.Sender, first
}

// What the visitor does to messages is seen in the room as done by the customer.
func TestVisitorChangesMessages(t *testing.T) {
	o := sharedOffice(t, true)
	anna, visitor := o.login(o.stack.Operators[0]), o.guest()
	room, puppet, first := begin(t, visitor, anna, "I ordered two bags on Mondy")
	ours := visitor.sees("the own message", says("I ordered two bags on Mondy"))

	visitor.act(protocol.Edit{CID: widgettest.NewCID(), ID: ours.ID, Text: "I ordered two bags on Monday"})
	anna.sees(room, "the edit", func(e *event.Event, m *event.MessageEventContent) bool {
		return e.Sender == puppet && m.RelatesTo.GetReplaceID() == first.ID && m.NewContent != nil && m.NewContent.Body == "I ordered two bags on Monday"
	})
	anna.says(room, "Which roast?")
	asked := visitor.reads("Which roast?")
	question := anna.reads(room, "Which roast?")
	visitor.act(protocol.Send{CID: widgettest.NewCID(), Text: "The dark one", Reply: asked.ID})
	answer := anna.sees(room, "the reply", func(e *event.Event, m *event.MessageEventContent) bool {
		return e.Sender == puppet && m.RelatesTo.GetReplyTo() == question.ID && strings.Contains(m.Body, "The dark one")
	})
	visitor.act(protocol.React{CID: widgettest.NewCID(), ID: asked.ID, Key: "👍", On: true})
	thumb := anna.happens(room, "the reaction", func(e *event.Event) bool {
		return e.Type == event.EventReaction && e.Sender == puppet && e.Content.AsReaction().RelatesTo.EventID == question.ID &&
			e.Content.AsReaction().RelatesTo.Key == "👍"
	})
	visitor.act(protocol.React{CID: widgettest.NewCID(), ID: asked.ID, Key: "👍", On: false})
	anna.happens(room, "the reaction taken back", redacts(thumb.ID))
	said := visitor.sees("the own reply", says("The dark one"))
	visitor.act(protocol.Delete{CID: widgettest.NewCID(), ID: said.ID})
	anna.happens(room, "the deletion", redacts(answer.ID))

	visitor.Say(protocol.Typing{On: true})
	anna.typing(room, puppet, true)
	visitor.Say(protocol.Typing{On: false})
	anna.typing(room, puppet, false)
	visitor.Say(protocol.Seen{Seq: asked.Seq})
	ctx, cancel := anna.within()
	defer cancel()
	if err := anna.WaitReceipt(ctx, room, puppet, question.ID); err != nil {
		t.Errorf("waited for the customer's receipt: %v", err)
	}
}

// What an operator does to messages in Element is seen by the visitor.
func TestOperatorChangesMessages(t *testing.T) {
	o := sharedOffice(t, true)
	anna, visitor := o.login(o.stack.Operators[0]), o.guest()
	room, _, first := begin(t, visitor, anna, "Do you deliver to the islands?")
	ours := visitor.sees("the own message", says("Do you deliver to the islands?"))
	ctx, cancel := anna.within()
	defer cancel()

	if err := anna.Typing(ctx, room, true); err != nil {
		t.Fatal(err)
	}
	visitor.until("that the operator is typing", widgettest.View.Staff)
	if _, err := anna.Reply(ctx, room, first.ID, "We do, on Fridys"); err != nil {
		t.Fatal(err)
	}
	reply := visitor.reads("We do, on Fridys")
	if reply.Reply == nil || reply.Reply.ID != ours.ID || reply.Reply.Text != "Do you deliver to the islands?" {
		t.Errorf("the visitor sees a reply to %+v", reply.Reply)
	}
	answered := anna.reads(room, "We do, on Fridys")
	if _, err := anna.Edit(ctx, room, answered.ID, "We do, on Fridays"); err != nil {
		t.Fatal(err)
	}
	visitor.sees("the edit", func(m protocol.Message) bool {
		return m.ID == reply.ID && m.Text == "We do, on Fridays" && m.Edited != nil
	})
	heart, err := anna.React(ctx, room, first.ID, "❤️")
	if err != nil {
		t.Fatal(err)
	}
	visitor.sees("the reaction", func(m protocol.Message) bool {
		return m.ID == ours.ID && len(m.Reactions) == 1 && m.Reactions[0].Key == "❤️" && !m.Reactions[0].Me
	})
	if err := anna.Redact(ctx, room, heart); err != nil {
		t.Fatal(err)
	}
	visitor.sees("the reaction taken back", func(m protocol.Message) bool { return m.ID == ours.ID && len(m.Reactions) == 0 })
	if err := anna.Redact(ctx, room, answered.ID); err != nil {
		t.Fatal(err)
	}
	visitor.sees("the deletion", func(m protocol.Message) bool { return m.ID == reply.ID && m.Deleted && m.Text == "" })
	if err := anna.MarkRead(ctx, room, first.ID); err != nil {
		t.Fatal(err)
	}
	visitor.until("that the own message was read", func(v widgettest.View) bool { return v.State().StaffSeen >= ours.Seq })
}

// sound is a second of silence as a WAV file.
func sound() []byte {
	var out bytes.Buffer
	data := make([]byte, 8000)
	out.WriteString("RIFF")
	_ = binary.Write(&out, binary.LittleEndian, uint32(36+len(data)))
	out.WriteString("WAVEfmt ")
	_ = binary.Write(&out, binary.LittleEndian, struct {
		Size             uint32
		Format, Channels uint16
		Rate, Bytes      uint32
		Align, Bits      uint16
	}{16, 1, 1, 8000, 8000, 1, 8})
	out.WriteString("data")
	_ = binary.Write(&out, binary.LittleEndian, uint32(len(data)))
	out.Write(data)
	return out.Bytes()
}

// film is the beginning of a WebM file: enough for everybody who looks into it.
func film() []byte {
	return append([]byte("\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x04B\x85\x81\x02"), make([]byte, 4000)...)
}

// Several files and words are one message for either side, with the bytes they had.
func TestFilesBothWays(t *testing.T) {
	o := sharedOffice(t, true)
	anna, visitor := o.login(o.stack.Operators[0]), o.guest()
	room, puppet, _ := begin(t, visitor, anna, "May I send you what I recorded?")
	ctx, cancel := anna.within()
	defer cancel()
	files := []struct {
		name, mime string
		kind       event.MessageType
		data       []byte
	}{
		{"knock.wav", "audio/wav", event.MsgAudio, sound()},
		{"machine.webm", "video/webm", event.MsgVideo, film()},
		{"photo.png", "image/png", event.MsgImage, picture(t, 90)},
		{"notes.txt", "text/plain", event.MsgFile, []byte("It knocks when it is cold.")},
	}
	var ids []string
	for _, f := range files {
		up, err := visitor.Upload(ctx, f.name, f.mime, f.data)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, up.ID)
	}
	visitor.say("Listen to the first", ids...)
	anna.reads(room, "Listen to the first")
	var order []string
	for _, f := range files {
		sent := anna.sees(room, f.name, func(e *event.Event, m *event.MessageEventContent) bool {
			return e.Sender == puppet && m.MsgType == f.kind && m.GetFileName() == f.name
		})
		got, err := anna.Download(ctx, sent.Content.AsMessage().URL)
		if err != nil || !bytes.Equal(got, f.data) {
			t.Errorf("%s: %d bytes of %d came (%v)", f.name, len(got), len(f.data), err)
		}
	}
	for _, e := range anna.Seen(room) {
		if m := e.Content.AsMessage(); e.Type == event.EventMessage && e.Sender == puppet && m.URL != "" {
			order = append(order, m.GetFileName())
		}
	}
	if want := []string{"knock.wav", "machine.webm", "photo.png", "notes.txt"}; !slices.Equal(order, want) {
		t.Errorf("the room has %v, the visitor sent %v", order, want)
	}
	for _, f := range files {
		if _, err := anna.SendFile(ctx, room, "our-"+f.name, f.mime, f.data); err != nil {
			t.Fatal(err)
		}
		m := visitor.sees("our-"+f.name, func(m protocol.Message) bool {
			return m.From == "staff" && len(m.Files) == 1 && m.Files[0].Name == "our-"+f.name
		})
		got, err := visitor.Download(ctx, m.Files[0].URL)
		if err != nil || !bytes.Equal(got, f.data) {
			t.Errorf("our-%s: %d bytes of %d came (%v)", f.name, len(got), len(f.data), err)
		}
		if want := strings.TrimPrefix(string(f.kind), "m."); string(m.Files[0].Kind) != want {
			t.Errorf("our-%s is shown as %s", f.name, m.Files[0].Kind)
		}
	}
}

// happens waits for an event of a room.
func (o *operator) happens(room id.RoomID, what string, accept func(*event.Event) bool) *event.Event {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	found, err := o.WaitFor(ctx, func(e *event.Event) bool { return e.RoomID == room && accept(e) })
	if err != nil {
		o.t.Fatalf("waited for %s: %v\nthe operator saw:\n%s", what, err, o.saw(room))
	}
	return found
}

// redacts accepts the redaction of an event.
func redacts(target id.EventID) func(*event.Event) bool {
	return func(e *event.Event) bool {
		return e.Type == event.EventRedaction && (e.Redacts == target || e.Content.AsRedaction().Redacts == target)
	}
}

// typing waits until somebody is shown as typing, or is not any more.
func (o *operator) typing(room id.RoomID, user id.UserID, on bool) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	if err := o.WaitTyping(ctx, room, user, on); err != nil {
		o.t.Fatalf("waited for %s typing %t: %v", user, on, err)
	}
}
