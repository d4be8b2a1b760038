package desk

import "slices"

// Buttons of the action card (Q13).
const (
	buttonClose    = "✔️"
	buttonReturn   = "↩️"
	buttonTransfer = "➡️"
	buttonBlock    = "⛔"
	buttonCall     = "📞"
	buttonVideo    = "📹"
	buttonScreen   = "🖥️"
)

// Buttons are always all there, whatever the state: putting them on and taking them off would cost more than an answer to who presses the
// wrong one. Those of calls are on the cards of customers who can be called.
var (
	actionButtons = []string{buttonClose, buttonReturn, buttonTransfer, buttonBlock}
	callButtons   = []string{buttonCall, buttonVideo, buttonScreen}
)

// orderOf names the command that a button stands for.
var orderOf = map[string]string{
	buttonClose: "close", buttonReturn: "return", buttonTransfer: "transfer", buttonBlock: "block",
	buttonCall: "call", buttonVideo: "video", buttonScreen: "screen",
}

// ActionCardRow is the row of the event that shows a portal's action card; see CardRow.
func ActionCardRow(p PortalID) EffectID { return EffectID(ThingCard + string(p)) }

// showActions desires the pinned card of a ticket's room: what can be done, and where the ticket stands. It belongs to the room and goes
// with it from ticket to ticket.
func (a *act) showActions(d *dossier) error {
	if d.ticket.State == Choosing {
		return nil
	}
	state, err := a.stateWords(d)
	if err != nil {
		return err
	}
	title := a.staffText(d.site, "card.title", d.ticket.Number, a.customerName(d.site, d.customer))
	how, buttons := a.staffText(d.site, "actions.how"), actionButtons
	if !a.withoutCalls && d.conversation.Channel == ChannelWidget {
		how += " · " + a.staffText(d.site, "actions.how_call")
		buttons = slices.Concat(actionButtons, callButtons)
	}
	return a.desire(d.portal(), string(ActionCardRow(d.ticket.Portal)), Card{
		Text:    title + " — " + state + "\n" + how,
		HTML:    "<strong>" + escape(title) + "</strong> — " + escape(state) + "<br>" + escape(how),
		Buttons: buttons, Pinned: true,
	})
}

// pressAction works a reaction to the action card, and reports whether it was one. The reaction is taken away again, so that the button can
// be pressed once more.
func (a *act) pressAction(in StaffReaction, p *portalPlace, target *Event) (bool, error) {
	if target == nil || target.Row == "" || target.Row != ActionCardRow(p.ticket.Portal) {
		return false, nil
	}
	buttons := slices.Concat(actionButtons, callButtons)
	at := slices.IndexFunc(buttons, func(button string) bool { return emoji(button) == emoji(in.Key) })
	if at < 0 {
		return false, nil
	}
	o, err := a.newOrder(in.Room, in.Sender, in.Event)
	if err != nil {
		return true, err
	}
	o.answers, o.pressed = target.ID, true
	err = a.attempt(o, func() (answer, bool, error) {
		out, private, err := a.carryOut(o, orderOf[buttons[at]])
		if err != nil || len(out.options) > 0 || slices.Contains(callButtons, buttons[at]) {
			return out, private, err
		}
		return answer{}, false, nil // what was done shows for itself
	})
	if err != nil {
		return true, err
	}
	a.emit(Redact{ID: a.effectID(), Room: in.Room, As: Bot, Target: Ref{Event: in.Event}})
	return true, nil
}
