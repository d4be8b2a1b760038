package protocol

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseClient(t *testing.T) {
	for raw, want := range map[string]any{
		`{"t":"hello","v":1,"rev":7,"page":{"url":"https://a.b/","title":"x"},"unknown":[1]}`: Hello{V: 1, Rev: 7, Page: &Page{URL: "https://a.b/", Title: "x"}},
		` {"t":"send","cid":"c","files":["a","b"],"reply":"m"}`:                               Send{CID: "c", Files: []string{"a", "b"}, Reply: "m"},
		`{"t":"react","cid":"c","id":"m","key":"👍","on":true}`:                                React{CID: "c", ID: "m", Key: "👍", On: true},
		`{"t":"choose","cid":"c","topic":"sales"}`:                                            Choose{CID: "c", Topic: "sales"},
		`{"t":"rate","cid":"c","ticket":"t","stars":5,"comment":"x"}`:                         Rate{"c", "t", 5, "x"},
		`{"t":"seen","seq":9}`: Seen{Seq: 9},
		`{"t":"ping","n":3}`:   Ping{N: 3},
	} {
		got, err := ParseClient([]byte(raw))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %v", raw, got, err)
		}
	}
	for raw, want := range map[string]error{
		``: ErrNotFrame, `[]`: ErrNotFrame, `null`: ErrNotFrame, `"t"`: ErrNotFrame, `{`: ErrNotFrame, `{}`: ErrNotFrame, `{"t":""}`: ErrNotFrame,
		`{"t":5}`: ErrNotFrame, `{"t":null}`: ErrNotFrame, `{"t":"ping"} {}`: ErrNotFrame, "\x00": ErrNotFrame,
		`{"t":"dance"}`: ErrUnknownType, `{"t":"welcome"}`: ErrUnknownType,
		`{"t":"send","cid":5}`: ErrBadFields, `{"t":"seen","seq":"1"}`: ErrBadFields, `{"t":"seen","seq":1e99}`: ErrBadFields, `{"t":"typing","on":1}`: ErrBadFields,
		`{"t":"rate","stars":4.5}`: ErrBadFields, `{"t":"rate","stars":"5"}`: ErrBadFields, `{"t":"choose","topic":1}`: ErrBadFields,
	} {
		if got, err := ParseClient([]byte(raw)); !errors.Is(err, want) {
			t.Errorf("%q: %#v, %v, want %v", raw, got, err, want)
		}
	}
}

func TestEncodedFramesReadBack(t *testing.T) {
	client := []any{
		Hello{V: 1, Token: "x"}, Start{"c"}, Send{CID: "c", Text: "<a> \u2028"}, Edit{"c", "m", "t"}, Delete{"c", "m"}, React{"c", "m", "k", true},
		Choose{"c", "q"}, Rate{"c", "t", 5, "x"}, Seen{1},
		Got{2}, Typing{true}, HistoryRequest{5, 10}, Page{"u", "t"}, Ping{1}, Pong{2},
	}
	at := Time{time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)}
	server := []any{
		Welcome{V: 1, Heartbeat: 5}, Session{"c", "t", at}, MessageFrame{Message{ID: "m", At: at}}, StateFrame{State{Online: true}},
		StateFrame{State{Topics: []Topic{{"a", "A"}}, Rate: &Rating{"t", 5, "x"}}}, Ack{"c", "m", 3},
		Nack{"c", "x", "y"}, History{Ms: []Message{}}, TypingNews{On: true, Who: &Person{Name: "A"}}, Ping{1}, Pong{2}, Error{"a", "b"}, SlowReader.Bye(),
	}
	for parse, frames := range map[*func([]byte) (any, error)][]any{ptr(ParseClient): client, ptr(ParseServer): server} {
		for _, f := range frames {
			raw, err := Encode(f)
			if err != nil {
				t.Fatalf("%T: %v", f, err)
			}
			back, err := (*parse)(raw)
			if err != nil || !reflect.DeepEqual(back, f) {
				t.Errorf("%T went out as %s and came back as %#v, %v", f, raw, back, err)
			}
		}
	}
	if _, err := Encode(5); !errors.Is(err, ErrUnknownType) {
		t.Errorf("encoded a number: %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

func TestTimesHaveMilliseconds(t *testing.T) {
	raw, err := json.Marshal(Time{time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))})
	if err != nil || string(raw) != `"2026-01-02T02:04:05.000Z"` {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestEveryCloseCodeSaysWhatToDo(t *testing.T) {
	for code, want := range map[CloseCode]Bye{
		GoingAway: {1001, "going_away", 0}, BadVersion: {4002, "bad_version", -1}, TooMany: {4005, "too_many", 30_000}, Flood: {4006, "flood", 10_000},
		BadToken: {4010, "bad_token", 0}, Revoked: {4013, "revoked", -1}, Replaced: {4014, "replaced", -1}, BadSite: {4011, "bad_site", -1},
		SlowReader: {4003, "slow_reader", 0}, NoHeartbeat: {4004, "heartbeat", 0}, BadFrame: {4000, "bad_frame", 0}, HelloLate: {4001, "hello_timeout", 0},
		Internal: {4007, "internal", 0}, TooBig: {1009, "too_big", 0}, BadOrigin: {4012, "bad_origin", -1},
	} {
		if got := code.Bye(); got != want {
			t.Errorf("%d: %+v, want %+v", code, got, want)
		}
	}
	if len(closeRules) != 15 {
		t.Errorf("%d codes", len(closeRules))
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"12345678": true, "abcXYZ_-0": true, strings.Repeat("a", 64): true,
		"1234567": false, strings.Repeat("a", 65): false, "12345678.": false, "../../etc": false, "1234567é": false, "": false, "1234567\n": false,
	} {
		if ValidID(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}

func TestValidTopic(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "general_2-x": true, strings.Repeat("a", 63): true,
		"": false, strings.Repeat("a", 64): false, "A": false, "a b": false, "a/b": false, "é": false, "a\n": false,
	} {
		if ValidTopic(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}

func FuzzParseClient(f *testing.F) {
	for _, s := range []string{`{"t":"hello","v":1}`, `{"t":"send","cid":"12345678","text":"x"}`, `{"t":"react","on":true}`, `{"t":5}`, `[`, `{"t":"got","rev":-1}`,
		`{"t":"rtc_offer","call":"c","n":1,"sdp":"v=0","mids":{"mic":"0"}}`, `{"t":"rtc_ice","mid":"0","candidate":"candidate:1"}`, `{"t":"call","act":"end"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		frame, err := ParseClient(raw)
		if err != nil {
			if !errors.Is(err, ErrNotFrame) && !errors.Is(err, ErrUnknownType) && !errors.Is(err, ErrBadFields) {
				t.Fatalf("unclassified error %v", err)
			}
			return
		}
		again, err := Encode(frame)
		if err != nil {
			t.Fatalf("cannot encode %#v: %v", frame, err)
		}
		back, err := ParseClient(again)
		if err != nil || !reflect.DeepEqual(back, frame) {
			t.Fatalf("%#v became %#v, %v", frame, back, err)
		}
	})
}
