package appservice

import (
	"context"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/desk"
)

var _ matrixrtc.Homeserver = (*Service)(nil)

// Ask makes a request to the client API as the bot or as a puppet, for package matrixrtc.
func (s *Service) Ask(ctx context.Context, as desk.Persona, method string, path []any, query map[string]string, body, out any) error {
	a, err := s.account(ctx, as)
	if err != nil {
		return err
	}
	return s.do(ctx, a, "take part in a call as "+string(a.user), request{method: method, path: path, query: query, body: body, out: out})
}

// UserID gives the Matrix user of a persona.
func (s *Service) UserID(as desk.Persona) desk.UserID {
	if customer, ok := as.Customer(); ok {
		return s.cfg.puppetID(customer)
	}
	return s.cfg.Bot
}

// RoomID gives the room of a key.
func (s *Service) RoomID(ctx context.Context, key desk.RoomKey) (desk.RoomID, error) {
	r, err := s.room(ctx, key)
	return r.ID, err
}

// Refusal tells what the homeserver answered.
func (r *refusal) Refusal() (status int, code string) { return r.status, r.code }
