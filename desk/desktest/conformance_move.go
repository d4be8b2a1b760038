package desktest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"frontdesk/desk"
)

func testBlocks(t *testing.T, w *world) {
	var b desk.Block
	n := 0
	fillValue(reflect.ValueOf(&b).Elem(), &n)
	b.Site, b.Customer = w.site.ID, w.customer.ID
	if err := w.DeleteBlock(b.Site, b.Customer); err != nil {
		t.Errorf("delete no block: %v", err)
	}
	if _, err := w.Block(b.Site, b.Customer); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("no block: %v, want ErrNotFound", err)
	}
	later := desk.Block{Site: b.Site, Customer: "later", By: "@x:x", At: b.At.Add(time.Second)}
	other := desk.Block{Site: "other", Customer: b.Customer, By: "@x:x", At: b.At}
	for _, put := range []desk.Block{b, later, other} {
		if err := w.PutBlock(&put); err != nil {
			t.Fatalf("put block: %v", err)
		}
	}
	got, err := w.Block(b.Site, b.Customer)
	same(t, must(t, got, err), b)
	b.Reason, b.By, b.Ticket, b.At = "", "@y:x", "other", b.At.Add(-time.Minute)
	if err := w.PutBlock(&b); err != nil {
		t.Fatalf("put block: %v", err)
	}
	blocks, err := w.Blocks(b.Site)
	if err != nil || len(blocks) != 2 {
		t.Fatalf("blocks: %v, %v", blocks, err)
	}
	same(t, blocks[0], later)
	same(t, blocks[1], b)
	if err := w.DeleteBlock(b.Site, b.Customer); err != nil {
		t.Errorf("delete block: %v", err)
	}
	if left, err := w.Blocks(b.Site); err != nil || len(left) != 1 {
		t.Errorf("after deleting: %v, %v", left, err)
	}
}

func testQuestions(t *testing.T, w *world) {
	var q desk.Question
	n := 0
	fillValue(reflect.ValueOf(&q).Elem(), &n)
	if _, err := w.Question(q.Room, q.User); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("no question: %v, want ErrNotFound", err)
	}
	for range 2 {
		if err := w.PutQuestion(&q); err != nil {
			t.Fatalf("put question: %v", err)
		}
		got, err := w.Question(q.Room, q.User)
		same(t, must(t, got, err), q)
		q.Row, q.Orders, q.At = "another", []string{"close #1"}, q.At.Add(time.Minute)
	}
	if err := w.DeleteQuestion(q.Room, q.User); err != nil {
		t.Fatalf("delete question: %v", err)
	}
	if _, err := w.Question(q.Room, q.User); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("deleted question: %v, want ErrNotFound", err)
	}
}

func testOpenTickets(t *testing.T, w *world) {
	states := []desk.TicketState{desk.Assigned, desk.Closed, desk.Choosing}
	for i, state := range states {
		k := w.ticket
		k.ID, k.Number, k.State = desk.TicketID(state), w.ticket.Number+int64(i)+1, state
		k.Opened = w.ticket.Opened.Add(time.Duration(i+1) * time.Minute)
		if state == desk.Assigned {
			k.Owner = w.operator.ID
		}
		if err := w.PutTicket(&k); err != nil {
			t.Fatalf("put ticket: %v", err)
		}
	}
	open, err := w.OpenTicketsOf(w.customer.ID)
	if err != nil || len(open) != 3 || open[0].ID != w.ticket.ID || open[2].State != desk.Choosing {
		t.Errorf("open tickets %+v, %v", open, err)
	}
	later := open[2]
	later.ID, later.Number, later.Portal = "elsewhere", later.Number+1, "other portal"
	if err := w.PutTicket(&later); err != nil {
		t.Fatalf("put ticket: %v", err)
	}
	for portal, want := range map[desk.PortalID]desk.TicketID{w.ticket.Portal: open[2].ID, "other portal": later.ID} {
		if last, err := w.LastTicketIn(w.ticket.Conversation, portal); err != nil || last.ID != want {
			t.Errorf("last ticket in portal %s: %+v, %v", portal, last, err)
		}
	}
	if _, err := w.LastTicketIn(w.ticket.Conversation, "none"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("last ticket in no portal: %v", err)
	}
	if n, err := w.CountTicketsOf(w.operator.ID); err != nil || n != 1 {
		t.Errorf("%d tickets of the operator, %v", n, err)
	}
	if n, err := w.CountTicketsOf("@none:x"); err != nil || n != 0 {
		t.Errorf("%d tickets of nobody, %v", n, err)
	}
}

func testEventsOfRooms(t *testing.T, w *world) {
	other := desk.Room{Key: desk.LobbyRoom(w.queue.ID), ID: "!lobby"}
	if err := w.PutRoom(&other); err != nil {
		t.Fatalf("put room: %v", err)
	}
	for _, e := range []desk.Event{
		{Room: w.room.Key, ID: "$1", Row: "row"}, {Room: other.Key, ID: "$2", Row: "row"}, {Room: other.Key, ID: "$3", Row: "row"},
	} {
		e.Kind = desk.EventNotice
		if err := w.PutEvent(&e); err != nil {
			t.Fatalf("put event: %v", err)
		}
	}
	for room, want := range map[desk.RoomKey]desk.EventID{w.room.Key: "$1", other.Key: "$3"} {
		if ev, err := w.EventByRowIn(room, "row"); must(t, ev, err).ID != want {
			t.Errorf("in %s: %+v, want %s", room, ev, want)
		}
	}
	for _, e := range []desk.Event{
		{Room: other.Key, ID: "$r2", Kind: desk.EventReaction, Relates: "$3", Key: "✅"},
		{Room: other.Key, ID: "$r1", Kind: desk.EventReaction, Relates: "$3", Key: "❌"},
		{Room: other.Key, ID: "$gone", Kind: desk.EventNotice, Relates: "$3", Key: "✅"},
		{Room: other.Key, ID: "$another", Kind: desk.EventReaction, Relates: "$2", Key: "✅"},
		{Room: w.room.Key, ID: "$elsewhere", Kind: desk.EventReaction, Relates: "$3", Key: "✅"},
	} {
		if err := w.PutEvent(&e); err != nil {
			t.Fatalf("put reaction: %v", err)
		}
	}
	if got, err := w.ReactionsTo(other.Key, "$3"); err != nil || len(got) != 2 || got[0].ID != "$r1" || got[1].Key != "✅" {
		t.Errorf("reactions %+v, %v", got, err)
	}
	for _, row := range []desk.EffectID{"none", ""} {
		if _, err := w.EventByRowIn(w.room.Key, row); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("row %q: %v, want ErrNotFound", row, err)
		}
	}
}

func testForgetTopic(t *testing.T, w *world) {
	gone, kept := w.customer, w.customer
	gone.ID, gone.Number, gone.Topic = "gone", 901, "sales"
	kept.ID, kept.Number, kept.Topic = "kept", 902, "delivery"
	for _, c := range []*desk.Customer{&gone, &kept} {
		if err := w.PutCustomer(c); err != nil {
			t.Fatalf("put customer: %v", err)
		}
	}
	if err := w.ForgetTopic("sales"); err != nil {
		t.Fatalf("forget topic: %v", err)
	}
	gone.Topic = ""
	for _, want := range []desk.Customer{gone, kept} {
		got, err := w.Customer(want.ID)
		same(t, must(t, got, err), want)
	}
}
