package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
	"frontdesk/widgetgw/widgettest"
)

// race is a desk on which two people reach for the same ticket at the same time: Anna answers, Boris and Clara want to, Dmitri supervises.
type race struct {
	*office
	anna, boris, dmitri *operator
}

func openRace(t *testing.T) *race {
	t.Helper()
	o := shareOffice(t, "race", devstack.StackOptions{
		Operators: 4, DoublePuppet: true, Unlimited: true,
		Settings: map[string]any{"sites.0.queues.0.supervisors": []string{"@" + devstack.OperatorName(3) + ":" + devstack.Domain}},
	})
	at := o.stack.Operators
	return &race{office: o, anna: o.login(at[0]), boris: o.login(at[1]), dmitri: o.login(at[3])}
}

// contest is one ticket that is fought over.
type contest struct {
	*race
	visitor *guest
	card    *event.Event
	number  string
	room    id.RoomID // "" before anybody has accepted
}

func (r *race) ticket(words string) *contest {
	r.t.Helper()
	c := &contest{race: r, visitor: r.guest()}
	c.visitor.say(words)
	c.card = r.anna.card(words)
	c.number = number(r.t, c.card)
	return c
}

// both lets two things be done at once, one of them a moment later, in turns.
func (c *contest) both(round int, one, other func(context.Context) error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	start := make(chan struct{})
	var running sync.WaitGroup
	for i, do := range []func(context.Context) error{one, other} {
		running.Go(func() {
			<-start
			if i == round%2 {
				pause := time.NewTimer(rand.N(30 * time.Millisecond))
				defer pause.Stop()
				<-pause.C
			}
			if err := do(ctx); err != nil {
				c.t.Errorf("round %d: %v", round, err)
			}
		})
	}
	close(start)
	running.Wait()
}

// orders gives a command in a room.
func orders(o *operator, room id.RoomID, format string, args ...any) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := o.SendText(ctx, room, fmt.Sprintf(format, args...))
		return err
	}
}

func (c *contest) presses(o *operator, key string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := o.React(ctx, c.card.RoomID, c.card.ID, key)
		return err
	}
}

// cardNow gives what the card says now, as a client shows it.
func (c *contest) cardNow() string {
	text := c.card.Content.AsMessage().Body
	for _, e := range c.dmitri.Seen(c.card.RoomID) {
		m := e.Content.AsMessage()
		if e.Type == event.EventMessage && m != nil && m.RelatesTo.GetReplaceID() == c.card.ID && m.NewContent != nil {
			text = m.NewContent.Body
		}
	}
	return text
}

// staffIn lists who of the staff is in the ticket's room, and who is invited.
func (c *contest) staffIn() (joined, invited []string) {
	c.t.Helper()
	members, err := c.as(id.UserID("@frontdesk:"+devstack.Domain)).Members(c.ctx, c.room)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range members.Chunk {
		user := e.GetStateKey()
		if err := e.Content.ParseRaw(e.Type); err != nil && !errors.Is(err, event.ErrContentAlreadyParsed) {
			c.t.Fatal(err)
		}
		if strings.HasPrefix(user, "@frontdesk:") || strings.HasPrefix(user, "@desk_c_") {
			continue
		}
		switch e.Content.AsMember().Membership {
		case event.MembershipJoin:
			joined = append(joined, id.UserID(user).Localpart())
		case event.MembershipInvite:
			invited = append(invited, id.UserID(user).Localpart())
		}
	}
	return joined, invited
}

// settled waits until the card says one of the outcomes, and the room and the spaces of those concerned are as it says. It gives the outcome.
func (c *contest) settled(outcomes ...string) string {
	c.t.Helper()
	deadline, tick := time.Now().Add(patience), time.NewTicker(100*time.Millisecond)
	defer tick.Stop()
	var fault string
	calm := 0
	for calm < 5 { // for half a second: nothing comes after it
		outcome := ""
		for _, words := range outcomes {
			if strings.Contains(c.cardNow(), words) {
				outcome = words
			}
		}
		if fault = c.fault(outcome); fault == "" {
			calm++
		} else {
			calm = 0
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: %s; the card says %q", c.number, fault, c.cardNow())
		}
		<-tick.C
		if calm == 5 {
			return outcome
		}
	}
	return ""
}

// fault says what is not yet as an outcome wants it, or nothing.
func (c *contest) fault(outcome string) string {
	if outcome == "" {
		return "no outcome"
	}
	joined, invited := c.staffIn()
	owner, isOwned := strings.CutPrefix(outcome, "answered by ")
	switch {
	case isOwned && (len(joined) != 1 || !strings.EqualFold(joined[0], owner) || len(invited) > 0),
		!isOwned && len(joined) > 0,
		outcome == "closed" && len(invited) > 0:
		return fmt.Sprintf("%s, and in the room are %v, invited %v", outcome, joined, invited)
	}
	for _, o := range []*operator{c.anna, c.boris} {
		if hangs, want := c.isOnDesk(o), isOwned && strings.EqualFold(o.ID.Localpart(), owner); hangs != want {
			return fmt.Sprintf("%s, and the room hangs on the desk of %s: %t", outcome, o.ID, hangs)
		}
	}
	return ""
}

// isOnDesk reports whether an operator's desk space shows the room.
func (c *contest) isOnDesk(o *operator) bool {
	shown := false
	for space, name := range o.Rooms() {
		if name != "Tickets" {
			continue
		}
		for _, e := range o.Seen(space) {
			if e.Type == event.StateSpaceChild && e.GetStateKey() == string(c.room) {
				shown = len(e.Content.AsSpaceChild().Via) > 0
			}
		}
	}
	return shown
}

const rounds = 6

// Somebody accepts while the ticket is on its way back to the queue: it is theirs, or it waits.
func TestAcceptAgainstReturn(t *testing.T) {
	r := openRace(t)
	won := map[string]int{}
	for i := range rounds {
		c := r.ticket(fmt.Sprintf("Accept against return, round %d", i))
		c.room = r.anna.accept(c.card)
		c.both(i, orders(r.anna, c.room, "!return"), c.presses(r.boris, "✅"))
		outcome := c.settled("answered by Boris", "— waiting")
		won[outcome]++
		if outcome == "— waiting" {
			// The room is not stuck: whoever accepts now has it.
			if err := orders(r.boris, c.card.RoomID, "!accept %s", c.number)(r.ctx); err != nil {
				t.Fatal(err)
			}
			c.settled("answered by Boris")
		}
	}
	t.Log(won)
}

// A transfer against closing, both ways round: whichever comes second is told so, and nobody is left in a closed ticket's room.
func TestTransferAgainstClose(t *testing.T) {
	r := openRace(t)
	won := map[string]int{}
	for i := range rounds {
		c := r.ticket(fmt.Sprintf("Transfer against close, round %d", i))
		c.room = r.anna.accept(c.card)
		lobby := c.card.RoomID
		if i < rounds/2 {
			c.both(i, orders(r.anna, c.room, "!transfer @%s", devstack.OperatorName(1)), orders(r.dmitri, lobby, "!close %s", c.number))
			won[c.settled("closed")]++
			continue
		}
		c.both(i, orders(r.anna, c.room, "!close"), orders(r.dmitri, lobby, "!transfer @%s %s", devstack.OperatorName(1), c.number))
		won[c.settled("closed", "answered by Boris")]++
	}
	t.Log(won)
}

// Blocking a customer against accepting the ticket: the customer is out, and so is whoever accepted.
func TestBlockAgainstAccept(t *testing.T) {
	r := openRace(t)
	for i := range rounds {
		c := r.ticket(fmt.Sprintf("Block against accept, round %d", i))
		in := r.boris.invited(c.number)
		c.room = in.Room
		c.both(i, orders(r.dmitri, c.card.RoomID, "!block %s yes spam", c.number), func(ctx context.Context) error {
			if err := r.boris.Join(ctx, c.room); err != nil && !strings.Contains(err.Error(), "M_FORBIDDEN") {
				return err
			}
			return nil
		})
		c.settled("closed, customer blocked")
		_, err := c.visitor.Send(r.ctx, "let me in")
		var nacked *widgettest.Nacked
		if !errors.As(err, &nacked) || nacked.Code != "denied" {
			t.Errorf("a blocked visitor writes: %v", err)
		}
	}
}

// A command that was on its way when Frontdesk was killed is carried out once.
func TestCommandAfterCrashActsOnce(t *testing.T) {
	r := openRace(t)
	c := r.ticket("Please be gentle with the server")
	for i := range rounds {
		c.room = r.anna.accept(c.card)
		c.settled("answered by Anna")
		words := fmt.Sprintf("crash number %d", i)
		if err := orders(r.anna, c.room, "!return %s", words)(r.ctx); err != nil {
			t.Fatal(err)
		}
		pause := time.NewTimer(rand.N(40 * time.Millisecond))
		<-pause.C
		if err := r.stack.Frontdesk.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := r.stack.Frontdesk.Start(r.ctx); err != nil {
			t.Fatal(err)
		}
		if err := r.stack.Frontdesk.WaitReady(r.ctx); err != nil {
			t.Fatal(err)
		}
		c.settled("— waiting")
		told := 0
		events, err := r.dmitri.botHistory(r.office, c.room)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if m := e.Content.AsMessage(); m != nil && strings.HasSuffix(m.Body, "Comment: "+words) {
				told++
			}
		}
		if told != 1 {
			t.Errorf("round %d: the comment stands in the room %d times", i, told)
		}
		returned := 0
		for _, m := range c.visitor.Messages() {
			if m.Kind == "returned" {
				returned++
			}
		}
		if returned != i+1 {
			t.Errorf("round %d: the visitor was told %d times to wait", i, returned)
		}
	}
}

// botHistory reads the messages of a room as the bot, who is always in it.
func (o *operator) botHistory(office *office, room id.RoomID) ([]*event.Event, error) {
	page, err := office.as(id.UserID("@frontdesk:"+devstack.Domain)).Messages(o.ctx, room, "", "", 'b', nil, 300)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	var messages []*event.Event
	for _, e := range page.Chunk {
		if e.Type != event.EventMessage {
			continue
		}
		if err := e.Content.ParseRaw(e.Type); err != nil && !errors.Is(err, event.ErrContentAlreadyParsed) {
			return nil, fmt.Errorf("read message: %w", err)
		}
		messages = append(messages, e)
	}
	return messages, nil
}
