package desk

import (
	"fmt"
	"slices"
	"strings"
)

// Tickets that nobody is left to take: everybody has declined or returned them, is not to be disturbed, or has enough to do. That is told once in
// each wait, to the queue's supervisors or, where it has none, to the administrators.

// stuckNumbers is how many tickets are named where many are told of at once.
const stuckNumbers = 20

// callSupervisors tells of a ticket that nobody is left to take.
func (a *act) callSupervisors(d *dossier) error { return a.callFor(d.queue, []*Ticket{d.ticket}) }

// callFor tells of those among a queue's tickets that nobody is left to take. Many are told of in one line.
func (a *act) callFor(q *Queue, tickets []*Ticket) error {
	available, err := a.available(q)
	if err != nil {
		return err
	}
	var stuck []*Ticket
	for _, t := range tickets {
		willing := slices.ContainsFunc(available, func(u UserID) bool { return !slices.Contains(t.Declined, u) })
		if willing || t.State != Waiting || t.Offer.Called {
			continue
		}
		t.Offer.Called = true
		if err := a.tx.PutTicket(t); err != nil {
			return fmt.Errorf("put ticket %d: %w", t.Number, err)
		}
		stuck = append(stuck, t)
	}
	switch len(stuck) {
	case 0:
		return nil
	case 1:
		d, err := a.dossier(stuck[0], nil)
		if err != nil {
			return err
		}
		key := "card.all_declined"
		if len(available) == 0 || slices.Contains(available, d.ticket.LastOwner) {
			key = "card.nobody_left"
		}
		return a.tellSupervisors(d, key)
	}
	site, err := a.tx.Site(q.Site)
	if err != nil {
		return fmt.Errorf("site of queue %s: %w", q.ID, err)
	}
	numbers := make([]string, min(len(stuck), stuckNumbers))
	for i := range numbers {
		numbers[i] = fmt.Sprintf("#%d", stuck[i].Number)
	}
	list := strings.Join(numbers, ", ")
	if len(stuck) > len(numbers) {
		list += " …"
	}
	text := a.staffText(site, "lobby.nobody_left", len(stuck), list)
	supervisors, err := a.supervisors(q)
	if err != nil {
		return err
	}
	a.line(Post{Room: LobbyRoom(q.ID), Text: text, Mentions: supervisors})
	if len(supervisors) > 0 {
		return nil
	}
	return a.tellAdmins(site, q, text)
}

// tellSupervisors tells those above a ticket's queue something of the ticket, in the thread of its card. Only the number fills the text.
func (a *act) tellSupervisors(d *dossier, key string) error {
	supervisors, err := a.supervisors(d.queue)
	if err != nil {
		return err
	}
	text := a.staffText(d.site, key, d.ticket.Number)
	if err := a.lobbyLine(d, text, supervisors); err != nil || len(supervisors) > 0 {
		return err
	}
	return a.tellAdmins(d.site, d.queue, text)
}

// tellAdmins tells the administrators something of a queue that nobody supervises.
func (a *act) tellAdmins(site *Site, q *Queue, text string) error {
	r, err := a.book()
	if err != nil {
		return err
	}
	a.line(Post{Room: AdminRoom(), Text: a.staffText(nil, "admin.of_queue", site.Name, q.Name, text), Mentions: r.admins()})
	return nil
}
