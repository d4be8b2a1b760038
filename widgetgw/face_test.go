package widgetgw

import (
	"strings"
	"testing"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/widgetgw/widgettest"
)

// TestFace: a visitor who is being answered sees at once the name that the operator takes for the site, and never the one for colleagues.
func TestFace(t *testing.T) {
	h := open(t)
	c := h.visitor()
	h.send(c, "Hello")
	room := h.accept(c)
	called := func(name string) func(widgettest.View) bool {
		return func(v widgettest.View) bool { s := v.State(); return s.Operator != nil && s.Operator.Name == name }
	}
	h.until(c, "the operator is shown", called("Anna Petrova"))
	for _, order := range []string{"!profile fullname Petrova Anna Ivanovna", "!profile name site:" + string(desktest.Site) + " Anna P."} {
		h.decide(desk.StaffMessage{
			Room: desk.LobbyRoom(desktest.Queue), Event: h.event(), Sender: desktest.Anna, Content: content.Message{Text: order},
		})
	}
	h.until(c, "the new name is shown", called("Anna P."))
	h.say(room, "What do you need?")
	h.until(c, "the answer is signed", func(v widgettest.View) bool {
		m, ok := v.Find(text("What do you need?"))
		return ok && m.Who != nil && m.Who.Name == "Anna P."
	})
	c.View(func(v widgettest.View) {
		if strings.Contains(v.State().Operator.Name, "Ivanovna") {
			t.Errorf("the visitor sees %q", v.State().Operator.Name)
		}
	})
}
