package appservice_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// An operator whom nobody has given a name is called as in Matrix, and by a new name there as soon as the homeserver tells of it, also where that
// was while we were down.
func TestNewMatrixNameIsUsedAtOnce(t *testing.T) {
	o := officeOptions{}
	f := open(t, o)
	anna, ctx := f.operators[0], bounded(t)
	err := f.journal.Write(ctx, func(tx journal.Tx) error {
		k, err := tx.Operator(desk.UserID(anna.ID))
		if err != nil {
			return err
		}
		k.PublicName = k.ID.Localpart()
		return tx.PutOperator(k)
	})
	if err != nil {
		t.Fatal(err)
	}
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)
	called := func(name string) {
		t.Helper()
		if err := anna.Client.SetDisplayName(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	topic := func(name string) {
		t.Helper()
		f.eventually("topic with "+name, func() bool {
			topic, _ := f.currentState(portal, "m.room.topic", "")["topic"].(string)
			return strings.Contains(topic, name)
		})
	}
	called("Anna the First")
	topic("Anna the First")
	f.stop()
	called("Anna the Second")
	f.start(o)
	topic("Anna the Second")
	if _, err := anna.Client.SendText(ctx, portal, "Good morning"); err != nil {
		t.Fatal(err)
	}
	f.eventually("words of Anna", func() bool {
		for _, m := range f.messages(c) {
			if m.Author == desk.FromStaff && m.WhoName == "Anna the Second" {
				return true
			}
		}
		return false
	})
	f.noDeadLetters()
}
