package desktest

import (
	"cmp"

	"frontdesk/desk"
)

func (t *Tx) Template(id desk.TemplateID) (*desk.Template, error) { return get(t.rows.Answers, id) }

func (t *Tx) TemplatesOf(site desk.SiteID, owner desk.UserID) ([]desk.Template, error) {
	return list(t.rows.Answers, func(p desk.Template) bool { return p.Site == site && p.Owner == owner },
		func(a, b desk.Template) int { return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID)) }), nil
}

func (t *Tx) PutTemplate(p *desk.Template) error { t.rows.Answers[p.ID] = clone(*p); return nil }
