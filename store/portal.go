package store

import "frontdesk/desk"

const (
	portalColumns = `SELECT id, conversation, ordinal, title FROM portal`
	getPortal     = portalColumns + ` WHERE id=$1`
	getPortals    = portalColumns + ` WHERE conversation=$1 ORDER BY ordinal`
	putPortal     = `
		INSERT INTO portal (id, conversation, ordinal, title) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET conversation=excluded.conversation, ordinal=excluded.ordinal, title=excluded.title`
)

func scanPortal(r row, p *desk.Portal) error {
	return r.Scan(&p.ID, &p.Conversation, &p.Ordinal, &p.Title)
}

func (t *tx) Portal(id desk.PortalID) (*desk.Portal, error) {
	p, err := one(t, scanPortal, getPortal, id)
	return p, wrap(err, "get portal", id)
}

func (t *tx) Portals(c desk.ConversationID) ([]desk.Portal, error) {
	portals, err := all(t, scanPortal, getPortals, c)
	return portals, wrap(err, "list portals of conversation", c)
}

func (t *tx) PutPortal(p *desk.Portal) error {
	_, err := t.exec(putPortal, p.ID, p.Conversation, p.Ordinal, p.Title)
	return wrap(err, "put portal", p.ID)
}
