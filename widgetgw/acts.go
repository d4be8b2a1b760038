package widgetgw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
)

// Source is the journal's name of this adapter; inputs come from "widget:<site>".
const Source = "widget"

// act is a durable act of a visitor as it lies in the inbox. Kind says which of the fields count.
type act struct {
	Conversation desk.ConversationID `json:"conversation"`
	CID          string              `json:"cid"`
	Text         string              `json:"text,omitempty"`
	Files        []desk.FileID       `json:"files,omitempty"`
	Reply        desk.MessageID      `json:"reply,omitempty"`
	Message      desk.MessageID      `json:"message,omitempty"`
	Key          string              `json:"key,omitempty"`
	On           bool                `json:"on,omitempty"`
	Topic        desk.QueueID        `json:"topic,omitempty"`
	Ticket       desk.TicketID       `json:"ticket,omitempty"`
	Stars        int                 `json:"stars,omitempty"`
	Call         desk.CallID         `json:"call,omitempty"`
	Act          desk.CallAct        `json:"act,omitempty"`
	Tab          string              `json:"tab,omitempty"`
}

// decideWait is how long an acknowledgement waits for the decision behind it; after that the client learns only that the act is on
// disk.
const decideWait = 5 * time.Second

// act submits a durable act to the journal and acknowledges it. Acts of one connection reach the inbox in the order they came.
func (p *peer) act(ctx context.Context, frame any) {
	kind, a := actOf(frame)
	if !protocol.ValidID(a.CID) {
		p.tellError("bad_request")
		return
	}
	if p.session == nil {
		p.tell(protocol.Nack{CID: a.CID, Code: "no_session", Text: p.text("widget.error.no_session")})
		return
	}
	a.Conversation = p.session.conversation
	refused := check(kind, a)
	if kind == protocol.TCall {
		a.Tab = p.tab
		refused = p.checkCall(a)
	}
	if refused != nil {
		p.refuseAct(a.CID, refused)
		return
	}
	in, err := p.input(kind, a)
	if err != nil {
		p.g.log.Err(err).Msg("Failed to encode an act")
		p.close(protocol.Internal)
		return
	}
	outs, err := p.g.journal.Submit(ctx, in)
	if err == nil && len(outs) != 1 {
		err = fmt.Errorf("%d outcomes of one input", len(outs))
	}
	if err != nil {
		p.g.log.Err(err).Str("kind", kind).Msg("Failed to store an act")
		p.close(protocol.Internal) // not acknowledged: the client comes back and repeats it
		return
	}
	if outs[0].Decided {
		p.answer(ctx, kind, a, outs[0])
		return
	}
	p.g.crew.run(func() {
		defer p.g.guard("wait for a decision", nil)
		p.answerLater(kind, a, in)
	})
}

// answerLater acknowledges an act that is stored behind others of its lane.
func (p *peer) answerLater(kind string, a act, in journal.Input) {
	ctx, cancel := context.WithTimeout(context.Background(), decideWait)
	defer cancel()
	out, err := p.g.journal.Wait(ctx, in.Source, in.ID)
	if err != nil {
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, journal.ErrDead) {
			p.g.log.Err(err).Msg("Failed to wait for a decision")
		}
		p.tell(protocol.Ack{CID: a.CID}) // on disk it is
		return
	}
	p.answer(ctx, kind, a, out)
}

// answer tells the client what became of its act.
func (p *peer) answer(ctx context.Context, kind string, a act, out journal.Outcome) {
	if out.Refused != nil {
		p.refuseAct(a.CID, out.Refused)
		if kind == protocol.TChoose || kind == protocol.TRate || kind == protocol.TCall {
			p.g.feeds.wake(p.g, p.room) // what was on offer is not any more
		}
		return
	}
	ack := protocol.Ack{CID: a.CID, ID: string(a.Message)}
	if kind == protocol.TSend {
		m, err := p.messageOf(ctx, a, out)
		if err != nil {
			p.g.log.Err(err).Msg("Failed to look an acknowledged message up")
		}
		if m != nil {
			ack.ID, ack.Seq = string(m.ID), m.Seq
		}
	}
	p.tell(ack)
}

// messageOf gives the message that a send made, nil if it is not known yet.
func (p *peer) messageOf(ctx context.Context, a act, out journal.Outcome) (*desk.Message, error) {
	if out.Decision != nil && out.Decision.Message != nil {
		return out.Decision.Message, nil
	}
	var m *desk.Message
	err := p.g.journal.Read(ctx, func(tx journal.Tx) error {
		var err error
		m, err = tx.MessageByClientID(a.Conversation, a.CID)
		return err
	})
	if errors.Is(err, desk.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read message by client id: %w", err)
	}
	return m, nil
}

func (p *peer) refuseAct(cid string, e *desk.Error) {
	p.tell(protocol.Nack{CID: cid, Code: string(e.Code), Text: p.text(e.Key, e.Args...)})
}

func (p *peer) input(kind string, a act) (journal.Input, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return journal.Input{}, fmt.Errorf("encode %s act: %w", kind, err)
	}
	return journal.Input{
		Source: Source + ":" + string(p.site.ID), ID: string(a.Conversation) + ":" + a.CID, Lane: "conv:" + string(a.Conversation),
		Kind: kind, Body: body, At: p.g.cfg.Now(),
	}, nil
}

func actOf(frame any) (string, act) {
	switch f := frame.(type) {
	case protocol.Send:
		files := make([]desk.FileID, len(f.Files))
		for i, id := range f.Files {
			files[i] = desk.FileID(id)
		}
		return protocol.TSend, act{CID: f.CID, Text: cleanText(f.Text), Files: files, Reply: desk.MessageID(f.Reply)}
	case protocol.Edit:
		return protocol.TEdit, act{CID: f.CID, Message: desk.MessageID(f.ID), Text: cleanText(f.Text)}
	case protocol.Delete:
		return protocol.TDelete, act{CID: f.CID, Message: desk.MessageID(f.ID)}
	case protocol.React:
		return protocol.TReact, act{CID: f.CID, Message: desk.MessageID(f.ID), Key: f.Key, On: f.On}
	case protocol.Choose:
		return protocol.TChoose, act{CID: f.CID, Topic: desk.QueueID(f.Topic)}
	case protocol.Rate:
		return protocol.TRate, act{CID: f.CID, Ticket: desk.TicketID(f.Ticket), Stars: f.Stars, Text: cleanText(f.Comment)}
	case protocol.CallAct:
		return protocol.TCall, callAct(f)
	}
	return "", act{}
}

// check refuses what cannot be right whatever the database says; nil if there is nothing against it.
func check(kind string, a act) *desk.Error {
	refuse := func(what string) *desk.Error { return desk.Refuse(desk.Invalid, "widget.error."+what) }
	switch kind {
	case protocol.TSend:
		if strings.TrimSpace(a.Text) == "" && len(a.Files) == 0 {
			return refuse("empty")
		}
		if len(a.Files) > protocol.MaxFiles {
			return refuse("too_many_files")
		}
		for _, id := range a.Files {
			if !protocol.ValidID(string(id)) {
				return refuse("bad_request")
			}
		}
		if a.Reply != "" && !protocol.ValidID(string(a.Reply)) {
			return refuse("bad_request")
		}
	case protocol.TEdit, protocol.TDelete, protocol.TReact:
		if !protocol.ValidID(string(a.Message)) {
			return refuse("bad_request")
		}
	}
	if kind == protocol.TReact && !validReaction(a.Key) || kind == protocol.TChoose && !protocol.ValidTopic(string(a.Topic)) ||
		kind == protocol.TRate && !protocol.ValidID(string(a.Ticket)) {
		return refuse("bad_request")
	}
	if tooLong(a.Text) {
		return refuse("too_long")
	}
	return nil
}

func validReaction(key string) bool {
	if key == "" || len(key) > protocol.MaxReaction {
		return false
	}
	for _, r := range key {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// Translate turns a stored act into the domain's input. It is the journal's translator of source "widget".
func (g *Gateway) Translate(_ journal.Tx, in journal.Input) ([]desk.Input, error) {
	var a act
	if err := json.Unmarshal(in.Body, &a); err != nil {
		return nil, journal.Permanent(fmt.Errorf("read a widget's act: %w", err))
	}
	switch in.Kind {
	case protocol.TSend:
		return []desk.Input{desk.CustomerMessage{
			Conversation: a.Conversation, ClientID: a.CID, Text: a.Text, Files: a.Files, Reply: a.Reply, At: in.At,
		}}, nil
	case protocol.TEdit:
		return []desk.Input{desk.CustomerEdit{Conversation: a.Conversation, Message: a.Message, Text: a.Text}}, nil
	case protocol.TDelete:
		return []desk.Input{desk.CustomerDelete{Conversation: a.Conversation, Message: a.Message}}, nil
	case protocol.TReact:
		return []desk.Input{desk.CustomerReaction{Conversation: a.Conversation, Message: a.Message, Key: a.Key, On: a.On}}, nil
	case protocol.TChoose:
		return []desk.Input{desk.CustomerChoice{Conversation: a.Conversation, Queue: a.Topic}}, nil
	case protocol.TRate:
		return []desk.Input{desk.CustomerRating{Conversation: a.Conversation, Ticket: a.Ticket, Stars: a.Stars, Comment: a.Text}}, nil
	case protocol.TCall:
		return []desk.Input{desk.CustomerCall{Conversation: a.Conversation, Call: a.Call, Act: a.Act, Tab: a.Tab}}, nil
	}
	return nil, journal.Permanent(fmt.Errorf("unknown kind of widget act %q", in.Kind))
}
