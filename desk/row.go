package desk

import (
	"strconv"
	"strings"
)

// An effect's id tells what its event will be, so that the echo of an event finds its meaning without a look-up of the effect:
//
//	<message>.<part>         a part of a message in its portal
//	<message>.<part>.lobby.<queue>  its copy in the thread of the ticket's card in a queue's lobby
//	<message>.edit.<id>      a customer's edit
//	<message>.react.<id>     a customer's reaction
//	card/<ticket>            the card of a ticket, see CardRow
//	<ticket>.line.<id>       a line about a ticket in the thread of its card
//	replace/<room id>        a new room in the place of one, see renew; retire/<room id>: what becomes of that one
//	<id>                     everything else: the bot's lines and marks, redactions
const (
	rowLobby    = "lobby"
	rowEdit     = "edit"
	rowReaction = "react"
	rowLine     = "line"
)

// CardRow is the row of the event that shows a ticket's card, which is no effect: the Applier sends the card with this row in
// place of an effect's id, and its edits without any, and reports its Echo like that of an effect.
func CardRow(t TicketID) EffectID { return EffectID(ThingCard + string(t)) }

// cardTicket gives the ticket whose card carries the row.
func cardTicket(row EffectID) (TicketID, bool) {
	id, ok := strings.CutPrefix(string(row), ThingCard)
	return TicketID(id), ok
}

func lineRow(t TicketID, id string) EffectID { return EffectID(string(t) + "." + rowLine + "." + id) }

// pressedTicket gives the ticket that a reaction in a lobby is about: that of a card, or of a line in a card's thread.
func pressedTicket(row EffectID) (TicketID, bool) {
	if id, ok := cardTicket(row); ok {
		return id, true
	}
	id, rest, _ := strings.Cut(string(row), ".")
	return TicketID(id), strings.HasPrefix(rest, rowLine+".")
}

func partRow(m MessageID, part int) EffectID {
	return EffectID(string(m) + "." + strconv.Itoa(part))
}

func lobbyRow(m MessageID, part int, q QueueID) EffectID {
	return partRow(m, part) + "." + rowLobby + "." + EffectID(q)
}

func editRow(m MessageID, id string) EffectID {
	return EffectID(string(m) + "." + rowEdit + "." + id)
}

func reactionRow(m MessageID, id string) EffectID {
	return EffectID(string(m) + "." + rowReaction + "." + id)
}

// rowMeaning is what an effect's id says about its event.
type rowMeaning struct {
	kind    EventKind
	message MessageID
	part    int
	lobby   bool // a copy in the lobby
}

func meaningOf(row EffectID) rowMeaning {
	message, rest, ok := strings.Cut(string(row), ".")
	if !ok {
		return rowMeaning{kind: EventNotice}
	}
	head, tail, _ := strings.Cut(rest, ".")
	switch head {
	case rowEdit:
		return rowMeaning{kind: EventEdit, message: MessageID(message)}
	case rowReaction:
		return rowMeaning{kind: EventReaction, message: MessageID(message)}
	}
	part, err := strconv.Atoi(head)
	if err != nil || part < 0 {
		return rowMeaning{kind: EventNotice}
	}
	if copied, _, _ := strings.Cut(tail, "."); copied == rowLobby {
		return rowMeaning{kind: EventNotice, message: MessageID(message), part: part, lobby: true}
	}
	return rowMeaning{kind: EventMessage, message: MessageID(message), part: part}
}
