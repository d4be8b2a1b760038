package desk

import (
	"fmt"
	"strings"
)

// SizeText gives a number of bytes in words, rounded up to a tenth: what is over a limit never reads as if it were not.
func SizeText(t Texts, lang string, bytes int64) string {
	unit, key := int64(1<<20), "size.mb"
	if bytes < unit {
		unit, key = 1<<10, "size.kb"
	}
	tenths := (max(bytes, 0)*10 + unit - 1) / unit
	number := fmt.Sprint(tenths / 10)
	if tenths%10 != 0 {
		number = strings.Join([]string{number, fmt.Sprint(tenths % 10)}, t.Text(lang, "size.point"))
	}
	return t.Text(lang, key, number)
}
