package desk

import (
	"fmt"
	"slices"
	"time"
)

// sitesConfigured takes over what is new in the configuration and makes rooms and memberships follow. It may come any number of times.
func (a *act) sitesConfigured(in SitesConfigured) error {
	if _, err := a.book(); err != nil { // what it takes from somebody is seen by it
		return err
	}
	if err := a.takeSeed(in); err != nil {
		return err
	}
	for i := range in.Sites {
		if err := a.seedTemplates(&in.Sites[i]); err != nil {
			return err
		}
	}
	return a.shapeStaff()
}

// shapeStaff desires everything that follows from sites, queues, staff and their rights.
func (a *act) shapeStaff() error {
	if err := a.shapeRooms(); err != nil {
		return err
	}
	if err := a.returnGone(); err != nil {
		return err
	}
	if err := a.offerWaiting(); err != nil {
		return err
	}
	r, err := a.book()
	if err != nil {
		return err
	}
	for i := range r.staff {
		if err := a.describeDirect(&r.staff[i]); err != nil {
			return err
		}
		if err := a.lookIntoDirect(r.staff[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// offerWaiting offers all waiting tickets to those who would take them now.
func (a *act) offerWaiting() error {
	r, err := a.book()
	if err != nil {
		return err
	}
	for i := range r.queues {
		if err := a.shapeQueueTickets(&r.queues[i]); err != nil {
			return err
		}
	}
	return nil
}

// shapeRooms desires the rooms of the staff: who is in them, what they are called, where they hang.
func (a *act) shapeRooms() error {
	if err := a.shapeAdminRoom(); err != nil {
		return err
	}
	if err := a.shapeStaffSpace(); err != nil {
		return err
	}
	sites, err := a.tx.Sites()
	if err != nil {
		return fmt.Errorf("list sites: %w", err)
	}
	for i := range sites {
		queues, err := a.tx.Queues(sites[i].ID)
		if err != nil {
			return fmt.Errorf("list queues of site %s: %w", sites[i].ID, err)
		}
		if sites[i].Removed && len(queues) == 0 {
			continue // nobody is left in its rooms
		}
		if err := a.shapeSite(&sites[i], queues); err != nil {
			return err
		}
	}
	return a.endStrayReading()
}

// returnGone takes their tickets and rooms from those who are staff no longer.
func (a *act) returnGone() error {
	staff, err := a.tx.Operators()
	if err != nil {
		return fmt.Errorf("list operators: %w", err)
	}
	for _, o := range staff {
		if !o.Removed {
			continue
		}
		if !o.Quiet.IsZero() { // removed by a version that left their devices silent
			o.Quiet = time.Time{}
			if err := a.tx.PutOperator(&o); err != nil {
				return fmt.Errorf("put operator %s: %w", o.ID, err)
			}
			if err := a.letRing(&o); err != nil {
				return err
			}
		}
		if err := a.returnAll(o.ID); err != nil {
			return err
		}
	}
	return nil
}

func (a *act) shapeAdminRoom() error {
	if _, err := a.ensureRoom(AdminRoom()); err != nil {
		return err
	}
	if err := a.entitle(AdminRoom(), a.staffText(nil, "room.admin.name"), a.staffText(nil, "room.admin.topic")); err != nil {
		return err
	}
	r, err := a.book()
	if err != nil {
		return err
	}
	admins := r.admins()
	if len(admins) > 0 { // else there is nobody to read it
		if err := a.describeCommands(AdminRoom(), ""); err != nil {
			return err
		}
	}
	return a.populate(AdminRoom(), admins)
}

// shapeSite makes a site's space with the spaces and lobbies of its queues, and the desk spaces of its operators.
func (a *act) shapeSite(site *Site, queues []Queue) error {
	space := SiteRoom(site.ID)
	if _, err := a.ensureRoom(space); err != nil {
		return err
	}
	if err := a.entitle(space, site.Name, a.staffText(site, "room.site.topic", site.Name)); err != nil {
		return err
	}
	if err := a.desire(space, ThingAvatar, "text:"+initials(site.Name)); err != nil {
		return err
	}
	var everybody []UserID
	for i := range queues {
		people, err := a.shapeQueue(site, &queues[i], i)
		if err != nil {
			return err
		}
		for _, u := range people {
			if !slices.Contains(everybody, u) {
				everybody = append(everybody, u)
			}
		}
	}
	if err := a.populate(space, everybody); err != nil {
		return err
	}
	if err := a.shapeAdminsRoom(site); err != nil {
		return err
	}
	for i := range queues {
		group, err := a.group(&queues[i])
		if err != nil {
			return err
		}
		for _, u := range group {
			if err := a.ensureDesk(u); err != nil {
				return err
			}
		}
	}
	return nil
}

// shapeQueue makes a queue's space and its lobby and answers who belongs there.
func (a *act) shapeQueue(site *Site, q *Queue, position int) ([]UserID, error) {
	space, lobby := QueueRoom(q.ID), LobbyRoom(q.ID)
	for _, room := range []RoomKey{space, lobby} {
		if _, err := a.ensureRoom(room); err != nil {
			return nil, err
		}
	}
	if err := a.entitle(space, q.Name, a.staffText(site, "room.queue.topic", q.Name, site.Name)); err != nil {
		return nil, err
	}
	if err := a.entitle(lobby, a.staffText(site, "room.lobby.name", q.Name), a.staffText(site, "room.lobby.topic")); err != nil {
		return nil, err
	}
	for _, room := range []RoomKey{space, lobby} {
		if err := a.desire(room, ThingAvatar, "text:"+initials(q.Name)); err != nil {
			return nil, err
		}
	}
	if err := a.describeCommands(lobby, site.StaffLang); err != nil {
		return nil, err
	}
	order := fmt.Sprintf("%04d", position)
	if err := a.desire(SiteRoom(site.ID), ThingChild+string(space), Child{Present: true, Suggested: true, Order: order}); err != nil {
		return nil, err
	}
	// "!" sorts before the digits of the tickets' orders.
	if err := a.desire(space, ThingChild+string(lobby), Child{Present: true, Suggested: true, Order: "!"}); err != nil {
		return nil, err
	}
	people, err := a.peopleOf(q)
	if err != nil {
		return nil, err
	}
	for _, room := range []RoomKey{space, lobby} {
		if err := a.populate(room, people); err != nil {
			return nil, err
		}
	}
	return people, nil
}

// peopleOf lists a queue's operators and supervisors.
func (a *act) peopleOf(q *Queue) ([]UserID, error) {
	people, err := a.group(q)
	if err != nil {
		return nil, err
	}
	supervisors, err := a.supervisors(q)
	if err != nil {
		return nil, err
	}
	for _, u := range supervisors {
		if !slices.Contains(people, u) {
			people = append(people, u)
		}
	}
	return people, nil
}

// ensureDesk makes an operator's own space.
func (a *act) ensureDesk(u UserID) error {
	room := DeskRoom(u)
	isNew, err := a.ensureRoom(room)
	if err != nil {
		return err
	}
	if !isNew {
		return a.welcome(room, u)
	}
	if err := a.entitle(room, a.staffText(nil, "room.desk.name"), a.staffText(nil, "room.desk.topic")); err != nil {
		return err
	}
	return a.populate(room, []UserID{u})
}

// entitle desires name and topic of a room, and that only invited people come in.
func (a *act) entitle(room RoomKey, name, topic string) error {
	if err := a.desire(room, ThingName, name); err != nil {
		return err
	}
	if err := a.desire(room, ThingTopic, topic); err != nil {
		return err
	}
	return a.desire(room, ThingJoin, JoinRule{})
}

// populate desires that exactly these people are in a room of the staff.
func (a *act) populate(room RoomKey, people []UserID) error {
	known, err := a.members(room)
	if err != nil {
		return err
	}
	for _, u := range people {
		if err := a.wish(room, u, Member{Want: "join", By: Bot}, false); err != nil {
			return err
		}
		delete(known, u)
	}
	return a.dismiss(room, known)
}

// dismiss desires that people leave a room of the staff.
func (a *act) dismiss(room RoomKey, people map[UserID]Member) error {
	for _, u := range sortedUsers(people) {
		if people[u].Want == "leave" {
			continue
		}
		reason := a.staffText(nil, "member.leave.staff")
		if err := a.wish(room, u, Member{Want: "leave", By: Bot, Reason: reason}, false); err != nil {
			return err
		}
	}
	return nil
}

// returnAll returns the tickets of an operator who is no longer there, and takes him out of all rooms.
func (a *act) returnAll(u UserID) error {
	tickets, err := a.tx.TicketsOf(u)
	if err != nil {
		return fmt.Errorf("list tickets of %s: %w", u, err)
	}
	for i := range tickets {
		d, err := a.dossier(&tickets[i], nil)
		if err != nil {
			return err
		}
		if err := a.returnToQueue(d, moving{actor: actorSystem, reason: "operator removed"}); err != nil {
			return err
		}
	}
	rooms, err := a.tx.RoomsOf(u)
	if err != nil {
		return fmt.Errorf("list rooms of %s: %w", u, err)
	}
	for _, room := range rooms {
		var m Member
		if _, err := a.desired(room, ThingMember+string(u), &m); err != nil {
			return err
		}
		if err := a.dismiss(room, map[UserID]Member{u: m}); err != nil {
			return err
		}
	}
	return nil
}

// welcome desires somebody in a room of their own who had to leave it once.
func (a *act) welcome(room RoomKey, u UserID) error {
	var m Member
	if ok, err := a.desired(room, ThingMember+string(u), &m); err != nil || !ok || m.Want != "leave" {
		return err
	}
	return a.wish(room, u, Member{Want: "join", By: Bot}, false)
}

// shapeQueueTickets offers the waiting tickets of a queue to those who are its operators now.
func (a *act) shapeQueueTickets(q *Queue) error {
	waiting, err := a.tx.TicketsIn(q.ID, Waiting)
	if err != nil {
		return fmt.Errorf("list waiting tickets of queue %s: %w", q.ID, err)
	}
	for i := range waiting {
		if err := a.offerTicket(&waiting[i]); err != nil {
			return err
		}
	}
	return a.callFor(q, pointers(waiting))
}

// offerTicket offers a waiting ticket to those who would take it now.
func (a *act) offerTicket(t *Ticket) error {
	d, err := a.dossier(t, nil)
	if err != nil {
		return err
	}
	if err := a.renewOffer(d); err != nil {
		return err
	}
	return a.shape(d)
}

// pointers gives the addresses of tickets, so that what becomes of one is seen by all who have it.
func pointers(tickets []Ticket) []*Ticket {
	out := make([]*Ticket, len(tickets))
	for i := range tickets {
		out[i] = &tickets[i]
	}
	return out
}
