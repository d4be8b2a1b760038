package widgetgw

import (
	"errors"
	"slices"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// TestSiteRemovedAndRestored: visitors of a removed site are told in words that its chat is closed and that nobody is there; who is being answered is
// to the end, and once the site is back everybody can write again, in the tab that is open.
func TestSiteRemovedAndRestored(t *testing.T) {
	h := open(t)
	early, late := h.visitor(), h.visitor()
	h.send(early, "hello")
	room := h.accept(early)
	without := configuration()
	without.Sites[0].ID, without.Sites[0].Key, without.Sites[0].DefaultQueue = "toys", "toys", "toys"
	without.Queues = []desk.Queue{{ID: "toys", Site: "toys", Name: "Toys", InviteLimit: 5, Operators: []desk.UserID{desktest.Anna}}}
	without.Rights = slices.DeleteFunc(without.Rights, func(as desk.Assignment) bool { return as.Scope == desk.ScopeQueue })
	h.decide(without)
	h.ahead.Add(int64(2 * siteFresh))

	refused := func(c *widgettest.Client, text string) {
		t.Helper()
		var nack *widgettest.Nacked
		_, err := c.Send(patience(t), text)
		if !errors.As(err, &nack) || nack.Code != "denied" || nack.Text != "This chat is closed. Thank you for writing to us." {
			t.Errorf("%q is answered %+v, %v", text, nack, err)
		}
	}
	refused(late, "is anybody there?")
	newcomer := h.visitor()
	h.until(newcomer, "the chat is shown as closed", func(v widgettest.View) bool { return v.Live() && !v.State().Online })
	refused(newcomer, "anybody?")
	h.send(early, "and my parcel?")
	h.say(room, "it is on its way")
	h.until(early, "the answer is there", func(v widgettest.View) bool {
		return slices.ContainsFunc(v.Messages(), func(m protocol.Message) bool { return m.Text == "it is on its way" })
	})
	h.say(room, "!close")
	h.until(early, "the ticket is closed", inState("closed"))
	refused(early, "one more thing")

	h.decide(configuration())
	h.ahead.Add(int64(2 * siteFresh))
	for _, c := range []*widgettest.Client{early, late, newcomer} {
		h.send(c, "here again")
	}
}
