package main

import "context"

// pace lets all senders go only as far through their lines as the faults have come, so that faults of seconds do not miss a talk that
// would be over in no time, and none of the senders finishes long before the others. All methods may be called concurrently.
type pace struct {
	bell
	allowed float64 // share of each sender's lines, 0 to 1
	acted   int
}

// act waits until a sender may act its n-th (from 0) of total lines. The last line waits until everything is allowed.
func (p *pace) act(ctx context.Context, n, total int) error {
	err := p.until(ctx, func() bool {
		return p.allowed >= 1 || n < total-1 && float64(n) < p.allowed*float64(total)
	})
	if err != nil {
		return err
	}
	p.change(func() { p.acted++ })
	return nil
}

// allow raises the share that may be acted.
func (p *pace) allow(share float64) { p.change(func() { p.allowed = max(p.allowed, share) }) }

// reached waits until n lines have been acted.
func (p *pace) reached(ctx context.Context, n int) error {
	return p.until(ctx, func() bool { return p.acted >= n })
}
