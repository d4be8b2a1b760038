package desk

// markAnswered shows under a command that its answer stands in the direct chat.
const markAnswered = "📬"

// ensureDirect makes the bot's direct chat with a member of staff, unless there is one. When somebody invites the bot into another one, that
// takes its place.
func (a *act) ensureDirect(u UserID) (RoomKey, error) {
	room := DirectRoom(u)
	isNew, err := a.ensureRoom(room)
	if err != nil {
		return room, err
	}
	if !isNew {
		return room, a.welcome(room, u)
	}
	o, err := a.staff(u)
	if err != nil {
		return room, err
	}
	// Before the first line: in clients that show every event they would hide it if they came afterwards.
	if o != nil {
		if err := a.describeDirect(o); err != nil {
			return room, err
		}
	}
	if err := a.entitle(room, a.staffText(nil, "room.direct.name"), a.staffText(nil, "room.direct.topic")); err != nil {
		return room, err
	}
	if err := a.populate(room, []UserID{u}); err != nil || o == nil {
		return room, err
	}
	return room, a.tour(o)
}

// tell posts a line in the direct chat with a member of staff.
func (a *act) tell(u UserID, p Post) error {
	room, err := a.ensureDirect(u)
	if err != nil {
		return err
	}
	p.Room = room
	a.line(p)
	return nil
}
