// Package desktest helps to test the rules of the desk without a database: an in-memory Tx, a clock that stands still, sequential ids,
// and Desk, which plays journal and homeserver. Conformance is what every Tx has to pass.
package desktest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"frontdesk/desk"
)

// Tx is a desk.Tx in memory. It is not safe for concurrent use. Rows go in and come out as copies.
type Tx struct {
	rows rows
}

var _ desk.Tx = (*Tx)(nil)

// rows is everything.
type rows struct {
	Sites          map[desk.SiteID]desk.Site
	Queues         map[desk.QueueID]desk.Queue
	Operators      map[desk.UserID]desk.Operator
	Customers      map[desk.CustomerID]desk.Customer
	Conversations  map[desk.ConversationID]desk.Conversation
	Portals        map[desk.PortalID]desk.Portal
	Tickets        map[desk.TicketID]desk.Ticket
	Messages       map[desk.MessageID]desk.Message
	Files          map[desk.FileID]desk.File
	Rooms          map[desk.RoomKey]desk.Room
	Events         []desk.Event // in the order of their last put
	Sessions       map[string]desk.Session
	Ratings        map[desk.TicketID]desk.Rating
	Blocks         map[string]desk.Block    // by site and customer
	Questions      map[string]desk.Question // by room and user
	Desires        map[desk.RoomKey]map[string]json.RawMessage
	Journal        []desk.JournalEntry
	Dead           []desk.DeadLetter // newest first
	Revived        []desk.DeadLetter // in the order they were revived
	Templates      map[string]desk.RightsTemplate
	Assignments    []desk.Assignment
	Holdings       []desk.Holding
	Seed           string
	Answers        map[desk.TemplateID]desk.Template
	Reminders      map[desk.ReminderID]desk.Reminder
	Contacts       map[desk.ContactID]desk.Contact
	ContactChanges map[string]desk.ContactChange
	Talks          map[desk.TalkID]desk.Talk
	Departments    []string
	Consents       []desk.Consent
	Calls          map[desk.CallID]desk.Call
	CallMembers    map[string]desk.CallMember // by portal, user and key
	PrivateLines   map[string]bool            // by room and hash
	LastCustomer   int64
	LastTicket     int64
}

// NewTx makes an empty Tx.
func NewTx() *Tx {
	return &Tx{rows: rows{
		Sites:          map[desk.SiteID]desk.Site{},
		Queues:         map[desk.QueueID]desk.Queue{},
		Operators:      map[desk.UserID]desk.Operator{},
		Customers:      map[desk.CustomerID]desk.Customer{},
		Conversations:  map[desk.ConversationID]desk.Conversation{},
		Portals:        map[desk.PortalID]desk.Portal{},
		Tickets:        map[desk.TicketID]desk.Ticket{},
		Messages:       map[desk.MessageID]desk.Message{},
		Files:          map[desk.FileID]desk.File{},
		Rooms:          map[desk.RoomKey]desk.Room{},
		Sessions:       map[string]desk.Session{},
		Ratings:        map[desk.TicketID]desk.Rating{},
		Blocks:         map[string]desk.Block{},
		Questions:      map[string]desk.Question{},
		Desires:        map[desk.RoomKey]map[string]json.RawMessage{},
		Templates:      map[string]desk.RightsTemplate{},
		Answers:        map[desk.TemplateID]desk.Template{},
		Reminders:      map[desk.ReminderID]desk.Reminder{},
		Contacts:       map[desk.ContactID]desk.Contact{},
		ContactChanges: map[string]desk.ContactChange{},
		Talks:          map[desk.TalkID]desk.Talk{},
		Calls:          map[desk.CallID]desk.Call{},
		CallMembers:    map[string]desk.CallMember{},
		PrivateLines:   map[string]bool{},
	}}
}

func get[K comparable, V any](table map[K]V, key K) (*V, error) {
	v, ok := table[key]
	if !ok {
		return nil, fmt.Errorf("%T %v: %w", v, key, desk.ErrNotFound)
	}
	v = clone(v)
	return &v, nil
}

func find[K comparable, V any](table map[K]V, is func(V) bool) (*V, error) {
	for _, v := range table {
		if is(v) {
			v = clone(v)
			return &v, nil
		}
	}
	var none V
	return nil, fmt.Errorf("%T: %w", none, desk.ErrNotFound)
}

// list gives copies of the rows that match, ordered.
func list[K comparable, V any](table map[K]V, is func(V) bool, order func(a, b V) int) []V {
	var out []V
	for _, v := range table {
		if is(v) {
			out = append(out, clone(v))
		}
	}
	slices.SortFunc(out, order)
	return out
}

// Clone copies everything.
func (t *Tx) Clone() *Tx { return &Tx{rows: t.rows.copy()} }

// copy copies the tables. Rows are shared: they are replaced, never changed.
func (r rows) copy() rows {
	r.Sites, r.Queues, r.Operators = maps.Clone(r.Sites), maps.Clone(r.Queues), maps.Clone(r.Operators)
	r.Customers, r.Conversations, r.Portals = maps.Clone(r.Customers), maps.Clone(r.Conversations), maps.Clone(r.Portals)
	r.Tickets, r.Messages, r.Files = maps.Clone(r.Tickets), maps.Clone(r.Messages), maps.Clone(r.Files)
	r.Rooms, r.Sessions, r.Ratings = maps.Clone(r.Rooms), maps.Clone(r.Sessions), maps.Clone(r.Ratings)
	r.Blocks, r.Questions = maps.Clone(r.Blocks), maps.Clone(r.Questions)
	r.Dead, r.Revived = slices.Clone(r.Dead), slices.Clone(r.Revived)
	r.Events, r.Journal = slices.Clone(r.Events), slices.Clone(r.Journal)
	r.Templates, r.Assignments, r.Holdings = maps.Clone(r.Templates), slices.Clone(r.Assignments), slices.Clone(r.Holdings)
	r.Talks, r.Departments = maps.Clone(r.Talks), slices.Clone(r.Departments)
	r.Answers, r.Reminders = maps.Clone(r.Answers), maps.Clone(r.Reminders)
	r.Contacts, r.ContactChanges = maps.Clone(r.Contacts), maps.Clone(r.ContactChanges)
	r.Calls, r.CallMembers = maps.Clone(r.Calls), maps.Clone(r.CallMembers)
	r.PrivateLines = maps.Clone(r.PrivateLines)
	r.Desires = maps.Clone(r.Desires)
	for room, things := range r.Desires {
		r.Desires[room] = maps.Clone(things)
	}
	return r
}

// Dump shows everything that is stored, to tell whether something changed.
func (t *Tx) Dump() string {
	data, err := json.MarshalIndent(t.rows, "", " ")
	if err != nil {
		panic(fmt.Sprintf("desktest: dump: %v", err))
	}
	return string(data)
}

// Journal lists what was recorded, oldest first.
func (t *Tx) Journal() []desk.JournalEntry { return clone(t.rows.Journal) }

// Messages lists all messages of a conversation by seq.
func (t *Tx) Messages(c desk.ConversationID) []desk.Message {
	return list(t.rows.Messages, func(m desk.Message) bool { return m.Conversation == c },
		func(a, b desk.Message) int { return cmp.Compare(a.Seq, b.Seq) })
}

// Desire stores what is desired, as the journal does with a decision's effects.
func (t *Tx) Desire(d desk.Desire) {
	if t.rows.Desires[d.Room] == nil {
		t.rows.Desires[d.Room] = map[string]json.RawMessage{}
	}
	t.rows.Desires[d.Room][d.Thing] = slices.Clone(d.Value)
}

func (t *Tx) Desired(room desk.RoomKey, thing string) (*desk.Desire, error) {
	value, ok := t.rows.Desires[room][thing]
	if !ok {
		return nil, fmt.Errorf("desire %s of %s: %w", thing, room, desk.ErrNotFound)
	}
	return &desk.Desire{Room: room, Thing: thing, Value: slices.Clone(value)}, nil
}

func (t *Tx) DesiredOf(room desk.RoomKey) ([]desk.Desire, error) {
	var out []desk.Desire
	for _, thing := range slices.Sorted(maps.Keys(t.rows.Desires[room])) {
		out = append(out, desk.Desire{Room: room, Thing: thing, Value: slices.Clone(t.rows.Desires[room][thing])})
	}
	return out, nil
}

func (t *Tx) Site(id desk.SiteID) (*desk.Site, error) { return get(t.rows.Sites, id) }

func (t *Tx) SiteByKey(key string) (*desk.Site, error) {
	return find(t.rows.Sites, func(s desk.Site) bool { return s.Key == key })
}

func (t *Tx) Sites() ([]desk.Site, error) {
	return list(t.rows.Sites, func(desk.Site) bool { return true },
		func(a, b desk.Site) int { return strings.Compare(string(a.ID), string(b.ID)) }), nil
}

func (t *Tx) PutSite(s *desk.Site) error { t.rows.Sites[s.ID] = clone(*s); return nil }

func (t *Tx) Queue(id desk.QueueID) (*desk.Queue, error) { return get(t.rows.Queues, id) }

func (t *Tx) Queues(site desk.SiteID) ([]desk.Queue, error) {
	return list(t.rows.Queues, func(q desk.Queue) bool { return q.Site == site && !q.Removed }, func(a, b desk.Queue) int {
		return cmp.Or(a.Position-b.Position, strings.Compare(string(a.ID), string(b.ID)))
	}), nil
}

func (t *Tx) PutQueue(q *desk.Queue) error {
	t.rows.Queues[q.ID] = clone(*q)
	return nil
}

func (t *Tx) Operator(id desk.UserID) (*desk.Operator, error) { return get(t.rows.Operators, id) }

func (t *Tx) Operators() ([]desk.Operator, error) {
	return list(t.rows.Operators, func(desk.Operator) bool { return true },
		func(a, b desk.Operator) int { return strings.Compare(string(a.ID), string(b.ID)) }), nil
}

func (t *Tx) PutOperator(o *desk.Operator) error { t.rows.Operators[o.ID] = clone(*o); return nil }

func (t *Tx) Customer(id desk.CustomerID) (*desk.Customer, error) { return get(t.rows.Customers, id) }
func (t *Tx) PutCustomer(c *desk.Customer) error                  { t.rows.Customers[c.ID] = clone(*c); return nil }

func (t *Tx) ForgetTopic(q desk.QueueID) error {
	for id, c := range t.rows.Customers {
		if c.Topic == q {
			c.Topic = ""
			t.rows.Customers[id] = c
		}
	}
	return nil
}

func (t *Tx) NextCustomerNumber() (int64, error) {
	t.rows.LastCustomer++
	return t.rows.LastCustomer, nil
}

func (t *Tx) Conversation(id desk.ConversationID) (*desk.Conversation, error) {
	return get(t.rows.Conversations, id)
}

func (t *Tx) PutConversation(c *desk.Conversation) error {
	t.rows.Conversations[c.ID] = clone(*c)
	return nil
}

func (t *Tx) Portal(id desk.PortalID) (*desk.Portal, error) { return get(t.rows.Portals, id) }
func (t *Tx) PutPortal(p *desk.Portal) error                { t.rows.Portals[p.ID] = clone(*p); return nil }

func (t *Tx) Portals(c desk.ConversationID) ([]desk.Portal, error) {
	return list(t.rows.Portals, func(p desk.Portal) bool { return p.Conversation == c },
		func(a, b desk.Portal) int { return a.Ordinal - b.Ordinal }), nil
}

func (t *Tx) Session(hash string) (*desk.Session, error) { return get(t.rows.Sessions, hash) }
func (t *Tx) PutSession(s *desk.Session) error           { t.rows.Sessions[s.TokenHash] = clone(*s); return nil }

// Bury makes dead letters, the oldest first.
func (t *Tx) Bury(letters ...desk.DeadLetter) {
	for _, l := range letters {
		t.rows.Dead = slices.Insert(t.rows.Dead, 0, l)
	}
}

// Revived lists the dead letters that were revived, in order.
func (t *Tx) Revived() []desk.DeadLetter { return slices.Clone(t.rows.Revived) }

func (t *Tx) DeadLetters(limit int) ([]desk.DeadLetter, error) {
	return slices.Clone(t.rows.Dead[:min(limit, len(t.rows.Dead))]), nil
}

func (t *Tx) Revive(of, id string) error {
	at := slices.IndexFunc(t.rows.Dead, func(l desk.DeadLetter) bool { return l.Of == of && l.ID == id })
	if at < 0 {
		return fmt.Errorf("dead letter %s %s: %w", of, id, desk.ErrNotFound)
	}
	t.rows.Revived = append(t.rows.Revived, t.rows.Dead[at])
	t.rows.Dead = slices.Delete(t.rows.Dead, at, at+1)
	return nil
}

func (t *Tx) GoneChildren(space desk.RoomKey) (int, error) {
	n := 0
	for thing, value := range t.rows.Desires[space] {
		if strings.HasPrefix(thing, desk.ThingChild) && isAbsent(value) {
			n++
		}
	}
	return n, nil
}

func isAbsent(value json.RawMessage) bool {
	var child desk.Child
	return json.Unmarshal(value, &child) == nil && !child.Present
}

// ReplaceRoom gives a room another ID and forgets the children that are gone.
func (t *Tx) ReplaceRoom(r *desk.Room) error {
	maps.DeleteFunc(t.rows.Desires[r.Key], func(thing string, value json.RawMessage) bool {
		return strings.HasPrefix(thing, desk.ThingChild) && isAbsent(value)
	})
	return t.PutRoom(r)
}
