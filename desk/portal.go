package desk

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ensureRoom asks for a room to be made unless it exists or was asked for before.
func (a *act) ensureRoom(key RoomKey) (isNew bool, err error) {
	_, err = a.tx.Room(key)
	if ok, err := found(err); ok || err != nil {
		return false, err
	}
	if err := a.tx.PutRoom(&Room{Key: key}); err != nil {
		return false, fmt.Errorf("put room %s: %w", key, err)
	}
	a.emit(CreateRoom{ID: a.effectID(), Room: key})
	return true, nil
}

// openPortal gives a new ticket its room: the conversation's, or one of its own where the site keeps tickets apart (Q10).
func (a *act) openPortal(site *Site, c *Conversation) (PortalID, error) {
	if c.Portal != "" && site.History != HistoryTicket {
		return c.Portal, nil
	}
	earlier, err := a.tx.Portals(c.ID)
	if err != nil {
		return "", fmt.Errorf("list portals of conversation %s: %w", c.ID, err)
	}
	p := &Portal{ID: PortalID(a.newID()), Conversation: c.ID, Ordinal: len(earlier) + 1}
	if err := a.tx.PutPortal(p); err != nil {
		return "", fmt.Errorf("put portal: %w", err)
	}
	if _, err := a.ensureRoom(PortalRoom(p.ID)); err != nil {
		return "", err
	}
	return p.ID, nil
}

// introduce desires what of a portal does not change with its tickets: who the customer is and where they come from.
func (a *act) introduce(d *dossier) error {
	name := a.customerName(d.site, d.customer)
	room := d.portal()
	if err := a.desire(room, ThingProfile, Profile{Customer: d.customer.ID, Name: name}); err != nil {
		return err
	}
	if err := a.desire(room, ThingAvatar, "text:"+initials(name)); err != nil {
		return err
	}
	return a.desire(room, ThingBridge, Bridge{
		Channel: d.conversation.Channel, ChannelName: a.channelName(d.site, d.conversation.Channel),
		Site: d.site.ID, SiteName: d.site.Name, Customer: d.customer.ID,
	})
}

// Ranks of what a decision desires: what somebody waits for, what they see in the ticket's room, and what everybody in the lobby sees, which keeps
// the homeserver busy for a while.
const (
	rankAwaited = iota
	rankRoom
	rankLobby
)

// ranked gives a rank to what is desired meanwhile.
func (a *act) ranked(rank int, desire func() error) error {
	defer func(before int) { a.rank = before }(a.rank)
	a.rank = rank
	return desire()
}

// shape desires everything that follows from the state of a ticket: its room, who is there, where it hangs, its card. While it waits, the card
// and the way in are waited for; then the room, by whoever has it.
func (a *act) shape(d *dossier) error {
	portal, card := rankRoom, rankLobby
	if d.ticket.State == Waiting {
		portal, card = rankAwaited, rankAwaited
	}
	// Members before the rest: whoever comes in by the join rule has to do so before it closes. Then where they look for the room.
	for _, part := range []struct {
		rank  int
		shape func(*dossier) error
	}{
		{rankAwaited, a.shapeMembers}, {rankAwaited, a.shapePlaces}, {portal, a.shapePortal}, {card, a.showCard}, {rankRoom, a.showActions},
	} {
		if err := a.ranked(part.rank, func() error { return part.shape(d) }); err != nil {
			return err
		}
	}
	return nil
}

func (a *act) shapePortal(d *dossier) error {
	room := d.portal()
	name, err := a.portalName(d)
	if err != nil {
		return err
	}
	if err := a.desire(room, ThingName, name); err != nil {
		return err
	}
	topic, err := a.portalTopic(d)
	if err != nil {
		return err
	}
	if err := a.desire(room, ThingTopic, topic); err != nil {
		return err
	}
	// Closed, it is a restricted room that lets no room's members in: a room turned to "invite" would make the homeserver forget the joins of
	// that moment when it resolves the state, without telling their clients. So we see them, and send away who came too late.
	join := JoinRule{Restricted: true}
	if d.ticket.State == Waiting {
		join.Allow = []RoomKey{d.lobby()}
	}
	return a.desire(room, ThingJoin, join)
}

// portalTopic tells what an operator wants to know first, first (Q9).
func (a *act) portalTopic(d *dossier) (string, error) {
	state, err := a.stateWords(d)
	if err != nil {
		return "", err
	}
	words := []string{state}
	call, err := a.callWords(d)
	if err != nil {
		return "", err
	}
	if call != "" {
		words = []string{call, state}
	}
	if d.ticket.Queue != "" {
		words = append(words, d.queue.Name)
	}
	words = append(words, a.channelName(d.site, d.conversation.Channel), d.site.Name)
	contact, err := a.mainContact(d.customer)
	if err != nil {
		return "", err
	}
	if contact != "" {
		words = append(words, contact)
	}
	words = append(words, a.staffText(d.site, "customer.region", a.region(d.site, d.customer)))
	return strings.Join(words, " · "), nil
}

// stateWords says where a ticket stands, for topic and card.
func (a *act) stateWords(d *dossier) (string, error) {
	owner, err := a.staffName(d.ticket.Owner)
	if err != nil {
		return "", err
	}
	state := string(d.ticket.State)
	if d.ticket.State == Closed && d.ticket.CloseReason == "blocked" {
		blocked, err := a.isBlocked(d.ticket.Site, d.ticket.Customer)
		if err != nil {
			return "", err
		}
		if blocked {
			state = "blocked"
		}
	}
	words := a.staffText(d.site, "ticket.state."+state, owner)
	if d.ticket.IsSnoozed() {
		until := a.sayWhen(a.speaker(nil, d.site), d.ticket.Snoozed, zone(d.site.Schedule.Zone))
		words = a.staffText(d.site, "ticket.snoozed", words, until)
	}
	return words, nil
}

// inviteWords is how many characters of the customer's words an invitation shows.
const inviteWords = 200

// shapeMembers desires who of the staff is in the portal: while the ticket waits those it is offered to by invitation (Q4), while it
// is assigned its owner, afterwards nobody. Guests and those who read along keep their places, see stays.
func (a *act) shapeMembers(d *dossier) error {
	room, t := d.portal(), d.ticket
	want := map[UserID]Member{}
	switch t.State {
	case Waiting:
		offered, err := a.invitees(d)
		if err != nil {
			return err
		}
		for _, u := range offered {
			want[u] = Member{Want: "invite", By: d.puppet(), Reason: a.inviteReason(d)}
		}
	case Assigned:
		want[t.Owner] = Member{Want: "join", By: d.puppet()}
	}
	known, err := a.members(room)
	if err != nil {
		return err
	}
	reason, err := a.leaveReason(d)
	if err != nil {
		return err
	}
	for _, u := range sortedUsers(known) {
		m := known[u]
		_, wanted := want[u]
		stays, err := a.keepsPlace(t, u, m)
		if err != nil {
			return err
		}
		if wanted && stays && m.watches() && u != t.Owner {
			delete(want, u) // an invitation would turn who only reads along into who accepts
			wanted = false
		}
		if m.Want == "leave" || !wanted && stays {
			continue
		}
		// Whoever read the room while it was archived does not stay in it while it waits: an invitation would find them there.
		if !wanted || m.reads() && t.State == Waiting {
			want[u] = Member{Want: "leave", By: Bot, Reason: reason}
		}
	}
	for _, u := range sortedUsers(want) {
		if err := a.wish(room, u, want[u], false); err != nil {
			return err
		}
	}
	return nil
}

// keepsPlace reports whether somebody stays in a ticket's room as they are. Who reads along has to have the right to it also where the ticket has gone.
func (a *act) keepsPlace(t *Ticket, u UserID, m Member) (bool, error) {
	if !m.stays(t) || !m.watches() {
		return m.stays(t), nil
	}
	o, err := a.staff(u)
	if err != nil {
		return false, err
	}
	return a.can(o, ModTickets, true, subject{site: t.Site, queue: t.Queue})
}

// invitees lists those a waiting ticket is offered to by an invitation to its room.
func (a *act) invitees(d *dossier) ([]UserID, error) {
	if d.toAll() {
		if few, err := a.isInviting(d.queue); err != nil || !few {
			return nil, err
		}
	}
	return a.offered(d)
}

func (a *act) inviteReason(d *dossier) string {
	if d.ticket.Words == "" {
		return a.staffText(d.site, "card.no_words")
	}
	return clip(flat(d.ticket.Words), inviteWords)
}

// leaveReason is told to those who have to leave a portal by a change of its ticket.
func (a *act) leaveReason(d *dossier) (string, error) {
	owner, err := a.staffName(d.ticket.Owner)
	if err != nil {
		return "", err
	}
	return a.staffText(d.site, "member.leave."+string(d.ticket.State), d.ticket.Number, owner), nil
}

// members gives everybody's desired membership of a room.
func (a *act) members(room RoomKey) (map[UserID]Member, error) {
	all, err := a.tx.DesiredOf(room)
	if err != nil {
		return nil, fmt.Errorf("list what is desired of room %s: %w", room, err)
	}
	for place, at := range a.wishes {
		if place.room == room {
			all = append(all, a.out.Effects[at].(Desire))
		}
	}
	out := map[UserID]Member{}
	for _, d := range all {
		user, ok := strings.CutPrefix(d.Thing, ThingMember)
		if !ok {
			continue
		}
		var m Member
		if err := json.Unmarshal(d.Value, &m); err != nil {
			return nil, fmt.Errorf("parse what is desired of %s in room %s: %w", d.Thing, room, err)
		}
		out[UserID(user)] = m
	}
	return out, nil
}

// wish desires a membership. again makes it a new wish although nothing in it changed: what was brought about once has come undone.
func (a *act) wish(room RoomKey, u UserID, m Member, again bool) error {
	var before Member
	ok, err := a.desired(room, ThingMember+string(u), &before)
	if err != nil {
		return err
	}
	if ok {
		m.Seq = before.Seq
	}
	if again {
		m.Seq++
	}
	return a.desire(room, ThingMember+string(u), m)
}

// sendAway makes somebody leave a room who came or was invited without a right to.
func (a *act) sendAway(room RoomKey, u UserID, reason string) error {
	return a.wish(room, u, Member{Want: "leave", By: Bot, Reason: reason}, true)
}

// shapePlaces hangs the portal into the queue's space while it waits, into its owner's desk space while it is assigned, and out of both
// afterwards.
func (a *act) shapePlaces(d *dossier) error {
	t := d.ticket
	places := map[RoomKey]bool{}
	if t.Queue != "" {
		places[QueueRoom(t.Queue)] = t.State == Waiting
	}
	if t.LastOwner != "" {
		places[DeskRoom(t.LastOwner)] = false
	}
	if t.Owner != "" {
		places[DeskRoom(t.Owner)] = t.State == Assigned
		if err := a.ensureDesk(t.Owner); err != nil {
			return err
		}
	}
	for _, space := range slices.Sorted(maps.Keys(places)) {
		rank := rankAwaited
		if t.State == Assigned && !places[space] {
			rank = rankLobby
		}
		if err := a.ranked(rank, func() error { return a.hang(d, space, places[space]) }); err != nil {
			return err
		}
	}
	return nil
}

func (a *act) hang(d *dossier, space RoomKey, present bool) error {
	thing := ThingChild + string(d.portal())
	if !present {
		var before Child
		if ok, err := a.desired(space, thing, &before); err != nil || !ok || !before.Present {
			return err
		}
		if err := a.desire(space, thing, Child{}); err != nil {
			return err
		}
		return a.renew(space)
	}
	child := Child{Present: true, Order: fmt.Sprintf("%010d", d.ticket.Number)}
	if kind, _ := space.Split(); kind == KindDesk && d.ticket.IsSnoozed() {
		child.Order = "~" + child.Order // behind all others
	}
	if kind, _ := space.Split(); kind == KindQueue {
		var err error
		if child.Suggested, err = a.isInviting(d.queue); err != nil {
			return err
		}
	}
	return a.desire(space, thing, child)
}

func sortedUsers(m map[UserID]Member) []UserID { return slices.Sorted(maps.Keys(m)) }
