package desk

import (
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxRatingComment bounds the comment of a rating, in characters.
const MaxRatingComment = 2000

// Rating is what a customer thinks of a closed ticket. There is one for each ticket.
type Rating struct {
	Ticket  TicketID
	Stars   int    // 1–5
	Comment string // may be empty
	At      time.Time
	// Told is where the staff were told of it. Nothing is known of that for ratings of earlier versions.
	Told map[RoomKey]Told `json:"-"`
}

// Told is what the staff were told of a rating in a room.
type Told struct {
	Row  EffectID // the line
	Room RoomID   // the room that had the key then: no edit in another one reaches the line. Empty: it was still being made
}

// score writes the stars as everybody sees them: ★4/5.
func (r *Rating) score() string { return fmt.Sprintf("★%d/5", r.Stars) }

// quoted is the comment below the stars.
func (r *Rating) quoted() string {
	if r.Comment == "" {
		return ""
	}
	return "\n> " + strings.ReplaceAll(r.Comment, "\n", "\n> ")
}

// Ratable reports whether a conversation's newest ticket may be rated, or its rating be changed: from its end until the next one opens.
// A customer who was blocked is not asked.
func Ratable(t *Ticket) bool { return t != nil && t.State == Closed && t.CloseReason != "blocked" }

// customerRating takes a customer's rating of a closed ticket, or a change of it, and shows it to the staff.
func (a *act) customerRating(in CustomerRating) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	if err := a.notBlocked(c); err != nil {
		return err
	}
	t, err := a.tx.Ticket(in.Ticket)
	if err != nil {
		return a.missing(err, "rating.unknown")
	}
	if t.Conversation != c.ID {
		return Refuse(NotFound, "rating.unknown")
	}
	rating, err := a.composeRating(c, t, in)
	if err != nil {
		return err
	}
	before, err := a.rating(t)
	if err != nil {
		return err
	}
	if before != nil && before.Stars == rating.Stars && before.Comment == rating.Comment {
		return nil
	}
	err = a.note(JournalEntry{
		Actor: actorCustomer, Action: "ticket.rated", Ticket: t.ID, Comment: rating.score(), Changes: changes(before, rating),
	})
	if err != nil {
		return err
	}
	a.changed(c.ID)
	d, err := a.dossier(t, c)
	if err != nil {
		return err
	}
	rating.Told = map[RoomKey]Told{}
	if before != nil {
		maps.Copy(rating.Told, before.Told)
	}
	if err := a.putRating(t, rating); err != nil { // the card shows it
		return err
	}
	if err := a.showRating(d, before, rating); err != nil {
		return err
	}
	return a.putRating(t, rating)
}

func (a *act) putRating(t *Ticket, r *Rating) error {
	if err := a.tx.PutRating(r); err != nil {
		return fmt.Errorf("put rating of ticket %d: %w", t.Number, err)
	}
	return nil
}

// composeRating validates what the customer gave.
func (a *act) composeRating(c *Conversation, t *Ticket, in CustomerRating) (*Rating, error) {
	if t.State != Closed {
		return nil, Refuse(Conflict, "rating.open")
	}
	if c.Ticket != t.ID || !Ratable(t) {
		return nil, Refuse(Conflict, "rating.late")
	}
	if in.Stars < 1 || in.Stars > 5 {
		return nil, Refuse(Invalid, "rating.stars")
	}
	comment, err := customerWords(in.Comment)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(comment) > MaxRatingComment {
		return nil, Refuse(Invalid, "rating.too_long", MaxRatingComment)
	}
	return &Rating{Ticket: t.ID, Stars: in.Stars, Comment: comment, At: a.now}, nil
}

// rating gives a ticket's rating, or nil.
func (a *act) rating(t *Ticket) (*Rating, error) {
	r, err := a.tx.Rating(t.ID)
	if ok, err := found(err); err != nil {
		return nil, fmt.Errorf("rating of ticket %d: %w", t.Number, err)
	} else if !ok {
		return nil, nil
	}
	return r, nil
}

// showRating tells the staff: on the card, in the room with the comment, with a comment in the card's thread too, and in his direct chat
// whoever was responsible, who has left the room. A change is an edit of what was told first: customers change their minds as often as they like,
// and nobody is rung for it.
func (a *act) showRating(d *dossier, before, r *Rating) error {
	if err := a.showCard(d); err != nil {
		return err
	}
	post := Post{Room: d.portal(), Text: a.staffText(d.site, "rating.given", d.ticket.Number, r.score()) + r.quoted()}
	if r.Comment != "" {
		post.HTML = escape(a.staffText(d.site, "rating.given", d.ticket.Number, r.score())) +
			"<blockquote>" + strings.ReplaceAll(escape(r.Comment), "\n", "<br>") + "</blockquote>"
	}
	if err := a.tellRating(post, r); err != nil {
		return err
	}
	if err := a.quoteRating(d, post, r); err != nil {
		return err
	}
	o, err := a.staff(d.ticket.LastOwner)
	if err != nil || o == nil {
		return err
	}
	personal, err := a.ofTicket(d, o, a.personalText(d.site, o, "rating.given", d.ticket.Number, r.score())+r.quoted())
	if err != nil {
		return err
	}
	if before != nil {
		personal.Mentions = nil
	}
	if personal.Room, err = a.ensureDirect(o.ID); err != nil {
		return err
	}
	return a.tellRating(personal, r)
}

// quoteRating shows a comment in the thread of the ticket's card.
func (a *act) quoteRating(d *dossier, post Post, r *Rating) error {
	if d.ticket.Queue == "" {
		return nil
	}
	post.Room = d.lobby()
	if _, shown := r.Told[post.Room]; !shown && r.Comment == "" {
		return nil
	}
	card, err := a.cardEvent(d.lobby(), d.ticket.ID)
	if err != nil {
		return err
	}
	post.Thread = Ref{Event: card}
	return a.tellRating(post, r)
}

// tellRating posts how a ticket was rated, or edits what was posted of it in that room.
func (a *act) tellRating(p Post, r *Rating) error {
	room, err := a.tx.Room(p.Room)
	if err != nil {
		return fmt.Errorf("room %s: %w", p.Room, err)
	}
	told, isTold := r.Told[p.Room]
	if isTold && (told.Room == "" || told.Room == room.ID) {
		p.Mentions, p.Thread, p.Replaces = nil, Ref{}, Ref{Row: told.Row}
		a.line(p)
		return nil
	}
	r.Told[p.Room] = Told{Row: a.line(p), Room: room.ID}
	return nil
}
