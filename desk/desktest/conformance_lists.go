package desktest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"frontdesk/desk"
)

func testTicketLists(t *testing.T, w *world) {
	for i := range 3 {
		k := w.ticket
		k.ID, k.Number = desk.TicketID(fmt.Sprintf("t%d", 3-i)), w.ticket.Number+int64(i)+1
		k.State, k.Owner = desk.Assigned, w.operator.ID
		k.Opened = w.ticket.Opened.Add(time.Duration(i+1) * time.Minute)
		k.Since = k.Opened
		if err := w.PutTicket(&k); err != nil {
			t.Fatalf("put ticket: %v", err)
		}
	}
	waiting, err := w.TicketsIn(w.queue.ID, desk.Waiting)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("waiting: %d, %v", len(waiting), err)
	}
	same(t, waiting[0], w.ticket)
	for name, list := range map[string]func() ([]desk.Ticket, error){
		"assigned in queue": func() ([]desk.Ticket, error) { return w.TicketsIn(w.queue.ID, desk.Assigned) },
		"of owner":          func() ([]desk.Ticket, error) { return w.TicketsOf(w.operator.ID) },
	} {
		got, err := list()
		if err != nil || len(got) != 3 || got[0].ID != "t3" || got[2].ID != "t1" {
			t.Errorf("%s: %+v, %v; want t3, t2, t1", name, got, err)
		}
	}
}

func testMessageLists(t *testing.T, w *world) {
	base := w.message.Seq
	for i := int64(1); i <= 5; i++ {
		m := desk.Message{
			ID: desk.MessageID(fmt.Sprintf("m%d", i)), Conversation: w.conversation.ID, Ticket: w.ticket.ID, Seq: base + i,
			Rev: w.message.Rev + 10 - i, Author: desk.FromStaff, Status: desk.Stored, At: Start,
		}
		if err := w.PutMessage(&m); err != nil {
			t.Fatalf("put message: %v", err)
		}
	}
	ids := func(list []desk.Message, err error) string {
		t.Helper()
		if err != nil {
			t.Fatalf("list messages: %v", err)
		}
		out := ""
		for _, m := range list {
			if m.ID == w.message.ID {
				out += "first "
				continue
			}
			out += string(m.ID) + " "
		}
		return out
	}
	for _, c := range []struct{ got, want string }{
		{ids(w.MessagesAfter(w.conversation.ID, 0, 100)), "first m5 m4 m3 m2 m1 "},
		{ids(w.MessagesAfter(w.conversation.ID, w.message.Rev, 2)), "m5 m4 "},
		{ids(w.MessagesAfter("none", 0, 100)), ""},
		{ids(w.MessagesBefore(w.conversation.ID, 0, 3)), "m3 m4 m5 "},
		{ids(w.MessagesBefore(w.conversation.ID, base+3, 2)), "m1 m2 "},
		{ids(w.MessagesBefore(w.conversation.ID, base+1, 100)), "first "},
	} {
		if c.got != c.want {
			t.Errorf("listed %q, want %q", c.got, c.want)
		}
	}
	for _, c := range []struct {
		seq     int64
		authors []desk.Author
		want    desk.MessageID
	}{
		{math.MaxInt64, nil, "m5"},
		{base + 2, nil, "m2"},
		{base + 2, []desk.Author{desk.FromStaff, desk.FromSystem}, "m2"},
		{math.MaxInt64, []desk.Author{desk.FromCustomer}, w.message.ID},
	} {
		m, err := w.LastMessage(w.conversation.ID, c.seq, c.authors...)
		if got := must(t, m, err); got.ID != c.want {
			t.Errorf("last message up to %d of %v is %s, want %s", c.seq, c.authors, got.ID, c.want)
		}
	}
}
