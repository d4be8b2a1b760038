package widgetgw

import (
	"slices"
	"testing"
	"time"

	"frontdesk/bridges/channeltest"
	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// The widget is a channel like any other.
func TestChannel(t *testing.T) {
	channeltest.Run(t, func(t testing.TB) channeltest.House {
		h := open(t)
		return channeltest.House{
			Can: channeltest.Can{Answer: true, Edit: true, React: true, Edited: true, Deleted: true, Reacted: true, Typing: true, Album: true},
			Customer: func(testing.TB, string) channeltest.Customer {
				return &visitor{h, h.visitor()}
			},
			Decide: func(_ testing.TB, in desk.Input) { h.decide(in) },
			Read:   func(_ testing.TB, f func(journal.Tx) error) { h.read(f) },
			Posts: func() []desk.Post {
				h.matrix.mu.Lock()
				defer h.matrix.mu.Unlock()
				return slices.Clone(h.matrix.posts)
			},
			Topics: func(_ testing.TB, within time.Duration, _ ...string) {
				h.topical(func(in *desk.SitesConfigured) { in.Sites[0].ChooseTimeout = within })
			},
			Files:  h.gallery,
			Typing: func(c desk.ConversationID, on bool) { h.gw.StaffTyping(c, "Anna", on) },
		}
	})
}

// gallery puts files of the staff's into the media repository.
func (h *house) gallery(_ testing.TB, files ...channeltest.File) (out []desk.File) {
	for _, f := range files {
		mxc := "mxc://desk.example/" + f.Name
		h.media.put(mxc, f.Body)
		out = append(out, f.Record(mxc))
	}
	return out
}

// visitor is a customer in the widget.
type visitor struct {
	h *house
	c *widgettest.Client
}

func (v *visitor) do(frame any) protocol.Ack {
	v.h.t.Helper()
	ack, err := v.c.Do(patience(v.h.t), frame)
	if err != nil {
		v.h.t.Fatalf("%T: %v", frame, err)
	}
	return ack
}

func (v *visitor) Write(text string) string { return v.h.send(v.c, text).ID }

func (v *visitor) Answer(handle, text string) {
	v.do(protocol.Send{CID: widgettest.NewCID(), Text: text, Reply: handle})
}

func (v *visitor) Edit(handle, text string) {
	v.do(protocol.Edit{CID: widgettest.NewCID(), ID: handle, Text: text})
}

func (v *visitor) React(handle, key string) {
	v.do(protocol.React{CID: widgettest.NewCID(), ID: handle, Key: key, On: true})
}

func (v *visitor) Album(words string, files ...channeltest.File) {
	v.h.t.Helper()
	var ids []string
	for _, f := range files {
		up, err := v.c.Upload(patience(v.h.t), f.Name, f.Type, []byte(f.Body))
		if err != nil {
			v.h.t.Fatalf("upload %s: %v", f.Name, err)
		}
		ids = append(ids, up.ID)
	}
	v.h.send(v.c, words, ids...)
}

// What is asked before the chat begins is no part of the protocol yet.

func (v *visitor) AskedToAgree() bool { return false }
func (v *visitor) Agree()             { v.h.t.Fatal("nobody is asked to agree here") }

func (v *visitor) state() (s protocol.State) {
	v.c.View(func(view widgettest.View) { s = view.State() })
	return s
}

func (v *visitor) Choose(topic string) {
	v.h.t.Helper()
	for _, o := range v.state().Topics {
		if o.Name == topic {
			v.do(protocol.Choose{CID: widgettest.NewCID(), Topic: o.ID})
			return
		}
	}
	v.h.t.Fatalf("%s is not offered", topic)
}

func (v *visitor) Rate(stars int) {
	v.do(protocol.Rate{CID: widgettest.NewCID(), Ticket: v.state().Rate.Ticket, Stars: stars})
}

func (v *visitor) Sees() (out []channeltest.Seen) {
	for _, m := range v.c.Messages() {
		if m.Deleted {
			continue
		}
		seen := channeltest.Seen{Handle: m.ID, Mine: m.From == protocol.FromMe, Text: m.Text}
		if m.Reply != nil {
			seen.Answers = m.Reply.ID
		}
		for _, f := range m.Files {
			seen.Files, seen.Album = append(seen.Files, f.Name), m.ID
		}
		for _, r := range m.Reactions {
			seen.Reactions = append(seen.Reactions, r.Key)
		}
		out = append(out, seen)
	}
	return out
}

func (v *visitor) Offered() (names []string) {
	for _, o := range v.state().Topics {
		names = append(names, o.Name)
	}
	return names
}

func (v *visitor) Ratable() bool { return v.state().Rate != nil }

func (v *visitor) Typing() (on bool) {
	v.c.View(func(view widgettest.View) { on = view.Staff() })
	return on
}

func (v *visitor) Conversation() desk.ConversationID { return v.h.conversationOf(v.c).ID }
