package desktest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
)

func (t *Tx) CountTickets(s desk.Search) (int, error) { return len(t.foundTickets(s)), nil }

func (t *Tx) FindTickets(s desk.Search, offset, limit int) ([]desk.Ticket, error) {
	return page(t.foundTickets(s), offset, limit), nil
}

func (t *Tx) FindMessages(s desk.Search, most int) ([]desk.MessageID, error) {
	var out []desk.MessageID
	for _, m := range page(t.foundMessages(s), 0, most) {
		out = append(out, m.ID)
	}
	return out, nil
}

func (t *Tx) LastWords(id desk.TicketID) (*desk.Message, error) {
	all := list(t.rows.Messages, func(m desk.Message) bool { return m.Ticket == id && m.Searchable() != "" },
		func(a, b desk.Message) int { return cmp.Compare(a.Seq, b.Seq) })
	if len(all) == 0 {
		return nil, fmt.Errorf("last words of ticket %s: %w", id, desk.ErrNotFound)
	}
	return &all[len(all)-1], nil
}

func page[T any](all []T, offset, limit int) []T {
	return all[min(offset, len(all)):min(offset+limit, len(all))]
}

func (t *Tx) foundTickets(s desk.Search) []desk.Ticket {
	return list(t.rows.Tickets, func(k desk.Ticket) bool {
		end := k.Since
		if k.State != desk.Closed {
			end = time.Unix(0, 1<<62)
		}
		known := t.known(k).All()
		return t.fits(s, k) && inPeriods(s.Periods, k.Site, k.Opened, end) &&
			!slices.ContainsFunc(s.Words, func(w content.Term) bool { return !strings.Contains(known, w.Word) }) &&
			!slices.ContainsFunc(s.Phrases, func(p desk.Phrase) bool { return !strings.Contains(known, p.Text) })
	}, func(a, b desk.Ticket) int { return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(b.Number, a.Number)) })
}

func (t *Tx) foundMessages(s desk.Search) []desk.Message {
	return list(t.rows.Messages, func(m desk.Message) bool {
		k, ok := t.rows.Tickets[m.Ticket]
		if !ok || !s.HasWords() || !t.fits(s, k) || !inPeriods(s.Periods, k.Site, m.At, m.At) {
			return false
		}
		words := content.Terms(m.Searchable())
		return !slices.ContainsFunc(s.Words, func(w content.Term) bool { return !slices.ContainsFunc(words, w.Means) }) &&
			!slices.ContainsFunc(s.Phrases, func(p desk.Phrase) bool { return content.IndexPhrase(words, p.Words) < 0 })
	}, func(a, b desk.Message) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(string(b.ID), string(a.ID)))
	})
}

func (t *Tx) known(k desk.Ticket) desk.Known {
	c := t.rows.Customers[k.Customer]
	contacts, _ := t.Contacts(k.Customer)
	return c.Known(contacts)
}

// fits judges what of a search concerns the ticket and its customer.
func (t *Tx) fits(s desk.Search, k desk.Ticket) bool {
	known := t.known(k)
	for _, part := range []struct{ of, text string }{
		{known.Name, s.Name}, {known.Email, s.Email}, {known.Phone, s.Phone}, {known.Region, s.Region}, {known.Town, s.Town},
	} {
		if !strings.Contains(part.of, part.text) {
			return false
		}
	}
	if stars := t.rows.Ratings[k.ID].Stars; s.MostStars > 0 && (stars < s.LeastStars || stars > s.MostStars) {
		return false
	}
	if slices.ContainsFunc(s.Parties, func(p desk.Party) bool {
		return !strings.Contains(known.Name, p.Name) && !slices.Contains(p.Staff, k.Responsible())
	}) {
		return false
	}
	return s.Reach.Covers(&k) &&
		(len(s.States) == 0 || slices.Contains(s.States, k.State)) &&
		(len(s.Queues) == 0 || slices.Contains(s.Queues, k.Queue)) &&
		(len(s.Staff) == 0 || slices.Contains(s.Staff, k.Responsible()))
}

func inPeriods(periods []desk.Period, site desk.SiteID, begin, end time.Time) bool {
	return len(periods) == 0 || slices.ContainsFunc(periods, func(p desk.Period) bool {
		return p.Site == site && (p.From.IsZero() || !end.Before(p.From)) && (p.Until.IsZero() || begin.Before(p.Until))
	})
}
