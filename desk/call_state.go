package desk

import (
	"fmt"
	"time"
)

// callEvent is something that can happen to a call.
type callEvent string

const (
	callAnswered callEvent = "answered" // by the customer, in one page
	callRefused  callEvent = "refused"  // by the customer
	callHungUp   callEvent = "hung_up"  // by the customer
	callUp       callEvent = "up"       // both sides are connected
	callDown     callEvent = "down"     // the media cannot go on
	callLapsed   callEvent = "lapsed"   // nobody answered in time
	callLeft     callEvent = "left"     // nobody of the staff is in it any more, or came
	callWithdraw callEvent = "withdraw" // by the staff
	callMoved    callEvent = "moved"    // its ticket went to somebody else, or was closed
)

// callStep is the outcome of an event: the next state, how the call ended if it is that, or the refusal with its key in the catalogue.
// A step without anything is nothing: the fact came too late to matter.
type callStep struct {
	to      CallState
	outcome CallOutcome
	refusal string
}

// callSteps is the state machine: every state with every event.
var callSteps = map[CallState]map[callEvent]callStep{
	CallRinging: {
		callAnswered: {to: CallJoining},
		callRefused:  {to: CallEnded, outcome: CallDeclined},
		callHungUp:   {to: CallEnded, outcome: CallDeclined},
		callUp:       {},
		callDown:     {},
		callLapsed:   {to: CallEnded, outcome: CallMissed},
		callLeft:     {to: CallEnded, outcome: CallWithdrawn},
		callWithdraw: {to: CallEnded, outcome: CallWithdrawn},
		callMoved:    {to: CallEnded, outcome: CallWithdrawn},
	},
	CallJoining: {
		callAnswered: {refusal: "call.elsewhere"},
		callRefused:  {refusal: "call.elsewhere"},
		callHungUp:   {to: CallEnded, outcome: CallFailed},
		callUp:       {to: CallActive},
		callDown:     {to: CallEnded, outcome: CallFailed},
		callLapsed:   {},
		callLeft:     {to: CallEnded, outcome: CallFailed},
		callWithdraw: {to: CallEnded, outcome: CallFailed},
		callMoved:    {to: CallEnded, outcome: CallFailed},
	},
	CallActive: {
		callAnswered: {refusal: "call.elsewhere"},
		callRefused:  {refusal: "call.elsewhere"},
		callHungUp:   {to: CallEnded, outcome: CallTalked},
		callUp:       {},
		callDown:     {to: CallEnded, outcome: CallTalked},
		callLapsed:   {},
		callLeft:     {to: CallEnded, outcome: CallTalked},
		callWithdraw: {to: CallEnded, outcome: CallTalked},
		callMoved:    {to: CallEnded, outcome: CallTalked},
	},
	CallEnded: {
		callAnswered: {refusal: "call.over"},
		callRefused:  {refusal: "call.over"},
		callHungUp:   {refusal: "call.over"},
		callUp:       {},
		callDown:     {},
		callLapsed:   {},
		callLeft:     {},
		callWithdraw: {refusal: "call.none"},
		callMoved:    {},
	},
}

// happen moves a call on by an event and reports whether that changed anything. actor is who did it; reason is the key of the text that says
// why a call failed or broke off.
func (a *act) happen(c *Call, e callEvent, actor, reason string) (bool, error) {
	step, known := callSteps[c.State][e]
	switch {
	case !known:
		return false, fmt.Errorf("call %s: no step from %q by %s", c.ID, c.State, e)
	case step.refusal != "":
		return false, Refuse(Conflict, step.refusal)
	case step.to == "":
		return false, nil
	}
	c.State = step.to
	if c.State != CallEnded {
		return true, nil
	}
	c.Outcome, c.EndedAt, c.Share, c.ShareUntil, c.Alone = step.outcome, a.now, ShareNone, time.Time{}, time.Time{}
	if brokeOff := e == callDown || e == callMoved; c.Outcome == CallFailed || c.Outcome == CallTalked && brokeOff {
		c.Reason = reason
	}
	return true, a.callEnded(c, actor)
}
