package store

import (
	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	siteColumns = `SELECT id, key, name, origins, languages, staff_lang, history, default_queue, hours, schedule, choose_timeout, theme,
		texts, consent, removed FROM site`
	getSite    = siteColumns + ` WHERE id=$1`
	getSiteKey = siteColumns + ` WHERE key=$1`
	getSites   = siteColumns + ` ORDER BY id`
	putSite    = `
		INSERT INTO site (id, key, name, origins, languages, staff_lang, history, default_queue, hours, schedule, choose_timeout,
			theme, texts, consent, removed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET key=excluded.key, name=excluded.name, origins=excluded.origins,
			languages=excluded.languages, staff_lang=excluded.staff_lang, history=excluded.history,
			default_queue=excluded.default_queue, hours=excluded.hours, schedule=excluded.schedule,
			choose_timeout=excluded.choose_timeout, theme=excluded.theme, texts=excluded.texts,
			consent=excluded.consent, removed=excluded.removed`
)

func scanSite(r row, s *desk.Site) error {
	return r.Scan(&s.ID, &s.Key, &s.Name, dbutil.JSON{Data: &s.Origins}, dbutil.JSON{Data: &s.Languages}, &s.StaffLang,
		&s.History, &s.DefaultQueue, &s.Hours, dbutil.JSON{Data: &s.Schedule}, &s.ChooseTimeout, dbutil.JSON{Data: &s.Theme}, dbutil.JSON{Data: &s.Texts},
		dbutil.JSON{Data: &s.Consent}, &s.Removed)
}

func (t *tx) Site(id desk.SiteID) (*desk.Site, error) {
	s, err := one(t, scanSite, getSite, id)
	return s, wrap(err, "get site", id)
}

func (t *tx) SiteByKey(key string) (*desk.Site, error) {
	s, err := one(t, scanSite, getSiteKey, key)
	return s, wrap(err, "get site by key", key)
}

func (t *tx) Sites() ([]desk.Site, error) {
	sites, err := all(t, scanSite, getSites)
	return sites, wrap(err, "list", "sites")
}

func (t *tx) PutSite(s *desk.Site) error {
	_, err := t.exec(putSite, s.ID, s.Key, s.Name, dbutil.JSON{Data: s.Origins}, dbutil.JSON{Data: s.Languages}, s.StaffLang,
		s.History, s.DefaultQueue, s.Hours, dbutil.JSON{Data: s.Schedule}, int64(s.ChooseTimeout), dbutil.JSON{Data: s.Theme}, dbutil.JSON{Data: s.Texts},
		dbutil.JSON{Data: s.Consent}, s.Removed)
	return wrap(err, "put site", s.ID)
}
