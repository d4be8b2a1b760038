package desk

import (
	"slices"
	"strings"
	"unicode"

	"frontdesk/content"
)

// command is something the staff can tell the bot to do.
type command struct {
	name    string
	aliases []string // Russian and short ones
	rooms   []string // kinds of rooms it is taken in
	// right is what somebody must have at least somewhere to be offered it; whether it extends to what the command is about is for run to
	// judge. nil: any member of staff.
	right  *right
	params []param
	// private commands are answered in the direct chat, wherever they were given.
	private bool
	run     func(*act, *order) (answer, error)
}

// right is to view or edit something of a module.
type right struct {
	module Module
	edit   bool
}

// Kinds of rooms that commands are taken in.
var (
	talkRooms  = []string{KindPortal, KindLobby, KindDirect}
	allRooms   = []string{KindPortal, KindLobby, KindDirect, KindAdmin}
	adminRooms = []string{KindDirect, KindAdmin}
)

// commands lists them in the order !help shows them.
func commands() []command {
	return slices.Concat(ticketCommands(), moveCommands(), blockCommands(), templateCommands(), faultCommands(), []command{
		{name: commandPick, aliases: []string{"p", "выбрать"}, rooms: allRooms, params: []param{{name: "number", kind: paramWord}}, run: (*act).orderPick},
		{name: "help", aliases: []string{"h", "?", "помощь", "справка"}, rooms: allRooms, params: []param{{name: "command", kind: paramWord, optional: true}}, run: (*act).orderHelp},
	})
}

// commandPick answers a question of the bot's.
const commandPick = "pick"

// findCommand gives the command of a name or alias.
func findCommand(name string) (command, bool) {
	all := commands()
	at := slices.IndexFunc(all, func(c command) bool { return c.name == name || slices.Contains(c.aliases, name) })
	if at < 0 {
		return command{}, false
	}
	return all[at], true
}

// nearestCommand gives the name or alias that a misspelt one most likely stands for, or "".
func nearestCommand(misspelt string) string {
	var names []string
	for _, c := range commands() {
		names = append(append(names, c.name), c.aliases...)
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
	m := in.Content
	for _, words := range []string{in.Order, m.Text, content.StripReply(m.Text), content.Plain(m.HTML)} {
		if strings.HasPrefix(bare(words), "!") {
			return words
		}
	}
	return m.Text
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
