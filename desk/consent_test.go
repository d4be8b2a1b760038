package desk_test

import (
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestConsent: what a customer agrees to is kept once, with the words; what the site does not ask for cannot be agreed to.
func TestConsent(t *testing.T) {
	rule := desk.ConsentRule{Version: "2", Policy: "https://shop.example/privacy"}
	d := newDesk(t, func(in *desk.SitesConfigured) { in.Sites[0].Consent = rule })
	c := d.Open()
	conversation, _ := d.Conversation(c)
	site, _ := d.Site(desktest.Site)
	agreed := func(want bool) {
		t.Helper()
		if got, err := desk.Agreed(d, site, conversation.Customer); err != nil || got != want {
			t.Errorf("agreed %v, %v; want %v", got, err, want)
		}
	}
	agreed(false)
	for _, version := range []string{"1", ""} {
		if got := refused(t, d, desk.CustomerConsent{Conversation: c, Version: version, Text: "I agree"}); got.Key != "consent.outdated" {
			t.Errorf("version %q: %s", version, got.Key)
		}
	}
	if got := refused(t, d, desk.CustomerConsent{Conversation: "none", Version: "2"}); got.Key != "conversation.unknown" {
		t.Errorf("an unknown conversation: %s", got.Key)
	}
	agreed(false)
	for _, text := range []string{"I agree", "I agree again"} {
		d.Decide(desk.CustomerConsent{Conversation: c, Version: "2", Text: text})
	}
	agreed(true)
	all, err := d.Consents(conversation.Customer)
	want := desk.Consent{Customer: conversation.Customer, Version: "2", Policy: rule.Policy, Text: "I agree", Conversation: c, At: d.Now}
	if err != nil || len(all) != 1 || all[0] != want {
		t.Errorf("kept is %+v, %v", all, err)
	}
	site.Consent.Version = "3"
	agreed(false)
	site.Consent = desk.ConsentRule{}
	agreed(true)
}
