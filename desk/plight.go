package desk

// Plight is what stands in the room since a message did not arrive, for as long as it has not: the effects that put it there.
type Plight struct {
	Marks []EffectID `json:"marks,omitempty"` // reactions at the message
	Lines []EffectID `json:"lines,omitempty"` // that tell why
}

// None reports whether there is nothing.
func (p Plight) None() bool { return len(p.Marks)+len(p.Lines) == 0 }

// markFailed marks a message of the staff's that did not arrive, and says why. One that was sent once more, in vain, keeps its marks; what was
// said of it then is not news any more. The caller puts the message.
func (a *act) markFailed(site *Site, m *Message, line Post) {
	if event := line.Reply.Event; len(m.Plight.Marks) == 0 && event != "" {
		m.Plight.Marks = []EffectID{a.mark(line.Room, event, markUnsent), a.mark(line.Room, event, buttonResend)}
	}
	a.rewrite(site, line.Room, m.Plight.Lines, "plight.again")
	m.Plight.Lines = []EffectID{a.line(line)}
}

// relieve takes back what stands in the room since a message had not arrived. What was said of it says now what became of it, by the text of a
// key: a line that was taken back would leave a gap that says nothing. The caller puts the message.
func (a *act) relieve(m *Message, key string) error {
	if m.Plight.None() {
		return nil
	}
	room, err := a.portalOf(m)
	if err != nil {
		return err
	}
	_, site, err := a.roomLabel(room)
	if err != nil {
		return err
	}
	for _, mark := range m.Plight.Marks {
		a.emit(Redact{ID: a.effectID(), Room: room, As: Bot, Target: Ref{Row: mark}})
	}
	a.rewrite(site, room, m.Plight.Lines, key)
	m.Plight = Plight{}
	return nil
}

func (a *act) rewrite(site *Site, room RoomKey, lines []EffectID, key string) {
	for _, line := range lines {
		a.line(Post{Room: room, Text: a.staffText(site, key), Replaces: Ref{Row: line}})
	}
}
