package desk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// StaffContact is a way to reach a member of staff (A10). Colleagues see it, customers never.
type StaffContact struct {
	Kind    ContactKind
	Value   string // normalised, see normalContact
	Use     ContactUse
	Comment string
}

// ContactUse says when somebody is reached by a contact; "" where nobody has said.
type ContactUse string

const (
	UseWork     ContactUse = "work"
	UsePersonal ContactUse = "personal"
)

var contactUses = map[string]ContactUse{
	"work": UseWork, "office": UseWork, "рабочий": UseWork, "рабочая": UseWork, "раб": UseWork,
	"personal": UsePersonal, "private": UsePersonal, "home": UsePersonal, "личный": UsePersonal, "личная": UsePersonal, "домашний": UsePersonal,
}

const (
	maxStaffContacts = 10  // on one card
	maxStaffComment  = 150 // characters; with the use before it still a comment that readContact takes
	minPhonePart     = 4   // digits by which a phone is found; fewer name a page
)

// ReadStaffContact reads "[kind] value[, use][, comment]", as the commands and the configuration file write it.
func ReadStaffContact(text string) (StaffContact, error) {
	if flat(text) == "" {
		return StaffContact{}, Refuse(Invalid, "staff.which_contact")
	}
	kind, value, comment, err := readContact(text)
	if err != nil {
		return StaffContact{}, err
	}
	if kind == ContactOther {
		return StaffContact{}, Refuse(Invalid, "staff.bad_contact", clip(flat(text), 60))
	}
	c := StaffContact{Kind: kind, Value: value, Comment: flat(comment)}
	word, rest := c.Comment, ""
	if end := strings.IndexAny(word, ",;"); end >= 0 {
		word, rest = word[:end], word[end+1:]
	}
	if use := contactUses[strings.ToLower(strings.Trim(word, " ."))]; use != "" {
		c.Use, c.Comment = use, strings.TrimSpace(rest)
	}
	if utf8.RuneCountInString(c.Comment) > maxStaffComment {
		return StaffContact{}, Refuse(Invalid, "contact.long_comment", maxStaffComment)
	}
	return c, nil
}

// String writes a contact as ReadStaffContact reads it.
func (c StaffContact) String() string {
	out := string(c.Kind) + " " + c.Value
	for _, more := range []string{string(c.Use), c.Comment} {
		if more != "" {
			out += ", " + more
		}
	}
	return out
}

// setContact changes one of somebody's contacts: "contact" adds one, "2 contact" replaces the second, "2 off" takes it away.
func (o *Operator) setContact(text string) error {
	all, at := slices.Clone(o.Contacts), len(o.Contacts)
	word, rest, _ := nextWord(text)
	_, whole := ReadStaffContact(text) // "8 916 …" begins with no number of a contact
	if n, err := strconv.Atoi(word); err == nil && digits(word) == word && len(word) <= 2 && (n <= len(all) || whole != nil) {
		if n < 1 || n > len(all) {
			return Refuse(NotFound, "staff.no_contact", n, len(all))
		}
		at, text = n-1, strings.TrimSpace(rest)
		if isWord(wordsOff, text) {
			o.Contacts = slices.Delete(all, at, at+1)
			return nil
		}
	}
	c, err := ReadStaffContact(text)
	if err != nil {
		return err
	}
	for i, k := range all {
		if i != at && k.Kind == c.Kind && strings.EqualFold(k.Value, c.Value) {
			return Refuse(Conflict, "staff.contact_there", c.shown(), i+1)
		}
	}
	if at < len(all) {
		all[at] = c
	} else {
		all = append(all, c)
	}
	if len(all) > maxStaffContacts {
		return Refuse(Conflict, "staff.too_many_contacts", maxStaffContacts)
	}
	o.Contacts = all
	return nil
}

func (c StaffContact) shown() string {
	shown := Contact{Kind: c.Kind, Value: c.Value}
	return shown.shown()
}

// isReachedBy reports whether a folded text is a part of one of somebody's contacts.
func (o *Operator) isReachedBy(part string) bool {
	number := digits(part)
	return slices.ContainsFunc(o.Contacts, func(c StaffContact) bool {
		if c.Kind == ContactPhone || c.Kind == ContactWhatsApp {
			return len(number) >= minPhonePart && strings.Contains(digits(c.Value), number)
		}
		return strings.Contains(strings.ToLower(c.Value), part)
	})
}

// contactRows are the rows of a card for somebody's contacts, numbered as the commands take them.
func (a *act) contactRows(o *order, k *Operator) [][]string {
	var out [][]string
	for i, c := range k.Contacts {
		var more []string
		if c.Use != "" {
			more = append(more, a.word(o, "contact.use."+string(c.Use)))
		}
		if c.Comment != "" {
			more = append(more, c.Comment)
		}
		value := fmt.Sprintf("%d. %s", i+1, c.shown())
		if len(more) > 0 {
			value += " (" + strings.Join(more, ", ") + ")"
		}
		out = append(out, []string{a.word(o, "contact.kind."+string(c.Kind)), value})
	}
	return out
}

// orderOperatorContact changes the contacts on the card of another.
func (a *act) orderOperatorContact(o *order) (answer, error) {
	whose, err := a.orderMinded(o, true)
	if err != nil {
		return answer{}, err
	}
	before := *whose
	if err := whose.setContact(o.given.rest); err != nil {
		return answer{}, err
	}
	if err := a.keepCard(o, before, whose); err != nil {
		return answer{}, err
	}
	return a.operatorCard(o, whose)
}
