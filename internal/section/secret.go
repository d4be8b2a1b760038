package section

import "strings"

// Secret is a value that is never printed: formatting and logging it show only whether it is set.
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return "(none)"
	}
	return "(secret)"
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// IsPlaceholder reports whether a secret is one of the words people put where a secret belongs.
func (s Secret) IsPlaceholder() bool {
	flat := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(string(s)))
	for _, word := range []string{"changeme", "replaceme", "yoursecret", "placeholder"} {
		if strings.Contains(flat, word) {
			return true
		}
	}
	return false
}
