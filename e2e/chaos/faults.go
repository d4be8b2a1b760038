package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rs/zerolog"
)

// faultKind is one way to hurt the system.
type faultKind string

const (
	killFrontdesk faultKind = "frontdesk killed"
	killSynapse   faultKind = "Synapse killed"
	killBoth      faultKind = "both killed"
	stopSynapse   faultKind = "Synapse stopped" // SIGSTOP for seconds
	cutSocket     faultKind = "socket cut"      // RST on all connections of one visitor
	oneWay        faultKind = "socket one-way"  // the visitor's bytes pass, the server's do not

	// Weather lasts for seconds, between Frontdesk and the side it is named after.
	telegramLimits faultKind = "Telegram says 429"
	telegramErrs   faultKind = "Telegram says 502" // at first after having done what was asked
	telegramCuts   faultKind = "Telegram cut"      // connections break, a send's after it was taken
	telegramGone   faultKind = "Telegram refuses connections"
	synapseLimits  faultKind = "Synapse says 429"
	synapseErrs    faultKind = "Synapse says 502"
	synapseCuts    faultKind = "Synapse cut" // connections break, half of them after what was asked was done
)

// faultPlan is what happens when, in order. The same options give the same plan.
type faultPlan []plannedFault

type plannedFault struct {
	Kind    faultKind
	At      float64       // share of the lines acted when it happens
	For     time.Duration // how long what was killed stays away, or is stopped
	Visitor int           // whose socket
	Busy    bool          // waits until something is in flight
}

// amount is how many faults of a kind there are per 2,000 messages.
type amount struct {
	kind faultKind
	n    int
}

// faultsPer2000 are what is demanded, and some more.
var faultsPer2000 = map[string][]amount{
	byWidget: {{killFrontdesk, 9}, {killSynapse, 9}, {killBoth, 3}, {stopSynapse, 5}, {cutSocket, 46}, {oneWay, 8}},
	byTelegram: {
		{killFrontdesk, 9}, {killSynapse, 9}, {killBoth, 3}, {stopSynapse, 3}, {telegramLimits, 12}, {telegramErrs, 6}, {telegramCuts, 12},
		{telegramGone, 5}, {synapseLimits, 12}, {synapseErrs, 6}, {synapseCuts, 8},
	},
}

// demand is how many faults must have happened per 2,000 messages.
type demand struct{ kills, cuts, storms int }

var demanded = map[string]demand{
	byWidget:   {kills: 10, cuts: 40},
	byTelegram: {kills: 10, cuts: 20, storms: 30},
}

func planFaults(o options) faultPlan {
	rnd := rand.New(rand.NewPCG(o.Seed, 0xFA017))
	var plan faultPlan
	for _, f := range faultsPer2000[o.Channel] {
		for i := range scaled(f.n, o.Messages) {
			p := plannedFault{Kind: f.kind, Visitor: rnd.IntN(o.Conversations), Busy: i == 0 || rnd.IntN(3) > 0}
			switch f.kind {
			case killFrontdesk:
				p.For = time.Duration(rnd.IntN(1500)) * time.Millisecond
			case killSynapse, killBoth:
				p.For = time.Duration(rnd.IntN(4000)) * time.Millisecond
			case stopSynapse:
				p.For = time.Second + time.Duration(rnd.IntN(6000))*time.Millisecond
			case telegramLimits, telegramErrs, telegramCuts, telegramGone, synapseLimits, synapseErrs, synapseCuts:
				p.For = 300*time.Millisecond + time.Duration(rnd.IntN(3000))*time.Millisecond
			}
			plan = append(plan, p)
		}
	}
	rnd.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	for i := range plan {
		plan[i].At = (float64(i) + rnd.Float64()) / float64(len(plan)+1)
	}
	return plan
}

// scaled gives how many of n per 2,000 messages come to a run of so many, never none.
func scaled(n, messages int) int { return max(1, (n*messages+1999)/2000) }

// victim is what faults are done to.
type victim interface {
	killFrontdesk(ctx context.Context) error
	startFrontdesk(ctx context.Context) error
	killSynapse(ctx context.Context) error
	startSynapse(ctx context.Context) error
	stopSynapse(ctx context.Context) error
	resumeSynapse(ctx context.Context) error
	// cut and oneWay answer how many connections they hit. They wait for a while for the visitor to be connected.
	cut(ctx context.Context, visitor int) int
	oneWay(ctx context.Context, visitor int) int
	// weather makes it stormy in a way that has a name of its own, calm ends it.
	weather(kind faultKind) error
	calm(kind faultKind) error
}

// tally counts faults by what they hit, and how many of them found messages in flight. Storms are times of refusals.
type tally struct {
	Kills, SynapseKills, Cuts, OneWays, Stops, Storms int
	Busy                                              tallyBusy
}

type tallyBusy struct{ Kills, SynapseKills, Cuts, Storms int }

// enough says what is missing from the faults demanded of such a run, "" if nothing is.
func (t tally) enough(o options) string {
	per := demanded[o.Channel]
	for _, c := range []struct {
		name            string
		got, busy, want int
	}{
		{"kills", t.Kills, t.Busy.Kills, per.kills},
		{"synapse-kills", t.SynapseKills, t.Busy.SynapseKills, per.kills},
		{"cuts", t.Cuts, t.Busy.Cuts, per.cuts},
		{"storms", t.Storms, t.Busy.Storms, per.storms},
	} {
		if c.want == 0 {
			continue
		}
		c.want = scaled(c.want, o.Messages)
		if c.got < c.want {
			return fmt.Sprintf("%d %s where at least %d are demanded", c.got, c.name, c.want)
		}
		if 3*c.busy < c.got {
			return fmt.Sprintf("only %d of %d %s found messages in flight", c.busy, c.got, c.name)
		}
	}
	return ""
}

// injector carries the plan out, one fault after the other.
type injector struct {
	victim victim
	plan   faultPlan
	lines  int // of the script that are said before the last fault
	pace   *pace
	ledger *ledger
	log    zerolog.Logger
	tally  tally
}

// How long a fault waits for the talk to come to its point, and for something to be in flight. A talk that is held up by faults
// must not hold up the faults.
const (
	patience     = 45 * time.Second
	busyPatience = 5 * time.Second
)

// run does all faults. When it returns without an error everything runs again, and all lines but the last may be said.
func (in *injector) run(ctx context.Context) error {
	for i, f := range in.plan {
		in.pace.allow(float64(i+1) / float64(len(in.plan)+1))
		if err := in.approach(ctx, f); err != nil {
			return err
		}
		flying := in.ledger.inFlight()
		in.log.Info().Str("fault", string(f.Kind)).Int("number", i+1).Int("of", len(in.plan)).Int("in_flight", flying).Dur("for", f.For).Msg("Fault")
		if err := in.do(ctx, f, flying > 0); err != nil {
			return fmt.Errorf("fault %d (%s): %w", i+1, f.Kind, err)
		}
	}
	return nil
}

// approach waits for the fault's moment, with bounds.
func (in *injector) approach(ctx context.Context, f plannedFault) error {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := in.pace.reached(wait, int(f.At*float64(in.lines))); err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if !f.Busy {
		return nil
	}
	soon, cancel := context.WithTimeout(ctx, busyPatience)
	defer cancel()
	if err := in.ledger.busy(soon); err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return nil
}

func (in *injector) do(ctx context.Context, f plannedFault, busy bool) error {
	one := 0
	if busy {
		one = 1
	}
	t := &in.tally
	switch f.Kind {
	case killFrontdesk:
		t.Kills, t.Busy.Kills = t.Kills+1, t.Busy.Kills+one
		return in.around(ctx, f.For, in.victim.killFrontdesk, in.victim.startFrontdesk)
	case killSynapse:
		t.SynapseKills, t.Busy.SynapseKills = t.SynapseKills+1, t.Busy.SynapseKills+one
		return in.around(ctx, f.For, in.victim.killSynapse, in.victim.startSynapse)
	case killBoth:
		t.Kills, t.Busy.Kills = t.Kills+1, t.Busy.Kills+one
		t.SynapseKills, t.Busy.SynapseKills = t.SynapseKills+1, t.Busy.SynapseKills+one
		return in.around(ctx, 0, in.victim.killFrontdesk, func(ctx context.Context) error {
			// Frontdesk comes back first and finds no homeserver.
			return in.around(ctx, f.For, in.victim.killSynapse, func(ctx context.Context) error {
				if err := in.victim.startFrontdesk(ctx); err != nil {
					return err
				}
				return in.victim.startSynapse(ctx)
			})
		})
	case stopSynapse:
		t.Stops++
		return in.around(ctx, f.For, in.victim.stopSynapse, in.victim.resumeSynapse)
	case cutSocket:
		if in.victim.cut(ctx, f.Visitor) > 0 {
			t.Cuts, t.Busy.Cuts = t.Cuts+1, t.Busy.Cuts+one
		}
	case oneWay:
		if in.victim.oneWay(ctx, f.Visitor) > 0 {
			t.OneWays++
		}
	case telegramCuts, telegramGone, synapseCuts:
		t.Cuts, t.Busy.Cuts = t.Cuts+1, t.Busy.Cuts+one
		return in.storm(ctx, f)
	case telegramLimits, telegramErrs, synapseLimits, synapseErrs:
		t.Storms, t.Busy.Storms = t.Storms+1, t.Busy.Storms+one
		return in.storm(ctx, f)
	}
	return nil
}

func (in *injector) storm(ctx context.Context, f plannedFault) error {
	return in.around(ctx, f.For, func(context.Context) error { return in.victim.weather(f.Kind) },
		func(context.Context) error { return in.victim.calm(f.Kind) })
}

// around breaks something, leaves it so for a while and mends it.
func (in *injector) around(ctx context.Context, d time.Duration, hurt, mend func(context.Context) error) error {
	if err := hurt(ctx); err != nil {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return mend(ctx)
}
