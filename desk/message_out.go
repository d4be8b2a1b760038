package desk

import (
	"fmt"
	"slices"
	"strings"

	"frontdesk/content"
)

// Marks the bot puts on messages of the staff.
const (
	markUnsent  = "⚠️"
	markPrivate = "🔒"
)

// keyThread is the key of an event that stands in a thread, where everybody sees that it is among the staff.
const keyThread = "thread"

// staffMessage is a command to the bot, or, in a portal, words to the customer or to the colleagues.
func (a *act) staffMessage(in StaffMessage) error {
	if known, err := a.known(in.Room, in.Event); known || err != nil {
		return err
	}
	if err := a.greet(in); err != nil {
		return err
	}
	if (isCommand(in.Content) || strings.HasPrefix(in.Order, "!")) && !in.Notice {
		return a.order(in)
	}
	if kind, _ := in.Room.Split(); kind == KindAdmins {
		return a.adminsAnswer(in)
	}
	p, err := a.place(in.Room)
	if err != nil || p == nil {
		return err
	}
	s, err := a.secrecyOf(p, in)
	if err != nil {
		return err
	}
	ev := &Event{Room: in.Room, ID: in.Event, Sender: in.Sender, Relates: in.Relates}
	if in.Relation == InThread {
		ev.Key = keyThread
	}
	switch s {
	case private:
		return a.keepPrivate(p, ev, in.Content)
	case implied:
		a.mark(in.Room, in.Event, markPrivate)
		return a.keepPrivate(p, ev, in.Content)
	case slashed:
		a.mark(in.Room, in.Event, markPrivate)
		if !isSlashed(in.Content, " ") { // nobody begins words to a customer with a slash and a space
			a.line(Post{Room: p.room, Text: a.staffText(p.site, "unsent.slash"), Reply: Ref{Event: in.Event}})
		}
		return a.keepPrivate(p, ev, in.Content)
	case internal:
		return a.unsent(p, ev, Refuse(Denied, "unsent.internal"))
	}
	refusal, err := a.maySpeak(p, in.Sender)
	if err != nil {
		return err
	}
	if refusal != nil {
		return a.unsent(p, ev, refusal)
	}
	return a.publish(p, ev, in)
}

// publish makes a message of the staff readable for the customer.
func (a *act) publish(p *portalPlace, ev *Event, in StaffMessage) error {
	body := publicContent(in.Content)
	body.Files = nil
	m := &Message{
		ID: MessageID(a.newID()), Conversation: p.conversation.ID, Ticket: p.ticket.ID, Author: FromStaff, Operator: in.Sender,
		Status: Stored, At: a.moment(in.At),
	}
	for i := range in.Files {
		f := in.Files[i]
		if f.ID == "" {
			f.ID = a.newID()
		}
		f.Conversation, f.Message = p.conversation.ID, m.ID
		if f.Created.IsZero() {
			f.Created = a.now
		}
		if err := a.tx.PutFile(&f); err != nil {
			return fmt.Errorf("put file %s: %w", f.ID, err)
		}
		body.Files = append(body.Files, f.Attachment)
	}
	if body.Empty() {
		return a.unsent(p, ev, Refuse(Invalid, "unsent.empty"))
	}
	m.Content = body
	if err := a.sign(m, p.site.ID, in.Sender); err != nil {
		return err
	}
	var err error
	if m.Reply, err = a.answered(in); err != nil {
		return err
	}
	if err := a.append(p.conversation, m); err != nil {
		return err
	}
	ev.Kind, ev.Message = EventMessage, m.ID
	if err := a.tx.PutEvent(ev); err != nil {
		return fmt.Errorf("put event %s: %w", ev.ID, err)
	}
	return a.tx.PutConversation(p.conversation)
}

// publicContent is what of the staff's words a customer may get: sanitised, without the quoted reply.
func publicContent(m content.Message) content.Message {
	out := content.Message{Text: content.StripReply(m.Text), HTML: content.Sanitize(m.HTML), Files: m.Files, Place: m.Place}
	if out.Text == "" {
		out.Text = content.Plain(out.HTML)
	}
	return out
}

// sign gives a message its author's public name and photo of this moment.
func (a *act) sign(m *Message, site SiteID, u UserID) error {
	f, err := a.face(site, u)
	m.WhoName, m.WhoAvatar = f.Name, f.Avatar
	return err
}

// answered gives the message that words of the staff answer.
func (a *act) answered(in StaffMessage) (MessageID, error) {
	if in.Relation != InReply {
		return "", nil
	}
	ev, err := a.event(in.Room, in.Relates)
	if err != nil || ev == nil {
		return "", err
	}
	return ev.Message, nil
}

// mark puts a reaction of the bot on an event and gives the row its event will carry.
func (a *act) mark(room RoomKey, event EventID, key string) EffectID {
	id := a.effectID()
	a.emit(React{ID: id, Room: room, As: Bot, Target: Ref{Event: event}, Key: key})
	return id
}

// unsent marks words that did not go to the customer, with the reason.
func (a *act) unsent(p *portalPlace, ev *Event, reason *Error) error {
	a.mark(p.room, ev.ID, markUnsent)
	a.line(Post{
		Room: p.room, Text: a.staffText(p.site, "unsent.line", a.staffText(p.site, reason.Key, reason.Args...)),
		Reply: Ref{Event: ev.ID}, Mentions: []UserID{ev.Sender},
	})
	return a.keepInside(p, ev, EventUnsent)
}

// staffEdit changes what the customer reads if it edits a message of the editor's own that went out, and is itself fit to go out.
func (a *act) staffEdit(in StaffEdit) error {
	if known, err := a.known(in.Room, in.Event); known || err != nil {
		return err
	}
	p, err := a.place(in.Room)
	if err != nil {
		return err
	}
	original, err := a.event(in.Room, in.Replaces)
	if err != nil {
		return err
	}
	ev := &Event{Room: in.Room, ID: in.Event, Sender: in.Sender, Relates: in.Replaces}
	if isEditOfCommand(in, original) {
		return a.commandEdited(p, ev)
	}
	switch {
	case p == nil:
		return nil
	case original == nil:
		return a.unsentEdit(p, ev, in.Content, Refuse(Denied, "unsent.edit_unknown"))
	case original.Sender != in.Sender:
		if original.Kind != EventMessage {
			return a.keepAs(p, ev, original.Kind, in.Content)
		}
		return a.keepInside(p, ev, EventPrivate) // clients ignore edits by others, and so do we
	case original.Kind != EventMessage:
		return a.editInside(p, ev, original, in)
	}
	refusal, err := a.editRefusal(p, in)
	if err != nil {
		return err
	}
	if refusal != nil {
		return a.unsentEdit(p, ev, in.Content, refusal)
	}
	return a.publishEdit(p, ev, original, in)
}

// isEditOfCommand reports whether somebody corrects a command of theirs, or makes one of words the customer never got.
func isEditOfCommand(in StaffEdit, original *Event) bool {
	if original == nil {
		return isCommand(unmarked(in.Content))
	}
	return original.Sender == in.Sender && (original.Kind == EventCommand || original.Kind != EventMessage && isCommand(unmarked(in.Content)))
}

// unmarked is an edit without the "* " that stands before the words of one without new content.
func unmarked(m content.Message) content.Message {
	m.Text = strings.TrimPrefix(m.Text, "* ")
	return m
}

// commandEdited tells that an edit carries nothing out: what was ordered at first may be done already. Nobody but the staff is answered.
func (a *act) commandEdited(p *portalPlace, ev *Event) error {
	if p != nil {
		if err := a.keepInside(p, ev, EventCommand); err != nil {
			return err
		}
	} else {
		ev.Kind = EventCommand
		if err := a.tx.PutEvent(ev); err != nil {
			return fmt.Errorf("put edit %s: %w", ev.ID, err)
		}
	}
	o, err := a.newOrder(ev.Room, ev.Sender, ev.ID)
	if err != nil || o.staff == nil {
		return err
	}
	o.answers = ev.Relates
	return a.respond(o, said(a.word(o, "command.edited")), false)
}

// editInside takes an edit of what is not the customer's to read. Words that look now as if they were have to say that they are not.
func (a *act) editInside(p *portalPlace, ev, original *Event, in StaffEdit) error {
	looksPublic := !isNote(in.Content) && !isNote(unmarked(in.Content)) && original.Key != keyThread
	if s, err := a.secrecyOfTarget(ev.Room, original.Relates); err != nil {
		return err
	} else if s == implied {
		looksPublic = false // its writer sees what it answers
	}
	switch {
	case looksPublic && original.Kind == EventPrivate:
		a.line(Post{Room: p.room, Text: a.staffText(p.site, "unsent.edit_note"), Reply: Ref{Event: ev.Relates}, Mentions: []UserID{ev.Sender}})
	case looksPublic && original.Kind == EventUnsent:
		return a.unsentEdit(p, ev, in.Content, Refuse(Denied, "unsent.edit_unknown"))
	}
	return a.keepAs(p, ev, original.Kind, in.Content)
}

// keepAs keeps a message among the staff as what it belongs to is kept.
func (a *act) keepAs(p *portalPlace, ev *Event, kind EventKind, m content.Message) error {
	if kind == EventPrivate {
		return a.keepPrivate(p, ev, m)
	}
	return a.keepInside(p, ev, kind)
}

// unsentEdit tells that an edit did not go to the customer. The edited message is not marked: its first words are with the customer.
func (a *act) unsentEdit(p *portalPlace, ev *Event, m content.Message, reason *Error) error {
	a.line(Post{
		Room: p.room, Text: a.staffText(p.site, reason.Key, reason.Args...), Reply: Ref{Event: ev.Relates}, Mentions: []UserID{ev.Sender},
	})
	return a.keepPrivate(p, ev, m)
}

// editRefusal answers why an edit of a published message does not reach the customer, or nil.
func (a *act) editRefusal(p *portalPlace, in StaffEdit) (*Error, error) {
	if isNote(in.Content) || isCommand(in.Content) || isNote(unmarked(in.Content)) {
		return Refuse(Denied, "unsent.edit_private"), nil
	}
	for _, id := range quotedEvents(in.Quoted, in.Content) {
		s, err := a.secrecyOfTarget(in.Room, id)
		if err != nil {
			return nil, err
		}
		if s != public {
			return Refuse(Denied, "unsent.edit_quotes"), nil
		}
	}
	if quotes, err := a.quotesPrivate(p, in.Content); err != nil {
		return nil, err
	} else if quotes {
		return Refuse(Denied, "unsent.edit_quotes"), nil
	}
	refusal, err := a.maySpeak(p, in.Sender)
	if err != nil || refusal == nil {
		return nil, err
	}
	return Refuse(refusal.Code, "unsent.edit", a.staffText(p.site, refusal.Key, refusal.Args...)), nil
}

func (a *act) publishEdit(p *portalPlace, ev, original *Event, in StaffEdit) error {
	m, err := a.tx.Message(original.Message)
	if err != nil {
		return fmt.Errorf("edited message %s: %w", original.Message, err)
	}
	if !m.Deleted.IsZero() || m.Author != FromStaff {
		return a.keepInside(p, ev, EventPrivate)
	}
	body := publicContent(in.Content)
	body.Files = m.Content.Files
	if body.Empty() {
		return a.unsentEdit(p, ev, in.Content, Refuse(Invalid, "unsent.edit", a.staffText(p.site, "unsent.empty")))
	}
	ev.Kind, ev.Message = EventEdit, m.ID
	if err := a.tx.PutEvent(ev); err != nil {
		return fmt.Errorf("put event %s: %w", ev.ID, err)
	}
	if other, err := a.hasOtherFiles(m, in.Files); err != nil {
		return err
	} else if other {
		a.line(Post{Room: p.room, Text: a.staffText(p.site, "unsent.edit_file"), Reply: Ref{Event: ev.Relates}, Mentions: []UserID{ev.Sender}})
	}
	before := m.Content
	m.Content, m.Edited = body, a.now
	if err := a.noteSaid(in.Sender, "message.edited", before, m); err != nil {
		return err
	}
	return a.revise(p.conversation, m)
}

// hasOtherFiles reports whether an edit shows files that are not the message's.
func (a *act) hasOtherFiles(m *Message, files []File) (bool, error) {
	var had []string
	for _, f := range m.Content.Files {
		record, err := a.tx.File(FileID(f.ID))
		if err != nil {
			return false, fmt.Errorf("file %s: %w", f.ID, err)
		}
		had = append(had, record.MXC)
	}
	return slices.ContainsFunc(files, func(f File) bool { return !slices.Contains(had, f.MXC) }), nil
}

// staffRedaction takes back what a redacted event had brought to the customer.
func (a *act) staffRedaction(in StaffRedaction) error {
	ev, err := a.event(in.Room, in.Redacts)
	if err != nil {
		return err
	}
	if ev == nil {
		return a.callRedacted(in)
	}
	switch ev.Kind {
	case EventReaction:
		return a.takeReactionBack(in, ev)
	case EventMessage:
		return a.takeMessageBack(in, ev)
	case EventEdit:
		return a.editRedacted(in, ev)
	}
	return nil
}

// takeMessageBack deletes a message for the customer, or the file that the redacted part of it carried.
func (a *act) takeMessageBack(in StaffRedaction, ev *Event) error {
	m, err := a.tx.Message(ev.Message)
	if err != nil {
		return fmt.Errorf("redacted message %s: %w", ev.Message, err)
	}
	if !m.Deleted.IsZero() || m.Author == FromSystem {
		return nil
	}
	c, err := a.tx.Conversation(m.Conversation)
	if err != nil {
		return fmt.Errorf("conversation of message %s: %w", m.ID, err)
	}
	rest, err := a.withoutPart(m, ev)
	if err != nil {
		return err
	}
	before := m.Content
	if rest.Empty() {
		if err := a.erase(c, m); err != nil {
			return err
		}
		return a.noteSaid(in.Sender, "message.retracted", before, m)
	}
	m.Content, m.Edited = rest, a.now
	if err := a.noteSaid(in.Sender, "message.retracted", before, m); err != nil {
		return err
	}
	return a.revise(c, m)
}

// withoutPart gives what is left of a message without the part a redacted event carried. The event stops counting as a part, so that
// the remaining events stand in the order of the remaining parts.
func (a *act) withoutPart(m *Message, ev *Event) (content.Message, error) {
	if m.Author == FromStaff {
		return content.Message{}, nil
	}
	events, err := a.tx.EventsOf(m.ID)
	if err != nil {
		return content.Message{}, fmt.Errorf("events of message %s: %w", m.ID, err)
	}
	at := slices.IndexFunc(events, func(e Event) bool { return e.ID == ev.ID })
	parts := partsOf(m.Content)
	if at < 0 || at >= len(parts) || len(parts) == 1 {
		return content.Message{}, nil
	}
	gone := *ev
	gone.Kind = EventUnsent
	if err := a.tx.PutEvent(&gone); err != nil {
		return content.Message{}, fmt.Errorf("put event %s: %w", ev.ID, err)
	}
	var rest content.Message
	for _, p := range slices.Delete(parts, at, at+1) {
		if p.text != "" && rest.Text != "" {
			rest.Text += "\n"
		}
		rest.Text += p.text
		if p.file != nil {
			rest.Files = append(rest.Files, *p.file)
		}
	}
	return rest, nil
}

// editRedacted tells the room that taking an edit back does not bring the customer the words before it.
func (a *act) editRedacted(in StaffRedaction, ev *Event) error {
	p, err := a.place(in.Room)
	if err != nil || p == nil || ev.Row != "" {
		return err
	}
	a.line(Post{Room: in.Room, Text: a.staffText(p.site, "unsent.edit_redacted"), Reply: Ref{Event: ev.Relates}, Mentions: []UserID{in.Sender}})
	return nil
}
