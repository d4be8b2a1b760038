package desk

import (
	"fmt"
	"slices"
)

// RightsTemplate is a named list of rights that is assigned to people as a whole. A change of it is one for everybody it is assigned to.
type RightsTemplate struct {
	Name   string
	Rights []TemplateRight
}

// TemplateRight is a line of a rights template. Its scope is ScopeOwn, ScopeAssigned, ScopeSite (the whole site of what the template is
// assigned for) or ScopeAll.
type TemplateRight struct {
	Module Module `json:"module"`
	Scope  Scope  `json:"scope"`
	Edit   bool   `json:"edit,omitempty"`
}

// ScopeAssigned is, in a rights template, whatever the template is assigned for. It stands in no Grant.
const ScopeAssigned Scope = "assigned"

// Assignment gives somebody the rights of a template for a queue, a department, a site or all.
type Assignment struct {
	Operator UserID
	Template string
	Scope    Scope
	Target   string // id of the queue or site, name of the department; "" for all
}

// The templates every desk has. They can be changed, not deleted.
const (
	TemplateOperator   = "operator"   // what everybody has who is in a queue's group, for that queue
	TemplateSupervisor = "supervisor" // for who watches over a queue, a site …
	TemplateAdmin      = "admin"
)

// ShippedTemplates are the templates of a new desk.
func ShippedTemplates() []RightsTemplate {
	admin := RightsTemplate{Name: TemplateAdmin}
	for _, m := range Modules() {
		admin.Rights = append(admin.Rights, TemplateRight{Module: m, Scope: ScopeAll, Edit: true})
	}
	return []RightsTemplate{
		admin,
		{Name: TemplateOperator, Rights: []TemplateRight{
			{Module: ModTickets, Scope: ScopeOwn, Edit: true},
			{Module: ModContacts, Scope: ScopeOwn, Edit: true},
			{Module: ModTemplates, Scope: ScopeOwn, Edit: true},
			{Module: ModTemplates, Scope: ScopeSite},
			{Module: ModStatistics, Scope: ScopeOwn},
			{Module: ModJournal, Scope: ScopeOwn},
		}},
		{Name: TemplateSupervisor, Rights: []TemplateRight{
			{Module: ModTickets, Scope: ScopeAssigned, Edit: true},
			{Module: ModContacts, Scope: ScopeAssigned, Edit: true},
			{Module: ModTemplates, Scope: ScopeAssigned, Edit: true},
			{Module: ModUsers, Scope: ScopeAssigned},
			{Module: ModStatistics, Scope: ScopeAssigned},
			{Module: ModJournal, Scope: ScopeAssigned},
		}},
	}
}

// shipped reports whether a template is one that every desk has.
func shipped(name string) bool {
	return slices.ContainsFunc(ShippedTemplates(), func(t RightsTemplate) bool { return t.Name == name })
}

// rights is everything known of who may do what.
type rights struct {
	templates []RightsTemplate
	assigned  []Assignment
	given     []Holding
	staff     []Operator // those who are there
	queues    []Queue
	resolved  map[UserID][]Grant
}

// Holding is a right that somebody was given by itself.
type Holding struct {
	Operator UserID
	Grant    Grant
}

// book reads the rights, once for each decision.
func (a *act) book() (*rights, error) {
	if a.rights != nil {
		return a.rights, nil
	}
	r := &rights{}
	var err error
	if r.templates, err = a.tx.RightsTemplates(); err != nil {
		return nil, fmt.Errorf("list rights templates: %w", err)
	}
	if r.assigned, err = a.tx.Assignments(); err != nil {
		return nil, fmt.Errorf("list assignments: %w", err)
	}
	if r.given, err = a.tx.Holdings(); err != nil {
		return nil, fmt.Errorf("list rights: %w", err)
	}
	staff, err := a.tx.Operators()
	if err != nil {
		return nil, fmt.Errorf("list operators: %w", err)
	}
	r.staff = slices.DeleteFunc(staff, func(o Operator) bool { return o.Removed })
	sites, err := a.tx.Sites()
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	for _, s := range sites {
		queues, err := a.tx.Queues(s.ID)
		if err != nil {
			return nil, fmt.Errorf("list queues of site %s: %w", s.ID, err)
		}
		r.queues = append(r.queues, queues...)
	}
	a.rights = r
	return r, nil
}

// rightsChanged forgets what was read of the rights. It has to be called after everything they follow from: templates, assignments, rights
// given, staff, queues and their groups.
func (a *act) rightsChanged() {
	if a.rightsBefore == nil {
		a.rightsBefore = a.rights
	}
	a.rights = nil
}

// lostTickets lists those of the staff who have lost a right to tickets by this decision.
func (a *act) lostTickets() ([]*Operator, error) {
	before := a.rightsBefore
	if before == nil {
		return nil, nil
	}
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	var out []*Operator
	for i := range r.staff {
		o := &r.staff[i]
		if slices.ContainsFunc(before.of(o.ID), func(g Grant) bool { return g.Module == ModTickets && !r.holds(o.ID, g) }) {
			out = append(out, o)
		}
	}
	return out, nil
}

// of lists the rights of somebody, each once.
func (r *rights) of(u UserID) []Grant {
	if known, ok := r.resolved[u]; ok {
		return known
	}
	if !slices.ContainsFunc(r.staff, func(o Operator) bool { return o.ID == u }) {
		return nil
	}
	var out []Grant
	add := func(g Grant) {
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	for _, h := range r.given {
		if h.Operator == u {
			add(h.Grant)
		}
	}
	for _, as := range r.assignments(u) {
		for _, g := range r.resolve(as) {
			add(g)
		}
	}
	if r.resolved == nil {
		r.resolved = map[UserID][]Grant{}
	}
	r.resolved[u] = out
	return out
}

// assignments lists what is assigned to somebody. Whoever is in a queue's group is its operator without further ado.
func (r *rights) assignments(u UserID) []Assignment {
	var out []Assignment
	for _, as := range r.assigned {
		if as.Operator == u {
			out = append(out, as)
		}
	}
	for _, q := range r.queues {
		group := Assignment{Operator: u, Template: TemplateOperator, Scope: ScopeQueue, Target: string(q.ID)}
		if slices.Contains(q.Operators, u) && !slices.Contains(out, group) {
			out = append(out, group)
		}
	}
	return out
}

// resolve gives the rights that an assignment means.
func (r *rights) resolve(as Assignment) []Grant {
	at := slices.IndexFunc(r.templates, func(t RightsTemplate) bool { return t.Name == as.Template })
	if at < 0 {
		return nil
	}
	var out []Grant
	for _, line := range r.templates[at].Rights {
		g := Grant{Module: line.Module, Scope: line.Scope, Edit: line.Edit, From: as.Template}
		switch line.Scope {
		case ScopeAssigned:
			g.Scope, g.Target = as.Scope, as.Target
		case ScopeSite:
			g.Scope, g.Target = r.siteOf(as)
		}
		out = append(out, g)
	}
	return out
}

// siteOf widens what a template is assigned for to the site it belongs to.
func (r *rights) siteOf(as Assignment) (Scope, string) {
	if as.Scope == ScopeQueue {
		for _, q := range r.queues {
			if string(q.ID) == as.Target {
				return ScopeSite, string(q.Site)
			}
		}
	}
	return as.Scope, as.Target
}

// includes reports whether a right contains another one of the same person's: giving the other gives nothing new.
func (r *rights) includes(g, other Grant) bool {
	if g.Module != other.Module || other.Edit && !g.Edit {
		return false
	}
	switch {
	case g.Scope == ScopeAll, g.Scope == other.Scope && g.Target == other.Target:
		return true
	case other.Scope == ScopeOwn:
		return g.Scope != ScopeDepartment
	case g.Scope == ScopeSite && other.Scope == ScopeQueue:
		_, site := r.siteOf(Assignment{Scope: other.Scope, Target: other.Target})
		return site == g.Target
	}
	return false
}

// holds reports whether somebody has a right, or one that includes it.
func (r *rights) holds(u UserID, want Grant) bool {
	return slices.ContainsFunc(r.of(u), func(g Grant) bool { return r.includes(g, want) })
}

// isAdmin reports whether somebody may give all rights away: that makes an administrator.
func (r *rights) isAdmin(u UserID) bool {
	return r.holds(u, Grant{Module: ModRights, Scope: ScopeAll, Edit: true})
}

// admins lists the administrators.
func (r *rights) admins() []UserID {
	var out []UserID
	for _, o := range r.staff {
		if r.isAdmin(o.ID) {
			out = append(out, o.ID)
		}
	}
	return out
}

// isAdmin reports whether somebody is an administrator.
func (a *act) isAdmin(o *Operator) (bool, error) {
	if o == nil {
		return false, nil
	}
	r, err := a.book()
	if err != nil {
		return false, err
	}
	return r.isAdmin(o.ID), nil
}

// supervisors lists those who watch over a queue: who may change its tickets beyond their own. Administrators may as well, but nobody
// rings them for it.
func (a *act) supervisors(q *Queue) ([]UserID, error) {
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	on := subject{site: q.Site, queue: q.ID}
	var out []UserID
	for _, o := range r.staff {
		if slices.ContainsFunc(r.of(o.ID), func(g Grant) bool {
			return g.Module == ModTickets && g.Edit && g.Scope != ScopeOwn && g.From != TemplateAdmin && g.covers(o.ID, on)
		}) {
			out = append(out, o.ID)
		}
	}
	return out, nil
}
