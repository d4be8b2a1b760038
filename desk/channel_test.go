package desk_test

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// telegramChannel is a messenger's, which is none of the desk's own.
const telegramChannel desk.Channel = "telegram"

// inTelegram is a desk with a customer of Telegram who has written, and Anna in their room.
func inTelegram(t *testing.T) (*desktest.Desk, desk.ConversationID, desk.RoomKey) {
	t.Helper()
	d := newDesk(t)
	opened, err := d.Engine.OpenConversation(d.Tx, d.Now, desktest.Site, telegramChannel, "en")
	if err != nil {
		t.Fatal(err)
	}
	c := opened.ID
	d.Write(c, "hello")
	d.Accept(desktest.Anna, c)
	d.Member(d.PortalOf(c), desktest.Anna, desktest.Anna, "invite", "join")
	return d, c, d.PortalOf(c)
}

// messageOf gives the message of the log with a text.
func messageOf(t *testing.T, d *desktest.Desk, c desk.ConversationID, text string) desk.Message {
	t.Helper()
	all, err := d.MessagesBefore(c, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(m desk.Message) bool { return m.Content.Text == text })
	if i < 0 {
		t.Fatalf("there is no %q", text)
	}
	return all[i]
}

// signs are the reactions that the bot has put on an event.
func signs(d *desktest.Desk, event desk.EventID) (keys []string) {
	for _, s := range d.Sent {
		if r, ok := s.Effect.(desk.React); ok && r.As == desk.Bot && r.Target.Event == event {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

func TestWhatDidNotArriveIsShownWhereItWasSaid(t *testing.T) {
	for _, tc := range []struct {
		name   string
		in     desk.Undelivered
		text   string
		marked bool
	}{
		{"refused", desk.Undelivered{Reason: "undelivered.refused", Args: []string{"WORDS_TOO_STRONG"}},
			"The customer did not get this: the messenger did not take it: WORDS_TOO_STRONG. Send it again with 🔁 or !resend.", true},
		{"blocked", desk.Undelivered{Reason: "undelivered.blocked"},
			"The customer did not get this: the customer has blocked the bot. Once they write again, it can be sent. Send it again with 🔁 or !resend.", true},
		{"in doubt", desk.Undelivered{Reason: "undelivered.doubt", Doubt: true},
			"The connection broke while this was sent, so nobody knows whether the customer got it. Send it again with 🔁 or !resend.", true},
		{"an edit", desk.Undelivered{Reason: "undelivered.refused", Args: []string{"too late"}, Change: "undelivered.edit"},
			"The customer still sees the earlier words: the messenger did not take it: too late.", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, c, room := inTelegram(t)
			event := d.Say(desktest.Anna, room, "It costs 10 euros")
			tc.in.Conversation, tc.in.Message = c, messageOf(t, d, c, "It costs 10 euros").ID
			d.Decide(tc.in)
			d.Deliver()
			line := d.LastPost(room)
			if line.Text != tc.text || line.Reply.Event != event || !slices.Equal(line.Mentions, []desk.UserID{desktest.Anna}) {
				t.Errorf("told %+v", line)
			}
			want, status := []string(nil), desk.Stored
			if tc.marked {
				want, status = []string{"⚠️", "🔁"}, desk.Failed
			}
			if got := signs(d, event); !slices.Equal(got, want) {
				t.Errorf("marked %q", got)
			}
			if m := messageOf(t, d, c, "It costs 10 euros"); m.Status != status {
				t.Errorf("the message is %s", m.Status)
			}
		})
	}
}

// Whoever has left the ticket meanwhile reads in the direct chat what did not arrive; in the room it is for who has it now (Q7).
func TestWhatDidNotArriveAfterwards(t *testing.T) {
	for name, leave := range map[string]string{"closed": "!close", "handed on": "!transfer @boris"} {
		t.Run(name, func(t *testing.T) {
			d, c, room := inTelegram(t)
			d.Say(desktest.Anna, room, "It costs 10 euros")
			d.Say(desktest.Anna, room, leave)
			d.Decide(desk.Undelivered{Conversation: c, Message: messageOf(t, d, c, "It costs 10 euros").ID, Reason: "undelivered.blocked"})
			d.Deliver()
			direct := d.LastPost(desk.DirectRoom(desktest.Anna))
			if !strings.HasPrefix(direct.Text, "#1 · ") || !strings.Contains(direct.Text, "To the customer: «It costs 10 euros». The customer did not get this: the customer has blocked") {
				t.Errorf("to anna %+v", direct)
			}
			if line := d.LastPost(room); slices.Contains(line.Mentions, desktest.Anna) || slices.Contains(line.Mentions, desktest.Boris) != (name == "handed on") {
				t.Errorf("in the room %+v", line)
			}
		})
	}
}

// What the desk itself says is told where the staff were told of it, and offers nothing: nobody of them said it.
func TestWordsOfTheDeskThatDidNotArrive(t *testing.T) {
	d, c, room := inTelegram(t)
	all, err := d.MessagesBefore(c, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(m desk.Message) bool { return m.Author == desk.FromSystem })
	d.Decide(desk.Undelivered{Conversation: c, Message: all[i].ID, Reason: "undelivered.blocked"})
	d.Deliver()
	line := d.LastPost(room)
	events, err := d.EventsOf(all[i].ID)
	if err != nil || len(events) != 1 {
		t.Fatalf("the words are shown as %v, %v", events, err)
	}
	if !strings.HasPrefix(line.Text, "To the customer: «") || strings.Contains(line.Text, "!resend") || line.Reply.Event != events[0].ID {
		t.Errorf("told %+v", line)
	}
	if got := signs(d, events[0].ID); len(got) > 0 {
		t.Errorf("marked %q", got)
	}
}

func TestDelivered(t *testing.T) {
	d, c, room := inTelegram(t)
	d.Say(desktest.Anna, room, "One")
	d.Say(desktest.Anna, room, "Two")
	one, two := messageOf(t, d, c, "One"), messageOf(t, d, c, "Two")
	d.Decide(desk.Delivered{Conversation: c, Message: two.ID})
	d.Decide(desk.Delivered{Conversation: c, Message: one.ID})
	conversation, err := d.Conversation(c)
	if err != nil {
		t.Fatal(err)
	}
	if conversation.CustomerGot != two.Seq {
		t.Errorf("the customer got everything up to %d, not to %d", conversation.CustomerGot, two.Seq)
	}
	for _, m := range []desk.Message{one, two} {
		if now := messageOf(t, d, c, m.Content.Text); now.Status != desk.Sent || now.Rev != m.Rev {
			t.Errorf("%q is %s at revision %d, before at %d", m.Content.Text, now.Status, now.Rev, m.Rev)
		}
	}
}

// TestResend has every way to ask for it: what failed is to be sent anew, what did not is left as it is.
func TestResend(t *testing.T) {
	for name, ask := range map[string]func(d *desktest.Desk, room desk.RoomKey, first, second desk.EventID){
		"all by command": func(d *desktest.Desk, room desk.RoomKey, _, _ desk.EventID) { d.Say(desktest.Anna, room, "!resend") },
		"all in Russian": func(d *desktest.Desk, room desk.RoomKey, _, _ desk.EventID) {
			d.Say(desktest.Anna, room, "!переслать")
		},
		"each by its sign": func(d *desktest.Desk, room desk.RoomKey, first, second desk.EventID) {
			d.React(desktest.Anna, room, first, "🔁")
			d.React(desktest.Anna, room, second, "🔁")
		},
		"a press too often": func(d *desktest.Desk, room desk.RoomKey, first, second desk.EventID) {
			d.React(desktest.Anna, room, first, "🔁")
			d.Say(desktest.Anna, room, "!resend")
			d.React(desktest.Anna, room, second, "🔁")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := inTelegram(t)
			first, second := d.Say(desktest.Anna, room, "One"), d.Say(desktest.Anna, room, "Two")
			d.Say(desktest.Anna, room, "Three")
			d.Decide(desk.Delivered{Conversation: c, Message: messageOf(t, d, c, "Three").ID})
			for _, text := range []string{"One", "Two"} {
				d.Decide(desk.Undelivered{Conversation: c, Message: messageOf(t, d, c, text).ID, Reason: "undelivered.doubt", Doubt: true})
			}
			d.Deliver()
			one, two, three := messageOf(t, d, c, "One"), messageOf(t, d, c, "Two"), messageOf(t, d, c, "Three")
			changed := d.Changed[c]
			ask(d, room, first, second)
			for before, text := range map[*desk.Message]string{&one: "One", &two: "Two"} {
				if now := messageOf(t, d, c, text); now.Status != desk.Stored || now.Rev <= before.Rev || now.Seq != before.Seq {
					t.Errorf("%q is %s at revision %d, before at %d", text, now.Status, now.Rev, before.Rev)
				}
			}
			if messageOf(t, d, c, "One").Rev > messageOf(t, d, c, "Two").Rev {
				t.Error("what was said first is sent last")
			}
			if now := messageOf(t, d, c, "Three"); now.Status != desk.Sent || now.Rev != three.Rev {
				t.Errorf("what has arrived is %s at revision %d, before at %d", now.Status, now.Rev, three.Rev)
			}
			if d.Changed[c] == changed {
				t.Error("nobody is told that there is something to send")
			}
		})
	}
}

func TestResendIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(d *desktest.Desk, c desk.ConversationID, room desk.RoomKey)
		who     desk.UserID
		words   string
	}{
		{"nothing failed", func(d *desktest.Desk, c desk.ConversationID, _ desk.RoomKey) {
			all, _ := d.MessagesBefore(c, 0, 100)
			for _, m := range all {
				if m.Status == desk.Failed {
					d.Decide(desk.Delivered{Conversation: c, Message: m.ID})
				}
			}
		}, desktest.Anna, "Nothing here has failed"},
		{"closed", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) { d.Say(desktest.Anna, room, "!close") }, desktest.Anna, ""},
		{"not the owner", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Say(desktest.Vera, room, "!watch")
		}, desktest.Vera, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, c, room := inTelegram(t)
			d.Say(desktest.Anna, room, "One")
			d.Decide(desk.Undelivered{Conversation: c, Message: messageOf(t, d, c, "One").ID, Reason: "undelivered.doubt", Doubt: true})
			d.Deliver()
			tc.prepare(d, c, room)
			before := messageOf(t, d, c, "One")
			d.Say(tc.who, room, "!resend")
			if now := messageOf(t, d, c, "One"); now.Status != before.Status || now.Rev != before.Rev {
				t.Errorf("it is sent again: %s at %d, before %s at %d", now.Status, now.Rev, before.Status, before.Rev)
			}
			if line := d.LastPost(room); !strings.Contains(line.Text, tc.words) || strings.Contains(line.Text, "Being sent again") {
				t.Errorf("answered %q", line.Text)
			}
		})
	}
}

// A customer is called what the channel says, everywhere at once, but an empty or overlong name is not taken as it is.
func TestCustomerProfile(t *testing.T) {
	long := strings.Repeat("Иванъ", 40)
	for _, tc := range []struct{ name, said, want string }{
		{"a name", "Ivan Petrov", "Ivan Petrov"},
		{"lines in it", "Ivan\nPetrov", "Ivan Petrov"},
		{"nothing", "", ""},
		{"blank", " \n ", ""},
		{"no UTF-8", "Iv\xffan", "Ivan"},
		{"what nobody sees", "\u202eIv\u200ban\u2066", "Ivan"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, c, _ := inTelegram(t)
			d.Decide(desk.CustomerProfile{Conversation: c, Name: tc.said})
			d.Deliver()
			customer, err := d.Customer(d.TicketOf(c).Customer)
			if err != nil || customer.Name != tc.want {
				t.Errorf("called %q, %v", customer.Name, err)
			}
			if card := d.Card(c); tc.want != "" && !strings.Contains(card.Text, tc.want) {
				t.Errorf("the card says %q", card.Text)
			}
		})
	}
	d, c, _ := inTelegram(t)
	d.Decide(desk.CustomerProfile{Conversation: c, Name: long})
	customer, err := d.Customer(d.TicketOf(c).Customer)
	if n := len([]rune(customer.Name)); err != nil || n == 0 || n > 101 {
		t.Errorf("called by %d characters, %v", n, err)
	}
}

func TestCustomerReach(t *testing.T) {
	d, c, room := inTelegram(t)
	d.Decide(desk.CustomerReach{Conversation: c, Cut: true})
	d.Deliver()
	if line := d.LastPost(room); line.Text != "Telegram: the customer has blocked us. What you write here will not reach them." {
		t.Errorf("told %q", line.Text)
	}
	d.Decide(desk.CustomerReach{Conversation: c})
	d.Deliver()
	if line := d.LastPost(room); line.Text != "Telegram: the customer lets us write again." {
		t.Errorf("told %q", line.Text)
	}
	opened, err := d.Engine.OpenConversation(d.Tx, d.Now, desktest.Site, telegramChannel, "en")
	if err != nil {
		t.Fatal(err)
	}
	if out := d.Decide(desk.CustomerReach{Conversation: opened.ID, Cut: true}); len(out.Effects) > 0 {
		t.Errorf("somebody who never wrote is told of: %+v", out.Effects)
	}
}

func TestChannelTrouble(t *testing.T) {
	d := newDesk(t)
	for reason, want := range map[string]string{
		"channel.trouble.token":    "Telegram bot shop of Shop does not work: its token is wrong or was revoked.",
		"channel.trouble.conflict": "Telegram bot shop of Shop gets nothing: another program reads its messages",
		"channel.mended":           "Telegram bot shop of Shop works again.",
	} {
		d.Decide(desk.ChannelTrouble{Site: desktest.Site, Channel: telegramChannel, Name: "shop", Reason: reason, Detail: "401"})
		d.Deliver()
		if line := d.LastPost(desk.AdminRoom()); !strings.HasPrefix(line.Text, want) {
			t.Errorf("told %q", line.Text)
		}
	}
}
