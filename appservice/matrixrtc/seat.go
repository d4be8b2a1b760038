package matrixrtc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"frontdesk/desk"
)

const (
	memberType  = "org.matrix.msc3401.call.member"
	application = "m.call"
	expireAfter = 4 * time.Hour
	writeTime   = 15 * time.Second
)

// membership is the content of a member event. Clients differ in what they need of it; together they need all of it.
type membership struct {
	Application string      `json:"application"`
	CallID      string      `json:"call_id"`
	Scope       string      `json:"scope"`
	Device      string      `json:"device_id"`
	ID          string      `json:"membershipID"`
	Expires     int64       `json:"expires"`
	Created     int64       `json:"created_ts,omitempty"` // of the first one, in those that renew it
	Intent      string      `json:"m.call.intent"`
	Focus       focus       `json:"focus_active"`
	Preferred   []transport `json:"foci_preferred"`
}

type focus struct {
	Type      string `json:"type"`
	Selection string `json:"focus_selection"`
}

type transport struct {
	Type    string `json:"type"`
	Service string `json:"livekit_service_url"`
	Alias   string `json:"livekit_alias,omitempty"`
}

func newMembership(t seat, p desk.CallPlace) *membership {
	intent := "audio"
	if p.Kind == desk.CallVideo {
		intent = "video"
	}
	return &membership{
		Application: application, Scope: "m.room", Device: t.device, ID: string(t.user) + ":" + t.device, Expires: expireAfter.Milliseconds(),
		Intent: intent, Focus: focus{"livekit", "multi_sfu"}, Preferred: []transport{{"livekit", p.Service, string(t.room)}},
	}
}

// Sit makes the puppet a member of the session and keeps it one until ctx ends. The homeserver clears the seat when it does not hear of us for
// a while; where it cannot do that, a seat that was left in a crash is cleared when the program is back.
func (s *Sessions) Sit(ctx context.Context, p desk.CallPlace) error {
	t, err := s.seat(ctx, p)
	if err != nil {
		return s.fault(err, reasonRoom)
	}
	k := &keeper{s: s, seat: t, member: newMembership(t, p)}
	if err := k.begin(ctx); err != nil {
		return err
	}
	restart := time.NewTicker(s.times.restart)
	defer restart.Stop()
	verify := time.NewTicker(s.times.verify)
	defer verify.Stop()
	refresh := time.NewTicker(s.times.refresh)
	defer refresh.Stop()
	for {
		err = nil
		select {
		case <-ctx.Done():
			return nil
		case <-restart.C:
			err = k.stillHere(ctx)
		case <-verify.C:
			err = k.verify(ctx)
		case <-refresh.C:
			k.member.Expires += expireAfter.Milliseconds()
			err = k.put(ctx)
		}
		var fault *desk.CallFault
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.As(err, &fault) && fault.Final:
			return err
		default:
			s.log.Warn().Err(err).Str("room", string(t.room)).Msg("The puppet's seat in a call was not kept for once")
		}
	}
}

// Rise ends the membership, whoever began it.
func (s *Sessions) Rise(ctx context.Context, p desk.CallPlace) error {
	t, err := s.seat(ctx, p)
	if err != nil {
		return s.fault(err, reasonRoom)
	}
	if err := s.putState(ctx, t, struct{}{}, nil, nil); err != nil {
		return s.fault(fmt.Errorf("leave the session in %s: %w", t.room, err), reasonRoom)
	}
	s.mu.Lock()
	id, known := s.leaves[t]
	delete(s.leaves, t)
	s.mu.Unlock()
	if known {
		s.manage(ctx, t, id, "cancel")
	} else {
		s.cancelLeaves(ctx, t, "")
	}
	return nil
}

// putState writes the membership. What was sent is waited for also when the call has ended meanwhile: otherwise the homeserver might write it
// after the leave that follows.
func (s *Sessions) putState(ctx context.Context, t seat, content any, query map[string]string, out any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	return s.homeserver.Ask(ctx, t.as, http.MethodPut, []any{"v3", "rooms", t.room, "state", memberType, t.key()}, query, content, out)
}

// keeper keeps one seat.
type keeper struct {
	s      *Sessions
	seat   seat
	member *membership
	leave  string // id of the delayed leave; "" where there is none
}

// begin tries to take the seat until it succeeds or is forbidden.
func (k *keeper) begin(ctx context.Context) error {
	for {
		err := k.take(ctx)
		var fault *desk.CallFault
		if ctx.Err() != nil {
			return nil
		}
		if err == nil || errors.As(err, &fault) && fault.Final {
			return err
		}
		k.s.log.Warn().Err(err).Str("room", string(k.seat.room)).Msg("The puppet has no seat in a call yet")
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(k.s.times.again):
		}
	}
}

// take arms the leave before it joins, so that there is no moment in which a crash leaves a member behind.
func (k *keeper) take(ctx context.Context) error {
	if err := k.arm(ctx); err != nil {
		return err
	}
	// One of an earlier run of the program would clear the seat under us.
	k.s.cancelLeaves(ctx, k.seat, k.leave)
	return k.put(ctx)
}

func (k *keeper) put(ctx context.Context) error {
	if err := k.s.putState(ctx, k.seat, k.member, nil, nil); err != nil {
		return k.s.fault(fmt.Errorf("join the session in %s: %w", k.seat.room, err), reasonRoom)
	}
	if k.member.Created == 0 {
		k.member.Created = k.s.now().UnixMilli()
	}
	return nil
}

// arm asks the homeserver to clear the seat after a while (MSC4140). A homeserver that does not know how to writes the empty membership at
// once, which changes nothing before the first one; so it is armed only then, or where it was armed before.
func (k *keeper) arm(ctx context.Context) error {
	var answer struct {
		ID string `json:"delay_id"`
	}
	delay := map[string]string{"org.matrix.msc4140.delay": strconv.FormatInt(k.s.times.leave.Milliseconds(), 10)}
	err := k.s.putState(ctx, k.seat, struct{}{}, delay, &answer)
	switch status, _ := refusal(err); {
	case err == nil:
	case status == http.StatusTooManyRequests || status == 0 || status >= http.StatusInternalServerError:
		return fmt.Errorf("have the seat cleared later: %w", err)
	default:
		// Not allowed to delay, or to write at all; the membership itself will tell.
		k.s.log.Debug().Err(err).Msg("The homeserver clears no seats by itself")
	}
	k.leave = answer.ID
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	if answer.ID != "" {
		k.s.leaves[k.seat] = answer.ID
	} else {
		delete(k.s.leaves, k.seat)
	}
	return nil
}

// stillHere puts the leave off. Where it has happened, as after the homeserver was away for long, the seat is taken anew.
func (k *keeper) stillHere(ctx context.Context) error {
	if k.leave == "" {
		return nil
	}
	err := k.s.manage(ctx, k.seat, k.leave, "restart")
	if status, _ := refusal(err); status == http.StatusNotFound {
		return k.take(ctx)
	}
	return err
}

// verify takes the seat again where somebody else has cleared it.
func (k *keeper) verify(ctx context.Context) error {
	var now struct {
		Device string `json:"device_id"`
	}
	err := k.s.homeserver.Ask(ctx, k.seat.as, http.MethodGet, []any{"v3", "rooms", k.seat.room, "state", memberType, k.seat.key()}, nil, nil, &now)
	if status, _ := refusal(err); err != nil && status != http.StatusNotFound {
		return k.s.fault(fmt.Errorf("look at the seat in %s: %w", k.seat.room, err), reasonRoom)
	}
	if now.Device == k.seat.device {
		return nil
	}
	return k.put(ctx)
}

var delayedEvents = []any{"unstable", "org.matrix.msc4140", "delayed_events"}

// manage restarts or cancels a delayed event.
func (s *Sessions) manage(ctx context.Context, t seat, id, action string) error {
	path := append(append([]any{}, delayedEvents...), id)
	err := s.homeserver.Ask(ctx, t.as, http.MethodPost, append(path, action), nil, struct{}{}, nil)
	if _, code := refusal(err); code == "M_UNRECOGNIZED" {
		// Before the actions had paths of their own.
		err = s.homeserver.Ask(ctx, t.as, http.MethodPost, path, nil, map[string]string{"action": action}, nil)
	}
	if err != nil {
		return fmt.Errorf("%s the delayed leave of a call: %w", action, err)
	}
	return nil
}

// cancelLeaves cancels the delayed leaves of a seat but one. What cannot be cancelled is noticed when the seat is looked at.
func (s *Sessions) cancelLeaves(ctx context.Context, t seat, but string) {
	var answer struct {
		Scheduled []delayed `json:"scheduled"`
		Events    []delayed `json:"delayed_events"`
	}
	if err := s.homeserver.Ask(ctx, t.as, http.MethodGet, delayedEvents, nil, nil, &answer); err != nil {
		s.log.Debug().Err(err).Msg("The homeserver lists no delayed events")
		return
	}
	for _, e := range append(answer.Scheduled, answer.Events...) {
		if e.Room != string(t.room) || e.Type != memberType || e.Key != t.key() || e.ID == but {
			continue
		}
		if err := s.manage(ctx, t, e.ID, "cancel"); err != nil {
			s.log.Debug().Err(err).Msg("A delayed leave was not cancelled")
		}
	}
}

// delayed is a delayed event as the homeserver lists it.
type delayed struct {
	ID   string `json:"delay_id"`
	Room string `json:"room_id"`
	Type string `json:"type"`
	Key  string `json:"state_key"`
}
