package journal

import (
	"context"

	"frontdesk/desk"
)

// write runs fn in the writer and tells its news once they are on disk.
func (j *Journal) write(ctx context.Context, fn func(Tx, *news) error) error {
	return j.writeBy(ctx, j.db.Write, fn)
}

// writeBehind is write for what costs only a repetition if it is forgotten.
func (j *Journal) writeBehind(ctx context.Context, fn func(Tx, *news) error) error {
	return j.writeBy(ctx, j.db.WriteBehind, fn)
}

func (j *Journal) writeBy(ctx context.Context, write func(context.Context, func(Tx) error) error, fn func(Tx, *news) error) error {
	var n *news
	err := write(ctx, func(tx Tx) error {
		n = &news{}
		return fn(tx, n)
	})
	if err != nil {
		return err
	}
	j.announce(n)
	return nil
}

// Write runs fn in the writer; see DB.Write. What it stores (effects, inputs, rooms, broken desires) is worked on as if it had been
// decided.
func (j *Journal) Write(ctx context.Context, fn func(Tx) error) error {
	return j.write(ctx, func(tx Tx, n *news) error { return fn(j.watch(tx, n)) })
}

// Read runs fn in a read-only transaction of its own.
func (j *Journal) Read(ctx context.Context, fn func(Tx) error) error { return j.db.Read(ctx, fn) }

// watched is a Tx that notices what others than the journal store with it: adapters and the engine.
type watched struct {
	Tx
	j    *Journal
	news *news
}

func (j *Journal) watch(tx Tx, n *news) Tx { return watched{tx, j, n} }

func (w watched) AppendEffects(effects []desk.Effect) error {
	if err := w.Tx.AppendEffects(effects); err != nil {
		return err
	}
	w.news.stored(effects)
	return nil
}

func (w watched) AppendInput(in Input) (seq int64, isNew, pending bool, err error) {
	seq, isNew, pending, err = w.Tx.AppendInput(in)
	if pending {
		w.news.wake(in.Lane, w.j.now())
	}
	return seq, isNew, pending, err
}

func (w watched) MoveInputs(from, to string) error {
	w.news.wake(to, w.j.now())
	return w.Tx.MoveInputs(from, to)
}

// PutChat makes what is to be told beside the log news of the conversation.
func (w watched) PutChat(c *Chat) error {
	if c.Prompt != "" {
		w.news.changed = append(w.news.changed, c.Conversation)
	}
	return w.Tx.PutChat(c)
}

func (w watched) BreakDesires(room desk.RoomKey, thing string) error {
	w.news.desires = true
	return w.Tx.BreakDesires(room, thing)
}

func (w watched) PutRoom(r *desk.Room) error {
	if err := w.Tx.PutRoom(r); err != nil || r.ID == "" {
		return err
	}
	w.news.created, w.news.desires = true, true
	return w.j.dispatch.wakeDesires(w.Tx)
}
