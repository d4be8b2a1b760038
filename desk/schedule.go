package desk

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // so that office hours do not depend on what the machine has
)

// Schedule is when a site has its office open: a week, and dates that differ from it. Without a week it is always open but for those
// dates. Hours are those of the clock on the wall in the zone, whatever summer time does to it.
type Schedule struct {
	Zone  string             `json:"zone,omitempty"`  // IANA name; empty: UTC
	Week  map[string][]Shift `json:"week,omitempty"`  // by day: mon, tue, wed, thu, fri, sat, sun; no entry: closed
	Dates map[string][]Shift `json:"dates,omitempty"` // by date, "2026-12-31"; no shifts: closed
}

// Shift is a stretch of one day, in minutes since its midnight. One that ends after 24 hours goes on into the next day, whatever that day's
// own hours are.
type Shift struct {
	From int `json:"from"`
	To   int `json:"to"`
}

const (
	dayMinutes = 24 * 60
	dateLayout = "2006-01-02"
)

// weekDays are the names of days in the order of time.Weekday.
var weekDays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

var russianDays = []string{"вс", "пн", "вт", "ср", "чт", "пт", "сб"}

// Open reports whether the office is open at a moment.
func (s Schedule) Open(at time.Time) bool {
	local := at.In(zone(s.Zone))
	minute := local.Hour()*60 + local.Minute()
	year, month, day := local.Date()
	// The dates are counted in UTC: a zone may have skipped the midnight of one.
	today := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	covers := func(shifts []Shift, minute int) bool {
		return slices.ContainsFunc(shifts, func(sh Shift) bool { return sh.From <= minute && minute < sh.To })
	}
	return covers(s.shifts(today), minute) || covers(s.shifts(today.AddDate(0, 0, -1)), minute+dayMinutes)
}

// Opening gives the next moment after one at which a shift begins; zero: there is none within a year.
func (s Schedule) Opening(after time.Time) time.Time {
	loc := zone(s.Zone)
	year, month, day := after.In(loc).Date()
	for n := range 366 {
		var first time.Time
		for _, sh := range s.shifts(time.Date(year, month, day+n, 0, 0, 0, 0, time.UTC)) {
			at := time.Date(year, month, day+n, 0, sh.From, 0, 0, loc)
			if at.After(after) && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
		if !first.IsZero() {
			return first
		}
	}
	return time.Time{}
}

// shifts gives those that begin on a date.
func (s Schedule) shifts(date time.Time) []Shift {
	if own, ok := s.Dates[date.Format(dateLayout)]; ok {
		return own
	}
	if len(s.Week) == 0 {
		return []Shift{{From: 0, To: dayMinutes}}
	}
	return s.Week[weekDays[date.Weekday()]]
}

// zones keeps the time zones that were read once.
var zones sync.Map // name: *time.Location

// zone gives a time zone; an unknown one is UTC, which ValidZone keeps from happening.
func zone(name string) *time.Location {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, loc)
	return loc
}

// ValidZone reports whether a name is one of the IANA time zone database. "Local" is none: it would be another on another machine.
func ValidZone(name string) bool {
	if name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// SetWeek adds to the week what a line such as "mon-fri 09:00-13:00 14:00-18:00" or "sat,sun 22:00-06:00" says, and reports whether it says
// something: a day given before is not given again.
func (s *Schedule) SetWeek(line string) bool {
	names, shifts, ok := splitHours(line)
	if !ok {
		return false
	}
	var days []string
	for _, name := range strings.Split(names, ",") {
		first, last, isRange := strings.Cut(name, "-")
		from, to := dayNumber(first), dayNumber(first)
		if isRange {
			to = dayNumber(last)
		}
		if from < 0 || to < 0 {
			return false
		}
		for n := from; ; n = (n + 1) % 7 {
			days = append(days, weekDays[n])
			if n == to {
				break
			}
		}
	}
	return put(&s.Week, days, shifts)
}

// SetDates adds what a line such as "2026-12-31 09:00-15:00", "2027-01-07 closed" or "2027-01-01..2027-01-08 closed" says of dates, and
// reports whether it says something: a date given before is not given again, and a range has at most a year.
func (s *Schedule) SetDates(line string) bool {
	names, shifts, ok := splitHours(line)
	if !ok {
		return false
	}
	first, last, isRange := strings.Cut(names, "..")
	if !isRange {
		last = first
	}
	from, err := time.Parse(dateLayout, first)
	to, err2 := time.Parse(dateLayout, last)
	if err != nil || err2 != nil || to.Before(from) || to.Sub(from) > 366*24*time.Hour {
		return false
	}
	var dates []string
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		dates = append(dates, day.Format(dateLayout))
	}
	return put(&s.Dates, dates, shifts)
}

// put sets all keys or, when one is taken or comes twice, none.
func put(table *map[string][]Shift, keys []string, shifts []Shift) bool {
	for i, key := range keys {
		if _, taken := (*table)[key]; taken || slices.Contains(keys[:i], key) {
			return false
		}
	}
	if *table == nil {
		*table = map[string][]Shift{}
	}
	for _, key := range keys {
		(*table)[key] = shifts
	}
	return true
}

func dayNumber(name string) int {
	name = strings.ToLower(name)
	return max(slices.Index(weekDays, name), slices.Index(russianDays, name))
}

// closedWords stand for a day without hours.
var closedWords = []string{"closed", "закрыто", "выходной"}

// splitHours reads a line of days or dates and their shifts.
func splitHours(line string) (names string, shifts []Shift, ok bool) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return "", nil, false
	}
	if len(words) == 2 && slices.Contains(closedWords, strings.ToLower(words[1])) {
		return words[0], []Shift{}, true
	}
	for _, word := range words[1:] {
		sh, ok := parseShift(strings.TrimSuffix(word, ","))
		if !ok {
			return "", nil, false
		}
		shifts = append(shifts, sh)
	}
	return words[0], shifts, true
}

// parseShift reads "09:00-18:00". One that does not end after its beginning ends on the next day.
func parseShift(word string) (Shift, bool) {
	from, to, ok := strings.Cut(strings.ReplaceAll(word, "–", "-"), "-")
	begin, ok1 := parseMinute(from)
	end, ok2 := parseMinute(to)
	if !ok || !ok1 || !ok2 || begin == end || begin == dayMinutes {
		return Shift{}, false
	}
	if end < begin {
		end += dayMinutes
	}
	return Shift{From: begin, To: end}, true
}

// parseMinute reads a time of the day from 0:00 to 24:00.
func parseMinute(word string) (int, bool) {
	hour, minute, ok := strings.Cut(word, ":")
	if !ok || len(hour) < 1 || len(hour) > 2 || len(minute) != 2 {
		return 0, false
	}
	h, err := strconv.ParseUint(hour, 10, 8)
	m, err2 := strconv.ParseUint(minute, 10, 8)
	if err != nil || err2 != nil || m > 59 || h > 24 || h == 24 && m > 0 {
		return 0, false
	}
	return int(h*60 + m), true
}
