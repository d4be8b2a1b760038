package desk

import "strings"

// Language picks the site's language that fits the wanted one: the same tag, else the same base language ("ru" for "ru-RU"), else
// the site's default.
func (s *Site) Language(want string) string {
	base := baseLanguage(want)
	fallback := ""
	for _, have := range s.Languages {
		if strings.EqualFold(have, want) {
			return have
		}
		if fallback == "" && base != "" && baseLanguage(have) == base {
			fallback = have
		}
	}
	if fallback != "" {
		return fallback
	}
	if len(s.Languages) > 0 {
		return s.Languages[0]
	}
	return "en"
}

func baseLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	return strings.ToLower(base)
}
