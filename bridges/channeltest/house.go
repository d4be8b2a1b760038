// Package channeltest is what every channel has to do, as tests: people write through it and are answered from Matrix, each message once and in
// order, changes and reactions follow, and what is private stays private. A channel passes by giving a House of itself, with a whole desk
// behind it, to Run.
package channeltest

import (
	"fmt"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// House is a desk with the configuration of desktest and one channel open. The homeserver behind it is a script, in which everything works at once
// and the event of a post is called "$" and the post's id.
type House struct {
	Can      Can
	Customer func(t testing.TB, name string) Customer // a new one, who speaks English and has not written yet
	Decide   func(testing.TB, desk.Input)             // what happens elsewhere, in Matrix
	Read     func(testing.TB, func(journal.Tx) error)
	Posts    func() []desk.Post // brought to Matrix so far
	// Topics lets the site offer topics, one of which can be chosen within a time. Their queues are the names in lower case.
	Topics func(t testing.TB, within time.Duration, names ...string)
	Terms  func(t testing.TB, version string)              // lets the site ask for the consent to these; needed by Can.Consent
	Files  func(testing.TB, ...File) []desk.File           // puts files into the media repository, for the staff; needed by Can.Album
	Typing func(conversation desk.ConversationID, on bool) // what the channel is told of the staff
}

// File is a file that somebody sends. Its name says what it is.
type File struct{ Name, Type, Body string }

// Record is the file as it comes with a message of the staff, its bytes being where mxc says.
func (f File) Record(mxc string) desk.File {
	return desk.File{Attachment: content.Attachment{Name: f.Name, Type: f.Type, Size: int64(len(f.Body)), Kind: content.KindOf(f.Type)}, MXC: mxc}
}

// Can says what people can do in the channel besides writing and reading. What is not declared of customers is not asked for; what the staff try
// in vain they have to be told.
type Can struct {
	Answer, Edit, React bool // the customer
	Edited, Deleted     bool // the customer sees changes and deletions of the staff
	Reacted             bool
	Typing              bool
	Album               bool // both sides send several files at once, with words
	Consent             bool // who has not agreed to the site's terms is asked first, in the channel
}

// Customer is a person at the other end of the channel. Handles are the channel's names of messages.
type Customer interface {
	Write(text string) (handle string)
	Answer(handle, text string)
	Edit(handle, text string)
	React(handle, key string)
	Album(words string, files ...File)
	// AskedToAgree reports whether there is a question for consent to answer, and Agree answers it.
	AskedToAgree() bool
	Agree()
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
	Files     []string // their names
	Album     string   // the same in messages that are shown as one; empty if there are no others
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
		{"TopicsTooLate", nil, (*scene).topicsTooLate},
		{"Rating", nil, (*scene).rating},
		{"Answers", func(c Can) bool { return c.Answer }, (*scene).answers},
		{"CustomerEdits", func(c Can) bool { return c.Edit }, (*scene).customerEdits},
		{"StaffEdits", func(c Can) bool { return c.Edited }, (*scene).staffEdits},
		{"StaffDeletes", func(c Can) bool { return c.Deleted }, (*scene).staffDeletes},
		{"CustomerReacts", func(c Can) bool { return c.React }, (*scene).customerReacts},
		{"StaffReacts", func(c Can) bool { return c.Reacted }, (*scene).staffReacts},
		{"StaffEditsInVain", func(c Can) bool { return !c.Edited }, (*scene).staffEditsInVain},
		{"StaffDeletesInVain", func(c Can) bool { return !c.Deleted }, (*scene).staffDeletesInVain},
		{"StaffReactsInVain", func(c Can) bool { return !c.Reacted }, (*scene).staffReactsInVain},
		{"CustomerAlbum", func(c Can) bool { return c.Album }, (*scene).customerAlbum},
		{"StaffAlbum", func(c Can) bool { return c.Album }, (*scene).staffAlbum},
		{"Consent", func(c Can) bool { return c.Consent }, (*scene).consent},
		{"NewTerms", func(c Can) bool { return c.Consent }, (*scene).newTerms},
		{"Typing", func(c Can) bool { return c.Typing }, (*scene).typing},
	} {
		t.Run(part.name, func(t *testing.T) {
			h := open(t)
			if part.needed == nil || part.needed(h.Can) {
				part.run(&scene{T: t, house: h, anna: NewAnna(h.Decide, h.Read)})
			}
		})
	}
}

// scene is a house during a test.
type scene struct {
	*testing.T
	house House
	anna  *Anna
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
	return s.anna.Accept(s, c.Conversation())
}

// ticket gives the ticket of a customer's conversation.
func (s *scene) ticket(c Customer) *desk.Ticket {
	s.Helper()
	_, ticket := s.anna.ticket(s, c.Conversation())
	return ticket
}

func eventOf(p desk.Post) desk.EventID { return desk.EventID("$" + p.ID) }

// say lets Anna write into a room.
func (s *scene) say(room desk.RoomKey, text string) desk.EventID { return s.anna.Say(s, room, text) }
