package calls

import (
	"context"
	"errors"
	"time"

	"frontdesk/desk"
)

// sit makes the puppet a member of the session. That it may be one is stored before, so that a crash leaves no member behind.
func (c *call) sit() {
	if c.sitting != nil {
		return
	}
	ctx, cancel := context.WithCancel(c.legs)
	c.sitting, c.sat, c.seated = cancel, make(chan struct{}), true
	id, place, sat := c.row.ID, c.place, c.sat
	c.begin(func() {
		defer close(sat)
		defer cancel()
		if !c.tellNow(ctx, desk.CallSeat{Call: id, Seated: true}) {
			return
		}
		err := c.m.session.Sit(ctx, place)
		if err == nil || ctx.Err() != nil {
			return
		}
		c.do(func() {
			c.log.Warn().Err(err).Msg("The puppet cannot take part in a call")
			reason := reasonRoom
			var fault *desk.CallFault
			if errors.As(err, &fault) {
				reason = fault.Reason
			}
			c.breakOff(reason)
		})
	})
}

// standUp ends the keeping of the membership, not the membership.
func (c *call) standUp() {
	if c.sitting != nil {
		c.sitting()
		<-c.sat
		c.sitting = nil
	}
}

// riseAgain is how soon leaving the session is tried again; the server clears the seat by itself as well, where it can.
const riseAgain = 2 * time.Second

// rise ends the puppet's membership for good, as often as it takes until the program ends.
func (c *call) rise() {
	if !c.seated {
		return
	}
	for {
		err := c.m.session.Rise(c.m.ctx, c.place)
		if err == nil {
			c.tellNow(c.m.ctx, desk.CallSeat{Call: c.row.ID})
			return
		}
		var fault *desk.CallFault
		if errors.As(err, &fault) && fault.Final {
			// Not in the room any more, or the room is no more: then there is no seat either.
			c.log.Info().Err(err).Msg("The puppet's seat in a call is taken for empty")
			c.tellNow(c.m.ctx, desk.CallSeat{Call: c.row.ID})
			return
		}
		if c.m.ctx.Err() != nil {
			return
		}
		c.log.Warn().Err(err).Msg("The puppet has not left a call yet")
		if !pause(c.m.ctx, riseAgain) {
			return
		}
	}
}
