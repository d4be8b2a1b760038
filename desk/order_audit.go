package desk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

func journalCommands() []command {
	return []command{{
		name: "audit", aliases: []string{"journal", "журнал", "аудит"}, rooms: allRooms, private: true, reads: true, right: &right{ModJournal, false},
		params: []param{{name: "audit_filter", kind: paramWord, many: true, optional: true}}, run: (*act).orderAudit,
	}}
}

// orderAudit lists what was done, as far as who asks may see it.
func (a *act) orderAudit(o *order) (answer, error) {
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	f, page, err := a.auditFilter(o, clock)
	if err != nil {
		return answer{}, err
	}
	if f.Within, err = a.auditBounds(o); err != nil {
		return answer{}, err
	}
	total, err := a.tx.CountRecords(f)
	if err != nil {
		return answer{}, fmt.Errorf("count records: %w", err)
	}
	return a.list(o, listing{
		title: a.word(o, "audit.title", total), name: "journal", count: total,
		head: []string{
			a.word(o, "audit.head.at"), a.word(o, "audit.head.who"), a.word(o, "audit.head.action"), a.word(o, "audit.head.ticket"),
			a.word(o, "audit.head.target"), a.word(o, "audit.head.changes"), a.word(o, "audit.head.room"),
		},
		fetch: func(offset, limit int) ([][]string, map[int]string, error) {
			entries, err := a.tx.Records(f, offset, limit)
			if err != nil {
				return nil, nil, fmt.Errorf("list records: %w", err)
			}
			rows := make([][]string, len(entries))
			for i := range entries {
				if rows[i], err = a.auditRow(&entries[i], clock); err != nil {
					return nil, nil, err
				}
			}
			return rows, nil, nil
		},
	}, page)
}

// auditRow is an entry as people read it.
func (a *act) auditRow(e *JournalEntry, clock *time.Location) ([]string, error) {
	ticket := ""
	if e.Ticket != "" {
		t, err := a.tx.Ticket(e.Ticket)
		if ok, err := found(err); err != nil {
			return nil, fmt.Errorf("ticket of an entry: %w", err)
		} else if ok {
			ticket = fmt.Sprintf("#%d", t.Number)
		}
	}
	room, _, err := a.roomLabel(e.Room)
	if err != nil {
		return nil, err
	}
	what := auditChanges(e.Changes)
	if len(e.Changes) == 0 && e.From != e.To {
		what = append(what, strings.TrimSpace(e.From+" → "+e.To))
	}
	if e.Comment != "" {
		what = append(what, e.Comment)
	}
	return []string{e.At.In(clock).Format("2006-01-02 15:04:05"), e.Actor, e.Action, ticket, e.Target, strings.Join(what, "; "), room}, nil
}

// auditChanges writes what became of each field.
func auditChanges(changes []Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, c.Field+": "+plainValue(c.Before)+" → "+plainValue(c.After))
	}
	return out
}

// plainValue is a value without the marks of JSON, where it is a text, and "–" where there is none.
func plainValue(raw json.RawMessage) string {
	var text string
	switch {
	case len(raw) == 0:
		return "–"
	case json.Unmarshal(raw, &text) == nil:
		return text
	}
	return string(raw)
}

// auditFilter reads which entries are meant: @who, #42, from:2026-01-31, to:31.01.2026, the beginning of an action, and a page.
func (a *act) auditFilter(o *order, clock *time.Location) (f JournalFilter, page string, err error) {
	for _, word := range o.given.words {
		name, value, cut := strings.Cut(word, ":")
		staff, isStaff := parseStaff(word, a.bot.Server())
		number, isNumber := parseNumber(word)
		switch {
		case isStaff:
			f.Person = string(staff)
		case strings.HasPrefix(word, "#") || strings.HasPrefix(word, "№"):
			if !isNumber || number == 0 {
				return f, "", Refuse(Invalid, "audit.bad_word", clip(word, 40))
			}
			t, err := a.tx.TicketByNumber(number)
			if err != nil {
				return f, "", a.missingTicket(err, number)
			}
			f.Ticket = t.ID
		case cut && isWord([]string{"from", "с", "от"}, name):
			day, ok := auditDay(value, clock)
			if !ok {
				return f, "", Refuse(Invalid, "audit.bad_date", clip(value, 40))
			}
			f.From = day
		case cut && isWord([]string{"to", "по", "до"}, name):
			day, ok := auditDay(value, clock)
			if !ok {
				return f, "", Refuse(Invalid, "audit.bad_date", clip(value, 40))
			}
			f.To = day.AddDate(0, 0, 1)
		case isNumber || isWord(wantsAll, word):
			page = word
		case isAction(word):
			f.Action = strings.ToLower(word)
		default:
			return f, "", Refuse(Invalid, "audit.bad_word", clip(word, 40))
		}
	}
	return f, page, nil
}

// auditDay reads a date as the beginning of that day.
func auditDay(word string, clock *time.Location) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02", "02.01.2006", "2.1.2006"} {
		if day, err := time.ParseInLocation(layout, word, clock); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}

// isAction reports whether a word can be the beginning of an action: letters, dots and underscores.
func isAction(word string) bool {
	return word != "" && strings.Trim(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz._") == ""
}

// auditBounds is what of the journal who asks may see; nil: everything.
func (a *act) auditBounds(o *order) (*JournalBounds, error) {
	grants, err := a.grants(o.staff)
	if err != nil {
		return nil, err
	}
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	out := &JournalBounds{}
	for _, g := range grants {
		if g.Module != ModJournal {
			continue
		}
		switch g.Scope {
		case ScopeAll:
			return nil, nil
		case ScopeOwn:
			out.Actors = append(out.Actors, string(o.by))
		case ScopeSite:
			out.Sites = append(out.Sites, SiteID(g.Target))
		case ScopeQueue:
			out.Queues = append(out.Queues, QueueID(g.Target))
		case ScopeDepartment:
			for _, k := range r.staff {
				if k.Department == g.Target {
					out.Actors = append(out.Actors, string(k.ID))
				}
			}
		}
	}
	slices.Sort(out.Actors)
	out.Actors = slices.Compact(out.Actors)
	return out, nil
}
