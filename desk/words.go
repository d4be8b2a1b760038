package desk

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// cardWords is how many characters of the customer's words a card shows.
const cardWords = 300

// cardRest is how many messages a new card's thread shows at most.
const cardRest = 20

// ticketMessages lists the customer's messages of the ticket that are not deleted, oldest first.
func (a *act) ticketMessages(t *Ticket) ([]Message, error) {
	var out []Message
	for before := int64(0); ; {
		const page = 50
		list, err := a.tx.MessagesBefore(t.Conversation, before, page)
		if err != nil {
			return nil, fmt.Errorf("list messages of ticket %d: %w", t.Number, err)
		}
		older := len(list) == page
		for _, m := range slices.Backward(list) {
			if m.Ticket != t.ID {
				older = false
			} else if m.Author == FromCustomer && m.Deleted.IsZero() {
				out = append(out, m)
			}
		}
		if !older {
			slices.Reverse(out)
			return out, nil
		}
		before = list[0].Seq
	}
}

// wordsOf is what a card shows of a message: its text, and its files by name.
func wordsOf(m *Message) string {
	var lines []string
	if m.Content.Text != "" {
		lines = append(lines, m.Content.Text)
	}
	for _, f := range m.Content.Files {
		lines = append(lines, "📎 "+f.Name)
	}
	return strings.Join(lines, "\n")
}

// gatherWords renews the words of a waiting ticket from what the customer wrote, and answers the messages the card does not show
// whole.
func (a *act) gatherWords(d *dossier) (rest []Message, err error) {
	messages, err := a.ticketMessages(d.ticket)
	if err != nil {
		return nil, err
	}
	var words []string
	room := cardWords
	for _, m := range messages {
		text := wordsOf(&m)
		size := utf8.RuneCountInString(text) + 1
		if size > room || len(m.Content.Files) > 0 {
			rest = append(rest, m)
		}
		if room > 1 {
			words = append(words, clip(text, room))
			room -= size
		}
	}
	d.ticket.Words = strings.Join(words, "\n")
	return rest, nil
}

// rewriteCard brings a waiting ticket's words and its card up to date and answers the messages that belong into the card's thread.
func (a *act) rewriteCard(d *dossier) ([]Message, error) {
	before := d.ticket.Words
	rest, err := a.gatherWords(d)
	if err != nil {
		return nil, err
	}
	if d.ticket.Words != before {
		if err := a.tx.PutTicket(d.ticket); err != nil {
			return nil, fmt.Errorf("put ticket %d: %w", d.ticket.Number, err)
		}
	}
	return rest, a.showCard(d)
}

// moreWords shows the staff a further message of a waiting customer: on the card, and what does not fit there in its thread.
func (a *act) moreWords(d *dossier, m *Message) error {
	card, err := a.cardEvent(d.lobby(), d.ticket.ID)
	if err != nil {
		return err
	}
	if card != "" && utf8.RuneCountInString(d.ticket.Words) >= cardWords-1 {
		a.copyToLobby(d, m, card) // the card is full: however much somebody writes, it need not be gathered again
		return nil
	}
	rest, err := a.rewriteCard(d)
	if err != nil || card == "" {
		return err // the card's echo will copy it
	}
	for _, r := range rest {
		if r.ID == m.ID {
			a.copyToLobby(d, m, card)
		}
	}
	return nil
}

// cardEvent gives the event that shows the ticket's card in a lobby, or "" while there is none.
func (a *act) cardEvent(lobby RoomKey, t TicketID) (EventID, error) {
	ev, err := a.tx.EventByRowIn(lobby, CardRow(t))
	if ok, err := found(err); err != nil || !ok {
		return "", err
	}
	return ev.ID, nil
}

// copyToLobby posts a waiting customer's message into the thread of the card.
func (a *act) copyToLobby(d *dossier, m *Message, card EventID) {
	for i, p := range partsOf(m.Content) {
		a.emit(Post{
			ID: lobbyRow(m.ID, i, d.ticket.Queue), Room: d.lobby(), As: Bot, Notice: true, Text: p.text, File: p.file,
			Thread: Ref{Event: card}, At: m.At,
		})
	}
}

// cardSent fills the thread of a card that has just come to be.
func (a *act) cardSent(id TicketID, lobby RoomKey, card EventID) error {
	t, err := a.tx.Ticket(id)
	if ok, err := found(err); err != nil || !ok || t.State != Waiting || lobby != LobbyRoom(t.Queue) {
		return err
	}
	d, err := a.dossier(t, nil)
	if err != nil {
		return err
	}
	rest, err := a.gatherWords(d)
	if err != nil {
		return err
	}
	if err := a.fillThread(d, rest, card); err != nil {
		return err
	}
	return a.callSupervisors(d)
}

// renewWords brings the words of a ticket that waits anew up to date, and the thread of its card, if the lobby has one already.
func (a *act) renewWords(d *dossier) error {
	before := d.ticket.Words
	rest, err := a.gatherWords(d)
	if err != nil {
		return err
	}
	if d.ticket.Words != before {
		if err := a.tx.PutTicket(d.ticket); err != nil {
			return fmt.Errorf("put ticket %d: %w", d.ticket.Number, err)
		}
	}
	card, err := a.cardEvent(d.lobby(), d.ticket.ID)
	if err != nil || card == "" {
		return err
	}
	return a.fillThread(d, rest, card)
}

// fillThread copies the messages into the thread of a card that are not there yet. Of a long talk the newest is enough: who accepts it reads the
// rest in the room.
func (a *act) fillThread(d *dossier, rest []Message, card EventID) error {
	for i := max(0, len(rest)-cardRest); i < len(rest); i++ {
		_, err := a.tx.EventByRow(lobbyRow(rest[i].ID, 0, d.ticket.Queue))
		there, err := found(err)
		if err != nil {
			return fmt.Errorf("copy of message %s: %w", rest[i].ID, err)
		}
		if !there {
			a.copyToLobby(d, &rest[i], card)
		}
	}
	return nil
}

// lobbyCopySent follows up on a copy whose message was changed or deleted before the copy was sent.
func (a *act) lobbyCopySent(room RoomKey, m *Message, part int, copied EventID) {
	switch {
	case !m.Deleted.IsZero():
		a.emit(Redact{ID: a.effectID(), Room: room, As: Bot, Target: Ref{Event: copied}})
	case !m.Edited.IsZero():
		a.replaceLobbyCopy(room, m, part, copied)
	}
}

func (a *act) replaceLobbyCopy(room RoomKey, m *Message, i int, copied EventID) {
	parts := partsOf(m.Content)
	if i >= len(parts) {
		return
	}
	a.line(Post{Room: room, Text: parts[i].text, File: parts[i].file, Replaces: Ref{Event: copied}})
}

// eachLobbyCopy calls f for every part of a message that has a copy in a lobby of its site.
func (a *act) eachLobbyCopy(m *Message, parts int, f func(room RoomKey, part int, copied EventID)) error {
	t, err := a.tx.Ticket(m.Ticket)
	if err != nil {
		return fmt.Errorf("ticket of message %s: %w", m.ID, err)
	}
	queues, err := a.tx.Queues(t.Site)
	if err != nil {
		return fmt.Errorf("list queues of site %s: %w", t.Site, err)
	}
	for i := range parts {
		for _, q := range queues {
			ev, err := a.tx.EventByRow(lobbyRow(m.ID, i, q.ID))
			if ok, err := found(err); err != nil {
				return fmt.Errorf("copy of message %s: %w", m.ID, err)
			} else if ok {
				f(ev.Room, i, ev.ID)
			}
		}
	}
	return nil
}
