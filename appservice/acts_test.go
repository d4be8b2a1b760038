package appservice_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

func TestWhatTheCustomerDoes(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "first")
	portal := f.accepted(c, anna)
	m := f.write(c, "Helo")
	sent := f.seesText(anna, portal, "Helo")
	if sent.Sender != f.customer(c) {
		t.Errorf("sender is %s", sent.Sender)
	}

	f.decide(desk.CustomerEdit{Conversation: c, Message: m.ID, Text: "Hello"})
	f.sees(anna, portal, event.EventMessage, func(e *event.Event) bool {
		msg := e.Content.AsMessage()
		return msg.RelatesTo.GetReplaceID() == sent.ID && msg.NewContent.Body == "Hello" && e.Sender == sent.Sender
	})

	question, err := anna.SendText(ctx, portal, "Blue or red?")
	if err != nil {
		t.Fatal(err)
	}
	heard := f.hears(c, "Blue or red?")
	f.decide(desk.CustomerReaction{Conversation: c, Message: heard.ID, Key: "👍", On: true})
	reaction := f.sees(anna, portal, event.EventReaction, func(e *event.Event) bool {
		r := e.Content.AsReaction().RelatesTo
		return r.EventID == question && r.Key == "👍" && e.Sender == f.customer(c)
	})
	f.decide(desk.CustomerReaction{Conversation: c, Message: heard.ID, Key: "👍", On: false})
	f.sees(anna, portal, event.EventRedaction, func(e *event.Event) bool { return e.Redacts == reaction.ID || redacts(e) == reaction.ID })

	f.decide(desk.CustomerMessage{Conversation: c, ClientID: "reply-1", Text: "Red", Reply: heard.ID})
	f.sees(anna, portal, event.EventMessage, func(e *event.Event) bool {
		return e.Content.AsMessage().Body == "Red" && e.Content.AsMessage().RelatesTo.GetReplyTo() == question
	})

	f.decide(desk.CustomerSeen{Conversation: c, Seq: heard.Seq})
	if err := anna.WaitReceipt(ctx, portal, f.customer(c), question); err != nil {
		t.Fatal(err)
	}

	f.decide(desk.CustomerDelete{Conversation: c, Message: m.ID})
	f.sees(anna, portal, event.EventRedaction, func(e *event.Event) bool { return e.Redacts == sent.ID || redacts(e) == sent.ID })
	f.applied()
	f.noDeadLetters()
}

// redacts reads what a redaction takes back where room version 11 has it.
func redacts(e *event.Event) id.EventID {
	target, _ := e.Content.Raw["redacts"].(string)
	return id.EventID(target)
}

func TestWhatTheOperatorDoes(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "My question")
	portal := f.accepted(c, anna)
	asked := f.seesText(anna, portal, "My question")

	sent, err := anna.Reply(ctx, portal, asked.ID, "My answr")
	if err != nil {
		t.Fatal(err)
	}
	m := f.hears(c, "My answr")
	if m.Reply == "" {
		t.Error("reply is no reply for the visitor")
	}
	if _, err := anna.Edit(ctx, portal, sent, "My answer"); err != nil {
		t.Fatal(err)
	}
	f.hears(c, "My answer")
	if _, err := anna.SendHTML(ctx, portal, "**bold**", "<strong>bold</strong>"); err != nil {
		t.Fatal(err)
	}
	if got := f.hears(c, "**bold**"); got.Content.HTML != "<strong>bold</strong>" {
		t.Errorf("HTML is %q", got.Content.HTML)
	}
	reaction, err := anna.React(ctx, portal, asked.ID, "👍")
	if err != nil {
		t.Fatal(err)
	}
	f.eventually("reaction", func() bool { return len(f.first(c, "My question").Reactions) == 1 })
	if err := anna.Redact(ctx, portal, reaction); err != nil {
		t.Fatal(err)
	}
	f.eventually("reaction taken back", func() bool { return len(f.first(c, "My question").Reactions) == 0 })
	if err := anna.Redact(ctx, portal, sent); err != nil {
		t.Fatal(err)
	}
	f.eventually("answer deleted", func() bool {
		for _, got := range f.messages(c) {
			if got.ID == m.ID {
				return !got.Deleted.IsZero() && got.Content.Empty()
			}
		}
		return false
	})

	// Notes and threads stay inside; the private receipt is nobody's business, the public one is told.
	if _, err := anna.ReplyInThread(ctx, portal, asked.ID, "psst, in the thread"); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.SendText(ctx, portal, "// psst, a note"); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.SendText(ctx, portal, "that is all"); err != nil {
		t.Fatal(err)
	}
	f.hears(c, "that is all")
	for _, got := range f.messages(c) {
		if bytes.Contains([]byte(got.Content.Text), []byte("psst")) {
			t.Errorf("visitor reads %q", got.Content.Text)
		}
	}
	f.noDeadLetters()
}

// first gives the visitor's first message with a text.
func (f *office) first(c desk.ConversationID, text string) desk.Message {
	f.t.Helper()
	for _, m := range f.messages(c) {
		if m.Content.Text == text {
			return m
		}
	}
	f.t.Fatalf("no message %q", text)
	return desk.Message{}
}

func TestReceiptsAndTyping(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)
	m := f.write(c, "Are you there?")
	sent := f.seesText(anna, portal, "Are you there?")
	err := anna.Client.SendReceipt(ctx, portal, sent.ID, event.ReceiptTypeReadPrivate, map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	if err := anna.Typing(ctx, portal, true); err != nil {
		t.Fatal(err)
	}
	key := desk.PortalRoom(f.conversation(c).Portal)
	if got, want := <-f.typed, fmt.Sprintf("%s %s true", key, anna.ID); got != want {
		t.Errorf("typing is %q, want %q", got, want)
	}
	if seen := f.conversation(c).StaffSeen; seen >= m.Seq {
		t.Errorf("private receipt moved the read position to %d", seen)
	}
	if err := anna.Typing(ctx, portal, false); err != nil {
		t.Fatal(err)
	}
	if got, want := <-f.typed, fmt.Sprintf("%s %s false", key, anna.ID); got != want {
		t.Errorf("typing is %q, want %q", got, want)
	}
	if err := anna.MarkRead(ctx, portal, sent.ID); err != nil {
		t.Fatal(err)
	}
	f.eventually("read position", func() bool { return f.conversation(c).StaffSeen == m.Seq })

	customer := f.conversation(c).Customer
	if err := f.service.Typing(ctx, key, customer, true); err != nil {
		t.Fatal(err)
	}
	if err := anna.WaitTyping(ctx, portal, f.customer(c), true); err != nil {
		t.Fatal(err)
	}
	if err := f.service.Typing(ctx, key, customer, false); err != nil {
		t.Fatal(err)
	}
	if err := anna.WaitTyping(ctx, portal, f.customer(c), false); err != nil {
		t.Fatal(err)
	}
}

func TestFilesBothWays(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)

	photo := bytes.Repeat([]byte("photo"), 1000)
	file := f.upload(c, "photo.png", "image/png", content.Image, photo)
	f.write(c, "My photo", file)
	shown := f.sees(anna, portal, event.EventMessage, func(e *event.Event) bool { return e.Content.AsMessage().MsgType == event.MsgImage })
	msg := shown.Content.AsMessage()
	if msg.Body != "My photo" || msg.FileName != "photo.png" || msg.Info.MimeType != "image/png" || msg.Info.Size != len(photo) {
		t.Errorf("event is %+v with %+v", msg, msg.Info)
	}
	got, err := anna.Download(ctx, msg.URL)
	if err != nil || !bytes.Equal(got, photo) {
		t.Errorf("operator gets %d bytes, %v", len(got), err)
	}
	record := must(f, func(tx journal.Tx) (*desk.File, error) { return tx.File(file) })
	if record.MXC != string(msg.URL) || record.Spooled {
		t.Errorf("record is %+v", record)
	}
	if _, _, err := f.spool.Open(t.Context(), file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("file is still in the spool: %v", err)
	}

	bill := bytes.Repeat([]byte("bill "), 2000)
	if _, err := anna.SendFile(ctx, portal, "bill.pdf", "application/pdf", bill); err != nil {
		t.Fatal(err)
	}
	var attached content.Attachment
	f.eventually("file for the visitor", func() bool {
		for _, m := range f.messages(c) {
			if m.Author == desk.FromStaff && len(m.Content.Files) == 1 {
				attached = m.Content.Files[0]
				return true
			}
		}
		return false
	})
	if attached.Name != "bill.pdf" || attached.Type != "application/pdf" || attached.Size != int64(len(bill)) {
		t.Errorf("visitor is shown %+v", attached)
	}
	record = must(f, func(tx journal.Tx) (*desk.File, error) { return tx.File(desk.FileID(attached.ID)) })
	resp, err := f.service.Open(ctx, record.MXC, "")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, bill) {
		t.Errorf("visitor gets %d bytes, %v", len(got), err)
	}
	f.noDeadLetters()
}

func TestMediaThatIsNotThere(t *testing.T) {
	f := open(t, officeOptions{})
	for _, mxc := range []string{"", "mxc://", "mxc://localhost", "mxc://localhost/../../v3/account/whoami", "https://localhost/a", "mxc://localhost/nowhere"} {
		resp, err := f.service.Open(bounded(t), mxc, "")
		if !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("%q: %v", mxc, err)
		}
		if err == nil {
			resp.Body.Close()
		}
	}
	if resp, err := f.service.Thumbnail(bounded(t), "mxc://localhost/nowhere", 64, 64); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("thumbnail: %v", err)
		if err == nil {
			resp.Body.Close()
		}
	}
	if resp, err := f.service.Open(bounded(t), "mxc://localhost/nowhere", "bytes=0-1"); err == nil {
		t.Errorf("range: HTTP %d", resp.StatusCode)
		resp.Body.Close()
	}
}
