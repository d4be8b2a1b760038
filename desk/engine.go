package desk

import (
	"fmt"
	"time"
)

// Options are what an Engine is made of. Texts, NewID, Bot and IsPuppet are required.
type Options struct {
	// NewID gives a new, never repeated identifier without dots or slashes (a ULID).
	NewID func() string
	Texts Texts
	Bot   UserID
	// IsPuppet reports whether a Matrix user is one of our customers' puppets.
	IsPuppet func(UserID) bool
	// StaffLang is the language of rooms that belong to no site (admin room, direct chats, desk spaces); "" is English.
	StaffLang string
}

// Engine holds the rules. It has no state of its own: everything it knows is in the Tx it is given, so one Engine may serve any
// number of databases, each with one writer.
type Engine struct {
	newID     func() string
	texts     Texts
	bot       UserID
	isPuppet  func(UserID) bool
	staffLang string
}

// New makes an Engine.
func New(o Options) *Engine {
	if o.StaffLang == "" {
		o.StaffLang = "en"
	}
	return &Engine{newID: o.NewID, texts: o.Texts, bot: o.Bot, isPuppet: o.IsPuppet, staffLang: o.StaffLang}
}

// Decide works one input: it changes domain rows through tx and answers what is to be done. An *Error refuses what was asked and has
// changed nothing; any other error is a fault of ours or of the database, the transaction has to be rolled back and the input
// tried again.
func (e *Engine) Decide(tx Tx, now time.Time, in Input) (Decision, error) {
	return Decision{}, fmt.Errorf("decide %T: no rule", in)
}
