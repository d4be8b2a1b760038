package desk

import (
	"strconv"
	"strings"
	"time"

	"frontdesk/content"
)

// query is what somebody looks for, as written: words, and filters like "from:2026-03-01" or «имя:"Иван Петров"».
type query struct {
	words   string            // all of them
	loose   string            // those that stand by themselves
	phrases []string          // those that stand in quotation marks
	filters map[string]string // by their English names
}

// filterNames gives the English name of each name a filter has.
var filterNames = map[string]string{
	"from": "from", "since": "from", "с": "from", "от": "from",
	"to": "to", "until": "to", "по": "to", "до": "to",
	"name": "name", "имя": "name", "фио": "name",
	"email": "email", "e-mail": "email", "mail": "email", "почта": "email",
	"phone": "phone", "tel": "phone", "телефон": "phone", "тел": "phone",
	"region": "region", "регион": "region",
	"town": "town", "city": "town", "город": "town",
	"rating": "rating", "stars": "rating", "оценка": "rating", "рейтинг": "rating",
	"queue": "queue", "очередь": "queue",
	"operator": "operator", "оператор": "operator",
	"department": "department", "dep": "department", "отдел": "department", "подразделение": "department",
	"page": "page", "стр": "page", "страница": "page",
}

// parseQuery reads words, phrases and filters. What looks like a filter and is none of ours is words. A filter's value may be quoted and may stand after
// a space; of a filter named twice the last counts.
func parseQuery(text string) query {
	q := query{filters: map[string]string{}}
	var words, loose []string
	for {
		text = strings.TrimSpace(text)
		if text == "" {
			q.words, q.loose = strings.Join(words, " "), strings.Join(loose, " ")
			return q
		}
		name, value, rest, ok := nextFilter(text)
		if ok {
			q.filters[name] = value
			text = rest
			continue
		}
		word, rest, quoted := nextWord(text)
		words = append(words, word)
		if quoted {
			q.phrases = append(q.phrases, word)
		} else {
			loose = append(loose, word)
		}
		text = rest
	}
}

// nextFilter cuts a filter off a text, if the text begins with one.
func nextFilter(text string) (name, value, rest string, ok bool) {
	head, tail, ok := strings.Cut(text, ":")
	if !ok {
		return "", "", "", false
	}
	if name, ok = filterNames[strings.ToLower(head)]; !ok {
		return "", "", "", false
	}
	value, rest, _ = nextWord(tail)
	if strings.TrimSpace(value) == "" {
		return "", "", "", false
	}
	return name, strings.TrimSpace(value), rest, true
}

// part gives a filter's value as it is compared.
func (q query) part(name string) string { return content.Fold(q.filters[name]) }

// parseDay reads a day: "2026-03-01", "01.03.2026", "1.3.26", "1.3" (the latest that has begun), today or yesterday. The answer is its beginning
// where today is.
func parseDay(text string, today time.Time) (time.Time, bool) {
	year, month, day := today.Date()
	beginning := func(y, m, d int) (time.Time, bool) {
		// The time package takes the 31st of April for the 1st of May. Judged in UTC: a zone may have skipped the midnight of a day.
		date := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
		ok := y >= 1970 && y < 2200 && date.Month() == time.Month(m) && date.Day() == d
		return time.Date(y, time.Month(m), d, 0, 0, 0, 0, today.Location()), ok
	}
	switch content.Fold(text) {
	case "today", "сегодня":
		return beginning(year, int(month), day)
	case "yesterday", "вчера":
		at := time.Date(year, month, day-1, 0, 0, 0, 0, today.Location())
		return at, true
	}
	if n, ok := numbersOf(text, "-", 3); ok {
		return beginning(n[0], n[1], n[2])
	}
	if n, ok := numbersOf(text, ".", 2); ok {
		// The 29th of February comes every fourth year, or after eight.
		for y := year; y > year-9; y-- {
			if at, ok := beginning(y, n[1], n[0]); ok && !at.After(today) {
				return at, true
			}
		}
		return time.Time{}, false
	}
	n, ok := numbersOf(text, ".", 3)
	if !ok {
		return time.Time{}, false
	}
	if n[2] < 100 {
		n[2] += 2000
	}
	return beginning(n[2], n[1], n[0])
}

// parseDays reads the first and the last day to look at, "" for none, and gives the beginning of the one and the end of the other. After a first day of
// an earlier year a last one without a year is the next such day: it need not have begun.
func parseDays(first, last string, today time.Time) (from, until time.Time, err error) {
	var ok bool
	if first != "" {
		if from, ok = parseDay(first, today); !ok {
			return from, until, Refuse(Invalid, "search.bad_day", cut(first))
		}
	}
	if last == "" {
		return from, until, nil
	}
	day, ok := parseDay(last, today)
	if !ok {
		return from, until, Refuse(Invalid, "search.bad_day", cut(last))
	}
	if _, yearless := numbersOf(last, ".", 2); yearless && day.Before(from) && from.Year() < today.Year() {
		day, _ = parseDay(last, day.AddDate(1, 0, 0))
	}
	if day.Before(from) {
		return from, until, Refuse(Invalid, "search.bad_period", cut(first), cut(last))
	}
	return from, day.AddDate(0, 0, 1), nil
}

// numbersOf cuts a text into so many whole numbers.
func numbersOf(text, between string, count int) ([]int, bool) {
	fields := strings.Split(text, between)
	if len(fields) != count {
		return nil, false
	}
	var out []int
	for _, field := range fields {
		n, err := strconv.ParseUint(field, 10, 16)
		if err != nil {
			return nil, false
		}
		out = append(out, int(n))
	}
	return out, true
}

// parseStars reads a rating: "5", "3-5", "4+".
func parseStars(text string) (least, most int, ok bool) {
	first, last, isRange := strings.Cut(text, "-")
	if from, open := strings.CutSuffix(text, "+"); open {
		first, last, isRange = from, "5", true
	}
	if !isRange {
		last = first
	}
	low, err := strconv.ParseUint(strings.TrimSpace(first), 10, 8)
	if err != nil {
		return 0, 0, false
	}
	high, err := strconv.ParseUint(strings.TrimSpace(last), 10, 8)
	if err != nil || low < 1 || high > 5 || low > high {
		return 0, 0, false
	}
	return int(low), int(high), true
}
