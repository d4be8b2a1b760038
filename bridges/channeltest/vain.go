package channeltest

import (
	"strings"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// inVain lets Anna try something at what she has said, which the customer goes on seeing as it was: she is told once, where she tried.
func (s *scene) inVain(words string, try func(room desk.RoomKey, event desk.EventID)) {
	c := s.house.Customer(s, "Ivan")
	room := s.begin(c, "Hello?")
	event := s.say(room, "It costs 10 euros")
	s.sees(c, "It costs 10 euros")
	try(room, event)
	told := func(p desk.Post) bool { return p.Reply.Event == event && strings.Contains(p.Text, words) }
	s.post("Anna is told", told)
	s.say(room, "Anything else?")
	s.sees(c, "Anything else?")
	s.sees(c, "It costs 10 euros")
	n := 0
	for _, p := range s.house.Posts() {
		if told(p) {
			n++
		}
	}
	if n != 1 {
		s.Errorf("told %d times", n)
	}
}

func (s *scene) staffEditsInVain() {
	s.inVain("still sees the earlier words", func(room desk.RoomKey, event desk.EventID) {
		s.house.Decide(s, desk.StaffEdit{
			Room: room, Event: s.anna.Event(), Sender: desktest.Anna, Replaces: event, Content: content.Message{Text: "It costs 12 euros"},
		})
	})
}

func (s *scene) staffDeletesInVain() {
	s.inVain("still sees the message", func(room desk.RoomKey, event desk.EventID) { s.anna.TakeBack(s, room, event) })
}

func (s *scene) staffReactsInVain() {
	s.inVain("does not see the reaction", func(room desk.RoomKey, event desk.EventID) { s.anna.React(s, room, event, "👍") })
}
