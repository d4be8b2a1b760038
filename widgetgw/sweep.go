package widgetgw

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	sweepEvery   = 10 * time.Minute
	networkSweep = time.Minute
	unusedLife   = 24 * time.Hour // of an upload in no message
	orphanLife   = time.Hour      // of a file in the spool without a record
)

// sweepNowAndThen forgets what nobody needs any more, until ctx ends.
func (g *Gateway) sweepNowAndThen(ctx context.Context) {
	files, nets := time.NewTicker(sweepEvery), time.NewTicker(networkSweep)
	defer files.Stop()
	defer nets.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-nets.C:
			g.networks.sweep(g.cfg.Now())
		case <-files.C:
			if err := g.sweepSpool(ctx); err != nil && ctx.Err() == nil {
				g.log.Err(err).Msg("Failed to sweep the upload spool")
			}
		}
	}
}

// sweepSpool removes spooled files that are in the media repository, that no message used within a day, or that have no record.
func (g *Gateway) sweepSpool(ctx context.Context) error {
	defer g.guard("sweep the spool", nil)
	files, err := g.spool.list()
	if err != nil {
		return err
	}
	for _, f := range files {
		needed, err := g.letGo(ctx, f)
		if err != nil {
			return fmt.Errorf("sweep file %s: %w", f.id, err)
		}
		if needed {
			continue
		}
		if err := g.spool.Remove(f.id); err != nil {
			return err
		}
		g.log.Debug().Str("file", string(f.id)).Int64("size", f.size).Msg("Removed a file from the upload spool")
	}
	return nil
}

// letGo marks a file that may go as no longer spooled, and reports whether it is still needed instead. The mark comes first: a
// record never promises bytes that are gone.
func (g *Gateway) letGo(ctx context.Context, s spooled) (needed bool, err error) {
	now := g.cfg.Now()
	var dispensable bool
	check := func(tx desk.Tx) (*desk.File, error) {
		f, err := tx.File(s.id)
		if errors.Is(err, desk.ErrNotFound) {
			dispensable = now.Sub(s.at) > orphanLife
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		unused := f.Message == "" && now.Sub(f.Created) > unusedLife
		dispensable = !f.Spooled || f.MXC != "" || unused
		return f, nil
	}
	if err := g.journal.Read(ctx, func(tx journal.Tx) error {
		_, err := check(tx)
		return err
	}); err != nil || !dispensable {
		return true, err
	}
	err = g.journal.Write(ctx, func(tx journal.Tx) error {
		f, err := check(tx) // again: a message may have taken it meanwhile
		if err != nil || f == nil || !dispensable || !f.Spooled {
			return err
		}
		f.Spooled = false
		if f.MXC == "" {
			f.Conversation, f.ClientID = "", "" // no message may use it, and its act may upload it anew
		}
		return tx.PutFile(f)
	})
	return !dispensable, err
}
