package channeltest

import (
	"slices"
	"strings"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// letters are files that differ, and that every channel takes for documents.
func letters() (files []File, names []string) {
	for _, name := range []string{"first.pdf", "second.pdf", "third.pdf"} {
		files, names = append(files, File{name, "application/pdf", "%PDF-1.4 " + name}), append(names, name)
	}
	return files, names
}

// customerAlbum: what is sent at once stands together in the room, in its order and with its words, and what is written next after it.
func (s *scene) customerAlbum() {
	files, names := letters()
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	c.Album("my letters", files...)
	s.post("the last file is in Matrix", func(p desk.Post) bool { return p.File != nil && p.File.Name == names[2] })
	c.Write("Did you get them?")
	s.posted("Did you get them?")
	words := 0
	var all []string // of the room, files by their names
	for _, p := range s.house.Posts() {
		switch {
		case p.Room != room:
			continue
		case p.File != nil:
			all = append(all, p.File.Name)
		default:
			all = append(all, "words: "+p.Text)
		}
		words += strings.Count(p.Text, "my letters")
	}
	at := slices.Index(all, names[0])
	if at < 0 || at+len(names) > len(all) || !slices.Equal(all[at:at+len(names)], names) || slices.Contains(all[at+1:], names[0]) {
		s.Errorf("the files are not together: %q", all)
	}
	if words != 1 {
		s.Errorf("their words are there %d times", words)
	}
}

// staffAlbum: what Anna sends at once is shown as one, in its order and with its words.
func (s *scene) staffAlbum() {
	files, names := letters()
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	s.anna.SayAs(s, room, "our letters", func(m *desk.StaffMessage) { m.Files = s.house.Files(s, files...) })
	s.say(room, "Did you get them?")
	s.sees(c, "Did you get them?")
	var got []string
	words, albums := 0, map[string]bool{}
	for _, m := range c.Sees() {
		if len(m.Files) > 0 {
			got = append(got, m.Files...)
			albums[m.Album] = true
		}
		words += strings.Count(m.Text, "our letters")
	}
	if !slices.Equal(got, names) || words != 1 {
		s.Errorf("the customer sees the files %q, and their words %d times", got, words)
	}
	if len(albums) != 1 || albums[""] {
		s.Errorf("they are shown as %v", albums)
	}
}

// consent: nobody hears the customer before the consent; with it everything said before is heard, and nothing is asked again.
func (s *scene) consent() {
	s.house.Terms(s, "1")
	c := s.house.Customer(s, "Ivan")
	c.Write("Do you sell tea?")
	c.Write("And cups?")
	s.until("the customer is asked to agree", c.AskedToAgree)
	s.wantUnheard(c)
	c.Agree()
	s.posted("Do you sell tea?")
	s.posted("And cups?")
	s.until("the question is gone", func() bool { return !c.AskedToAgree() })
	s.anna.Accept(s, c.Conversation())
	c.Write("One more thing")
	s.posted("One more thing")
	if got := s.consents(c); len(got) != 1 || got[0].Version != "1" || got[0].Text == "" || got[0].At.IsZero() {
		s.Errorf("of the consent is kept %+v", got)
	}
}

// newTerms: who agreed to terms that are of yesterday is asked anew.
func (s *scene) newTerms() {
	s.house.Terms(s, "1")
	c := s.house.Customer(s, "Ivan")
	c.Write("Hello?")
	s.until("the customer is asked to agree", c.AskedToAgree)
	c.Agree()
	s.posted("Hello?")
	s.until("the question is gone", func() bool { return !c.AskedToAgree() })
	s.house.Terms(s, "2")
	c.Write("Under new terms")
	s.until("the customer is asked anew", c.AskedToAgree)
	for _, p := range s.house.Posts() {
		if strings.Contains(p.Text, "Under new terms") {
			s.Error("the customer is heard before that")
		}
	}
	c.Agree()
	s.posted("Under new terms")
	if got := s.consents(c); len(got) != 2 {
		s.Errorf("of the consents is kept %+v", got)
	}
}

// wantUnheard checks that nobody knows of a customer.
func (s *scene) wantUnheard(c Customer) {
	s.Helper()
	s.house.Read(s, func(tx journal.Tx) error {
		conversation, err := tx.Conversation(c.Conversation())
		if err == nil && conversation.Ticket != "" {
			s.Errorf("there is ticket %s before the consent", conversation.Ticket)
		}
		return err
	})
	for _, p := range s.house.Posts() {
		if strings.Contains(p.Text, "tea") || strings.Contains(p.Text, "cups") {
			s.Errorf("before the consent Matrix has %q", p.Text)
		}
	}
	if got := s.consents(c); len(got) != 0 {
		s.Errorf("before the consent there is %+v", got)
	}
}

func (s *scene) consents(c Customer) (all []desk.Consent) {
	s.Helper()
	s.house.Read(s, func(tx journal.Tx) error {
		conversation, err := tx.Conversation(c.Conversation())
		if err != nil {
			return err
		}
		all, err = tx.Consents(conversation.Customer)
		return err
	})
	return all
}
