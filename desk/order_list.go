package desk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// listCommands are the lists of tickets and the search (O4).
func listCommands() []command {
	tickets := &right{module: ModTickets}
	page := []param{{name: "page", kind: paramWord, optional: true}}
	filter := []param{{name: "filter", kind: paramRest, optional: true}}
	return []command{
		{name: "my", aliases: []string{"m", "мои"}, rooms: allRooms, right: tickets, params: page, private: true, reads: true, run: (*act).orderMy},
		{name: "new", aliases: []string{"n", "новые"}, rooms: allRooms, right: tickets, params: page, private: true, reads: true, run: (*act).orderNew},
		{name: "all", aliases: []string{"al", "все"}, rooms: allRooms, right: tickets, params: filter, private: true, reads: true, run: (*act).orderAll},
		{name: "archive", aliases: []string{"ar", "архив"}, rooms: allRooms, right: tickets, params: filter, private: true, reads: true, run: (*act).orderArchive},
		{
			name: "search", aliases: []string{"s", "поиск", "найти", "и"}, rooms: allRooms, right: tickets, private: true, reads: true,
			params: []param{{name: "query", kind: paramRest}}, run: (*act).orderSearch,
		},
	}
}

// orderMy lists the tickets the asker is responsible for (O4: «Мои»).
func (a *act) orderMy(o *order) (answer, error) {
	tickets, err := a.tx.TicketsOf(o.by)
	if err != nil {
		return answer{}, fmt.Errorf("list tickets of %s: %w", o.by, err)
	}
	return a.listTickets(o, "my", tickets, o.given.word(0))
}

// orderNew lists what waits in the asker's queues and was not declined by him, the longest waiting first (O4: «Новые»).
func (a *act) orderNew(o *order) (answer, error) {
	queues, err := a.queuesOf(o.staff)
	if err != nil {
		return answer{}, err
	}
	var tickets []Ticket
	for _, q := range queues {
		waiting, err := a.tx.TicketsIn(q.ID, Waiting)
		if err != nil {
			return answer{}, fmt.Errorf("list waiting tickets of queue %s: %w", q.ID, err)
		}
		tickets = append(tickets, waiting...)
	}
	tickets = slices.DeleteFunc(tickets, func(t Ticket) bool { return slices.Contains(t.Declined, o.by) })
	slices.SortStableFunc(tickets, func(x, y Ticket) int { return x.Since.Compare(y.Since) })
	return a.listTickets(o, "new", tickets, o.given.word(0))
}

// orderAll lists the open tickets the asker may see (O4: «Все»).
func (a *act) orderAll(o *order) (answer, error) { return a.listFound(o, "all", Waiting, Assigned) }

// orderArchive lists the closed ones (O4: «Архив»).
func (a *act) orderArchive(o *order) (answer, error) { return a.listFound(o, "archive", Closed) }

// listFound lists the tickets in some states that fit the filters given.
func (a *act) listFound(o *order, name string, states ...TicketState) (answer, error) {
	q := parseQuery(o.text)
	if len(q.filters) == 0 && isPage(q.words) {
		q.filters["page"], q.words, q.loose = q.words, "", ""
	}
	s, err := a.resolve(o, q, states...)
	if err != nil {
		return answer{}, err
	}
	total, err := a.tx.CountTickets(s)
	if err != nil {
		return answer{}, fmt.Errorf("count tickets: %w", err)
	}
	l := a.ticketListing(o, name, total, func(offset, limit int) ([]Ticket, error) { return a.tx.FindTickets(s, offset, limit) })
	switch {
	case total == 0 && q.words != "":
		l.title += ". " + a.word(o, "list.words_elsewhere", cut(q.words))
	case total > 0 && name == "archive":
		l.title += ". " + a.word(o, "list.archive_how")
	}
	if q.words != "" || len(q.filters) > 1 || len(q.filters) == 1 && q.filters["page"] == "" {
		l.more = "list.page_named"
	}
	return a.list(o, l, q.filters["page"])
}

// isPage reports whether a word names a page of a list.
func isPage(word string) bool {
	_, err := strconv.ParseUint(word, 10, 31)
	return err == nil || isAll(word)
}

// listTickets lists tickets that are at hand.
func (a *act) listTickets(o *order, name string, tickets []Ticket, page string) (answer, error) {
	return a.list(o, a.ticketListing(o, name, len(tickets), func(offset, limit int) ([]Ticket, error) {
		return tickets[offset:min(offset+limit, len(tickets))], nil
	}), page)
}

// ticketListing is a list of tickets whose rows are made as they are shown.
func (a *act) ticketListing(o *order, name string, total int, fetch func(offset, limit int) ([]Ticket, error)) listing {
	l := listing{title: a.word(o, "list."+name, total), name: name, count: total}
	l.head = a.heads(o, "number", "", "name", "words", "ago", "operator", "stars")
	l.fetch = func(offset, limit int) ([][]string, map[int]string, error) {
		tickets, err := fetch(offset, limit)
		if err != nil {
			return nil, nil, fmt.Errorf("list tickets: %w", err)
		}
		var rows [][]string
		links := map[int]string{}
		for i := range tickets {
			row, err := a.ticketRow(o, &tickets[i])
			if err != nil {
				return nil, nil, err
			}
			if links[i], err = a.linkFor(o.by, PortalRoom(tickets[i].Portal), ""); err != nil {
				return nil, nil, err
			}
			rows = append(rows, row)
		}
		return rows, links, nil
	}
	return l
}

// heads names the columns of a list; "" has no name.
func (a *act) heads(o *order, columns ...string) []string {
	out := make([]string, len(columns))
	for i, column := range columns {
		if column != "" {
			out[i] = a.word(o, "list.head."+column)
		}
	}
	return out
}

// listWords is how many characters of the last words a list shows.
const listWords = 80

// ticketRow is a line of a list of tickets.
func (a *act) ticketRow(o *order, t *Ticket) ([]string, error) {
	d, err := a.dossier(t, nil)
	if err != nil {
		return nil, err
	}
	words, at := a.word(o, "card.no_words"), t.Since
	last, err := a.tx.LastWords(t.ID)
	if ok, err := found(err); err != nil {
		return nil, fmt.Errorf("last words of ticket %d: %w", t.Number, err)
	} else if ok {
		words, at = flat(wordsOf(last)), last.At
	}
	owner, err := a.nameOf(t.Responsible())
	if err != nil {
		return nil, err
	}
	stars := ""
	if r, err := a.rating(t); err != nil {
		return nil, err
	} else if r != nil {
		stars = r.score()
	}
	name := a.nameFor(o, d)
	return []string{
		fmt.Sprintf("#%d", t.Number), initials(name), name, clip(words, listWords), a.ago(o, at), owner, stars,
	}, nil
}

// nameOf is how a member of staff is called, or "" for nobody.
func (a *act) nameOf(u UserID) (string, error) {
	if u == "" {
		return "", nil
	}
	return a.staffName(u)
}

// ago says how long ago something was.
func (a *act) ago(o *order, at time.Time) string {
	switch length := a.now.Sub(at); {
	case length < time.Minute:
		return a.word(o, "ago.now")
	case length < time.Hour:
		return a.word(o, "ago.minutes", int(length.Minutes()))
	case length < 24*time.Hour:
		return a.word(o, "ago.hours", int(length.Hours()))
	default:
		return a.word(o, "ago.days", int(length.Hours()/24))
	}
}

// linkFor gives the address of a room, or of an event in it, for somebody who is in the room; "" for others: clients show them no more than
// the raw id.
func (a *act) linkFor(u UserID, room RoomKey, event EventID) (string, error) {
	var m Member
	if ok, err := a.desired(room, ThingMember+string(u), &m); err != nil || !ok || m.Want != "join" {
		return "", err
	}
	return a.permalink(room, event)
}

// permalink gives the address of a room, or of an event in it; "" while the room does not exist.
func (a *act) permalink(room RoomKey, event EventID) (string, error) {
	r, err := a.tx.Room(room)
	if ok, err := found(err); err != nil {
		return "", fmt.Errorf("room %s: %w", room, err)
	} else if !ok || r.ID == "" {
		return "", nil
	}
	link := "https://matrix.to/#/" + string(r.ID)
	if event != "" {
		link += "/" + string(event)
	}
	return link + "?via=" + a.bot.Server(), nil
}

// cut bounds what somebody wrote where it is repeated to them.
func cut(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		return clip(s, 40)
	}
	return strings.TrimSpace(s)
}
