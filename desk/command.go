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
	rooms   []string // kinds of rooms it is offered in
	admin   bool     // for administrators only, and only in these rooms
	run     func(*act, *order) (answer string, err error)
}

// commands lists them in the order !help shows them.
func commands() []command {
	everywhere := []string{KindPortal, KindLobby, KindDirect, KindAdmin}
	return []command{
		{name: "accept", aliases: []string{"a", "принять", "п"}, rooms: everywhere[:3], run: (*act).orderAccept},
		{name: "decline", aliases: []string{"d", "отказаться", "отклонить", "о"}, rooms: everywhere[1:3], run: (*act).orderDecline},
		{name: "close", aliases: []string{"c", "закрыть", "з"}, rooms: everywhere[:3], run: (*act).orderClose},
		{name: "dead", aliases: []string{"l", "недоставленное", "н"}, rooms: everywhere[2:], admin: true, run: (*act).orderDead},
		{name: "retry", aliases: []string{"r", "повторить", "повтор"}, rooms: everywhere[2:], admin: true, run: (*act).orderRetry},
		{name: "help", aliases: []string{"h", "?", "помощь", "справка"}, rooms: everywhere, run: (*act).orderHelp},
	}
}

// findCommand gives the command of a name or alias.
func findCommand(name string) (command, bool) {
	all := commands()
	at := slices.IndexFunc(all, func(c command) bool { return c.name == name || slices.Contains(c.aliases, name) })
	if at < 0 {
		return command{}, false
	}
	return all[at], true
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
func commandWords(m content.Message) string {
	for _, words := range []string{m.Text, content.StripReply(m.Text), content.Plain(m.HTML)} {
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
