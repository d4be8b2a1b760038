package desk

import (
	"fmt"
	"strings"
	"time"
)

// callDossier opens the dossier of a call's ticket.
func (a *act) callDossier(c *Call) (*dossier, error) {
	t, err := a.tx.Ticket(c.Ticket)
	if err != nil {
		return nil, fmt.Errorf("ticket of call %s: %w", c.ID, err)
	}
	return a.dossier(t, nil)
}

// Kinds of system messages about calls, each followed by the kind of the call.
const (
	kindCallEnded    = "call_ended_"
	kindCallMissed   = "call_missed_"
	kindCallDeclined = "call_declined_"
	kindCallFailed   = "call_failed_"
	kindCallOff      = "call_off_"
)

// callToldAs is what stays in the customer's chat of a call, by its outcome. A withdrawn invitation was missed.
var callToldAs = map[CallOutcome]string{
	CallTalked: kindCallEnded, CallMissed: kindCallMissed, CallWithdrawn: kindCallMissed, CallDeclined: kindCallDeclined, CallFailed: kindCallFailed,
}

// NoConnection reports whether a call failed or broke off because there was no connection. Customers are told that; why else a call came to
// nothing is the staff's own affair.
func NoConnection(reason string) bool {
	switch reason {
	case "call.reason.service", "call.reason.refused", "call.reason.sfu", "call.reason.network", "call.reason.room":
		return true
	}
	return false
}

// callEnded tells both sides and the journal that a call is over, and stores it.
func (a *act) callEnded(c *Call, actor string) error {
	if err := a.putCall(c); err != nil {
		return err
	}
	d, err := a.callDossier(c)
	if err != nil {
		return err
	}
	var length []string
	if c.Outcome == CallTalked {
		length = []string{callLength(c.EndedAt.Sub(c.TalkedAt))}
	}
	told := callToldAs[c.Outcome]
	if c.Outcome == CallFailed && !NoConnection(c.Reason) {
		told = kindCallOff
	}
	if _, err := a.say(d, told+string(c.Kind), length...); err != nil {
		return err
	}
	if err := a.tx.PutConversation(d.conversation); err != nil {
		return fmt.Errorf("put conversation %s: %w", d.conversation.ID, err)
	}
	if err := a.callLine(c); err != nil {
		return err
	}
	a.callOutcome(d, c, length)
	if c.Outcome == CallDeclined {
		if err := a.declineRinging(c); err != nil {
			return err
		}
	}
	if !c.TalkedAt.IsZero() {
		if err := a.shapePortal(d); err != nil {
			return err
		}
	}
	action := "call." + string(c.Outcome)
	if c.Outcome == CallTalked {
		action = "call.ended"
	}
	return a.noteCall(c, actor, action, c.Reason)
}

// callOutcome posts how a call ended. Its caller is called back to the room where it did not come about.
func (a *act) callOutcome(d *dossier, c *Call, length []string) {
	say := a.speaker(nil, d.site)
	args := []any{a.customerName(d.site, d.customer)}
	for _, l := range length {
		args = append(args, l)
	}
	text := say("call.room."+string(c.Outcome)+"."+string(c.Kind), args...)
	if c.Reason != "" {
		text = say("call.room.because", text, say(c.Reason))
	}
	p := Post{Room: PortalRoom(c.Portal), Text: text}
	if c.Outcome != CallTalked && c.Outcome != CallWithdrawn {
		p.Mentions = []UserID{c.Caller}
	}
	a.line(p)
}

// callLine brings the bot's line about a call up to date: with whom it is, and since when.
func (a *act) callLine(c *Call) error {
	d, err := a.callDossier(c)
	if err != nil {
		return err
	}
	text := a.staffText(d.site, "call.room."+string(c.State)+"."+string(c.Kind), a.customerName(d.site, d.customer), a.callSince(d, c))
	a.line(Post{Room: PortalRoom(c.Portal), Text: text, Replaces: Ref{Row: c.Line}})
	return nil
}

// callSince is the time of day since which a call is on.
func (a *act) callSince(d *dossier, c *Call) string {
	return c.TalkedAt.In(zone(d.site.Schedule.Zone)).Format("15:04")
}

// showCall shows a running call where the ticket's state is shown.
func (a *act) showCall(c *Call) error {
	d, err := a.callDossier(c)
	if err != nil {
		return err
	}
	return a.shapePortal(d)
}

// callWords says that a call is on, for the topic of a portal; "" while none is.
func (a *act) callWords(d *dossier) (string, error) {
	c, err := a.openCall(d.conversation.ID)
	if err != nil || c == nil || c.State != CallActive || c.Portal != d.ticket.Portal {
		return "", err
	}
	return a.staffText(d.site, "call.topic."+string(c.Kind), a.callSince(d, c)), nil
}

// callLength writes how long a call took: 3:12, 1:02:03.
func callLength(length time.Duration) string {
	s := int(max(0, length).Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// declineRinging answers the ringing of the staff's client in the customer's name, so that it stops.
func (a *act) declineRinging(c *Call) error {
	if c.Notification == "" {
		return nil
	}
	d, err := a.callDossier(c)
	if err != nil {
		return err
	}
	a.emit(DeclineCall{ID: a.effectID(), Room: PortalRoom(c.Portal), As: d.puppet(), Notification: c.Notification})
	return nil
}

// noteCall writes what happened to a call into the journal: what it was, how long it took, and why it failed.
func (a *act) noteCall(c *Call, actor, action, reason string) error {
	words := []string{a.staffText(nil, "call.kind."+string(c.Kind))}
	if !c.EndedAt.IsZero() && !c.TalkedAt.IsZero() {
		words = append(words, callLength(c.EndedAt.Sub(c.TalkedAt)))
	}
	if reason != "" {
		words = append(words, a.staffText(nil, reason))
	}
	return a.note(JournalEntry{
		Actor: actor, Action: action, Ticket: c.Ticket, Room: PortalRoom(c.Portal), Target: string(c.Caller), Comment: strings.Join(words, ", "),
	})
}
