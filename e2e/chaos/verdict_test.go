package main

import (
	"slices"
	"testing"
)

// small is a script of one conversation with three texts of the visitor, a file and a text of the operator.
func small() script {
	v := func(n int, key string) line {
		return line{Key: key, From: visitorSide, N: n, Text: key + " text"}
	}
	return script{Messages: 5, Conversations: []conversation{{Lines: map[side][]line{
		visitorSide: {v(0, "c00v0000x00000000"), v(1, "c00v0001x00000001"), v(2, "c00v0002x00000002")},
		operatorSide: {
			{Key: "c00o0000x00000003", From: operatorSide, Text: "c00o0000x00000003"},
			{Key: "c00o0001x00000004", From: operatorSide, N: 1, File: &file{Name: "c00o0001x00000004.bin", Sum: "5u44"}},
		},
	}}}}
}

func whole(s script) view {
	var v view
	for l := range s.all() {
		m := shown{From: l.From, Text: l.Text}
		if l.File != nil {
			m.Sum = l.File.Sum
		}
		v = append(v, m)
	}
	return v
}

func TestJudge(t *testing.T) {
	s := small()
	tests := []struct {
		name   string
		change func(view) view
		want   verdict
	}{
		{"everything in order", func(v view) view { return v }, verdict{Sent: 5}},
		{"sides may interleave as they like", func(v view) view { return append(slices.Clone(v[3:]), v[:3]...) }, verdict{Sent: 5}},
		{"lost", func(v view) view { return slices.Delete(v, 1, 2) }, verdict{Sent: 5, Lost: 1}},
		{"a file lost", func(v view) view { return v[:4] }, verdict{Sent: 5, Lost: 1}},
		{"duplicated", func(v view) view { return append(v, v[2], v[4], v[4]) }, verdict{Sent: 5, Duplicated: 2}},
		{"disordered", func(v view) view { v[0], v[1] = v[1], v[0]; return v }, verdict{Sent: 5, Disordered: 1}},
		{"altered text", func(v view) view { v[0].Text += "."; return v }, verdict{Sent: 5, Lost: 1}},
		{"altered file", func(v view) view { v[4].Sum = "other"; return v }, verdict{Sent: 5, Lost: 2}},
		{"said by the wrong side", func(v view) view { v[3].From = visitorSide; return v }, verdict{Sent: 5, Lost: 1}},
		{"nothing at all", func(view) view { return nil }, verdict{Sent: 5, Lost: 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for place, views := range map[string][2][]view{
				"room": {{tt.change(whole(s))}, {whole(s)}},
				"chat": {{whole(s)}, {tt.change(whole(s))}},
				"both": {{tt.change(whole(s))}, {tt.change(whole(s))}},
			} {
				got := judge(s, views[0], views[1], nil)
				if got.clean() != (tt.want.Lost+tt.want.Duplicated+tt.want.Disordered == 0) {
					t.Errorf("in the %s: clean() = %t with %v", place, got.clean(), got.Flaws)
				}
				got.Flaws = nil
				if got.Sent != tt.want.Sent || got.Lost != tt.want.Lost || got.Duplicated != tt.want.Duplicated || got.Disordered != tt.want.Disordered {
					t.Errorf("in the %s: got %+v, want %+v", place, got, tt.want)
				}
			}
		})
	}
}

// What an operator is told to be in doubt may be with the customer or not; once it was sent again it has to be there so often.
func TestJudgeOfWhatIsInDoubt(t *testing.T) {
	const text, key = 3, "c00o0000x00000003" // of the operator
	without := func(v view) view { return slices.Delete(v, text, text+1) }
	with := func(more int) func(view) view {
		return func(v view) view {
			for range more {
				v = append(v, v[text])
			}
			return v
		}
	}
	tests := []struct {
		name    string
		marks   marks
		outside func(view) view
		again   map[string]int
		want    verdict
	}{
		{"not there", wholeMark, without, nil, verdict{Undecided: 1}},
		{"there", wholeMark, with(0), nil, verdict{Undecided: 1}},
		{"there twice", wholeMark, with(1), nil, verdict{Undecided: 1, Duplicated: 1}},
		{"not there and not marked", 0, without, nil, verdict{Lost: 1}},
		{"marked without words", warned | offered, without, nil, verdict{Undecided: 1, Hidden: 1}},
		{"marked without a way to resend", warned | told, with(0), nil, verdict{Undecided: 1, Hidden: 1}},
		{"sent again and there below what came after", 0, func(v view) view { return append(without(slices.Clone(v)), v[text]) },
			map[string]int{key: 1}, verdict{}},
		{"sent again and not there", 0, without, map[string]int{key: 1}, verdict{Lost: 1}},
		{"sent again and there twice", 0, with(1), map[string]int{key: 1}, verdict{Duplicated: 1}},
		{"was there, sent again and there twice", 0, with(1), map[string]int{key: 2}, verdict{}},
		{"sent again, there, and still marked", told, with(0), map[string]int{key: 1}, verdict{Undecided: 1, Marked: 1}},
		{"was there, sent again and not come", 0, with(0), map[string]int{key: 2}, verdict{Lost: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := small()
			room := whole(s)
			room[text].Marks = tt.marks
			got := judge(s, []view{room}, []view{tt.outside(whole(s))}, tt.again)
			if got.Undecided != tt.want.Undecided || got.Lost != tt.want.Lost || got.Duplicated != tt.want.Duplicated || got.Disordered != 0 || got.Hidden != tt.want.Hidden || got.Marked != tt.want.Marked {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if got.clean() != (got.Lost+got.Duplicated+got.Hidden+got.Marked == 0) {
				t.Errorf("clean() = %t with %v", got.clean(), got.Flaws)
			}
		})
	}
}

func TestTallyEnough(t *testing.T) {
	fine := tally{Kills: 10, SynapseKills: 10, Cuts: 40, Busy: tallyBusy{Kills: 4, SynapseKills: 4, Cuts: 14}}
	tests := []struct {
		name   string
		change func(*tally)
		ok     bool
	}{
		{"as demanded", func(*tally) {}, true},
		{"a kill too few", func(t *tally) { t.Kills-- }, false},
		{"a kill of Synapse too few", func(t *tally) { t.SynapseKills-- }, false},
		{"a cut too few", func(t *tally) { t.Cuts-- }, false},
		{"cuts at rest", func(t *tally) { t.Busy.Cuts = 13 }, false},
		{"kills at rest", func(t *tally) { t.Busy.Kills = 3 }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := fine
			tt.change(&got)
			if missing := got.enough(options{Channel: byWidget, Messages: 2000}); (missing == "") != tt.ok {
				t.Errorf("enough() = %q", missing)
			}
		})
	}
}
