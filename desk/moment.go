package desk

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Times as people write them, in English and Russian: "2h", "через 2 часа", "18:00", "до завтра", "в пятницу в 9 утра", "25 декабря 10:00".

// morning is the hour meant by a day alone.
const morning = 9

// parseWhen reads the time a text begins with, and gives what follows it. Words of a time on the clock mean that of now's zone. The time may
// have passed, if a date that has passed was named; a time of the day alone is the next one.
func parseWhen(text string, now time.Time) (at time.Time, rest string, ok bool) {
	s := &whenScanner{tokens: whenTokens(text), now: now}
	prefix := s.prefix()
	if prefix == "" || prefix == whenIn || prefix == whenFor {
		at, ok = s.length(prefix != "")
	}
	if !ok && prefix != whenIn {
		at, ok = s.point(prefix)
	}
	if !ok || at.Year() > 9999 {
		return time.Time{}, text, false
	}
	return at, strings.TrimSpace(text[s.tokens[s.at-1].end:]), true
}

// whenToken is a word of a text, in lower case and without the punctuation behind it; end is where the text goes on.
type whenToken struct {
	word string
	end  int
}

// maxWhen is how many words a time may have.
const maxWhen = 12

// whenTokens cuts a text into words, and numbers from the units that are written at once: "1h30m".
func whenTokens(text string) []whenToken {
	var out []whenToken
	at := 0
	for len(out) < maxWhen {
		for at < len(text) {
			r, size := utf8.DecodeRuneInString(text[at:])
			if !unicode.IsSpace(r) {
				break
			}
			at += size
		}
		if at == len(text) {
			break
		}
		end := at + len(text[at:])
		if i := strings.IndexFunc(text[at:], unicode.IsSpace); i >= 0 {
			end = at + i
		}
		if isDigit(text[at]) {
			if i := strings.IndexFunc(text[at:end], unicode.IsLetter); i > 0 {
				end = at + i
			}
		} else if i := strings.IndexFunc(text[at:end], unicode.IsDigit); i > 0 && len(out) > 0 {
			end = at + i
		}
		out = append(out, whenToken{word: strings.TrimRight(strings.ToLower(text[at:end]), ",;:.!"), end: end})
		at = end
	}
	return out
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

type whenScanner struct {
	tokens []whenToken
	at     int
	now    time.Time
}

func (s *whenScanner) peek() string {
	if s.at < len(s.tokens) {
		return s.tokens[s.at].word
	}
	return ""
}

// take reads a word's meaning, if it has one.
func take[T any](s *whenScanner, meanings map[string]T) (T, bool) {
	v, ok := meanings[s.peek()]
	if ok {
		s.at++
	}
	return v, ok
}

// What the first word says of the others.
const (
	whenIn    = "in"    // a length follows
	whenFor   = "for"   // a length or a day
	whenUntil = "until" // a day or a time
	whenAt    = "at"    // a day or a time; "10.05" is one
	whenOn    = "on"    // a day; "10.05" is one
)

var whenPrefixes = map[string]string{
	"in": whenIn, "через": whenIn, "for": whenFor, "на": whenFor, "until": whenUntil, "till": whenUntil, "до": whenUntil, "by": whenUntil, "к": whenUntil,
	"ко": whenUntil, "at": whenAt, "on": whenOn, "в": whenAt, "во": whenAt,
}

func (s *whenScanner) prefix() string {
	p, _ := take(s, whenPrefixes)
	return p
}

// whenUnit is a length of time, or a number of days or months, which have no fixed one.
type whenUnit struct {
	length       time.Duration
	days, months int
}

var whenUnits = func() map[string]whenUnit {
	out := map[string]whenUnit{}
	for words, unit := range map[string]whenUnit{
		"m min mins minute minutes м мин минуту минута минуты минут": {length: time.Minute},
		"h hr hrs hour hours ч час часа часов":                       {length: time.Hour},
		"d day days д дн день дня дней сутки суток":                  {days: 1},
		"w week weeks нед неделя неделю недели недель":               {days: 7},
		"month months мес месяц месяца месяцев":                      {months: 1},
		"half-hour полчаса": {length: 30 * time.Minute},
		"полдня":            {length: 12 * time.Hour},
	} {
		for word := range strings.FieldsSeq(words) {
			out[word] = unit
		}
	}
	return out
}()

// Words of a length that need a word before them to be one, since a reminder's text may begin with them.
var whenArticles = map[string]bool{"a": true, "an": true, "one": true, "один": true, "одну": true, "half": true, "полтора": true, "полторы": true}

// length reads lengths of time one after the other. With bare a unit may stand without a number: "через час". Behind whole days there may stand a
// time on the clock: "через 2 дня в 10:00".
func (s *whenScanner) length(bare bool) (time.Time, bool) {
	at, ok := s.now, false
	for {
		begin := s.at
		next, more := s.oneLength(at, bare && !ok)
		if !more {
			s.at = begin
			return s.clockOn(at, ok), ok
		}
		at, ok = next, true
		if word := s.peek(); word == "and" || word == "и" {
			s.at++
			if _, more := s.number(); !more {
				s.at--
				return s.clockOn(at, ok), ok
			}
			s.at--
		}
	}
}

// clockOn gives a time on the clock of a day, if one follows and the day was reached by whole days.
func (s *whenScanner) clockOn(day time.Time, ok bool) time.Time {
	year, month, date := day.Date()
	today := s.now.Hour()*60 + s.now.Minute()
	if !ok || day.Sub(s.now) < 23*time.Hour || day.Hour()*60+day.Minute() != today {
		return day
	}
	begin := s.at
	if minutes, given := s.clock(s.prefix()); given {
		return s.on(year, month, date, minutes)
	}
	s.at = begin
	return day
}

func (s *whenScanner) oneLength(from time.Time, bare bool) (time.Time, bool) {
	if n, ok := s.number(); ok {
		unit, ok := take(s, whenUnits)
		return unit.after(from, n), ok
	}
	word := s.peek()
	if unit, ok := whenUnits[word]; ok && (bare || word == "полчаса") {
		s.at++
		return unit.after(from, 1), true
	}
	if !whenArticles[word] || !bare {
		return from, false
	}
	s.at++
	n := 1.0
	switch {
	case word == "полтора" || word == "полторы":
		n = 1.5
	case word == "half":
		n = 0.5
		if s.peek() == "an" || s.peek() == "a" {
			s.at++
		}
	}
	unit, ok := take(s, whenUnits)
	return unit.after(from, n), ok
}

// after counts units from a time. Days keep the time on the clock.
func (u whenUnit) after(from time.Time, n float64) time.Time {
	if u.length > 0 {
		return from.Add(time.Duration(n * float64(u.length)))
	}
	whole := int(n)
	out := from.AddDate(0, u.months*whole, u.days*whole)
	return out.Add(time.Duration((n - float64(whole)) * float64(u.days) * 24 * float64(time.Hour)))
}

// number reads a number of at most four digits and one decimal.
func (s *whenScanner) number() (float64, bool) {
	word := strings.Replace(s.peek(), ",", ".", 1)
	whole, part, _ := strings.Cut(word, ".")
	if whole == "" || len(whole) > 4 || len(part) > 1 || !isNumber(whole) || part != "" && !isNumber(part) {
		return 0, false
	}
	n, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return 0, false
	}
	s.at++
	return n, true
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// point reads a day, a time on the clock, or both in either order. What stood before it tells how numbers are meant: "в 9".
func (s *whenScanner) point(prefix string) (time.Time, bool) {
	begin := s.at
	if prefix == whenAt {
		if _, ok := s.dotted(); ok {
			s.at = begin
			return s.pointByClock(prefix)
		}
	}
	if day, ok := s.day(); ok {
		begin := s.at
		clock, given := s.clock(s.prefix())
		if !given {
			s.at = begin
			if day.today {
				return time.Time{}, false
			}
			clock = morning * 60
		}
		return s.join(day, clock), true
	}
	return s.pointByClock(prefix)
}

// pointByClock reads a time on the clock and, behind it, a day.
func (s *whenScanner) pointByClock(prefix string) (time.Time, bool) {
	clock, ok := s.clock(prefix)
	if !ok {
		return time.Time{}, false
	}
	begin := s.at
	s.prefix()
	if day, ok := s.day(); ok {
		return s.join(day, clock), true
	}
	s.at = begin
	at := s.on(s.now.Year(), s.now.Month(), s.now.Day(), clock)
	if !at.After(s.now) {
		at = s.on(s.now.Year(), s.now.Month(), s.now.Day()+1, clock)
	}
	return at, true
}

func (s *whenScanner) on(year int, month time.Month, day, minutes int) time.Time {
	return time.Date(year, month, day, minutes/60, minutes%60, 0, 0, s.now.Location())
}

// whenDay is a day named in words or by its date.
type whenDay struct {
	year  int // 0: the next such date
	month time.Month
	day   int
	today bool
	week  bool // a day of the week: today or within a week
}

// join puts day and time together. Of a date without year, or a day of the week, the next is meant.
func (s *whenScanner) join(d whenDay, minutes int) time.Time {
	year := d.year
	if year == 0 {
		year = s.now.Year()
	}
	at := s.on(year, d.month, d.day, minutes)
	if at.After(s.now) {
		return at
	}
	if d.week {
		return s.on(year, d.month, d.day+7, minutes)
	}
	for d.year == 0 && (!at.After(s.now) || at.Day() != d.day) && year < s.now.Year()+8 {
		year++
		at = s.on(year, d.month, d.day, minutes)
	}
	return at
}

var (
	whenDays     = map[string]int{"today": 0, "сегодня": 0, "tomorrow": 1, "завтра": 1, "послезавтра": 2}
	whenWeekdays = map[string]time.Weekday{}
	whenMonths   = map[string]time.Month{}
)

func init() {
	for i, words := range []string{
		"sunday sun воскресенье воскресенья воскресенью вс", "monday mon понедельник понедельника понедельнику пн",
		"tuesday tue вторник вторника вторнику вт", "wednesday wed среда среду среды среде ср", "thursday thu четверг четверга четвергу чт",
		"friday fri пятница пятницу пятницы пятнице пт", "saturday sat суббота субботу субботы субботе сб",
	} {
		for word := range strings.FieldsSeq(words) {
			whenWeekdays[word] = time.Weekday(i)
		}
	}
	for i, words := range []string{
		"january jan января янв", "february feb февраля фев", "march mar марта мар", "april apr апреля апр", "may мая", "june jun июня июн",
		"july jul июля июл", "august aug августа авг", "september sep sept сентября сен", "october oct октября окт",
		"november nov ноября ноя", "december dec декабря дек",
	} {
		for word := range strings.FieldsSeq(words) {
			whenMonths[word] = time.Month(i + 1)
		}
	}
}

func (s *whenScanner) day() (whenDay, bool) {
	today := whenDay{year: s.now.Year(), month: s.now.Month(), day: s.now.Day()}
	if n, ok := take(s, whenDays); ok {
		today.day += n
		today.today = n == 0
		return today, true
	}
	if weekday, ok := take(s, whenWeekdays); ok {
		today.day += (int(weekday) - int(s.now.Weekday()) + 7) % 7
		today.week = true
		return today, true
	}
	begin := s.at
	d, ok := s.date()
	if !ok {
		s.at = begin
	}
	return d, ok
}

// date reads "25.12", "25.12.2026", "2026-12-25", "25 декабря 2026", "Dec 25".
func (s *whenScanner) date() (whenDay, bool) {
	word := s.peek()
	if month, ok := take(s, whenMonths); ok {
		day, ok := s.dayOfMonth()
		return s.dated(0, month, day), ok && isDate(0, month, day)
	}
	if strings.Contains(word, "-") || strings.Contains(word, ".") {
		s.at++
		return parseDate(word)
	}
	day, ok := s.dayOfMonth()
	if !ok {
		return whenDay{}, false
	}
	month, ok := take(s, whenMonths)
	if !ok {
		return whenDay{}, false
	}
	year := 0
	if y := s.peek(); len(y) == 4 && isNumber(y) && y >= "1900" {
		year, _ = strconv.Atoi(y)
		s.at++
	}
	return s.dated(year, month, day), isDate(year, month, day)
}

func (s *whenScanner) dated(year int, month time.Month, day int) whenDay {
	return whenDay{year: year, month: month, day: day}
}

func (s *whenScanner) dayOfMonth() (int, bool) {
	word := s.peek()
	if len(word) > 2 || !isNumber(word) {
		return 0, false
	}
	s.at++
	n, err := strconv.Atoi(word)
	return n, err == nil
}

func parseDate(word string) (whenDay, bool) {
	numbers := func(sep string) []int {
		var out []int
		for part := range strings.SplitSeq(word, sep) {
			if len(part) > 4 || !isNumber(part) {
				return nil
			}
			n, _ := strconv.Atoi(part)
			out = append(out, n)
		}
		return out
	}
	var d whenDay
	if n := numbers("-"); len(n) == 3 && n[0] >= 1900 {
		d = whenDay{year: n[0], month: time.Month(n[1]), day: n[2]}
	} else if n := numbers("."); len(n) == 2 {
		d = whenDay{month: time.Month(n[1]), day: n[0]}
	} else if len(n) == 3 {
		d = whenDay{year: n[2], month: time.Month(n[1]), day: n[0]}
		if d.year < 100 {
			d.year += 2000
		}
	}
	return d, isDate(d.year, d.month, d.day)
}

// isDate reports whether there is such a date; without a year, in some year.
func isDate(year int, month time.Month, day int) bool {
	if year != 0 && year < 1900 || month < 1 || month > 12 || day < 1 {
		return false
	}
	if year == 0 {
		year = 2000 // a leap year
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Day() == day
}
