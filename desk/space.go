package desk

import (
	"fmt"
)

// spaceLimit is how many children a queue or desk space may have had, by default. A space keeps every child it ever had as state, which
// each client reads when it first syncs.
const spaceLimit = 2000

// renew has a queue or desk space replaced once too many of its children are gone. Asking again while that goes on, or after it was given up,
// is nothing: the ids of the effects name the room that is replaced.
func (a *act) renew(space RoomKey) error {
	kind, id := space.Split()
	if kind != KindQueue && kind != KindDesk {
		return nil
	}
	gone, err := a.tx.GoneChildren(space)
	if err != nil {
		return fmt.Errorf("count children of %s: %w", space, err)
	}
	if gone < a.spaceLimit {
		return nil
	}
	room, err := a.tx.Room(space)
	if ok, err := found(err); err != nil {
		return fmt.Errorf("room of %s: %w", space, err)
	} else if !ok || room.ID == "" {
		return nil
	}
	retire := RetireRoom{ID: EffectID("retire/" + string(room.ID)), Room: space, Old: room.ID}
	if kind == KindQueue {
		site, err := a.queueSite(QueueID(id))
		if err != nil {
			return err
		}
		if site != nil {
			retire.Parent = SiteRoom(site.ID)
		}
	}
	retire.Reason = a.staffText(nil, "room.replaced")
	a.emitNew(CreateRoom{ID: EffectID("replace/" + string(room.ID)), Room: space, Replaces: room.ID})
	a.emitNew(retire)
	return nil
}

// emitNew emits an ordered effect unless this decision has emitted it already.
func (a *act) emitNew(e Effect) {
	_, id, _ := LaneOf(e)
	for _, known := range a.out.Effects {
		if _, other, ok := LaneOf(known); ok && other == id {
			return
		}
	}
	a.emit(e)
}
