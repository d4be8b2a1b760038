package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// queueCommands are those about the queues of a site.
func queueCommands() []command {
	edit := &right{ModSettings, true}
	queue := param{name: "queue", kind: paramWord}
	name := param{name: "queue_name", kind: paramRest}
	return []command{
		{
			name: "queues", aliases: []string{"qs", "очереди"}, rooms: allRooms, private: true,
			params: []param{{name: "page", kind: paramWord, optional: true}}, run: (*act).orderQueues,
		},
		{
			name: "queues add", aliases: []string{"добавить"}, rooms: allRooms, private: true, right: edit,
			params: []param{{name: "queue_id", kind: paramWord}, name}, run: (*act).orderQueueAdd,
		},
		{
			name: "queues rename", aliases: []string{"переименовать"}, rooms: allRooms, private: true, right: edit,
			params: []param{queue, name}, run: (*act).orderQueueRename,
		},
		{
			name: "queues hide", aliases: []string{"скрыть"}, rooms: allRooms, private: true, right: edit, params: []param{queue},
			run: func(a *act, o *order) (answer, error) { return a.orderQueueVisible(o, false) },
		},
		{
			name: "queues show", aliases: []string{"показать"}, rooms: allRooms, private: true, right: edit, params: []param{queue},
			run: func(a *act, o *order) (answer, error) { return a.orderQueueVisible(o, true) },
		},
		{
			name: "queues default", aliases: []string{"основная"}, rooms: allRooms, private: true, right: edit, params: []param{queue},
			run: (*act).orderQueueDefault,
		},
		{
			name: "queues remove", aliases: []string{"удалить"}, rooms: allRooms, private: true, right: edit, params: []param{queue},
			run: (*act).orderQueueRemove,
		},
	}
}

// orderQueues lists the queues somebody answers in or may see something of.
func (a *act) orderQueues(o *order) (answer, error) {
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	l := listing{name: "queues", head: []string{
		a.word(o, "queues.head.id"), a.word(o, "queues.head.name"), a.word(o, "queues.head.site"), a.word(o, "queues.head.visible"),
		a.word(o, "queues.head.operators"), a.word(o, "queues.head.waiting"), a.word(o, "queues.head.assigned"),
	}}
	for i := range r.queues {
		q := &r.queues[i]
		if may, err := a.maySeeQueue(o, q); err != nil {
			return answer{}, err
		} else if !may {
			continue
		}
		site, err := a.tx.Site(q.Site)
		if err != nil {
			return answer{}, fmt.Errorf("site of queue %s: %w", q.ID, err)
		}
		waiting, err := a.tx.TicketsIn(q.ID, Waiting)
		if err != nil {
			return answer{}, fmt.Errorf("list waiting tickets of queue %s: %w", q.ID, err)
		}
		assigned, err := a.tx.TicketsIn(q.ID, Assigned)
		if err != nil {
			return answer{}, fmt.Errorf("list assigned tickets of queue %s: %w", q.ID, err)
		}
		people, err := a.group(q)
		if err != nil {
			return answer{}, err
		}
		shown := a.word(o, "queues.visible")
		if !q.Visible {
			shown = a.word(o, "queues.is_hidden")
		}
		if site.DefaultQueue == q.ID {
			shown += ", " + a.word(o, "queues.default")
		}
		l.rows = append(l.rows, []string{
			string(q.ID), q.Name, site.Name, shown, fmt.Sprint(len(people)), fmt.Sprint(len(waiting)), fmt.Sprint(len(assigned)),
		})
	}
	l.title = a.word(o, "queues.title", len(l.rows))
	return a.list(o, l, o.given.word(0))
}

func (a *act) maySeeQueue(o *order, q *Queue) (bool, error) {
	if slices.Contains(q.Operators, o.by) {
		return true, nil
	}
	for _, m := range []Module{ModTickets, ModSettings, ModUsers} {
		if may, err := a.can(o.staff, m, false, subject{site: q.Site, queue: q.ID}); may || err != nil {
			return may, err
		}
	}
	return false, nil
}

// ownQueue finds the queue that is named, whose settings who asks may change.
func (a *act) ownQueue(o *order) (*Queue, error) {
	q, err := a.namedQueue(o, o.given.word(0))
	if err != nil {
		return nil, err
	}
	may, err := a.can(o.staff, ModSettings, true, subject{site: q.Site, queue: q.ID})
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, Refuse(Denied, "queues.not_yours", q.Name)
	}
	out := *q
	return &out, nil
}

// queueNameLimit is how many characters the name of a queue may have.
const queueNameLimit = 60

// goodQueueName refuses a name that is none, or another queue's of the site.
func (a *act) goodQueueName(site SiteID, id QueueID, name string) error {
	if name == "" || len([]rune(name)) > queueNameLimit {
		return Refuse(Invalid, "queues.bad_name", clip(name, 40), queueNameLimit)
	}
	queues, err := a.tx.Queues(site)
	if err != nil {
		return fmt.Errorf("list queues of site %s: %w", site, err)
	}
	for _, q := range queues {
		if q.ID != id && strings.EqualFold(q.Name, name) {
			return Refuse(Conflict, "queues.name_taken", name)
		}
	}
	return nil
}

// isSlug reports whether an id is one that the configuration file takes too.
func isSlug(id string) bool {
	const first, all = "abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz0123456789_-"
	return id != "" && len(id) <= 63 && strings.Contains(first, id[:1]) && strings.Trim(id, all) == ""
}

// orderQueueAdd makes a queue: of the site whose id stands before a slash, of the room's, or of the only one.
func (a *act) orderQueueAdd(o *order) (answer, error) {
	word := strings.ToLower(o.given.word(0))
	siteWord, id, cut := strings.Cut(word, "/")
	if !cut {
		siteWord, id = "", word
	}
	site, err := a.namedSite(o, siteWord)
	if err != nil {
		return answer{}, err
	}
	if may, err := a.can(o.staff, ModSettings, true, subject{site: site.ID}); err != nil {
		return answer{}, err
	} else if !may {
		return answer{}, Refuse(Denied, "queues.not_your_site", site.Name)
	}
	if site.Removed {
		return answer{}, Refuse(Conflict, "sites.is_removed", site.Name, site.ID)
	}
	if !isSlug(id) {
		return answer{}, Refuse(Invalid, "queues.bad_id", clip(id, 40))
	}
	name := flat(o.given.rest)
	if err := a.goodQueueName(site.ID, QueueID(id), name); err != nil {
		return answer{}, err
	}
	known, err := a.tx.Queue(QueueID(id))
	if ok, err := found(err); err != nil {
		return answer{}, fmt.Errorf("queue %s: %w", id, err)
	} else if ok && (!known.Removed || known.Site != site.ID) {
		return answer{}, Refuse(Conflict, "queues.id_taken", id)
	}
	siblings, err := a.tx.Queues(site.ID)
	if err != nil {
		return answer{}, fmt.Errorf("list queues of site %s: %w", site.ID, err)
	}
	q := &Queue{ID: QueueID(id), Site: site.ID, Name: name, Visible: true, InviteLimit: 5, RemindAfter: 5 * time.Minute}
	for _, s := range siblings {
		q.Position = max(q.Position, s.Position+1)
	}
	if err := a.saveQueue(o, "queue.added", nil, q); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "queues.added", name, id)), a.shapeRooms()
}

// saveQueue writes a changed queue and records what became of it.
func (a *act) saveQueue(o *order, action string, before, q *Queue) error {
	if err := a.tx.PutQueue(q); err != nil {
		return fmt.Errorf("put queue %s: %w", q.ID, err)
	}
	a.rightsChanged()
	return a.note(JournalEntry{
		Actor: string(o.by), Action: action, Target: string(q.ID), Site: q.Site, Queue: q.ID, Changes: changes(before, q),
	})
}

func (a *act) orderQueueRename(o *order) (answer, error) {
	q, err := a.ownQueue(o)
	if err != nil {
		return answer{}, err
	}
	name := flat(o.given.rest)
	if err := a.goodQueueName(q.Site, q.ID, name); err != nil {
		return answer{}, err
	}
	before := *q
	q.Name = name
	if err := a.saveQueue(o, "queue.renamed", &before, q); err != nil {
		return answer{}, err
	}
	if err := a.shapeRooms(); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "queues.renamed", before.Name, name)), a.reshapeOpen(q)
}

// reshapeOpen brings the rooms and cards of a queue's open tickets up to date.
func (a *act) reshapeOpen(q *Queue) error {
	for _, state := range []TicketState{Waiting, Assigned} {
		tickets, err := a.tx.TicketsIn(q.ID, state)
		if err != nil {
			return fmt.Errorf("list %s tickets of queue %s: %w", state, q.ID, err)
		}
		for i := range tickets {
			d, err := a.dossier(&tickets[i], nil)
			if err != nil {
				return err
			}
			if err := a.shape(d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *act) orderQueueVisible(o *order, visible bool) (answer, error) {
	q, err := a.ownQueue(o)
	if err != nil {
		return answer{}, err
	}
	action := map[bool]string{true: "shown", false: "hidden"}[visible]
	if q.Visible == visible {
		return answer{}, Refuse(Conflict, "queues."+action+"_already", q.Name)
	}
	before := *q
	q.Visible = visible
	if err := a.saveQueue(o, "queue."+action, &before, q); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "queues."+action, q.Name)), nil
}

func (a *act) orderQueueDefault(o *order) (answer, error) {
	q, err := a.ownQueue(o)
	if err != nil {
		return answer{}, err
	}
	if may, err := a.can(o.staff, ModSettings, true, subject{site: q.Site}); err != nil {
		return answer{}, err
	} else if !may {
		return answer{}, Refuse(Denied, "queues.not_your_site", q.Name)
	}
	site, err := a.tx.Site(q.Site)
	if err != nil {
		return answer{}, fmt.Errorf("site of queue %s: %w", q.ID, err)
	}
	if site.DefaultQueue == q.ID {
		return answer{}, Refuse(Conflict, "queues.default_already", q.Name)
	}
	before := *site
	site.DefaultQueue = q.ID
	if err := a.tx.PutSite(site); err != nil {
		return answer{}, fmt.Errorf("put site %s: %w", site.ID, err)
	}
	err = a.note(JournalEntry{
		Actor: string(o.by), Action: "site.changed", Target: string(site.ID), Site: site.ID, Changes: changes(before, *site),
	})
	return said(a.word(o, "queues.default_now", q.Name, site.Name)), err
}

func (a *act) orderQueueRemove(o *order) (answer, error) {
	q, err := a.ownQueue(o)
	if err != nil {
		return answer{}, err
	}
	site, err := a.tx.Site(q.Site)
	if err != nil {
		return answer{}, fmt.Errorf("site of queue %s: %w", q.ID, err)
	}
	if site.DefaultQueue == q.ID {
		return answer{}, Refuse(Conflict, "queues.is_default", q.Name)
	}
	if err := a.removeQueue(q, string(o.by)); err != nil {
		return answer{}, err
	}
	home, err := a.tx.Queue(site.DefaultQueue)
	if err != nil {
		return answer{}, fmt.Errorf("queue %s: %w", site.DefaultQueue, err)
	}
	return said(a.word(o, "queues.removed", q.Name, home.Name)), a.shapeRooms()
}
