package store

import (
	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	operatorColumns = `
		SELECT id, public_name, avatar, removed, faces, full_name, position, department, lang, gender, quiet, offered, zone, seen, matrix, contacts
		FROM operator`
	getOperator  = operatorColumns + ` WHERE id=$1`
	getOperators = operatorColumns + ` ORDER BY id`
	putOperator  = `
		INSERT INTO operator (id, public_name, avatar, removed, faces, full_name, position, department, lang, gender, quiet,
			offered, zone, seen, matrix, contacts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (id) DO UPDATE SET public_name=excluded.public_name, avatar=excluded.avatar, removed=excluded.removed,
			faces=excluded.faces, full_name=excluded.full_name, position=excluded.position,
			department=excluded.department, lang=excluded.lang, gender=excluded.gender, quiet=excluded.quiet,
			offered=excluded.offered, zone=excluded.zone, seen=excluded.seen,
			matrix=excluded.matrix, contacts=excluded.contacts`
)

func scanOperator(r row, o *desk.Operator) error {
	return r.Scan(&o.ID, &o.PublicName, &o.Avatar, &o.Removed, dbutil.JSON{Data: &o.Faces}, &o.FullName, &o.Position,
		&o.Department, &o.Lang, &o.Gender, instant{&o.Quiet}, instant{&o.Offered}, &o.Zone, instant{&o.Seen}, dbutil.JSON{Data: &o.Matrix},
		dbutil.JSON{Data: &o.Contacts})
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
	_, err := t.exec(putOperator, o.ID, o.PublicName, o.Avatar, o.Removed, dbutil.JSON{Data: o.Faces}, o.FullName, o.Position,
		o.Department, o.Lang, o.Gender, nanos(o.Quiet), nanos(o.Offered), o.Zone, nanos(o.Seen),
		dbutil.JSON{Data: o.Matrix}, dbutil.JSON{Data: o.Contacts})
	return wrap(err, "put operator", o.ID)
}
