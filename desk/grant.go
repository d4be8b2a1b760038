package desk

import (
	"fmt"
	"slices"
)

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
	return subject{site: d.ticket.Site, queue: d.ticket.Queue, owner: d.ticket.Owner}
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

// grants lists the rights of a member of staff: those of everybody who answers, those of a supervisor for each queue supervised, and
// all for an administrator.
func (a *act) grants(o *Operator) ([]Grant, error) {
	if o == nil || o.Removed {
		return nil, nil
	}
	var out []Grant
	if o.Admin {
		for _, m := range Modules() {
			out = append(out, Grant{Module: m, Scope: ScopeAll, Edit: true})
		}
		return out, nil
	}
	sites, err := a.tx.Sites()
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	for _, s := range sites {
		queues, err := a.tx.Queues(s.ID)
		if err != nil {
			return nil, fmt.Errorf("list queues of site %s: %w", s.ID, err)
		}
		for _, q := range queues {
			if slices.Contains(q.Operators, o.ID) {
				out = append(out, operatorGrants(s.ID)...)
			}
			if slices.Contains(q.Supervisors, o.ID) {
				out = append(out, supervisorGrants(q.ID)...)
			}
		}
	}
	return out, nil
}

// operatorGrants are what everybody needs who answers tickets of a site.
func operatorGrants(s SiteID) []Grant {
	return []Grant{
		{Module: ModTickets, Scope: ScopeOwn, Edit: true},
		{Module: ModContacts, Scope: ScopeOwn, Edit: true},
		{Module: ModTemplates, Scope: ScopeOwn, Edit: true},
		{Module: ModTemplates, Scope: ScopeSite, Target: string(s)},
		{Module: ModStatistics, Scope: ScopeOwn},
		{Module: ModJournal, Scope: ScopeOwn},
	}
}

// supervisorGrants are what somebody needs who watches over a queue.
func supervisorGrants(q QueueID) []Grant {
	return []Grant{
		{Module: ModTickets, Scope: ScopeQueue, Target: string(q), Edit: true},
		{Module: ModContacts, Scope: ScopeQueue, Target: string(q), Edit: true},
		{Module: ModTemplates, Scope: ScopeQueue, Target: string(q), Edit: true},
		{Module: ModUsers, Scope: ScopeQueue, Target: string(q)},
		{Module: ModStatistics, Scope: ScopeQueue, Target: string(q)},
		{Module: ModJournal, Scope: ScopeQueue, Target: string(q)},
	}
}
