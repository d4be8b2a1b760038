package desk

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ContactID identifies a contact.
type ContactID string

// ContactKind is a way to reach somebody.
type ContactKind string

const (
	ContactPhone    ContactKind = "phone"
	ContactEmail    ContactKind = "email"
	ContactTelegram ContactKind = "telegram"
	ContactWhatsApp ContactKind = "whatsapp"
	ContactVK       ContactKind = "vk"
	ContactOther    ContactKind = "other"
)

// Contact is one way to reach a customer (O7). A hidden one («утративший актуальность») is kept for the record: nothing is sent there, linked or
// filled in from it.
type Contact struct {
	ID       ContactID
	Customer CustomerID
	Number   int64 // counts the customer's contacts
	Kind     ContactKind
	Value    string // normalised, see normalContact
	Comment  string
	By       UserID // who added it; empty: the customer
	At       time.Time
	Hidden   bool
	HiddenBy UserID
	HiddenAt time.Time
}

// ContactChange is what became of a contact.
type ContactChange struct {
	ID       string
	Customer CustomerID
	Number   int64 // counts the changes of a customer's contacts
	By       UserID
	At       time.Time
	Before   *Contact // nil: it was added
	After    *Contact // nil: it was taken away again
	Undoes   string   // the change that this one takes back
	Undone   bool
}

const (
	maxContacts       = 50  // of a customer
	maxContactComment = 200 // characters
	maxContactValue   = 200 // characters
)

// contactKinds are the words that name a kind.
var contactKinds = map[string]ContactKind{
	"phone": ContactPhone, "tel": ContactPhone, "телефон": ContactPhone, "тел": ContactPhone, "тел.": ContactPhone,
	"email": ContactEmail, "e-mail": ContactEmail, "mail": ContactEmail, "почта": ContactEmail,
	"telegram": ContactTelegram, "tg": ContactTelegram, "телеграм": ContactTelegram, "тг": ContactTelegram,
	"whatsapp": ContactWhatsApp, "wa": ContactWhatsApp, "ватсап": ContactWhatsApp, "вотсап": ContactWhatsApp,
	"vk": ContactVK, "вк": ContactVK,
	"other": ContactOther, "другое": ContactOther, "прочее": ContactOther,
}

// readContact reads what somebody wrote for a contact: "[kind] value [comment]". Without a kind the value tells.
func readContact(text string) (kind ContactKind, value, comment string, err error) {
	text = strings.TrimSpace(text)
	if word, rest, quoted := nextWord(text); !quoted {
		if kind = contactKinds[strings.ToLower(strings.TrimRight(word, ":"))]; kind != "" {
			text = strings.TrimSpace(rest)
		}
	}
	if kind == "" {
		kind = guessContact(text)
	}
	given, comment := cutContact(kind, text)
	if given == "" {
		return "", "", "", Refuse(Invalid, "contact.no_value")
	}
	if value = normalContact(kind, given); value == "" {
		return "", "", "", Refuse(Invalid, "contact.bad_"+string(kind), clip(flat(given), 60))
	}
	comment = strings.TrimSpace(strings.TrimLeft(comment, " ,;—-("))
	if !strings.Contains(comment, "(") {
		comment = strings.TrimRight(comment, ")")
	}
	if utf8.RuneCountInString(comment) > maxContactComment {
		return "", "", "", Refuse(Invalid, "contact.long_comment", maxContactComment)
	}
	return kind, value, comment, nil
}

// guessContact tells the kind of a contact by how it looks.
func guessContact(text string) ContactKind {
	word, _, _ := nextWord(text)
	low := strings.ToLower(word)
	switch {
	case strings.Contains(low, "t.me/") || strings.HasPrefix(low, "@"):
		return ContactTelegram
	case strings.Contains(low, "vk.com/"):
		return ContactVK
	case strings.Contains(low, "@"):
		return ContactEmail
	case low != "" && strings.ContainsRune("+(0123456789", rune(low[0])):
		return ContactPhone
	}
	return ContactOther
}

// cutContact cuts the value of a contact off what was written; a phone number may have spaces in it.
func cutContact(kind ContactKind, text string) (value, rest string) {
	if kind != ContactPhone && kind != ContactWhatsApp {
		word, rest, quoted := nextWord(text)
		if !quoted {
			word = strings.TrimRight(word, ",;")
		}
		return word, rest
	}
	end := phoneEnd(text)
	value = strings.TrimRight(text[:end], " (-–.\u00a0")
	return value, text[len(value):]
}

// russianDigits is how many digits a Russian number has, which begins with 7 or 8.
const russianDigits = 11

// phoneEnd tells where the phone number ends that a text begins with. A Russian one ends with its last digit: numbers may stand behind it.
func phoneEnd(text string) int {
	count, first := 0, ' '
	for at, r := range text {
		if !strings.ContainsRune("+0123456789()-–. \u00a0", r) {
			return at
		}
		if r < '0' || r > '9' {
			continue
		}
		if count++; count == 1 {
			first = r
		}
		if count < russianDigits || first != '7' && first != '8' {
			continue
		}
		if after, _ := utf8.DecodeRuneInString(text[at+1:]); after >= '0' && after <= '9' {
			continue // no number of theirs goes on at once
		}
		if count == russianDigits {
			return at + 1
		}
	}
	return len(text)
}

// normalContact gives a value as it is kept, or "" if it cannot be one of the kind.
func normalContact(kind ContactKind, value string) string {
	switch kind {
	case ContactPhone, ContactWhatsApp:
		return normalPhone(value)
	case ContactEmail:
		return normalEmail(value)
	case ContactTelegram:
		name := strings.ToLower(value)
		if at := strings.Index(name, "t.me/"); at >= 0 {
			name = name[at+len("t.me/"):]
		}
		name = strings.TrimSuffix(strings.TrimPrefix(name, "@"), "/")
		if !isHandle(name, "_", 5, 32) || name[0] < 'a' || name[0] > 'z' {
			return ""
		}
		return "@" + name
	case ContactVK:
		name := strings.ToLower(value)
		if at := strings.Index(name, "vk.com/"); at >= 0 {
			name = name[at+len("vk.com/"):]
		}
		if name = strings.TrimSuffix(name, "/"); !isHandle(name, "_.", 2, 64) {
			return ""
		}
		return "vk.com/" + name
	case ContactOther:
		if value = flat(value); utf8.RuneCountInString(value) <= maxContactValue {
			return value
		}
	}
	return ""
}

// isHandle reports whether a name has letters, digits and some other signs only.
func isHandle(name, others string, shortest, longest int) bool {
	return len(name) >= shortest && len(name) <= longest && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789"+others) == ""
}

// normalPhone gives a number in its international form (E.164) where that is plain: with "+", or as Russian numbers are written. Other numbers are
// their digits; longer ones than Russian need the "+" to be believed.
func normalPhone(value string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, value)
	at := strings.Index(value, "+")
	switch international := at == 0 || at > 0 && strings.Trim(value[:at], " (") == ""; {
	case strings.Count(value, "+") > 1 || at >= 0 && !international:
		return ""
	case international && strings.HasPrefix(digits, "7") && len(digits) != russianDigits:
		return ""
	case international && len(digits) >= 8 && len(digits) <= 15 && digits[0] != '0':
		return "+" + digits
	case international:
		return ""
	case len(digits) == russianDigits && (digits[0] == '8' || digits[0] == '7'):
		return "+7" + digits[1:]
	case len(digits) == 10 && digits[0] == '9':
		return "+7" + digits
	case len(digits) >= 5 && len(digits) <= russianDigits:
		return digits
	}
	return ""
}

// normalEmail gives an address with its domain in lower case.
func normalEmail(value string) string {
	parsed, err := mail.ParseAddress(value)
	if err != nil || parsed.Address != value || len(value) > 254 || !utf8.ValidString(value) {
		return ""
	}
	at := strings.LastIndex(value, "@")
	local, domain := value[:at], strings.ToLower(value[at+1:])
	first, last, ok := strings.Cut(domain, ".")
	if !ok || first == "" || last == "" || strings.HasSuffix(last, ".") || strings.ContainsAny(domain, "[]_ ") || strings.ContainsAny(local, `" `) {
		return ""
	}
	return local + "@" + domain
}

// shown writes a contact's value for people.
func (c *Contact) shown() string {
	if number, ok := strings.CutPrefix(c.Value, "+7"); ok && len(number) == 10 && (c.Kind == ContactPhone || c.Kind == ContactWhatsApp) {
		return "+7 " + number[:3] + " " + number[3:6] + "-" + number[6:8] + "-" + number[8:]
	}
	return c.Value
}

// link is the address that opens a contact, or "". A hidden one is never linked.
func (c *Contact) link() string {
	switch {
	case c.Hidden:
		return ""
	case c.Kind == ContactEmail:
		return "mailto:" + c.Value
	case c.Kind == ContactTelegram:
		return "https://t.me/" + strings.TrimPrefix(c.Value, "@")
	case c.Kind == ContactWhatsApp && strings.HasPrefix(c.Value, "+"):
		return "https://wa.me/" + c.Value[1:]
	case c.Kind == ContactVK:
		return "https://" + c.Value
	}
	return ""
}

// same reports whether two contacts are one.
func (c *Contact) same(kind ContactKind, value string) bool {
	return c.Kind == kind && strings.EqualFold(c.Value, value)
}

// contacts lists a customer's contacts.
func (a *act) contacts(c CustomerID) ([]Contact, error) {
	all, err := a.tx.Contacts(c)
	if err != nil {
		return nil, fmt.Errorf("list contacts of %s: %w", c, err)
	}
	return all, nil
}

// mainContact is the e-mail address, or else the phone number, by which a customer is known at a glance; "" if there is none that is current.
func (a *act) mainContact(c *Customer) (string, error) {
	all, err := a.contacts(c.ID)
	if err != nil {
		return "", err
	}
	for _, kind := range []ContactKind{ContactEmail, ContactPhone} {
		at := slices.IndexFunc(all, func(k Contact) bool { return k.Kind == kind && !k.Hidden })
		if at >= 0 {
			return all[at].shown(), nil
		}
	}
	return "", nil
}

// learnContacts makes contacts of the address that a customer gave and of the phone number that came with a message, unless they are contacts
// already, or were and have become something else since: what the staff made of them counts. It reports whether it did.
func (a *act) learnContacts(d *dossier, phone string) (bool, error) {
	learnt, err := a.learnContact(d, ContactEmail, normalEmail(strings.TrimSpace(d.customer.Email)))
	if err != nil {
		return false, err
	}
	called, err := a.learnContact(d, ContactPhone, normalPhone(strings.TrimSpace(phone)))
	return learnt || called, err
}

func (a *act) learnContact(d *dossier, kind ContactKind, value string) (bool, error) {
	if value == "" {
		return false, nil
	}
	all, err := a.contacts(d.customer.ID)
	if err != nil {
		return false, err
	}
	for i := range all {
		if all[i].same(kind, value) {
			return false, nil
		}
	}
	earlier, err := a.tx.ContactChanges(d.customer.ID)
	if err != nil {
		return false, fmt.Errorf("list changes of contacts of %s: %w", d.customer.ID, err)
	}
	for _, change := range earlier {
		if change.After != nil && change.After.same(kind, value) {
			return false, nil
		}
	}
	c := &Contact{ID: ContactID(a.newID()), Customer: d.customer.ID, Number: nextContact(all), Kind: kind, Value: value, At: a.now}
	return true, a.changeContact(d, "", "contact.added", nil, c)
}

// nextContact is the number behind those a customer's contacts have.
func nextContact(all []Contact) int64 {
	n := int64(0)
	for i := range all {
		n = max(n, all[i].Number)
	}
	return n + 1
}

// changeContact stores what a contact has become, with its history, and records who did it. before is nil for a new one.
func (a *act) changeContact(d *dossier, by UserID, action string, before, after *Contact) error {
	if err := a.tx.PutContact(after); err != nil {
		return fmt.Errorf("put contact %s: %w", after.ID, err)
	}
	return a.keepChange(d, action, &ContactChange{By: by, Before: before, After: after})
}

// keepChange adds to the history of a customer's contacts and records it.
func (a *act) keepChange(d *dossier, action string, change *ContactChange) error {
	earlier, err := a.tx.ContactChanges(d.customer.ID)
	if err != nil {
		return fmt.Errorf("list changes of contacts of %s: %w", d.customer.ID, err)
	}
	change.ID, change.Customer, change.At, change.Number = a.newID(), d.customer.ID, a.now, 1
	if len(earlier) > 0 {
		change.Number = earlier[0].Number + 1
	}
	if err := a.tx.PutContactChange(change); err != nil {
		return fmt.Errorf("put change of a contact of %s: %w", d.customer.ID, err)
	}
	actor := string(change.By)
	if actor == "" {
		actor = actorCustomer
	}
	var before, after any
	if change.Before != nil {
		before = change.Before
	}
	if change.After != nil {
		after = change.After
	}
	return a.note(JournalEntry{Actor: actor, Action: action, Ticket: d.ticket.ID, Target: string(d.customer.ID), Changes: changes(before, after)})
}
