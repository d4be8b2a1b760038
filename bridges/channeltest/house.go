// Package channeltest is what every channel has to do, as tests: people write through it and are answered from Matrix, each message once and in
// order, changes and reactions follow, and what is private stays private. A channel passes by giving a House of itself, with a whole desk
// behind it, to Run.
package channeltest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

// House is a desk with the configuration of desktest and one channel open. The homeserver behind it is a script, in which everything works at once
// and the event of a post is called "$" and the post's id.
type House struct {
	Can      Can
	Customer func(t testing.TB, name string) Customer // a new one, who speaks English and has not written yet
	Decide   func(testing.TB, desk.Input)             // what happens elsewhere, in Matrix
	Read     func(testing.TB, func(journal.Tx) error)
	Posts    func() []desk.Post                              // brought to Matrix so far
	Topics   func(t testing.TB, names ...string)             // lets the site offer topics; their queues are the names in lower case
	Typing   func(conversation desk.ConversationID, on bool) // what the channel is told of the staff
}

// Can says what people can do in the channel besides writing and reading. What is not declared is not asked for.
type Can struct {
	Answer, Edit, React bool // the customer
	Edited, Deleted     bool // the customer sees changes and deletions of the staff
	Reacted             bool
	Typing              bool
}

// Customer is a person at the other end of the channel. Handles are the channel's names of messages.
type Customer interface {
	Write(text string) (handle string)
	Answer(handle, text string)
	Edit(handle, text string)
	React(handle, key string)
	Choose(topic string)
	Rate(stars int)
	// Sees gives the messages, the customer's own too, as they are shown now, in order, without those that were deleted.
	Sees() []Seen
	// Offered are the names of the topics that can be chosen now.
	Offered() []string
	// Ratable reports whether the customer is asked for a rating.
	Ratable() bool
	// Typing reports whether the staff is shown typing.
	Typing() bool
	Conversation() desk.ConversationID
}

// Seen is a message as its reader sees it.
type Seen struct {
	Handle    string
	Mine      bool
	Text      string
	Answers   string // handle of the answered message
	Reactions []string
}

// Run puts a channel to the test; open makes a new house for each part of it.
func Run(t *testing.T, open func(testing.TB) House) {
	for _, part := range []struct {
		name   string
		needed func(Can) bool
		run    func(*scene)
	}{
		{"Talk", nil, (*scene).talk},
		{"Order", nil, (*scene).order},
		{"TwoCustomers", nil, (*scene).twoCustomers},
		{"LongText", nil, (*scene).longText},
		{"Private", nil, (*scene).private},
		{"Topics", nil, (*scene).topics},
		{"Rating", nil, (*scene).rating},
		{"Answers", func(c Can) bool { return c.Answer }, (*scene).answers},
		{"CustomerEdits", func(c Can) bool { return c.Edit }, (*scene).customerEdits},
		{"StaffEdits", func(c Can) bool { return c.Edited }, (*scene).staffEdits},
		{"StaffDeletes", func(c Can) bool { return c.Deleted }, (*scene).staffDeletes},
		{"CustomerReacts", func(c Can) bool { return c.React }, (*scene).customerReacts},
		{"StaffReacts", func(c Can) bool { return c.Reacted }, (*scene).staffReacts},
		{"Typing", func(c Can) bool { return c.Typing }, (*scene).typing},
	} {
		t.Run(part.name, func(t *testing.T) {
			h := open(t)
			if part.needed == nil || part.needed(h.Can) {
				part.run(&scene{T: t, house: h})
			}
		})
	}
}

// scene is a house during a test.
type scene struct {
	*testing.T
	house  House
	events atomic.Int64
}

// patience is how long a scene waits for anything.
const patience = 20 * time.Second

// until waits until something is so.
func (s *scene) until(what string, ok func() bool) {
	s.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit.C:
			s.Fatalf("waited in vain until %s", what)
		}
	}
}

// sees waits until a customer sees a text, and gives it.
func (s *scene) sees(c Customer, text string) Seen {
	s.Helper()
	var found Seen
	s.until(fmt.Sprintf("the customer sees %q", text), func() bool {
		for _, m := range c.Sees() {
			if m.Text == text {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// posted waits for a customer's text in Matrix.
func (s *scene) posted(text string) desk.Post {
	s.Helper()
	return s.post(fmt.Sprintf("%q is in Matrix", text), func(p desk.Post) bool { return p.Text == text && p.As != desk.Bot })
}

func (s *scene) post(what string, ok func(desk.Post) bool) desk.Post {
	s.Helper()
	var found desk.Post
	s.until(what, func() bool {
		for _, p := range s.house.Posts() {
			if ok(p) {
				found = p
				return true
			}
		}
		return false
	})
	return found
}

// begin lets a customer write and Anna take the ticket; it gives the room.
func (s *scene) begin(c Customer, text string) desk.RoomKey {
	s.Helper()
	c.Write(text)
	s.posted(text)
	var ticket *desk.Ticket
	room := s.room(c, &ticket)
	s.say(desk.LobbyRoom(desktest.Queue), fmt.Sprintf("!accept %d", ticket.Number))
	s.house.Decide(s, desk.MemberChanged{Room: room, Event: s.event(), User: desktest.Anna, Sender: desktest.Anna, Membership: "join", Previous: "invite"})
	return room
}

// room gives the room of a customer's conversation, and its ticket.
func (s *scene) room(c Customer, ticket **desk.Ticket) (room desk.RoomKey) {
	s.Helper()
	s.house.Read(s, func(tx journal.Tx) error {
		conversation, err := tx.Conversation(c.Conversation())
		if err != nil {
			return err
		}
		room = desk.PortalRoom(conversation.Portal)
		*ticket, err = tx.Ticket(conversation.Ticket)
		return err
	})
	return room
}

func (s *scene) event() desk.EventID { return desk.EventID(fmt.Sprintf("$scene%d", s.events.Add(1))) }

func eventOf(p desk.Post) desk.EventID { return desk.EventID("$" + p.ID) }

// say lets Anna write into a room.
func (s *scene) say(room desk.RoomKey, text string) desk.EventID {
	return s.sayAs(room, text, func(*desk.StaffMessage) {})
}

func (s *scene) sayAs(room desk.RoomKey, text string, change func(*desk.StaffMessage)) desk.EventID {
	s.Helper()
	in := desk.StaffMessage{Room: room, Event: s.event(), Sender: desktest.Anna, Content: content.Message{Text: text}, At: time.Now()}
	change(&in)
	s.house.Decide(s, in)
	return in.Event
}
