package desk

import (
	"fmt"
	"strings"

	"frontdesk/content"
)

// Buttons of a card.
const (
	buttonAccept  = "✅"
	buttonDecline = "❌"
)

// showCard desires the ticket's card in its queue's lobby (Q4). One that has come to no queue has none.
func (a *act) showCard(d *dossier) error {
	t := d.ticket
	if t.Queue == "" {
		return nil
	}
	state, err := a.cardState(d)
	if err != nil {
		return err
	}
	title := a.staffText(d.site, "card.title", t.Number, a.customerName(d.site, d.customer))
	facts, err := a.cardFacts(d)
	if err != nil {
		return err
	}
	words := t.Words
	if words == "" {
		words = a.staffText(d.site, "card.no_words")
	}
	card := Card{
		Text: fmt.Sprintf("%s — %s\n> %s\n%s", title, state, strings.ReplaceAll(words, "\n", "\n> "), strings.Join(facts, " · ")),
		HTML: fmt.Sprintf("<strong>%s</strong> — %s<blockquote>%s</blockquote>%s",
			escape(title), escape(state), content.Escape(words), escape(strings.Join(facts, " · "))),
	}
	if t.Comment != "" {
		card.Text += "\n" + t.Comment
		card.HTML += "<br>" + escape(t.Comment)
	}
	if t.State == Waiting {
		card.Buttons = []string{buttonAccept, buttonDecline}
		if card.Mentions, err = a.offered(d); err != nil {
			return err
		}
		card.Text += "\n" + a.staffText(d.site, "card.how", t.Number)
		card.HTML += "<br>" + escape(a.staffText(d.site, "card.how", t.Number))
	}
	return a.desire(d.lobby(), ThingCard+string(t.ID), card)
}

// cardState says where a ticket stands and, once it is rated, how.
func (a *act) cardState(d *dossier) (string, error) {
	state, err := a.stateWords(d)
	if err != nil || d.ticket.State != Closed {
		return state, err
	}
	r, err := a.rating(d.ticket)
	if err != nil || r == nil {
		return state, err
	}
	return state + " · " + r.score(), nil
}

// cardFacts lists what is known of the customer, besides the name.
func (a *act) cardFacts(d *dossier) ([]string, error) {
	facts := []string{
		a.channelName(d.site, d.conversation.Channel),
		d.site.Name,
		a.staffText(d.site, "customer.region", a.region(d.site, d.customer)),
	}
	contact, err := a.mainContact(d.customer)
	if err != nil {
		return nil, err
	}
	if contact != "" {
		facts = append(facts, contact)
	}
	if d.conversation.PageTitle != "" {
		facts = append(facts, a.staffText(d.site, "card.page", flat(clip(d.conversation.PageTitle, 80))))
	}
	return facts, nil
}

// escape makes HTML of one line of text, without links.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
