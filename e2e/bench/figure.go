package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// bound is a goal: at least or at most so much, or none.
type bound struct {
	sign  string // ">=", "<=" or "" for none
	limit float64
}

var noGoal bound

func atLeast(limit float64) bound { return bound{">=", limit} }
func atMost(limit float64) bound  { return bound{"<=", limit} }

func (b bound) String() string {
	if b.sign == "" {
		return "none"
	}
	return b.sign + number(b.limit)
}

func (b bound) met(v float64) bool {
	switch b.sign {
	case ">=":
		return v >= b.limit
	case "<=":
		return v <= b.limit
	}
	return true
}

// figure is one measured number. Its line is "figure <name> <value> <unit> goal <bound> met|missed"; what has no goal has the bound none
// and is met.
type figure struct {
	Name  string
	Value float64
	Unit  string
	Goal  bound
}

func (f figure) String() string {
	word := "met"
	if !f.Goal.met(f.Value) {
		word = "missed"
	}
	return fmt.Sprintf("figure %s %s %s goal %s %s", f.Name, number(f.Value), f.Unit, f.Goal, word)
}

// number writes at most three digits after the point, and none that say nothing.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 3, 64)
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}

// report prints figures as they come.
type report struct {
	out     io.Writer
	figures []figure
}

func (r *report) add(figures ...figure) {
	for _, f := range figures {
		r.figures = append(r.figures, f)
		fmt.Fprintln(r.out, f)
	}
}

// percentile gives the smallest value that at least p (0 to 1) of the values do not exceed; 0 of none.
func percentile[T float64 | time.Duration](values []T, p float64) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	i := int(p*float64(len(sorted))+0.999999) - 1
	return sorted[min(max(i, 0), len(sorted)-1)]
}

func median[T float64 | time.Duration](values []T) T { return percentile(values, 0.5) }

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
