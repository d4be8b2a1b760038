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
	}
	for _, as := range before.Rights {
		if slices.Contains(after.Rights, as) {
			continue
		}
		if err := a.tx.DeleteAssignment(as); err != nil {
			return fmt.Errorf("take %s from %s: %w", as.Template, as.Operator, err)
		}
	}
	for _, h := range before.Given {
		if slices.ContainsFunc(after.Given, h.same) {
			continue
		}
		if err := a.tx.DeleteHolding(h); err != nil {
			return fmt.Errorf("take right from %s: %w", h.Operator, err)
		}
	}
	for _, h := range after.Given {
		if slices.Contains(before.Given, h) {
			continue
		}
		if err := a.tx.PutHolding(h); err != nil {
			return fmt.Errorf("give right to %s: %w", h.Operator, err)
		}
	}
	a.rightsChanged()
	return nil
}

// mergeTemplates writes the rights templates. One that is not named any more is again what every desk has under that name; another one goes
// with what was assigned of it.
func (a *act) mergeTemplates(before, after []RightsTemplate) error {
	for i := range after {
		t := &after[i]
		if old := find(before, func(k RightsTemplate) bool { return k.Name == t.Name }); old != nil && sameRights(*old, *t) {
			continue
		}
		if err := a.tx.PutRightsTemplate(t); err != nil {
			return fmt.Errorf("put rights template %s: %w", t.Name, err)
		}
	}
	for _, t := range before {
		named := func(k RightsTemplate) bool { return k.Name == t.Name }
		if slices.ContainsFunc(after, named) {
			continue
		}
		if original := find(ShippedTemplates(), named); original != nil {
			if err := a.tx.PutRightsTemplate(original); err != nil {
				return fmt.Errorf("put rights template %s: %w", t.Name, err)
			}
			continue
		}
		if err := a.dropTemplate(t.Name); err != nil {
			return err
		}
	}
	return nil
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
