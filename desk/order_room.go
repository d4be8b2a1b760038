package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"frontdesk/content"
)

// roomCommands are about the rooms of the staff among themselves (O9, O10).
func roomCommands() []command {
	people := param{name: "colleagues", kind: paramStaff, many: true}
	some := people
	some.optional = true
	inRoom := []string{KindRoom}
	return []command{
		{
			name: "room", aliases: []string{"rm", "rooms", "комната", "комнаты"}, rooms: allRooms, private: true, reads: true,
			params: []param{{name: "with", kind: paramRest, optional: true}}, run: (*act).orderRooms,
		},
		{
			name: "room new", aliases: []string{"новая", "создать"}, rooms: allRooms, private: true,
			params: []param{{name: "room_name", kind: paramWord}, some}, run: (*act).orderRoomNew,
		},
		{name: "room add", aliases: []string{"добавить"}, rooms: inRoom, params: []param{people}, run: (*act).orderRoomAdd},
		{name: "room remove", aliases: []string{"удалить"}, rooms: inRoom, params: []param{people}, run: (*act).orderRoomRemove},
		{name: "room rename", aliases: []string{"переименовать"}, rooms: inRoom, params: []param{{name: "room_name", kind: paramRest}}, run: (*act).orderRoomRename},
		{
			name: "room adopt", aliases: []string{"взять"}, rooms: allRooms, private: true, right: &right{ModSettings, true},
			params: []param{{name: "matrix_room", kind: paramWord, optional: true}, {name: "yes", kind: paramWord, optional: true}}, run: (*act).orderAdopt,
		},
		{
			name: "room drop", aliases: []string{"убрать"}, rooms: allRooms, private: true, right: &right{ModSettings, true},
			params: []param{{name: "matrix_room", kind: paramWord}}, run: (*act).orderDrop,
		},
		{
			name: "dm", aliases: []string{"лс", "беседа"}, rooms: allRooms, private: true,
			params: []param{{name: "colleague", kind: paramStaff}, {name: "ticket", kind: paramTicket, optional: true}}, run: (*act).orderDM,
		},
		{
			name: "admin", aliases: []string{"ad", "админ", "администратор"}, rooms: allRooms, private: true,
			params: []param{{name: "ticket", kind: paramTicket, optional: true, marked: true}, {name: "question", kind: paramRest}}, run: (*act).orderAdmin,
		},
	}
}

// orderRoomNew makes a room of the staff with colleagues in it (O9).
func (a *act) orderRoomNew(o *order) (answer, error) {
	name := clip(flat(o.given.word(0)), maxTalkName)
	if name == "" {
		return answer{}, Refuse(Invalid, "room.no_name")
	}
	colleagues, err := a.colleagues(o)
	if err != nil {
		return answer{}, err
	}
	if _, err := a.openTalk(Talk{Name: name, Creator: o.by}, colleagues); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "room.created", name, len(colleagues)+1)), nil
}

// colleagues lists the members of staff named in an order, each once and without who gives it.
func (a *act) colleagues(o *order) ([]UserID, error) {
	var out []UserID
	for _, u := range o.given.staff {
		known, err := a.staff(u)
		if err != nil {
			return nil, err
		}
		if known == nil {
			return nil, Refuse(NotFound, "room.not_staff", u)
		}
		if u != o.by && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out, nil
}

// orderTalk gives the room of the staff that an order was given in, by one of its members.
func (a *act) orderTalk(o *order) (*Talk, []UserID, error) {
	t, err := a.talkOf(o.room)
	if err != nil {
		return nil, nil, err
	}
	if t == nil {
		return nil, nil, Refuse(NotFound, "room.unknown")
	}
	people, err := a.talkers(o.room)
	return t, people, err
}

// orderRoomAdd adds colleagues; any member may.
func (a *act) orderRoomAdd(o *order) (answer, error) {
	t, people, err := a.orderTalk(o)
	if err != nil {
		return answer{}, err
	}
	colleagues, err := a.colleagues(o)
	if err != nil {
		return answer{}, err
	}
	count := 0
	for _, u := range colleagues {
		if slices.Contains(people, u) {
			continue
		}
		count++
		if err := a.note(JournalEntry{Actor: string(o.by), Action: "room.added", Target: string(u)}); err != nil {
			return answer{}, err
		}
		if err := a.addToTalk(t, u); err != nil {
			return answer{}, err
		}
	}
	return said(a.word(o, "room.added", count)), nil
}

// orderRoomRemove removes people; only the creator and administrators may, and nobody removes themselves by it.
func (a *act) orderRoomRemove(o *order) (answer, error) {
	t, people, err := a.orderTalk(o)
	if err != nil {
		return answer{}, err
	}
	admin, err := a.isAdmin(o.staff)
	if err != nil {
		return answer{}, err
	}
	if !admin && t.Creator != o.by {
		creator, err := a.staffName(t.Creator)
		if err != nil {
			return answer{}, err
		}
		return answer{}, Refuse(Denied, "room.only_creator", creator)
	}
	count := 0
	for _, u := range o.given.staff {
		if u == o.by || !slices.Contains(people, u) {
			continue
		}
		count++
		if err := a.note(JournalEntry{Actor: string(o.by), Action: "room.removed", Target: string(u)}); err != nil {
			return answer{}, err
		}
		if err := a.wish(o.room, u, Member{Want: "leave", By: Bot, Reason: a.word(o, "room.removed_reason")}, false); err != nil {
			return answer{}, err
		}
	}
	return said(a.word(o, "room.removed", count)), nil
}

func (a *act) orderRoomRename(o *order) (answer, error) {
	t, _, err := a.orderTalk(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.renameTalk(t, o.by, o.given.rest); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "room.renamed", t.Name)), nil
}

// leaveTalk takes the asker out of the room of the staff where he says so.
func (a *act) leaveTalk(o *order) (answer, error) {
	t, people, err := a.orderTalk(o)
	if err != nil {
		return answer{}, err
	}
	if !slices.Contains(people, o.by) {
		return answer{}, Refuse(NotFound, "archive.not_reading")
	}
	if err := a.note(JournalEntry{Actor: string(o.by), Action: "room.left", Target: string(o.by)}); err != nil {
		return answer{}, err
	}
	if err := a.wish(o.room, o.by, Member{Want: "leave", By: Bot}, false); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "room.left", t.Name)), nil
}

// withWords may stand before the names of those who are looked for.
var withWords = []string{"with", "с", "со"}

// orderRooms lists the asker's rooms with the staff, and, where names are given, those with all of these people in them, with the rooms of
// tickets the asker may see.
func (a *act) orderRooms(o *order) (answer, error) {
	q := parseQuery(o.text)
	page := q.filters["page"]
	if isPage(q.words) {
		page, q.loose = q.words, ""
	}
	names := append(strings.Fields(content.Fold(q.loose)), q.phrases...)
	if len(names) > 0 && slices.Contains(withWords, names[0]) {
		names = names[1:]
	}
	for i, name := range names {
		names[i] = strings.Trim(content.Fold(name), ",; ")
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	l := listing{name: "rooms", head: a.heads(o, "room", "who", "number"), links: map[int]string{}}
	if err := a.talkRows(o, names, &l); err != nil {
		return answer{}, err
	}
	if len(names) > 0 {
		if err := a.ticketRooms(o, names, &l); err != nil {
			return answer{}, err
		}
		l.more = "list.page_named"
	}
	l.title = a.word(o, "room.list", len(l.rows))
	return a.list(o, l, page)
}

// talkRows adds the asker's talks with all of the people named.
func (a *act) talkRows(o *order, names []string, l *listing) error {
	talks, err := a.talksOf(o.by)
	if err != nil {
		return err
	}
	for i := range talks {
		people, err := a.talkers(TalkRoom(talks[i].ID))
		if err != nil {
			return err
		}
		called, all, err := a.namesOf(people, names)
		if err != nil {
			return err
		}
		if !all {
			continue
		}
		about := ""
		if talks[i].Ticket != "" {
			t, err := a.tx.Ticket(talks[i].Ticket)
			if err != nil {
				return fmt.Errorf("ticket of talk %s: %w", talks[i].ID, err)
			}
			about = fmt.Sprintf("#%d", t.Number)
		}
		if l.links[len(l.rows)], err = a.permalink(TalkRoom(talks[i].ID), ""); err != nil {
			return err
		}
		l.rows = append(l.rows, []string{talks[i].Name, strings.Join(called, ", "), about})
	}
	return nil
}

// namesOf gives the names of people, and whether each of the folded names is a part of one of them.
func (a *act) namesOf(people []UserID, names []string) (called []string, all bool, err error) {
	meant := map[string]bool{}
	for _, u := range people {
		name, err := a.staffName(u)
		if err != nil {
			return nil, false, err
		}
		called = append(called, name)
		o, err := a.staff(u)
		if err != nil {
			return nil, false, err
		}
		for _, part := range names {
			meant[part] = meant[part] || o != nil && o.isCalled(part)
		}
	}
	return called, !slices.ContainsFunc(names, func(part string) bool { return !meant[part] }), nil
}

// maxTicketRooms is how many rooms of tickets a list of rooms shows.
const maxTicketRooms = 100

// ticketRooms adds the rooms of tickets whose customer or responsible is called by all of the names.
func (a *act) ticketRooms(o *order, names []string, l *listing) error {
	reach, err := a.reach(o.staff)
	if err != nil {
		return err
	}
	s := Search{Reach: reach, States: []TicketState{Waiting, Assigned, Closed}}
	for _, name := range names {
		party := Party{Name: strings.TrimPrefix(name, "@")}
		if party.Staff, err = a.staffNamed(name); err != nil && CodeOf(err) != NotFound {
			return err
		}
		s.Parties = append(s.Parties, party)
	}
	found, err := a.tx.FindTickets(s, 0, maxTicketRooms)
	if err != nil {
		return fmt.Errorf("find rooms of tickets: %w", err)
	}
	seen := map[PortalID]bool{}
	for i := range found {
		t := &found[i]
		if t.Portal == "" || seen[t.Portal] {
			continue
		}
		seen[t.Portal] = true
		d, err := a.dossier(t, nil)
		if err != nil {
			return err
		}
		who := []string{a.nameFor(o, d)}
		if u := t.Responsible(); u != "" {
			name, err := a.staffName(u)
			if err != nil {
				return err
			}
			who = append(who, name)
		}
		state, err := a.stateWords(d.in(a.langOf(o)))
		if err != nil {
			return err
		}
		if l.links[len(l.rows)], err = a.linkFor(o.by, d.portal(), ""); err != nil {
			return err
		}
		l.rows = append(l.rows, []string{a.word(o, "room.of_ticket", t.Number, state), strings.Join(who, ", "), fmt.Sprintf("#%d", t.Number)})
	}
	return nil
}

// orderDM opens a talk of two, about a ticket where one is named or at hand; the one they have already is told instead (O10).
func (a *act) orderDM(o *order) (answer, error) {
	colleagues, err := a.colleagues(o)
	if err != nil {
		return answer{}, err
	}
	if len(colleagues) == 0 {
		return answer{}, Refuse(Invalid, "room.dm_yourself")
	}
	about, link, err := a.aboutTicket(o)
	if err != nil {
		return answer{}, err
	}
	t, err := a.dmWith(o.by, colleagues[0], about)
	if err != nil {
		return answer{}, err
	}
	names := make([]string, 2)
	for i, u := range []UserID{o.by, colleagues[0]} {
		if names[i], err = a.staffName(u); err != nil {
			return answer{}, err
		}
	}
	if t != nil {
		room, err := a.permalink(TalkRoom(t.ID), "")
		return answer{
			text: a.word(o, "room.dm_again", names[1]) + "\n" + room,
			html: escape(a.word(o, "room.dm_again", names[1])) + ` <a href="` + escape(room) + `">` + escape(t.Name) + "</a>",
		}, err
	}
	fresh := Talk{Name: strings.Join(names, ", "), Creator: o.by}
	if about != nil {
		fresh.Name, fresh.Ticket = fmt.Sprintf("#%d · %s", about.ticket.Number, fresh.Name), about.ticket.ID
	}
	room, err := a.openTalk(fresh, colleagues[:1])
	if err != nil {
		return answer{}, err
	}
	if about != nil {
		text := a.staffText(about.site, "room.dm_about", names[0], about.ticket.Number, a.customerName(about.site, about.customer))
		post := Post{Room: room, Text: text, Mentions: colleagues[:1]}
		if link != "" {
			post.Text, post.HTML = text+"\n"+link, escape(text)+` <a href="`+escape(link)+`">#`+fmt.Sprint(about.ticket.Number)+"</a>"
		}
		a.line(post)
	}
	return said(a.word(o, "room.created", fresh.Name, 2)), nil
}

// aboutTicket gives the ticket that an order names or was given in or at, with its link for who gives it; nil where there is none. Whoever is in a
// ticket's room may talk about it; one that is only at hand, of a colleague's card, is left out where it may not be seen.
func (a *act) aboutTicket(o *order) (*dossier, string, error) {
	if o.given.ticket == 0 && o.place == nil && o.card == "" {
		return nil, "", nil
	}
	d, err := a.orderTicket(o)
	if err == nil && (o.place == nil || o.place.ticket.ID != d.ticket.ID) {
		var reach Reach
		if reach, err = a.reach(o.staff); err == nil && !reach.Covers(d.ticket) {
			err = Refuse(Denied, "archive.not_yours", d.ticket.Number)
		}
	}
	var refusal *Error
	if errors.As(err, &refusal) && o.given.ticket == 0 {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	link, err := a.linkFor(o.by, d.portal(), "")
	return d, link, err
}

// dmWith finds the talk of just two people about a ticket, or about none; nil if they have none.
func (a *act) dmWith(u, other UserID, about *dossier) (*Talk, error) {
	var ticket TicketID
	if about != nil {
		ticket = about.ticket.ID
	}
	talks, err := a.talksOf(u)
	if err != nil {
		return nil, err
	}
	for i := range talks {
		people, err := a.talkers(TalkRoom(talks[i].ID))
		if err != nil {
			return nil, err
		}
		if talks[i].Ticket == ticket && len(people) == 2 && slices.Contains(people, other) {
			return &talks[i], nil
		}
	}
	return nil, nil
}
