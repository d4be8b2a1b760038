package store

import "frontdesk/desk"

const (
	templateColumns = `SELECT id, site, owner, number, shortcut, body, is_off, deleted, changed_by, changed_at FROM template`
	getTemplate     = templateColumns + ` WHERE id=$1`
	getTemplatesOf  = templateColumns + ` WHERE site=$1 AND owner=$2 ORDER BY number, id`
	putTemplate     = `
		INSERT INTO template (id, site, owner, number, shortcut, body, is_off, deleted, changed_by, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET site=excluded.site, owner=excluded.owner, number=excluded.number, shortcut=excluded.shortcut,
			body=excluded.body, is_off=excluded.is_off, deleted=excluded.deleted, changed_by=excluded.changed_by,
			changed_at=excluded.changed_at`
)

func scanTemplate(r row, p *desk.Template) error {
	return r.Scan(&p.ID, &p.Site, &p.Owner, &p.Number, &p.Shortcut, &p.Text, &p.Off, &p.Deleted, &p.By, instant{&p.At})
}

func (t *tx) Template(id desk.TemplateID) (*desk.Template, error) {
	p, err := one(t, scanTemplate, getTemplate, id)
	return p, wrap(err, "get template", id)
}

func (t *tx) TemplatesOf(site desk.SiteID, owner desk.UserID) ([]desk.Template, error) {
	templates, err := all(t, scanTemplate, getTemplatesOf, site, owner)
	return templates, wrap(err, "list templates of", string(site)+string(owner))
}

func (t *tx) PutTemplate(p *desk.Template) error {
	_, err := t.exec(putTemplate, p.ID, p.Site, p.Owner, p.Number, p.Shortcut, p.Text, p.Off, p.Deleted, p.By, nanos(p.At))
	return wrap(err, "put template", p.ID)
}
