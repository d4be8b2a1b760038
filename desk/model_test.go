package desk_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// model is what ought to be true of one conversation, worked out without the engine: who is responsible, who is a guest, and which events
// the customer may know of.
type model struct {
	state   desk.TicketState // empty before the first message
	owner   desk.UserID
	queue   desk.QueueID
	guests  map[desk.UserID]bool
	watches map[desk.UserID]bool
	blocked bool
	title   string
	name    string                       // of the customer
	open    map[desk.EventID]bool        // events of the room: true if the customer has read them
	author  map[desk.EventID]desk.UserID // of words that went out
	said    []desk.MessageID             // by the customer
	client  map[desk.MessageID]desk.Message
	rev     int64
	told    map[desk.EventID]string // words that went out and stand there still
	posted  map[desk.EventID]posted // those of them that the bot has said for somebody
	call    modelCall
	sits    map[desk.UserID]bool // in the session of the room
	counter int
}

type world struct {
	*desktest.Desk
	t      *testing.T
	random *rand.Rand
	c      desk.ConversationID
	m      *model
	log    []string
}

// nina answers in the first queue and supervises the site.
const nina desk.UserID = "@nina:test"

var people = []desk.UserID{desktest.Anna, desktest.Boris, clara, desktest.Vera, sofia, nina, desktest.Outside}

// withNina makes her one of the staff.
func withNina(in *desk.SitesConfigured) {
	in.Staff = append(in.Staff, desk.Operator{ID: nina, PublicName: "Nina"})
	in.Queues[0].Operators = append(in.Queues[0].Operators, nina)
	in.Rights = append(in.Rights, desk.Assignment{Operator: nina, Template: desk.TemplateSupervisor, Scope: desk.ScopeSite, Target: string(desktest.Site)})
}

// isOperator reports whether somebody answers in a queue.
func isOperator(u desk.UserID, q desk.QueueID) bool {
	return u == desktest.Boris || (u == desktest.Anna || u == nina) && q == desktest.Queue || u == clara && q == sales
}

// supervises reports whether somebody watches over the queue the ticket is in.
func (w *world) supervises(u desk.UserID) bool {
	return u == sofia || u == nina || u == desktest.Vera && w.m.queue == desktest.Queue
}

func (w *world) maySteer(u desk.UserID) bool { return w.m.owner == u || w.supervises(u) }

// become notes what a ticket has become.
func (w *world) become(state desk.TicketState, owner desk.UserID) {
	w.m.endCall()
	w.m.state, w.m.owner, w.m.guests = state, owner, map[desk.UserID]bool{}
	if delete(w.m.watches, owner); state == desk.Closed {
		w.m.watches = map[desk.UserID]bool{}
	}
}

func (w *world) note(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

func (w *world) person() desk.UserID { return people[w.random.IntN(len(people))] }

func (w *world) room() desk.RoomKey { return w.PortalOf(w.c) }

// words makes words that must, or must not, reach the customer.
func (w *world) words(goesOut bool) string {
	w.m.counter++
	if goesOut {
		return fmt.Sprintf("public%d", w.m.counter)
	}
	return fmt.Sprintf("%s%d", secret, w.m.counter)
}

func (w *world) mayTalk(u desk.UserID) bool {
	return w.m.state == desk.Assigned && (w.m.owner == u || w.m.guests[u])
}

// someEvent picks an event of the room; false if nobody has said anything yet.
func (w *world) someEvent() (desk.EventID, bool) {
	var all []desk.EventID
	for id := range w.m.open {
		all = append(all, id)
	}
	if len(all) == 0 {
		return "", false
	}
	slices.Sort(all)
	return all[w.random.IntN(len(all))], true
}

// customerWrites is a message of the customer's: it opens a ticket where none is open.
func (w *world) customerWrites() {
	w.note("customer writes")
	if w.m.blocked {
		_, err := w.Try(desk.CustomerMessage{Conversation: w.c, ClientID: "blocked", Text: w.words(false)})
		if desk.CodeOf(err) != desk.Denied {
			w.fail("a blocked customer's message: %v", err)
		}
		return
	}
	m := w.Write(w.c, w.words(true))
	w.m.said = append(w.m.said, m.ID)
	if w.m.state == "" || w.m.state == desk.Closed {
		w.become(desk.Waiting, "")
		w.m.queue, w.m.title = desktest.Queue, ""
	}
	w.m.open[w.Resolve(desk.Ref{Message: m.ID})] = true
}

func (w *world) customerChanges() {
	if len(w.m.said) == 0 {
		return
	}
	id := w.m.said[w.random.IntN(len(w.m.said))]
	var in desk.Input
	switch w.random.IntN(4) {
	case 0:
		in = desk.CustomerDelete{Conversation: w.c, Message: id}
	case 1:
		in = desk.CustomerReaction{Conversation: w.c, Message: id, Key: "👍", On: w.random.IntN(2) == 0}
	case 2:
		in = desk.CustomerSeen{Conversation: w.c, Seq: int64(w.random.IntN(20))}
	default:
		in = desk.CustomerEdit{Conversation: w.c, Message: id, Text: w.words(true)}
	}
	w.note("%T %s", in, id)
	if _, err := w.Try(in); err != nil && desk.CodeOf(err) == desk.Internal {
		w.t.Fatalf("%T: %v", in, err)
	}
	w.Deliver()
}

func (w *world) somebodyAccepts() {
	u := w.person()
	how := w.random.IntN(3)
	w.note("%s accepts by %d", u, how)
	if how == 2 && w.m.watches[u] {
		return // is in already
	}
	if w.m.state == desk.Waiting && isOperator(u, w.m.queue) {
		w.become(desk.Assigned, u)
	}
	switch how {
	case 0:
		w.React(u, w.lobby(), w.cardThere(), "✅")
	case 1:
		w.Say(u, lobby, fmt.Sprintf("!accept %d", w.TicketOf(w.c).Number))
	default:
		w.Member(w.room(), u, u, "leave", "join")
	}
}

func (w *world) somebodyDeclines() {
	u := w.person()
	w.note("%s declines", u)
	there := w.lobby()
	pressed := w.React(u, there, w.cardThere(), "❌")
	switch w.random.IntN(3) {
	case 0:
		w.note("%s takes it back", u)
		w.Redact(u, there, pressed)
	case 1:
		w.note("%s undeclines", u)
		w.Say(u, lobby, fmt.Sprintf("!undecline %d", w.TicketOf(w.c).Number))
	}
}

func (w *world) somebodyLeaves() {
	u := w.person()
	w.note("%s leaves", u)
	w.Member(w.room(), u, u, "join", "leave")
	if w.m.state == desk.Assigned && w.m.owner == u {
		w.become(desk.Waiting, "")
	}
	delete(w.m.guests, u)
	delete(w.m.watches, u)
}

func (w *world) somebodyInvites() {
	by, u := w.person(), w.person()
	if by == u {
		return
	}
	w.note("%s invites %s", by, u)
	w.Member(w.room(), u, by, "leave", "invite")
	if w.m.state == desk.Assigned && w.m.owner == by && u != desktest.Outside {
		w.m.guests[u] = true // and a guest invited once more by another stays one
		delete(w.m.watches, u)
	}
}

// somebodyTalks says something, perhaps as a note, in a thread, or in answer to something.
func (w *world) somebodyTalks() {
	u := w.person()
	target, any := w.someEvent()
	how := w.random.IntN(6)
	goesOut := w.mayTalk(u)
	prefix := ""
	change := func(*desk.StaffMessage) {}
	switch {
	case how == 0:
		goesOut, prefix = false, "// "
	case how == 1 && any:
		goesOut = false
		change = func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, target }
	case how == 2 && any:
		goesOut = goesOut && w.m.open[target]
		change = func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, target }
	case how == 3 && any:
		goesOut = goesOut && w.m.open[target]
		change = func(in *desk.StaffMessage) { in.Quoted = []desk.EventID{target} }
	}
	words := w.words(goesOut)
	w.note("%s says %q in way %d about %s", u, words, how, target)
	event := w.SayAs(u, w.room(), prefix+words, change)
	w.m.open[event] = goesOut
	if goesOut {
		w.m.author[event] = u
		w.m.told[event] = words
	}
}

// somebodyTouches edits, redacts or reacts to something that was said.
func (w *world) somebodyTouches() {
	u := w.person()
	target, any := w.someEvent()
	if !any {
		return
	}
	switch w.random.IntN(3) {
	case 0:
		goesOut := w.mayTalk(u) && w.m.author[target] == u
		words := w.words(goesOut)
		w.note("%s edits %s into %q", u, target, words)
		w.Edit(u, w.room(), target, words)
		if _, stands := w.m.told[target]; stands && goesOut {
			w.m.told[target] = words
		}
	case 1:
		w.note("%s redacts %s", u, target)
		w.Redact(u, w.room(), target)
		delete(w.m.told, target)
	default:
		key := "👍"
		if !w.m.open[target] || !w.mayTalk(u) {
			key = secret
		}
		w.note("%s reacts to %s", u, target)
		w.React(u, w.room(), target, key)
	}
}

func (w *world) timePasses() {
	w.note("time passes")
	w.Pass(time.Duration(w.random.IntN(20)) * time.Minute)
	w.callTime()
}

func (w *world) step() {
	acts := []func(){
		w.customerWrites, w.customerChanges, w.somebodyAccepts, w.somebodyAccepts, w.somebodyDeclines, w.somebodyLeaves, w.somebodyInvites,
		w.somebodyCloses, w.somebodyReturns, w.somebodyMovesToQueue, w.somebodyTransfers, w.somebodyTakes, w.somebodyWatches, w.somebodyBlocks,
		w.somebodyUnblocks, w.somebodyRenames, w.somebodyPresses, w.somebodyTalks, w.somebodyTalks, w.somebodyTalks, w.somebodyTouches, w.timePasses,
		w.somebodyNotesContacts, w.somebodySnoozes, w.settingsChange, w.customerIsCalled, w.somebodySaysTemplate, w.somebodyRewords, w.somebodySits, w.somebodySits, w.somebodyCallsByOrder,
	}
	if w.m.state == "" {
		w.customerWrites()
		return
	}
	if w.m.call.state != "" && w.random.IntN(3) > 0 {
		acts = []func(){w.somebodySits, w.somebodyRises, w.somebodyCallsByOrder, w.customerCalls, w.customerCalls, w.mediaHappen, w.mediaHappen}
	}
	acts[w.random.IntN(len(acts))]()
}

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("%s\nafter:\n%s", fmt.Sprintf(format, args...), strings.Join(w.log, "\n"))
}

// check compares the desk with the model.
func (w *world) check() {
	w.t.Helper()
	ticket := w.TicketOf(w.c)
	if ticket.State != w.m.state || ticket.Owner != w.m.owner || ticket.Queue != w.m.queue || (ticket.Owner != "") != (ticket.State == desk.Assigned) {
		w.fail("ticket is %s of %q, want %s of %q", ticket.State, ticket.Owner, w.m.state, w.m.owner)
	}
	w.checkRoom(ticket)
	w.checkCard(ticket)
	w.checkCall()
	w.checkMessages()
}

// checkMessages checks what the customer reads, and that a client that asks for what is newer than it has misses nothing.
func (w *world) checkMessages() {
	w.t.Helper()
	all := w.Messages(w.c)
	data, err := json.Marshal(all)
	if err != nil {
		w.fail("%v", err)
	}
	if strings.Contains(string(data), secret) {
		w.fail("the customer reads a secret: %s", data)
	}
	news, err := w.MessagesAfter(w.c, w.m.rev, 1000)
	if err != nil {
		w.fail("%v", err)
	}
	for _, m := range news {
		if m.Rev <= w.m.rev {
			w.fail("rev %d after %d", m.Rev, w.m.rev)
		}
		w.m.rev = m.Rev
		w.m.client[m.ID] = m
	}
	for i, m := range all {
		have := w.m.client[m.ID]
		have.Status = m.Status // told by the positions
		if fmt.Sprintf("%+v", have) != fmt.Sprintf("%+v", m) {
			w.fail("the client has %+v, stored is %+v", have, m)
		}
		if i > 0 && m.Seq <= all[i-1].Seq || m.Rev < m.Seq {
			w.fail("seq %d, rev %d", m.Seq, m.Rev)
		}
	}
	conversation, err := w.Conversation(w.c)
	if err != nil || conversation.Rev < w.m.rev || conversation.StaffGot > conversation.Rev {
		w.fail("conversation %+v, %v", conversation, err)
	}
	var standing []string
	for _, m := range all {
		if m.Author == desk.FromStaff && m.Deleted.IsZero() {
			standing = append(standing, m.Content.Text)
		}
	}
	want := slices.Collect(maps.Values(w.m.told))
	slices.Sort(standing)
	slices.Sort(want)
	if !slices.Equal(standing, want) {
		w.fail("the staff's words to the customer are %q, want %q", standing, want)
	}
}

// FuzzDesk lets random people do random things and checks after each that the desk is what it ought to be.
func FuzzDesk(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		d := newDesk(t, twoQueues, withNina, func(in *desk.SitesConfigured) {
			in.Queues[0].Assign = []desk.AssignMode{"", desk.AssignRoundRobin, desk.AssignLeastBusy}[seed%3]
			in.Queues[1].InviteLimit = int(seed % 5)
		})
		w := &world{
			Desk: d, t: t, random: rand.New(rand.NewPCG(seed, 1)), c: d.Open(),
			m: &model{
				name:   "Visitor 1",
				guests: map[desk.UserID]bool{}, watches: map[desk.UserID]bool{}, open: map[desk.EventID]bool{}, author: map[desk.EventID]desk.UserID{},
				sits:   map[desk.UserID]bool{},
				client: map[desk.MessageID]desk.Message{}, told: map[desk.EventID]string{}, posted: map[desk.EventID]posted{},
			},
		}
		for range 60 {
			w.step()
			w.check()
		}
	})
}
