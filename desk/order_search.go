package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/content"
)

// Limits of a search.
const (
	maxSearchWords = 10
	// maxFound is how many messages are listed: nobody reads on, and counting more takes longer.
	maxFound      = 1000
	excerptLength = 120
)

// orderSearch looks for words in messages and in what is known of customers, and with filters alone for tickets (O4).
func (a *act) orderSearch(o *order) (answer, error) {
	q := parseQuery(o.text) // given.rest has lost the marks around a phrase that is all there is
	s, err := a.resolve(o, q)
	if err != nil {
		return answer{}, err
	}
	tickets, err := a.tx.CountTickets(s)
	if err != nil {
		return answer{}, fmt.Errorf("count tickets: %w", err)
	}
	if !s.HasWords() {
		if q.words != "" || len(q.filters) == 0 || len(q.filters) == 1 && q.filters["page"] != "" {
			return answer{}, Refuse(Invalid, "search.nothing")
		}
		l := a.ticketListing(o, "found", tickets, func(offset, limit int) ([]Ticket, error) { return a.tx.FindTickets(s, offset, limit) })
		l.more = "list.page_named"
		return a.list(o, l, q.filters["page"])
	}
	messages, err := a.tx.FindMessages(s, maxFound)
	if err != nil {
		return answer{}, fmt.Errorf("find messages: %w", err)
	}
	if tickets+len(messages) == 0 {
		return said(a.word(o, "search.none", cut(q.words))), nil
	}
	return a.list(o, a.hitListing(o, s, tickets, messages), q.filters["page"])
}

// hitListing lists tickets whose customers are known by the words, then messages with the words in them.
func (a *act) hitListing(o *order, s Search, tickets int, messages []MessageID) listing {
	title := "search.found"
	if len(messages) == maxFound {
		title = "search.found_many"
	}
	l := listing{title: a.word(o, title, len(messages), tickets), name: "search", count: tickets + len(messages), more: "list.page_named"}
	l.head = a.heads(o, "number", "who", "when", "text", "open")
	l.fetch = func(offset, limit int) ([][]string, map[int]string, error) {
		page := hits{links: map[int]string{}}
		if offset < tickets {
			if err := a.ticketHits(o, s, offset, min(limit, tickets-offset), &page); err != nil {
				return nil, nil, err
			}
		}
		from := max(0, offset-tickets)
		to := min(len(messages), from+limit-len(page.rows))
		if err := a.messageHits(o, s, messages[from:to], &page); err != nil {
			return nil, nil, err
		}
		return page.rows, page.links, nil
	}
	return l
}

// hits are rows of what a search found.
type hits struct {
	rows  [][]string
	links map[int]string
}

func (h *hits) add(link string, row ...string) {
	if link != "" {
		h.links[len(h.rows)] = link
	}
	h.rows = append(h.rows, row)
}

func (a *act) ticketHits(o *order, s Search, offset, limit int, into *hits) error {
	list, err := a.tx.FindTickets(s, offset, limit)
	if err != nil {
		return fmt.Errorf("find tickets: %w", err)
	}
	for i := range list {
		d, err := a.dossier(&list[i], nil)
		if err != nil {
			return err
		}
		link, err := a.linkFor(o.by, d.portal(), "")
		if err != nil {
			return err
		}
		facts, err := a.cardFacts(d.in(a.langOf(o)))
		if err != nil {
			return err
		}
		into.add(link, fmt.Sprintf("#%d", d.ticket.Number), a.nameFor(o, d), a.instant(o, d.site, d.ticket.Since),
			strings.Join(facts, " · "), a.howToOpen(o, d.ticket, link, fmt.Sprint(d.ticket.Number)))
	}
	return nil
}

func (a *act) messageHits(o *order, s Search, list []MessageID, into *hits) error {
	for _, id := range list {
		m, err := a.tx.Message(id)
		if err != nil {
			return fmt.Errorf("message found: %w", err)
		}
		t, err := a.tx.Ticket(m.Ticket)
		if err != nil {
			return fmt.Errorf("ticket of message %s: %w", m.ID, err)
		}
		d, err := a.dossier(t, nil)
		if err != nil {
			return err
		}
		link, err := a.messageLink(o.by, m)
		if err != nil {
			return err
		}
		who := m.WhoName
		if m.Author == FromCustomer {
			who = a.nameFor(o, d)
		}
		into.add(link, fmt.Sprintf("#%d", t.Number), who, a.instant(o, d.site, m.At), excerpt(m.Searchable(), s, excerptLength),
			a.howToOpen(o, t, link, fmt.Sprintf("%d/%d", t.Number, m.Seq)))
	}
	return nil
}

// howToOpen is the command that leads to what was found where a link does not: into a room in the archive, which has to be opened first.
func (a *act) howToOpen(o *order, t *Ticket, link, what string) string {
	if link != "" || t.State != Closed {
		return ""
	}
	return "!" + a.called(o, "open") + " " + what
}

// messageLink gives the address of a message for somebody who is in its room, else "".
func (a *act) messageLink(u UserID, m *Message) (string, error) {
	events, err := a.tx.EventsOf(m.ID)
	if err != nil || len(events) == 0 {
		return "", err
	}
	return a.linkFor(u, events[0].Room, events[0].ID)
}

// instant says when something was, in the site's time.
func (a *act) instant(o *order, s *Site, at time.Time) string {
	return at.In(zone(s.Schedule.Zone)).Format(a.word(o, "format.instant"))
}

// resolve turns a query into a search among the tickets the asker may see.
func (a *act) resolve(o *order, q query, states ...TicketState) (Search, error) {
	s := Search{
		States: states, Words: content.Terms(q.loose),
		Name: q.part("name"), Email: q.part("email"), Phone: digits(q.part("phone")), Region: q.part("region"), Town: q.part("town"),
	}
	if len(s.States) == 0 {
		s.States = []TicketState{Waiting, Assigned, Closed}
	}
	count := len(s.Words)
	for _, phrase := range q.phrases {
		if words := content.Terms(phrase); len(words) > 0 {
			s.Phrases = append(s.Phrases, Phrase{Text: content.Fold(flat(phrase)), Words: words})
			count += len(words)
		}
	}
	if count > maxSearchWords {
		return s, Refuse(Invalid, "search.too_many_words", maxSearchWords)
	}
	if rating := q.filters["rating"]; rating != "" {
		var ok bool
		if s.LeastStars, s.MostStars, ok = parseStars(rating); !ok {
			return s, Refuse(Invalid, "search.bad_rating", cut(rating))
		}
	}
	if q.filters["phone"] != "" && s.Phone == "" {
		return s, Refuse(Invalid, "search.bad_phone", cut(q.filters["phone"]))
	}
	var err error
	if s.Reach, err = a.reach(o.staff); err != nil {
		return s, err
	}
	if s.Periods, err = a.periods(q); err != nil {
		return s, err
	}
	if s.Queues, err = a.queuesNamed(q.part("queue")); err != nil {
		return s, err
	}
	if s.Staff, err = a.staffNamed(q.part("operator")); err != nil {
		return s, err
	}
	return s, a.withinDepartment(&s, q.part("department"))
}

// periods reads the days to look in; a site's days are those of its time zone, and both ends belong to them.
func (a *act) periods(q query) ([]Period, error) {
	first, last := q.filters["from"], q.filters["to"]
	if first == "" && last == "" {
		return nil, nil
	}
	sites, err := a.tx.Sites()
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	var out []Period
	for i := range sites {
		p := Period{Site: sites[i].ID}
		today := a.now.In(zone(sites[i].Schedule.Zone))
		if p.From, p.Until, err = parseDays(first, last, today); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// queuesNamed lists the queues whose name or id a folded text is a part of; none for "".
func (a *act) queuesNamed(part string) ([]QueueID, error) {
	if part == "" {
		return nil, nil
	}
	all, err := a.everyQueue()
	if err != nil {
		return nil, err
	}
	var out []QueueID
	for _, q := range all {
		if strings.Contains(content.Fold(q.Name), part) || string(q.ID) == part {
			out = append(out, q.ID)
		}
	}
	if len(out) == 0 {
		return nil, Refuse(NotFound, "search.no_queue", cut(part))
	}
	return out, nil
}

// staffNamed lists the members of staff, former ones too, whose names or id a folded text is a part of; none for "".
func (a *act) staffNamed(part string) ([]UserID, error) {
	if part == "" {
		return nil, nil
	}
	all, err := a.tx.Operators()
	if err != nil {
		return nil, fmt.Errorf("list operators: %w", err)
	}
	var out []UserID
	for i := range all {
		if all[i].isCalled(part) {
			out = append(out, all[i].ID)
		}
	}
	if len(out) == 0 {
		return nil, Refuse(NotFound, "search.no_operator", cut(part))
	}
	return out, nil
}

// isCalled reports whether a folded text is a part of one of somebody's names.
func (o *Operator) isCalled(part string) bool {
	part = strings.TrimPrefix(part, "@")
	names := []string{o.PublicName, o.FullName, strings.TrimPrefix(string(o.ID), "@")}
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(content.Fold(name), part) })
}

// digits are the digits of a text, as telephone numbers are compared.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
