package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/content"
)

func journalCommands() []command {
	return []command{{
		name: "audit", aliases: []string{"au", "journal", "журнал", "аудит"}, rooms: allRooms, private: true, reads: true, right: &right{ModJournal, false},
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
	if isAll(page) {
		return a.auditFile(o, f, total, clock)
	}
	w := a.auditWriter(a.langOf(o), clock)
	return a.list(o, listing{
		title: a.word(o, "audit.title", total), name: "journal", count: total, head: w.head(false),
		fetch: func(offset, limit int) ([][]string, map[int]string, error) {
			entries, err := a.tx.Records(f, offset, limit)
			if err != nil {
				return nil, nil, fmt.Errorf("list records: %w", err)
			}
			rows := make([][]string, len(entries))
			for i := range entries {
				if rows[i], err = w.row(&entries[i], false); err != nil {
					return nil, nil, err
				}
			}
			return rows, nil, nil
		},
	}, page)
}

// auditFilter reads which entries are meant: @who, #42, from:2026-01-31, to:31.01.2026, department:Sales, an action by the beginning of its code or by a word of
// what it is called, and a page.
func (a *act) auditFilter(o *order, clock *time.Location) (f JournalFilter, page string, err error) {
	first, last := "", ""
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
		case cut && filterNames[strings.ToLower(name)] == "department":
			if f.People, err = a.peopleIn(content.Fold(value)); err != nil {
				return f, "", err
			}
		case cut && filterNames[strings.ToLower(name)] == "from":
			first = value
		case cut && filterNames[strings.ToLower(name)] == "to":
			last = value
		case isNumber || isWord(wantsAll, word):
			page = word
		case isAction(word):
			f.Action = strings.ToLower(word)
		default:
			if f.Actions = a.actionsMeant(word); len(f.Actions) == 0 {
				return f, "", Refuse(Invalid, "audit.bad_word", clip(word, 40))
			}
		}
	}
	f.From, f.To, err = parseDays(first, last, a.now.In(clock))
	return f, page, err
}

// isAction reports whether a word is the beginning of an action's code.
func isAction(word string) bool {
	return word != "" && slices.ContainsFunc(journalActions, func(action string) bool { return strings.HasPrefix(action, strings.ToLower(word)) })
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
