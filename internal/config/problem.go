package config

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"frontdesk/internal/texts"
)

// Problem is one thing wrong with a configuration file.
type Problem struct {
	File string
	Line int    // from 1; 0: the file as a whole
	Key  string // "gateway.spool.max", "sites[0].queues[1].id"; may be empty
	What string // what is wrong
	Cure string // what to do
	// Code names the texts of What and Cure in the message catalogue ("setting.<code>", "setting.<code>.cure"), and Args fills them, where
	// people meet the problem who change a setting by command and read another language; else it is empty.
	Code string
	Args []any
}

// english is the catalogue in the language of the file's problems.
var english = sync.OnceValue(func() func(key string, args ...any) string {
	catalogue, err := texts.Load()
	if err != nil {
		return func(key string, _ ...any) string { return key } // it is embedded and tested; whoever loads it next reports this
	}
	return func(key string, args ...any) string { return catalogue.Text("en", key, args...) }
})

// coded makes a problem of the catalogue's words.
func coded(code string, args ...any) Problem {
	say := english()
	return Problem{What: say("setting."+code, args...), Cure: say("setting."+code+".cure", args...), Code: code, Args: args}
}

func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + " ")
	}
	b.WriteString(p.What)
	if p.Cure != "" {
		b.WriteString("; " + p.Cure)
	}
	return b.String()
}

// Problems is everything wrong with a file, in the order of its lines.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// err gives the problems as an error, nil if there are none.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	sort.SliceStable(p, func(i, j int) bool { return p[i].Line < p[j].Line })
	return p
}
