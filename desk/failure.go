package desk

import (
	"fmt"
	"strings"
)

// effectDead tells people what could not be carried out: in the room it was for and in the admin room. A line of the bot's that died is told
// in the admin room only, and one of the admin room's own in the journal only, so that no notice breeds another.
func (a *act) effectDead(in EffectDead) error {
	room, id, ok := LaneOf(in.Body)
	if !ok {
		return a.record(actorSystem, "effect.dead", "", EffectKind(in.Body)+" "+in.Reason)
	}
	if err := a.record(actorSystem, "effect.dead", "", fmt.Sprintf("%s %s: %s", room, id, in.Reason)); err != nil {
		return err
	}
	if room == AdminRoom() {
		return nil
	}
	label, site, err := a.roomLabel(room)
	if err != nil {
		return err
	}
	a.line(Post{Room: AdminRoom(), Text: a.staffText(nil, "dead.effect", label, in.Reason)})
	post, isPost := in.Body.(Post)
	if !isPost || post.Message == "" {
		return nil
	}
	m, err := a.tx.Message(post.Message)
	if ok, err := found(err); err != nil || !ok || m.Author != FromCustomer {
		return err
	}
	var line EffectID
	if kind, _ := room.Split(); kind == KindPortal {
		line = a.line(Post{Room: room, Text: a.notHere(site, post, in.Reason)})
	}
	if !post.Replaces.None() {
		return nil
	}
	return a.failMessage(m, line)
}

// notHere tells what of a customer's is not in the room. The words that came with a file are told too: they have no event of their own.
func (a *act) notHere(site *Site, post Post, reason string) string {
	if post.File == nil {
		return a.staffText(site, "dead.customer_message", reason)
	}
	text := a.staffText(site, "dead.customer_file", post.File.Name, reason)
	if post.Text != "" {
		text += "\n> " + strings.ReplaceAll(post.Text, "\n", "\n> ")
	}
	return text
}

// failMessage notes that a customer's message, or a part of it, did not get into Matrix, and the line that tells so, if there is one.
func (a *act) failMessage(m *Message, line EffectID) error {
	if line != "" {
		m.Plight.Lines = append(m.Plight.Lines, line)
	}
	if m.Status == Failed {
		if err := a.tx.PutMessage(m); err != nil {
			return fmt.Errorf("put message %s: %w", m.ID, err)
		}
		return nil
	}
	c, err := a.tx.Conversation(m.Conversation)
	if err != nil {
		return fmt.Errorf("conversation of message %s: %w", m.ID, err)
	}
	m.Status = Failed
	return a.revise(c, m)
}

// inputDead tells people what could not be understood, where they see it.
func (a *act) inputDead(in InputDead) error {
	if err := a.record(actorSystem, "input.dead", "", in.Source+" "+in.SourceID+": "+in.Reason); err != nil {
		return err
	}
	room := in.Room
	if room == "" || room.Space() {
		room = AdminRoom()
	}
	_, site, err := a.roomLabel(room)
	if err != nil {
		return err
	}
	of := in.Source
	if in.Room == "" {
		name, err := a.customerOfLane(in.Lane)
		switch {
		case err != nil:
			return err
		case name != "":
			of += ", " + name
		case strings.HasPrefix(in.Lane, in.Source+":"):
			of = in.Lane // by which the source names the chat
		}
	}
	a.line(Post{Room: room, Text: a.staffText(site, "dead.input", of, in.Reason)})
	return nil
}

// customerOfLane gives what the staff call the customer whose conversation a lane of inputs is, "" if it is none.
func (a *act) customerOfLane(lane string) (string, error) {
	id, ok := strings.CutPrefix(lane, conversationLane)
	if !ok {
		return "", nil
	}
	c, err := a.tx.Conversation(ConversationID(id))
	if ok, err := found(err); err != nil || !ok {
		return "", err
	}
	customer, err := a.tx.Customer(c.Customer)
	if err != nil {
		return "", fmt.Errorf("customer of conversation %s: %w", id, err)
	}
	return a.customerName(nil, customer), nil
}

// desireDead tells the administrators what of a room could not be brought about.
func (a *act) desireDead(in DesireDead) error {
	if err := a.record(actorSystem, "desire.dead", "", fmt.Sprintf("%s %s: %s", in.Room, in.Thing, in.Reason)); err != nil {
		return err
	}
	if in.Room == AdminRoom() {
		return nil
	}
	label, _, err := a.roomLabel(in.Room)
	if err != nil {
		return err
	}
	a.line(Post{Room: AdminRoom(), Text: a.staffText(nil, "dead.desire", label, in.Thing, in.Reason)})
	return nil
}

// roomLabel names a room for people, and gives the site it belongs to, or nil.
func (a *act) roomLabel(room RoomKey) (string, *Site, error) {
	p, err := a.place(room)
	if err != nil {
		return "", nil, err
	}
	if p != nil {
		return fmt.Sprintf("#%d", p.ticket.Number), p.site, nil
	}
	kind, id := room.Split()
	if kind != KindQueue && kind != KindLobby {
		return string(room), nil, nil
	}
	site, err := a.queueSite(QueueID(id))
	return string(room), site, err
}

func (a *act) queueSite(id QueueID) (*Site, error) {
	q, err := a.tx.Queue(id)
	if ok, err := found(err); err != nil || !ok {
		return nil, err
	}
	site, err := a.tx.Site(q.Site)
	if err != nil {
		return nil, fmt.Errorf("site of queue %s: %w", id, err)
	}
	return site, nil
}
