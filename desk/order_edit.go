package desk

import "fmt"

// editCommands change, and take back, words that the bot has posted for somebody: their own client does so only with what they have posted
// themselves.
func editCommands() []command {
	return []command{
		{
			name: "edit", aliases: []string{"e", "исправить", "правка"}, rooms: []string{KindPortal}, run: (*act).orderEdit,
			params: []param{{name: "new_text", kind: paramRest}},
		},
		{name: "retract", aliases: []string{"rt", "отозвать"}, rooms: []string{KindPortal}, run: (*act).orderRetract},
	}
}

// recentMessages is how far back is looked for what somebody has said last.
const recentMessages = 50

// orderEdit changes what the customer reads of words that the bot has posted for who gives the order: those answered, else their last.
func (a *act) orderEdit(o *order) (answer, error) {
	if o.in.Relation == InThread {
		return answer{}, Refuse(Denied, "edit.in_thread")
	}
	m, err := a.spokenFor(o, "edit")
	if err != nil {
		return answer{}, err
	}
	text := o.given.rest
	if len(text) > maxPartText {
		return answer{}, Refuse(Invalid, "message.edit_too_long")
	}
	in := StaffEdit{Room: o.room, Sender: o.by, Quoted: o.in.Quoted}
	in.Content.Text = text
	refusal, err := a.editRefusal(o.place, in)
	if err != nil {
		return answer{}, err
	}
	if refusal != nil {
		return answer{}, refusal
	}
	if text == m.Content.Text {
		return answer{}, Refuse(Conflict, "edit.same")
	}
	before := m.Content
	m.Content.Text, m.Content.HTML, m.Edited = text, "", a.now
	if err := a.revise(o.place.conversation, m); err != nil {
		return answer{}, err
	}
	post := a.postedFor(m)
	post.ID, post.Room, post.Replaces = editRow(m.ID, a.newID()), o.room, Ref{Message: m.ID}
	a.emit(post)
	return answer{}, a.noteSaid(o.by, "message.edited", before, m)
}

// orderRetract takes words back that the bot has posted for who gives the order, from the customer and from the room.
func (a *act) orderRetract(o *order) (answer, error) {
	if o.in.Relation == InThread {
		return answer{}, Refuse(Denied, "edit.in_thread")
	}
	m, err := a.spokenFor(o, "retract")
	if err != nil {
		return answer{}, err
	}
	refusal, err := a.maySpeak(o.place, o.by)
	if err != nil {
		return answer{}, err
	}
	if refusal != nil {
		return answer{}, Refuse(refusal.Code, "retract.refused", a.word(o, refusal.Key, refusal.Args...))
	}
	for i := range partsOf(m.Content) {
		a.emit(Redact{ID: a.effectID(), Room: o.room, As: Bot, Target: Ref{Message: m.ID, Part: i}})
	}
	before := m.Content
	if err := a.erase(o.place.conversation, m); err != nil {
		return answer{}, err
	}
	return answer{}, a.noteSaid(o.by, "message.retracted", before, m)
}

// spokenFor finds the message an order means, to "edit" or to "retract": the one answered, else the last.
func (a *act) spokenFor(o *order, what string) (*Message, error) {
	if o.in.Relation == InReply {
		ev, err := a.event(o.room, o.in.Relates)
		if err != nil {
			return nil, err
		}
		if ev == nil || ev.Kind != EventMessage && ev.Kind != EventEdit {
			return nil, Refuse(NotFound, what+".what")
		}
		m, err := a.tx.Message(ev.Message)
		if err != nil {
			return nil, fmt.Errorf("message %s to edit: %w", ev.Message, err)
		}
		return m, a.mayReword(o, m, what)
	}
	recent, err := a.tx.MessagesBefore(o.place.conversation.ID, 0, recentMessages)
	if err != nil {
		return nil, fmt.Errorf("messages of conversation %s: %w", o.place.conversation.ID, err)
	}
	for i := len(recent) - 1; i >= 0; i-- {
		m := &recent[i]
		if m.Author == FromStaff && m.Operator == o.by && m.Ticket == o.place.ticket.ID && m.Deleted.IsZero() {
			return m, a.mayReword(o, m, what)
		}
	}
	return nil, Refuse(NotFound, what+".what")
}

// mayReword refuses to touch what somebody else has said, what is gone, and what the giver's own client can change: there it would stand unchanged.
func (a *act) mayReword(o *order, m *Message, what string) error {
	if m.Author != FromStaff || m.Operator != o.by {
		return Refuse(Denied, "edit.not_yours")
	}
	if !m.Deleted.IsZero() {
		return Refuse(Conflict, "message.deleted")
	}
	if m.Ticket != o.place.ticket.ID {
		return Refuse(Conflict, "unsent.closed")
	}
	events, err := a.tx.EventsOf(m.ID)
	if err != nil {
		return fmt.Errorf("events of message %s: %w", m.ID, err)
	}
	if len(events) > 0 && events[0].Row == "" {
		return Refuse(Conflict, what+".in_client")
	}
	return nil
}
