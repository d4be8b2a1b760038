package store_test

import (
	"errors"
	"reflect"
	"testing"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

func TestChats(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		check(t, tx.PutCustomer(&desk.Customer{ID: "customer", Site: "main", Created: at}))
		put := func(chat string, rev, done int64, prompt string) journal.Chat {
			t.Helper()
			conversation := desk.ConversationID("conversation-" + chat)
			check(t, tx.PutConversation(&desk.Conversation{ID: conversation, Site: "main", Customer: "customer", Rev: rev, Created: at}))
			c := journal.Chat{Source: "telegram:main", ID: chat, Conversation: conversation, Rev: done, Prompt: prompt, Offer: "offer-" + chat, Wait: at}
			check(t, tx.PutChat(&c))
			return c
		}
		behind := put("1", 5, 3, "")
		put("2", 4, 4, "")
		asked := put("3", 2, 2, "hello")
		check(t, tx.PutChat(&journal.Chat{Source: "telegram:other", ID: "1", Conversation: "nobody", Rev: 0}))

		for _, c := range []journal.Chat{behind, asked} {
			got, err := tx.Chat(c.Source, c.ID)
			check(t, err)
			of, err := tx.ChatOf(c.Conversation)
			check(t, err)
			if *got != c || *of != c {
				t.Errorf("chat %+v is %+v and %+v", c, *got, *of)
			}
		}
		if got, err := tx.ChatSources(); err != nil || !reflect.DeepEqual(got, []string{"telegram:main", "telegram:other"}) {
			t.Errorf("sources are %q, %v", got, err)
		}
		for after, want := range map[string][]journal.Chat{"": {behind, asked}, "1": {asked}, "3": nil} {
			got, err := tx.ChatsBehind("telegram:main", after, 10)
			check(t, err)
			if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("behind after %q: %+v, want %+v", after, got, want)
			}
		}
		if first, err := tx.ChatsBehind("telegram:main", "", 1); err != nil || len(first) != 1 {
			t.Errorf("of at most one: %v, %v", first, err)
		}
		if _, err := tx.Chat("telegram:main", "9"); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("unknown chat: %v", err)
		}
	})
}

func TestRemotes(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		second := journal.Remote{Message: "m", Part: 1, Source: "telegram:main", Chat: "7", ID: "101", State: journal.RemoteSent, Sum: "b", At: at}
		first := journal.Remote{Message: "m", Part: 0, Source: "telegram:main", Chat: "7", State: journal.RemoteSending, Sum: "a", At: at}
		check(t, tx.PutRemote(&second), tx.PutRemote(&first))
		for chat, want := range map[string]bool{"7": true, "8": false} {
			if sending, err := tx.IsSending("telegram:main", chat); err != nil || sending != want {
				t.Errorf("something is on its way to %s: %v, %v", chat, sending, err)
			}
		}
		first.ID, first.State = "100", journal.RemoteSent
		check(t, tx.PutRemote(&first))
		got, err := tx.RemotesOf("m")
		check(t, err)
		if want := []journal.Remote{first, second}; !reflect.DeepEqual(got, want) {
			t.Errorf("parts are %+v, want %+v", got, want)
		}
		found, err := tx.Remote("telegram:main", "7", "101")
		check(t, err)
		if *found != second {
			t.Errorf("found %+v, want %+v", *found, second)
		}
		if _, err := tx.Remote("telegram:main", "8", "101"); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("in another chat: %v", err)
		}
		check(t, tx.DeleteRemote("m", 0))
		if left, err := tx.RemotesOf("m"); err != nil || len(left) != 1 || left[0] != second {
			t.Errorf("left is %+v, %v", left, err)
		}
	})
}
