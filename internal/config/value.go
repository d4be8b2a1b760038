package config

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"frontdesk/internal/section"
)

const (
	minute = time.Minute
	day    = 24 * time.Hour
)

// Secret is a value that is never printed.
type Secret = section.Secret

// Placeholder is what the secrets of the example files are.
const Placeholder = "CHANGE-ME"

// Duration is a length of time written like "90s", "1h30m" or "365d".
type Duration time.Duration

var daysRE = regexp.MustCompile(`^([0-9]{1,5})d(.*)$`)

var errDuration = errors.New("not a length of time")

// UnmarshalText reads the written form.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	var sum time.Duration
	if m := daysRE.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return errDuration
		}
		sum, s = time.Duration(n)*day, m[2]
		if s == "" {
			s = "0"
		}
	}
	rest, err := time.ParseDuration(s)
	if err != nil || rest < 0 || rest > math.MaxInt64-sum {
		return errDuration
	}
	*d = Duration(sum + rest)
	return nil
}

// String gives the shortest written form.
func (d Duration) String() string {
	if t := time.Duration(d); t != 0 && t%day == 0 {
		return strconv.FormatInt(int64(t/day), 10) + "d"
	}
	return time.Duration(d).String()
}

// Size is a number of bytes written like "800KB", "50MB" or "2GB"; the units are powers of 1024.
type Size int64

var sizeRE = regexp.MustCompile(`^([0-9]{1,12})(|B|KB|MB|GB|TB)$`)

var errSize = errors.New("not a size")

// UnmarshalText reads the written form.
func (s *Size) UnmarshalText(text []byte) error {
	m := sizeRE.FindStringSubmatch(strings.ToUpper(string(text)))
	if m == nil {
		return errSize
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	shift := map[string]uint{"": 0, "B": 0, "KB": 10, "MB": 20, "GB": 30, "TB": 40}[m[2]]
	if err != nil || n > math.MaxInt64>>shift {
		return errSize
	}
	*s = Size(n << shift)
	return nil
}

// String gives the shortest exact written form.
func (s Size) String() string {
	n, unit := int64(s), 0
	units := []string{"B", "KB", "MB", "GB", "TB"}
	for n != 0 && n%1024 == 0 && unit < len(units)-1 {
		n, unit = n/1024, unit+1
	}
	return strconv.FormatInt(n, 10) + units[unit]
}
