package telegram

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-telegram/bot/models"

	"frontdesk/bridges"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// What customers say before they have agreed to the site's terms waits in a lane of its own, as it came, where nobody sees it. It is said when
// they agree, and forgotten if they do not for so long.
const (
	heldLane = "held:"
	heldTime = 7 * 24 * time.Hour
	heldMark = "/held" // ends the id of an update that waits
)

// agreed reports whether the customer may be heard.
func (t *translation) agreed() (bool, error) {
	var err error
	if t.conversation, err = t.tx.Conversation(t.chat.Conversation); err != nil {
		return false, fmt.Errorf("conversation of chat %s: %w", t.chat.ID, err)
	}
	if t.site, err = t.tx.Site(t.conversation.Site); err != nil {
		return false, fmt.Errorf("site of chat %s: %w", t.chat.ID, err)
	}
	return desk.Agreed(t.tx, t.site, t.conversation.Customer)
}

// heldOf is the lane in which waits what was said in a conversation.
func heldOf(c desk.ConversationID) string { return heldLane + string(c) }

// behindHeld puts what a customer says behind what still waits, and reports whether there is any: nothing has to be agreed to any more.
func (t *translation) behindHeld(in journal.Input, a *arrival) (bool, error) {
	if strings.HasPrefix(in.Lane, heldLane) || a.kind != kindMessage && a.kind != kindAlbum && a.kind != kindEdit {
		return false, nil
	}
	held, err := t.tx.PendingSince(heldOf(t.conversation.ID), 0)
	if err != nil || len(held) == 0 {
		return false, err
	}
	if err := t.tx.MoveInputs(heldOf(t.conversation.ID), in.Lane); err != nil {
		return false, err
	}
	_, _, _, err = t.tx.AppendInput(journal.Input{
		Source: in.Source, ID: in.ID + heldMark, Lane: in.Lane, Kind: in.Kind, Body: in.Body, At: in.At, Due: in.Due,
	})
	return true, err
}

// unheard works what a customer does who has not agreed yet.
func (t *translation) unheard(in journal.Input, a *arrival) error {
	switch {
	case a.kind == kindPress:
		return t.pressUnheard(in, a)
	case a.kind == kindMember:
		t.member(a.update.MyChatMember)
		return nil
	case a.kind == kindReaction:
		return nil
	case a.kind == kindMessage && isStart(a.update.Message):
		return t.greet()
	}
	if err := desk.MayWrite(t.tx, t.conversation); err != nil {
		return err
	}
	if strings.HasPrefix(in.Lane, heldLane) {
		return nil // for too long
	}
	held := journal.Input{
		Source: in.Source, ID: in.ID + heldMark, Lane: heldOf(t.conversation.ID), Kind: in.Kind, Body: in.Body, At: in.At,
		Due: in.At.Add(heldTime),
	}
	before, err := t.tx.PendingSince(held.Lane, 0)
	if err != nil {
		return err
	}
	if _, _, _, err := t.tx.AppendInput(held); err != nil {
		return err
	}
	if asked := lastAsked(before); !asked.IsZero() && in.At.Sub(asked) < askAgain {
		return nil
	}
	return t.prompt(promptConsent)
}

// askAgain is how long after a question for the consent the next one is asked.
const askAgain = 10 * time.Minute

// lastAsked tells when the question was asked last, of what was said since the first.
func lastAsked(held []journal.Input) (asked time.Time) {
	for i := range held {
		if asked.IsZero() || held[i].At.Sub(asked) >= askAgain {
			asked = held[i].At
		}
	}
	return asked
}

// pressUnheard takes the consent; any other button is of a time when none was needed.
func (t *translation) pressUnheard(in journal.Input, a *arrival) error {
	q := a.update.CallbackQuery
	if version, ok := consentPressed(q.Data); !ok || version != t.site.Consent.Version {
		return t.prompt(promptConsent)
	}
	given := desk.CustomerConsent{Conversation: t.chat.Conversation, Version: t.site.Consent.Version}
	if q.Message.Message != nil {
		given.Text = q.Message.Message.Text
	}
	t.add(given)
	if err := t.profile(a.from); err != nil {
		return err
	}
	lane := heldOf(t.conversation.ID)
	held, err := t.tx.PendingSince(lane, 0)
	if err != nil {
		return err
	}
	if len(held) > 0 {
		return t.tx.MoveInputs(lane, in.Lane)
	}
	return t.prompt(promptAgreed)
}

// consentKeys has the button by which a customer agrees to a version.
func consentKeys(label, version string) *models.InlineKeyboardMarkup {
	return &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: label, CallbackData: "c" + version}}}}
}

func consentPressed(data string) (version string, ok bool) { return strings.CutPrefix(data, "c") }

// askConsent gives the words that ask for it.
func (b *bot) askConsent(v bridges.View) string {
	text := b.s.words(v.Site, v.Customer.Language, "customer.consent")
	if policy := v.Site.Consent.Policy; policy != "" {
		text += "\n" + policy
	}
	return text
}
