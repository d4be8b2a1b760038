package desk

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"frontdesk/content"
)

// What became of a row's fields, as people read it: fields and values are called something in the reader's language.

// maxNoted is how many characters of words the journal keeps.
const maxNoted = 2000

// saidNow is what of a message the journal shows the change of.
type saidNow struct {
	Text  string
	Files []string
}

// noteSaid records that somebody of the staff has changed a message, or taken it back; before is what it said.
func (a *act) noteSaid(actor UserID, action string, before content.Message, m *Message) error {
	said := func(c content.Message) saidNow {
		out := saidNow{Text: clip(c.Text, maxNoted)}
		for _, f := range c.Files {
			out.Files = append(out.Files, f.Name)
		}
		return out
	}
	return a.note(JournalEntry{Actor: string(actor), Action: action, Ticket: m.Ticket, Changes: changes(said(before), said(m.Content))})
}

// inner are fields that only our own rows know each other by. They stand in the file of the journal, not in the room.
var inner = []string{"ID", "Conversation", "Portal", "Customer", "Ticket"}

// valueWords are the beginnings of the texts for what stands in a field, where it is one of a few words of ours.
var valueWords = map[string]string{
	"State": "journal.state.", "CloseReason": "journal.closed.", "Kind": "contact.kind.", "Use": "contact.use.", "Gender": "profile.gender.",
	"History": "journal.history.", "Assign": "journal.assign.",
}

// spans are fields that hold a length of time.
var spans = []string{"RemindAfter", "ChooseTimeout", "OfferTimeout"}

// fieldKey is what the text for a field's name ends in: "PublicName" has "public_name".
func fieldKey(field string) string {
	var out strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 && field != strings.ToUpper(field) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// changes says what became of each field of an entry. "–" stands for nothing.
func (w *auditWriter) changes(e *JournalEntry, file bool) ([]string, error) {
	var out []string
	for _, c := range e.Changes {
		if !file && slices.Contains(inner, c.Field) {
			continue
		}
		var name string
		var sides [2]string
		for i, raw := range []json.RawMessage{c.Before, c.After} {
			var value any
			if err := json.Unmarshal(raw, &value); err != nil && len(raw) > 0 {
				return nil, fmt.Errorf("parse %s of entry %d: %w", c.Field, e.ID, err)
			}
			sides[i] = w.value(c.Field, value)
		}
		switch e.Action {
		case "rights.given", "rights.taken", "rights.template", "rights.template_dropped":
			name, sides = w.grantName(c.Field), [2]string{w.known("depth.", sides[0]), w.known("depth.", sides[1])}
		case "rights.assigned", "rights.unassigned":
			name, sides = w.templateName(c.Field), [2]string{w.scope(sides[0]), w.scope(sides[1])}
		default:
			name = w.fieldName(c)
		}
		out = append(out, name+": "+sides[0]+" → "+sides[1])
	}
	return out, nil
}

// fieldName calls a field something. The place of a queue and the position of a colleague share a name in our rows only.
func (w *auditWriter) fieldName(c Change) string {
	if c.Field == "Position" && !strings.HasPrefix(string(c.Before)+string(c.After), `"`) {
		return w.say("journal.field.place")
	}
	return w.named(c.Field)
}

func (w *auditWriter) named(field string) string {
	key := "journal.field." + fieldKey(field)
	if words := w.say(key); words != key {
		return words
	}
	return field // of an earlier release, or what a customer of ours has named
}

// known gives the text for one of our words, or the word itself; nothing for none.
func (w *auditWriter) known(prefix, word string) string {
	if word == "" || word == nothing {
		return nothing
	}
	if words := w.say(prefix + word); words != prefix+word {
		return words
	}
	return word
}

func (w *auditWriter) templateName(name string) string {
	if shipped(name) {
		return w.say("rights.template." + name)
	}
	return name
}

// grantName reads "journal site:shop", as rightChange wrote it.
func (w *auditWriter) grantName(field string) string {
	module, scope, _ := strings.Cut(field, " ")
	return w.known("module.", module) + ", " + w.scope(scope)
}

func (w *auditWriter) scope(text string) string {
	if text == nothing {
		return text
	}
	kind, target, _ := strings.Cut(text, ":")
	return w.a.scopeName(w.say, Scope(kind), target)
}

// nothing stands for what is not there.
const nothing = "–"

// value says what stood in a field.
func (w *auditWriter) value(field string, value any) string {
	switch value := value.(type) {
	case nil:
		return nothing
	case bool:
		return w.say(map[bool]string{true: "journal.yes", false: "journal.no"}[value])
	case float64:
		if slices.Contains(spans, field) {
			return spanWords(w.say, time.Duration(value))
		}
		return fmt.Sprint(int64(value))
	case string:
		return w.word(field, value)
	case []any:
		var out []string
		for _, element := range value {
			out = append(out, w.value(field, element))
		}
		return orNothing(strings.Join(out, ", "))
	case map[string]any:
		return orNothing(w.object(value))
	}
	return fmt.Sprint(value)
}

func orNothing(text string) string {
	if text == "" {
		return nothing
	}
	return text
}

// object says what stands in the fields of a value, but for those that hold nothing.
func (w *auditWriter) object(value map[string]any) string {
	from, isShift := value["from"].(float64)
	to, ends := value["to"].(float64)
	if isShift && ends && len(value) == 2 {
		return clockWords(int(from)) + "–" + clockWords(int(to))
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(value)) {
		if words := w.value(key, value[key]); words != nothing {
			out = append(out, w.named(key)+" "+words)
		}
	}
	return strings.Join(out, ", ")
}

// clockWords writes a minute of the day.
func clockWords(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60%24, minute%60) }

// word says a text that stood in a field: a moment in the reader's time, a queue by its name, one of our own words in the reader's language.
func (w *auditWriter) word(field, text string) string {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		if at.IsZero() {
			return nothing
		}
		return at.In(w.clock).Format("2006-01-02 15:04:05")
	}
	switch field {
	case "Queue", "DefaultQueue":
		if q, err := w.a.tx.Queue(QueueID(text)); err == nil {
			return q.Name
		}
	}
	if prefix, ok := valueWords[field]; ok {
		return w.known(prefix, text)
	}
	return orNothing(text)
}

// spanWords says a length of time in its largest whole unit.
func spanWords(say sayer, length time.Duration) string {
	switch {
	case length%time.Hour == 0:
		return say("duration.hours", int(length/time.Hour))
	case length%time.Minute == 0:
		return say("duration.minutes", int(length/time.Minute))
	}
	return say("duration.seconds", int(length/time.Second))
}
