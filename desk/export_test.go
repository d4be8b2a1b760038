package desk

// CommandNames lists the names of all commands, for tests that have to know of each.
func CommandNames() []string {
	var out []string
	for _, c := range commands() {
		out = append(out, c.name)
	}
	return out
}

// FieldKey is what the text for a field's name ends in, for the test that every recorded field has a name.
var FieldKey = fieldKey
