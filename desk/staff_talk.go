package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Talk is a room of the staff among themselves (O9). Who is in it is what is desired of the room.
type Talk struct {
	ID      TalkID
	Name    string
	Creator UserID
	Ticket  TicketID // the talk is about it; empty: about anything
	Created time.Time
}

// talkHostLevel lets its holder remove people from a room: creators and administrators.
const talkHostLevel = 50

// maxTalkName is how many characters the name of a room may have.
const maxTalkName = 100

// shapeStaffSpace makes the space of the staff's own rooms, with everybody in it who is there.
func (a *act) shapeStaffSpace() error {
	if _, err := a.ensureRoom(StaffSpace()); err != nil {
		return err
	}
	if err := a.entitle(StaffSpace(), a.staffText(nil, "room.staff.name"), a.staffText(nil, "room.staff.topic")); err != nil {
		return err
	}
	r, err := a.book()
	if err != nil {
		return err
	}
	var everybody []UserID
	for _, o := range r.staff {
		everybody = append(everybody, o.ID)
	}
	return a.populate(StaffSpace(), everybody)
}

// openTalk makes a room, files it in the staff space and fills it.
func (a *act) openTalk(t Talk, people []UserID) (RoomKey, error) {
	t.ID, t.Created = TalkID(a.newID()), a.now
	if err := a.tx.PutTalk(&t); err != nil {
		return "", fmt.Errorf("put talk: %w", err)
	}
	room := TalkRoom(t.ID)
	if _, err := a.ensureRoom(room); err != nil {
		return "", err
	}
	if err := a.desire(room, ThingName, t.Name); err != nil {
		return "", err
	}
	if err := a.desire(room, ThingJoin, JoinRule{}); err != nil {
		return "", err
	}
	if err := a.desire(StaffSpace(), ThingChild+string(room), Child{Present: true}); err != nil {
		return "", err
	}
	for _, u := range append([]UserID{t.Creator}, people...) {
		if err := a.addToTalk(&t, u); err != nil {
			return "", err
		}
	}
	var names []string
	for _, u := range people {
		names = append(names, string(u))
	}
	return room, a.note(JournalEntry{
		Actor: string(t.Creator), Action: "room.created", Room: room, Ticket: t.Ticket, Comment: t.Name, Target: strings.Join(names, " "),
		Changes: changes(nil, t),
	})
}

// addToTalk brings a member of staff into a room.
func (a *act) addToTalk(t *Talk, u UserID) error {
	o, err := a.staff(u)
	if err != nil {
		return err
	}
	host, err := a.isAdmin(o)
	if err != nil {
		return err
	}
	m := Member{Want: "join", By: Bot}
	made, err := a.tx.Room(TalkRoom(t.ID))
	if ok, err := found(err); err != nil {
		return fmt.Errorf("room of talk %s: %w", t.ID, err)
	} else if ok && made.ID != "" && made.Version == "" {
		host = false // made by hand: its levels are those of who made it
	} else {
		host = host || u == t.Creator
	}
	if host {
		m.Level = talkHostLevel
	}
	return a.wish(TalkRoom(t.ID), u, m, false)
}

// talkOf gives the talk that a room is, or nil.
func (a *act) talkOf(room RoomKey) (*Talk, error) {
	kind, id := room.Split()
	if kind != KindRoom {
		return nil, nil
	}
	t, err := a.tx.Talk(TalkID(id))
	if ok, err := found(err); err != nil {
		return nil, fmt.Errorf("talk of %s: %w", room, err)
	} else if !ok {
		return nil, nil
	}
	return t, nil
}

// talkers lists who is in a room, or was asked in.
func (a *act) talkers(room RoomKey) ([]UserID, error) {
	members, err := a.members(room)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(sortedUsers(members), func(u UserID) bool { return members[u].Want == "leave" || u == a.bot }), nil
}

// talksOf lists the talks somebody is in.
func (a *act) talksOf(u UserID) ([]Talk, error) {
	rooms, err := a.tx.RoomsOf(u)
	if err != nil {
		return nil, fmt.Errorf("list rooms of %s: %w", u, err)
	}
	var out []Talk
	for _, room := range rooms {
		t, err := a.talkOf(room)
		if err != nil {
			return nil, err
		}
		if t == nil {
			continue
		}
		people, err := a.talkers(room)
		if err != nil {
			return nil, err
		}
		if slices.Contains(people, u) {
			out = append(out, *t)
		}
	}
	slices.SortFunc(out, func(x, y Talk) int { return y.Created.Compare(x.Created) })
	return out, nil
}

// talkMember works who comes to and goes from a room of the staff: any member adds colleagues, anyone leaves, and whom the homeserver lets
// remove others may.
func (a *act) talkMember(t *Talk, in MemberChanged) error {
	people, err := a.talkers(in.Room)
	if err != nil {
		return err
	}
	isIn := slices.Contains(people, in.User)
	switch in.Membership {
	case "invite", "join":
		if isIn {
			return nil
		}
		o, err := a.staff(in.User)
		if err != nil {
			return err
		}
		if o == nil {
			return a.sendAway(in.Room, in.User, a.staffText(nil, "member.leave.staff"))
		}
		if err := a.note(JournalEntry{Actor: string(in.Sender), Action: "room.added", Room: in.Room, Target: string(in.User)}); err != nil {
			return err
		}
		return a.addToTalk(t, in.User)
	case "leave", "ban":
		if !isIn {
			return nil
		}
		action := "room.removed"
		if in.Sender == in.User {
			action = "room.left"
		}
		if err := a.note(JournalEntry{Actor: string(in.Sender), Action: action, Room: in.Room, Target: string(in.User)}); err != nil {
			return err
		}
		return a.wish(in.Room, in.User, Member{Want: "leave", By: Bot}, false)
	}
	return nil
}

// renameTalk gives a room another name; an empty one changes nothing.
func (a *act) renameTalk(t *Talk, by UserID, name string) error {
	before := *t
	if name = clip(flat(name), maxTalkName); name == "" || name == before.Name {
		return nil
	}
	t.Name = name
	if err := a.tx.PutTalk(t); err != nil {
		return fmt.Errorf("put talk %s: %w", t.ID, err)
	}
	if err := a.desire(TalkRoom(t.ID), ThingName, name); err != nil {
		return err
	}
	return a.note(JournalEntry{Actor: string(by), Action: "room.renamed", Room: TalkRoom(t.ID), Changes: changes(before, *t)})
}

// childFound reports a room that somebody has put into the staff space by hand: it is not looked after like ours.
func (a *act) childFound(in ChildFound) error {
	if known, err := a.known(in.Room, in.Event); known || err != nil {
		return err
	}
	if err := a.tx.PutEvent(&Event{Room: in.Room, ID: in.Event, Kind: EventNotice, Sender: in.Sender}); err != nil {
		return fmt.Errorf("put event %s: %w", in.Event, err)
	}
	if err := a.desire(in.Room, ThingOther+string(in.Child), Other{}); err != nil {
		return err
	}
	o, err := a.staff(in.Sender)
	if err != nil {
		return err
	}
	if err := a.note(JournalEntry{Actor: string(in.Sender), Action: "room.by_hand", Room: in.Room, Target: string(in.Child)}); err != nil {
		return err
	}
	if o == nil {
		a.line(Post{Room: AdminRoom(), Text: a.staffText(nil, "room.by_hand.admin", in.Sender, in.Child)})
		return nil
	}
	return a.tell(in.Sender, Post{Text: a.speaker(o, nil)("room.by_hand", in.Child)})
}
