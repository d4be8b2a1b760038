package desk

import "slices"

// Module is a part of the desk that rights are given for (A1).
type Module string

const (
	ModTickets    Module = "tickets"
	ModContacts   Module = "contacts"
	ModTemplates  Module = "templates"
	ModUsers      Module = "users"
	ModStatistics Module = "statistics"
	ModJournal    Module = "journal"
	ModJobs       Module = "jobs"
	ModSettings   Module = "settings"
	ModRights     Module = "rights"
)

// Modules lists all of them.
func Modules() []Module {
	return []Module{ModTickets, ModContacts, ModTemplates, ModUsers, ModStatistics, ModJournal, ModJobs, ModSettings, ModRights}
}

// Scope says of how much of a module a right is.
type Scope string

const (
	ScopeOwn        Scope = "own" // what one is responsible for, or what one made
	ScopeQueue      Scope = "queue"
	ScopeDepartment Scope = "department"
	ScopeSite       Scope = "site"
	ScopeAll        Scope = "all"
)

// Scopes lists them from the narrowest to the widest.
func Scopes() []Scope {
	return []Scope{ScopeOwn, ScopeQueue, ScopeDepartment, ScopeSite, ScopeAll}
}

// Grant is a right: to view, or with Edit also to change, what a module holds within a scope.
type Grant struct {
	Module Module `json:"module"`
	Scope  Scope  `json:"scope"`
	Target string `json:"target,omitempty"` // id of the queue, department or site; "" for own and all
	Edit   bool   `json:"edit,omitempty"`
	// From is the rights template it comes from; "" for a right given by itself.
	From string `json:"from,omitempty"`
}

// subject is what a right is asked for: where it belongs and whose it is. What is empty is known of nothing.
type subject struct {
	site       SiteID
	queue      QueueID
	department string
	owner      UserID
}

// about makes the subject of a ticket.
func (d *dossier) about() subject {
	return subject{site: d.ticket.Site, queue: d.ticket.Queue, department: d.department, owner: d.ticket.Owner}
}

// covers reports whether the right of somebody extends to a subject.
func (g Grant) covers(u UserID, on subject) bool {
	switch g.Scope {
	case ScopeAll:
		return true
	case ScopeSite:
		return g.Target != "" && g.Target == string(on.site)
	case ScopeQueue:
		return g.Target != "" && g.Target == string(on.queue)
	case ScopeDepartment:
		return g.Target != "" && g.Target == on.department
	case ScopeOwn:
		return on.owner == u
	}
	return false
}

// can reports whether somebody may view, or edit, what a module holds of a subject.
func (a *act) can(o *Operator, m Module, edit bool, on subject) (bool, error) {
	grants, err := a.grants(o)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(grants, func(g Grant) bool {
		return g.Module == m && (g.Edit || !edit) && g.covers(o.ID, on)
	}), nil
}

// canSomewhere reports whether there is anything of a module somebody may view or edit.
func (a *act) canSomewhere(o *Operator, m Module, edit bool) (bool, error) {
	grants, err := a.grants(o)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(grants, func(g Grant) bool { return g.Module == m && (g.Edit || !edit) }), nil
}

// grants lists the rights of a member of staff.
func (a *act) grants(o *Operator) ([]Grant, error) {
	if o == nil || o.Removed {
		return nil, nil
	}
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	return r.of(o.ID), nil
}
