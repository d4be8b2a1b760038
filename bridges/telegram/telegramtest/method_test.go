package telegramtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// complaints are those of a server whose strictness is under test.
type complaints struct {
	mu  sync.Mutex
	all []string
}

func (c *complaints) Helper() {}

func (c *complaints) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, fmt.Sprintf(format, args...))
}

// take gives the complaints so far and forgets them.
func (c *complaints) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.all
	c.all = nil
	return out
}

const token = "123:secret"

// world is a server with one bot and one user who has written to it.
type world struct {
	s         *Server
	b         *Bot
	u         *User
	complains *complaints
}

// newWorld starts a server that notes its complaints instead of failing the test.
func newWorld(t *testing.T) world {
	t.Helper()
	noted := &complaints{}
	s := Start(noted)
	t.Cleanup(s.Close)
	w := world{s: s, b: s.Bot(token, "shop_bot"), u: s.User(7, "Anna Petrova", "ru"), complains: noted}
	w.u.Write(w.b, "/start")
	return w
}

// reply is what the server answered.
type reply struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

// do calls a method with a multipart form, as the library does. Values that are bytes become files.
func (w world) do(t *testing.T, method string, fields map[string]any) reply {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		var err error
		if data, ok := value.([]byte); ok {
			var part io.Writer
			if part, err = form.CreateFormFile(name, name+".bin"); err == nil {
				_, err = part.Write(data)
			}
		} else {
			err = form.WriteField(name, fmt.Sprint(value))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return w.post(t, method, form.FormDataContentType(), &body)
}

func (w world) post(t *testing.T, method, contentType string, body io.Reader) reply {
	t.Helper()
	resp, err := http.Post(w.s.URL+"/bot"+w.b.Token+"/"+method, contentType, body)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var r reply
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	if r.OK != (resp.StatusCode == http.StatusOK) || !r.OK && r.Code != resp.StatusCode {
		t.Fatalf("%s: status %d with %+v", method, resp.StatusCode, r)
	}
	return r
}

// sent sends a text and gives its id.
func (w world) sent(t *testing.T, text string) int {
	t.Helper()
	var m struct {
		ID int `json:"message_id"`
	}
	r := w.do(t, "sendMessage", map[string]any{"chat_id": w.u.ID, "text": text})
	if err := json.Unmarshal(r.Result, &m); err != nil || !r.OK {
		t.Fatalf("sendMessage: %+v, %v", r, err)
	}
	return m.ID
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// example gives fields with which a method works, all of them required.
func (w world) example(t *testing.T, method string) map[string]any {
	t.Helper()
	chat := map[string]any{"chat_id": w.u.ID}
	with := func(more map[string]any) map[string]any {
		maps.Copy(more, chat)
		return more
	}
	caption := func() map[string]any {
		id := w.do(t, "sendPhoto", with(map[string]any{"photo": picture(t), "caption": "before"}))
		var m struct {
			ID int `json:"message_id"`
		}
		if err := json.Unmarshal(id.Result, &m); err != nil {
			t.Fatal(err)
		}
		return with(map[string]any{"message_id": m.ID})
	}
	switch method {
	case "getMe", "getUpdates", "deleteWebhook", "getWebhookInfo", "deleteMyCommands":
		return map[string]any{}
	case "setWebhook":
		return map[string]any{"url": "https://127.0.0.1:1/hook"}
	case "setMyCommands":
		return map[string]any{"commands": `[{"command":"start","description":"Begin"}]`}
	case "getFile":
		w.u.SendDocument(w.b, "a.txt", "text/plain", []byte("a"), "")
		return map[string]any{"file_id": w.file(t)}
	case "getChat":
		return chat
	case "leaveChat":
		w.b.groups[-100] = true
		return map[string]any{"chat_id": -100}
	case "getUserProfilePhotos":
		return map[string]any{"user_id": w.u.ID}
	case "sendMessage":
		return with(map[string]any{"text": "hello"})
	case "sendLocation":
		return with(map[string]any{"latitude": 55.7, "longitude": 37.6})
	case "sendVenue":
		return with(map[string]any{"latitude": 55.7, "longitude": 37.6, "title": "Shop", "address": "Street 1"})
	case "sendContact":
		return with(map[string]any{"phone_number": "+79001234567", "first_name": "Ivan"})
	case "sendChatAction":
		return with(map[string]any{"action": "typing"})
	case "setMessageReaction", "editMessageReplyMarkup", "deleteMessage":
		markup := `{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}`
		r := w.do(t, "sendMessage", with(map[string]any{"text": "before", "reply_markup": markup}))
		var m struct {
			ID int `json:"message_id"`
		}
		if err := json.Unmarshal(r.Result, &m); err != nil {
			t.Fatal(err)
		}
		return with(map[string]any{"message_id": m.ID})
	case "answerCallbackQuery":
		id := w.sent(t, "press")
		w.u.s.mu.Lock()
		w.u.chat(w.b).find(id).data["a"] = true
		w.u.s.mu.Unlock()
		return map[string]any{"callback_query_id": w.u.Press(w.b, id, "a")}
	case "sendPhoto", "sendVideo", "sendAnimation", "sendAudio", "sendDocument", "sendVoice", "sendSticker":
		return with(map[string]any{strings.ToLower(strings.TrimPrefix(method, "send")): picture(t)})
	case "sendVideoNote":
		return with(map[string]any{"video_note": []byte("film")})
	case "sendMediaGroup":
		return with(map[string]any{"media": `[{"type":"photo","media":"attach://a"},{"type":"photo","media":"attach://b"}]`, "a": picture(t), "b": picture(t)})
	case "editMessageText":
		return with(map[string]any{"message_id": w.sent(t, "before"), "text": "after"})
	case "editMessageCaption":
		return caption()
	case "editMessageMedia":
		fields := caption()
		fields["media"], fields["a"] = `{"type":"document","media":"attach://a"}`, []byte("file")
		return fields
	case "deleteMessages":
		return with(map[string]any{"message_ids": "[" + strconv.Itoa(w.sent(t, "before")) + "]"})
	}
	t.Fatalf("there is no example for %s", method)
	return nil
}

// file gives the id of the newest message's file.
func (w world) file(t *testing.T) string {
	t.Helper()
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	messages := w.u.chat(w.b).messages
	return messages[len(messages)-1].file.id
}

func TestEveryRequiredFieldIsRequired(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		m := methods[name]
		t.Run(m.name, func(t *testing.T) {
			w := newWorld(t)
			example := w.example(t, m.name)
			if r := w.do(t, m.name, example); !r.OK {
				t.Fatalf("the example fails: %+v", r)
			}
			if noted := w.complains.take(); len(noted) > 0 {
				t.Fatalf("the example is complained of: %q", noted)
			}
			for field := range m.required {
				without := maps.Clone(example)
				if _, ok := without[field]; !ok {
					t.Fatalf("the example has no %s", field)
				}
				delete(without, field)
				w.refused(t, m.name, without)
			}
			wrong := maps.Clone(example)
			wrong["no_such_field"] = "x"
			w.refused(t, m.name, wrong)
			for field, kind := range m.optional {
				if kind == "text" || kind == "file" {
					continue
				}
				wrong := maps.Clone(example)
				wrong[field] = "{not of this kind"
				w.refused(t, m.name, wrong)
			}
		})
	}
}

// What is inside a field has required fields, too.
func TestEveryNestedFieldIsRequired(t *testing.T) {
	w := newWorld(t)
	entity := map[string]any{"type": "bold", "offset": 0, "length": 2}
	for at, example := range map[string]struct {
		method string
		inner  map[string]any // of which each field is taken away
	}{
		"entities":                     {"sendMessage", entity},
		"caption_entities":             {"sendPhoto", entity},
		"reply_markup.inline_keyboard": {"sendMessage", map[string]any{"text": "A", "callback_data": "a"}},
		"reply_markup.keyboard":        {"sendMessage", map[string]any{"text": "A"}},
		"reply_parameters":             {"sendMessage", map[string]any{"message_id": w.sent(t, "before")}},
		"reaction":                     {"setMessageReaction", map[string]any{"type": "emoji", "emoji": "👍"}},
		"commands":                     {"setMyCommands", map[string]any{"command": "start", "description": "Begin"}},
		"media":                        {"editMessageMedia", map[string]any{"type": "document", "media": "attach://a"}},
		"media.caption_entities":       {"editMessageMedia", entity},
	} {
		t.Run(at, func(t *testing.T) {
			outer, _, _ := strings.Cut(at, ".")
			with := func(inner map[string]any) map[string]any {
				fields := w.example(t, example.method)
				fields[outer] = nestedExample(t, at, inner)
				if outer == "caption_entities" {
					fields["caption"] = "hello"
				}
				return fields
			}
			if r := w.do(t, example.method, with(example.inner)); !r.OK {
				t.Fatalf("the example fails: %+v", r)
			}
			if noted := w.complains.take(); len(noted) > 0 {
				t.Fatalf("the example is complained of: %q", noted)
			}
			for _, field := range strings.Fields(nested[at]) {
				without := maps.Clone(example.inner)
				delete(without, field)
				w.refused(t, example.method, with(without))
			}
		})
	}
	if n := len(nested); n != 9 {
		t.Errorf("the table has %d paths, of which 9 are tested", n)
	}
}

// nestedExample puts an object to where a path leads.
func nestedExample(t *testing.T, at string, inner map[string]any) string {
	t.Helper()
	var value any = inner
	switch at {
	case "reply_markup.inline_keyboard":
		value = map[string]any{"inline_keyboard": []any{[]any{inner}}}
	case "reply_markup.keyboard":
		value = map[string]any{"keyboard": []any{[]any{inner}}}
	case "media.caption_entities":
		value = map[string]any{"type": "document", "media": "attach://a", "caption": "hello", "caption_entities": []any{inner}}
	case "reply_parameters", "media":
	default:
		value = []any{inner}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// refused makes a call that must be answered with 400 and complained of.
func (w world) refused(t *testing.T, method string, fields map[string]any) {
	t.Helper()
	w.complains.take()
	r := w.do(t, method, fields)
	if r.OK || r.Code != http.StatusBadRequest || !strings.HasPrefix(r.Description, "Bad Request: ") {
		t.Errorf("%s with %v: %+v", method, slices.Sorted(maps.Keys(fields)), r)
	}
	if len(w.complains.take()) == 0 {
		t.Errorf("%s with %v is not complained of", method, slices.Sorted(maps.Keys(fields)))
	}
}

func TestUnknownMethod(t *testing.T) {
	w := newWorld(t)
	if r := w.do(t, "sendSmoke", nil); r.Code != http.StatusNotFound {
		t.Errorf("%+v", r)
	}
	if noted := w.complains.take(); len(noted) != 1 {
		t.Errorf("complaints: %q", noted)
	}
}

func TestBodies(t *testing.T) {
	for _, c := range []struct{ name, method, contentType, body string }{
		{"json", "sendMessage", "application/json", `{"chat_id":7,"text":"hello","reply_markup":null}`},
		{"form", "sendMessage", "application/x-www-form-urlencoded", "chat_id=7&text=hello"},
		{"query", "sendMessage?chat_id=7&text=hello", "", ""},
		{"method in other case", "SENDMESSAGE", "application/json", `{"chat_id":"7","text":"hello"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if r := w.post(t, c.method, c.contentType, strings.NewReader(c.body)); !r.OK {
				t.Errorf("%+v", r)
			}
			if got := w.u.Texts(w.b); !slices.Equal(got, []string{"hello"}) || len(w.complains.take()) > 0 {
				t.Errorf("the user sees %q", got)
			}
		})
	}
	w := newWorld(t)
	if r := w.post(t, "sendMessage", "application/json", strings.NewReader("{")); r.OK {
		t.Error("half a JSON object is taken")
	}
}

var methodCalled = regexp.MustCompile(`\.api\.([A-Z]\w+)\(|\.ask\(ctx, "(\w+)"`)

// Every method that the channel calls stands in the table, whose required fields are tested above.
func TestTheTableHasEveryMethodUsed(t *testing.T) {
	sources, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, path := range sources {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range methodCalled.FindAllStringSubmatch(string(text), -1) {
			used++
			if name := found[1] + found[2]; methods[strings.ToLower(name)] == nil {
				t.Errorf("%s calls %s, which is not in the table", path, name)
			}
		}
	}
	if used < 15 {
		t.Errorf("only %d calls were found", used)
	}
}
