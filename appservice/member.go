package appservice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	memberJoin   = "join"
	memberInvite = "invite"
	memberLeave  = "leave"
	memberBan    = "ban"
)

// applyMember brings about somebody's membership and power level. memo is the membership brought about last, which tells whether the level
// differs.
func (s *Service) applyMember(ctx context.Context, room desk.Room, d desk.Desire, user desk.UserID, memo json.RawMessage) error {
	var want desk.Member
	if err := readValue(d, &want); err != nil {
		return err
	}
	if user == s.cfg.Bot {
		return s.join(ctx, room, desk.Bot)
	}
	// The level first: who is to read only must not be able to speak for a moment.
	before, err := s.applyLevel(ctx, room, want, memo)
	if err != nil {
		return err
	}
	switch want.Want {
	case memberLeave:
		err = s.remove(ctx, room, user, want)
	case memberInvite:
		err = s.invite(ctx, room, user, want)
	case memberJoin:
		err = s.bringIn(ctx, room, user, want, before)
	default:
		return journal.Permanent(fmt.Errorf("membership %q cannot be brought about", want.Want))
	}
	return err
}

// applyLevel brings about the power levels of a room if somebody's is to change, and gives the membership brought about before.
func (s *Service) applyLevel(ctx context.Context, room desk.Room, want desk.Member, memo json.RawMessage) (before desk.Member, err error) {
	if json.Unmarshal(memo, &before) != nil {
		before = desk.Member{} // nothing was brought about yet
	}
	if levelOf(want) == levelOf(before) {
		return before, nil
	}
	levels, err := s.desiredLevels(ctx, room.Key)
	if err != nil {
		return before, err
	}
	return before, s.mendLevels(ctx, room, levels)
}

// levelOf is the power level that goes with a membership.
func levelOf(m desk.Member) int {
	if m.Want == memberLeave {
		return 0
	}
	return m.Level
}

// membership reads somebody's membership as the bot; "leave" if there never was one.
func (s *Service) membership(ctx context.Context, room desk.RoomID, user desk.UserID) (string, error) {
	var member struct {
		Membership string `json:"membership"`
	}
	err := s.state(ctx, room, "m.room.member", string(user), &member)
	if hasCode(err, codeNotFound) {
		return memberLeave, nil
	}
	return member.Membership, err
}

// remove makes somebody leave, or withdraws an invitation. Somebody who is not there has left.
func (s *Service) remove(ctx context.Context, room desk.Room, user desk.UserID, want desk.Member) error {
	bot, err := s.account(ctx, desk.Bot)
	if err != nil {
		return err
	}
	kick := func() error {
		return s.do(ctx, bot, "remove "+string(user)+" from room "+string(room.ID), request{
			method: http.MethodPost, path: []any{"v3", "rooms", room.ID, "kick"},
			body: map[string]any{"user_id": user, "reason": want.Reason},
		})
	}
	err = kick()
	if !hasCode(err, codeForbidden) {
		return err
	}
	now, err := s.membershipOrBack(ctx, room, user)
	if err != nil || now == memberLeave || now == memberBan {
		return err
	}
	// One who has left reads memberships as they were then.
	if err := s.bringBack(ctx, room, desk.Bot); err != nil {
		return err
	}
	return kick()
}

// invite offers somebody the room; who is in it or invited already, by whomever, needs nothing: a second invitation would ring again.
func (s *Service) invite(ctx context.Context, room desk.Room, user desk.UserID, want desk.Member) error {
	now, err := s.membershipOrBack(ctx, room, user)
	if err != nil || now == memberJoin || now == memberInvite {
		return err
	}
	return s.offer(ctx, room, user, want)
}

// offer sends an invitation.
func (s *Service) offer(ctx context.Context, room desk.Room, user desk.UserID, want desk.Member) error {
	if err := s.mendIgnores(ctx, user); err != nil {
		return err
	}
	by, err := s.account(ctx, want.By)
	if err != nil {
		return err
	}
	err = s.inviteAs(ctx, by, room, user, want.Reason)
	if !hasCode(err, codeForbidden) {
		return err
	}
	if err := s.bringBack(ctx, room, want.By); err != nil {
		return err
	}
	return s.inviteAs(ctx, by, room, user, want.Reason)
}

// membershipOrBack reads somebody's membership, for which the bot comes back to the room if he has to.
func (s *Service) membershipOrBack(ctx context.Context, room desk.Room, user desk.UserID) (string, error) {
	now, err := s.membership(ctx, room.ID, user)
	if !hasCode(err, codeForbidden) {
		return now, err
	}
	if err := s.bringBack(ctx, room, desk.Bot); err != nil {
		return "", err
	}
	return s.membership(ctx, room.ID, user)
}

// joined names somebody who has come into a room by themselves.
type joined struct {
	room desk.RoomKey
	user desk.UserID
}

// bringIn joins somebody in their name where double puppeting allows it, else invites them. An operator waits for it: who is not known to be
// there already is joined without asking first. At worst, after a restart, that is a second join, which clients do not show.
func (s *Service) bringIn(ctx context.Context, room desk.Room, user desk.UserID, want, before desk.Member) error {
	double, err := s.staff(user)
	if err != nil {
		return err
	}
	if double == nil {
		return s.invite(ctx, room, user, want)
	}
	closed, err := s.isClosed(ctx, room.Key)
	if err != nil {
		return err
	}
	if _, here := s.joins.get(joined{room.Key, user}); !closed && !here && before.Want != memberJoin {
		if err := s.joinFor(ctx, room, double); !hasCode(err, codeForbidden) {
			return err
		}
		closed = true
	}
	now, err := s.membershipOrBack(ctx, room, user)
	if err != nil || now == memberJoin {
		return err
	}
	if now != memberInvite {
		if !closed {
			if err := s.joinFor(ctx, room, double); !hasCode(err, codeForbidden) {
				return err
			}
		}
		if err := s.offer(ctx, room, user, want); err != nil {
			return err
		}
	}
	err = s.joinFor(ctx, room, double)
	if r := refused(err); r != nil && r.status < http.StatusInternalServerError && r.status != http.StatusTooManyRequests {
		// They have the invitation.
		s.log.Warn().Err(err).Str("user", string(user)).Msg("Member of staff could not be joined")
		return nil
	}
	return err
}

// isClosed reports whether a room is known to let nobody in without an invitation: by the join rule applied last, for one that is desired now
// may still have to be.
func (s *Service) isClosed(ctx context.Context, room desk.RoomKey) (bool, error) {
	var rule *desk.JoinRule
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		row, err := tx.DesireRow(room, desk.ThingJoin)
		if isNotFound(err) {
			return nil
		} else if err != nil {
			return err
		}
		memo := readAccessMemo(row.Memo)
		if row.Applied == 0 || len(memo.Rule) == 0 {
			return nil
		}
		return json.Unmarshal(memo.Rule, &rule)
	})
	if err != nil {
		return false, fmt.Errorf("look up join rule of room %s: %w", room, err)
	}
	return rule != nil && !rule.Restricted, nil
}

// joinFor joins a room in the name of a member of staff. The signed row tells the event from one of their own.
func (s *Service) joinFor(ctx context.Context, room desk.Room, double *account) error {
	return s.do(ctx, double, "join "+string(double.user)+" to room "+string(room.ID), request{
		method: http.MethodPost, path: []any{"v3", "join", room.ID}, query: map[string]string{"server_name": s.cfg.Domain},
		body: map[string]any{keyRow: s.signedRow(room.ID, double.user, memberJoin)},
	})
}

// join joins the bot or a puppet.
func (s *Service) join(ctx context.Context, room desk.Room, p desk.Persona) error {
	a, err := s.account(ctx, p)
	if err != nil {
		return err
	}
	return s.do(ctx, a, "join "+string(a.user)+" to room "+string(room.ID), request{
		method: http.MethodPost, path: []any{"v3", "join", room.ID}, query: map[string]string{"server_name": s.cfg.Domain},
		body: map[string]any{},
	})
}

// bringBack sees that a persona is in a room: the bot invites puppets; the bot himself is invited by the room's puppet, or else in the name of
// a member of staff.
func (s *Service) bringBack(ctx context.Context, room desk.Room, p desk.Persona) error {
	if p == desk.Bot {
		return s.bringBotBack(ctx, room)
	}
	a, err := s.account(ctx, p)
	if err != nil {
		return err
	}
	now, err := s.membershipOrBack(ctx, room, a.user)
	if err != nil || now == memberJoin {
		return err
	}
	if now == memberBan {
		err := s.do(ctx, s.bot, "unban "+string(a.user)+" in room "+string(room.ID), request{
			method: http.MethodPost, path: []any{"v3", "rooms", room.ID, "unban"}, body: map[string]any{"user_id": a.user},
		})
		if err != nil {
			return err
		}
	}
	if now == memberInvite {
		return s.join(ctx, room, p)
	}
	err = s.inviteAs(ctx, s.bot, room, a.user, "")
	if hasCode(err, codeForbidden) { // the bot, too, is gone: it still reads the room as it was when it left
		if err := s.bringBotBack(ctx, room); err != nil {
			return err
		}
		err = s.inviteAs(ctx, s.bot, room, a.user, "")
	}
	if err != nil {
		return err
	}
	return s.join(ctx, room, p)
}

func (s *Service) bringBotBack(ctx context.Context, room desk.Room) error {
	// In restricted rooms, and after an invitation, joining is enough.
	err := s.join(ctx, room, desk.Bot)
	if !hasCode(err, codeForbidden) {
		return err
	}
	host, hostErr := s.host(ctx, room)
	if hostErr != nil {
		return errors.Join(err, hostErr)
	}
	if err := s.inviteAs(ctx, host, room, s.cfg.Bot, ""); err != nil {
		return err
	}
	return s.join(ctx, room, desk.Bot)
}

func (s *Service) inviteAs(ctx context.Context, by *account, room desk.Room, user desk.UserID, reason string) error {
	body := map[string]any{"user_id": user}
	if reason != "" {
		body["reason"] = reason
	}
	return s.do(ctx, by, "invite "+string(user)+" to room "+string(room.ID), request{
		method: http.MethodPost, path: []any{"v3", "rooms", room.ID, "invite"}, body: body,
	})
}

var errNobodyInvites = errors.New("nobody of ours is left in the room to invite the bot")

// host gives an account of ours that is in a room the bot has left: the customer's puppet, else somebody of the staff we may act as.
func (s *Service) host(ctx context.Context, room desk.Room) (*account, error) {
	candidates, err := s.candidates(ctx, room)
	if err != nil {
		return nil, err
	}
	for _, c := range candidates {
		var member struct {
			Membership string `json:"membership"`
		}
		err := s.do(ctx, c, "read membership in room "+string(room.ID), request{
			method: http.MethodGet, path: []any{"v3", "rooms", room.ID, "state", "m.room.member", c.user}, out: &member,
		})
		if err == nil && member.Membership == memberJoin {
			return c, nil
		}
	}
	return nil, errNobodyInvites
}

// candidates lists the accounts of ours that may be in a room.
func (s *Service) candidates(ctx context.Context, room desk.Room) ([]*account, error) {
	var profile desk.Profile
	var staff []desk.Operator
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		profile = desk.Profile{}
		d, err := tx.Desired(room.Key, desk.ThingProfile)
		if err == nil {
			err = json.Unmarshal(d.Value, &profile)
		}
		if err != nil && !isNotFound(err) {
			return err
		}
		staff, err = tx.Operators()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up who is in room %s: %w", room.Key, err)
	}
	var out []*account
	if profile.Customer != "" {
		puppet, err := s.account(ctx, desk.Puppet(profile.Customer))
		if err != nil {
			return nil, err
		}
		out = append(out, puppet)
	}
	for _, o := range staff {
		double, err := s.staff(o.ID)
		if err != nil {
			return nil, err
		}
		if double != nil && !o.Removed {
			out = append(out, double)
		}
	}
	return out, nil
}

// mendIgnores takes bot and puppets off the ignore list of a member of staff: «decline and ignore» would hide all tickets from them. It
// needs double puppeting.
func (s *Service) mendIgnores(ctx context.Context, user desk.UserID) error {
	double, err := s.staff(user)
	if err != nil || double == nil {
		return err
	}
	path := []any{"v3", "user", user, "account_data", "m.ignored_user_list"}
	var list struct {
		Users map[desk.UserID]json.RawMessage `json:"ignored_users"`
	}
	err = s.do(ctx, double, "read ignore list of "+string(user), request{method: http.MethodGet, path: path, out: &list})
	if err != nil && !hasCode(err, codeNotFound) {
		return err
	}
	kept := map[desk.UserID]json.RawMessage{}
	for u, v := range list.Users {
		if !s.cfg.isOurs(u) {
			kept[u] = v
		}
	}
	if len(kept) < len(list.Users) {
		err = s.do(ctx, double, "mend ignore list of "+string(user), request{
			method: http.MethodPut, path: path, body: map[string]any{"ignored_users": kept},
		})
		if err != nil {
			return err
		}
		s.log.Info().Str("user", string(user)).Msg("Took ourselves off an ignore list")
	}
	return nil
}
