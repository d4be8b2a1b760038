package desk

import "time"

// shareChange is something that happens to the customer's screen inside a running call. The room is told of it by the text "call.room.share_" and
// its name, the journal has it as "call." and the action.
type shareChange struct {
	to           ShareState
	name, action string
}

// What happens to a screen inside a call. A question that came to nothing is told apart from a screen that was shown.
var (
	shareQuestion  = shareChange{ShareAsked, "asked", "share_asked"}
	shareBegun     = shareChange{ShareOn, "on", "shared"}
	shareEnded     = shareChange{ShareNone, "off", "unshared"}     // by the customer
	shareStopped   = shareChange{ShareNone, "stopped", "unshared"} // by the staff
	shareDeclined  = shareChange{ShareNone, "declined", "share_declined"}
	shareUnable    = shareChange{ShareNone, "unable", "share_declined"}
	shareMissed    = shareChange{ShareNone, "missed", "share_missed"}
	shareWithdrawn = shareChange{ShareNone, "withdrawn", "share_withdrawn"}
)

// shareScreen changes what is shown of the customer's screen inside a running call, and tells the room. What is asked for lapses.
func (a *act) shareScreen(c *Call, change shareChange, actor string) error {
	switch {
	case c.State == CallEnded:
		return Refuse(Conflict, "call.over")
	case c.Kind == CallScreen || c.State == CallRinging || change.to == ShareOn && c.Share == ShareNone:
		return Refuse(Conflict, "call.not_asked")
	case c.Share == change.to:
		return nil
	}
	c.Share, c.ShareUntil = change.to, time.Time{}
	if c.Share == ShareAsked {
		c.ShareUntil = a.now.Add(shareTime)
		a.armCall(c, timerCallShare, c.ShareUntil)
	}
	if err := a.putCall(c); err != nil {
		return err
	}
	d, err := a.callDossier(c)
	if err != nil {
		return err
	}
	text := a.staffText(d.site, "call.room.share_"+change.name, a.customerName(d.site, d.customer))
	a.line(Post{Room: PortalRoom(c.Portal), Text: text})
	return a.noteCall(c, actor, "call."+change.action, "")
}
