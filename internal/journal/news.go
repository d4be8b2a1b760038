package journal

import (
	"time"

	"frontdesk/desk"
)

// news is what a transaction has to tell once it is committed: who has work now, and what became of inputs.
type news struct {
	lanes    map[string]time.Time  // lanes of inputs with work, and when
	held     map[string]string     // lanes that stand still → prefix of their source
	effects  map[desk.RoomKey]bool // lanes with new effects → whether the room is to be created
	desires  bool
	timers   bool
	changed  []desk.ConversationID
	noted    []desk.ConversationID
	outcomes []result
	created  bool // a room exists that did not before
	dead     []string
}

// result is what became of an input.
type result struct {
	key     inputKey
	seq     int64
	outcome Outcome
	dead    bool
}

// wake notes that a lane of inputs has work at a time.
func (n *news) wake(lane string, at time.Time) {
	if n.lanes == nil {
		n.lanes = make(map[string]time.Time)
	}
	n.lanes[lane] = at
}

// hold notes that a lane of inputs stands still.
func (n *news) hold(lane, prefix string) {
	if n.held == nil {
		n.held = make(map[string]string)
	}
	n.held[lane] = prefix
}

// effect notes that a lane of effects has work.
func (n *news) effect(lane desk.RoomKey, create bool) {
	if n.effects == nil {
		n.effects = make(map[desk.RoomKey]bool)
	}
	n.effects[lane] = n.effects[lane] || create
}

// stored adds what new effects bring with them.
func (n *news) stored(effects []desk.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case desk.Desire:
			n.desires = true
		case desk.Arm:
			n.timers = true
		default:
			lane, _, _ := desk.LaneOf(e)
			_, create := e.(desk.CreateRoom)
			n.effect(lane, create)
		}
	}
}

// join adds what was stored in a nested transaction that was kept.
func (n *news) join(nested *news) {
	for lane, create := range nested.effects {
		n.effect(lane, create)
	}
	for lane, at := range nested.lanes {
		n.wake(lane, at)
	}
	n.created = n.created || nested.created
	n.desires = n.desires || nested.desires
	n.timers = n.timers || nested.timers
	n.changed = append(n.changed, nested.changed...)
	n.noted = append(n.noted, nested.noted...)
}

// announce tells everybody concerned after the commit.
func (j *Journal) announce(n *news) {
	j.lanes.wake(n.lanes, n.held)
	j.dispatch.wake(n)
	if n.timers {
		j.timers.wake()
	}
	for _, r := range n.outcomes {
		j.patience.forget(r.seq)
		if !r.dead {
			j.patience.pass()
			j.metrics.inputDecided(r.outcome.Refused != nil)
		}
		j.waiters.tell(r)
	}
	for _, of := range n.dead {
		j.metrics.died(of)
	}
	if len(n.changed)+len(n.noted) > 0 {
		j.onChanged(n.changed, n.noted)
	}
}
