package appservice_test

import (
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
)

// TestSearching: what a customer wrote is found in another form of the word, with a link to the message that the asker's client can follow.
func TestSearching(t *testing.T) {
	f := open(t, officeOptions{double: true})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Верните деньги за заказ")
	number := f.ticket(c).Number
	if _, err := anna.SendText(ctx, f.lobby(), fmt.Sprintf("!accept %d", number)); err != nil {
		t.Fatal(err)
	}
	portal := f.portal(c)
	said := f.seesText(anna, portal, "Верните деньги за заказ")
	if _, err := anna.SendText(ctx, f.lobby(), "!поиск заказами"); err != nil {
		t.Fatal(err)
	}
	direct := id.RoomID(f.room(desk.DirectRoom(desk.UserID(anna.ID))).ID)
	answer := f.sees(anna, direct, event.EventMessage, func(e *event.Event) bool {
		return strings.Contains(e.Content.AsMessage().Body, "Верните деньги за заказ")
	})
	link := "https://matrix.to/#/" + string(portal) + "/" + string(said.ID) + "?via="
	if html := answer.Content.AsMessage().FormattedBody; !strings.Contains(html, link) {
		t.Errorf("no link %s in %s", link, html)
	}
	// A whole list comes as a file, made when it is posted.
	if _, err := anna.SendText(ctx, direct, "!search заказы page:all"); err != nil {
		t.Fatal(err)
	}
	f.sees(anna, direct, event.EventMessage, func(e *event.Event) bool {
		m := e.Content.AsMessage()
		return m.MsgType == event.MsgFile && m.FileName == "search.csv" && m.Info != nil && m.Info.Size > 40
	})
	f.applied()
	f.noDeadLetters()
}
