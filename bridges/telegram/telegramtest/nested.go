package telegramtest

import (
	"encoding/json"
	"strings"
)

// nested are the required fields of what is inside a field of JSON, by the path to it: "media" has a list of things with a type. A path ends at
// lists of lists as well.
var nested = map[string]string{
	"entities":                     "type offset length",
	"caption_entities":             "type offset length",
	"reply_parameters":             "message_id",
	"reaction":                     "type",
	"media":                        "type media",
	"media.caption_entities":       "type offset length",
	"commands":                     "command description",
	"reply_markup.inline_keyboard": "text",
	"reply_markup.keyboard":        "text",
}

// checkNested complains of required fields that are missing inside others.
func (m *method) checkNested(s *Server, p params) *Error {
	var refused *Error
	for at, fields := range nested {
		outer, inner, _ := strings.Cut(at, ".")
		var value any
		if p.values[outer] == "" || json.Unmarshal([]byte(p.values[outer]), &value) != nil {
			continue
		}
		for _, object := range objects(value, inner) {
			for _, field := range strings.Fields(fields) {
				if _, ok := object[field]; !ok {
					s.complain("%s: something in %s without %s", m.name, at, field)
					refused = bad("can't parse %s: field %q is missing", outer, field)
				}
			}
		}
	}
	return refused
}

// objects lists the objects that a value is or has in its lists, or those in a field of theirs.
func objects(value any, field string) (out []map[string]any) {
	switch v := value.(type) {
	case []any:
		for _, x := range v {
			out = append(out, objects(x, field)...)
		}
	case map[string]any:
		if field == "" {
			return []map[string]any{v}
		}
		return objects(v[field], "")
	}
	return out
}
