package desk_test

import (
	"errors"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

var errFault = errors.New("the database is gone")

// faultyTx fails at one of its calls.
type faultyTx struct {
	desk.Tx
	left   int // calls until the fault
	failed bool
}

func (f *faultyTx) fault() error {
	f.left--
	if f.left == 0 {
		f.failed = true
		return errFault
	}
	return nil
}

// TestFaultsAreNotSwallowed: whatever call to the database fails, in whatever decision, the decision fails with it, as a fault and not as a
// refusal: the input is tried again and nothing is lost.
func TestFaultsAreNotSwallowed(t *testing.T) {
	d := newDesk(t)
	d.Before = func(in desk.Input) {
		for n := 1; ; n++ {
			tx := &faultyTx{Tx: d.Tx.Clone(), left: n}
			_, err := d.Engine.Decide(tx, d.Now, in)
			if !tx.failed {
				return
			}
			if !errors.Is(err, errFault) || desk.CodeOf(err) != desk.Internal {
				t.Fatalf("%T with a fault at call %d: %v", in, n, err)
			}
		}
	}
	wholeStory(d)
}

// wholeStory has everything in it that can happen.
func wholeStory(d *desktest.Desk) {
	c := d.Open()
	first := d.Write(c, "first words", d.Upload(c, "a.png", "image/png"), d.Upload(c, "b.png", "image/png"))
	room := d.PortalOf(c)
	second := d.Write(c, "second words", d.Upload(c, "c.png", "image/png"))
	d.Decide(desk.CustomerEdit{Conversation: c, Message: second.ID, Text: "second"})
	pressed := d.React(desktest.Anna, lobby, d.CardOf(c), "❌")
	d.Redact(desktest.Anna, lobby, pressed)
	d.Member(room, desktest.Boris, desktest.Boris, "invite", "leave")
	d.React(desktest.Anna, lobby, d.CardOf(c), "❌")
	d.React(desktest.Vera, lobby, d.CardOf(c), "✅")
	d.Pass(5 * time.Minute)
	d.Say(desktest.Anna, room, "too early")
	d.Say(desktest.Anna, lobby, "!accept")
	d.Decide(desk.CustomerMessage{Conversation: c, ClientID: "reply", Text: "third", Reply: first.ID})
	d.Decide(desk.CustomerDelete{Conversation: c, Message: second.ID})
	event := d.SayAs(desktest.Anna, room, "answer", func(in *desk.StaffMessage) {
		in.Relation, in.Relates = desk.InReply, d.Resolve(desk.Ref{Message: first.ID})
		in.Files = []desk.File{staffFile("d.png")}
	})
	answer := d.Messages(c)[len(d.Messages(c))-1]
	note := d.Say(desktest.Anna, room, "// note")
	d.SayAs(desktest.Anna, room, "reply to a note", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, note })
	d.SayAs(desktest.Anna, room, "reply to nothing", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, "$x" })
	edit := d.Edit(desktest.Anna, room, event, "better answer")
	d.Edit(desktest.Anna, room, event, "// hidden")
	d.Edit(desktest.Anna, room, "$x", "nothing")
	d.Redact(desktest.Anna, room, edit)
	reaction := d.React(desktest.Anna, room, d.Resolve(desk.Ref{Message: first.ID}), "👍")
	d.Redact(desktest.Anna, room, reaction)
	d.React(desktest.Anna, room, note, "👍")
	d.Decide(desk.CustomerReaction{Conversation: c, Message: answer.ID, Key: "🎉", On: true})
	d.Deliver()
	d.Decide(desk.CustomerReaction{Conversation: c, Message: answer.ID, Key: "🎉"})
	d.Decide(desk.CustomerSeen{Conversation: c, Seq: answer.Seq})
	d.Decide(desk.CustomerGot{Conversation: c, Seq: 1 << 30})
	d.Decide(desk.CustomerPage{Conversation: c, URL: "https://shop.example/", Title: "Shop"})
	d.Decide(desk.StaffSeen{Room: room, Sender: desktest.Anna, Event: event})
	d.Decide(desk.StaffSeen{Room: room, Sender: desktest.Anna, Event: "$x"})
	d.Redact(desktest.Admin, room, d.Resolve(desk.Ref{Message: first.ID}))
	d.Redact(desktest.Anna, room, event)
	d.Member(room, desktest.Boris, desktest.Anna, "leave", "invite")
	d.Member(room, desktest.Boris, desktest.Boris, "invite", "join")
	d.Member(room, desktest.Boris, desktest.Boris, "join", "leave")
	d.Member(room, desktest.Vera, desktest.Vera, "leave", "join")
	d.Member(lobby, desktest.Outside, desktest.Anna, "leave", "invite")
	d.Member(room, desktest.Anna, desktest.Anna, "join", "leave")
	d.Say(desktest.Boris, lobby, "!accept 99")
	d.Say(desktest.Boris, lobby, "!accept 1")
	d.Decide(desk.EffectDead{Effect: "x", Body: desk.Post{ID: "x", Room: room, Message: first.ID}, Reason: "r"})
	d.Decide(desk.InputDead{Source: "matrix", SourceID: "$y", Room: lobby, Reason: "r"})
	d.Decide(desk.InputDead{Source: "widget:shop", SourceID: "z", Lane: "conv:" + string(c), Reason: "r"})
	d.Decide(desk.DesireDead{Room: room, Thing: desk.ThingName, Reason: "r"})
	d.Bury(desk.DeadLetter{Of: desk.OfEffect, ID: string(first.ID) + ".0", Lane: string(room), Kind: desk.KindPost, At: d.Now},
		desk.DeadLetter{Of: desk.OfInput, ID: "widget:shop y", Lane: "conv:" + string(c), At: d.Now},
		desk.DeadLetter{Of: desk.OfInput, ID: "matrix $y", Lane: "room:!portal", At: d.Now})
	d.Say(desktest.Admin, desk.AdminRoom(), "!dead")
	d.Say(desktest.Admin, desk.AdminRoom(), "!retry all")
	d.Decide(desk.Echo{Room: room, Event: "$late", Row: desk.EffectID(first.ID) + ".0", Late: true})
	d.Deliver()
	d.Decide(desk.StateBroken{Room: room, Thing: desk.ThingName, Sender: desktest.Admin})
	in := desktest.Configuration()
	in.Staff = in.Staff[2:]
	d.Decide(in)
	d.Decide(desktest.Configuration())
	d.Say(desktest.Vera, room, "!close")
	d.Member(room, desktest.Boris, desktest.Boris, "leave", "join")
}

func (f *faultyTx) Site(p0 desk.SiteID) (*desk.Site, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Site(p0)
}

func (f *faultyTx) SiteByKey(key string) (*desk.Site, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.SiteByKey(key)
}

func (f *faultyTx) Sites() ([]desk.Site, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Sites()
}

func (f *faultyTx) PutSite(p0 *desk.Site) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutSite(p0)
}

func (f *faultyTx) Queue(p0 desk.QueueID) (*desk.Queue, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Queue(p0)
}

func (f *faultyTx) Queues(p0 desk.SiteID) ([]desk.Queue, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Queues(p0)
}

func (f *faultyTx) PutQueue(p0 *desk.Queue) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutQueue(p0)
}

func (f *faultyTx) Operator(p0 desk.UserID) (*desk.Operator, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Operator(p0)
}

func (f *faultyTx) Operators() ([]desk.Operator, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Operators()
}

func (f *faultyTx) PutOperator(p0 *desk.Operator) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutOperator(p0)
}

func (f *faultyTx) Customer(p0 desk.CustomerID) (*desk.Customer, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Customer(p0)
}

func (f *faultyTx) PutCustomer(p0 *desk.Customer) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutCustomer(p0)
}

func (f *faultyTx) NextCustomerNumber() (int64, error) {
	if err := f.fault(); err != nil {
		return 0, err
	}
	return f.Tx.NextCustomerNumber()
}

func (f *faultyTx) Conversation(p0 desk.ConversationID) (*desk.Conversation, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Conversation(p0)
}

func (f *faultyTx) PutConversation(p0 *desk.Conversation) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutConversation(p0)
}

func (f *faultyTx) Portal(p0 desk.PortalID) (*desk.Portal, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Portal(p0)
}

func (f *faultyTx) PutPortal(p0 *desk.Portal) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutPortal(p0)
}

func (f *faultyTx) Portals(p0 desk.ConversationID) ([]desk.Portal, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Portals(p0)
}

func (f *faultyTx) Ticket(p0 desk.TicketID) (*desk.Ticket, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Ticket(p0)
}

func (f *faultyTx) TicketByNumber(p0 int64) (*desk.Ticket, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.TicketByNumber(p0)
}

func (f *faultyTx) PutTicket(p0 *desk.Ticket) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutTicket(p0)
}

func (f *faultyTx) ClaimTicket(t *desk.Ticket, from desk.TicketState) (bool, error) {
	if err := f.fault(); err != nil {
		return false, err
	}
	return f.Tx.ClaimTicket(t, from)
}

func (f *faultyTx) NextTicketNumber() (int64, error) {
	if err := f.fault(); err != nil {
		return 0, err
	}
	return f.Tx.NextTicketNumber()
}

func (f *faultyTx) TicketsIn(p0 desk.QueueID, p1 desk.TicketState) ([]desk.Ticket, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.TicketsIn(p0, p1)
}

func (f *faultyTx) TicketsOf(p0 desk.UserID) ([]desk.Ticket, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.TicketsOf(p0)
}

func (f *faultyTx) Message(p0 desk.MessageID) (*desk.Message, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Message(p0)
}

func (f *faultyTx) MessageByClientID(p0 desk.ConversationID, p1 string) (*desk.Message, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.MessageByClientID(p0, p1)
}

func (f *faultyTx) PutMessage(p0 *desk.Message) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutMessage(p0)
}

func (f *faultyTx) MessagesAfter(c desk.ConversationID, rev int64, limit int) ([]desk.Message, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.MessagesAfter(c, rev, limit)
}

func (f *faultyTx) MessagesBefore(c desk.ConversationID, seq int64, limit int) ([]desk.Message, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.MessagesBefore(c, seq, limit)
}

func (f *faultyTx) LastMessage(c desk.ConversationID, seq int64, authors ...desk.Author) (*desk.Message, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.LastMessage(c, seq, authors...)
}

func (f *faultyTx) File(p0 desk.FileID) (*desk.File, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.File(p0)
}

func (f *faultyTx) FileByClientID(p0 desk.ConversationID, p1 string) (*desk.File, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.FileByClientID(p0, p1)
}

func (f *faultyTx) PutFile(p0 *desk.File) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutFile(p0)
}

func (f *faultyTx) Room(p0 desk.RoomKey) (*desk.Room, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Room(p0)
}

func (f *faultyTx) RoomByID(p0 desk.RoomID) (*desk.Room, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.RoomByID(p0)
}

func (f *faultyTx) PutRoom(p0 *desk.Room) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutRoom(p0)
}

func (f *faultyTx) Event(p0 desk.RoomKey, p1 desk.EventID) (*desk.Event, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Event(p0, p1)
}

func (f *faultyTx) EventByRow(p0 desk.EffectID) (*desk.Event, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.EventByRow(p0)
}

func (f *faultyTx) EventsOf(p0 desk.MessageID) ([]desk.Event, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.EventsOf(p0)
}

func (f *faultyTx) PutEvent(p0 *desk.Event) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutEvent(p0)
}

func (f *faultyTx) Record(p0 desk.JournalEntry) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.Record(p0)
}

func (f *faultyTx) Session(tokenHash string) (*desk.Session, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Session(tokenHash)
}

func (f *faultyTx) PutSession(p0 *desk.Session) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutSession(p0)
}

func (f *faultyTx) Desired(p0 desk.RoomKey, p1 string) (*desk.Desire, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Desired(p0, p1)
}

func (f *faultyTx) DesiredOf(p0 desk.RoomKey) ([]desk.Desire, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.DesiredOf(p0)
}

func (f *faultyTx) DeadLetters(p0 int) ([]desk.DeadLetter, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.DeadLetters(p0)
}

func (f *faultyTx) Revive(p0, p1 string) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.Revive(p0, p1)
}

func (f *faultyTx) GoneChildren(p0 desk.RoomKey) (int, error) {
	if err := f.fault(); err != nil {
		return 0, err
	}
	return f.Tx.GoneChildren(p0)
}
