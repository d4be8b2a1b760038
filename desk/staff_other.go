package desk

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Rooms that somebody has put into the staff space by hand (O9). They are reported; an administrator has them looked after like those made by
// command, or taken out of the space.

// ThingOther and the id of a room that is none of ours is what becomes of that room: an Other. It is desired of the staff space, where most such
// rooms are found.
const ThingOther = "other/" // + RoomID

// Other is what is wanted with a room made by hand.
type Other struct {
	Want  string  `json:"want,omitempty"` // one of those below, or nothing: it was found in the staff space
	By    UserID  `json:"by,omitempty"`
	Order EventID `json:"order,omitempty"` // tells the same wish, given again, from the one before
	Sure  bool    `json:"sure,omitempty"`  // OtherAdopt: strangers may be made to go
}

// What can be wanted with a room made by hand.
const (
	OtherAdopt = "adopt" // the bot looks into it and tells what it found: RoomSeen
	OtherDrop  = "drop"  // it hangs in the space no more
	OtherMeet  = "meet"  // the bot was invited by By, goes in and tells whom it found there: RoomSeen
	OtherMet   = "met"   // it was, and others are there as well: nothing, unless an administrator wants it looked after
	OtherLook  = "look"  // it is a direct chat now, which the bot looks into once more: somebody may have come who was not seen
	OtherLeave = "leave" // the bot goes
)

// foundRooms lists the rooms that were put into the staff space by hand and are there as such.
func (a *act) foundRooms() ([]RoomID, error) {
	desired, err := a.tx.DesiredOf(StaffSpace())
	if err != nil {
		return nil, fmt.Errorf("list what is desired of the staff space: %w", err)
	}
	var out []RoomID
	for _, d := range desired {
		id, ok := strings.CutPrefix(d.Thing, ThingOther)
		if !ok {
			continue
		}
		var other Other
		if err := json.Unmarshal(d.Value, &other); err != nil {
			return nil, fmt.Errorf("parse what is desired of %s: %w", d.Thing, err)
		}
		ours, err := a.isOurs(RoomID(id))
		if err != nil {
			return nil, err
		}
		if !ours && !slices.Contains([]string{OtherDrop, OtherMeet, OtherLook, OtherLeave}, other.Want) {
			out = append(out, RoomID(id))
		}
	}
	return out, nil
}

func (a *act) isOurs(id RoomID) (bool, error) {
	_, err := a.tx.RoomByID(id)
	ours, err := found(err)
	if err != nil {
		return false, fmt.Errorf("room %s: %w", id, err)
	}
	return ours, nil
}

// readRoomID reads a room's id, or a link to the room.
func readRoomID(word string) (RoomID, bool) {
	for _, prefix := range []string{"https://matrix.to/#/", "matrix:roomid/"} {
		rest, ok := strings.CutPrefix(word, prefix)
		if !ok {
			continue
		}
		rest, _, _ = strings.Cut(rest, "?")
		decoded, err := url.PathUnescape(rest)
		if err != nil {
			return "", false
		}
		word = "!" + strings.TrimPrefix(decoded, "!")
	}
	fits := len(word) > 1 && len(word) <= 255 && word[0] == '!'
	return RoomID(word), fits && !strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r == '/' })
}

// orderFound finds the room made by hand that an order is about: by its number in the list, its id or a link.
func (a *act) orderFound(o *order) (RoomID, error) {
	if may, err := a.can(o.staff, ModSettings, true, subject{}); err != nil {
		return "", err
	} else if !may {
		return "", Refuse(Denied, "room.admins_only")
	}
	all, err := a.foundRooms()
	if err != nil {
		return "", err
	}
	word := o.given.word(0)
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && n <= len(all) {
		return all[n-1], nil
	}
	if id, ok := readRoomID(word); ok && slices.Contains(all, id) {
		return id, nil
	}
	return "", Refuse(NotFound, "room.not_found", clip(word, 60))
}

// orderAdopt has the bot look into a room made by hand, to look after it from then on. Without a room it lists those there are.
func (a *act) orderAdopt(o *order) (answer, error) {
	if page, isFilter := parseQuery(o.text).filters["page"]; isFilter || o.given.word(0) == "" {
		return a.listByHand(o, page)
	}
	id, err := a.orderFound(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.desire(StaffSpace(), ThingOther+string(id), Other{Want: OtherAdopt, By: o.by, Order: o.event, Sure: isWord(wordsOfConsent, o.given.word(1))}); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "room.looking", id)), nil
}

func (a *act) listByHand(o *order, page string) (answer, error) {
	all, err := a.foundRooms()
	if err != nil {
		return answer{}, err
	}
	l := listing{title: a.word(o, "room.found", len(all)), name: "rooms", head: a.heads(o, "number", "room"), links: map[int]string{}, more: "list.page_named"}
	for i, id := range all {
		l.rows = append(l.rows, []string{strconv.Itoa(i + 1), string(id)})
		l.links[i] = roomLink(id, a.bot.Server())
	}
	return a.list(o, l, page)
}

// orderDrop takes a room made by hand out of the staff space, or has the bot leave one it was only invited into. The room itself stays what it is.
func (a *act) orderDrop(o *order) (answer, error) {
	id, err := a.orderFound(o)
	if err != nil {
		return answer{}, err
	}
	var other Other
	if _, err := a.desired(StaffSpace(), ThingOther+string(id), &other); err != nil {
		return answer{}, err
	}
	want, action := OtherDrop, "room.dropped"
	if other.Want == OtherMet { // it hangs nowhere: the bot was invited
		want, action = OtherLeave, "room.bot_left"
	}
	if err := a.desire(StaffSpace(), ThingOther+string(id), Other{Want: want, By: o.by, Order: o.event}); err != nil {
		return answer{}, err
	}
	if err := a.note(JournalEntry{Actor: string(o.by), Action: action, Room: StaffSpace(), Target: string(id)}); err != nil {
		return answer{}, err
	}
	return said(a.word(o, action, id)), nil
}

// roomSeen looks after a room from now on that the bot was to look into, or tells what stands against it.
func (a *act) roomSeen(in RoomSeen) error {
	o, err := a.staff(in.By)
	if err != nil || o == nil {
		return err
	}
	if ours, err := a.isOurs(in.Child); err != nil || ours {
		if err == nil {
			err = a.lookedAgain(in)
		}
		return err
	}
	var other Other
	if _, err := a.desired(StaffSpace(), ThingOther+string(in.Child), &other); err != nil || other.Want == OtherDrop || other.Want == OtherMet {
		return err // it was taken out while the bot was looking, or seen before
	}
	if other.Want == OtherMeet {
		return a.met(in, other)
	}
	say := a.speaker(o, nil)
	switch {
	case !in.Joined:
		return a.tell(in.By, Post{Text: say("room.not_in", in.Child, a.bot)})
	case !in.Powerful:
		return a.tell(in.By, Post{Text: say("room.no_power", in.Child, a.bot)})
	}
	if strangers, err := a.strangers(in.Members); err != nil {
		return err
	} else if len(strangers) > 0 && !other.Sure {
		return a.askToAdopt(o, in, strangers)
	}
	t := Talk{ID: TalkID(a.newID()), Name: clip(flat(in.Name), maxTalkName), Creator: in.By, Created: a.now}
	if t.Name == "" {
		t.Name = a.staffText(nil, "room.unnamed")
	}
	if creator, err := a.staff(in.Creator); err != nil {
		return err
	} else if creator != nil {
		t.Creator = in.Creator
	}
	if err := a.tx.PutTalk(&t); err != nil {
		return fmt.Errorf("put talk: %w", err)
	}
	room := TalkRoom(t.ID)
	// Without a version: its levels are not ours to set, see addToTalk.
	if err := a.tx.PutRoom(&Room{Key: room, ID: in.Child}); err != nil {
		return fmt.Errorf("put room %s: %w", room, err)
	}
	if err := a.desire(room, ThingName, t.Name); err != nil {
		return err
	}
	if err := a.desire(StaffSpace(), ThingChild+string(room), Child{Present: true}); err != nil {
		return err
	}
	if err := a.keepStaff(&t, in.Members); err != nil {
		return err
	}
	if err := a.note(JournalEntry{Actor: string(in.By), Action: "room.adopted", Room: room, Target: string(in.Child), Comment: t.Name}); err != nil {
		return err
	}
	return a.tell(in.By, Post{Text: say("room.adopted", t.Name)})
}

// strangers lists those of some people who are not of the staff.
func (a *act) strangers(people []UserID) ([]UserID, error) {
	var out []UserID
	for _, u := range people {
		o, err := a.staff(u)
		if err != nil {
			return nil, err
		}
		if o == nil && u != a.bot {
			out = append(out, u)
		}
	}
	return out, nil
}

// maxStrangers is how many of them a question names.
const maxStrangers = 20

// askToAdopt asks, before anybody is made to leave a room that others have made, whether they are to.
func (a *act) askToAdopt(o *Operator, in RoomSeen, strangers []UserID) error {
	if err := a.desire(StaffSpace(), ThingOther+string(in.Child), Other{}); err != nil {
		return err
	}
	var names []string
	for _, u := range strangers[:min(len(strangers), maxStrangers)] {
		names = append(names, string(u))
	}
	room, err := a.ensureDirect(o.ID)
	if err != nil {
		return err
	}
	text := a.speaker(o, nil)("room.adopt_sure", string(in.Child), len(strangers), strings.Join(names, ", "))
	row := a.line(Post{Room: room, Text: text, Mentions: []UserID{o.ID}})
	return a.keepQuestion(room, o.ID, row, []option{{order: "room adopt " + string(in.Child) + " yes"}})
}

// keepStaff leaves the staff in a room and makes others go.
func (a *act) keepStaff(t *Talk, members []UserID) error {
	for _, u := range members {
		if u == a.bot {
			continue
		}
		o, err := a.staff(u)
		if err != nil {
			return err
		}
		if o == nil {
			err = a.sendAway(TalkRoom(t.ID), u, a.staffText(nil, "member.leave.staff"))
		} else {
			err = a.addToTalk(t, u)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
