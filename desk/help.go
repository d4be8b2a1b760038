package desk

import (
	"slices"
	"strings"
)

// orderHelp lists what can be said in this room by who asks, or explains one command.
func (a *act) orderHelp(o *order) (answer, error) {
	if name := strings.TrimPrefix(strings.ToLower(o.given.word(0)), "!"); name != "" {
		c, ok := findCommand(name)
		if !ok {
			return answer{}, Refuse(NotFound, "command.unknown_near", name, nearestCommand(name))
		}
		return said(a.helpLine(o, c)), nil
	}
	title, foot := a.word(o, "help.title"), a.word(o, "help.room."+o.kind)
	lines, html := []string{title}, "<p>"+escape(title)+"</p><ul>"
	for _, c := range commands() {
		offered, err := a.isOffered(o, c)
		if err != nil {
			return answer{}, err
		}
		if !offered {
			continue
		}
		lines = append(lines, a.helpLine(o, c))
		html += "<li><code>" + escape(a.usage(o, c)) + "</code> " + escape(a.helpWords(o, c)) + "</li>"
	}
	return answer{text: strings.Join(append(lines, foot), "\n"), html: html + "</ul><p>" + escape(foot) + "</p>"}, nil
}

// isOffered reports whether a command can be given here by who asks.
func (a *act) isOffered(o *order, c command) (bool, error) {
	if !slices.Contains(c.rooms, o.kind) {
		return false, nil
	}
	if c.right == nil {
		return true, nil
	}
	return a.canSomewhere(o.staff, c.right.module, c.right.edit)
}

func (a *act) helpLine(o *order, c command) string { return a.usage(o, c) + " " + a.helpWords(o, c) }

// helpWords says what a command does and what else it is called.
func (a *act) helpWords(o *order, c command) string {
	return a.word(o, "help.line", a.word(o, "help."+c.name), "!"+strings.Join(c.aliases, ", !"))
}
