package e2e

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
)

// ✅ may come before the room is made, for the card is shown at once: the operator is brought into it nevertheless.
func TestAcceptBeforeTheRoomExists(t *testing.T) {
	for _, double := range []bool{true, false} {
		t.Run(fmt.Sprintf("double puppeting %t", double), func(t *testing.T) {
			o := sharedOffice(t, double)
			anna := o.login(o.stack.Operators[0])
			for i := range 4 {
				words := fmt.Sprintf("At once %t, number %d", double, i)
				o.guest().say(words)
				room := anna.accept(anna.card(words))
				anna.reads(room, words)
			}
		})
	}
}

// Fifty operators reach for the same ticket at the same instant, each in one of the three ways that need no invitation. One gets it; the
// others see on the card who has it, are out of the room, and are answered where they asked by a command.
func TestFiftyAcceptAtOnce(t *testing.T) {
	for _, crew := range []struct {
		double    bool
		operators int
	}{{true, 50}, {false, 8}} {
		t.Run(fmt.Sprintf("%d with double puppeting %t", crew.operators, crew.double), func(t *testing.T) {
			o := openOffice(t, devstack.StackOptions{Operators: crew.operators, Unlimited: true, DoublePuppet: crew.double})
			o.idle()
			crowd := make([]*operator, len(o.stack.Operators))
			for i, a := range o.stack.Operators {
				crowd[i] = o.login(a)
			}
			offered := map[id.RoomID]bool{} // and what else hangs in the queue's space
			for i := range ways {
				words := fmt.Sprintf("Who comes first, round %d?", i)
				o.guest().say(words)
				card := crowd[0].card(words)
				offered[card.RoomID] = true
				room := crowd[0].offeredRoom(offered)
				offered[room] = true
				rush(t, crowd, card, room, i)
				settle(t, crowd, card, room, i)
			}
		})
	}
}

// offeredRoom waits until a room hangs in the queue's space that did not hang there before.
func (o *operator) offeredRoom(known map[id.RoomID]bool) id.RoomID {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	space, err := o.WaitRoom(ctx, func(name string) bool { return name == "General" })
	if err != nil {
		o.t.Fatal(err)
	}
	child, err := o.WaitFor(ctx, func(e *event.Event) bool {
		return e.Type == event.StateSpaceChild && e.RoomID == space && len(e.Content.AsSpaceChild().Via) > 0 &&
			!known[id.RoomID(e.GetStateKey())]
	})
	if err != nil {
		o.t.Fatalf("waited for a room in the queue's space: %v", err)
	}
	return id.RoomID(child.GetStateKey())
}

const (
	byReaction = iota
	byCommand
	byJoining
	ways
)

// way says how an operator tries in a round.
func way(operator, round int) int { return (operator + round) % ways }

// rush lets everybody go at once and returns when the homeserver has answered all. Only joining may be refused: the room is closed then.
func rush(t *testing.T, crowd []*operator, card *event.Event, room id.RoomID, round int) {
	t.Helper()
	ticket := number(t, card)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i, o := range crowd {
		running.Go(func() {
			<-start
			ctx, cancel := context.WithTimeout(o.ctx, patience)
			defer cancel()
			var err error
			switch way(i, round) {
			case byReaction:
				_, err = o.React(ctx, card.RoomID, card.ID, "✅")
			case byCommand:
				_, err = o.SendText(ctx, card.RoomID, "!accept "+strings.TrimPrefix(ticket, "#"))
			case byJoining:
				if err = o.Join(ctx, room); errors.Is(err, mautrix.MForbidden) {
					err = nil
				}
			}
			if err != nil {
				t.Errorf("%s tries: %v", o.ID, err)
			}
		})
	}
	close(start)
	running.Wait()
}

var answeredBy = regexp.MustCompile(`answered by (\S+)`)

// settle finds the winner and waits until everybody else knows and is out.
func settle(t *testing.T, crowd []*operator, card *event.Event, room id.RoomID, round int) {
	t.Helper()
	crowd[0].cardSays(card, "answered by ")
	var winner *operator
	for i, o := range crowd {
		edit := o.sees(card.RoomID, "the card with its owner", func(_ *event.Event, m *event.MessageEventContent) bool {
			return m.RelatesTo.GetReplaceID() == card.ID && m.NewContent != nil && answeredBy.MatchString(m.NewContent.Body)
		})
		name := answeredBy.FindStringSubmatch(edit.Content.AsMessage().NewContent.Body)[1]
		if strings.EqualFold(name, devstack.OperatorName(i)) {
			if winner != nil {
				t.Fatalf("the card names %s and %s", winner.ID, o.ID)
			}
			winner = o
		}
	}
	if winner == nil {
		t.Fatal("the card names nobody of the fifty")
	}
	winner.getsIn(room)
	for i, o := range crowd {
		if o != winner && way(i, round) == byCommand {
			o.sees(card.RoomID, "the answer to a command that came too late", func(e *event.Event, m *event.MessageEventContent) bool {
				return e.Sender != o.ID && strings.Contains(m.Body, "is taken already") && m.Mentions.Has(o.ID) &&
					strings.Contains(m.Body, number(t, card)+" ")
			})
		}
	}
	winner.alone(room)
}

// getsIn waits until an operator who was given a ticket is in its room, by the invitation where nobody joins for them.
func (o *operator) getsIn(room id.RoomID) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	if o.clicks && o.Rooms()[room] == "" {
		if _, err := o.WaitInvite(ctx, func(in devstack.Invite) bool { return in.Room == room }); err == nil {
			err = o.Join(ctx, room)
			if err != nil {
				o.t.Fatal(err)
			}
		}
	}
	if err := o.WaitMembership(ctx, room, event.MembershipJoin); err != nil {
		o.t.Fatalf("%s has the ticket and is not in its room: %v\n%s", o.ID, err, o.saw(""))
	}
}

// alone waits until the operator is the only one of the staff in a ticket's room, invited ones counted, as the homeserver has it.
func (o *operator) alone(room id.RoomID) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	for {
		others, err := o.others(ctx, room)
		if err != nil {
			o.t.Fatal(err)
		}
		if len(others) == 0 {
			return
		}
		// Whoever has to leave is seen leaving.
		err = o.WaitState(ctx, room, event.StateMember, others[0].String(), func(e *event.Event) bool {
			return e != nil && e.Content.AsMember().Membership == event.MembershipLeave
		})
		if err != nil {
			o.t.Fatalf("%v are still in the room of %s", others, o.ID)
		}
	}
}

// others lists who of the staff is in a room or invited besides the operator.
func (o *operator) others(ctx context.Context, room id.RoomID) ([]id.UserID, error) {
	members, err := o.Client.Members(ctx, room)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	var others []id.UserID
	for _, e := range members.Chunk {
		user := id.UserID(e.GetStateKey())
		if err := e.Content.ParseRaw(e.Type); err != nil && !errors.Is(err, event.ErrContentAlreadyParsed) {
			return nil, fmt.Errorf("read membership: %w", err)
		}
		m := e.Content.AsMember().Membership
		ours := user == o.ID || strings.HasPrefix(string(user), "@frontdesk:") || strings.HasPrefix(string(user), "@desk_c_")
		if !ours && (m == event.MembershipJoin || m == event.MembershipInvite) {
			others = append(others, user)
		}
	}
	return others, nil
}
