package desk_test

import (
	"errors"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func (f *faultyTx) EventByRowIn(room desk.RoomKey, row desk.EffectID) (*desk.Event, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.EventByRowIn(room, row)
}

func (f *faultyTx) ReactionsTo(room desk.RoomKey, id desk.EventID) ([]desk.Event, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.ReactionsTo(room, id)
}

func (f *faultyTx) OpenTicketsOf(c desk.CustomerID) ([]desk.Ticket, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.OpenTicketsOf(c)
}

func (f *faultyTx) LastTicketIn(c desk.ConversationID, p desk.PortalID) (*desk.Ticket, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.LastTicketIn(c, p)
}

func (f *faultyTx) CountTicketsOf(u desk.UserID) (int, error) {
	if err := f.fault(); err != nil {
		return 0, err
	}
	return f.Tx.CountTicketsOf(u)
}

func (f *faultyTx) Block(s desk.SiteID, c desk.CustomerID) (*desk.Block, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Block(s, c)
}

func (f *faultyTx) Blocks(s desk.SiteID) ([]desk.Block, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Blocks(s)
}

func (f *faultyTx) PutBlock(b *desk.Block) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutBlock(b)
}

func (f *faultyTx) DeleteBlock(s desk.SiteID, c desk.CustomerID) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.DeleteBlock(s, c)
}

func (f *faultyTx) Question(room desk.RoomKey, u desk.UserID) (*desk.Question, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Tx.Question(room, u)
}

func (f *faultyTx) PutQuestion(q *desk.Question) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.PutQuestion(q)
}

func (f *faultyTx) DeleteQuestion(room desk.RoomKey, u desk.UserID) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.Tx.DeleteQuestion(room, u)
}

// TestFaultsOfMoves: no fault of the database is swallowed by a move either.
func TestFaultsOfMoves(t *testing.T) {
	d := newDesk(t, twoQueues, func(in *desk.SitesConfigured) {
		in.Queues[0].Assign, in.Queues[0].MaxOpen = desk.AssignLeastBusy, 1
		in.Queues[1].InviteLimit = 0
	})
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
	c := d.Open()
	d.Write(c, "help")
	room := d.PortalOf(c)
	d.Pass(time.Minute)
	d.React(desktest.Anna, lobby, d.CardOf(c), "✅")
	d.Say(desktest.Anna, room, "!rename Late parcel")
	d.Decide(desk.StateBroken{Room: room, Thing: desk.ThingName, Sender: desktest.Anna, Name: "Lost parcel"})
	d.Say(desktest.Vera, lobby, "!watch 1")
	d.Member(room, desktest.Vera, desktest.Vera, "join", "leave")
	d.Say(desktest.Anna, room, "!return later")
	d.Say(desktest.Vera, lobby, "!take #1 mine")
	card, err := d.EventByRowIn(room, desk.ActionCardRow(d.TicketOf(c).Portal))
	if err != nil {
		t.Fatal(err)
	}
	d.React(desktest.Vera, room, card.ID, "➡️")
	d.Say(desktest.Vera, room, "!1")
	d.Say(clara, desk.LobbyRoom(sales), "!accept 1")
	d.Say(clara, room, "!return")
	d.Say(sofia, lobby, "!transfer @boris #1 look")
	d.Say(desktest.Boris, room, "!block rude")
	d.React(desktest.Boris, room, lastEvent(d, room), "✅")
	d.Say(sofia, lobby, "!blocked")
	if _, err := d.Try(desk.CustomerMessage{Conversation: c, ClientID: "x", Text: "let me in"}); desk.CodeOf(err) != desk.Denied {
		t.Errorf("blocked: %v", err)
	}
	d.Say(sofia, lobby, "!unblock 1")
	if ticket := d.TicketOf(c); ticket.CloseReason != "blocked" {
		t.Errorf("the story went another way: %+v", ticket)
	}
}
