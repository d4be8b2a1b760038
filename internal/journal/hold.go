package journal

import (
	"fmt"
	"math"
	"strconv"
)

// hold is a source whose lanes stand still.
type hold struct {
	since int64 // the first seq stored meanwhile
	lanes map[string]struct{}
}

// heldKey is where the first seq of a hold is kept: what was stored while a source was held is newer than what a catch-up brings, also if we
// died in between and hold the source anew.
func heldKey(prefix string) string { return "journal.held." + prefix }

// Hold lets the lanes of a source stand still: what is submitted is stored, acknowledged and not decided. A source that is held
// already stays so.
func (j *Journal) Hold(prefix string) {
	l := j.lanes
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds[prefix] == nil {
		l.holds[prefix] = &hold{since: math.MaxInt64, lanes: make(map[string]struct{})}
	}
}

// Release ends a Hold; what waited is worked.
func (j *Journal) Release(prefix string) {
	l := j.lanes
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holds[prefix]
	if h == nil {
		return
	}
	delete(l.holds, prefix)
	l.released[prefix] = true
	now := j.now()
	for lane := range h.lanes {
		l.put(lane, now)
	}
	l.changed.send()
}

// standsStill reports whether a source is held.
func (l *inputLanes) standsStill(prefix string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holds[prefix] != nil
}

// storedWhileHeld reports whether the source of an input that is being stored is held, and keeps since when.
func (l *inputLanes) storedWhileHeld(tx Tx, prefix string, seq int64) (bool, error) {
	l.mu.Lock()
	h, outdated := l.holds[prefix], l.released[prefix]
	if h != nil {
		h.since = min(h.since, seq)
	}
	delete(l.released, prefix)
	l.mu.Unlock()
	switch {
	case h == nil && outdated:
		return false, tx.PutMeta(heldKey(prefix), "")
	case h == nil:
		return false, nil
	}
	kept, err := tx.Meta(heldKey(prefix))
	if err == nil && (kept == "" || outdated) {
		err = tx.PutMeta(heldKey(prefix), strconv.FormatInt(seq, 10))
	}
	return true, err
}

// heldSince gives the first seq stored since a source is held, and whether it is.
func (l *inputLanes) heldSince(tx Tx, prefix string) (since int64, held bool, err error) {
	l.mu.Lock()
	h, outdated := l.holds[prefix], l.released[prefix]
	if h != nil {
		since = h.since
	}
	l.mu.Unlock()
	if h == nil || outdated {
		return since, h != nil, nil
	}
	kept, err := tx.Meta(heldKey(prefix))
	if err != nil || kept == "" {
		return since, true, err
	}
	earlier, err := strconv.ParseInt(kept, 10, 64)
	if err != nil {
		return 0, true, fmt.Errorf("read since when %s is held: %w", prefix, err)
	}
	return min(since, earlier), true, nil
}

// settle forgets since when sources are held: a catch-up puts in order what has come till now, and the next one of the same hold brings what
// this one did not. It answers what was forgotten, for restore if the catch-up is not stored.
func (l *inputLanes) settle(in []Input) map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := make(map[string]int64)
	for i := range in {
		prefix := sourceOf(in[i].Source)
		if h := l.holds[prefix]; h != nil && h.since != math.MaxInt64 {
			before[prefix], h.since = h.since, math.MaxInt64
		}
	}
	return before
}

func (l *inputLanes) restore(before map[string]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for prefix, since := range before {
		if h := l.holds[prefix]; h != nil {
			h.since = min(h.since, since)
		}
	}
}

// reorder stores the inputs of a catch-up in their order, and puts those that came while their source was held, and that it does not
// bring, behind them.
func (j *Journal) reorder(tx Tx, n *news, in []Input) error {
	newer, err := j.cameWhileHeld(tx, n, in)
	if err != nil {
		return err
	}
	listed := make(map[inputKey]bool, len(in))
	for i := range in {
		listed[inputKey{in[i].Source, in[i].ID}] = true
		_, isNew, pending, err := tx.AppendInput(in[i])
		if err != nil {
			return err
		}
		if !pending || isNew {
			continue
		}
		if err := tx.Requeue(in[i].Source, in[i].ID); err != nil {
			return err
		}
	}
	for i := range newer {
		if listed[inputKey{newer[i].Source, newer[i].ID}] {
			continue
		}
		if err := tx.Requeue(newer[i].Source, newer[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// cameWhileHeld lists, in their order, what waits in the lanes of a catch-up since their source is held. With that the mark of
// the hold has done its work.
func (j *Journal) cameWhileHeld(tx Tx, n *news, in []Input) (newer []Input, err error) {
	now := j.now()
	since := make(map[string]int64) // prefix → first seq of the hold, 0: not held
	seen := make(map[string]bool)   // lanes
	for i := range in {
		prefix := sourceOf(in[i].Source)
		if _, known := since[prefix]; !known {
			first, held, err := j.lanes.heldSince(tx, prefix)
			if err != nil {
				return nil, err
			}
			if since[prefix] = first; held {
				err = tx.PutMeta(heldKey(prefix), "")
			}
			if err != nil {
				return nil, err
			}
		}
		switch {
		case seen[in[i].Lane]:
			continue
		case since[prefix] == 0:
			n.wake(in[i].Lane, now)
		default:
			n.hold(in[i].Lane, prefix)
			waiting, err := tx.PendingSince(in[i].Lane, since[prefix])
			if err != nil {
				return nil, err
			}
			newer = append(newer, waiting...)
		}
		seen[in[i].Lane] = true
	}
	return newer, nil
}
