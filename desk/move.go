package desk

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// moving is who moves a ticket, and what they tell the next one.
type moving struct {
	actor   string // for the journal
	by      UserID // "" where it is nobody of the staff
	comment string // to the next one; never to the customer
	reason  string // for the journal, where there is no comment
}

// movedBy is a member of staff who moves a ticket.
func movedBy(u UserID, comment string) moving {
	return moving{actor: string(u), by: u, comment: clip(flat(comment), maxComment)}
}

// maxComment bounds a comment to the next one, in characters.
const maxComment = 1000

// noted is what the journal says of why.
func (m moving) noted() string {
	if m.comment != "" {
		return m.comment
	}
	return m.reason
}

// returnToQueue makes an assigned ticket wait anew, where it was last accepted from. Whoever had it or returned it gets no invitation for
// that wait.
func (a *act) returnToQueue(d *dossier, m moving) error {
	owner := d.ticket.Owner
	comment, err := a.commentWords(d, m)
	if err != nil {
		return err
	}
	err = a.transit(d.ticket, moveReturn, m.actor, m.noted(), func(t *Ticket) {
		t.Declined, t.Owner, t.Comment = notOffered(owner, m.by), "", comment
	})
	if err != nil {
		return err
	}
	if comment != "" || m.by != owner {
		if err := a.moveLine(d, m, nil, "move.returned", d.queue.Name); err != nil {
			return err
		}
	}
	return a.waitAnew(d, owner, m, kindReturned)
}

// toQueue makes a ticket wait in a queue of its site. The card in the lobby it leaves says where it went.
func (a *act) toQueue(d *dossier, q *Queue, m moving) error {
	if q.Site != d.ticket.Site {
		return Refuse(Denied, "queue.other_site", q.Name, d.ticket.Number)
	}
	if d.ticket.State == Waiting && d.ticket.Queue == q.ID {
		return Refuse(Conflict, "queue.waits_there", d.ticket.Number, q.Name)
	}
	owner, from, told := d.ticket.Owner, d.queue, ""
	if d.ticket.State == Assigned {
		told = kindTransferred
	}
	comment, err := a.commentWords(d, m)
	if err != nil {
		return err
	}
	err = a.transit(d.ticket, moveQueue, m.actor, q.Name+suffix(": ", m.noted()), func(t *Ticket) {
		t.Declined, t.Owner, t.Queue, t.Comment = notOffered(owner, m.by), "", q.ID, comment
	})
	if err != nil {
		return err
	}
	if from.ID != q.ID {
		if err := a.leaveQueue(d, from, q); err != nil {
			return err
		}
		d.queue = q
	}
	if err := a.moveLine(d, m, nil, "move.queued", q.Name); err != nil {
		return err
	}
	return a.waitAnew(d, owner, m, told)
}

// leaveQueue takes a ticket out of a queue's space and tells on its card there where it went.
func (a *act) leaveQueue(d *dossier, from, to *Queue) error {
	if err := a.hang(d, QueueRoom(from.ID), false); err != nil {
		return err
	}
	thing, lobby := ThingCard+string(d.ticket.ID), LobbyRoom(from.ID)
	var before Card
	if shown, err := a.desired(lobby, thing, &before); err != nil || !shown {
		return err
	}
	title := a.staffText(d.site, "card.title", d.ticket.Number, a.customerName(d.site, d.customer))
	where := a.staffText(d.site, "card.moved", to.Name)
	return a.desire(lobby, thing, Card{
		Text: title + " — " + where, HTML: "<strong>" + escape(title) + "</strong> — " + escape(where),
	})
}

// waitAnew offers a ticket that waits again, tells its customer, and whoever had it without giving it away.
func (a *act) waitAnew(d *dossier, owner UserID, m moving, told string) error {
	all := func(ev *Event) bool { return emoji(ev.Key) == buttonAccept || emoji(ev.Key) == buttonDecline }
	if err := a.releaseButtons(d, all); err != nil {
		return err
	}
	if err := a.renewWords(d); err != nil {
		return err
	}
	a.armReminder(d, a.now.Add(d.queue.RemindAfter))
	if err := a.renewOffer(d); err != nil {
		return err
	}
	if told != "" && !d.site.Schedule.Open(a.now) {
		told = kindAway
	}
	if err := a.afterMove(d, told); err != nil {
		return err
	}
	if err := a.ring(d, "card.waits_again"); err != nil {
		return err
	}
	if err := a.farewell(d, owner, m); err != nil {
		return err
	}
	if err := a.callSupervisors(d); err != nil {
		return err
	}
	return a.loadChanged(owner)
}

// releaseButtons takes what people have pressed off a ticket's card, so that it can be pressed again.
func (a *act) releaseButtons(d *dossier, which func(*Event) bool) error {
	card, err := a.cardEvent(d.lobby(), d.ticket.ID)
	if err != nil || card == "" {
		return err
	}
	pressed, err := a.tx.ReactionsTo(d.lobby(), card)
	if err != nil {
		return fmt.Errorf("list what is pressed on the card of ticket %d: %w", d.ticket.Number, err)
	}
	for i := range pressed {
		ev := &pressed[i]
		if ev.Sender == a.bot || !which(ev) {
			continue
		}
		ev.Kind = EventNotice
		if err := a.tx.PutEvent(ev); err != nil {
			return fmt.Errorf("put reaction %s: %w", ev.ID, err)
		}
		a.emit(Redact{ID: a.effectID(), Room: d.lobby(), As: Bot, Target: Ref{Event: ev.ID}})
	}
	return nil
}

// ring mentions those a ticket is offered to who are not invited to it, if its card stands in the lobby already: an edit of the card rings
// for nobody. Only the number fills the text.
func (a *act) ring(d *dossier, key string) error {
	if !d.toAll() {
		return nil // an offer to one rings by itself
	}
	card, err := a.cardEvent(d.lobby(), d.ticket.ID)
	if err != nil || card == "" {
		return err
	}
	few, err := a.isInviting(d.queue)
	if err != nil || few {
		return err
	}
	offered, err := a.offered(d)
	if err != nil || len(offered) == 0 {
		return err
	}
	return a.lobbyLine(d, a.staffText(d.site, key, d.ticket.Number), offered)
}

// toOperator makes somebody of the site responsible at once. The queue stays the one the ticket was last accepted from: there it returns.
func (a *act) toOperator(d *dossier, u UserID, m moving) error {
	o, err := a.staff(u)
	if err != nil {
		return err
	}
	if o == nil {
		return Refuse(NotFound, "transfer.no_staff", u)
	}
	name, err := a.staffName(u)
	if err != nil {
		return err
	}
	queues, err := a.tx.Queues(d.ticket.Site)
	if err != nil {
		return fmt.Errorf("list queues of site %s: %w", d.ticket.Site, err)
	}
	if !slices.ContainsFunc(queues, func(q Queue) bool { return slices.Contains(q.Operators, u) }) {
		return Refuse(Denied, "transfer.not_on_site", name, d.site.Name)
	}
	if may, err := a.mayAnswer(o, d.ticket.Site, d.ticket.Queue); err != nil {
		return err
	} else if !may {
		return Refuse(Denied, "transfer.no_right", name, d.ticket.Number)
	}
	return a.give(d, u, moveHand, m)
}

// give makes somebody responsible for a ticket in the place of whoever is.
func (a *act) give(d *dossier, u UserID, how move, m moving) error {
	name, err := a.staffName(u)
	if err != nil {
		return err
	}
	if d.ticket.State == Assigned && d.ticket.Owner == u {
		if u == m.by {
			return Refuse(Conflict, "ticket.yours_already", d.ticket.Number)
		}
		return Refuse(Conflict, "transfer.theirs_already", d.ticket.Number, name)
	}
	owner := d.ticket.Owner
	err = a.transit(d.ticket, how, m.actor, name+suffix(": ", m.noted()), func(t *Ticket) {
		t.Owner, t.LastOwner, t.Declined = u, u, nil
	})
	if err != nil {
		return err
	}
	if owner != "" {
		if err := a.hang(d, DeskRoom(owner), false); err != nil {
			return err
		}
	}
	var mentions []UserID
	if u != m.by {
		mentions = []UserID{u}
		a.armHanded(d, a.now.Add(d.queue.RemindAfter))
	}
	if err := a.moveLine(d, m, mentions, "move."+string(how), name); err != nil {
		return err
	}
	public, err := a.publicName(d.site.ID, u)
	if err != nil {
		return err
	}
	if err := a.afterMove(d, kindJoined, public); err != nil {
		return err
	}
	if err := a.farewell(d, owner, m); err != nil {
		return err
	}
	return a.loadChanged(owner, u)
}

// closeTicket ends a ticket. The customer's next message opens another.
func (a *act) closeTicket(d *dossier, how move, m moving) error {
	reason := "operator"
	if how == moveBlock {
		reason = "blocked"
	}
	owner := d.ticket.Owner
	err := a.transit(d.ticket, how, m.actor, m.noted(), func(t *Ticket) {
		t.Owner, t.CloseReason, t.Declined = "", reason, nil
	})
	if err != nil {
		return err
	}
	if m.comment != "" || m.by != owner || how == moveBlock {
		if err := a.moveLine(d, m, nil, "move."+string(how)); err != nil {
			return err
		}
	}
	if err := a.afterMove(d, kindClosed); err != nil {
		return err
	}
	if err := a.farewell(d, owner, m); err != nil {
		return err
	}
	return a.loadChanged(owner)
}

// notOffered lists who is not offered a ticket that comes from one of them.
func notOffered(people ...UserID) []UserID {
	var out []UserID
	for _, u := range people {
		if u != "" && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// commentWords is a comment as a card shows it: with who says it.
func (a *act) commentWords(d *dossier, m moving) (string, error) {
	if m.comment == "" {
		return "", nil
	}
	name, err := a.staffName(m.by)
	return a.staffText(d.site, "card.comment", name, m.comment), err
}

// moveLine tells the staff in a ticket's room what somebody did with it, and the comment. The arguments of the text come after who it was.
func (a *act) moveLine(d *dossier, m moving, mentions []UserID, key string, args ...any) error {
	if m.by == "" {
		return nil
	}
	name, err := a.staffName(m.by)
	if err != nil {
		return err
	}
	text := a.staffText(d.site, key, append([]any{name}, args...)...)
	if m.comment != "" {
		text = a.staffText(d.site, "move.comment", text, m.comment)
	}
	a.line(Post{Room: d.portal(), Text: text, Mentions: mentions})
	return nil
}

// farewell tells somebody who has lost a ticket by another's doing: the room is closed to them.
func (a *act) farewell(d *dossier, owner UserID, m moving) error {
	if owner == "" || owner == m.by || m.by == "" {
		return nil
	}
	o, err := a.staff(owner)
	if err != nil || o == nil {
		return err
	}
	name, err := a.staffName(m.by)
	if err != nil {
		return err
	}
	now, err := a.stateWords(d.in(o.Lang))
	if err != nil {
		return err
	}
	text := a.personalText(d.site, o, "move.farewell", name, d.ticket.Number, now)
	if m.comment != "" {
		text = a.personalText(d.site, o, "move.comment", text, m.comment)
	}
	return a.tellOf(d, owner, text)
}

// personalText is a text for one member of staff: in their own language, else that of the site.
func (a *act) personalText(s *Site, o *Operator, key string, args ...any) string {
	if o != nil && o.Lang != "" {
		return a.texts.Text(o.Lang, key, args...)
	}
	return a.staffText(s, key, args...)
}

// tellOf posts a line about a ticket in the direct chat with a member of staff: for what comes after somebody has left it.
func (a *act) tellOf(d *dossier, u UserID, text string) error {
	o, err := a.staff(u)
	if err != nil || o == nil {
		return err
	}
	post, err := a.ofTicket(d, o, text)
	if err != nil {
		return err
	}
	return a.tell(u, post)
}

// ofTicket makes a line for the direct chat with a member of staff that tells something of a ticket, below the ticket's number and with the way to
// its room.
func (a *act) ofTicket(d *dossier, o *Operator, text string) (Post, error) {
	say := a.speaker(o, d.site)
	title := say("card.title", d.ticket.Number, a.nameIn(say, d.customer))
	return a.withWay(d, o, Post{
		Text:     title + "\n" + text,
		HTML:     "<strong>" + escape(title) + "</strong><br>" + strings.ReplaceAll(escape(text), "\n", "<br>"),
		Mentions: []UserID{o.ID},
	})
}

// withWay adds the way to a ticket's room to what a member of staff is told: a link of its own, for clients show the name of the room in the place of
// a link's words, or its id to who is not in it; those read a closed ticket by a command.
func (a *act) withWay(d *dossier, o *Operator, p Post) (Post, error) {
	link, err := a.permalink(d.portal(), "")
	if err != nil || link == "" {
		return p, err
	}
	say := a.speaker(o, d.site)
	p.Text += "\n" + link
	p.HTML += `<br><a href="` + escape(link) + `">` + escape(say("link.room")) + "</a>"
	var m Member
	isIn, err := a.desired(d.portal(), ThingMember+string(o.ID), &m)
	if err != nil || isIn && m.Want != "leave" || d.ticket.State != Closed {
		return p, err
	}
	p.Text += "\n" + say("link.open", d.ticket.Number)
	p.HTML += "<br>" + escape(say("link.open", d.ticket.Number))
	return p, nil
}

// roomLink is the address of a room that Matrix clients open.
func roomLink(id RoomID, server string) string {
	return "https://matrix.to/#/" + url.PathEscape(string(id)) + "?via=" + url.QueryEscape(server)
}

// suffix is s after a separator, or nothing.
func suffix(separator, s string) string {
	if s == "" {
		return ""
	}
	return separator + s
}
