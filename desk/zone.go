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

// clockOf is the time zone a member of staff means: their own, else that of the site, else that of the first site they work for.
func (a *act) clockOf(o *Operator, site *Site) (*time.Location, error) {
	if o != nil && o.Zone != "" {
		return zone(o.Zone), nil
	}
	if site != nil {
		return zone(site.Schedule.Zone), nil
	}
	sites, err := a.tx.Sites()
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	for i := range sites {
		queues, err := a.tx.Queues(sites[i].ID)
		if err != nil {
			return nil, fmt.Errorf("list queues of site %s: %w", sites[i].ID, err)
		}
		works := func(q Queue) bool { return o != nil && slices.Contains(q.Operators, o.ID) }
		if len(sites) == 1 || slices.ContainsFunc(queues, works) {
			return zone(sites[i].Schedule.Zone), nil
		}
	}
	return time.UTC, nil
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
