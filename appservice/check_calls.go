package appservice

import (
	"context"
	"errors"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/desk"
)

// CheckCalls walks the Matrix side of calls: what the homeserver tells clients of them, and the service that gives tokens for the media
// server. service is the one of the configuration, "" for none. The access, for the bot to a room made for it, is nil if nobody gives one. Check
// has to have found the bot well.
func (s *Service) CheckCalls(ctx context.Context, service string) ([]Finding, *desk.CallAccess) {
	c := &checker{Service: s}
	calls := &matrixrtc.Check{Homeserver: s, Address: s.cfg.HomeserverURL, Domain: s.cfg.Domain, HTTP: s.http}
	look := func(link string, err error) bool {
		var t *matrixrtc.Trouble
		if errors.As(err, &t) {
			err = &trouble{t.Problem, t.Cure}
		}
		c.detail = calls.Detail
		return c.run(link, err)
	}
	told, err := calls.Told(ctx, service)
	look("servers of calls", err)
	look("leaves of calls", calls.Leaves(ctx))
	room, err := c.trialRoom(ctx, desk.PortalRoom("check"))
	if err != nil {
		c.run("state of calls", err)
		return c.findings, nil
	}
	defer c.abandon(ctx, room)
	look("state of calls", calls.State(ctx, room.ID))
	if service == "" {
		service = told
	}
	if service == "" {
		return c.findings, nil
	}
	access, err := calls.Access(ctx, service, room.ID)
	if !look("token service", err) {
		return c.findings, nil
	}
	return c.findings, access
}
