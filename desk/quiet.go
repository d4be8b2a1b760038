package desk

import (
	"fmt"
	"slices"
	"time"
)

// Do not disturb (O6). Whoever is quiet is offered nothing, mentioned nowhere and, where we may act in their name, no device of theirs rings for
// what the desk sends. Waiting tickets and lobbies stay visible, and accepting is possible.

// timerQuiet ends a time of quiet; Of is the operator.
const timerQuiet = "quiet"

// buttonDisturb ends one's quiet.
const buttonDisturb = "🔔"

// quietCard is the thing that shows an operator's quiet in the bot's direct chat: a card that stays pinned once there was some.
func quietCard(u UserID) string { return ThingCard + string(u) }

// quietCommands are about not being disturbed.
func quietCommands() []command {
	return []command{{
		name: "dnd", aliases: []string{"nd", "quiet", "тихо", "небеспокоить"}, rooms: allRooms, private: true, run: (*act).orderQuiet,
		params: []param{{name: "when_or_off", kind: paramRest, optional: true}},
	}}
}

// orderQuiet offers terms, sets one, or ends it.
func (a *act) orderQuiet(o *order) (answer, error) {
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	quiet := o.staff.IsQuiet(a.now)
	word, rest, _ := nextWord(o.given.rest)
	switch {
	case word == "":
		return a.offerQuiet(o, quiet, clock), nil
	case isWord(wordsOff, word) && rest == "":
		if !quiet {
			return answer{}, Refuse(Conflict, "quiet.is_not")
		}
		return said(a.word(o, "quiet.ended")), a.setQuiet(o.staff, time.Time{}, string(o.by))
	}
	until, rest, err := a.orderWhen(o, o.given.rest)
	if err != nil {
		return answer{}, err
	}
	if rest != "" {
		return answer{}, Refuse(Invalid, "when.unknown", clip(flat(o.given.rest), 40))
	}
	end, err := a.orderDeadline(o, until, clock)
	if err != nil {
		return answer{}, err
	}
	return said(a.word(o, "quiet.set", end)), a.setQuiet(o.staff, until, string(o.by))
}

// offerQuiet asks for how long, and says for how long already.
func (a *act) offerQuiet(o *order, quiet bool, clock *time.Location) answer {
	options := []option{
		{label: a.word(o, "duration.minutes", 30), order: "dnd 30m"},
		{label: a.word(o, "quiet.an_hour"), order: "dnd 1h"},
		{label: a.word(o, "duration.hours", 2), order: "dnd 2h"},
		{label: a.word(o, "duration.hours", 4), order: "dnd 4h"},
		{label: a.word(o, "quiet.till_morning"), order: "dnd tomorrow 9:00"},
	}
	text := a.word(o, "quiet.how_long")
	if quiet {
		text = a.word(o, "quiet.until", a.orderMoment(o, o.staff.Quiet, clock)) + " " + text
		options = append(options, option{label: a.word(o, "quiet.no_more"), order: "dnd off"})
	}
	return a.asking(o, text, options)
}

// setQuiet makes somebody quiet until a time, or, until the zero time, not any more.
func (a *act) setQuiet(o *Operator, until time.Time, actor string) error {
	before := *o
	o.Quiet = until
	if err := a.tx.PutOperator(o); err != nil {
		return fmt.Errorf("put operator %s: %w", o.ID, err)
	}
	action := "operator.quiet"
	if until.IsZero() {
		action = "operator.disturbable"
	} else {
		a.emit(Arm{ID: a.effectID(), Due: until, Name: timerQuiet, Of: string(o.ID)})
	}
	if err := a.note(JournalEntry{Actor: actor, Action: action, Target: string(o.ID), Changes: changes(before, o)}); err != nil {
		return err
	}
	if err := a.showQuiet(o); err != nil {
		return err
	}
	return a.offerAnew(o.ID)
}

// showQuiet desires what shows that somebody is quiet, and what keeps their devices from ringing.
func (a *act) showQuiet(o *Operator) error {
	room, err := a.ensureDirect(o.ID)
	if err != nil {
		return err
	}
	return a.desireQuiet(room, o)
}

// letRing ends the quiet of somebody who is staff no longer. Into their direct chat they are not brought again for it.
func (a *act) letRing(o *Operator) error {
	room := DirectRoom(o.ID)
	_, err := a.tx.Room(room)
	if ok, err := found(err); err != nil {
		return fmt.Errorf("direct chat of %s: %w", o.ID, err)
	} else if !ok {
		return nil
	}
	return a.desireQuiet(room, o)
}

func (a *act) desireQuiet(room RoomKey, o *Operator) error {
	words, err := a.quietWords(o)
	if err != nil {
		return err
	}
	card := Card{Text: buttonDisturb + " " + words, Pinned: true}
	if o.IsQuiet(a.now) {
		card = Card{Text: "🔕 " + words, Buttons: []string{buttonDisturb}, Pinned: true}
	}
	card.HTML = escape(card.Text)
	if err := a.desire(room, quietCard(o.ID), card); err != nil {
		return err
	}
	return a.desire(room, ThingQuiet, Quiet{User: o.ID, On: o.IsQuiet(a.now)})
}

// quietWords says until when somebody is not to be disturbed, or that they may be, in their own language and by their own clock.
func (a *act) quietWords(o *Operator) (string, error) {
	clock, err := a.clockOf(o, nil)
	if err != nil {
		return "", err
	}
	say := a.speaker(o, nil)
	if !o.IsQuiet(a.now) {
		return say("quiet.not"), nil
	}
	return say("quiet.until", a.sayWhen(say, o.Quiet, clock)), nil
}

// offerAnew offers the waiting tickets of somebody's queues to who is available now.
func (a *act) offerAnew(u UserID) error {
	sites, err := a.tx.Sites()
	if err != nil {
		return fmt.Errorf("list sites: %w", err)
	}
	for _, s := range sites {
		queues, err := a.tx.Queues(s.ID)
		if err != nil {
			return fmt.Errorf("list queues of site %s: %w", s.ID, err)
		}
		for i := range queues {
			if !slices.Contains(queues[i].Operators, u) {
				continue
			}
			if err := a.shapeQueueTickets(&queues[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// quietOver ends a time of quiet, unless it was ended or set anew before.
func (a *act) quietOver(timer Arm) error {
	o, err := a.staff(UserID(timer.Of))
	if err != nil || o == nil || !o.Quiet.Equal(timer.Due) {
		return err
	}
	if err := a.setQuiet(o, time.Time{}, actorTimer); err != nil {
		return err
	}
	return a.tell(o.ID, Post{Text: a.speaker(o, nil)("quiet.over"), Mentions: []UserID{o.ID}})
}

// pressDisturb works a 🔔 on anything the bot says in its direct chat: whoever was quiet is not any more. It reports whether it was one.
func (a *act) pressDisturb(in StaffReaction, target *Event) (bool, error) {
	if in.Room != DirectRoom(in.Sender) || emoji(in.Key) != buttonDisturb || target == nil || target.Row == "" {
		return false, nil
	}
	o, err := a.staff(in.Sender)
	if err != nil || o == nil || !o.IsQuiet(a.now) {
		return false, err
	}
	if err := a.setQuiet(o, time.Time{}, string(o.ID)); err != nil {
		return true, err
	}
	a.line(Post{Room: in.Room, Text: a.speaker(o, nil)("quiet.ended"), Reply: Ref{Event: target.ID}})
	return true, nil
}

// hush leaves whoever is quiet out of what this decision's lines mention, whatever they are about.
func (a *act) hush() error {
	for i, e := range a.out.Effects {
		post, ok := e.(Post)
		if !ok || len(post.Mentions) == 0 {
			continue
		}
		var kept []UserID
		for _, u := range post.Mentions {
			o, err := a.staff(u)
			if err != nil {
				return err
			}
			if o == nil || !o.IsQuiet(a.now) {
				kept = append(kept, u)
			}
		}
		post.Mentions = kept
		a.out.Effects[i] = post
	}
	return nil
}
