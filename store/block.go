package store

import "frontdesk/desk"

const (
	blockColumns = `SELECT site, customer, ticket, blocker, at, reason FROM block`
	getBlock     = blockColumns + ` WHERE site=$1 AND customer=$2`
	getBlocks    = blockColumns + ` WHERE site=$1 ORDER BY at DESC, customer`
	putBlock     = `
		INSERT INTO block (site, customer, ticket, blocker, at, reason) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (site, customer) DO UPDATE SET ticket=excluded.ticket, blocker=excluded.blocker, at=excluded.at,
			reason=excluded.reason`
	deleteBlock = `DELETE FROM block WHERE site=$1 AND customer=$2`
)

func scanBlock(r row, b *desk.Block) error {
	return r.Scan(&b.Site, &b.Customer, &b.Ticket, &b.By, instant{&b.At}, &b.Reason)
}

func (t *tx) Block(site desk.SiteID, customer desk.CustomerID) (*desk.Block, error) {
	b, err := one(t, scanBlock, getBlock, site, customer)
	return b, wrap(err, "get block of customer", customer)
}

func (t *tx) Blocks(site desk.SiteID) ([]desk.Block, error) {
	blocks, err := all(t, scanBlock, getBlocks, site)
	return blocks, wrap(err, "list blocks of site", site)
}

func (t *tx) PutBlock(b *desk.Block) error {
	_, err := t.exec(putBlock, b.Site, b.Customer, b.Ticket, b.By, nanos(b.At), b.Reason)
	return wrap(err, "put block of customer", b.Customer)
}

func (t *tx) DeleteBlock(site desk.SiteID, customer desk.CustomerID) error {
	_, err := t.exec(deleteBlock, site, customer)
	return wrap(err, "delete block of customer", customer)
}
