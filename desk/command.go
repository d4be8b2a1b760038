package desk

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// command is something the staff can tell the bot to do.
type command struct {
	name    string   // one word, or two: "rights give" is what «!rights give» does
	aliases []string // Russian and short ones; of a command of two words, those of the second. The first Russian one is what Russian texts call it
	rooms   []string // kinds of rooms it is taken in
	// right is what somebody must have at least somewhere to be offered it; whether it extends to what the command is about is for run to
	// judge. nil: any member of staff.
	right  *right
	params []param
	// private commands are answered in the direct chat, wherever they were given.
	private bool
	// reads tells that the command changes nothing and may have to look through a lot: it is answered outside the decisions, see Answer.
	reads bool
	run   func(*act, *order) (answer, error)
}

// right is to view or edit something of a module.
type right struct {
	module Module
	edit   bool
}

// Kinds of rooms that commands are taken in.
var (
	talkRooms  = []string{KindPortal, KindLobby, KindDirect}
	allRooms   = []string{KindPortal, KindLobby, KindDirect, KindAdmin, KindAdmins, KindRoom}
	adminRooms = []string{KindDirect, KindAdmin}
)

// commandGroup is commands of one subject.
type commandGroup struct {
	subject  string // names its text "help.group.<subject>"
	commands []command
}

// commandGroups lists all commands by subject, in the order !help shows them.
func commandGroups() []commandGroup {
	return []commandGroup{
		{"tickets", slices.Concat(ticketCommands(), moveCommands(), resendCommands())},
		{"calls", callCommands()},
		{"block", blockCommands()},
		{"search", slices.Concat(listCommands(), readingCommands())},
		{"contacts", contactCommands()},
		{"rooms", roomCommands()},
		{"templates", slices.Concat(templateCommands(), editCommands())},
		{"reminders", slices.Concat(remindCommands(), quietCommands())},
		{"profile", profileCommands()},
		{"staff", slices.Concat(staffCommands(), departmentCommands())},
		{"queues", slices.Concat(queueCommands(), siteCommands())},
		{"rights", rightsCommands()},
		{"settings", settingCommands()},
		{"journal", journalCommands()},
		{"faults", faultCommands()},
		{"help", helpCommands()},
	}
}

// registry holds all commands, made once: every message of the staff looks there.
var registry struct {
	once sync.Once
	all  []command
}

// commands lists all commands. The list is not to be changed.
func commands() []command {
	registry.once.Do(func() {
		for _, g := range commandGroups() {
			registry.all = append(registry.all, g.commands...)
		}
	})
	return registry.all
}

// taken reports whether a command is taken in a kind of room.
func taken(c command, kind string) bool { return slices.Contains(c.rooms, kind) }

// textKey is what the keys of the command's texts end in.
func (c command) textKey() string { return strings.ReplaceAll(c.name, " ", "_") }

// calls lists what the command can be called besides its name. A Russian second word goes with a Russian first one.
func (c command) calls() []string {
	first, _, two := strings.Cut(c.name, " ")
	if !two {
		return c.aliases
	}
	var out []string
	for _, alias := range c.aliases {
		if isRussian(alias) {
			out = append(out, calledIn("ru", first)+" "+alias)
		} else {
			out = append(out, first+" "+alias)
		}
	}
	return out
}

// calledIn gives what a command is called in a language: its name, or in Russian the first Russian alias.
func calledIn(lang, name string) string {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	c, ok := findCommand(name)
	if base != "ru" || !ok {
		return name
	}
	calls := c.calls()
	if at := slices.IndexFunc(calls, isRussian); at >= 0 {
		return calls[at]
	}
	return name
}

// isRussian reports whether there are Russian letters in a word.
func isRussian(word string) bool {
	return strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
}

// findCommand gives the command of a name or alias.
func findCommand(name string) (command, bool) {
	c, rest, ok := lookUpCommand(name, "")
	if first, second, two := strings.Cut(name, " "); two && !ok {
		c, rest, ok = lookUpCommand(first, second)
	}
	return c, ok && rest == ""
}

// lookUpCommand gives the command of a name or alias, and what of the text after it is given to the command: the second word of a name
// stands there.
func lookUpCommand(name, text string) (command, string, bool) {
	all := commands()
	at := slices.IndexFunc(all, func(c command) bool {
		return c.name == name || !strings.Contains(c.name, " ") && slices.Contains(c.aliases, name)
	})
	first := name
	if at >= 0 {
		first = all[at].name
	}
	word, rest, quoted := nextWord(text)
	for _, c := range all {
		one, two, ok := strings.Cut(c.name, " ")
		if word = strings.ToLower(word); ok && !quoted && one == first && (two == word || slices.Contains(c.aliases, word)) {
			return c, strings.TrimSpace(rest), true
		}
	}
	if at < 0 {
		return command{}, text, false
	}
	return all[at], text, true
}

// nearestCommand gives the name or alias that a misspelt one most likely stands for, or "".
func nearestCommand(misspelt string) string {
	var names []string
	for _, c := range commands() {
		if !strings.Contains(c.name, " ") {
			names = append(append(names, c.name), c.aliases...)
		}
	}
	return nearest(misspelt, names)
}

// parseCommand splits "!name arguments" into its name, in lower case, and its arguments. A number may follow the name at once: "!a42".
func parseCommand(text string) (name, args string) {
	text = strings.TrimPrefix(bare(text), "!")
	end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsDigit(r) || r == '#' || r == '№' })
	if end < 0 {
		end = len(text)
	}
	return strings.ToLower(text[:end]), strings.TrimSpace(text[end:])
}

// commandWords gives the text of a message that is a command.
func commandWords(in StaffMessage) string {
	for _, words := range append([]string{in.Order}, beginnings(in.Content)...) {
		if strings.HasPrefix(bare(words), "!") {
			return words
		}
	}
	return in.Content.Text
}

// parseNumber reads a ticket's number: "42", "#42" or "№42". No digits at all give 0 and true: none was named.
func parseNumber(args string) (int64, bool) {
	args = strings.TrimSpace(strings.TrimLeft(args, "#№ "))
	if args == "" {
		return 0, true
	}
	var n int64
	for _, r := range args {
		if r < '0' || r > '9' || n > 1e15 {
			return 0, false
		}
		n = n*10 + int64(r-'0')
	}
	return n, n > 0
}
