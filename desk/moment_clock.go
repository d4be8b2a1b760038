package desk

import (
	"strconv"
	"strings"
)

// Times of the day as people write them.

// whenHalves tell of the hours from 1 to 12 which are meant, as hours of the day.
var whenHalves = func() map[string][13]int {
	out := map[string][13]int{}
	for words, hours := range map[string][13]int{
		"am a.m утра": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0},
		"pm p.m":      {0, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 12},
		"дня":         {0, 13, 14, 15, 16, 17, 18, 19, 20, 21, 10, 11, 12},
		"вечера":      {0, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24},
		"ночи":        {0, 1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23, 0},
	} {
		for word := range strings.FieldsSeq(words) {
			out[word] = hours
		}
	}
	return out
}()

var (
	whenClocks = map[string]int{
		"noon": 12 * 60, "полдень": 12 * 60, "midnight": 0, "полночь": 0,
		"morning": morning * 60, "утром": morning * 60, "afternoon": 14 * 60, "днём": 14 * 60, "днем": 14 * 60,
		"evening": 18 * 60, "вечером": 18 * 60,
	}
	// whenEnds are times only behind a word like "до" or "к".
	whenEnds = map[string]int{
		"утра": morning * 60, "утру": morning * 60, "полудня": 12 * 60, "полудню": 12 * 60, "вечера": 18 * 60, "вечеру": 18 * 60,
		"полуночи": 0,
	}
	whenOClock = map[string]bool{"o'clock": true, "часов": true, "часа": true, "час": true, "ч": true}
)

// clock reads a time of the day, in minutes: "18:00", "9am", "9 утра". Behind a word for a point in time, also "9", "9 часов" and, unless that is a
// day, "9.30".
func (s *whenScanner) clock(prefix string) (int, bool) {
	if minutes, ok := take(s, whenClocks); ok {
		return minutes, true
	}
	if prefix == whenUntil {
		if minutes, ok := take(s, whenEnds); ok {
			return minutes, true
		}
	}
	begin := s.at
	bare := prefix != "" && prefix != whenIn
	h, m, exact := s.hour()
	if !exact && bare && prefix != whenOn {
		if minutes, ok := s.dotted(); ok {
			return minutes, true
		}
	}
	if h < 0 {
		return 0, false
	}
	s.at++
	if !exact && bare {
		take(s, whenOClock)
	}
	hours, half := take(s, whenHalves)
	switch {
	case half && h >= 1 && h <= 12:
		h = hours[h]
	case half, !exact && !bare, h > 23, m > 59:
		s.at = begin
		return 0, false
	}
	return h*60 + m, true
}

// hour reads "18:00" or "18" without taking it; h is -1 for anything else. exact tells that minutes were given.
func (s *whenScanner) hour() (h, m int, exact bool) {
	hours, minutes, exact := strings.Cut(s.peek(), ":")
	if len(hours) > 2 || !isNumber(hours) || exact && (len(minutes) != 2 || !isNumber(minutes)) {
		return -1, 0, false
	}
	h, _ = strconv.Atoi(hours)
	m, _ = strconv.Atoi("0" + minutes)
	return h, m, exact
}

// dotted reads a time of the day written with a dot: "18.30".
func (s *whenScanner) dotted() (int, bool) {
	hours, minutes, ok := strings.Cut(s.peek(), ".")
	if !ok || len(hours) > 2 || len(minutes) != 2 || !isNumber(hours) || !isNumber(minutes) {
		return 0, false
	}
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	if h > 23 || m > 59 {
		return 0, false
	}
	s.at++
	return h*60 + m, true
}
