package desk_test

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func hasCyrillic(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r >= 'А' && r <= 'я' || r == 'ё' || r == 'Ё' })
}

// inRussian makes the site's rooms Russian. Anna and the administrator read English.
func inRussian(t *testing.T) (*desktest.Desk, desk.ConversationID) {
	d, c, _ := assigned(t, func(in *desk.SitesConfigured) { in.Sites[0].StaffLang = "ru" })
	for _, u := range []desk.UserID{desktest.Anna, desktest.Admin} {
		change(t, d, u, func(o *desk.Operator) { o.Lang = "en" })
	}
	return d, c
}

// TestAnswersAreInOneLanguage: whoever has chosen a language is answered in it alone, whatever that of the site is (O1): also what a nameless customer,
// a state or a channel is called.
func TestAnswersAreInOneLanguage(t *testing.T) {
	d, c := inRussian(t)
	customer, err := d.Customer(d.TicketOf(c).Customer)
	must(err)
	customer.Email = "known@example.org"
	must(d.PutCustomer(customer))
	for _, words := range []string{"blocked", "closed", "waits"} {
		d.Write(d.Open(), words)
	}
	for _, order := range []string{
		"!all|Visitor 2", "!search known@|region: unknown", "!search help|Visitor 1", "!rooms with anna|answered by", "!contact #1|Visitor 1",
		"!contact add #1 +79160000000|Contacts of Visitor 1", "!contact history #1|Visitor 1", "!block #2|Block Visitor 2?", "!block #2 yes spam|Visitor 2 is blocked",
		"!blocked|Visitor 2", "!unblock #2|Visitor 2 can write", "!unblock #2|is not blocked", "!close #3|is closed", "!archive|Visitor 3", "!open 3|(Visitor 3)",
		"!take #4|(Visitor 4) is yours", "!my|Visitor 4", "!queue #4|no other queue", "!transfer #4|1. ", "!audit #1|ticket accepted",
	} {
		text, want, _ := strings.Cut(order, "|")
		if got := ask(t, d, desktest.Admin, text); hasCyrillic(got) || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q and nothing Russian", text, got, want)
		}
	}
}

// TestToldInOneLanguage: so is what the direct chat tells of a ticket whose room is left.
func TestToldInOneLanguage(t *testing.T) {
	d, c := inRussian(t)
	chat := direct(t, d, desktest.Anna)
	d.Say(desktest.Anna, d.PortalOf(c), "!remind 2h call")
	ask(t, d, desktest.Admin, "!take #1")
	if got := d.LastPost(chat); hasCyrillic(got.Text+got.HTML) || !strings.Contains(got.Text, "#1 · Visitor 1") || !strings.Contains(got.Text, "answered by Root") {
		t.Errorf("told of losing it: %+v", got)
	}
	ask(t, d, desktest.Anna, "!remind #1 1h look")
	posts := len(d.Posts(chat))
	d.Pass(desktest.Configuration().Queues[0].RemindAfter * 40)
	told := d.Posts(chat)[posts:]
	if len(told) != 2 || slices.ContainsFunc(told, func(p desk.Post) bool { return hasCyrillic(p.Text + p.HTML) }) || !strings.Contains(told[0].Text, "(Visitor 1)") {
		t.Errorf("reminded: %+v", told)
	}
}
