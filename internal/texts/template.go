package texts

import (
	"fmt"
	"strconv"
	"strings"
)

// template is a text cut at its places.
type template []segment

// segment is literal text, or a place for an argument, or for the word that fits the number in an argument.
type segment struct {
	literal string
	arg     int // -1: literal
	forms   []string
}

func parseTemplate(text string) (template, error) {
	var out template
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return append(out, segment{literal: text, arg: -1}), nil
		}
		if open > 0 {
			out = append(out, segment{literal: text[:open], arg: -1})
		}
		end := strings.IndexByte(text[open:], '}')
		if end < 0 {
			return nil, fmt.Errorf("place without end: %q", text[open:])
		}
		fields := strings.Split(text[open+1:open+end], "|")
		arg, err := strconv.Atoi(fields[0])
		if err != nil || arg < 0 {
			return nil, fmt.Errorf("place {%s} names no argument", fields[0])
		}
		if len(fields) == 2 {
			return nil, fmt.Errorf("place {%s} has one form only", fields[0])
		}
		out = append(out, segment{arg: arg, forms: fields[1:]})
		text = text[open+end+1:]
	}
	return out, nil
}

// fill puts the arguments into their places; a place without argument stays empty.
func (t template) fill(plural func(int64) int, args []any) string {
	var b strings.Builder
	for _, s := range t {
		switch {
		case s.arg < 0:
			b.WriteString(s.literal)
		case s.arg >= len(args):
		case len(s.forms) > 0:
			b.WriteString(s.forms[min(plural(number(args[s.arg])), len(s.forms)-1)])
		default:
			fmt.Fprint(&b, args[s.arg])
		}
	}
	return b.String()
}

// number reads an argument as a number; what is none counts as 0.
func number(arg any) int64 {
	n, err := strconv.ParseInt(fmt.Sprint(arg), 10, 64)
	if err != nil {
		return 0
	}
	return max(n, -n)
}

// pluralOf gives the rule by which a language picks one of a word's forms (CLDR).
func pluralOf(lang string) func(int64) int {
	if lang == "ru" {
		return russianPlural
	}
	return func(n int64) int {
		if n == 1 {
			return 0
		}
		return 1
	}
}

func russianPlural(n int64) int {
	switch {
	case n%10 == 1 && n%100 != 11:
		return 0
	case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
		return 1
	}
	return 2
}
