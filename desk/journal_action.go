package desk

import (
	"slices"
	"strings"
)

// journalActions are the actions that stand in the journal. Each is called something by the text "journal.<action>".
var journalActions = []string{
	"ticket.opened", "ticket.chosen", "ticket.routed", "ticket.offered", "ticket.passed", "ticket.accepted", "ticket.declined", "ticket.undeclined",
	"ticket.returned", "ticket.queued", "ticket.transferred", "ticket.taken", "ticket.watched", "ticket.closed", "ticket.blocked", "ticket.unblocked",
	"ticket.renamed", "ticket.rated", "ticket.reminded", "ticket.snoozed", "ticket.woken",
	"message.edited", "message.retracted", "message.undelivered", "message.resent", "consent.given", "customer.reach.cut", "customer.reach.open", "channel.trouble",
	"call.started", "call.answered", "call.connected", "call.declined", "call.missed", "call.withdrawn", "call.failed", "call.ended",
	"call.share_asked", "call.share_declined", "call.share_missed", "call.share_withdrawn", "call.shared", "call.unshared", "call.link_sent",
	"archive.opened", "archive.left",
	"contact.added", "contact.edited", "contact.was_hidden", "contact.shown_again", "contact.undone",
	"template.added", "template.edited", "template.deleted", "template.on", "template.off", "template.used",
	"reminder.set", "reminder.cancelled",
	"operator.added", "operator.registered", "operator.changed", "operator.joined", "operator.left", "operator.removed", "operator.quiet", "operator.disturbable",
	"department.added", "department.renamed", "department.removed",
	"rights.given", "rights.taken", "rights.assigned", "rights.unassigned", "rights.template", "rights.template_dropped",
	"queue.added", "queue.changed", "queue.renamed", "queue.shown", "queue.hidden", "queue.removed",
	"site.added", "site.changed", "site.removed", "site.restored",
	"config.set", "config.exported",
	"room.created", "room.added", "room.removed", "room.renamed", "room.left", "room.by_hand", "room.adopted", "room.dropped", "room.bot_left", "room.broken",
	"member.invited", "member.left", "member.removed", "member.invite", "member.join", "member.leave", "member.ban", "member.knock",
	"admin.asked", "admin.answered",
	"effect.dead", "input.dead", "desire.dead", "dead.retry",
}

// JournalActions lists what can have been done.
func JournalActions() []string { return slices.Clone(journalActions) }

// actionWords calls an action something; one of a later release by its code.
func actionWords(say sayer, action string) string {
	if !slices.Contains(journalActions, action) {
		return action
	}
	return say("journal." + action)
}

// actionsMeant lists the actions in whose words somebody finds a word of theirs, in whatever language.
func (a *act) actionsMeant(word string) []string {
	word = strings.ToLower(strings.ReplaceAll(flat(word), "_", " "))
	var out []string
	for _, action := range journalActions {
		for _, lang := range orderLanguages {
			if strings.Contains(strings.ToLower(a.texts.Text(lang, "journal."+action)), word) {
				out = append(out, action)
				break
			}
		}
	}
	return out
}
