package desk

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// customerSeen moves the customer's read position and with it the puppet's read receipt.
func (a *act) customerSeen(in CustomerSeen) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	seq := min(in.Seq, c.Rev)
	if seq <= c.CustomerSeen {
		return nil
	}
	c.CustomerSeen, c.CustomerGot = seq, max(c.CustomerGot, seq)
	if err := a.tx.PutConversation(c); err != nil {
		return fmt.Errorf("put conversation %s: %w", c.ID, err)
	}
	a.noted(c.ID)
	m, err := a.tx.LastMessage(c.ID, seq, FromStaff)
	if ok, err := found(err); err != nil || !ok {
		return err
	}
	room, persona, err := a.whereAndWho(m)
	if err != nil {
		return err
	}
	return a.desire(room, ThingReceipt, Receipt{As: persona, Message: m.ID})
}

// customerGot moves the position up to which the customer's client has everything.
func (a *act) customerGot(in CustomerGot) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	seq := min(in.Seq, c.Rev)
	if seq <= c.CustomerGot {
		return nil
	}
	c.CustomerGot = seq
	return a.tx.PutConversation(c)
}

// Limits of what is kept of a visitor's page, in characters.
const (
	maxPageURL   = 2048
	maxPageTitle = 256
)

// customerPage notes which page the visitor is on. Addresses that are not of the web are dropped.
func (a *act) customerPage(in CustomerPage) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	u, err := url.Parse(in.URL)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || len(in.URL) > maxPageURL {
		return Refuse(Invalid, "page.invalid")
	}
	title := flat(strings.ToValidUTF8(in.Title, ""))
	if utf8.RuneCountInString(title) > maxPageTitle {
		title = clip(title, maxPageTitle)
	}
	c.PageURL, c.PageTitle = in.URL, title
	return a.tx.PutConversation(c)
}

// staffSeen moves the staff's read position when the responsible has read on.
func (a *act) staffSeen(in StaffSeen) error {
	p, err := a.place(in.Room)
	if err != nil || p == nil || !p.current {
		return err
	}
	if p.ticket.State != Assigned || p.ticket.Owner != in.Sender {
		return nil
	}
	seq, err := a.seqAt(p.conversation, in.Room, in.Event)
	if err != nil || seq <= p.conversation.StaffSeen {
		return err
	}
	p.conversation.StaffSeen = seq
	if err := a.tx.PutConversation(p.conversation); err != nil {
		return fmt.Errorf("put conversation: %w", err)
	}
	a.changed(p.conversation.ID)
	return nil
}

// seqAt gives the seq of the customer's newest message that stood in the room when the event came; of an event we know nothing of,
// the newest that stands there now.
func (a *act) seqAt(c *Conversation, room RoomKey, id EventID) (int64, error) {
	ev, err := a.event(room, id)
	if err != nil {
		return 0, err
	}
	if ev == nil || ev.Message == "" {
		m, err := a.anchor(c)
		if err != nil || m == nil {
			return 0, err
		}
		return m.Seq, nil
	}
	m, err := a.tx.Message(ev.Message)
	if err != nil {
		return 0, fmt.Errorf("message of event %s: %w", id, err)
	}
	if m.Author == FromCustomer {
		return m.Seq, nil
	}
	before, err := a.tx.LastMessage(c.ID, m.Seq, FromCustomer)
	if ok, err := found(err); err != nil || !ok {
		return 0, err
	}
	return min(before.Seq, c.StaffGot), nil
}

// anchor gives the customer's newest message that is in Matrix, or nil.
func (a *act) anchor(c *Conversation) (*Message, error) {
	m, err := a.tx.LastMessage(c.ID, c.StaffGot, FromCustomer)
	if ok, err := found(err); err != nil || !ok {
		return nil, err
	}
	return m, nil
}
