package desk

import (
	"fmt"
	"slices"
	"strings"
)

// dossier is a ticket with everything it belongs to.
type dossier struct {
	ticket       *Ticket
	conversation *Conversation
	customer     *Customer
	site         *Site
	queue        *Queue // while none is chosen, the site's default one
	department   string // of the responsible
}

func (d *dossier) portal() RoomKey { return PortalRoom(d.ticket.Portal) }
func (d *dossier) lobby() RoomKey  { return LobbyRoom(d.ticket.Queue) }
func (d *dossier) puppet() Persona { return Puppet(d.ticket.Customer) }

// in is a dossier that speaks a language, whatever that of its site is; "" is the site's. It is for telling somebody of a ticket: nothing may be stored or
// desired of it.
func (d *dossier) in(lang string) *dossier {
	if lang == "" {
		return d
	}
	out, site := *d, *d.site
	site.StaffLang = lang
	out.site = &site
	return &out
}

// dossier opens the dossier of a ticket. A conversation already at hand is used, so that there is one copy of it in a decision.
func (a *act) dossier(t *Ticket, conversation *Conversation) (*dossier, error) {
	d := &dossier{ticket: t, conversation: conversation}
	var err error
	if d.conversation == nil {
		if d.conversation, err = a.tx.Conversation(t.Conversation); err != nil {
			return nil, fmt.Errorf("conversation of ticket %d: %w", t.Number, err)
		}
	}
	if d.customer, err = a.tx.Customer(t.Customer); err != nil {
		return nil, fmt.Errorf("customer of ticket %d: %w", t.Number, err)
	}
	if d.site, err = a.tx.Site(t.Site); err != nil {
		return nil, fmt.Errorf("site of ticket %d: %w", t.Number, err)
	}
	queue := t.Queue
	if queue == "" {
		queue = d.site.DefaultQueue
	}
	if d.queue, err = a.tx.Queue(queue); err != nil {
		return nil, fmt.Errorf("queue of ticket %d: %w", t.Number, err)
	}
	owner, err := a.staff(t.Owner)
	if err != nil {
		return nil, err
	}
	if owner != nil {
		d.department = owner.Department
	}
	return d, nil
}

// staff reads an operator, or nil if the user is none or no longer.
func (a *act) staff(u UserID) (*Operator, error) {
	if u == "" {
		return nil, nil
	}
	o, err := a.tx.Operator(u)
	if ok, err := found(err); err != nil {
		return nil, fmt.Errorf("operator %s: %w", u, err)
	} else if !ok || o.Removed {
		return nil, nil
	}
	return o, nil
}

// staffName is how the colleagues call a member of staff; "" for nobody.
func (a *act) staffName(u UserID) (string, error) {
	o, err := a.tx.Operator(u)
	if ok, err := found(err); err != nil {
		return "", fmt.Errorf("operator %s: %w", u, err)
	} else if ok && o.FullName != "" {
		return o.FullName, nil
	} else if ok {
		return o.Face(EverySite).Name, nil
	}
	return u.Localpart(), nil
}

// face is the name and photo by which customers of a site know a member of staff, even one who has been removed.
func (a *act) face(site SiteID, u UserID) (Face, error) {
	o, err := a.tx.Operator(u)
	if ok, err := found(err); err != nil {
		return Face{}, fmt.Errorf("operator %s: %w", u, err)
	} else if !ok {
		return Face{Name: u.Localpart()}, nil
	}
	return o.Face(site), nil
}

// publicName is what customers of a site call a member of staff.
func (a *act) publicName(site SiteID, u UserID) (string, error) {
	f, err := a.face(site, u)
	return f.Name, err
}

// group lists the operators of a queue: those who belong into its rooms and may accept its tickets.
func (a *act) group(q *Queue) ([]UserID, error) {
	return a.operatorsOf(q, func(*Operator) (bool, error) { return true, nil })
}

// available lists the operators of a queue who may be offered a ticket: who could answer it, may be disturbed, and has no more open than the
// queue allows.
func (a *act) available(q *Queue) ([]UserID, error) {
	return a.operatorsOf(q, func(o *Operator) (bool, error) {
		if o.IsQuiet(a.now) {
			return false, nil
		}
		if may, err := a.mayAnswer(o, q.Site, q.ID); err != nil || !may {
			return false, err
		}
		full, err := a.isFull(q, o.ID)
		return !full, err
	})
}

// mayAnswer reports whether somebody, once responsible for a ticket of a queue, could do anything with it.
func (a *act) mayAnswer(o *Operator, site SiteID, queue QueueID) (bool, error) {
	return a.can(o, ModTickets, true, subject{site: site, queue: queue, department: o.Department, owner: o.ID})
}

func (a *act) operatorsOf(q *Queue, fits func(*Operator) (bool, error)) ([]UserID, error) {
	var out []UserID
	for _, u := range q.Operators {
		o, err := a.staff(u)
		if err != nil {
			return nil, err
		}
		if o == nil {
			continue
		}
		fit, err := fits(o)
		if err != nil {
			return nil, err
		}
		if fit {
			out = append(out, u)
		}
	}
	return out, nil
}

// isFull reports whether somebody has as many open tickets as a queue allows.
func (a *act) isFull(q *Queue, u UserID) (bool, error) {
	if q.MaxOpen <= 0 {
		return false, nil
	}
	n, err := a.tx.CountTicketsOf(u)
	if err != nil {
		return false, fmt.Errorf("count tickets of %s: %w", u, err)
	}
	return n >= q.MaxOpen, nil
}

// isInviting reports whether a queue has so few operators that they are invited (Q4). It goes by all of them, not by the available ones:
// who has gone for lunch does not turn cards into invitations.
func (a *act) isInviting(q *Queue) (bool, error) {
	all, err := a.group(q)
	return len(all) <= q.InviteLimit, err
}

// willing lists the available operators who have not declined a waiting ticket.
func (a *act) willing(d *dossier) ([]UserID, error) {
	all, err := a.available(d.queue)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(u UserID) bool { return slices.Contains(d.ticket.Declined, u) }), nil
}

// toAll reports whether a waiting ticket is offered to all who would take it at once, and not to one after the other.
func (d *dossier) toAll() bool { return d.queue.Assign == "" || d.ticket.Offer.ToAll }

// offered lists those a waiting ticket is offered to: all who are willing, or whose turn it is where the queue assigns.
func (a *act) offered(d *dossier) ([]UserID, error) {
	if d.toAll() {
		return a.willing(d)
	}
	if d.ticket.Offer.To == "" {
		return nil, nil
	}
	return []UserID{d.ticket.Offer.To}, nil
}

// Localpart is the part between @ and the colon.
func (u UserID) Localpart() string {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(u), "@"), ":")
	return name
}
