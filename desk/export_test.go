package desk

// CommandNames lists the names of all commands, for tests that have to know of each.
func CommandNames() []string {
	var out []string
	for _, c := range commands() {
		out = append(out, c.name)
	}
	return out
}
