package appservice_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	op     = desk.UserID("@op_1:localhost")
	puppet = desk.UserID("@desk_c_01abc:localhost")
)

var eventTime = time.UnixMilli(1700000000000).UTC()

// rawEvent makes an event of the portal as a transaction tells it.
func rawEvent(id, kind string, sender desk.UserID, content string, more ...string) json.RawMessage {
	extra := ""
	if len(more) > 0 {
		extra = "," + strings.Join(more, ",")
	}
	return json.RawMessage(`{"event_id":"` + id + `","room_id":"!portal","type":"` + kind + `","sender":"` + string(sender) +
		`","origin_server_ts":1700000000000,"content":` + content + extra + `}`)
}

// translate gives what an event means, in a transaction of its own.
func (d *desktop) translate(t testing.TB, raw json.RawMessage) []desk.Input {
	t.Helper()
	var out []desk.Input
	d.write(t, func(tx journal.Tx) (err error) {
		out, err = d.service.Translate(tx, journal.Input{Source: "matrix", ID: "$x", Lane: "room:!portal", Body: raw})
		return err
	})
	return out
}

func words(text string) desk.StaffMessage {
	return desk.StaffMessage{Room: portalKey, Event: "$e", Sender: op, Content: content.Message{Text: text}, At: eventTime}
}

func with(m desk.StaffMessage, change func(*desk.StaffMessage)) desk.StaffMessage {
	change(&m)
	return m
}

func edit(text string) desk.StaffEdit {
	return desk.StaffEdit{
		Room: portalKey, Event: "$e", Sender: op, Replaces: "$o", Content: content.Message{Text: text}, At: eventTime,
	}
}

func TestTranslateMessages(t *testing.T) {
	d := newDesktop(t)
	reply := func(m *desk.StaffMessage) { m.Relation, m.Relates = desk.InReply, "$o" }
	thread := func(m *desk.StaffMessage) { m.Relation, m.Relates = desk.InThread, "$o" }
	for _, test := range []struct {
		name, kind, content string
		want                desk.Input
	}{
		{"text", "m.room.message", `{"msgtype":"m.text","body":"hello"}`, words("hello")},
		{"emote", "m.room.message", `{"msgtype":"m.emote","body":"waves"}`, words("waves")},
		{"notice", "m.room.message", `{"msgtype":"m.notice","body":"beep"}`,
			with(words("beep"), func(m *desk.StaffMessage) { m.Notice = true })},
		{"unknown type", "m.room.message", `{"msgtype":"org.example","body":"fallback"}`, words("fallback")},
		{"no type", "m.room.message", `{"body":"hello"}`, words("hello")},
		{"NUL", "m.room.message", `{"msgtype":"m.text","body":"a\u0000b"}`, words("ab")},
		{"body is no text", "m.room.message", `{"msgtype":"m.text","body":7}`, words("")},
		{"nothing", "m.room.message", `{}`, words("")},
		{"encrypted", "m.room.encrypted", `{"algorithm":"m.megolm.v1.aes-sha2"}`, words("")},
		{"poll", "org.matrix.msc3381.poll.start", `{}`, words("")},
		{"location", "m.room.message", `{"msgtype":"m.location","body":"Here","geo_uri":"geo:55.75,37.61;u=5"}`,
			with(words("Here\nhttps://www.openstreetmap.org/?mlat=55.75&mlon=37.61"), func(m *desk.StaffMessage) {
				m.Content.Place = &content.Place{Lat: 55.75, Lon: 37.61}
			})},
		{"location that is none", "m.room.message", `{"msgtype":"m.location","body":"Here","geo_uri":"geo:NaN,370"}`, words("Here")},
		{"location elsewhere", "m.room.message", `{"msgtype":"m.location","body":"Here","geo_uri":"geo:x&y=1,2"}`, words("Here")},
		{"reply", "m.room.message", `{"msgtype":"m.text","body":"yes","m.relates_to":{"m.in_reply_to":{"event_id":"$o"}}}`,
			with(words("yes"), reply)},
		{"reply to nothing", "m.room.message", `{"msgtype":"m.text","body":"yes","m.relates_to":{"m.in_reply_to":{"event_id":"x"}}}`, words("yes")},
		{"thread", "m.room.message", `{"msgtype":"m.text","body":"psst","m.relates_to":{"rel_type":"m.thread","event_id":"$o",` +
			`"is_falling_back":true,"m.in_reply_to":{"event_id":"$last"}}}`, with(words("psst"), thread)},
		{"reply in thread", "m.room.message", `{"msgtype":"m.text","body":"psst","m.relates_to":{"rel_type":"m.thread","event_id":"$o",` +
			`"m.in_reply_to":{"event_id":"$r"}}}`, with(words("psst"), func(m *desk.StaffMessage) { thread(m); m.ReplyTo = "$r" })},
		// A message in a thread stays in it, whatever else it is.
		{"malformed in thread", "m.room.message", `{"msgtype":7,"body":"psst","m.relates_to":{"rel_type":"m.thread","event_id":"$o"}}`,
			with(words(""), thread)},
		{"thread of no event", "m.room.message", `{"msgtype":"m.text","body":"psst","m.relates_to":{"rel_type":"m.thread","event_id":"$a\u0000b"}}`,
			with(words("psst"), func(m *desk.StaffMessage) { m.Relation = desk.InThread })},
		{"permalink", "m.room.message", `{"msgtype":"m.text","body":"see https://matrix.to/#/!portal/$secret?via=x"}`,
			with(words("see https://matrix.to/#/!portal/$secret?via=x"), func(m *desk.StaffMessage) { m.Quoted = []desk.EventID{"$secret"} })},
		{"permalink in HTML alone", "m.room.message", `{"msgtype":"m.text","body":"see this","format":"org.matrix.custom.html",` +
			`"formatted_body":"see <a href=\"https://matrix.to/#/!portal/$secret\">this</a>"}`, nil},
		{"other relation", "m.room.message", `{"msgtype":"m.text","body":"see","m.relates_to":{"rel_type":"m.reference","event_id":"$o"}}`,
			with(words("see"), func(m *desk.StaffMessage) { m.Relates = "$o" })},
		{"note in HTML alone", "m.room.message", `{"msgtype":"m.text","body":"secret","format":"org.matrix.custom.html",` +
			`"formatted_body":"<p>// secret</p>"}`, words("// secret")},
		{"edit", "m.room.message", `{"msgtype":"m.text","body":"* new","m.new_content":{"msgtype":"m.text","body":"new"},` +
			`"m.relates_to":{"rel_type":"m.replace","event_id":"$o"}}`, edit("new")},
		{"edit without new content", "m.room.message", `{"msgtype":"m.text","body":"new","m.relates_to":{"rel_type":"m.replace","event_id":"$o"}}`, edit("new")},
		{"reaction", "m.reaction", `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$o","key":"👍"}}`,
			desk.StaffReaction{Room: portalKey, Event: "$e", Sender: op, Relates: "$o", Key: "👍"}},
		{"redaction", "m.room.redaction", `{"redacts":"$o"}`, desk.StaffRedaction{Room: portalKey, Event: "$e", Sender: op, Redacts: "$o"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := d.translate(t, rawEvent("$e", test.kind, op, test.content))
			if len(got) != 1 {
				t.Fatalf("means %+v", got)
			}
			if test.want == nil {
				m := got[0].(desk.StaffMessage)
				if !reflect.DeepEqual(m.Quoted, []desk.EventID{"$secret"}) {
					t.Errorf("quotes %v", m.Quoted)
				}
				return
			}
			if !reflect.DeepEqual(got[0], test.want) {
				t.Errorf("means %+v, want %+v", got[0], test.want)
			}
		})
	}
}

func TestTranslateNothing(t *testing.T) {
	d := newDesktop(t)
	for _, test := range []struct {
		name string
		raw  json.RawMessage
	}{
		{"reaction without key", rawEvent("$e", "m.reaction", op, `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$o"}}`)},
		{"reaction to nothing", rawEvent("$e", "m.reaction", op, `{"m.relates_to":{"rel_type":"m.annotation","key":"x"}}`)},
		{"edit of nothing", rawEvent("$e", "m.room.message", op, `{"body":"x","m.relates_to":{"rel_type":"m.replace"}}`)},
		{"redaction of nothing", rawEvent("$e", "m.room.redaction", op, `{}`)},
		{"something unknown", rawEvent("$e", "org.example.thing", op, `{}`)},
		{"unknown state", rawEvent("$e", "org.example.thing", op, `{}`, `"state_key":""`)},
		{"own state", rawEvent("$e", "m.room.name", bot, `{"name":"x"}`, `"state_key":""`)},
		{"own levels at creation", rawEvent("$e", "m.room.power_levels", bot, `{}`, `"state_key":""`)},
		{"own words without a row", rawEvent("$e", "m.room.message", bot, `{"body":"!close"}`)},
		{"a puppet's words without a row", rawEvent("$e", "m.room.message", puppet, `{"body":"!close"}`)},
		{"a puppet's redaction", rawEvent("$e", "m.room.redaction", puppet, `{"redacts":"$o"}`)},
		{"we invite", rawEvent("$e", "m.room.member", puppet, `{"membership":"invite"}`, `"state_key":"@op_1:localhost"`)},
		{"we remove", rawEvent("$e", "m.room.member", bot, `{"membership":"leave"}`, `"state_key":"@op_1:localhost"`)},
		{"our puppet joins", rawEvent("$e", "m.room.member", puppet, `{"membership":"join"}`, `"state_key":"@desk_c_01abc:localhost"`)},
		{"a change of name", rawEvent("$e", "m.room.member", op, `{"membership":"join"}`, `"state_key":"@op_1:localhost"`,
			`"unsigned":{"prev_content":{"membership":"join"}}`)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := d.translate(t, test.raw); len(got) != 0 {
				t.Errorf("means %+v", got)
			}
		})
	}
}

// Only bot and puppets echo. A row that a member writes into an event is nothing but an unknown key.
func TestForgedEcho(t *testing.T) {
	d := newDesktop(t)
	body := `{"msgtype":"m.text","body":"hello","frontdesk.row":"01ROW.0"}`
	for _, sender := range []desk.UserID{bot, puppet} {
		want := []desk.Input{desk.Echo{Room: portalKey, Event: "$e", Row: "01ROW.0"}}
		if got := d.translate(t, rawEvent("$e", "m.room.message", sender, body)); !reflect.DeepEqual(got, want) {
			t.Errorf("event of %s means %+v", sender, got)
		}
	}
	for _, sender := range []desk.UserID{op, "@desk_c_01abc:elsewhere", "@desk_c_01ABC:localhost", "@desk_c_:localhost", "@frontdesk:localhost.evil", "@xdesk_c_01:localhost"} {
		got := d.translate(t, rawEvent("$e", "m.room.message", sender, body))
		if len(got) != 1 {
			t.Fatalf("event of %s means %+v", sender, got)
		}
		if _, ok := got[0].(desk.StaffMessage); !ok {
			t.Errorf("event of %s means %T", sender, got[0])
		}
	}
	for _, row := range []string{"member.x.y", "01ROW", "member."} {
		raw := rawEvent("$e", "m.room.member", op, `{"membership":"join","frontdesk.row":"`+row+`"}`, `"state_key":"@op_1:localhost"`)
		if got := d.translate(t, raw); len(got) != 1 {
			t.Errorf("join with row %s means %+v", row, got)
		}
	}
}

func TestTranslateMembers(t *testing.T) {
	d := newDesktop(t)
	invited := `"unsigned":{"prev_content":{"membership":"invite"}}`
	for _, test := range []struct {
		name, membership, who, previous string
		sender                          desk.UserID
		want                            desk.MemberChanged
	}{
		{"joins", "join", "@op_1:localhost", "", op, desk.MemberChanged{User: op, Sender: op, Membership: "join", Previous: "leave"}},
		{"accepts", "join", "@op_1:localhost", invited, op, desk.MemberChanged{User: op, Sender: op, Membership: "join", Previous: "invite"}},
		{"declines", "leave", "@op_1:localhost", invited, op, desk.MemberChanged{User: op, Sender: op, Membership: "leave", Previous: "invite"}},
		{"invites a colleague", "invite", "@op_2:localhost", "", op,
			desk.MemberChanged{User: "@op_2:localhost", Sender: op, Membership: "invite", Previous: "leave"}},
		{"removes the bot", "leave", string(bot), `"unsigned":{"prev_content":{"membership":"join"}}`, "@admin:localhost",
			desk.MemberChanged{User: bot, Sender: "@admin:localhost", Membership: "leave", Previous: "join"}},
		{"bans a puppet", "ban", string(puppet), `"unsigned":{"prev_content":{"membership":"join"}}`, "@admin:localhost",
			desk.MemberChanged{User: puppet, Sender: "@admin:localhost", Membership: "ban", Previous: "join"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			more := []string{`"state_key":"` + test.who + `"`}
			if test.previous != "" {
				more = append(more, test.previous)
			}
			test.want.Room, test.want.Event = portalKey, "$e"
			got := d.translate(t, rawEvent("$e", "m.room.member", test.sender, `{"membership":"`+test.membership+`"}`, more...))
			if !reflect.DeepEqual(got, []desk.Input{test.want}) {
				t.Errorf("means %+v, want %+v", got, test.want)
			}
		})
	}
}

// A transaction that is sent again does not tell the former membership; then what was desired counts.
func TestPreviousMembershipOfARetry(t *testing.T) {
	d := newDesktop(t)
	leave := rawEvent("$e", "m.room.member", op, `{"membership":"leave"}`, `"state_key":"@op_1:localhost"`, `"unsigned":{"replaces_state":"$i"}`)
	if got := d.translate(t, leave)[0].(desk.MemberChanged).Previous; got != "" {
		t.Errorf("former membership is %q without a desire", got)
	}
	d.desire(t, desk.ThingMember+string(op), desk.Member{Want: "invite"})
	if got := d.translate(t, leave)[0].(desk.MemberChanged).Previous; got != "invite" {
		t.Errorf("former membership is %q of somebody who was to be invited", got)
	}
}

func (d *desktop) desire(t testing.TB, thing string, value any) {
	t.Helper()
	body, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, func(tx journal.Tx) error {
		if err := tx.AppendEffects([]desk.Effect{desk.Desire{Room: portalKey, Thing: thing, Value: body}}); err != nil {
			return err
		}
		row, err := tx.DesireRow(portalKey, thing)
		if err != nil {
			return err
		}
		return tx.FinishDesire(portalKey, thing, row.Version, body)
	})
}

// broken reports whether a thing is due again.
func (d *desktop) broken(t testing.TB, thing string) bool {
	t.Helper()
	var row *journal.DesireRow
	d.write(t, func(tx journal.Tx) (err error) {
		row, err = tx.DesireRow(portalKey, thing)
		return err
	})
	return row.Applied < row.Version
}

// What others change of a room is put right, and noted.
func TestTranslateBrokenState(t *testing.T) {
	admin := desk.UserID("@admin:localhost")
	changed := `"unsigned":{"prev_content":{}}`
	for _, test := range []struct {
		name  string
		thing string
		raw   json.RawMessage
		note  bool // StateBroken comes of it
	}{
		{"name", desk.ThingName, rawEvent("$e", "m.room.name", admin, `{"name":"x"}`, `"state_key":""`), true},
		{"topic", desk.ThingTopic, rawEvent("$e", "m.room.topic", admin, `{}`, `"state_key":""`), true},
		{"avatar", desk.ThingAvatar, rawEvent("$e", "m.room.avatar", admin, `{}`, `"state_key":""`), true},
		{"levels", desk.ThingJoin, rawEvent("$e", "m.room.power_levels", admin, `{}`, `"state_key":""`), true},
		{"history", desk.ThingJoin, rawEvent("$e", "m.room.history_visibility", admin, `{}`, `"state_key":""`), true},
		{"guests", desk.ThingJoin, rawEvent("$e", "m.room.guest_access", admin, `{}`, `"state_key":""`), true},
		{"bridge", desk.ThingBridge, rawEvent("$e", "m.bridge", admin, `{}`, `"state_key":"frontdesk"`), true},
		{"levels in the bot's name", desk.ThingJoin, rawEvent("$e", "m.room.power_levels", bot, `{}`, `"state_key":""`, changed), false},
		{"bot gone", desk.ThingName, rawEvent("$e", "m.room.member", admin, `{"membership":"leave"}`, `"state_key":"`+string(bot)+`"`, changed), false},
		{"puppet gone", desk.ThingProfile, rawEvent("$e", "m.room.member", puppet, `{"membership":"leave"}`, `"state_key":"`+string(puppet)+`"`, changed), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesktop(t)
			d.desire(t, test.thing, "as it should be")
			if d.broken(t, test.thing) {
				t.Fatal("broken before anything happened")
			}
			got := d.translate(t, test.raw)
			if !d.broken(t, test.thing) {
				t.Error("is not put right")
			}
			_, noted := first(got).(desk.StateBroken)
			if noted != test.note {
				t.Errorf("means %+v", got)
			}
		})
	}
}

func first(in []desk.Input) desk.Input {
	if len(in) == 0 {
		return nil
	}
	return in[0]
}

// A card whose event is redacted, by whomever, is shown anew.
func TestRedactedCard(t *testing.T) {
	for _, sender := range []desk.UserID{op, bot} {
		d := newDesktop(t)
		card := string(desk.CardRow("T1"))
		d.desire(t, card, desk.Card{Text: "x"})
		d.write(t, func(tx journal.Tx) error {
			return tx.PutEvent(&desk.Event{Room: portalKey, ID: "$card", Row: desk.CardRow("T1"), Kind: desk.EventNotice})
		})
		d.translate(t, rawEvent("$e", "m.room.redaction", sender, `{"redacts":"$card"}`))
		if !d.broken(t, card) {
			t.Errorf("card redacted by %s is not shown anew", sender)
		}
	}
}

func TestTranslateFiles(t *testing.T) {
	d := newDesktop(t)
	for _, test := range []struct {
		name, kind, content, text string
		want                      []desk.File
	}{
		{"image", "m.room.message", `{"msgtype":"m.image","body":"cat.png","url":"mxc://localhost/abc",` +
			`"info":{"mimetype":"image/png","size":12,"w":3,"h":4}}`, "",
			[]desk.File{{MXC: "mxc://localhost/abc", Attachment: content.Attachment{
				Name: "cat.png", Type: "image/png", Size: 12, Kind: content.Image, Width: 3, Height: 4}}}},
		{"caption", "m.room.message", `{"msgtype":"m.file","body":"the bill","filename":"bill.pdf","url":"mxc://localhost/abc",` +
			`"info":{"mimetype":"application/pdf; x=y"}}`, "the bill",
			[]desk.File{{MXC: "mxc://localhost/abc", Attachment: content.Attachment{Name: "bill.pdf", Type: "application/pdf", Kind: content.File}}}},
		{"voice", "m.room.message", `{"msgtype":"m.audio","body":"Voice message","url":"mxc://localhost/abc",` +
			`"info":{"mimetype":"audio/ogg","duration":1500},"org.matrix.msc3245.voice":{}}`, "",
			[]desk.File{{MXC: "mxc://localhost/abc", Attachment: content.Attachment{
				Name: content.FileName("Voice message"), Type: "audio/ogg", Kind: content.Audio, Duration: 1500, Voice: true}}}},
		{"voice of Element X", "m.room.message", `{"msgtype":"m.audio","body":"v.ogg","url":"mxc://localhost/abc",` +
			`"info":{"mimetype":"audio/ogg"},"org.matrix.msc3245.voice":{},"org.matrix.msc1767.audio":{"duration":1500,"waveform":[1,2]}}`, "",
			[]desk.File{{MXC: "mxc://localhost/abc", Attachment: content.Attachment{
				Name: "v.ogg", Type: "audio/ogg", Kind: content.Audio, Duration: 1500, Voice: true}}}},
		{"hidden", "m.room.message", `{"msgtype":"m.image","body":"cat.png","url":"mxc://localhost/abc",` +
			`"info":{"mimetype":"image/png"},"page.codeberg.everypizza.msc4193.spoiler":true}`, "",
			[]desk.File{{MXC: "mxc://localhost/abc", Attachment: content.Attachment{Name: "cat.png", Type: "image/png", Kind: content.Image, Spoiler: true}}}},
		{"hidden or not", "m.room.message", `{"msgtype":"m.image","body":"cat.png","url":"mxc://localhost/abc",` +
			`"info":{"mimetype":"image/png"},"page.codeberg.everypizza.msc4193.spoiler":"yes"}`, "",
			[]desk.File{{MXC: "mxc://localhost/abc", Attachment: content.Attachment{Name: "cat.png", Type: "image/png", Kind: content.Image}}}},
		{"sticker", "m.sticker", `{"body":"wave","url":"mxc://localhost/abc","info":{"mimetype":"image/webp"}}`, "",
			[]desk.File{{MXC: "mxc://localhost/abc", Attachment: content.Attachment{
				Name: content.FileName("wave"), Type: "image/webp", Kind: content.Image}}}},
		{"claims", "m.room.message", `{"msgtype":"m.image","body":"../../x\u202e.png","url":"mxc://localhost/abc",` +
			`"info":{"mimetype":"text/html\r\nX: y","size":-5,"w":-1,"h":999999999}}`, "",
			[]desk.File{{MXC: "mxc://localhost/abc", Attachment: content.Attachment{
				Name: content.FileName("../../x\u202e.png"), Type: "application/octet-stream", Kind: content.Image}}}},
		{"foreign address", "m.room.message", `{"msgtype":"m.image","body":"x.png","url":"https://evil.example/x.png"}`, "", nil},
		{"no address", "m.room.message", `{"msgtype":"m.image","body":"x.png"}`, "", nil},
		{"gallery", "m.room.message", `{"msgtype":"dm.filament.gallery","body":"Two","itemtypes":[` +
			`{"itemtype":"m.image","body":"a.png","url":"mxc://localhost/a"},{"itemtype":"m.file","filename":"b.txt","body":"see b","url":"mxc://localhost/b"},` +
			`{"itemtype":"m.file","body":"c","url":"javascript:1"}]}`, "Two",
			[]desk.File{
				{MXC: "mxc://localhost/a", Attachment: content.Attachment{Name: "a.png", Type: "application/octet-stream", Kind: content.Image}},
				{MXC: "mxc://localhost/b", Attachment: content.Attachment{Name: "b.txt", Type: "application/octet-stream", Kind: content.File}},
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, ok := first(d.translate(t, rawEvent("$e", test.kind, op, test.content))).(desk.StaffMessage)
			if !ok || m.Content.Text != test.text || !reflect.DeepEqual(m.Files, test.want) {
				t.Errorf("means %+v, want %q with %+v", m, test.text, test.want)
			}
		})
	}
}

// An invitation of the bot into a room that is not ours is told; whose count is for the desk to say.
func TestBotInvited(t *testing.T) {
	d := newDesktop(t)
	for _, test := range []struct {
		name    string
		sender  desk.UserID
		user    desk.UserID
		content string
		told    bool
	}{
		{"by anybody", op, bot, `{"membership":"invite"}`, true},
		{"and said to be direct", op, bot, `{"membership":"invite","is_direct":true}`, true},
		{"by a puppet", puppet, bot, `{"membership":"invite"}`, false},
		{"of somebody else", op, "@guest:localhost", `{"membership":"invite"}`, false},
		{"taken back", op, bot, `{"membership":"leave"}`, false},
		{"not readable", op, bot, `{"membership":7}`, false},
	} {
		raw := rawEvent("$e", "m.room.member", test.sender, test.content, `"state_key":"`+string(test.user)+`"`)
		raw = json.RawMessage(strings.ReplaceAll(string(raw), "!portal", "!direct"))
		got, told := first(d.translate(t, raw)).(desk.BotInvited)
		if told != test.told || told && (got.By != op || got.Child != "!direct" || got.Event != "$e") {
			t.Errorf("%s: %+v, %v", test.name, got, told)
		}
	}
	// As a sync tells it; one and the next must differ.
	found := json.RawMessage(`{"room_id":"!direct","type":"m.room.member","sender":"` + string(op) + `","state_key":"` + string(bot) + `","content":{"membership":"invite"}}`)
	d.write(t, func(tx journal.Tx) error {
		out, err := d.service.Translate(tx, journal.Input{Source: "matrix", ID: "invite:!direct:s1", Lane: "room:!direct", Body: found})
		if got, told := first(out).(desk.BotInvited); err != nil || !told || got.Event != "invite:!direct:s1" || got.By != op {
			t.Errorf("without an id: %+v, %v", out, err)
		}
		return nil
	})
}

// How a member of staff looks in Matrix is told when it is news, by their coming and by a change; of others it is nothing.
func TestTranslateStaffProfile(t *testing.T) {
	d := newDesktop(t)
	known := desk.Operator{ID: op, PublicName: "Op", Matrix: desk.Face{Name: "old", Avatar: "mxc://localhost/a"}}
	d.write(t, func(tx journal.Tx) error { return tx.PutOperator(&known) })
	joined := `"unsigned":{"prev_content":{"membership":"join"}}`
	for _, test := range []struct{ name, user, content, more, want string }{
		{"a change", string(op), `{"membership":"join","displayname":"new","avatar_url":"mxc://localhost/b"}`, joined, "new mxc://localhost/b"},
		{"no change", string(op), `{"membership":"join","displayname":"old","avatar_url":"mxc://localhost/a"}`, joined, ""},
		{"the photo is gone", string(op), `{"membership":"join","displayname":"old"}`, joined, "old "},
		{"somebody else", "@guest:localhost", `{"membership":"join","displayname":"new"}`, joined, ""},
		{"a puppet", string(puppet), `{"membership":"join","displayname":"new"}`, joined, ""},
		{"no text", string(op), `{"membership":"join","displayname":7}`, joined, ""},
		{"leaves", string(op), `{"membership":"leave","displayname":"new"}`, joined, ""},
		{"comes", string(op), `{"membership":"join","displayname":"new"}`, `"unsigned":{}`, "new "},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			for _, in := range d.translate(t, rawEvent("$e", "m.room.member", op, test.content, `"state_key":"`+test.user+`"`, test.more)) {
				if p, ok := in.(desk.StaffProfile); ok {
					if p.User != op {
						t.Errorf("of %s", p.User)
					}
					got = p.Name + " " + p.Avatar
				}
			}
			if got != test.want {
				t.Errorf("told %q, want %q", got, test.want)
			}
		})
	}
}

// Whoever a command mentions is named by id, whatever address the client makes mentions of.
func TestTranslateMentions(t *testing.T) {
	d := newDesktop(t)
	for name, test := range map[string]struct{ href, mentions, want string }{
		"matrix.to":             {"https://matrix.to/#/@op_2:localhost", "", "!transfer @op_2:localhost please"},
		"its own address":       {"https://app.example.org/#/user/@op_2:localhost", `"@op_2:localhost"`, "!transfer @op_2:localhost please"},
		"with escapes":          {"https://app.example.org/#/user/%40op_2%3Alocalhost", `"@op_2:localhost"`, "!transfer @op_2:localhost please"},
		"somebody else is told": {"https://app.example.org/#/user/@op_2:localhost", `"@op_1:localhost"`, "!transfer Boris (https://app.example.org/#/user/@op_2:localhost) please"},
		"no list":               {"https://app.example.org/#/user/@op_2:localhost", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			content := `{"msgtype":"m.text","body":"!transfer Boris please","format":"org.matrix.custom.html","m.mentions":{"user_ids":[` + test.mentions +
				`]},"formatted_body":"!transfer <a href=\"` + test.href + `\">Boris</a> please"}`
			got := d.translate(t, rawEvent("$e", "m.room.message", op, content))
			if len(got) != 1 || got[0].(desk.StaffMessage).Order != test.want {
				t.Errorf("means %+v, want the order %q", got, test.want)
			}
		})
	}
}
