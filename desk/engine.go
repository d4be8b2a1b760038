package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options are what an Engine is made of. Texts, NewID, Bot and IsPuppet are required; without Settings !config is not to be had.
type Options struct {
	// NewID gives a new, never repeated identifier without dots or slashes (a ULID).
	NewID func() string
	Texts Texts
	Bot   UserID
	// IsPuppet reports whether a Matrix user is one of our customers' puppets.
	IsPuppet func(UserID) bool
	// Settings knows the configuration file.
	Settings Settings
	// StaffLang is the language of rooms that belong to no site (admin room, direct chats, desk spaces); "" is English.
	StaffLang string
	// SpaceLimit is how many children that are gone a queue or desk space may keep before it is replaced; 0: 2000.
	SpaceLimit int
	// AuditRows is how many rows a file of the journal holds at most; 0: 200,000.
	AuditRows int
	// WithoutCalls: customers cannot be called, and who calls is told so.
	WithoutCalls bool
}

// Engine holds the rules. It has no state of its own: everything it knows is in the Tx it is given, so one Engine may serve any
// number of databases, each with one writer.
type Engine struct {
	newID      func() string
	texts      Texts
	settings   Settings
	bot        UserID
	isPuppet   func(UserID) bool
	staffLang  string
	spaceLimit int
	auditRows  int

	withoutCalls bool
}

// New makes an Engine.
func New(o Options) *Engine {
	if o.StaffLang == "" {
		o.StaffLang = "en"
	}
	if o.SpaceLimit == 0 {
		o.SpaceLimit = spaceLimit
	}
	if o.AuditRows == 0 {
		o.AuditRows = auditFileRows
	}
	return &Engine{
		newID: o.NewID, texts: o.Texts, settings: o.Settings, bot: o.Bot, isPuppet: o.IsPuppet, staffLang: o.StaffLang, spaceLimit: o.SpaceLimit,
		auditRows: o.AuditRows, withoutCalls: o.WithoutCalls,
	}
}

// Decide works one input: it changes domain rows through tx and answers what is to be done. An *Error refuses what was asked and has
// changed nothing; any other error is a fault of ours or of the database, the transaction has to be rolled back and the input
// tried again.
func (e *Engine) Decide(tx Tx, now time.Time, in Input) (Decision, error) {
	a := &act{Engine: e, tx: tx, now: now, wishes: map[roomThing]int{}}
	a.room = roomOf(in)
	if err := a.decide(in); err != nil {
		return Decision{}, fmt.Errorf("decide %T: %w", in, err)
	}
	if err := a.saw(in); err != nil {
		return Decision{}, err
	}
	if err := a.tendCalls(); err != nil {
		return Decision{}, err
	}
	if err := a.dissolveLeft(); err != nil {
		return Decision{}, err
	}
	if err := a.hush(); err != nil {
		return Decision{}, err
	}
	return a.out, nil
}

// act is one decision in the making.
type act struct {
	*Engine
	tx     Tx
	now    time.Time
	out    Decision
	wishes map[roomThing]int // where in out.Effects the newest value of a thing desired by this decision stands
	rank   int               // of what is desired now
	rights *rights           // nil: not read yet, see book
	// rightsBefore are those before the first change by this decision; nil: nothing changed, or nobody had asked before.
	rightsBefore *rights
	closed       []SiteID // where tickets were closed
	room         RoomKey  // where what is decided was done; "" for nowhere
	// tended are conversations whose calls may have other staff now, movedOn those whose tickets were moved.
	tended, movedOn []ConversationID
	byFile          bool // what is merged now is what the configuration file says anew, and recorded so
}

type roomThing struct {
	room  RoomKey
	thing string
}

func (a *act) decide(in Input) error {
	switch in := in.(type) {
	case SitesConfigured:
		return a.sitesConfigured(in)
	case CustomerMessage:
		return a.customerMessage(in)
	case CustomerEdit:
		return a.customerEdit(in)
	case CustomerDelete:
		return a.customerDelete(in)
	case CustomerReaction:
		return a.customerReaction(in)
	case CustomerSeen:
		return a.customerSeen(in)
	case CustomerGot:
		return a.customerGot(in)
	case CustomerPage:
		return a.customerPage(in)
	case CustomerChoice:
		return a.customerChoice(in)
	case CustomerRating:
		return a.customerRating(in)
	case StaffMessage:
		return a.staffMessage(in)
	case StaffEdit:
		return a.staffEdit(in)
	case StaffRedaction:
		return a.staffRedaction(in)
	case StaffReaction:
		return a.staffReaction(in)
	case StaffSeen:
		return a.staffSeen(in)
	case MemberChanged:
		return a.memberChanged(in)
	case CallMembership:
		return a.callMembership(in)
	case CallNotification:
		return a.callNotification(in)
	case CustomerCall:
		return a.customerCall(in)
	}
	return a.decideMachine(in)
}

// decideMachine works what comes from our own machinery and that of channels, not from people.
func (a *act) decideMachine(in Input) error {
	switch in := in.(type) {
	case StaffProfile:
		return a.staffProfile(in)
	case StateBroken:
		return a.stateBroken(in)
	case ChildFound:
		return a.childFound(in)
	case BotInvited:
		return a.botInvited(in)
	case RoomSeen:
		return a.roomSeen(in)
	case AccountSeen:
		return a.accountSeen(in)
	case Echo:
		return a.echo(in)
	case EffectDead:
		return a.effectDead(in)
	case InputDead:
		return a.inputDead(in)
	case DesireDead:
		return a.desireDead(in)
	case TimerFired:
		return a.timerFired(in)
	case CustomerProfile:
		return a.customerProfile(in)
	case CustomerReach:
		return a.customerReach(in)
	case CustomerConsent:
		return a.customerConsent(in)
	case Delivered:
		return a.delivered(in)
	case Undelivered:
		return a.undelivered(in)
	case ChannelTrouble:
		return a.channelTrouble(in)
	case CallUp, CallHeld, CallUnshown, CallDown, CallSeat:
		return a.callMedia(in)
	}
	return fmt.Errorf("no rule for it")
}

func (a *act) emit(effects ...Effect) { a.out.Effects = append(a.out.Effects, effects...) }

// changed tells that a conversation's customer has something new to read.
func (a *act) changed(c ConversationID) {
	if !slices.Contains(a.out.Changed, c) {
		a.out.Changed = append(a.out.Changed, c)
	}
	a.out.Noted = slices.DeleteFunc(a.out.Noted, func(noted ConversationID) bool { return noted == c })
}

// noted tells that something of a conversation was written down that its customer does not wait for.
func (a *act) noted(c ConversationID) {
	if !slices.Contains(a.out.Changed, c) && !slices.Contains(a.out.Noted, c) {
		a.out.Noted = append(a.out.Noted, c)
	}
}

// desire states how a thing of a room should be; of several values in one decision only the last is kept.
func (a *act) desire(room RoomKey, thing string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("desire %s of room %s: %w", thing, room, err)
	}
	d := Desire{Room: room, Thing: thing, Value: body, Rank: a.rank}
	if at, ok := a.wishes[roomThing{room, thing}]; ok {
		a.out.Effects[at] = d
		return nil
	}
	a.wishes[roomThing{room, thing}] = len(a.out.Effects)
	a.emit(d)
	return nil
}

// desired reads the newest desired value of a thing, of this decision or earlier ones, and reports whether there is one.
func (a *act) desired(room RoomKey, thing string, value any) (bool, error) {
	var body json.RawMessage
	if at, ok := a.wishes[roomThing{room, thing}]; ok {
		body = a.out.Effects[at].(Desire).Value
	} else {
		d, err := a.tx.Desired(room, thing)
		if ok, err := found(err); err != nil {
			return false, fmt.Errorf("read what is desired of %s in room %s: %w", thing, room, err)
		} else if !ok {
			return false, nil
		}
		body = d.Value
	}
	if err := json.Unmarshal(body, value); err != nil {
		return false, fmt.Errorf("parse what is desired of %s in room %s: %w", thing, room, err)
	}
	return true, nil
}

// effectID makes the id of an effect whose event means nothing special.
func (a *act) effectID() EffectID { return EffectID(a.newID()) }

// line posts a line of the bot and gives the row its event will carry.
func (a *act) line(p Post) EffectID {
	p.ID, p.As, p.Notice = a.effectID(), Bot, true
	a.emit(p)
	return p.ID
}

// found turns ErrNotFound into false.
func found(err error) (bool, error) {
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
