package store

import "frontdesk/desk"

const (
	operatorColumns = `SELECT id, public_name, avatar, admin, removed FROM operator`
	getOperator     = operatorColumns + ` WHERE id=$1`
	getOperators    = operatorColumns + ` ORDER BY id`
	putOperator     = `
		INSERT INTO operator (id, public_name, avatar, admin, removed) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET public_name=excluded.public_name, avatar=excluded.avatar, admin=excluded.admin,
			removed=excluded.removed`
)

func scanOperator(r row, o *desk.Operator) error {
	return r.Scan(&o.ID, &o.PublicName, &o.Avatar, &o.Admin, &o.Removed)
}

func (t *tx) Operator(id desk.UserID) (*desk.Operator, error) {
	o, err := one(t, scanOperator, getOperator, id)
	return o, wrap(err, "get operator", id)
}

func (t *tx) Operators() ([]desk.Operator, error) {
	operators, err := all(t, scanOperator, getOperators)
	return operators, wrap(err, "list", "operators")
}

func (t *tx) PutOperator(o *desk.Operator) error {
	_, err := t.exec(putOperator, o.ID, o.PublicName, o.Avatar, o.Admin, o.Removed)
	return wrap(err, "put operator", o.ID)
}
