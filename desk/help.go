package desk

import (
	"slices"
	"strings"

	"frontdesk/content"
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

// orderHelp shows what can be said in this room by who asks: the subjects with their commands, one subject or one command explained, or all of them.
func (a *act) orderHelp(o *order) (answer, error) {
	given := strings.TrimPrefix(strings.ToLower(flat(o.given.rest)), "!")
	if given == "" || isAll(given) {
		return a.helpOverview(o, given != "")
	}
	groups := commandGroups()
	isNamed := func(fits func(subject string) bool) func(commandGroup) bool {
		return func(g commandGroup) bool {
			return slices.ContainsFunc(orderLanguages, func(lang string) bool {
				return fits(content.Fold(a.texts.Text(lang, "help.group."+g.subject)))
			})
		}
	}
	word := content.Fold(given)
	if g := find(groups, isNamed(func(subject string) bool { return subject == word })); g != nil {
		return a.helpSubject(o, *g)
	}
	if c, ok := findCommand(given); ok {
		return said(a.helpLine(o, c)), nil
	}
	if g := find(groups, isNamed(func(subject string) bool { return len([]rune(word)) > 2 && strings.Contains(subject, word) })); g != nil {
		return a.helpSubject(o, *g)
	}
	if meant := nearestCommand(given); meant != "" {
		return answer{}, Refuse(NotFound, "command.unknown_near", cut(given), meant)
	}
	return answer{}, Refuse(NotFound, "command.unknown", cut(given))
}

// helpOverview shows the subjects that there are commands of here: with what they are called, or explained as a whole.
func (a *act) helpOverview(o *order, whole bool) (answer, error) {
	title, foot := a.word(o, "help.title"), []string{a.word(o, "help.room."+o.kind)}
	if !whole {
		foot = append(foot, a.word(o, "help.more"))
	}
	lines, html := []string{title}, "<p>"+escape(title)+"</p>"
	for _, g := range commandGroups() {
		offered, err := a.helpGroup(o, g)
		if err != nil {
			return answer{}, err
		}
		if len(offered) == 0 {
			continue
		}
		subject := a.word(o, "help.group."+g.subject)
		if whole {
			lines = append(append(lines, subject), a.helpLines(o, offered)...)
			html += "<p><strong>" + escape(subject) + "</strong></p>" + a.helpItems(o, offered)
			continue
		}
		var names, codes []string
		for _, c := range offered {
			names = append(names, "!"+a.called(o, c.name))
			codes = append(codes, "<code>"+escape("!"+a.called(o, c.name))+"</code>")
		}
		lines = append(lines, subject+": "+strings.Join(names, ", "))
		html += "<p><strong>" + escape(subject) + "</strong>: " + strings.Join(codes, ", ") + "</p>"
	}
	for _, line := range foot {
		html += "<p>" + escape(line) + "</p>"
	}
	return answer{text: strings.Join(append(lines, foot...), "\n"), html: html}, nil
}

// helpSubject explains the commands of a subject that can be given here.
func (a *act) helpSubject(o *order, g commandGroup) (answer, error) {
	offered, err := a.helpGroup(o, g)
	if err != nil {
		return answer{}, err
	}
	subject := a.word(o, "help.group."+g.subject)
	if len(offered) == 0 {
		return answer{}, Refuse(NotFound, "help.nothing_of", subject)
	}
	return answer{
		text: strings.Join(append([]string{subject}, a.helpLines(o, offered)...), "\n"),
		html: "<p><strong>" + escape(subject) + "</strong></p>" + a.helpItems(o, offered),
	}, nil
}

// helpGroup lists the commands of a subject that can be given here by who asks.
func (a *act) helpGroup(o *order, g commandGroup) ([]command, error) {
	var out []command
	for _, c := range g.commands {
		offered, err := a.isOffered(o, c)
		if err != nil {
			return nil, err
		}
		if offered {
			out = append(out, c)
		}
	}
	return out, nil
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

func (a *act) helpLines(o *order, commands []command) []string {
	var out []string
	for _, c := range commands {
		out = append(out, a.helpLine(o, c))
	}
	return out
}

func (a *act) helpItems(o *order, commands []command) string {
	out := "<ul>"
	for _, c := range commands {
		out += "<li><code>" + escape(a.usage(o, c)) + "</code> " + escape(a.helpWords(o, c)) + "</li>"
	}
	return out + "</ul>"
}

func (a *act) helpLine(o *order, c command) string { return a.usage(o, c) + " " + a.helpWords(o, c) }

// helpWords says what a command does and what else it is called.
func (a *act) helpWords(o *order, c command) string {
	words, shown := a.word(o, "help."+c.textKey()), a.called(o, c.name)
	var others []string
	for _, name := range append(c.calls(), c.name) {
		if name != shown {
			others = append(others, "!"+name)
		}
	}
	if len(others) == 0 {
		return words
	}
	return a.word(o, "help.line", words, strings.Join(others, ", "))
}
