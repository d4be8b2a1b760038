package program_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// login logs a member of staff in.
func (s *stack) login(t *testing.T, name string) *devstack.Operator {
	t.Helper()
	o, err := devstack.Login(t.Context(), s.synapse.URL, name, name+" secret")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o
}

// visit opens the widget on a page of the site.
func (s *stack) visit(t *testing.T) *widgettest.Client {
	t.Helper()
	url := s.config.Gateway.PublicURL
	c := widgettest.Open(widgettest.Options{URL: url, Site: "main", Origin: url, BackOff: 50 * time.Millisecond})
	t.Cleanup(c.Close)
	return c
}

// All parts are tied together: words, a file, read positions and typing go both ways, through a restart that tells visitors to come back.
func TestVisitorAndOperator(t *testing.T) {
	s := startStack(t, devstack.SynapseOptions{})
	r := run(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	anna, visitor := s.login(t, "anna"), s.visit(t)
	if _, err := visitor.Send(ctx, "Is anybody there?"); err != nil {
		t.Fatal(err)
	}
	invite, err := anna.WaitInvite(ctx, func(i devstack.Invite) bool { return i.Reason == "Is anybody there?" })
	if err != nil {
		t.Fatalf("no invite: %v\n%s", err, r.log)
	}
	if err := anna.Join(ctx, invite.Room); err != nil {
		t.Fatal(err)
	}
	if err := visitor.Until(ctx, func(v widgettest.View) bool { return v.State().Operator != nil && v.State().Operator.Name == "Anna" }); err != nil {
		t.Fatalf("the visitor is not told who answers: %v\n%s", err, r.log)
	}
	talk(ctx, t, s, anna, visitor, invite.Room)

	// A graceful end says 1001; the same session goes on after the next start.
	if code := r.end(t); code != program.OK {
		t.Errorf("run ended with %d:\n%s", code, r.log)
	}
	if _, err := anna.SendText(ctx, invite.Room, "While you were away"); err != nil {
		t.Fatal(err)
	}
	r = run(t, s)
	if err := visitor.Until(ctx, func(v widgettest.View) bool { return found(v, "While you were away") }); err != nil {
		t.Fatalf("nothing after the restart: %v\n%s", err, r.log)
	}
	if closes := visitor.Closes(); !slices.Contains(closes, protocol.GoingAway) {
		t.Errorf("the visitor's sockets were closed with %v, want 1001 among them", closes)
	}
}

func found(v widgettest.View, text string) bool {
	_, ok := v.Find(func(m protocol.Message) bool { return m.Text == text })
	return ok
}

func talk(ctx context.Context, t *testing.T, s *stack, anna *devstack.Operator, visitor *widgettest.Client, room id.RoomID) {
	t.Helper()
	file, err := visitor.Upload(ctx, "notes.txt", "text/plain", []byte("to be read"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := visitor.Send(ctx, "My notes", file.ID); err != nil {
		t.Fatal(err)
	}
	got, err := anna.WaitFor(ctx, func(e *event.Event) bool { m := e.Content.AsMessage(); return e.RoomID == room && m.URL != "" })
	if err != nil {
		t.Fatalf("the file does not come: %v", err)
	}
	if data, err := anna.Download(ctx, got.Content.AsMessage().URL); err != nil || string(data) != "to be read" {
		t.Errorf("the file is %q, %v", data, err)
	}
	if err := anna.MarkRead(ctx, room, got.ID); err != nil {
		t.Fatal(err)
	}
	if err := visitor.Until(ctx, func(v widgettest.View) bool {
		last, ok := v.Find(func(m protocol.Message) bool { return m.Text == "My notes" })
		return ok && v.State().StaffSeen >= last.Seq
	}); err != nil {
		t.Fatalf("the visitor does not see that it was read: %v", err)
	}
	if err := anna.Typing(ctx, room, true); err != nil {
		t.Fatal(err)
	}
	if err := visitor.Until(ctx, func(v widgettest.View) bool { return v.Staff() }); err != nil {
		t.Fatalf("the visitor does not see Anna typing: %v", err)
	}
	answer, err := anna.SendText(ctx, room, "Thank you")
	if err != nil {
		t.Fatal(err)
	}
	var seq int64
	if err := visitor.Until(ctx, func(v widgettest.View) bool {
		m, ok := v.Find(func(m protocol.Message) bool { return m.Text == "Thank you" })
		seq = m.Seq
		return ok
	}); err != nil {
		t.Fatalf("the answer does not come: %v", err)
	}
	puppet := got.Sender
	visitor.Say(protocol.Seen{Seq: seq})
	if err := anna.WaitReceipt(ctx, room, puppet, answer); err != nil {
		t.Fatalf("Anna does not see that it was read: %v", err)
	}
	visitor.Say(protocol.Typing{On: true})
	if err := anna.WaitTyping(ctx, room, puppet, true); err != nil {
		t.Fatalf("Anna does not see the visitor typing: %v", err)
	}
}
