package desk

import "fmt"

// goneFromCall lists the memberships of those who are in the session of a portal and do not belong into its room any more. The homeserver lets
// nobody leave the session of a room they are not in, so their memberships would stay.
func (a *act) goneFromCall(portal PortalID) ([]CallMember, error) {
	members, err := a.tx.CallMembers(portal)
	if err != nil {
		return nil, fmt.Errorf("list members of the call in portal %s: %w", portal, err)
	}
	var out []CallMember
	for _, m := range members {
		var wanted Member
		if ok, err := a.desired(PortalRoom(portal), ThingMember+string(m.User), &wanted); err != nil {
			return nil, err
		} else if !ok || wanted.Want == "leave" {
			out = append(out, m)
		}
	}
	return out, nil
}

// lookForGone arms the clearing of a session that somebody may have left without their membership.
func (a *act) lookForGone(id ConversationID) error {
	c, err := a.tx.Conversation(id)
	if err != nil {
		return fmt.Errorf("conversation %s: %w", id, err)
	}
	if c.Portal == "" {
		return nil
	}
	gone, err := a.goneFromCall(c.Portal)
	if err != nil || len(gone) == 0 {
		return err
	}
	a.emit(Arm{ID: a.effectID(), Due: a.now.Add(clearAfter), Name: timerCallClear, Of: string(c.Portal)})
	return nil
}

// clearCall takes the memberships of those out of a session who have gone from its room.
func (a *act) clearCall(portal PortalID) error {
	gone, err := a.goneFromCall(portal)
	if err != nil {
		return err
	}
	for _, m := range gone {
		m.Left = true
		if err := a.tx.PutCallMember(&m); err != nil {
			return fmt.Errorf("put membership of %s in a call: %w", m.User, err)
		}
		a.emit(ClearCall{ID: a.effectID(), Room: PortalRoom(portal), User: m.User, Key: m.Key})
	}
	return nil
}
