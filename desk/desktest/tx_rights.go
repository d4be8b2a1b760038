package desktest

import (
	"cmp"
	"slices"
	"strings"

	"frontdesk/desk"
)

func (t *Tx) RightsTemplates() ([]desk.RightsTemplate, error) {
	return list(t.rows.Templates, func(desk.RightsTemplate) bool { return true },
		func(a, b desk.RightsTemplate) int { return strings.Compare(a.Name, b.Name) }), nil
}

func (t *Tx) PutRightsTemplate(r *desk.RightsTemplate) error {
	t.rows.Templates[r.Name] = clone(*r)
	return nil
}

func (t *Tx) DeleteRightsTemplate(name string) error { delete(t.rows.Templates, name); return nil }

func (t *Tx) Assignments() ([]desk.Assignment, error) { return slices.Clone(t.rows.Assignments), nil }

func (t *Tx) PutAssignment(a desk.Assignment) error {
	if slices.Contains(t.rows.Assignments, a) {
		return nil
	}
	t.rows.Assignments = append(t.rows.Assignments, a)
	slices.SortFunc(t.rows.Assignments, func(a, b desk.Assignment) int {
		return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Template, b.Template), cmp.Compare(a.Scope, b.Scope),
			cmp.Compare(a.Target, b.Target))
	})
	return nil
}

func (t *Tx) DeleteAssignment(a desk.Assignment) error {
	t.rows.Assignments = slices.DeleteFunc(t.rows.Assignments, func(k desk.Assignment) bool { return k == a })
	return nil
}

func (t *Tx) Holdings() ([]desk.Holding, error) { return slices.Clone(t.rows.Holdings), nil }

func (t *Tx) PutHolding(h desk.Holding) error {
	if err := t.DeleteHolding(h); err != nil {
		return err
	}
	t.rows.Holdings = append(t.rows.Holdings, h)
	slices.SortFunc(t.rows.Holdings, func(a, b desk.Holding) int {
		return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Grant.Module, b.Grant.Module),
			cmp.Compare(a.Grant.Scope, b.Grant.Scope), cmp.Compare(a.Grant.Target, b.Grant.Target))
	})
	return nil
}

func (t *Tx) DeleteHolding(h desk.Holding) error {
	t.rows.Holdings = slices.DeleteFunc(t.rows.Holdings, func(k desk.Holding) bool {
		return k.Operator == h.Operator && k.Grant.Module == h.Grant.Module && k.Grant.Scope == h.Grant.Scope &&
			k.Grant.Target == h.Grant.Target
	})
	return nil
}

func (t *Tx) Seed() (string, error)     { return t.rows.Seed, nil }
func (t *Tx) PutSeed(seed string) error { t.rows.Seed = seed; return nil }

func (t *Tx) RoomsOf(u desk.UserID) ([]desk.RoomKey, error) {
	var out []desk.RoomKey
	for room, things := range t.rows.Desires {
		d, ok := things[desk.ThingMember+string(u)]
		if ok && !strings.HasPrefix(string(d), `{"want":"leave"`) {
			out = append(out, room)
		}
	}
	slices.Sort(out)
	return out, nil
}
