package desktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"frontdesk/desk"
)

// Conformance checks that a Tx keeps desk.Tx's promises. open gives an empty Tx each time; what it gives need not be committed.
func Conformance(t *testing.T, open func() desk.Tx) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *world)
	}{
		{"rows come back whole", testRoundTrip},
		{"rows are replaced whole", testReplace},
		{"missing rows", testMissing},
		{"rows are copies", testCopies},
		{"look-ups by another key", testOtherKeys},
		{"counters", testCounters},
		{"claims", testClaims},
		{"tickets of a queue and an owner", testTicketLists},
		{"messages by rev and seq", testMessageLists},
		{"events", testEvents},
		{"rooms without id", testRoomsWithoutID},
		{"nothing desired", testNothingDesired},
		{"rights templates and assignments", testRights},
		{"rights", testHoldings},
		{"forgotten topics", testForgetTopic},
		{"seed", testSeed},
		{"departments", testDepartments},
		{"rooms of nobody", testNoRoomsOf},
		{"journal", testJournal},
		{"order of queues", testQueueOrder},
		{"messages by words", testSearchMessages},
		{"the search follows its messages", testSearchFollows},
		{"tickets by filters", testSearchTickets},
		{"reach of a search", testReach},
		{"talks of the staff", testTalks},
		{"no dead letters", testNoDeadLetters},
		{"no children", testNoChildren},
		{"templates", testTemplates},
		{"reminders", testReminders},
		{"contacts", testContacts},
		{"changes of contacts", testContactChanges},
		{"customers found by contact", testFindByContact},
		{"ratings", testRatings},
		{"consents", testConsents},
		{"calls", testCalls},
		{"calls to tend", testCallsToTend},
		{"members of calls", testCallMembers},
		{"blocks", testBlocks},
		{"questions", testQuestions},
		{"private lines", testPrivateLines},
		{"open tickets", testOpenTickets},
		{"events of a row by room", testEventsOfRooms},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, newWorld(t, open())) })
	}
}

// world is a Tx with one of everything in it, every field set.
type world struct {
	desk.Tx
	site         desk.Site
	queue        desk.Queue
	operator     desk.Operator
	customer     desk.Customer
	conversation desk.Conversation
	portal       desk.Portal
	ticket       desk.Ticket
	message      desk.Message
	file         desk.File
	room         desk.Room
	event        desk.Event
	session      desk.Session
}

func newWorld(t *testing.T, tx desk.Tx) *world {
	t.Helper()
	w := &world{Tx: tx}
	n := 0
	for _, v := range w.all() {
		fillValue(reflect.ValueOf(v).Elem(), &n)
	}
	w.queue.Site, w.queue.Removed, w.site.DefaultQueue = w.site.ID, false, w.queue.ID
	w.customer.Site, w.conversation.Site, w.ticket.Site, w.session.Site = w.site.ID, w.site.ID, w.site.ID, w.site.ID
	w.conversation.Customer, w.ticket.Customer = w.customer.ID, w.customer.ID
	w.conversation.Portal, w.ticket.Portal = w.portal.ID, w.portal.ID
	w.conversation.Ticket, w.message.Ticket = w.ticket.ID, w.ticket.ID
	for _, c := range []*desk.ConversationID{
		&w.portal.Conversation, &w.ticket.Conversation, &w.message.Conversation, &w.file.Conversation, &w.session.Conversation,
	} {
		*c = w.conversation.ID
	}
	w.ticket.Queue, w.ticket.State = w.queue.ID, desk.Waiting
	w.message.Author, w.message.Status, w.message.Reply = desk.FromCustomer, desk.Stored, w.message.ID
	w.file.Message, w.event.Message = w.message.ID, w.message.ID
	w.room.Key = desk.PortalRoom(w.portal.ID)
	w.event.Room, w.event.Kind = w.room.Key, desk.EventMessage
	w.site.History, w.conversation.Channel = desk.HistoryShared, desk.ChannelWidget
	w.put(t)
	return w
}

func (w *world) all() []any {
	return []any{
		&w.site, &w.queue, &w.operator, &w.customer, &w.conversation, &w.portal, &w.ticket, &w.message, &w.file, &w.room, &w.event,
		&w.session,
	}
}

func (w *world) put(t *testing.T) {
	t.Helper()
	for i, err := range []error{
		w.PutSite(&w.site), w.PutQueue(&w.queue), w.PutOperator(&w.operator), w.PutCustomer(&w.customer),
		w.PutConversation(&w.conversation), w.PutPortal(&w.portal), w.PutTicket(&w.ticket), w.PutMessage(&w.message),
		w.PutFile(&w.file), w.PutRoom(&w.room), w.PutEvent(&w.event), w.PutSession(&w.session),
	} {
		if err != nil {
			t.Fatalf("put %T: %v", w.all()[i], err)
		}
	}
}

// fillValue sets every field to something of its own. Times have whole milliseconds, as stores keep them.
func fillValue(v reflect.Value, n *int) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(Start.Add(time.Duration(*n) * time.Millisecond)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("v%d «ж» 🙂", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n) * 1000)
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			fillValue(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fillValue(v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fillValue(key, n)
		fillValue(value, n)
		v.SetMapIndex(key, value)
	default:
		panic("desktest: cannot fill a " + v.Type().String())
	}
}

// must gives a value that is there.
func must[T any](t *testing.T, v *T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatalf("look up %T: %v", v, err)
	}
	return *v
}

// same compares rows; times are compared as instants.
func same(t *testing.T, got, want any) {
	t.Helper()
	g, err := json.Marshal(normal(got))
	if err != nil {
		t.Fatal(err)
	}
	w, err := json.Marshal(normal(want))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g, w) {
		t.Errorf("row differs\n got %s\nwant %s", g, w)
	}
}

// normal puts all times of a row into UTC.
func normal(row any) any {
	v := reflect.New(reflect.TypeOf(row)).Elem()
	v.Set(reflect.ValueOf(row))
	for i := range v.NumField() {
		if at, ok := v.Field(i).Interface().(time.Time); ok {
			v.Field(i).Set(reflect.ValueOf(at.UTC()))
		}
	}
	return v.Interface()
}

func (w *world) check(t *testing.T) {
	t.Helper()
	site, err := w.Site(w.site.ID)
	same(t, must(t, site, err), w.site)
	queue, err := w.Queue(w.queue.ID)
	same(t, must(t, queue, err), w.queue)
	operator, err := w.Operator(w.operator.ID)
	same(t, must(t, operator, err), w.operator)
	customer, err := w.Customer(w.customer.ID)
	same(t, must(t, customer, err), w.customer)
	conversation, err := w.Conversation(w.conversation.ID)
	same(t, must(t, conversation, err), w.conversation)
	portal, err := w.Portal(w.portal.ID)
	same(t, must(t, portal, err), w.portal)
	ticket, err := w.Ticket(w.ticket.ID)
	same(t, must(t, ticket, err), w.ticket)
	message, err := w.Message(w.message.ID)
	same(t, must(t, message, err), w.message)
	file, err := w.File(desk.FileID(w.file.ID))
	same(t, must(t, file, err), w.file)
	room, err := w.Room(w.room.Key)
	same(t, must(t, room, err), w.room)
	event, err := w.Event(w.event.Room, w.event.ID)
	same(t, must(t, event, err), w.event)
	session, err := w.Session(w.session.TokenHash)
	same(t, must(t, session, err), w.session)
}

func testRoundTrip(t *testing.T, w *world) { w.check(t) }

func testReplace(t *testing.T, w *world) {
	w.site = desk.Site{ID: w.site.ID, Key: w.site.Key, History: desk.HistoryTicket, DefaultQueue: w.queue.ID}
	w.queue = desk.Queue{ID: w.queue.ID, Site: w.site.ID}
	w.operator = desk.Operator{ID: w.operator.ID, PublicName: "x"}
	w.customer = desk.Customer{ID: w.customer.ID, Site: w.site.ID, Created: Start}
	w.conversation = desk.Conversation{
		ID: w.conversation.ID, Site: w.site.ID, Customer: w.customer.ID, Channel: "email", Created: Start,
	}
	w.portal.Ordinal = 7
	w.ticket = desk.Ticket{
		ID: w.ticket.ID, Number: w.ticket.Number, Conversation: w.conversation.ID, Site: w.site.ID, Customer: w.customer.ID,
		Portal: w.portal.ID, Queue: w.queue.ID, State: desk.Closed, Opened: Start, Since: Start,
	}
	w.message = desk.Message{
		ID: w.message.ID, Conversation: w.conversation.ID, Ticket: w.ticket.ID, Seq: w.message.Seq, Rev: 99, Author: desk.FromCustomer,
		ClientID: w.message.ClientID, Status: desk.Failed, At: Start,
	}
	w.file = desk.File{Attachment: w.file.Attachment, Conversation: w.conversation.ID, ClientID: w.file.ClientID, Created: Start}
	w.room = desk.Room{Key: w.room.Key, ID: "!other"}
	w.event = desk.Event{Room: w.event.Room, ID: w.event.ID, Kind: desk.EventPrivate}
	w.session = desk.Session{
		TokenHash: w.session.TokenHash, Site: w.site.ID, Conversation: w.conversation.ID, Created: Start, Expires: Start,
	}
	w.put(t)
	w.check(t)
}

func testMissing(t *testing.T, w *world) {
	missing := map[string]error{}
	note := func(name string, err error) { missing[name] = err }
	_, err := w.Site("none")
	note("site", err)
	_, err = w.SiteByKey("none")
	note("site by key", err)
	_, err = w.Queue("none")
	note("queue", err)
	_, err = w.Operator("@none:x")
	note("operator", err)
	_, err = w.Customer("none")
	note("customer", err)
	_, err = w.Conversation("none")
	note("conversation", err)
	_, err = w.Portal("none")
	note("portal", err)
	_, err = w.Ticket("none")
	note("ticket", err)
	_, err = w.TicketByNumber(-1)
	note("ticket by number", err)
	_, err = w.Message("none")
	note("message", err)
	_, err = w.MessageByClientID(w.conversation.ID, "none")
	note("message by client id", err)
	_, err = w.LastMessage(w.conversation.ID, 0)
	note("last message", err)
	_, err = w.File("none")
	note("file", err)
	_, err = w.FileByClientID(w.conversation.ID, "none")
	note("file by client id", err)
	_, err = w.Room("site:none")
	note("room", err)
	_, err = w.RoomByID("!none")
	note("room by id", err)
	_, err = w.Event(w.room.Key, "$none")
	note("event", err)
	_, err = w.EventByRow("none")
	note("event by row", err)
	_, err = w.Session("none")
	note("session", err)
	for name, err := range missing {
		if !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("missing %s: %v, want ErrNotFound", name, err)
		}
	}
}

func testCopies(t *testing.T, w *world) {
	m, err := w.Message(w.message.ID)
	got := must(t, m, err)
	got.Reactions[0].Key = "changed"
	got.Content.Files[0].Name = "changed"
	m, err = w.Message(w.message.ID)
	same(t, must(t, m, err), w.message)
	if err := w.PutMessage(&w.message); err != nil {
		t.Fatalf("put message: %v", err)
	}
	kept := w.message.Reactions[0].Key
	w.message.Reactions[0].Key = "changed"
	m, err = w.Message(w.message.ID)
	if got := must(t, m, err); got.Reactions[0].Key != kept {
		t.Errorf("a row changed with the value it was put from")
	}
}

func testOtherKeys(t *testing.T, w *world) {
	site, err := w.SiteByKey(w.site.Key)
	same(t, must(t, site, err), w.site)
	ticket, err := w.TicketByNumber(w.ticket.Number)
	same(t, must(t, ticket, err), w.ticket)
	message, err := w.MessageByClientID(w.conversation.ID, w.message.ClientID)
	same(t, must(t, message, err), w.message)
	file, err := w.FileByClientID(w.conversation.ID, w.file.ClientID)
	same(t, must(t, file, err), w.file)
	room, err := w.RoomByID(w.room.ID)
	same(t, must(t, room, err), w.room)
	event, err := w.EventByRow(w.event.Row)
	same(t, must(t, event, err), w.event)
	sites, err := w.Sites()
	if err != nil || len(sites) != 1 {
		t.Fatalf("sites: %d, %v", len(sites), err)
	}
	same(t, sites[0], w.site)
	queues, err := w.Queues(w.site.ID)
	if err != nil || len(queues) != 1 {
		t.Fatalf("queues: %d, %v", len(queues), err)
	}
	same(t, queues[0], w.queue)
	operators, err := w.Operators()
	if err != nil || len(operators) != 1 {
		t.Fatalf("operators: %d, %v", len(operators), err)
	}
	same(t, operators[0], w.operator)
	second := desk.Portal{ID: "second", Conversation: w.conversation.ID, Ordinal: w.portal.Ordinal + 1}
	if err := w.PutPortal(&second); err != nil {
		t.Fatalf("put portal: %v", err)
	}
	portals, err := w.Portals(w.conversation.ID)
	if err != nil || len(portals) != 2 {
		t.Fatalf("portals: %d, %v", len(portals), err)
	}
	same(t, portals[0], w.portal)
	same(t, portals[1], second)
}

func testCounters(t *testing.T, w *world) {
	for _, next := range []func() (int64, error){w.NextCustomerNumber, w.NextTicketNumber} {
		for want := int64(1); want <= 3; want++ {
			if got, err := next(); err != nil || got != want {
				t.Errorf("counter gave %d, %v; want %d", got, err, want)
			}
		}
	}
}

func testClaims(t *testing.T, w *world) {
	next := w.ticket
	next.State, next.Owner, next.Generation = desk.Assigned, w.operator.ID, w.ticket.Generation+1
	late := next
	late.Owner = "@late:x"
	if won, err := w.ClaimTicket(&next, desk.Waiting); err != nil || !won {
		t.Fatalf("first claim: %v, %v", won, err)
	}
	if won, err := w.ClaimTicket(&late, desk.Waiting); err != nil || won {
		t.Errorf("second claim from the same state: %v, %v", won, err)
	}
	late.Generation = next.Generation + 2
	if won, err := w.ClaimTicket(&late, desk.Assigned); err != nil || won {
		t.Errorf("claim of another generation: %v, %v", won, err)
	}
	stored, err := w.Ticket(w.ticket.ID)
	same(t, must(t, stored, err), next)
	late.ID = "none"
	if won, err := w.ClaimTicket(&late, desk.Waiting); err != nil || won {
		t.Errorf("claim of no ticket: %v, %v", won, err)
	}
}

func testEvents(t *testing.T, w *world) {
	put := func(e desk.Event) {
		t.Helper()
		if err := w.PutEvent(&e); err != nil {
			t.Fatalf("put event: %v", err)
		}
	}
	w.event.Part = 1
	put(w.event)
	put(desk.Event{Room: w.room.Key, ID: "$first", Row: "row1", Kind: desk.EventMessage, Message: w.message.ID, Part: 0})
	put(desk.Event{Room: w.room.Key, ID: "$edit", Row: "row2", Kind: desk.EventEdit, Message: w.message.ID})
	put(desk.Event{Room: w.room.Key, ID: "$staff1", Kind: desk.EventPrivate})
	put(desk.Event{Room: w.room.Key, ID: "$staff2", Kind: desk.EventPrivate})
	events, err := w.EventsOf(w.message.ID)
	if err != nil || len(events) != 2 || events[0].ID != "$first" || events[1].ID != w.event.ID {
		t.Errorf("events of the message: %+v, %v", events, err)
	}
	put(desk.Event{Room: w.room.Key, ID: "$anew", Row: "row1", Kind: desk.EventNotice})
	if ev, err := w.EventByRow("row1"); must(t, ev, err).ID != "$anew" {
		t.Errorf("event by row: %+v, want the one put last", ev)
	}
	if _, err := w.EventByRow(""); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("event by no row: %v, want ErrNotFound", err)
	}
	other := desk.Room{Key: desk.LobbyRoom(w.queue.ID), ID: "!lobby"}
	if err := w.PutRoom(&other); err != nil {
		t.Fatalf("put room: %v", err)
	}
	put(desk.Event{Room: other.Key, ID: "$first", Kind: desk.EventNotice})
	if ev, err := w.Event(w.room.Key, "$first"); must(t, ev, err).Kind != desk.EventMessage {
		t.Errorf("event of the first room: %+v", ev)
	}
}

func testRoomsWithoutID(t *testing.T, w *world) {
	for _, key := range []desk.RoomKey{desk.SiteRoom("a"), desk.SiteRoom("b")} {
		if err := w.PutRoom(&desk.Room{Key: key}); err != nil {
			t.Fatalf("put room %s without id: %v", key, err)
		}
	}
	if _, err := w.RoomByID(""); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("room by no id: %v, want ErrNotFound", err)
	}
	if err := w.PutRoom(&desk.Room{Key: desk.SiteRoom("a"), ID: "!a", Version: "12"}); err != nil {
		t.Fatalf("put room with its id: %v", err)
	}
	r, err := w.RoomByID("!a")
	same(t, must(t, r, err), desk.Room{Key: desk.SiteRoom("a"), ID: "!a", Version: "12"})
}
