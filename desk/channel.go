package desk

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"frontdesk/content"
)

// buttonResend is put beside the mark of what did not reach the customer; pressed, it is sent once more.
const buttonResend = "🔁"

// maxCustomerName bounds a customer's name, in characters.
const maxCustomerName = 100

// customerProfile takes over what a channel says its customer is called.
func (a *act) customerProfile(in CustomerProfile) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	customer, err := a.tx.Customer(c.Customer)
	if err != nil {
		return fmt.Errorf("customer of conversation %s: %w", c.ID, err)
	}
	name := content.Visible(flat(strings.ToValidUTF8(in.Name, "")))
	if utf8.RuneCountInString(name) > maxCustomerName {
		name = clip(name, maxCustomerName)
	}
	if name == "" || name == customer.Name {
		return nil
	}
	customer.Name = name
	if err := a.tx.PutCustomer(customer); err != nil {
		return fmt.Errorf("put customer %s: %w", customer.ID, err)
	}
	if c.Ticket == "" {
		return nil
	}
	t, err := a.tx.Ticket(c.Ticket)
	if err != nil {
		return fmt.Errorf("ticket of conversation %s: %w", c.ID, err)
	}
	d, err := a.dossier(t, c)
	if err != nil {
		return err
	}
	if err := a.introduce(d); err != nil {
		return err
	}
	return a.shape(d)
}

// customerReach tells the staff that what they write does not reach the customer any more, or does again.
func (a *act) customerReach(in CustomerReach) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	if c.Portal == "" {
		return nil
	}
	site, err := a.tx.Site(c.Site)
	if err != nil {
		return fmt.Errorf("site of conversation %s: %w", c.ID, err)
	}
	key := "reach.open"
	if in.Cut {
		key = "reach.cut"
	}
	a.line(Post{Room: PortalRoom(c.Portal), Text: a.staffText(site, key, a.channelName(site, c.Channel))})
	return a.record(actorCustomer, "customer."+key, c.Ticket, "")
}

// delivered notes that a channel has taken a message. The status takes no rev of its own: nobody but the staff asks for it.
func (a *act) delivered(in Delivered) error {
	c, m, err := a.conversationMessage(in.Conversation, in.Message)
	if err != nil {
		return err
	}
	m.Status = Sent
	if err := a.relieve(m, "plight.arrived"); err != nil {
		return err
	}
	if err := a.tx.PutMessage(m); err != nil {
		return fmt.Errorf("put message %s: %w", m.ID, err)
	}
	if m.Seq <= c.CustomerGot {
		return nil
	}
	c.CustomerGot = m.Seq
	if err := a.tx.PutConversation(c); err != nil {
		return fmt.Errorf("put conversation %s: %w", c.ID, err)
	}
	return nil
}

// undelivered tells in the room, at the message it is about, what did not get to the customer or may not have, and offers to send it once
// more.
func (a *act) undelivered(in Undelivered) error {
	c, m, err := a.conversationMessage(in.Conversation, in.Message)
	if err != nil {
		return err
	}
	site, err := a.tx.Site(c.Site)
	if err != nil {
		return fmt.Errorf("site of conversation %s: %w", c.ID, err)
	}
	room, err := a.portalOf(m)
	if err != nil {
		return err
	}
	if err := a.record(actorSystem, "message.undelivered", m.Ticket, in.Reason); err != nil {
		return err
	}
	args := make([]any, len(in.Args))
	for i, arg := range in.Args {
		args[i] = arg
	}
	words := a.staffText(site, in.Reason, args...)
	line := Post{Room: room}
	events, err := a.tx.EventsOf(m.ID)
	if err != nil {
		return fmt.Errorf("events of message %s: %w", m.ID, err)
	}
	if len(events) > 0 {
		line.Reply = Ref{Event: events[0].ID}
	}
	if line.Mentions, err = a.concerned(m); err != nil {
		return err
	}
	if in.Change != "" {
		line.Text = a.staffText(site, in.Change, words)
		a.line(line)
		return a.tellWhoLeft(m, line.Text)
	}
	m.Status = Failed
	line.Text = words
	if !in.Doubt {
		line.Text = a.staffText(site, "unsent.line", words)
	}
	if err := a.tellWhoLeft(m, line.Text); err != nil {
		return err
	}
	if m.Author == FromStaff {
		line.Text += " " + a.staffText(site, "resend.how")
		a.markFailed(site, m, line)
	} else {
		line.Text = a.staffText(site, "undelivered.told", clip(flat(m.Content.Text), inviteWords), line.Text)
		a.line(line)
	}
	if err := a.tx.PutMessage(m); err != nil {
		return fmt.Errorf("put message %s: %w", m.ID, err)
	}
	return nil
}

// concerned is who is rung for what became of a message: whoever wrote it, or, after they have left its room, whoever is responsible.
func (a *act) concerned(m *Message) ([]UserID, error) {
	left, err := a.writerLeft(m)
	if err != nil || m.Operator == "" {
		return nil, err
	}
	if !left {
		return []UserID{m.Operator}, nil
	}
	t, err := a.tx.Ticket(m.Ticket)
	if err != nil {
		return nil, fmt.Errorf("ticket of message %s: %w", m.ID, err)
	}
	if t.Owner == "" {
		return nil, nil
	}
	return []UserID{t.Owner}, nil
}

// writerLeft reports whether the member of staff who wrote a message has left its room since.
func (a *act) writerLeft(m *Message) (bool, error) {
	if m.Operator == "" {
		return false, nil
	}
	room, err := a.portalOf(m)
	if err != nil {
		return false, err
	}
	var wanted Member
	known, err := a.desired(room, ThingMember+string(m.Operator), &wanted)
	return known && wanted.Want == "leave", err
}

// tellWhoLeft tells in the direct chat what became of a message whose writer does not read the room any more (Q7).
func (a *act) tellWhoLeft(m *Message, words string) error {
	left, err := a.writerLeft(m)
	if err != nil || !left {
		return err
	}
	o, err := a.staff(m.Operator)
	if err != nil || o == nil {
		return err
	}
	t, err := a.tx.Ticket(m.Ticket)
	if err != nil {
		return fmt.Errorf("ticket of message %s: %w", m.ID, err)
	}
	d, err := a.dossier(t, nil)
	if err != nil {
		return err
	}
	return a.tellOf(d, o.ID, a.personalText(d.site, o, "undelivered.told", clip(flat(wordsOf(m)), inviteWords), words))
}

// channelTrouble tells the administrators that a way in does not work.
func (a *act) channelTrouble(in ChannelTrouble) error {
	site, err := a.tx.Site(in.Site)
	if err != nil {
		return fmt.Errorf("site %s: %w", in.Site, err)
	}
	a.line(Post{Room: AdminRoom(), Text: a.staffText(nil, in.Reason, a.channelName(nil, in.Channel), in.Name, site.Name, in.Detail)})
	return a.record(actorSystem, "channel.trouble", "", string(in.Channel)+" "+in.Name+": "+in.Reason)
}

// resendCommands are those about what did not reach the customer.
func resendCommands() []command {
	return []command{{
		name: "resend", aliases: []string{"rs", "переслать", "дослать"}, rooms: []string{KindPortal}, right: &right{ModTickets, true}, run: (*act).orderResend,
	}}
}

// resendable is how many of the newest messages are looked at for what did not get out.
const resendable = 100

// orderResend sends what of the ticket did not reach the customer once more, oldest first.
func (a *act) orderResend(o *order) (answer, error) {
	all, err := a.tx.MessagesBefore(o.place.conversation.ID, 0, resendable)
	if err != nil {
		return answer{}, fmt.Errorf("list messages of conversation %s: %w", o.place.conversation.ID, err)
	}
	var failed []*Message
	for i := range all {
		if m := &all[i]; m.Author == FromStaff && m.Status == Failed && m.Ticket == o.place.ticket.ID && m.Deleted.IsZero() {
			failed = append(failed, m)
		}
	}
	return a.resend(o, failed)
}

func (a *act) resend(o *order, failed []*Message) (answer, error) {
	refusal, err := a.maySpeak(o.place, o.by)
	switch {
	case err != nil:
		return answer{}, err
	case refusal != nil:
		return answer{}, refusal
	case len(failed) == 0:
		return answer{}, Refuse(NotFound, "resend.none")
	}
	if err := a.record(string(o.by), "message.resent", o.place.ticket.ID, ""); err != nil {
		return answer{}, err
	}
	for _, m := range failed {
		m.Status = Stored
		if err := a.revise(o.place.conversation, m); err != nil {
			return answer{}, err
		}
	}
	return said(a.word(o, "resend.done", len(failed))), nil
}

// pressResend works a reaction that asks to send a message once more, and reports whether it was one. It is taken back, so that it can be pressed
// again if need be.
func (a *act) pressResend(in StaffReaction, target *Event) (bool, error) {
	if target == nil || target.Kind != EventMessage || emoji(in.Key) != emoji(buttonResend) {
		return false, nil
	}
	m, err := a.tx.Message(target.Message)
	if err != nil {
		return false, fmt.Errorf("message %s reacted to: %w", target.Message, err)
	}
	if m.Author != FromStaff || m.Status != Failed || !m.Deleted.IsZero() {
		return false, nil
	}
	o, err := a.newOrder(in.Room, in.Sender, in.Event)
	if err != nil {
		return true, err
	}
	o.answers, o.pressed = target.ID, true
	a.emit(Redact{ID: a.effectID(), Room: in.Room, As: Bot, Target: Ref{Event: in.Event}})
	return true, a.attempt(o, func() (answer, bool, error) {
		out, err := a.resend(o, []*Message{m})
		return out, false, err
	})
}
