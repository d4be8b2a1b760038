package main

import (
	"cmp"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"
)

// view is what one side is shown of one conversation at the end, in the order shown.
type view []shown

// shown is one message that a reader was given: a text, or the sum of the bytes that were downloaded.
type shown struct {
	From side
	Text string // empty for a file
	Sum  string
	ID   string // event id or message id

	Room  id.RoomID // if it is shown in one
	Marks marks     // that it is in doubt
}

// marks are how an operator is told that nobody knows whether a message of his reached the customer.
type marks int

const (
	warned  marks = 1 << iota // the warning sign
	offered                   // the sign that sends it again when pressed
	told                      // the words that say so

	wholeMark = warned | offered | told
)

// fault found by the verdict.
type flaw struct {
	What   string // lost, duplicated, disordered, altered, stray, hidden: in doubt and not shown so, or marked: in doubt no more and still shown so
	Key    string
	Where  string
	Detail string
}

func (f flaw) String() string {
	return fmt.Sprintf("%-10s %s in %s %s", f.What, f.Key, f.Where, f.Detail)
}

// verdict counts lines, not sightings: a line missing in both views is one lost line.
type verdict struct {
	Sent, Lost, Duplicated, Disordered int
	Undecided                          int // of which nobody knows whether the customer got them, and whose sender is told so
	Hidden                             int // whose sender is not told so, or not everything
	Resent                             int // undecided ones that were sent again
	Marked                             int // of these, whose sender is still told that they are undecided
	Flaws                              []flaw
	doubts                             []doubt
}

// doubt is an undecided line.
type doubt struct {
	line line
	said shown // in the room
}

func (v verdict) clean() bool { return len(v.Flaws) == 0 }

// judge compares what was said with what both sides are shown. rooms and outside have one view for each conversation, by its number. A line whose content
// was altered counts as lost, and so does one that stands in a conversation it does not belong to. Whether a line in doubt is with its
// customer is left open, unless again says how often it has to be there: then it is in doubt no more.
func judge(s script, rooms, outside []view, again map[string]int) verdict {
	v := verdict{Sent: s.Messages}
	lost, doubled, late, hidden := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, c := range s.Conversations {
		v.doubts = append(v.doubts, doubtsOf(c, rooms[i])...)
	}
	v.Undecided = len(v.doubts)
	bounds := map[string]bound{}
	for _, d := range v.doubts {
		bounds[d.line.Key] = bound{0, 1}
		if again[d.line.Key] > 0 {
			v.Marked++
			v.Flaws = append(v.Flaws, flaw{"marked", d.line.Key, fmt.Sprintf("room of conversation %d", d.line.Conversation), d.said.ID})
			continue
		}
		if d.said.Marks != wholeMark {
			hidden[d.line.Key] = true
			v.Flaws = append(v.Flaws, flaw{"hidden", d.line.Key, fmt.Sprintf("room of conversation %d", d.line.Conversation), d.said.ID})
		}
	}
	for key, n := range again {
		bounds[key] = bound{n, n}
	}
	for _, place := range []struct {
		name   string
		views  []view
		bounds map[string]bound
	}{{"room", rooms, nil}, {"customer", outside, bounds}} {
		for i, c := range s.Conversations {
			where := fmt.Sprintf("%s of conversation %d", place.name, i)
			for _, f := range compare(c, place.views[i], where, place.bounds) {
				v.Flaws = append(v.Flaws, f)
				switch f.What {
				case "lost", "altered", "stray":
					lost[f.Key] = true
				case "duplicated":
					doubled[f.Key] = true
				case "disordered":
					late[f.Key] = true
				}
			}
		}
	}
	v.Lost, v.Duplicated, v.Disordered, v.Hidden = len(lost), len(doubled), len(late), len(hidden)
	slices.SortStableFunc(v.Flaws, func(a, b flaw) int { return cmp.Compare(a.Key, b.Key) })
	return v
}

// doubtsOf finds the lines that their sender is told to be in doubt.
func doubtsOf(c conversation, room view) (found []doubt) {
	expected := c.byContent()
	for _, m := range room {
		if l, ok := expected[m.content()]; ok && m.Marks != 0 {
			found = append(found, doubt{l, m})
		}
	}
	return found
}

// bound is how often a line may be shown. One that has a bound may stand anywhere: sent again it stands below what was said after it.
type bound struct{ least, most int }

// compare finds the flaws of one view of one conversation.
func compare(c conversation, v view, where string, bounds map[string]bound) []flaw {
	var flaws []flaw
	expected := c.byContent()
	count, last := map[string]int{}, map[side]int{visitorSide: -1, operatorSide: -1}
	for _, m := range v {
		l, ok := expected[m.content()]
		if !ok {
			flaws = append(flaws, flaw{"stray", keyOf(m.Text), where, fmt.Sprintf("%s: %q %s", m.ID, m.Text, m.Sum)})
			continue
		}
		count[l.Key]++
		b, free := bounds[l.Key]
		if !free {
			b = bound{1, 1}
		}
		switch {
		case count[l.Key] > b.most:
			flaws = append(flaws, flaw{"duplicated", l.Key, where, m.ID})
		case free:
		case l.N < last[l.From]:
			flaws = append(flaws, flaw{"disordered", l.Key, where, fmt.Sprintf("%s stands after line %d", m.ID, last[l.From])})
		default:
			last[l.From] = l.N
		}
	}
	for _, lines := range c.Lines {
		for _, l := range lines {
			least := 1
			if b, free := bounds[l.Key]; free {
				least = b.least
			}
			if count[l.Key] < least {
				flaws = append(flaws, flaw{"lost", l.Key, where, ""})
			}
		}
	}
	return flaws
}

// byContent gives the lines by what is shown of them.
func (c conversation) byContent() map[string]line {
	all := map[string]line{}
	for _, lines := range c.Lines {
		for _, l := range lines {
			all[contentOf(l.From, l.Text, l.File)] = l
		}
	}
	return all
}

func (m shown) content() string { return string(m.From) + m.Text + m.Sum }

func contentOf(from side, text string, f *file) string {
	if f != nil {
		return string(from) + f.Sum
	}
	return string(from) + text
}
