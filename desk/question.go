package desk

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// questionTerm is how long a question can be answered.
const questionTerm = time.Hour

// option is an answer to a question: what it says, and the command it stands for, without "!".
type option struct {
	label string
	order string
}

// confirmKey answers a question with one answer.
const confirmKey = "✅"

// maxOptions is how many answers a question may have.
const maxOptions = 10

// optionKeys are the reactions that stand for the answers to a question of n answers.
func optionKeys(n int) []string {
	if n == 1 {
		return []string{confirmKey}
	}
	var out []string
	for i := range n {
		if i == 9 {
			out = append(out, "🔟")
			continue
		}
		out = append(out, strconv.Itoa(i+1)+"\ufe0f\u20e3")
	}
	return out
}

// asking makes the answer that asks back: to confirm what text says, or, of options with labels, to choose. Of more than maxOptions options the first
// are shown, and how many there are besides; there has to be one.
func (a *act) asking(o *order, text string, options []option) answer {
	more := len(options) - maxOptions
	options = options[:min(len(options), maxOptions)]
	out := answer{text: text, html: escape(text), options: options}
	if options[0].label != "" {
		out.html += "<ol>"
		for i, choice := range options {
			out.text += "\n" + strconv.Itoa(i+1) + ". " + choice.label
			out.html += "<li>" + escape(choice.label) + "</li>"
		}
		out.html += "</ol>"
		how := a.word(o, "question.choose")
		if len(options) == 1 {
			how = a.word(o, "question.confirm")
		}
		out.text += "\n" + how
		out.html += escape(how)
	}
	if more > 0 {
		rest := a.word(o, "question.more", more)
		out.text += "\n" + rest
		out.html += "<br>" + escape(rest)
	}
	return out
}

// keepQuestion remembers what was asked in a room and puts the reactions there that answer it.
func (a *act) keepQuestion(room RoomKey, u UserID, row EffectID, options []option) error {
	q := &Question{Room: room, User: u, Row: row, At: a.now}
	for _, choice := range options {
		q.Orders = append(q.Orders, choice.order)
	}
	for _, key := range optionKeys(len(options)) {
		a.emit(React{ID: a.effectID(), Room: room, As: Bot, Target: Ref{Row: row}, Key: key})
	}
	if err := a.tx.PutQuestion(q); err != nil {
		return fmt.Errorf("put question to %s: %w", u, err)
	}
	return nil
}

// openQuestion gives what somebody is asked in a room, or nil.
func (a *act) openQuestion(room RoomKey, u UserID) (*Question, error) {
	q, err := a.tx.Question(room, u)
	if ok, err := found(err); err != nil {
		return nil, fmt.Errorf("question to %s: %w", u, err)
	} else if !ok || a.now.Sub(q.At) > questionTerm {
		return nil, nil
	}
	return q, nil
}

// answerQuestion carries out the command that the nth answer stands for.
func (a *act) answerQuestion(o *order, q *Question, n int) (answer, bool, error) {
	if q == nil || n < 1 || n > len(q.Orders) {
		return answer{}, false, Refuse(NotFound, "question.none")
	}
	name, text := parseCommand(q.Orders[n-1])
	o.text = text
	out, private, err := a.carryOut(o, name)
	if err != nil {
		return out, private, err
	}
	return out, private, a.tx.DeleteQuestion(q.Room, q.User)
}

// orderPick answers a question by the number of an answer: "!1" is short for it.
func (a *act) orderPick(o *order) (answer, error) {
	n, err := strconv.Atoi(o.given.word(0))
	if err != nil {
		n = 0
	}
	q, err := a.openQuestion(o.room, o.by)
	if err != nil {
		return answer{}, err
	}
	out, _, err := a.answerQuestion(o, q, n)
	return out, err
}

// pressAnswer works a reaction to a question, and reports whether it was one. Only who was asked answers.
func (a *act) pressAnswer(in StaffReaction, target *Event) (bool, error) {
	if target == nil || target.Row == "" {
		return false, nil
	}
	q, err := a.openQuestion(in.Room, in.Sender)
	if err != nil || q == nil || q.Row != target.Row {
		return false, err
	}
	at := slices.IndexFunc(optionKeys(len(q.Orders)), func(key string) bool { return emoji(key) == emoji(in.Key) })
	if at < 0 {
		return false, nil
	}
	o, err := a.newOrder(in.Room, in.Sender, in.Event)
	if err != nil {
		return true, err
	}
	o.answers = target.ID
	return true, a.attempt(o, func() (answer, bool, error) { return a.answerQuestion(o, q, at+1) })
}
