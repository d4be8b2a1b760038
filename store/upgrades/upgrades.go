// Package upgrades holds the steps that bring a database's schema from any released version to the newest.
package upgrades

import (
	"embed"

	"go.mau.fi/util/dbutil"
)

//go:embed *.sql
var files embed.FS

// Table gives the steps in order.
func Table() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().WithFS(files).Finish()
}
