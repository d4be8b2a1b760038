package desk

import (
	"fmt"
	"strings"
	"time"
)

// Bounds of a file of the journal: less than homeservers refuse to take, and no longer than it may well be read for.
const (
	auditFileRows  = 200_000
	auditFileBytes = 30 << 20
	auditChunk     = 1000 // rows that are read at once
)

// auditFile answers the journal as a file. It holds all there is; where that would be too much, the newest, and the answer says how to get
// the rest.
func (a *act) auditFile(o *order, f JournalFilter, total int, clock *time.Location) (answer, error) {
	w := a.auditWriter(a.langOf(o), clock)
	file, rows := newSheet(a.langOf(o)), 0
	file.add(w.head(true))
	var oldest time.Time
	for rows < total && rows < a.auditRows && file.size() < auditFileBytes {
		entries, err := a.tx.Records(f, 0, min(auditChunk, a.auditRows-rows))
		if err != nil {
			return answer{}, fmt.Errorf("list records: %w", err)
		}
		if len(entries) == 0 {
			break
		}
		for i := range entries {
			row, err := w.row(&entries[i], true)
			if err != nil {
				return answer{}, err
			}
			file.add(row)
		}
		rows += len(entries)
		last := &entries[len(entries)-1]
		f.Before, oldest = last.ID, last.At
	}
	text := a.word(o, "audit.title", total)
	if rows < total {
		text += "\n" + a.word(o, "audit.cut", rows, oldest.In(clock).Format(time.DateOnly))
	}
	return a.sheetAnswer(text, "journal", file)
}

// auditWriter writes entries of the journal as people read them. What several of them are about is looked up once.
type auditWriter struct {
	a       *act
	say     sayer
	clock   *time.Location
	tickets map[TicketID]string
	rooms   map[RoomKey]string
}

func (a *act) auditWriter(lang string, clock *time.Location) *auditWriter {
	return &auditWriter{
		a: a, say: func(key string, args ...any) string { return a.texts.Text(lang, key, args...) }, clock: clock,
		tickets: map[TicketID]string{}, rooms: map[RoomKey]string{},
	}
}

// head names the columns; in a file the action's code, by which a spreadsheet filters whatever the language, has one of its own.
func (w *auditWriter) head(file bool) []string {
	columns := []string{"at", "who", "action", "code", "ticket", "target", "changes", "room"}
	var out []string
	for _, column := range columns {
		if column != "code" || file {
			out = append(out, w.say("audit.head."+column))
		}
	}
	return out
}

// row is an entry.
func (w *auditWriter) row(e *JournalEntry, file bool) ([]string, error) {
	ticket, err := w.ticket(e.Ticket)
	if err != nil {
		return nil, err
	}
	room, err := w.room(e.Room)
	if err != nil {
		return nil, err
	}
	what, err := w.changes(e, file)
	if err != nil {
		return nil, err
	}
	if len(e.Changes) == 0 && e.From != e.To {
		what = append(what, w.known("journal.state.", e.From)+" → "+w.known("journal.state.", e.To))
	}
	if e.Comment != "" {
		what = append(what, e.Comment)
	}
	who := e.Actor
	switch who {
	case actorCustomer, actorTimer, actorFile, actorSystem:
		who = w.say("journal.by." + who)
	}
	out := []string{e.At.In(w.clock).Format("2006-01-02 15:04:05"), who, actionWords(w.say, e.Action)}
	if file {
		out = append(out, e.Action)
	}
	return append(out, ticket, e.Target, strings.Join(what, "; "), room), nil
}

func (w *auditWriter) ticket(id TicketID) (string, error) {
	if id == "" {
		return "", nil
	}
	known, ok := w.tickets[id]
	if ok {
		return known, nil
	}
	t, err := w.a.tx.Ticket(id)
	if ok, err := found(err); err != nil {
		return "", fmt.Errorf("ticket of an entry: %w", err)
	} else if ok {
		known = fmt.Sprintf("#%d", t.Number)
	}
	w.tickets[id] = known
	return known, nil
}

func (w *auditWriter) room(key RoomKey) (string, error) {
	known, ok := w.rooms[key]
	if ok {
		return known, nil
	}
	known, _, err := w.a.roomLabel(key)
	if err != nil {
		return "", err
	}
	w.rooms[key] = known
	return known, nil
}
