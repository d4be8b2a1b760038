package desk

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// staffText is a text for the staff of a site; no site means the installation's language.
func (a *act) staffText(s *Site, key string, args ...any) string {
	lang := a.staffLang
	if s != nil && s.StaffLang != "" {
		lang = s.StaffLang
	}
	return a.texts.Text(lang, key, args...)
}

// customerText is a text for a customer: the site's own, else the catalogue's.
func (a *act) customerText(s *Site, lang, key string, args ...any) string {
	return CustomerText(a.texts, s, lang, key, args...)
}

// CustomerText is a text for a customer: the site's own, else the catalogue's.
func CustomerText(t Texts, s *Site, lang, key string, args ...any) string {
	if own, ok := s.Texts[lang][key]; ok {
		return fill(own, args)
	}
	if own, ok := s.Texts[baseLanguage(lang)][key]; ok {
		return fill(own, args)
	}
	return t.Text(lang, key, args...)
}

// fill puts the arguments into the places {0}, {1} … of a text.
func fill(text string, args []any) string {
	var places []string
	for i, arg := range args {
		places = append(places, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
	}
	return strings.NewReplacer(places...).Replace(text)
}

// customerName is what the staff of a site call a customer.
func (a *act) customerName(s *Site, c *Customer) string { return a.nameIn(a.speaker(nil, s), c) }

// nameIn is what a customer is called in the language of who reads it; the nameless have a number.
func (a *act) nameIn(say sayer, c *Customer) string {
	if name := strings.TrimSpace(c.Name); name != "" {
		return name
	}
	return say("customer.nameless", c.Number)
}

// channelName is a channel in the staff's language. One that the catalogue does not know is called by its own name.
func (a *act) channelName(s *Site, c Channel) string {
	key := "channel." + string(c)
	if name := a.staffText(s, key); name != key {
		return name
	}
	if c == "" {
		return ""
	}
	return strings.ToUpper(string(c[:1])) + string(c[1:])
}

// region is where the customer is, or that nobody knows.
func (a *act) region(s *Site, c *Customer) string {
	if c.Region != "" {
		return c.Region
	}
	return a.staffText(s, "customer.region_unknown")
}

// clip shortens a text to at most n runes, with an ellipsis when something was cut.
func clip(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return strings.TrimRight(string(runes[:n-1]), " \n\t") + "…"
}

// flat makes one line of a text.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// initials are the first letters of at most two words, for an avatar.
func initials(name string) string {
	var out []rune
	for _, word := range strings.Fields(name) {
		first := strings.IndexFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
		if first < 0 {
			continue
		}
		r, _ := utf8.DecodeRuneInString(word[first:])
		out = append(out, unicode.ToUpper(r))
		if len(out) == 2 {
			break
		}
	}
	return string(out)
}
