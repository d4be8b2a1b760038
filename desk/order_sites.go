package desk

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// siteCommands are those about the sites of the desk.
func siteCommands() []command {
	edit := &right{ModSettings, true}
	site := param{name: "site", kind: paramWord}
	return []command{
		{
			name: "sites", aliases: []string{"st", "ресурсы", "сайты"}, rooms: allRooms, private: true, right: &right{ModSettings, false},
			params: []param{{name: "page", kind: paramWord, optional: true}}, run: (*act).orderSites,
		},
		{
			name: "sites add", aliases: []string{"добавить"}, rooms: allRooms, private: true, right: edit,
			params: []param{{name: "site_id", kind: paramWord}, {name: "site_origin", kind: paramWord}, {name: "site_name", kind: paramRest}},
			run:    (*act).orderSiteAdd,
		},
		{
			name: "sites remove", aliases: []string{"удалить", "закрыть"}, rooms: allRooms, private: true, right: edit, params: []param{site},
			run: (*act).orderSiteRemove,
		},
		{
			name: "sites restore", aliases: []string{"вернуть"}, rooms: allRooms, private: true, right: edit, params: []param{site},
			run: (*act).orderSiteRestore,
		},
	}
}

// orderSites lists the sites whose settings somebody may see; those removed are history, last.
func (a *act) orderSites(o *order) (answer, error) {
	sites, err := a.tx.Sites()
	if err != nil {
		return answer{}, fmt.Errorf("list sites: %w", err)
	}
	l := listing{name: "sites", head: []string{
		a.word(o, "sites.head.id"), a.word(o, "sites.head.name"), a.word(o, "sites.head.key"), a.word(o, "sites.head.origins"),
		a.word(o, "sites.head.queues"), a.word(o, "sites.head.open"), a.word(o, "sites.head.state"),
	}}
	var gone [][]string
	for i := range sites {
		s := &sites[i]
		if may, err := a.can(o.staff, ModSettings, false, subject{site: s.ID}); err != nil {
			return answer{}, err
		} else if !may {
			continue
		}
		queues, err := a.tx.Queues(s.ID)
		if err != nil {
			return answer{}, fmt.Errorf("list queues of site %s: %w", s.ID, err)
		}
		open, err := a.openOf(s)
		if err != nil {
			return answer{}, err
		}
		row := []string{string(s.ID), s.Name, s.Key, strings.Join(s.Origins, ", "), fmt.Sprint(len(queues)), fmt.Sprint(open), a.word(o, "sites.open")}
		if s.Removed {
			row[len(row)-1] = a.word(o, "sites.gone")
			gone = append(gone, row)
			continue
		}
		l.rows = append(l.rows, row)
	}
	l.title = a.word(o, "sites.title", len(l.rows))
	l.rows = append(l.rows, gone...)
	return a.list(o, l, o.given.word(0))
}

// openOf counts a site's tickets that are not closed.
func (a *act) openOf(s *Site) (int, error) {
	n, err := a.tx.CountTickets(Search{Reach: Reach{Sites: []SiteID{s.ID}}, States: []TicketState{Choosing, Waiting, Assigned}})
	if err != nil {
		return 0, fmt.Errorf("count open tickets of site %s: %w", s.ID, err)
	}
	return n, nil
}

// orderSiteAdd makes a site with one queue. What else there is to say of it, !config set says.
func (a *act) orderSiteAdd(o *order) (answer, error) {
	if err := a.maySites(o); err != nil {
		return answer{}, err
	}
	id, name := strings.ToLower(o.given.word(0)), flat(o.given.rest)
	if !isSlug(id) {
		return answer{}, Refuse(Invalid, "sites.bad_id", clip(id, 40))
	}
	if name == "" || len([]rune(name)) > queueNameLimit {
		return answer{}, Refuse(Invalid, "sites.bad_name", clip(name, 40), queueNameLimit)
	}
	if err := a.siteFree(id, name); err != nil {
		return answer{}, err
	}
	site, queue, err := a.newSite(o, id, o.given.word(1), name)
	if err != nil {
		return answer{}, err
	}
	if err := a.tx.PutSite(site); err != nil {
		return answer{}, fmt.Errorf("put site %s: %w", id, err)
	}
	if err := a.noteSite(o, "site.added", nil, site); err != nil {
		return answer{}, err
	}
	if err := a.saveQueue(o, "queue.added", nil, queue); err != nil {
		return answer{}, err
	}
	if err := a.seedTemplates(site); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "sites.added", name, id, a.settings.Snippet(site.Key))), a.shapeRooms()
}

// maySites refuses to those who may not change what sites there are: that takes the settings of all of them.
func (a *act) maySites(o *order) error {
	may, err := a.can(o.staff, ModSettings, true, subject{})
	if err != nil {
		return err
	}
	if !may {
		return Refuse(Denied, "sites.not_yours")
	}
	return nil
}

// siteFree refuses an id or a name that is taken: ids of sites are keys of widgets, and the first queue has the id as well.
func (a *act) siteFree(id, name string) error {
	sites, err := a.tx.Sites()
	if err != nil {
		return fmt.Errorf("list sites: %w", err)
	}
	for _, s := range sites {
		switch {
		case string(s.ID) == id && s.Removed:
			return Refuse(Conflict, "sites.id_removed", id)
		case string(s.ID) == id || s.Key == id:
			return Refuse(Conflict, "sites.id_taken", id)
		case strings.EqualFold(s.Name, name) && !s.Removed:
			return Refuse(Conflict, "sites.name_taken", name)
		}
	}
	_, err = a.tx.Queue(QueueID(id))
	if taken, err := found(err); err != nil {
		return fmt.Errorf("queue %s: %w", id, err)
	} else if taken {
		return Refuse(Conflict, "sites.queue_taken", id)
	}
	return nil
}

// newSite makes a site of the settings that the file gives to what it does not mention, with languages and hours' zone of the first site.
func (a *act) newSite(o *order, id, origin, name string) (*Site, *Queue, error) {
	now, err := a.configuration()
	if err != nil {
		return nil, nil, err
	}
	site := Site{
		ID: SiteID(id), Key: id, Name: name, Languages: []string{"en", "ru"}, History: HistoryShared, DefaultQueue: QueueID(id),
		ChooseTimeout: DefaultChooseTimeout, Theme: map[string]string{"mode": "auto"}, Schedule: Schedule{Zone: "UTC"}, StaffLang: a.langOf(o),
	}
	if len(now.Sites) > 0 {
		first := now.Sites[0]
		site.Languages, site.StaffLang = first.Languages, first.StaffLang
		site.Schedule.Zone = cmp.Or(first.Schedule.Zone, site.Schedule.Zone)
	}
	now.Sites = append(now.Sites, site)
	now.Queues = append(now.Queues, Queue{
		ID: QueueID(id), Site: site.ID, Name: name, Visible: true, InviteLimit: 5, RemindAfter: 5 * time.Minute, OfferTimeout: time.Minute,
	})
	_, after, err := a.settings.Set(now, "site."+id+".origins", origin)
	if err != nil {
		var bad *BadSetting
		if errors.As(err, &bad) {
			return nil, nil, Refuse(Invalid, "config.bad", clip(origin, 60), a.word(o, "setting."+bad.Code, bad.Args...), a.cure(o, bad))
		}
		return nil, nil, err
	}
	return find(after.Sites, func(s Site) bool { return s.ID == site.ID }), find(after.Queues, func(q Queue) bool { return q.ID == site.DefaultQueue }), nil
}

// noteSite records what became of a site.
func (a *act) noteSite(o *order, action string, before, after *Site) error {
	return a.note(JournalEntry{
		Actor: string(o.by), Action: action, Target: string(after.ID), Site: after.ID, Changes: changes(before, after),
	})
}

func (a *act) orderSiteRemove(o *order) (answer, error) {
	if err := a.maySites(o); err != nil {
		return answer{}, err
	}
	site, err := a.namedSite(o, o.given.word(0))
	if err != nil {
		return answer{}, err
	}
	if site.Removed {
		return answer{}, Refuse(Conflict, "sites.removed_already", site.Name)
	}
	sites, err := a.tx.Sites()
	if err != nil {
		return answer{}, fmt.Errorf("list sites: %w", err)
	}
	others := 0
	for _, s := range sites {
		if s.ID != site.ID && !s.Removed {
			others++
		}
	}
	if others == 0 {
		return answer{}, Refuse(Conflict, "sites.last", site.Name)
	}
	open, err := a.openOf(site)
	if err != nil {
		return answer{}, err
	}
	if err := a.removeSite(site, string(o.by)); err != nil {
		return answer{}, err
	}
	if open > 0 {
		return said(a.word(o, "sites.removed_open", site.Name, open, site.ID)), nil
	}
	return said(a.word(o, "sites.removed", site.Name, site.ID)), nil
}

// orderSiteRestore takes a site back among those that serve visitors, with its default queue. Other queues and the people are named anew.
func (a *act) orderSiteRestore(o *order) (answer, error) {
	if err := a.maySites(o); err != nil {
		return answer{}, err
	}
	site, err := a.namedSite(o, o.given.word(0))
	if err != nil {
		return answer{}, err
	}
	if !site.Removed {
		return answer{}, Refuse(Conflict, "sites.there", site.Name)
	}
	before := *site
	site.Removed = false
	if err := a.tx.PutSite(site); err != nil {
		return answer{}, fmt.Errorf("put site %s: %w", site.ID, err)
	}
	if err := a.noteSite(o, "site.restored", &before, site); err != nil {
		return answer{}, err
	}
	q, err := a.tx.Queue(site.DefaultQueue)
	if err != nil {
		return answer{}, fmt.Errorf("queue %s: %w", site.DefaultQueue, err)
	}
	if q.Removed {
		was := *q
		q.Removed = false
		if err := a.saveQueue(o, "queue.added", &was, q); err != nil {
			return answer{}, err
		}
	}
	return said(a.word(o, "sites.restored", site.Name, q.ID)), a.shapeRooms()
}
