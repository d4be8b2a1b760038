package desk

import (
	"fmt"
	"slices"
)

// mergeRights writes the templates, assignments and single rights that a configuration names anew, and takes away those it names no longer.
func (a *act) mergeRights(before *SitesConfigured, after SitesConfigured) error {
	if err := a.mergeTemplates(before.RightsTemplates, after.RightsTemplates); err != nil {
		return err
	}
	for _, as := range after.Rights {
		if slices.Contains(before.Rights, as) {
			continue
		}
		if err := a.tx.PutAssignment(as); err != nil {
			return fmt.Errorf("assign %s to %s: %w", as.Template, as.Operator, err)
		}
		if err := a.noteAssignment("rights.assigned", as, changes(nil, assignmentChange(as))); err != nil {
			return err
		}
	}
	r, err := a.book()
	if err != nil {
		return err
	}
	for _, as := range before.Rights {
		if slices.Contains(after.Rights, as) || !slices.Contains(r.assigned, as) {
			continue
		}
		if err := a.tx.DeleteAssignment(as); err != nil {
			return fmt.Errorf("take %s from %s: %w", as.Template, as.Operator, err)
		}
		if err := a.noteAssignment("rights.unassigned", as, changes(assignmentChange(as), nil)); err != nil {
			return err
		}
	}
	for _, h := range before.Given {
		if slices.ContainsFunc(after.Given, h.same) || !slices.ContainsFunc(r.given, h.same) {
			continue
		}
		if err := a.tx.DeleteHolding(h); err != nil {
			return fmt.Errorf("take right from %s: %w", h.Operator, err)
		}
		if err := a.noteHolding("rights.taken", h, changes(rightChange(h.Grant), nil)); err != nil {
			return err
		}
	}
	for _, h := range after.Given {
		if slices.Contains(before.Given, h) {
			continue
		}
		if err := a.tx.PutHolding(h); err != nil {
			return fmt.Errorf("give right to %s: %w", h.Operator, err)
		}
		if err := a.noteHolding("rights.given", h, changes(nil, rightChange(h.Grant))); err != nil {
			return err
		}
	}
	a.rightsChanged()
	return nil
}

func (a *act) noteAssignment(action string, as Assignment, what []Change) error {
	if !a.byFile {
		return nil
	}
	return a.noteRight(actorFile, action, as.Operator, as.Scope, as.Target, what)
}

func (a *act) noteHolding(action string, h Holding, what []Change) error {
	if !a.byFile {
		return nil
	}
	return a.noteRight(actorFile, action, h.Operator, h.Grant.Scope, h.Grant.Target, what)
}

// mergeTemplates writes the rights templates. One that is not named any more is again what every desk has under that name; another one goes
// with what was assigned of it.
func (a *act) mergeTemplates(before, after []RightsTemplate) error {
	for i := range after {
		t := &after[i]
		if old := find(before, func(k RightsTemplate) bool { return k.Name == t.Name }); old != nil && sameRights(*old, *t) {
			continue
		}
		if err := a.putSeedTemplate(t); err != nil {
			return err
		}
	}
	for i := range before {
		t := &before[i]
		named := func(k RightsTemplate) bool { return k.Name == t.Name }
		if slices.ContainsFunc(after, named) {
			continue
		}
		if original := find(ShippedTemplates(), named); original != nil {
			if err := a.putSeedTemplate(original); err != nil {
				return err
			}
			continue
		}
		if err := a.dropTemplate(t.Name); err != nil {
			return err
		}
		err := a.noteSeed(JournalEntry{Action: "rights.template_dropped", Target: t.Name, Changes: changes(templateChange(*t), nil)})
		if err != nil {
			return err
		}
	}
	a.rightsChanged()
	return nil
}

// putSeedTemplate writes a rights template as the file has it.
func (a *act) putSeedTemplate(t *RightsTemplate) error {
	r, err := a.book()
	if err != nil {
		return err
	}
	before := RightsTemplate{Name: t.Name}
	if known := find(r.templates, func(k RightsTemplate) bool { return k.Name == t.Name }); known != nil {
		before = *known
	}
	if err := a.tx.PutRightsTemplate(t); err != nil {
		return fmt.Errorf("put rights template %s: %w", t.Name, err)
	}
	return a.noteSeed(JournalEntry{Action: "rights.template", Target: t.Name, Changes: changes(templateChange(before), templateChange(*t))})
}

func (a *act) dropTemplate(name string) error {
	assigned, err := a.tx.Assignments()
	if err != nil {
		return fmt.Errorf("list assignments: %w", err)
	}
	for _, as := range assigned {
		if as.Template != name {
			continue
		}
		if err := a.tx.DeleteAssignment(as); err != nil {
			return fmt.Errorf("take %s from %s: %w", name, as.Operator, err)
		}
	}
	if err := a.tx.DeleteRightsTemplate(name); err != nil {
		return fmt.Errorf("delete rights template %s: %w", name, err)
	}
	return nil
}
