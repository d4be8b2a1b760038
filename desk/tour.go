package desk

import (
	"fmt"
	"slices"
)

// tour tells somebody once, at the beginning of the direct chat, what can be done: a few short lines that fit their rights (O1). That it was told
// is known by the rows of its events, so that neither a new chat nor a restart tells it again.
func (a *act) tour(o *Operator) error {
	row := func(n int) EffectID { return EffectID(fmt.Sprintf("tour/%s/%d", o.ID, n)) }
	_, err := a.tx.EventByRow(row(0))
	if told, err := found(err); told || err != nil {
		return err
	}
	lines, err := a.tourLines(o)
	if err != nil {
		return err
	}
	for n, line := range lines {
		a.emitNew(Post{ID: row(n), Room: DirectRoom(o.ID), As: Bot, Notice: true, Text: line})
	}
	return nil
}

// tourLines are what somebody should know, by what they may do.
func (a *act) tourLines(o *Operator) ([]string, error) {
	say := func(key string, args ...any) string {
		if o.Lang != "" {
			return a.texts.Text(o.Lang, key, args...)
		}
		return a.staffText(nil, key, args...)
	}
	name, err := a.staffName(o.ID)
	if err != nil {
		return nil, err
	}
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	lines := []string{say("tour.hello", name)}
	if len(r.queuesOf(o.ID)) > 0 {
		lines = append(lines, say("tour.operator"))
	}
	if slices.ContainsFunc(r.of(o.ID), func(g Grant) bool { return g.Module == ModTickets && g.Edit && g.Scope != ScopeOwn }) {
		lines = append(lines, say("tour.supervisor"))
	}
	if r.isAdmin(o.ID) {
		lines = append(lines, say("tour.admin"))
	}
	return append(lines, say("tour.help")), nil
}

// greet gives the tour in a direct chat that somebody opened with the bot.
func (a *act) greet(in StaffMessage) error {
	if in.Room != DirectRoom(in.Sender) {
		return nil
	}
	o, err := a.staff(in.Sender)
	if err != nil || o == nil {
		return err
	}
	return a.tour(o)
}
