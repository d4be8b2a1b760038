package telegramtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// got is an update with what the tests look at.
type got struct {
	ID      int64 `json:"update_id"`
	Message *struct {
		Text string `json:"text"`
	} `json:"message"`
}

func (w world) updates(t *testing.T, fields map[string]any) []got {
	t.Helper()
	r := w.do(t, "getUpdates", fields)
	var out []got
	if err := json.Unmarshal(r.Result, &out); err != nil || !r.OK {
		t.Fatalf("getUpdates: %+v, %v", r, err)
	}
	return out
}

func TestOffsetsConfirm(t *testing.T) {
	w := newWorld(t)
	w.u.Write(w.b, "one")
	w.u.Write(w.b, "two")
	first := w.updates(t, nil)
	if len(first) != 3 || first[2].Message.Text != "two" || first[2].ID != first[0].ID+2 {
		t.Fatalf("%+v", first)
	}
	if again := w.updates(t, map[string]any{"offset": first[0].ID}); len(again) != 3 {
		t.Errorf("asking with the first one's id gives %d", len(again))
	}
	if some := w.updates(t, map[string]any{"limit": 1}); len(some) != 1 {
		t.Errorf("a limit of one gives %d", len(some))
	}
	if rest := w.updates(t, map[string]any{"offset": first[1].ID + 1}); len(rest) != 1 || rest[0].Message.Text != "two" {
		t.Errorf("%+v", rest)
	}
	if rest := w.updates(t, nil); len(rest) != 1 {
		t.Errorf("confirmed updates are back: %+v", rest)
	}
	w.u.Write(w.b, "three")
	if last := w.updates(t, map[string]any{"offset": -1}); len(last) != 1 || last[0].Message.Text != "three" || w.b.Pending() != 1 {
		t.Errorf("a negative offset gives %+v, pending %d", last, w.b.Pending())
	}
	w.b.JumpUpdates(1000)
	w.u.Write(w.b, "four")
	if last := w.updates(t, nil); last[1].ID < last[0].ID+1000 {
		t.Errorf("the ids do not jump: %+v", last)
	}
}

func TestPollBlocks(t *testing.T) {
	w := newWorld(t)
	next := w.updates(t, nil)[0].ID + 1
	start := time.Now()
	if none := w.updates(t, map[string]any{"offset": next, "timeout": 1}); len(none) != 0 || time.Since(start) < time.Second {
		t.Errorf("%v after %v", none, time.Since(start))
	}
	answered := make(chan []got, 1)
	go func() { answered <- w.updates(t, map[string]any{"offset": next, "timeout": 30}) }()
	w.calls(t, "getUpdates", 3)
	w.u.Write(w.b, "hello")
	if found := <-answered; len(found) != 1 || found[0].Message.Text != "hello" {
		t.Errorf("%+v", found)
	}
}

// calls waits until a method was called n times.
func (w world) calls(t *testing.T, method string, n int) {
	t.Helper()
	for {
		w.s.mu.Lock()
		changed := w.s.changed
		w.s.mu.Unlock()
		if len(w.s.Calls(method)) >= n {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("%s is not called %d times", method, n)
		}
	}
}

func TestTwoPollersConflict(t *testing.T) {
	w := newWorld(t)
	next := w.updates(t, nil)[0].ID + 1
	loser := make(chan reply, 1)
	go func() { loser <- w.do(t, "getUpdates", map[string]any{"offset": next, "timeout": 30}) }()
	for polling := false; !polling; { // the call is noted a moment before it waits
		w.s.mu.Lock()
		polling = w.b.poll != nil && len(w.s.calls) > 1
		w.s.mu.Unlock()
	}
	w.updates(t, map[string]any{"offset": next})
	if r := <-loser; r.Code != http.StatusConflict {
		t.Errorf("%+v", r)
	}
}

func TestUpdatesAskedFor(t *testing.T) {
	w := newWorld(t)
	id := w.sent(t, "hello")
	w.u.React(w.b, id, "👍")
	if all := w.updates(t, nil); len(all) != 1 {
		t.Errorf("reactions come unasked: %+v", all)
	}
	w.updates(t, map[string]any{"allowed_updates": `["message_reaction"]`})
	w.u.React(w.b, id, "❤")
	w.u.Write(w.b, "unwanted")
	if all := w.updates(t, nil); len(all) != 2 || all[1].Message != nil {
		t.Errorf("%+v", all)
	}
	if m := w.u.Chat(w.b)[1]; !slices.Equal(m.Reactions, []string{"❤"}) {
		t.Errorf("the user sees the reactions %q", m.Reactions)
	}
}

func TestWebhook(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	var ids []int64
	var secrets []string
	fails := 2
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var u got
		err := json.NewDecoder(r.Body).Decode(&u)
		mu.Lock()
		defer mu.Unlock()
		secrets = append(secrets, r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
		if fails--; fails >= 0 || err != nil {
			http.Error(rw, "later", http.StatusBadGateway)
			return
		}
		ids = append(ids, u.ID)
	}))
	defer hook.Close()
	if r := w.do(t, "setWebhook", map[string]any{"url": hook.URL + "/a", "secret_token": "s-1"}); !r.OK {
		t.Fatalf("%+v", r)
	}
	w.u.Write(w.b, "one")
	w.u.Write(w.b, "two")
	for w.b.Pending() > 0 {
		w.s.mu.Lock()
		changed := w.s.changed
		w.s.mu.Unlock()
		if w.b.Pending() > 0 {
			<-changed
		}
	}
	mu.Lock()
	if len(ids) != 3 || !slices.IsSorted(ids) || len(secrets) != 5 || slices.Contains(secrets, "") {
		t.Errorf("delivered %v with secrets %q", ids, secrets)
	}
	mu.Unlock()
	if r := w.do(t, "getUpdates", nil); r.Code != http.StatusConflict {
		t.Errorf("polling beside a webhook: %+v", r)
	}
	if r := w.do(t, "deleteWebhook", nil); !r.OK {
		t.Errorf("%+v", r)
	}
	w.updates(t, nil)
	if r := w.do(t, "setWebhook", map[string]any{"url": "http://shop.example/a"}); r.OK {
		t.Error("a webhook without encryption is taken")
	}
}

func TestScripts(t *testing.T) {
	w := newWorld(t)
	hello := map[string]any{"chat_id": w.u.ID, "text": "hello"}
	w.s.Fail("sendMessage", 2, http.StatusTooManyRequests, 3)
	for range 2 {
		if r := w.do(t, "sendMessage", hello); r.Code != http.StatusTooManyRequests || r.Parameters.RetryAfter != 3 {
			t.Errorf("%+v", r)
		}
	}
	w.s.FailAfter("sendmessage", 1, http.StatusBadGateway)
	if r := w.do(t, "sendMessage", hello); r.Code != http.StatusBadGateway {
		t.Errorf("%+v", r)
	}
	if got := w.u.Texts(w.b); len(got) != 1 {
		t.Errorf("after an error after the act the user sees %q", got)
	}
	w.s.CutAfter("", 1)
	w.s.Cut("", 1)
	for _, seen := range []int{2, 2} {
		resp, err := http.Post(w.s.URL+"/bot"+token+"/sendMessage", "application/json", strings.NewReader(`{"chat_id":7,"text":"hello"}`))
		if err == nil {
			_ = resp.Body.Close()
			t.Error("the connection is not cut")
		}
		if got := w.u.Texts(w.b); len(got) != seen {
			t.Errorf("the user sees %q", got)
		}
	}
	w.s.Limit(1, 0)
	w.sent(t, "first")
	if r := w.do(t, "sendMessage", hello); r.Code != http.StatusTooManyRequests || r.Parameters.RetryAfter != 1 {
		t.Errorf("over the limit: %+v", r)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	id, his := w.sent(t, "hello"), w.u.Write(w.b, "mine")
	w.s.User(8, "Boris", "")
	long := strings.Repeat("щ", maxText)
	for _, c := range []struct {
		name, method string
		fields       map[string]any
		code         int
		says         string
	}{
		{"text too long", "sendMessage", map[string]any{"text": long + "щ"}, 400, "message is too long"},
		{"units, not letters", "sendMessage", map[string]any{"text": strings.Repeat("😀", maxText/2+1)}, 400, "message is too long"},
		{"white space only", "sendMessage", map[string]any{"text": " \n "}, 400, "message text is empty"},
		{"caption too long", "sendDocument", map[string]any{"document": []byte("a"), "caption": long[:2*maxCaption+2]}, 400, "caption is too long"},
		{"callback data", "sendMessage", map[string]any{"text": "a", "reply_markup": button(strings.Repeat("x", 65))}, 400, "BUTTON_DATA_INVALID"},
		{"nobody", "sendMessage", map[string]any{"text": "a", "chat_id": 99}, 400, "chat not found"},
		{"has not started", "sendMessage", map[string]any{"text": "a", "chat_id": 8}, 403, "can't initiate"},
		{"not modified", "editMessageText", map[string]any{"message_id": id, "text": "hello"}, 400, "message is not modified"},
		{"not the bot's", "editMessageText", map[string]any{"message_id": his, "text": "x"}, 400, "can't be edited"},
		{"no such message", "editMessageText", map[string]any{"message_id": 9999, "text": "x"}, 400, "message to edit not found"},
		{"no caption", "editMessageCaption", map[string]any{"message_id": id, "caption": "x"}, 400, "no caption"},
		{"reply to nothing", "sendMessage", map[string]any{"text": "a", "reply_parameters": `{"message_id":9999}`}, 400, "to be replied not found"},
		{"reaction with selector", "setMessageReaction", map[string]any{"message_id": his, "reaction": `[{"type":"emoji","emoji":"❤️"}]`}, 400, "REACTION_INVALID"},
		{"no picture", "sendPhoto", map[string]any{"photo": []byte("<svg/>")}, 400, "IMAGE_PROCESS_FAILED"},
		{"upload too large", "sendDocument", map[string]any{"document": make([]byte, maxUpload+1)}, 413, "Too Large"},
		{"foreign file", "sendDocument", map[string]any{"document": "file-9-9"}, 400, "wrong file identifier"},
		{"mixed album", "sendMediaGroup", map[string]any{"media": `[{"type":"photo","media":"attach://a"},{"type":"document","media":"attach://a"}]`, "a": picture(t)}, 400, "in the album"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(w.u.Chat(w.b))
			if c.fields["chat_id"] == nil {
				c.fields["chat_id"] = w.u.ID
			}
			r := w.do(t, c.method, c.fields)
			if r.Code != c.code || !strings.Contains(r.Description, c.says) || len(w.u.Chat(w.b)) != before {
				t.Errorf("%+v", r)
			}
		})
	}
	w.s.Advance(49 * time.Hour)
	if r := w.do(t, "deleteMessage", map[string]any{"chat_id": w.u.ID, "message_id": id}); r.OK {
		t.Error("deleted after two days")
	}
	w.u.Block(w.b)
	if r := w.do(t, "sendMessage", map[string]any{"chat_id": w.u.ID, "text": "a"}); r.Code != 403 || !strings.Contains(r.Description, "bot was blocked by the user") {
		t.Errorf("%+v", r)
	}
	w.u.Unblock(w.b)
	w.sent(t, "again")
	w.u.Deactivate()
	if r := w.do(t, "sendMessage", map[string]any{"chat_id": w.u.ID, "text": "a"}); r.Code != 403 || !strings.Contains(r.Description, "deactivated") {
		t.Errorf("%+v", r)
	}
	w.b.Revoke()
	if r := w.do(t, "getMe", nil); r.Code != http.StatusUnauthorized {
		t.Errorf("%+v", r)
	}
}

func button(data string) string {
	raw, err := json.Marshal(map[string]any{"inline_keyboard": [][]Button{{{Text: "A", Data: data}}}})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func TestFiles(t *testing.T) {
	w := newWorld(t)
	want := []byte("the words of a document")
	w.u.SendDocument(w.b, "a.txt", "text/plain", want, "")
	id := w.file(t)
	r := w.do(t, "getFile", map[string]any{"file_id": id})
	var f struct {
		Path string `json:"file_path"`
	}
	if err := json.Unmarshal(r.Result, &f); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(w.s.URL + "/file/bot" + token + "/" + f.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if data, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(data, want) {
		t.Errorf("%q, %v", data, err)
	}
	w.u.SendHuge(w.b, "film.mkv", maxDownload+1)
	if r := w.do(t, "getFile", map[string]any{"file_id": w.file(t)}); r.OK || !strings.Contains(r.Description, "file is too big") {
		t.Errorf("%+v", r)
	}
	other := w.s.Bot("456:other", "other_bot")
	w.b = other
	if r := w.do(t, "getFile", map[string]any{"file_id": id}); r.OK {
		t.Error("a bot gets another bot's file")
	}
}

func TestEntitiesThatTelegramWouldDropAreComplainedOf(t *testing.T) {
	for _, c := range []struct {
		name, text, entities string
		complaint            bool
	}{
		{"fine", "a b", `[{"type":"bold","offset":0,"length":1}]`, false},
		{"over the end", "a b", `[{"type":"bold","offset":2,"length":2}]`, true},
		{"half a character", "😀b", `[{"type":"bold","offset":1,"length":2}]`, true},
		{"unknown", "ab", `[{"type":"blink","offset":0,"length":2}]`, true},
		{"link without address", "ab", `[{"type":"text_link","offset":0,"length":2}]`, true},
		{"link to mail", "ab", `[{"type":"text_link","offset":0,"length":2,"url":"mailto:a@b.example"}]`, true},
		{"bold in code", "ab", `[{"type":"code","offset":0,"length":2},{"type":"bold","offset":0,"length":1}]`, true},
		{"bold in italic", "ab", `[{"type":"italic","offset":0,"length":2},{"type":"bold","offset":0,"length":1}]`, false},
		{"quote in quote", "ab", `[{"type":"blockquote","offset":0,"length":2},{"type":"blockquote","offset":0,"length":1}]`, true},
		{"code in quote", "ab", `[{"type":"blockquote","offset":0,"length":2},{"type":"code","offset":0,"length":1}]`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.do(t, "sendMessage", map[string]any{"chat_id": w.u.ID, "text": c.text, "entities": c.entities})
			if noted := w.complains.take(); (len(noted) > 0) != c.complaint {
				t.Errorf("complaints: %q", noted)
			}
		})
	}
}

func TestTextIsTrimmedWithItsEntities(t *testing.T) {
	w := newWorld(t)
	w.do(t, "sendMessage", map[string]any{"chat_id": w.u.ID, "text": "\n a b \n", "entities": `[{"type":"bold","offset":0,"length":3},{"type":"italic","offset":4,"length":3}]`})
	m := w.u.Await(w.b, "a b")
	want := []Entity{{Type: "bold", Length: 1}, {Type: "italic", Offset: 2, Length: 1}}
	if len(m.Entities) != 2 || m.Entities[0].Length != want[0].Length || m.Entities[1].Offset != want[1].Offset || m.Entities[1].Length != 1 {
		t.Errorf("%+v", m.Entities)
	}
}
