package appservice

import (
	"context"
	"net/http"

	"frontdesk/desk"
)

// ruleQuiet begins the names of the push rules by which a member of staff is not disturbed.
const ruleQuiet = "frontdesk.quiet."

// applyQuiet keeps somebody's devices from ringing for what the bot and the customers send, invitations too, or lets them ring again. What colleagues
// send is their own affair. It needs double puppeting: without, clients ring.
func (s *Service) applyQuiet(ctx context.Context, d desk.Desire) error {
	var want desk.Quiet
	if err := readValue(d, &want); err != nil {
		return err
	}
	double, err := s.staff(want.User)
	if err != nil || double == nil {
		return err
	}
	for _, rule := range []struct{ name, sender string }{
		{"bot", string(s.cfg.Bot)}, {"customers", "@" + s.cfg.PuppetPrefix + "*:" + s.cfg.Domain},
	} {
		r := request{method: http.MethodDelete, path: []any{"v3", "pushrules", "global", "override", ruleQuiet + rule.name}}
		if want.On {
			r.method = http.MethodPut
			r.body = map[string]any{
				"actions":    []any{},
				"conditions": []any{map[string]any{"kind": "event_match", "key": "sender", "pattern": rule.sender}},
			}
		}
		err := s.do(ctx, double, "set push rule of "+string(want.User), r)
		if err != nil && (want.On || !hasCode(err, codeNotFound)) {
			return err
		}
	}
	return nil
}
