package desk

import (
	"fmt"
	"slices"
)

// markAnswered shows under a command that its answer stands in the direct chat.
const markAnswered = "📬"

// A direct chat is of two: the bot and a member of staff. What is private is told there, so a room with anybody else in it is none.

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
	if o == nil {
		o = &Operator{ID: u}
		return room, a.furnishDirect(o)
	}
	if err := a.furnishDirect(o); err != nil {
		return room, err
	}
	return room, a.tour(o)
}

// furnishDirect desires everything of a direct chat that we make. The descriptions of commands come before the first line: in clients that show
// every event they would hide it if they came afterwards.
func (a *act) furnishDirect(o *Operator) error {
	room := DirectRoom(o.ID)
	if err := a.describeCommands(room, o.Lang); err != nil {
		return err
	}
	if err := a.entitle(room, a.staffText(nil, "room.direct.name"), a.staffText(nil, "room.direct.topic")); err != nil {
		return err
	}
	return a.populate(room, []UserID{o.ID})
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

// botInvited has the bot look whether a room into which a member of staff has invited it is a direct chat. Clients say so, or do not: what counts is
// who is there. A room found in the staff space is not meant as one.
func (a *act) botInvited(in BotInvited) error {
	o, err := a.staff(in.By)
	if err != nil || o == nil {
		return err
	}
	if ours, err := a.isOurs(in.Child); err != nil || ours {
		return err
	}
	thing := ThingOther + string(in.Child)
	var other Other
	known, err := a.desired(StaffSpace(), thing, &other)
	switch {
	case err != nil, known && other.Want == "":
		return err
	case other.Want == OtherAdopt:
		other.Order = in.Event // it may be let in now
	default:
		other = Other{Want: OtherMeet, By: in.By, Order: in.Event}
	}
	return a.desire(StaffSpace(), thing, other)
}

// met takes the room of just the bot and who has invited it for their direct chat, the newest of which counts. Another room it tells of: an
// administrator may have it looked after.
func (a *act) met(in RoomSeen, other Other) error {
	if !in.Joined {
		return nil // the invitation was taken back
	}
	others := slices.DeleteFunc(slices.Clone(in.Members), func(u UserID) bool { return u == a.bot })
	if slices.Equal(others, []UserID{in.By}) {
		if err := a.tx.PutRoom(&Room{Key: DirectRoom(in.By), ID: in.Child}); err != nil {
			return fmt.Errorf("put direct chat of %s: %w", in.By, err)
		}
		// What happened in it until now was no concern of ours, so nobody has told of it.
		return a.desire(StaffSpace(), ThingOther+string(in.Child), Other{Want: OtherLook, By: in.By, Order: other.Order})
	}
	other.Want = OtherMet
	if err := a.desire(StaffSpace(), ThingOther+string(in.Child), other); err != nil {
		return err
	}
	o, err := a.staff(in.By)
	if err != nil {
		return err
	}
	name := clip(flat(in.Name), maxTalkName)
	if name == "" {
		name = string(in.Child)
	}
	return a.tell(in.By, Post{Text: a.speaker(o, nil)("direct.not_alone", name)})
}

// lookIntoDirect has the bot look once into a direct chat that its user has made, if it has not yet.
func (a *act) lookIntoDirect(u UserID) error {
	room, err := a.tx.Room(DirectRoom(u))
	if ok, err := found(err); err != nil {
		return fmt.Errorf("direct chat of %s: %w", u, err)
	} else if !ok || room.ID == "" || room.Version != "" {
		return nil
	}
	thing := ThingOther + string(room.ID)
	var other Other
	if _, err := a.desired(StaffSpace(), thing, &other); err != nil || other.Want == OtherLook || other.Want == OtherLeave {
		return err
	}
	return a.desire(StaffSpace(), thing, Other{Want: OtherLook, By: u})
}

// lookedAgain works who was found in a direct chat as if they came now.
func (a *act) lookedAgain(in RoomSeen) error {
	room, err := a.tx.RoomByID(in.Child)
	if err != nil {
		return fmt.Errorf("room %s: %w", in.Child, err)
	}
	if kind, _ := room.Key.Split(); kind != KindDirect || !in.Joined {
		return nil
	}
	for _, u := range in.Members {
		if u == a.bot {
			continue
		}
		if err := a.directMember(MemberChanged{Room: room.Key, User: u, Sender: u, Membership: "join"}); err != nil {
			return err
		}
	}
	return nil
}

// directMember keeps a direct chat one of two. Whoever comes into one that we have made has to leave. In one that its user has made we may not be able
// to do that: it is private no longer, the bot goes, and a new one takes its place.
func (a *act) directMember(in MemberChanged) error {
	_, id := in.Room.Split()
	u := UserID(id)
	if in.User == u || in.Membership != "join" && in.Membership != "invite" {
		return nil
	}
	room, err := a.tx.Room(in.Room)
	if err != nil {
		return fmt.Errorf("direct chat of %s: %w", u, err)
	}
	if room.Version != "" {
		return a.sendAway(in.Room, in.User, a.staffText(nil, "member.leave.direct"))
	}
	o, err := a.staff(u)
	if err != nil || o == nil {
		return err
	}
	thing := ThingOther + string(room.ID)
	var other Other
	if _, err := a.desired(StaffSpace(), thing, &other); err != nil || other.Want == OtherLeave {
		return err // whoever came before is the reason already
	}
	a.emit(CreateRoom{ID: a.effectID(), Room: in.Room, Replaces: room.ID})
	if err := a.desire(StaffSpace(), thing, Other{Want: OtherLeave, By: u, Order: in.Event}); err != nil {
		return err
	}
	if err := a.furnishDirect(o); err != nil {
		return err
	}
	return a.tell(u, Post{Text: a.speaker(o, nil)("direct.replaced", in.User), Mentions: []UserID{u}})
}
