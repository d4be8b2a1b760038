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
	} else if ok && o.PublicName != "" {
		return o.PublicName, nil
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
	f := o.Face(site)
	if f.Name == "" {
		f.Name = u.Localpart()
	}
	return f, nil
}

// publicName is what customers of a site call a member of staff.
func (a *act) publicName(site SiteID, u UserID) (string, error) {
	f, err := a.face(site, u)
	return f.Name, err
}

// group lists the operators of a queue: those who belong into its rooms and may accept its tickets.
func (a *act) group(q *Queue) ([]UserID, error) {
	return a.operatorsOf(q, func(*Operator) bool { return true })
}

// available lists the operators of a queue who may be offered a ticket: not those who are not to be disturbed.
func (a *act) available(q *Queue) ([]UserID, error) {
	return a.operatorsOf(q, func(o *Operator) bool { return !o.IsQuiet(a.now) })
}

func (a *act) operatorsOf(q *Queue, fits func(*Operator) bool) ([]UserID, error) {
	var out []UserID
	for _, u := range q.Operators {
		o, err := a.staff(u)
		if err != nil {
			return nil, err
		}
		if o != nil && fits(o) {
			out = append(out, u)
		}
	}
	return out, nil
}

// willing lists the operators a waiting ticket is offered to: the available ones who did not decline it.
func (a *act) willing(d *dossier) (willing []UserID, available int, err error) {
	all, err := a.available(d.queue)
	if err != nil {
		return nil, 0, err
	}
	for _, u := range all {
		if !slices.Contains(d.ticket.Declined, u) {
			willing = append(willing, u)
		}
	}
	return willing, len(all), nil
}

// Localpart is the part between @ and the colon.
func (u UserID) Localpart() string {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(u), "@"), ":")
	return name
}
