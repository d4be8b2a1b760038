package desk

import (
	"fmt"
	"slices"
)

// Covers reports whether a ticket is within reach.
func (r Reach) Covers(t *Ticket) bool {
	responsible := t.Responsible()
	return r.All || slices.Contains(r.Sites, t.Site) || slices.Contains(r.Queues, t.Queue) ||
		responsible != "" && slices.Contains(r.Owners, responsible) ||
		t.State == Waiting && slices.Contains(r.Waits, t.Queue)
}

// reach gives the tickets somebody may see: those the rights to tickets extend to, one's own also after they were closed, and what waits in
// the queues whose operator one is.
func (a *act) reach(o *Operator) (Reach, error) {
	var r Reach
	grants, err := a.grants(o)
	if err != nil {
		return r, err
	}
	for _, g := range grants {
		if g.Module != ModTickets {
			continue
		}
		switch g.Scope {
		case ScopeAll:
			r.All = true
		case ScopeSite:
			r.Sites = append(r.Sites, SiteID(g.Target))
		case ScopeQueue:
			r.Queues = append(r.Queues, QueueID(g.Target))
		case ScopeOwn:
			r.Owners = append(r.Owners, o.ID)
		case ScopeDepartment:
			colleagues, err := a.department(g.Target)
			if err != nil {
				return r, err
			}
			r.Owners = append(r.Owners, colleagues...)
		}
	}
	own, err := a.queuesOf(o)
	if err != nil {
		return r, err
	}
	for _, q := range own {
		r.Waits = append(r.Waits, q.ID)
	}
	return r, nil
}

// department lists the staff of a department.
func (a *act) department(name string) ([]UserID, error) {
	var out []UserID
	staff, err := a.tx.Operators()
	if err != nil {
		return nil, fmt.Errorf("list operators: %w", err)
	}
	for _, o := range staff {
		if name != "" && o.Department == name {
			out = append(out, o.ID)
		}
	}
	return out, nil
}

// queuesOf lists the queues somebody is an operator of.
func (a *act) queuesOf(o *Operator) ([]Queue, error) {
	all, err := a.everyQueue()
	if err != nil || o == nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(q Queue) bool { return !slices.Contains(q.Operators, o.ID) }), nil
}

// everyQueue lists the queues of all sites.
func (a *act) everyQueue() ([]Queue, error) {
	sites, err := a.tx.Sites()
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	var out []Queue
	for _, s := range sites {
		queues, err := a.tx.Queues(s.ID)
		if err != nil {
			return nil, fmt.Errorf("list queues of site %s: %w", s.ID, err)
		}
		out = append(out, queues...)
	}
	return out, nil
}
