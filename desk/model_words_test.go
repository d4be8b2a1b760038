package desk_test

import (
	"maps"
	"slices"

	"frontdesk/desk"
)

// What the bot says for random people of a model, and what they make of it afterwards.

// posted is by whom the bot was told to say something, and in which ticket.
type posted struct {
	by     desk.UserID
	ticket int64
}

func (w *world) somebodySaysTemplate() {
	u, before := w.person(), len(w.Messages(w.c))
	goesOut := w.mayTalk(u)
	w.note("%s says a template", u)
	w.Say(u, w.room(), "!t 4")
	all := w.Messages(w.c)
	if !goesOut {
		if len(all) != before {
			w.fail("a template went out: %+v", all[before:])
		}
		return
	}
	if len(all) != before+1 {
		w.fail("%d messages instead of a template: %+v", len(all)-before, all[before:])
	}
	event := w.Resolve(desk.Ref{Message: all[before].ID})
	w.m.open[event], w.m.told[event] = true, all[before].Content.Text
	w.m.posted[event] = posted{u, w.TicketOf(w.c).Number}
}

// somebodyRewords has what the bot said for somebody changed or taken back.
func (w *world) somebodyRewords() {
	events := slices.Sorted(maps.Keys(w.m.posted))
	if len(events) == 0 {
		return
	}
	u, event := w.person(), events[w.random.IntN(len(events))]
	_, stands := w.m.told[event]
	may := stands && w.mayTalk(u) && w.m.posted[event] == posted{u, w.TicketOf(w.c).Number}
	inAnswer := func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, event }
	if w.random.IntN(2) == 0 {
		w.note("%s retracts %s", u, event)
		w.SayAs(u, w.room(), "!retract", inAnswer)
		if may {
			delete(w.m.told, event)
		}
		return
	}
	words := w.words(may)
	w.note("%s has %s say %q", u, event, words)
	w.SayAs(u, w.room(), "!edit "+words, inAnswer)
	if may {
		w.m.told[event] = words
	}
}
