package desk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// contactCommands are about the contacts of a ticket's customer (O7).
func contactCommands() []command {
	see, edit := &right{ModContacts, false}, &right{ModContacts, true}
	none := []param{{name: "which_ticket", kind: paramRest, optional: true}}
	which := []param{{name: "contact_number", kind: paramRest}}
	return []command{
		{name: "contact", aliases: []string{"k", "contacts", "контакт", "контакты"}, rooms: talkRooms, right: see, params: none, run: atTicket((*act).orderContacts)},
		{
			name: "contact add", aliases: []string{"добавить", "+"}, rooms: talkRooms, right: edit, run: atTicket((*act).addContact),
			params: []param{{name: "contact_text", kind: paramRest}},
		},
		{
			name: "contact edit", aliases: []string{"изменить", "правка"}, rooms: talkRooms, right: edit, run: atTicket((*act).editContact),
			params: []param{{name: "contact_edit", kind: paramRest}},
		},
		{
			name: "contact hide", aliases: []string{"скрыть", "-"}, rooms: talkRooms, right: edit, params: which,
			run: atTicket(func(a *act, o *order) (answer, error) { return a.hideContact(o, true) }),
		},
		{
			name: "contact show", aliases: []string{"показать"}, rooms: talkRooms, right: edit, params: which,
			run: atTicket(func(a *act, o *order) (answer, error) { return a.hideContact(o, false) }),
		},
		{name: "contact hidden", aliases: []string{"скрытые"}, rooms: talkRooms, right: see, params: none, run: atTicket((*act).orderHiddenContacts)},
		{name: "contact history", aliases: []string{"история"}, rooms: talkRooms, right: see, params: none, run: atTicket((*act).orderContactHistory)},
		{name: "contact undo", aliases: []string{"отменить", "вернуть"}, rooms: talkRooms, right: edit, params: none, run: atTicket((*act).undoContact)},
	}
}

// atTicket makes answers private unless they stand in the room of the ticket they are about: a customer's contacts are not for a whole lobby.
func atTicket(run func(*act, *order) (answer, error)) func(*act, *order) (answer, error) {
	return func(a *act, o *order) (answer, error) {
		out, err := run(a, o)
		out.private = o.place == nil || o.given.ticket != 0 && o.given.ticket != o.place.ticket.Number
		return out, err
	}
}

// contactTicket finds the ticket whose customer is meant, and refuses who may not see, or edit, their contacts.
func (a *act) contactTicket(o *order, edit bool) (*dossier, error) {
	givenTicket(o)
	d, err := a.orderTicket(o)
	if err != nil {
		return nil, err
	}
	if may, err := a.can(o.staff, ModContacts, edit, d.about()); err != nil {
		return nil, err
	} else if !may {
		return nil, Refuse(Denied, "contact.no_right", d.ticket.Number)
	}
	return d, nil
}

// orderContacts shows the current contacts, and below them, folded, those that are out of date.
func (a *act) orderContacts(o *order) (answer, error) {
	d, err := a.contactTicket(o, false)
	if err != nil {
		return answer{}, err
	}
	if o.given.rest != "" {
		return answer{}, Refuse(Invalid, "contact.nothing_after", clip(flat(o.given.rest), 40))
	}
	return a.contactCard(o, d, "")
}

// contactCard shows a customer's contacts, below what was done to them.
func (a *act) contactCard(o *order, d *dossier, done string) (answer, error) {
	all, err := a.contacts(d.customer.ID)
	if err != nil {
		return answer{}, err
	}
	isHidden := func(c Contact) bool { return c.Hidden }
	hidden := slices.DeleteFunc(slices.Clone(all), func(c Contact) bool { return !c.Hidden })
	current := slices.DeleteFunc(all, isHidden)
	name := a.nameFor(o, d)
	title := a.word(o, "contact.list", name, len(current))
	if len(current) == 0 {
		title = a.word(o, "contact.none", name)
	}
	out, err := a.contactTable(o, title, current)
	if err != nil {
		return answer{}, err
	}
	if done != "" {
		out.text, out.html = done+"\n"+out.text, escape(done)+"<br>"+out.html
	}
	if len(hidden) == 0 {
		return out, nil
	}
	summary := a.word(o, "contact.hidden", len(hidden))
	folded, err := a.contactTable(o, "", hidden)
	if err != nil {
		return answer{}, err
	}
	out.text += "\n" + summary + " " + a.word(o, "contact.hidden_how")
	out.html += "<details><summary>" + escape(summary) + "</summary>" + folded.html + "</details>"
	return out, nil
}

// contactTable writes contacts as a table: who gave them and when, and who hid them.
func (a *act) contactTable(o *order, title string, contacts []Contact) (answer, error) {
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	l := listing{
		title: title, links: map[int]string{},
		head: []string{a.word(o, "contact.value"), a.word(o, "list.number"), a.word(o, "contact.kind"), a.word(o, "contact.comment"), a.word(o, "contact.by")},
	}
	for i := range contacts {
		c := &contacts[i]
		by, err := a.contactPerson(o, c.By)
		if err != nil {
			return answer{}, err
		}
		origin := by + ", " + a.orderMoment(o, c.At, clock)
		if c.Hidden {
			hider, err := a.contactPerson(o, c.HiddenBy)
			if err != nil {
				return answer{}, err
			}
			origin += "; " + a.word(o, "contact.hidden_by", hider, a.orderMoment(o, c.HiddenAt, clock))
		}
		l.rows = append(l.rows, []string{
			c.shown(), strconv.FormatInt(c.Number, 10), a.word(o, "contact.kind."+string(c.Kind)), c.Comment, origin,
		})
		if link := c.link(); link != "" {
			l.links[i] = link
		}
	}
	return l.table(0, len(l.rows)), nil
}

// contactPerson names who did something to a contact.
func (a *act) contactPerson(o *order, u UserID) (string, error) {
	if u == "" {
		return a.word(o, "contact.customer"), nil
	}
	return a.staffName(u)
}

func (a *act) orderHiddenContacts(o *order) (answer, error) {
	d, err := a.contactTicket(o, false)
	if err != nil {
		return answer{}, err
	}
	all, err := a.contacts(d.customer.ID)
	if err != nil {
		return answer{}, err
	}
	hidden := slices.DeleteFunc(all, func(c Contact) bool { return !c.Hidden })
	if len(hidden) == 0 {
		return said(a.word(o, "contact.none_hidden")), nil
	}
	return a.contactTable(o, a.word(o, "contact.hidden", len(hidden)), hidden)
}

func (a *act) addContact(o *order) (answer, error) {
	d, err := a.contactTicket(o, true)
	if err != nil {
		return answer{}, err
	}
	kind, value, comment, err := readContact(o.given.rest)
	if err != nil {
		return answer{}, err
	}
	all, err := a.contacts(d.customer.ID)
	if err != nil {
		return answer{}, err
	}
	if err := freeContact(all, "", kind, value); err != nil {
		return answer{}, err
	}
	if len(all) >= maxContacts {
		return answer{}, Refuse(Conflict, "contact.too_many", maxContacts)
	}
	c := &Contact{
		ID: ContactID(a.newID()), Customer: d.customer.ID, Number: nextContact(all), Kind: kind, Value: value, Comment: comment, By: o.by, At: a.now,
	}
	return a.contactDone(o, d, "contact.added", nil, c)
}

// freeContact refuses a value that another contact of the customer has.
func freeContact(all []Contact, but ContactID, kind ContactKind, value string) error {
	for i := range all {
		switch c := &all[i]; {
		case c.ID == but || !c.same(kind, value):
		case c.Hidden:
			return Refuse(Conflict, "contact.exists_hidden", c.shown(), c.Number)
		default:
			return Refuse(Conflict, "contact.exists", c.shown(), c.Number)
		}
	}
	return nil
}

// contactDone stores a change, brings room and card up to date, and answers with the contacts as they are now.
func (a *act) contactDone(o *order, d *dossier, action string, before, after *Contact) (answer, error) {
	if err := a.changeContact(d, o.by, action, before, after); err != nil {
		return answer{}, err
	}
	if err := a.showContacts(d); err != nil {
		return answer{}, err
	}
	return a.contactCard(o, d, a.word(o, action, after.shown()))
}

// showContacts brings the rooms and cards up to date that show a customer's main contact: those of the open tickets, and the room of the ticket
// that was asked about. What a room is to be follows from its newest ticket.
func (a *act) showContacts(d *dossier) error {
	shown := []*Ticket{d.ticket}
	if d.ticket.ID != d.conversation.Ticket && d.ticket.Portal == d.conversation.Portal {
		newest, err := a.tx.Ticket(d.conversation.Ticket)
		if err != nil {
			return fmt.Errorf("newest ticket of conversation %s: %w", d.conversation.ID, err)
		}
		shown[0] = newest
	}
	open, err := a.tx.OpenTicketsOf(d.customer.ID)
	if err != nil {
		return fmt.Errorf("list open tickets of customer %s: %w", d.customer.ID, err)
	}
	for i := range open {
		if open[i].ID != shown[0].ID {
			shown = append(shown, &open[i])
		}
	}
	for _, t := range shown {
		about := d
		if t.ID != d.ticket.ID {
			if about, err = a.dossier(t, nil); err != nil {
				return err
			}
		}
		if err := a.shape(about); err != nil {
			return err
		}
	}
	return nil
}

// givenContact finds the contact whose number what was given begins with.
func (a *act) givenContact(o *order, d *dossier) (*Contact, []Contact, error) {
	all, err := a.contacts(d.customer.ID)
	if err != nil {
		return nil, nil, err
	}
	word, rest, _ := nextWord(o.given.rest)
	n, err := strconv.ParseInt(word, 10, 64)
	at := slices.IndexFunc(all, func(c Contact) bool { return c.Number == n })
	if err != nil || at < 0 {
		return nil, nil, Refuse(NotFound, "contact.unknown", clip(word, 20))
	}
	o.given.rest = strings.TrimSpace(rest)
	c := all[at]
	return &c, all, nil
}

// editContact gives a contact another value, kind or comment; what is not named stays.
func (a *act) editContact(o *order) (answer, error) {
	d, err := a.contactTicket(o, true)
	if err != nil {
		return answer{}, err
	}
	c, all, err := a.givenContact(o, d)
	if err != nil {
		return answer{}, err
	}
	before := *c
	word, rest, quoted := nextWord(o.given.rest)
	if comment := strings.ToLower(strings.TrimRight(word, ":")); !quoted && (comment == "comment" || comment == "комментарий") {
		c.Comment = strings.TrimSpace(rest)
		if len([]rune(c.Comment)) > maxContactComment {
			return answer{}, Refuse(Invalid, "contact.long_comment", maxContactComment)
		}
	} else {
		var comment string
		if c.Kind, c.Value, comment, err = readContact(o.given.rest); err != nil {
			return answer{}, err
		}
		if comment != "" {
			c.Comment = comment
		}
	}
	if err := freeContact(all, c.ID, c.Kind, c.Value); err != nil {
		return answer{}, err
	}
	if *c == before {
		return answer{}, Refuse(Conflict, "contact.unchanged", c.Number)
	}
	return a.contactDone(o, d, "contact.edited", &before, c)
}

// hideContact marks a contact as out of date, or as current again.
func (a *act) hideContact(o *order, hide bool) (answer, error) {
	d, err := a.contactTicket(o, true)
	if err != nil {
		return answer{}, err
	}
	c, _, err := a.givenContact(o, d)
	if err != nil {
		return answer{}, err
	}
	if o.given.rest != "" {
		return answer{}, Refuse(Invalid, "contact.nothing_after", clip(flat(o.given.rest), 40))
	}
	if c.Hidden == hide {
		return answer{}, Refuse(Conflict, "contact.unchanged", c.Number)
	}
	before := *c
	c.Hidden, c.HiddenBy, c.HiddenAt = hide, o.by, a.now
	if !hide {
		c.HiddenBy, c.HiddenAt = "", time.Time{}
		return a.contactDone(o, d, "contact.shown_again", &before, c)
	}
	return a.contactDone(o, d, "contact.was_hidden", &before, c)
}

// undoContact takes the last change back that was not taken back yet.
func (a *act) undoContact(o *order) (answer, error) {
	d, err := a.contactTicket(o, true)
	if err != nil {
		return answer{}, err
	}
	earlier, err := a.tx.ContactChanges(d.customer.ID)
	if err != nil {
		return answer{}, fmt.Errorf("list changes of contacts of %s: %w", d.customer.ID, err)
	}
	at := slices.IndexFunc(earlier, func(c ContactChange) bool { return !c.Undone && c.Undoes == "" })
	if at < 0 {
		return answer{}, Refuse(NotFound, "contact.nothing_to_undo")
	}
	last := earlier[at]
	if last.Before == nil {
		err = a.tx.DeleteContact(last.After)
	} else {
		err = a.tx.PutContact(last.Before)
	}
	if err != nil {
		return answer{}, fmt.Errorf("undo change %s of a contact: %w", last.ID, err)
	}
	last.Undone = true
	if err := a.tx.PutContactChange(&last); err != nil {
		return answer{}, fmt.Errorf("put change %s of a contact: %w", last.ID, err)
	}
	back := &ContactChange{By: o.by, Before: last.After, After: last.Before, Undoes: last.ID}
	if err := a.keepChange(d, "contact.undone", back); err != nil {
		return answer{}, err
	}
	if err := a.showContacts(d); err != nil {
		return answer{}, err
	}
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	return a.contactCard(o, d, a.word(o, "contact.undone", a.changeWords(o, &last), a.orderMoment(o, last.At, clock)))
}

// changeWords says what became of a contact.
func (a *act) changeWords(o *order, c *ContactChange) string {
	words := func(k *Contact) string {
		if k == nil {
			return "—"
		}
		out := k.shown()
		if k.Comment != "" {
			out += " (" + k.Comment + ")"
		}
		if k.Hidden {
			out += ", " + a.word(o, "contact.out_of_date")
		}
		return out
	}
	return words(c.Before) + " → " + words(c.After)
}

func (a *act) orderContactHistory(o *order) (answer, error) {
	d, err := a.contactTicket(o, false)
	if err != nil {
		return answer{}, err
	}
	all, err := a.tx.ContactChanges(d.customer.ID)
	if err != nil {
		return answer{}, fmt.Errorf("list changes of contacts of %s: %w", d.customer.ID, err)
	}
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	l := listing{
		title: a.word(o, "contact.history", a.nameFor(o, d), len(all)), name: "contacts-history",
		head: []string{a.word(o, "remind.when"), a.word(o, "contact.by"), a.word(o, "contact.value")},
	}
	for i := range all {
		by, err := a.contactPerson(o, all[i].By)
		if err != nil {
			return answer{}, err
		}
		words := a.changeWords(o, &all[i])
		if all[i].Undone {
			words += " (" + a.word(o, "contact.taken_back") + ")"
		}
		l.rows = append(l.rows, []string{a.orderMoment(o, all[i].At, clock), by, words})
	}
	return a.list(o, l, o.given.rest)
}
