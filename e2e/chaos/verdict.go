package main

import (
	"cmp"
	"fmt"
	"slices"
)

// view is what one side is shown of one conversation at the end, in the order shown.
type view []shown

// shown is one message that a reader was given: a text, or the sum of the bytes that were downloaded.
type shown struct {
	From side
	Text string // empty for a file
	Sum  string
	ID   string // event id or message id, for people
}

// fault found by the verdict.
type flaw struct {
	What   string // lost, duplicated, disordered, altered or stray
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
	Flaws                              []flaw
}

func (v verdict) clean() bool { return len(v.Flaws) == 0 }

// judge compares what was said with what both sides are shown. rooms and sockets have one view for each conversation, by its number. A line whose content
// was altered counts as lost, and so does one that stands in a conversation it does not belong to.
func judge(s script, rooms, sockets []view) verdict {
	v := verdict{Sent: s.Messages}
	lost, doubled, late := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, place := range []struct {
		name  string
		views []view
	}{{"room", rooms}, {"socket", sockets}} {
		for i, c := range s.Conversations {
			where := fmt.Sprintf("%s of conversation %d", place.name, i)
			for _, f := range compare(c, place.views[i], where) {
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
	v.Lost, v.Duplicated, v.Disordered = len(lost), len(doubled), len(late)
	slices.SortStableFunc(v.Flaws, func(a, b flaw) int { return cmp.Compare(a.Key, b.Key) })
	return v
}

// compare finds the flaws of one view of one conversation.
func compare(c conversation, v view, where string) []flaw {
	var flaws []flaw
	expected := map[string]line{} // by content
	for _, lines := range c.Lines {
		for _, l := range lines {
			expected[contentOf(l.From, l.Text, l.File)] = l
		}
	}
	count, last := map[string]int{}, map[side]int{visitorSide: -1, operatorSide: -1}
	for _, m := range v {
		l, ok := expected[string(m.From)+m.Text+m.Sum]
		if !ok {
			flaws = append(flaws, flaw{"stray", keyOf(m.Text), where, fmt.Sprintf("%s: %q %s", m.ID, m.Text, m.Sum)})
			continue
		}
		count[l.Key]++
		switch {
		case count[l.Key] > 1:
			flaws = append(flaws, flaw{"duplicated", l.Key, where, m.ID})
		case l.N < last[l.From]:
			flaws = append(flaws, flaw{"disordered", l.Key, where, fmt.Sprintf("%s stands after line %d", m.ID, last[l.From])})
		default:
			last[l.From] = l.N
		}
	}
	for _, lines := range c.Lines {
		for _, l := range lines {
			if count[l.Key] == 0 {
				flaws = append(flaws, flaw{"lost", l.Key, where, ""})
			}
		}
	}
	return flaws
}

func contentOf(from side, text string, f *file) string {
	if f != nil {
		return string(from) + f.Sum
	}
	return string(from) + text
}
