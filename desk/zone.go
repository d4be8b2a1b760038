package desk

import (
	"fmt"
	"slices"
	"time"
)

// sayer says a text of the catalogue in the language of who reads it.
type sayer func(key string, args ...any) string

// speaker gives the language of a member of staff: their own, else that of the site.
func (a *act) speaker(o *Operator, site *Site) sayer {
	if o != nil && o.Lang != "" {
		return func(key string, args ...any) string { return a.texts.Text(o.Lang, key, args...) }
	}
	return func(key string, args ...any) string { return a.staffText(site, key, args...) }
}

// clockOf is the time zone a member of staff means: their own, else that of the site, else that of the first of their sites.
func (a *act) clockOf(o *Operator, site *Site) (*time.Location, error) {
	if o != nil && o.Zone != "" {
		return zone(o.Zone), nil
	}
	if site != nil {
		return zone(site.Schedule.Zone), nil
	}
	sites, err := a.sitesOf(o)
	if err != nil || len(sites) == 0 {
		return time.UTC, err
	}
	return zone(sites[0].Schedule.Zone), nil
}

// liveSites lists the sites that were not removed.
func (a *act) liveSites() ([]Site, error) {
	sites, err := a.tx.Sites()
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	return slices.DeleteFunc(sites, func(s Site) bool { return s.Removed }), nil
}

// sitesOf lists the sites somebody is concerned with: in whose queues they answer, else to which they have any right, else all.
func (a *act) sitesOf(o *Operator) ([]Site, error) {
	live, err := a.liveSites()
	if err != nil || o == nil {
		return live, err
	}
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	works := func(s Site) bool {
		return slices.ContainsFunc(r.queuesOf(o.ID), func(q Queue) bool { return q.Site == s.ID })
	}
	entitled := func(s Site) bool {
		return slices.ContainsFunc(r.of(o.ID), func(g Grant) bool {
			_, site := r.siteOf(Assignment{Scope: g.Scope, Target: g.Target})
			return (g.Scope == ScopeSite || g.Scope == ScopeQueue) && site == string(s.ID)
		})
	}
	for _, concerns := range []func(Site) bool{works, entitled} {
		if own := slices.DeleteFunc(slices.Clone(live), func(s Site) bool { return !concerns(s) }); len(own) > 0 {
			return own, nil
		}
	}
	return live, nil
}

// orderDeadline says a moment to who gave an order for it, and by which clock, where that may be taken for another: sites have several, and the asker
// has chosen none.
func (a *act) orderDeadline(o *order, at time.Time, clock *time.Location) (string, error) {
	said := a.orderMoment(o, at, clock)
	sites, err := a.liveSites()
	if err != nil || o.staff.Zone != "" {
		return said, err
	}
	if slices.ContainsFunc(sites, func(s Site) bool { return zone(s.Schedule.Zone).String() != clock.String() }) {
		said = a.word(o, "when.zone", said, clock.String())
	}
	return said, nil
}

// sayWhen says a moment: day, month and time, and the year if it is another.
func (a *act) sayWhen(say sayer, at time.Time, clock *time.Location) string {
	local := at.In(clock)
	month, hour := say(fmt.Sprintf("month.%d", int(local.Month()))), local.Format("15:04")
	if local.Year() != a.now.In(clock).Year() {
		return say("when.date_year", local.Day(), month, local.Year(), hour)
	}
	return say("when.date", local.Day(), month, hour)
}

// orderWhen reads the time that what was given to an order begins with, and gives what follows it. It is within a year from now.
func (a *act) orderWhen(o *order, text string) (at time.Time, rest string, err error) {
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return time.Time{}, "", err
	}
	at, rest, ok := parseWhen(text, a.now.In(clock))
	if !ok {
		return time.Time{}, "", Refuse(Invalid, "when.unknown", clip(flat(text), 40))
	}
	if !at.After(a.now) {
		return time.Time{}, "", Refuse(Invalid, "when.passed", a.orderMoment(o, at, clock))
	}
	if at.After(a.now.AddDate(1, 0, 1)) {
		return time.Time{}, "", Refuse(Invalid, "when.too_far")
	}
	return at.UTC(), rest, nil
}

// orderMoment says a moment to who gave an order.
func (a *act) orderMoment(o *order, at time.Time, clock *time.Location) string {
	return a.sayWhen(a.speaker(o.staff, o.site), at, clock)
}
