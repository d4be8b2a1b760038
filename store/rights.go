package store

import (
	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	getRightsTemplates = `SELECT name, rights FROM rights_template ORDER BY name`
	putRightsTemplate  = `
		INSERT INTO rights_template (name, rights) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET rights=excluded.rights`
	deleteRightsTemplate = `DELETE FROM rights_template WHERE name=$1`

	getAssignments = `SELECT operator, template, scope, target FROM rights_assignment ORDER BY operator, template, scope, target`
	putAssignment  = `
		INSERT INTO rights_assignment (operator, template, scope, target) VALUES ($1, $2, $3, $4)
		ON CONFLICT (operator, template, scope, target) DO NOTHING`
	deleteAssignment = `DELETE FROM rights_assignment WHERE operator=$1 AND template=$2 AND scope=$3 AND target=$4`

	getHoldings = `SELECT operator, module, scope, target, edit FROM rights_holding ORDER BY operator, module, scope, target`
	putHolding  = `
		INSERT INTO rights_holding (operator, module, scope, target, edit) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (operator, module, scope, target) DO UPDATE SET edit=excluded.edit`
	// A membership as putDesire writes it.
	getRoomsOf    = `SELECT room FROM desire WHERE thing=$1 AND value NOT LIKE '{"want":"leave"%' ORDER BY room`
	deleteHolding = `DELETE FROM rights_holding WHERE operator=$1 AND module=$2 AND scope=$3 AND target=$4`
)

func (t *tx) RightsTemplates() ([]desk.RightsTemplate, error) {
	templates, err := all(t, func(r row, t *desk.RightsTemplate) error {
		return r.Scan(&t.Name, dbutil.JSON{Data: &t.Rights})
	}, getRightsTemplates)
	return templates, wrap(err, "list", "rights templates")
}

func (t *tx) PutRightsTemplate(r *desk.RightsTemplate) error {
	_, err := t.exec(putRightsTemplate, r.Name, dbutil.JSON{Data: r.Rights})
	return wrap(err, "put rights template", r.Name)
}

func (t *tx) DeleteRightsTemplate(name string) error {
	_, err := t.exec(deleteRightsTemplate, name)
	return wrap(err, "delete rights template", name)
}

func (t *tx) Assignments() ([]desk.Assignment, error) {
	assignments, err := all(t, func(r row, a *desk.Assignment) error {
		return r.Scan(&a.Operator, &a.Template, &a.Scope, &a.Target)
	}, getAssignments)
	return assignments, wrap(err, "list", "assignments")
}

func (t *tx) PutAssignment(a desk.Assignment) error {
	_, err := t.exec(putAssignment, a.Operator, a.Template, a.Scope, a.Target)
	return wrap(err, "put assignment of", a.Operator)
}

func (t *tx) DeleteAssignment(a desk.Assignment) error {
	_, err := t.exec(deleteAssignment, a.Operator, a.Template, a.Scope, a.Target)
	return wrap(err, "delete assignment of", a.Operator)
}

func (t *tx) Holdings() ([]desk.Holding, error) {
	holdings, err := all(t, func(r row, h *desk.Holding) error {
		return r.Scan(&h.Operator, &h.Grant.Module, &h.Grant.Scope, &h.Grant.Target, &h.Grant.Edit)
	}, getHoldings)
	return holdings, wrap(err, "list", "rights")
}

func (t *tx) PutHolding(h desk.Holding) error {
	_, err := t.exec(putHolding, h.Operator, h.Grant.Module, h.Grant.Scope, h.Grant.Target, h.Grant.Edit)
	return wrap(err, "put right of", h.Operator)
}

func (t *tx) DeleteHolding(h desk.Holding) error {
	_, err := t.exec(deleteHolding, h.Operator, h.Grant.Module, h.Grant.Scope, h.Grant.Target)
	return wrap(err, "delete right of", h.Operator)
}

func (t *tx) RoomsOf(u desk.UserID) ([]desk.RoomKey, error) {
	rooms, err := all(t, func(r row, room *desk.RoomKey) error { return r.Scan(room) }, getRoomsOf, desk.ThingMember+string(u))
	return rooms, wrap(err, "list rooms of", u)
}
