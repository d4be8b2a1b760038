package desktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/config"
)

// People and places of a Desk.
const (
	Site    desk.SiteID  = "shop"
	Queue   desk.QueueID = "support"
	Anna    desk.UserID  = "@anna:test"  // operator
	Boris   desk.UserID  = "@boris:test" // operator
	Vera    desk.UserID  = "@vera:test"  // supervisor, no operator
	Admin   desk.UserID  = "@root:test"  // administrator, no operator
	Outside desk.UserID  = "@guest:test" // a user of the homeserver who is no staff
	Bot     desk.UserID  = "@frontdesk:test"
)

// SpaceLimit is how many gone children make a Desk replace a space.
const SpaceLimit = 5

// AuditRows is how many rows a file of the journal holds.
const AuditRows = 2500

// Start is when every Desk begins.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Desk plays journal and homeserver for an Engine: it decides inputs, keeps what is desired, carries out effects in the order of their
// lanes and gives their echoes back. Not safe for concurrent use.
type Desk struct {
	*Tx
	Engine  *desk.Engine
	Now     time.Time
	Sent    []Sent     // every ordered effect carried out, in order
	Timers  []desk.Arm // armed and not fired
	Changed map[desk.ConversationID]int
	// Account, if set, tells what the homeserver says of an account that is looked for; else there is any.
	Account func(desk.UserID) desk.AccountSeen
	// Before, if set, is called before each input is decided, with the engine's state as it is then.
	Before func(desk.Input)

	t       testing.TB
	pending []desk.Effect
	ids     map[desk.EffectID]bool
	events  int
	acts    int
}

// Sent is an effect carried out, and the event it became.
type Sent struct {
	Effect desk.Effect
	Event  desk.EventID
}

// IDs gives sequential identifiers that sort as they were made.
func IDs(prefix string) func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("%s%04d", prefix, n)
	}
}

// Configuration is a site with one queue, two operators, a supervisor and an administrator.
func Configuration() desk.SitesConfigured {
	return desk.SitesConfigured{
		Sites: []desk.Site{{
			ID: Site, Key: "shop-key", Name: "Shop", Languages: []string{"en", "ru"}, StaffLang: "en",
			History: desk.HistoryShared, DefaultQueue: Queue,
		}},
		Queues: []desk.Queue{{
			ID: Queue, Site: Site, Name: "Support", InviteLimit: 5, RemindAfter: 5 * time.Minute,
			Operators: []desk.UserID{Anna, Boris},
		}},
		Staff: []desk.Operator{
			{ID: Anna, PublicName: "Anna Petrova", Avatar: "mxc://test/anna"},
			{ID: Boris, PublicName: "Boris"},
			{ID: Vera, PublicName: "Vera"},
			{ID: Admin, PublicName: "Root"},
		},
		Rights: []desk.Assignment{
			{Operator: Admin, Template: desk.TemplateAdmin, Scope: desk.ScopeAll},
			{Operator: Vera, Template: desk.TemplateSupervisor, Scope: desk.ScopeQueue, Target: string(Queue)},
		},
	}
}

// New makes a Desk with Configuration, changed by the given functions, already configured and its rooms made.
func New(t testing.TB, texts desk.Texts, change ...func(*desk.SitesConfigured)) *Desk {
	t.Helper()
	d := &Desk{
		Tx: NewTx(), Now: Start, Changed: map[desk.ConversationID]int{}, t: t, ids: map[desk.EffectID]bool{},
	}
	d.Engine = desk.New(desk.Options{
		NewID: IDs("id"), Texts: texts, Settings: settings(), Bot: Bot,
		IsPuppet: func(u desk.UserID) bool { return strings.HasPrefix(string(u), "@desk_c_") }, SpaceLimit: SpaceLimit, AuditRows: AuditRows,
	})
	in := Configuration()
	for _, f := range change {
		f(&in)
	}
	d.Decide(in)
	d.Deliver()
	return d
}

// settings are those of a desk whose homeserver is "test".
var settings = sync.OnceValue(func() desk.Settings {
	c := config.Default()
	c.Homeserver.Domain = Bot.Server()
	out, err := c.Settings()
	if err != nil {
		panic(fmt.Sprintf("desktest: settings: %v", err))
	}
	return out
})

// Decide decides an input that must not be refused.
func (d *Desk) Decide(in desk.Input) desk.Decision {
	d.t.Helper()
	out, err := d.Try(in)
	if err != nil {
		d.t.Fatalf("decide %T: %v", in, err)
	}
	return out
}

// Try decides an input. What is refused must have changed nothing.
func (d *Desk) Try(in desk.Input) (desk.Decision, error) {
	d.t.Helper()
	if d.Before != nil {
		d.Before(in)
	}
	before := d.rows.copy()
	out, err := d.Engine.Decide(d.Tx, d.Now, in)
	if err != nil {
		var refusal *desk.Error
		if errors.As(err, &refusal) && !reflect.DeepEqual(d.rows, before) {
			d.t.Fatalf("%T was refused (%s) and changed something", in, refusal.Key)
		}
		d.rows = before
		return out, err
	}
	for _, e := range out.Effects {
		d.take(e)
	}
	for _, c := range out.Changed {
		d.Changed[c]++
	}
	return out, nil
}

func (d *Desk) take(e desk.Effect) {
	d.t.Helper()
	switch e := e.(type) {
	case desk.Desire:
		d.Desire(e)
	case desk.Arm:
		d.claim(e.ID)
		d.Timers = append(d.Timers, e)
	default:
		_, id, _ := desk.LaneOf(e)
		if strings.Contains(string(id), "/") && d.ids[id] {
			return // one known by what it replaces is left as it is
		}
		d.claim(id)
		d.pending = append(d.pending, e)
	}
}

// claim fails the test when an effect's id is used twice.
func (d *Desk) claim(id desk.EffectID) {
	d.t.Helper()
	if id == "" || d.ids[id] {
		d.t.Fatalf("effect id %q used twice or empty", id)
	}
	d.ids[id] = true
}

// Deliver carries out everything that is to be done, until nothing is left: ordered effects and cards, each with its echo.
func (d *Desk) Deliver() {
	d.t.Helper()
	for len(d.pending) > 0 || d.sendCards() || d.findAccounts() {
		if len(d.pending) > 0 {
			e := d.pending[0]
			d.pending = d.pending[1:]
			d.carryOut(e)
		}
	}
}

// Drop forgets the ordered effects that are to be done, as if they were dead.
func (d *Desk) Drop() { d.pending = nil }

func (d *Desk) carryOut(e desk.Effect) {
	d.t.Helper()
	room, row, _ := desk.LaneOf(e)
	if create, ok := e.(desk.CreateRoom); ok && create.Replaces != "" {
		r := desk.Room{Key: room, ID: create.Replaces + "'", Version: "12"}
		if err := d.ReplaceRoom(&r); err != nil {
			d.t.Fatalf("replace room: %v", err)
		}
		d.Sent = append(d.Sent, Sent{Effect: e})
		return
	}
	if _, ok := e.(desk.RetireRoom); ok {
		d.Sent = append(d.Sent, Sent{Effect: e})
		return
	}
	if _, ok := e.(desk.CreateRoom); ok {
		r := desk.Room{Key: room, ID: desk.RoomID("!" + string(room) + ":test"), Version: "12"}
		if err := d.PutRoom(&r); err != nil {
			d.t.Fatalf("put room: %v", err)
		}
		d.Sent = append(d.Sent, Sent{Effect: e})
		return
	}
	if r, err := d.Room(room); err != nil || r.ID == "" {
		d.t.Fatalf("%T for room %s, which does not exist: %v", e, room, err)
	}
	if q, ok := e.(desk.Answer); ok {
		e = d.answer(q)
	}
	d.checkRefs(e)
	event := d.NextEvent()
	d.Sent = append(d.Sent, Sent{Effect: e, Event: event})
	d.Decide(desk.Echo{Room: room, Event: event, Row: row})
}

// checkRefs fails the test when an effect points at nothing.
func (d *Desk) checkRefs(e desk.Effect) {
	d.t.Helper()
	var refs []desk.Ref
	switch e := e.(type) {
	case desk.Post:
		refs = []desk.Ref{e.Reply, e.Replaces, e.Thread}
	case desk.React:
		refs = []desk.Ref{e.Target}
	case desk.Redact:
		refs = []desk.Ref{e.Target}
	}
	for _, r := range refs {
		if !r.None() && d.Resolve(r) == "" {
			d.t.Fatalf("%#v points at nothing: %#v", e, r)
		}
	}
}

// Resolve gives the event a reference points at, or "".
func (d *Desk) Resolve(r desk.Ref) desk.EventID {
	switch {
	case r.Event != "":
		return r.Event
	case r.Row != "":
		if ev, err := d.EventByRow(r.Row); err == nil {
			return ev.ID
		}
	default:
		events, _ := d.EventsOf(r.Message)
		for _, ev := range events {
			if ev.Part == r.Part {
				return ev.ID
			}
		}
	}
	return ""
}

// sendCards sends the cards that have no event yet, and reports whether there were any.
func (d *Desk) sendCards() bool {
	d.t.Helper()
	sent := false
	for _, room := range slices.Sorted(maps.Keys(d.rows.Desires)) {
		for _, thing := range slices.Sorted(maps.Keys(d.rows.Desires[room])) {
			id, ok := strings.CutPrefix(thing, desk.ThingCard)
			if !ok {
				continue
			}
			row := desk.CardRow(desk.TicketID(id))
			if _, err := d.EventByRowIn(room, row); err == nil {
				continue
			}
			d.Decide(desk.Echo{Room: room, Event: d.NextEvent(), Row: row})
			sent = true
		}
	}
	return sent
}

// NextEvent gives a new event id.
func (d *Desk) NextEvent() desk.EventID {
	d.events++
	return desk.EventID(fmt.Sprintf("$e%05d", d.events))
}

// Pass lets time go by, and fires the timers that come due, each at its time.
func (d *Desk) Pass(length time.Duration) {
	d.t.Helper()
	until := d.Now.Add(length)
	for {
		slices.SortStableFunc(d.Timers, func(a, b desk.Arm) int { return a.Due.Compare(b.Due) })
		if len(d.Timers) == 0 || d.Timers[0].Due.After(until) {
			d.Now = until
			return
		}
		timer := d.Timers[0]
		d.Timers = d.Timers[1:]
		d.Now = timer.Due
		d.Decide(desk.TimerFired{Timer: timer})
		d.Deliver()
	}
}

// Open makes a visitor.
func (d *Desk) Open() desk.ConversationID {
	d.t.Helper()
	c, err := d.Engine.OpenConversation(d.Tx, d.Now, Site, desk.ChannelWidget, "en")
	if err != nil {
		d.t.Fatalf("open conversation: %v", err)
	}
	return c.ID
}

// Upload makes a file a visitor has uploaded.
func (d *Desk) Upload(c desk.ConversationID, name, mime string) desk.FileID {
	d.t.Helper()
	d.acts++
	f := desk.File{
		Attachment: content.Attachment{
			ID: fmt.Sprintf("file%d", d.acts), Name: name, Type: mime, Size: 1000, Kind: content.KindOf(mime),
		},
		Conversation: c, ClientID: fmt.Sprintf("up%d", d.acts), Spooled: true, Created: d.Now,
	}
	if err := d.PutFile(&f); err != nil {
		d.t.Fatalf("put file: %v", err)
	}
	return desk.FileID(f.ID)
}

// Write lets the visitor write a message, and delivers.
func (d *Desk) Write(c desk.ConversationID, text string, files ...desk.FileID) *desk.Message {
	d.t.Helper()
	d.acts++
	out := d.Decide(desk.CustomerMessage{Conversation: c, ClientID: fmt.Sprintf("cid%d", d.acts), Text: text, Files: files, At: d.Now})
	d.Deliver()
	return out.Message
}

// TicketOf gives the newest ticket of a conversation.
func (d *Desk) TicketOf(c desk.ConversationID) *desk.Ticket {
	d.t.Helper()
	conversation, err := d.Conversation(c)
	if err != nil {
		d.t.Fatalf("conversation: %v", err)
	}
	t, err := d.Ticket(conversation.Ticket)
	if err != nil {
		d.t.Fatalf("ticket of %s: %v", c, err)
	}
	return t
}

// PortalOf gives the room of a conversation.
func (d *Desk) PortalOf(c desk.ConversationID) desk.RoomKey {
	return desk.PortalRoom(d.TicketOf(c).Portal)
}

// CardOf gives the event of the newest ticket's card.
func (d *Desk) CardOf(c desk.ConversationID) desk.EventID {
	d.t.Helper()
	ev, err := d.EventByRow(desk.CardRow(d.TicketOf(c).ID))
	if err != nil {
		d.t.Fatalf("card of %s: %v", c, err)
	}
	return ev.ID
}

// Card gives what is desired of the newest ticket's card.
func (d *Desk) Card(c desk.ConversationID) desk.Card {
	d.t.Helper()
	var card desk.Card
	d.Want(desk.LobbyRoom(Queue), desk.ThingCard+string(d.TicketOf(c).ID), &card)
	return card
}

// Want reads what is desired of a thing.
func (d *Desk) Want(room desk.RoomKey, thing string, value any) {
	d.t.Helper()
	w, err := d.Desired(room, thing)
	if err != nil {
		d.t.Fatalf("desired: %v", err)
	}
	if err := json.Unmarshal(w.Value, value); err != nil {
		d.t.Fatalf("desired %s of %s: %v", thing, room, err)
	}
}

// Membership gives the desired membership of a user: join, invite, leave, or "" if nothing was ever desired.
func (d *Desk) Membership(room desk.RoomKey, u desk.UserID) string {
	w, err := d.Desired(room, desk.ThingMember+string(u))
	if err != nil {
		return ""
	}
	var m desk.Member
	if err := json.Unmarshal(w.Value, &m); err != nil {
		d.t.Fatalf("desired member: %v", err)
	}
	return m.Want
}

// Say lets somebody write into a room, and delivers.
func (d *Desk) Say(u desk.UserID, room desk.RoomKey, text string) desk.EventID {
	d.t.Helper()
	return d.SayAs(u, room, text, func(*desk.StaffMessage) {})
}

// SayAs is Say with a changed message.
func (d *Desk) SayAs(u desk.UserID, room desk.RoomKey, text string, change func(*desk.StaffMessage)) desk.EventID {
	d.t.Helper()
	in := desk.StaffMessage{Room: room, Event: d.NextEvent(), Sender: u, Content: content.Message{Text: text}, At: d.Now}
	change(&in)
	d.Decide(in)
	d.Deliver()
	return in.Event
}

// React lets somebody react to an event, and delivers.
func (d *Desk) React(u desk.UserID, room desk.RoomKey, target desk.EventID, key string) desk.EventID {
	d.t.Helper()
	in := desk.StaffReaction{Room: room, Event: d.NextEvent(), Sender: u, Relates: target, Key: key}
	d.Decide(in)
	d.Deliver()
	return in.Event
}

// Redact lets somebody redact an event, and delivers.
func (d *Desk) Redact(u desk.UserID, room desk.RoomKey, target desk.EventID) {
	d.t.Helper()
	d.Decide(desk.StaffRedaction{Room: room, Event: d.NextEvent(), Sender: u, Redacts: target})
	d.Deliver()
}

// Edit lets somebody edit an event, and delivers.
func (d *Desk) Edit(u desk.UserID, room desk.RoomKey, target desk.EventID, text string) desk.EventID {
	d.t.Helper()
	in := desk.StaffEdit{Room: room, Event: d.NextEvent(), Sender: u, Replaces: target, Content: content.Message{Text: text}, At: d.Now}
	d.Decide(in)
	d.Deliver()
	return in.Event
}

// Member lets a membership change, by the sender, and delivers.
func (d *Desk) Member(room desk.RoomKey, user, sender desk.UserID, previous, membership string) {
	d.t.Helper()
	d.Decide(desk.MemberChanged{
		Room: room, Event: d.NextEvent(), User: user, Sender: sender, Previous: previous, Membership: membership,
	})
	d.Deliver()
}

// Accept lets an operator accept the newest ticket of a conversation by its card.
func (d *Desk) Accept(u desk.UserID, c desk.ConversationID) {
	d.t.Helper()
	d.React(u, desk.LobbyRoom(Queue), d.CardOf(c), "✅")
}
