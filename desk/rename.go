package desk

import (
	"fmt"
	"strings"
)

// maxTitle bounds what a room can be named, in characters.
const maxTitle = 80

// portalName names a ticket's room: after its customer, or as the staff have renamed it (Q12), with the number and, unless somebody answers,
// where the ticket stands.
func (a *act) portalName(d *dossier) (string, error) {
	p, err := a.tx.Portal(d.ticket.Portal)
	if err != nil {
		return "", fmt.Errorf("portal of ticket %d: %w", d.ticket.Number, err)
	}
	mark := ""
	if d.ticket.IsSnoozed() {
		mark = markSnoozed
	}
	if p.Title == "" {
		return mark + a.plainName(d), nil
	}
	if d.ticket.State == Assigned {
		return mark + a.staffText(d.site, "room.portal.renamed", p.Title, d.ticket.Number), nil
	}
	return a.staffText(d.site, "room.portal.renamed_state", p.Title, d.ticket.Number, a.bareState(d.site, d.ticket.State)), nil
}

// plainName is the name of a room that was not renamed.
func (a *act) plainName(d *dossier) string {
	return a.staffText(d.site, "room.portal.name",
		d.ticket.Number, a.customerName(d.site, d.customer), a.channelName(d.site, d.conversation.Channel))
}

// bareState is a state that names nobody.
func (a *act) bareState(s *Site, state TicketState) string {
	return a.staffText(s, "ticket.state."+string(state), "")
}

// titleOf takes out of a name somebody gave a room what the desk adds by itself.
func (a *act) titleOf(d *dossier, name string) string {
	name = strings.TrimPrefix(flat(name), markSnoozed)
	if name == a.plainName(d) {
		return ""
	}
	for _, state := range []TicketState{Waiting, Closed} {
		name = strings.TrimSuffix(name, " · "+a.bareState(d.site, state))
	}
	number := fmt.Sprintf("#%d", d.ticket.Number)
	name = strings.TrimSuffix(name, " · "+number)
	name = strings.TrimPrefix(name, number+" · ")
	if name == number {
		return ""
	}
	return clip(strings.TrimSpace(name), maxTitle)
}

// dropTitle ends the name that was given to a room for a ticket before: the next one is about something else, and who it is from has to be seen.
func (a *act) dropTitle(id PortalID) error {
	p, err := a.tx.Portal(id)
	if err != nil {
		return fmt.Errorf("portal %s: %w", id, err)
	}
	if p.Title == "" {
		return nil
	}
	p.Title = ""
	if err := a.tx.PutPortal(p); err != nil {
		return fmt.Errorf("put portal %s: %w", id, err)
	}
	return nil
}

// rename names a ticket's room, or with no name restores the customer's. What the customer is called elsewhere stays.
func (a *act) rename(d *dossier, u UserID, name string) (string, error) {
	may, err := a.mayDo(u, d.about())
	if err != nil {
		return "", err
	}
	if !may {
		return "", Refuse(Denied, "rename.not_yours", d.ticket.Number)
	}
	p, err := a.tx.Portal(d.ticket.Portal)
	if err != nil {
		return "", fmt.Errorf("portal of ticket %d: %w", d.ticket.Number, err)
	}
	before := *p
	p.Title = a.titleOf(d, name)
	if err := a.tx.PutPortal(p); err != nil {
		return "", fmt.Errorf("put portal of ticket %d: %w", d.ticket.Number, err)
	}
	entry := JournalEntry{Actor: string(u), Action: "ticket.renamed", Ticket: d.ticket.ID, Comment: p.Title, Changes: changes(before, p)}
	if err := a.note(entry); err != nil {
		return "", err
	}
	shown, err := a.portalName(d)
	if err != nil {
		return "", err
	}
	return shown, a.desire(d.portal(), ThingName, shown)
}

func (a *act) orderRename(o *order) (answer, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return answer{}, err
	}
	name, err := a.rename(d, o.by, o.given.rest)
	if err != nil {
		return answer{}, err
	}
	return said(a.word(o, "command.renamed", name)), nil
}

// stateBroken notes who changed what is ours; the reconciler mends it. A ticket's room that was renamed by who may do so keeps the new name.
func (a *act) stateBroken(in StateBroken) error {
	p, err := a.place(in.Room)
	if err != nil {
		return err
	}
	if p != nil && p.current && in.Thing == ThingName {
		d, err := a.dossier(p.ticket, p.conversation)
		if err != nil {
			return err
		}
		o, err := a.staff(in.Sender)
		if err != nil {
			return err
		}
		if may, err := a.can(o, ModTickets, true, d.about()); err != nil {
			return err
		} else if may {
			_, err := a.rename(d, in.Sender, in.Name)
			return err
		}
	}
	if t, err := a.talkOf(in.Room); err != nil {
		return err
	} else if t != nil && in.Thing == ThingName {
		return a.renameTalk(t, in.Sender, in.Name)
	}
	return a.record(string(in.Sender), "room.broken", "", string(in.Room)+" "+in.Thing)
}
