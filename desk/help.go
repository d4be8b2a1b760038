package desk

import (
	"slices"
	"strings"
)

// commandPick answers a question of the bot's.
const commandPick = "pick"

func helpCommands() []command {
	return []command{
		{
			name: commandPick, aliases: []string{"p", "выбрать"}, rooms: allRooms, params: []param{{name: "number", kind: paramWord}},
			run: (*act).orderPick,
		},
		{
			name: "help", aliases: []string{"h", "?", "помощь", "справка"}, rooms: allRooms,
			params: []param{{name: "command", kind: paramRest, optional: true}}, run: (*act).orderHelp,
		},
	}
}

// orderHelp lists what can be said in this room by who asks, or explains one command.
func (a *act) orderHelp(o *order) (answer, error) {
	if name := strings.TrimPrefix(strings.ToLower(flat(o.given.rest)), "!"); name != "" {
		c, ok := findCommand(name)
		if !ok {
			return answer{}, Refuse(NotFound, "command.unknown_near", name, nearestCommand(name))
		}
		return said(a.helpLine(o, c)), nil
	}
	title, foot := a.word(o, "help.title"), a.word(o, "help.room."+o.kind)
	lines, html := []string{title}, "<p>"+escape(title)+"</p>"
	for _, g := range commandGroups() {
		offered, items, err := a.helpGroup(o, g)
		if err != nil {
			return answer{}, err
		}
		if len(offered) == 0 {
			continue
		}
		subject := a.word(o, "help.group."+g.subject)
		lines = append(append(lines, subject), offered...)
		html += "<p><strong>" + escape(subject) + "</strong></p><ul>" + items + "</ul>"
	}
	return answer{text: strings.Join(append(lines, foot), "\n"), html: html + "<p>" + escape(foot) + "</p>"}, nil
}

// helpGroup lists the commands of a subject that can be given here, as lines and as items of a list.
func (a *act) helpGroup(o *order, g commandGroup) (lines []string, html string, err error) {
	for _, c := range g.commands {
		offered, err := a.isOffered(o, c)
		if err != nil {
			return nil, "", err
		}
		if !offered {
			continue
		}
		lines = append(lines, a.helpLine(o, c))
		html += "<li><code>" + escape(a.usage(o, c)) + "</code> " + escape(a.helpWords(o, c)) + "</li>"
	}
	return lines, html, nil
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
	words := a.word(o, "help."+c.textKey())
	if len(c.aliases) == 0 {
		return words
	}
	return a.word(o, "help.line", words, "!"+strings.Join(c.calls(), ", !"))
}
