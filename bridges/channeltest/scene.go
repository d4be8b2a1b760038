package channeltest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
)

// talk: a question, who answers, an answer, each to be read at the other end.
func (s *scene) talk() {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Do you sell <tea> & cups?")
	if p := s.posted("Do you sell <tea> & cups?"); p.Room != room || p.As == desk.Bot {
		s.Errorf("the question is said in %s by %s", p.Room, p.As)
	}
	s.say(room, "We do: <black> & green.")
	if m := s.sees(c, "We do: <black> & green."); m.Mine {
		s.Error("the answer is shown as the customer's own")
	}
	c.Write("Black, please")
	s.posted("Black, please")
}

// order: what is written at once arrives once, in the order of writing, on both sides.
func (s *scene) order() {
	const n = 6
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	var asked, answered []string
	for i := range n {
		asked, answered = append(asked, fmt.Sprintf("question %d", i)), append(answered, fmt.Sprintf("answer %d", i))
		c.Write(asked[i])
		s.say(room, answered[i])
	}
	s.sees(c, answered[n-1])
	s.posted(asked[n-1])
	var got []string
	for _, m := range c.Sees() {
		if strings.HasPrefix(m.Text, "answer ") {
			got = append(got, m.Text)
		}
	}
	if !slices.Equal(got, answered) {
		s.Errorf("the customer sees %q", got)
	}
	got = nil
	for _, p := range s.house.Posts() {
		if p.Room == room && strings.HasPrefix(p.Text, "question ") {
			got = append(got, p.Text)
		}
	}
	if !slices.Equal(got, asked) {
		s.Errorf("the staff sees %q", got)
	}
}

// twoCustomers: nobody sees what is for somebody else.
func (s *scene) twoCustomers() {
	ivan, olga := s.house.Customer(s, "Ivan"), s.house.Customer(s, "Olga")
	first, second := s.begin(ivan, "I am Ivan"), s.begin(olga, "I am Olga")
	if first == second {
		s.Fatal("both are in one room")
	}
	s.say(first, "To Ivan")
	s.say(second, "To Olga")
	s.sees(ivan, "To Ivan")
	s.sees(olga, "To Olga")
	for _, x := range []struct {
		customer Customer
		foreign  string
	}{{ivan, "Olga"}, {olga, "Ivan"}} {
		for _, m := range x.customer.Sees() {
			if strings.HasSuffix(m.Text, x.foreign) {
				s.Errorf("somebody else sees %q", m.Text)
			}
		}
	}
}

// longText: a long answer arrives whole, in however many pieces.
func (s *scene) longText() {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Tell me everything")
	var words []string
	for i := range 1500 {
		words = append(words, fmt.Sprintf("word%d", i))
	}
	s.say(room, strings.Join(words, " "))
	s.say(room, "That is all")
	s.sees(c, "That is all")
	var got []string
	for _, m := range c.Sees() {
		if !m.Mine && strings.Contains(m.Text, "word") {
			got = append(got, strings.Fields(m.Text)...)
		}
	}
	if !slices.Equal(got, words) {
		s.Errorf("%d of %d words came, or in another order", len(got), len(words))
	}
}

// private: a note, a thread and what belongs to them stay inside, also when they are edited, while what follows goes out.
func (s *scene) private() {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	note := s.say(room, "// secret note")
	s.house.Decide(s, desk.StaffEdit{
		Room: room, Event: s.anna.Event(), Sender: desktest.Anna, Replaces: note, Content: content.Message{Text: "secret edit"},
	})
	s.anna.SayAs(s, room, "secret answer", func(m *desk.StaffMessage) { m.Relation, m.Relates = desk.InReply, note })
	s.anna.SayAs(s, room, "secret thread", func(m *desk.StaffMessage) {
		m.Relation, m.Relates = desk.InThread, eventOf(s.posted("Hello?"))
	})
	s.say(room, "Good morning")
	s.sees(c, "Good morning")
	for _, m := range c.Sees() {
		if strings.Contains(m.Text, "secret") {
			s.Errorf("the customer sees %q", m.Text)
		}
	}
}

// topics: whoever writes is asked what it is about, and gets into that queue.
func (s *scene) topics() {
	s.house.Topics(s, time.Minute, "Sales", "Delivery")
	c := s.house.Customer(s, "Ivan")
	c.Write("Where is my parcel?")
	s.until("the topics are offered", func() bool { return slices.Equal(c.Offered(), []string{"Sales", "Delivery"}) })
	c.Choose("Delivery")
	s.until("nothing is offered any more", func() bool { return len(c.Offered()) == 0 })
	s.until("the ticket waits in the chosen queue", func() bool {
		ticket := s.ticket(c)
		return ticket.Queue == "delivery" && ticket.State == desk.Waiting
	})
}

// topicsTooLate: who does not choose in time is passed on all the same, and there is nothing to choose any more, or where it cannot be taken away
// choosing changes nothing.
func (s *scene) topicsTooLate() {
	s.house.Topics(s, 500*time.Millisecond, "Sales", "Delivery")
	c := s.house.Customer(s, "Ivan")
	c.Write("Where is my parcel?")
	s.until("the topics are offered", func() bool { return slices.Equal(c.Offered(), []string{"Sales", "Delivery"}) })
	s.until("the ticket waits in the queue of those who choose nothing", func() bool {
		ticket := s.ticket(c)
		return ticket.Queue == desktest.Queue && ticket.State == desk.Waiting
	})
	s.posted("Where is my parcel?")
	if s.house.Can.Deleted {
		s.until("nothing is offered any more", func() bool { return len(c.Offered()) == 0 })
		return
	}
	c.Choose("Delivery")
	c.Write("Anybody there?")
	s.posted("Anybody there?")
	if ticket := s.ticket(c); ticket.Queue != desktest.Queue {
		s.Errorf("the ticket went to %s after all", ticket.Queue)
	}
}

// rating: after the end the customer is asked for stars, which reach the staff; who writes again is in a new ticket.
func (s *scene) rating() {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	if c.Ratable() {
		s.Error("a rating is asked for before the end")
	}
	ticket := s.ticket(c)
	s.say(room, "!close")
	s.until("a rating is asked for", c.Ratable)
	c.Rate(4)
	s.until("the rating is stored", func() bool {
		stars := 0
		s.house.Read(s, func(tx journal.Tx) error {
			if r, err := tx.Rating(ticket.ID); err == nil {
				stars = r.Stars
			}
			return nil
		})
		return stars == 4
	})
	c.Write("One more thing")
	s.posted("One more thing")
	if s.ticket(c).ID == ticket.ID {
		s.Error("the closed ticket is open again, though it was rated")
	}
}

// answers: what answers what is shown at the other end.
func (s *scene) answers() {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	asked := s.posted("Hello?")
	event := s.anna.SayAs(s, room, "Good morning", func(m *desk.StaffMessage) { m.Relation, m.Relates = desk.InReply, eventOf(asked) })
	m := s.sees(c, "Good morning")
	if own := s.sees(c, "Hello?"); m.Answers != own.Handle {
		s.Errorf("the answer is to %q, the question is %q", m.Answers, own.Handle)
	}
	c.Answer(m.Handle, "And you?")
	if p := s.posted("And you?"); !s.means(p.Reply, event) {
		s.Errorf("in Matrix the answer is to %+v, not to %s", p.Reply, event)
	}
}

// means reports whether a reference is to an event.
func (s *scene) means(ref desk.Ref, event desk.EventID) (ok bool) {
	s.Helper()
	if ref.Event != "" || ref.Row != "" {
		return ref.Event == event || "$"+string(ref.Row) == string(event)
	}
	s.house.Read(s, func(tx journal.Tx) error {
		all, err := tx.EventsOf(ref.Message)
		ok = slices.ContainsFunc(all, func(e desk.Event) bool { return e.ID == event })
		return err
	})
	return ok
}

func (s *scene) customerEdits() {
	c := s.house.Customer(s, "Ivan")
	s.begin(c, "Hello?")
	handle := c.Write("I have 2 cats")
	before := s.posted("I have 2 cats")
	c.Edit(handle, "I have 3 cats")
	s.post("the edit is in Matrix", func(p desk.Post) bool {
		return strings.Contains(p.Text, "I have 3 cats") && s.means(p.Replaces, eventOf(before))
	})
}

func (s *scene) staffEdits() {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	event := s.say(room, "It costs 10 euros")
	before := s.sees(c, "It costs 10 euros")
	s.house.Decide(s, desk.StaffEdit{
		Room: room, Event: s.anna.Event(), Sender: desktest.Anna, Replaces: event, Content: content.Message{Text: "It costs 12 euros"},
	})
	if after := s.sees(c, "It costs 12 euros"); after.Handle != before.Handle {
		s.Errorf("the edit is another message")
	}
	if slices.ContainsFunc(c.Sees(), func(m Seen) bool { return m.Text == before.Text }) {
		s.Error("what was edited is still there")
	}
}

func (s *scene) staffDeletes() {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	event := s.say(room, "My password is 1234")
	s.sees(c, "My password is 1234")
	s.anna.TakeBack(s, room, event)
	s.until("it is gone", func() bool {
		return !slices.ContainsFunc(c.Sees(), func(m Seen) bool { return m.Text == "My password is 1234" })
	})
}

func (s *scene) customerReacts() {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	s.say(room, "Good morning")
	c.React(s.sees(c, "Good morning").Handle, "👍")
	s.until("the reaction is stored", func() bool { return s.reactions(c, "Good morning") == "👍" })
}

// reactions are those that a message of the log has.
func (s *scene) reactions(c Customer, text string) (keys string) {
	s.Helper()
	s.house.Read(s, func(tx journal.Tx) error {
		all, err := tx.MessagesBefore(c.Conversation(), 0, 100)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.Content.Text != text {
				continue
			}
			for _, r := range m.Reactions {
				keys += r.Key
			}
		}
		return nil
	})
	return keys
}

func (s *scene) staffReacts() {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	asked := s.posted("Hello?")
	thumb := s.anna.React(s, room, eventOf(asked), "👍")
	s.until("the customer sees the reaction", func() bool { return slices.Equal(s.sees(c, "Hello?").Reactions, []string{"👍"}) })
	s.anna.TakeBack(s, room, thumb)
	s.until("the reaction is gone", func() bool { return len(s.sees(c, "Hello?").Reactions) == 0 })
}

func (s *scene) typing() {
	c := s.house.Customer(s, "Ivan")
	s.begin(c, "Hello?")
	s.house.Typing(c.Conversation(), true)
	s.until("the staff is shown typing", c.Typing)
	s.house.Typing(c.Conversation(), false)
	s.until("the staff is not shown typing any more", func() bool { return !c.Typing() })
}
