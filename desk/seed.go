package desk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// takeSeed takes over what the configuration file says. What it says since it was last read is the base: only what differs from that is
// written, field by field, so that what was changed by command stays until the file says something new about it.
func (a *act) takeSeed(in SitesConfigured) error {
	known, err := a.tx.Seed()
	if err != nil {
		return fmt.Errorf("read what the configuration said: %w", err)
	}
	var before *SitesConfigured
	if known != "" {
		before = new(SitesConfigured)
		if err := json.Unmarshal([]byte(known), before); err != nil {
			return fmt.Errorf("parse what the configuration said: %w", err)
		}
		before.forgetStrangers()
	}
	if err := a.shipTemplates(); err != nil {
		return err
	}
	// The first file is the beginning of a desk: there is nothing to tell of what it says for the first time.
	a.byFile = before != nil
	if err := a.merge(before, in); err != nil {
		return err
	}
	a.byFile = false
	now, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write what the configuration says: %w", err)
	}
	if string(now) == known {
		return nil
	}
	return a.tx.PutSeed(string(now))
}

// forgetStrangers takes groups and rights of those out of a configuration whom it does not name among the staff: they were given nothing by it, so that
// it is news when a later one names them.
func (c *SitesConfigured) forgetStrangers() {
	isStranger := func(u UserID) bool { return find(c.Staff, func(o Operator) bool { return o.ID == u }) == nil }
	for i := range c.Queues {
		c.Queues[i].Operators = slices.DeleteFunc(c.Queues[i].Operators, isStranger)
	}
	c.Rights = slices.DeleteFunc(c.Rights, func(as Assignment) bool { return isStranger(as.Operator) })
	c.Given = slices.DeleteFunc(c.Given, func(h Holding) bool { return isStranger(h.Operator) })
}

// shipTemplates gives a new desk its rights templates.
func (a *act) shipTemplates() error {
	r, err := a.book()
	if err != nil {
		return err
	}
	for _, t := range ShippedTemplates() {
		if slices.ContainsFunc(r.templates, func(k RightsTemplate) bool { return k.Name == t.Name }) {
			continue
		}
		if err := a.tx.PutRightsTemplate(&t); err != nil {
			return fmt.Errorf("put rights template %s: %w", t.Name, err)
		}
	}
	a.rightsChanged()
	return nil
}

// noteSeed records what the file has changed.
func (a *act) noteSeed(e JournalEntry) error {
	if !a.byFile || len(e.Changes) == 0 {
		return nil
	}
	e.Actor = actorFile
	return a.note(e)
}

// merge writes what a configuration says that another one before it did not; nil: there was none, and everything it does not name goes.
func (a *act) merge(before *SitesConfigured, after SitesConfigured) error {
	first := before == nil
	if first {
		before = &SitesConfigured{}
	}
	for i := range after.Sites {
		if err := a.mergeSite(before, &after.Sites[i]); err != nil {
			return err
		}
	}
	if err := a.mergeGoneSites(before, after); err != nil {
		return err
	}
	if err := a.mergeQueues(before, after); err != nil {
		return err
	}
	if err := a.mergeStaff(before, after, first); err != nil {
		return err
	}
	if err := a.mergeDepartments(before.Departments, after.Departments); err != nil {
		return err
	}
	return a.mergeRights(before, after)
}

// mergeDepartments follows the list of departments. One that is named no longer stays while somebody belongs to it.
func (a *act) mergeDepartments(before, after []string) error {
	for _, name := range after {
		if slices.Contains(before, name) {
			continue
		}
		if err := a.tx.PutDepartment(name); err != nil {
			return fmt.Errorf("put department %s: %w", name, err)
		}
		if err := a.noteDepartment("department.added", name); err != nil {
			return err
		}
	}
	for _, name := range before {
		if slices.Contains(after, name) {
			continue
		}
		people, err := a.membersOf(name)
		if err != nil {
			return err
		}
		if len(people) > 0 {
			continue
		}
		if err := a.tx.DeleteDepartment(name); err != nil {
			return fmt.Errorf("delete department %s: %w", name, err)
		}
		if err := a.noteDepartment("department.removed", name); err != nil {
			return err
		}
	}
	return nil
}

func (a *act) noteDepartment(action, name string) error {
	if !a.byFile {
		return nil
	}
	return a.note(JournalEntry{Actor: actorFile, Action: action, Target: name})
}

func (a *act) mergeSite(before *SitesConfigured, after *Site) error {
	stored, err := a.tx.Site(after.ID)
	if ok, err := found(err); err != nil {
		return fmt.Errorf("site %s: %w", after.ID, err)
	} else if !ok {
		stored = nil
	}
	base := find(before.Sites, func(s Site) bool { return s.ID == after.ID })
	site, err := mergeRow(stored, base, after)
	if err != nil {
		return fmt.Errorf("merge site %s: %w", after.ID, err)
	}
	if err := a.tx.PutSite(site); err != nil {
		return fmt.Errorf("put site %s: %w", site.ID, err)
	}
	e := JournalEntry{Action: "site.changed", Target: string(site.ID), Site: site.ID, Changes: changes(stored, site)}
	if stored == nil {
		e.Action = "site.added"
	}
	return a.noteSeed(e)
}

func (a *act) mergeQueues(before *SitesConfigured, after SitesConfigured) error {
	for i := range after.Queues {
		if err := a.mergeQueue(before, &after.Queues[i]); err != nil {
			return err
		}
	}
	a.rightsChanged()
	for i := range before.Queues {
		id := before.Queues[i].ID
		if find(after.Queues, func(q Queue) bool { return q.ID == id }) != nil {
			continue
		}
		q, err := a.tx.Queue(id)
		if err != nil {
			return fmt.Errorf("queue %s: %w", id, err)
		}
		site, err := a.tx.Site(q.Site)
		if err != nil {
			return fmt.Errorf("site of queue %s: %w", id, err)
		}
		if site.Removed {
			continue // its queues go with the last open ticket
		}
		if err := a.removeQueue(q, actorFile); err != nil {
			return err
		}
	}
	return nil
}

func (a *act) mergeQueue(before *SitesConfigured, after *Queue) error {
	id := after.ID
	stored, err := a.tx.Queue(id)
	if ok, err := found(err); err != nil {
		return fmt.Errorf("queue %s: %w", id, err)
	} else if !ok {
		stored = nil
	}
	base := find(before.Queues, func(q Queue) bool { return q.ID == id })
	q, err := mergeRow(stored, base, after)
	if err != nil {
		return fmt.Errorf("merge queue %s: %w", id, err)
	}
	site, err := a.tx.Site(q.Site)
	if err != nil {
		return fmt.Errorf("site of queue %s: %w", id, err)
	}
	if site.DefaultQueue == q.ID && !site.Removed {
		q.Removed = false // a site always has one
	}
	if err := a.tx.PutQueue(q); err != nil {
		return fmt.Errorf("put queue %s: %w", id, err)
	}
	e := JournalEntry{Action: "queue.changed", Target: string(id), Site: q.Site, Queue: id, Changes: changes(stored, q)}
	if stored == nil {
		e.Action = "queue.added"
	}
	return a.noteSeed(e)
}

// mergeGoneSites removes the sites that a configuration names no longer.
func (a *act) mergeGoneSites(before *SitesConfigured, after SitesConfigured) error {
	for i := range before.Sites {
		id := before.Sites[i].ID
		if find(after.Sites, func(s Site) bool { return s.ID == id }) != nil {
			continue
		}
		site, err := a.tx.Site(id)
		if err != nil {
			return fmt.Errorf("site %s: %w", id, err)
		}
		if err := a.removeSite(site, actorFile); err != nil {
			return err
		}
	}
	return nil
}

// mergeStaff writes the operators, and takes everything from those a configuration names no longer.
func (a *act) mergeStaff(before *SitesConfigured, after SitesConfigured, first bool) error {
	for i := range after.Staff {
		if err := a.mergeOperator(before, &after.Staff[i]); err != nil {
			return err
		}
	}
	a.rightsChanged()
	named := before.Staff
	if first {
		var err error
		if named, err = a.tx.Operators(); err != nil {
			return fmt.Errorf("list operators: %w", err)
		}
	}
	for i := range named {
		id := named[i].ID
		if find(after.Staff, func(o Operator) bool { return o.ID == id }) != nil {
			continue
		}
		o, err := a.tx.Operator(id)
		if err != nil {
			return fmt.Errorf("operator %s: %w", id, err)
		}
		if o.Removed {
			continue
		}
		if err := a.strip(actorFile, o); err != nil {
			return err
		}
	}
	return nil
}

// mergeOperator writes an operator. Of one a configuration names for the first time, what it leaves out stays as it is known.
func (a *act) mergeOperator(before *SitesConfigured, after *Operator) error {
	id := after.ID
	stored, err := a.tx.Operator(id)
	if ok, err := found(err); err != nil {
		return fmt.Errorf("operator %s: %w", id, err)
	} else if !ok {
		stored = nil
	}
	base := find(before.Staff, func(o Operator) bool { return o.ID == id })
	isNew := base == nil
	if isNew {
		base = &Operator{}
	}
	o, err := mergeRow(stored, base, after)
	if err != nil {
		return fmt.Errorf("merge operator %s: %w", id, err)
	}
	if isNew {
		o.Removed = after.Removed
	}
	if err := a.tx.PutOperator(o); err != nil {
		return fmt.Errorf("put operator %s: %w", id, err)
	}
	if o.Department != "" {
		if err := a.tx.PutDepartment(o.Department); err != nil {
			return fmt.Errorf("put department %s: %w", o.Department, err)
		}
	}
	e := JournalEntry{Action: "operator.changed", Target: string(id), Changes: changes(stored, o)}
	if stored == nil || stored.Removed && !o.Removed {
		e.Action = "operator.added"
	}
	return a.noteSeed(e)
}

// find gives the element that is meant, or nil.
func find[T any](list []T, is func(T) bool) *T {
	if at := slices.IndexFunc(list, is); at >= 0 {
		return &list[at]
	}
	return nil
}

// mergeRow gives the stored row with what changed from before to after. Without a stored row or one before, it is the one after.
func mergeRow[T any](stored, before, after *T) (*T, error) {
	if stored == nil || before == nil {
		return after, nil
	}
	var rows [3]json.RawMessage
	for i, row := range []*T{stored, before, after} {
		var err error
		if rows[i], err = json.Marshal(row); err != nil {
			return nil, err
		}
	}
	merged, err := mergeJSON(rows[0], rows[1], rows[2], "")
	if err != nil {
		return nil, err
	}
	out := new(T)
	return out, json.Unmarshal(merged, out)
}

// groupField is the field whose list is a set of people: those added and taken away count, not the list as a whole.
const groupField = "Operators"

func mergeJSON(stored, before, after json.RawMessage, field string) (json.RawMessage, error) {
	if bytes.Equal(before, after) {
		return stored, nil
	}
	var s, b, n map[string]json.RawMessage
	if isObject(stored) && isObject(before) && isObject(after) {
		for _, part := range []struct {
			raw  json.RawMessage
			into *map[string]json.RawMessage
		}{{stored, &s}, {before, &b}, {after, &n}} {
			if err := json.Unmarshal(part.raw, part.into); err != nil {
				return nil, err
			}
		}
		return mergeObjects(s, b, n)
	}
	if field != groupField {
		return after, nil
	}
	var lists [3][]string
	for i, raw := range []json.RawMessage{stored, before, after} {
		if err := json.Unmarshal(raw, &lists[i]); err != nil {
			return nil, err
		}
	}
	out := slices.DeleteFunc(lists[0], func(u string) bool { return slices.Contains(lists[1], u) && !slices.Contains(lists[2], u) })
	for _, u := range lists[2] {
		if !slices.Contains(lists[1], u) && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return json.Marshal(out)
}

func mergeObjects(stored, before, after map[string]json.RawMessage) (json.RawMessage, error) {
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[key]; !ok {
			delete(stored, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		was, had := before[key]
		now, have := stored[key]
		switch {
		case had && bytes.Equal(was, after[key]): // the file says nothing new
		case !had || !have:
			stored[key] = after[key]
		default:
			merged, err := mergeJSON(now, was, after[key], key)
			if err != nil {
				return nil, err
			}
			stored[key] = merged
		}
	}
	return json.Marshal(stored)
}

func isObject(raw json.RawMessage) bool { return bytes.HasPrefix(raw, []byte("{")) }
