package desk

import (
	"strings"
)

// callCommands call the customer, for those whose client has no button for it, and end what was begun (V1, V4).
func callCommands() []command {
	edit := &right{ModTickets, true}
	portal := []string{KindPortal}
	return []command{
		{name: "call", aliases: []string{"cl", "звонок", "позвонить", "голос"}, rooms: portal, right: edit, run: calling(CallVoice)},
		{name: "video", aliases: []string{"v", "видео", "видеозвонок"}, rooms: portal, right: edit, run: calling(CallVideo)},
		{name: "screen", aliases: []string{"sc", "экран"}, rooms: portal, right: edit, run: (*act).orderScreen},
		{name: "screen stop", aliases: []string{"стоп", "хватит", "off"}, rooms: portal, right: edit, run: (*act).orderScreenStop},
		{name: "hangup", aliases: []string{"hu", "отбой", "сбросить"}, rooms: portal, right: edit, run: (*act).orderHangUp},
		{name: "call link", aliases: []string{"ссылка"}, rooms: portal, right: edit, run: (*act).orderCallLink},
	}
}

// calling makes the command that asks the customer into a call of a kind.
func calling(kind CallKind) func(*act, *order) (answer, error) {
	return func(a *act, o *order) (answer, error) {
		if out, elsewhere, err := a.callElsewhere(o); err != nil || elsewhere {
			return out, err
		}
		d, c, err := a.orderedCall(o)
		if err != nil {
			return answer{}, err
		}
		if c != nil {
			return answer{}, a.oneCall(d, c)
		}
		return a.inviteByOrder(o, d, kind)
	}
}

// oneCall refuses a second call beside one that is on, or that nobody has answered yet.
func (a *act) oneCall(d *dossier, c *Call) *Error {
	name := a.customerName(d.site, d.customer)
	if c.State == CallRinging {
		return Refuse(Conflict, "call.one_rings", name)
	}
	return Refuse(Conflict, "call.one", name)
}

// orderedCall gives the ticket an order about calls is given for, with the call that is on; nil if none is. It refuses those who may not call.
func (a *act) orderedCall(o *order) (*dossier, *Call, error) {
	refusal, err := a.mayCall(o.place, o.by)
	if err != nil {
		return nil, nil, err
	}
	if refusal != nil {
		return nil, nil, refusal
	}
	d, err := a.dossier(o.place.ticket, o.place.conversation)
	if err != nil {
		return nil, nil, err
	}
	c, err := a.openCall(d.conversation.ID)
	return d, c, err
}

// inviteByOrder asks the customer and says how to join, unless who asked is in the session already.
func (a *act) inviteByOrder(o *order, d *dossier, kind CallKind) (answer, error) {
	c := &Call{Kind: kind, Caller: o.by, RingsUntil: a.now.Add(ringTime)}
	if err := a.beginCall(d, c); err != nil {
		return answer{}, err
	}
	there, err := a.callStaff(c)
	if err != nil || len(there) > 0 {
		return answer{}, err
	}
	link := ""
	room, err := a.tx.Room(d.portal())
	if known, err := found(err); err != nil {
		return answer{}, err
	} else if known {
		link = roomLink(room.ID, a.bot.Server())
	}
	return said(a.word(o, "call.join.how", a.word(o, "call.join."+string(kind), a.customerName(d.site, d.customer)), link)), nil
}

// orderScreen asks for the customer's screen: in the call that is on, else by itself.
func (a *act) orderScreen(o *order) (answer, error) {
	if out, elsewhere, err := a.callElsewhere(o); err != nil || elsewhere {
		return out, err
	}
	d, c, err := a.orderedCall(o)
	if err != nil {
		return answer{}, err
	}
	name := a.customerName(d.site, d.customer)
	switch {
	case c == nil:
		return a.inviteByOrder(o, d, CallScreen)
	case c.Kind == CallScreen || c.State == CallRinging:
		return answer{}, a.oneCall(d, c)
	case c.Share == ShareOn:
		return answer{}, Refuse(Conflict, "call.share_is_on", name)
	case c.Share == ShareAsked:
		return answer{}, Refuse(Conflict, "call.share_is_asked", name)
	}
	return answer{}, a.shareScreen(c, shareQuestion, string(o.by))
}

// orderScreenStop ends the showing of a screen; a call it is part of goes on.
func (a *act) orderScreenStop(o *order) (answer, error) {
	d, c, err := a.orderedCall(o)
	if err != nil {
		return answer{}, err
	}
	switch {
	case c != nil && c.Kind == CallScreen:
		_, err := a.happen(c, callWithdraw, string(o.by), "call.reason.staff_left")
		return answer{}, err
	case c == nil || c.Share == ShareNone:
		return answer{}, Refuse(Conflict, "call.no_screen", a.customerName(d.site, d.customer))
	}
	if c.Share == ShareAsked {
		return answer{}, a.shareScreen(c, shareWithdrawn, string(o.by))
	}
	return answer{}, a.shareScreen(c, shareStopped, string(o.by))
}

// orderHangUp withdraws an invitation, or ends the call.
func (a *act) orderHangUp(o *order) (answer, error) {
	_, c, err := a.orderedCall(o)
	if err != nil {
		return answer{}, err
	}
	if c == nil {
		return answer{}, Refuse(Conflict, "call.none")
	}
	_, err = a.happen(c, callWithdraw, string(o.by), "call.reason.staff_left")
	return answer{}, err
}

// callElsewhere answers somebody who calls a customer of a messenger: it is not possible there, but the customer can be asked to the site.
func (a *act) callElsewhere(o *order) (answer, bool, error) {
	p := o.place
	if p.conversation.Channel == ChannelWidget {
		return answer{}, false, nil
	}
	text := a.word(o, "call.not_here", a.channelName(p.site, p.conversation.Channel))
	page := widgetPage(p.site)
	if refusal, err := a.maySpeak(p, o.by); err != nil || refusal != nil || page == "" {
		return said(text), true, err
	}
	return a.asking(o, a.word(o, "call.offer_link", text, page), []option{{order: "call link"}}), true, nil
}

// orderCallLink asks the customer of a messenger to the site, where calls are possible.
func (a *act) orderCallLink(o *order) (answer, error) {
	p := o.place
	refusal, err := a.maySpeak(p, o.by)
	if err != nil {
		return answer{}, err
	}
	page := widgetPage(p.site)
	switch {
	case refusal != nil:
		return answer{}, refusal
	case p.conversation.Channel == ChannelWidget:
		return answer{}, Refuse(Conflict, "call.link_needless")
	case page == "":
		return answer{}, Refuse(Conflict, "call.no_page", p.site.Name)
	}
	d, err := a.dossier(p.ticket, p.conversation)
	if err != nil {
		return answer{}, err
	}
	if err := a.speakFor(o, a.customerText(p.site, d.customer.Language, "customer.call_link", page)); err != nil {
		return answer{}, err
	}
	return answer{}, a.record(string(o.by), "call.link_sent", p.ticket.ID, page)
}

// widgetPage is where a site's widget is: the first of its origins that is an address; "" if there is none.
func widgetPage(s *Site) string {
	for _, origin := range s.Origins {
		if !strings.Contains(origin, "*") {
			return origin
		}
	}
	return ""
}
