package protocol

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestCallFramesReadBack(t *testing.T) {
	at := Time{time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)}
	who := &Person{Name: "Anna", Avatar: "/a"}
	for _, f := range []any{
		CallAct{"cid", "call", "answer"}, RTCJoin{"c"}, RTCOffer{"c", 2, "v=0\r\n", Mids{"0", "1", "2"}}, RTCICE{"c", "0", "candidate:1"}, RTCMute{"c", true, false},
	} {
		reads(t, ParseClient, f)
	}
	for _, f := range []any{
		RTCConfig{"c", []ICEServer{{URLs: []string{"turn:a"}, Username: "u", Credential: "p"}}, 1, 2}, RTCAnswer{"c", 2, "v=0\r\n"},
		RTCPeople{"c", []RTCPerson{{"p", who, Mids{Mic: "3", Screen: "4"}, "5", Muted{Cam: true}}}, 1, 2}, RTCLink{"c", true}, RTCOver{"c", "sfu", "x"},
		StateFrame{State{Call: &CallState{"c", "voice", "active", who, "tab", "asked", &at}}},
	} {
		reads(t, ParseServer, f)
	}
}

func reads(t *testing.T, parse func([]byte) (any, error), f any) {
	t.Helper()
	raw, err := Encode(f)
	if err != nil {
		t.Fatalf("%T: %v", f, err)
	}
	if back, err := parse(raw); err != nil || !reflect.DeepEqual(back, f) {
		t.Errorf("%T went out as %s and came back as %#v, %v", f, raw, back, err)
	}
}

func TestOffersKeepLimits(t *testing.T) {
	good := RTCOffer{Call: "c", N: 1, SDP: "v=0\r\no=-", Mids: Mids{Mic: "0", Cam: "video-1"}}
	for name, change := range map[string]func(*RTCOffer){
		"":               func(*RTCOffer) {},
		"no number":      func(f *RTCOffer) { f.N = 0 },
		"a negative one": func(f *RTCOffer) { f.N = -1 },
		"a huge one":     func(f *RTCOffer) { f.N = MaxOffers + 1 },
		"no SDP":         func(f *RTCOffer) { f.SDP = "" },
		"another text":   func(f *RTCOffer) { f.SDP = "hello" },
		"too much":       func(f *RTCOffer) { f.SDP = "v=0" + strings.Repeat("x", MaxSDP) },
		"a broken mid":   func(f *RTCOffer) { f.Mids.Mic = "0\r\na=x" },
		"a long mid":     func(f *RTCOffer) { f.Mids.Screen = strings.Repeat("1", 33) },
	} {
		f := good
		change(&f)
		if f.Valid() != (name == "") {
			t.Errorf("%q: valid %v", name, f.Valid())
		}
	}
}

func TestCandidatesKeepLimits(t *testing.T) {
	for f, want := range map[RTCICE]bool{
		{Mid: "0", Candidate: "candidate:1 1 udp 1 1.2.3.4 5 typ host"}: true, {Mid: "0"}: true, {}: true,
		{Candidate: "candidate:1"}: false, {Mid: "0", Candidate: "a\r\nm=audio"}: false, {Mid: "\x00"}: false,
		{Mid: "0", Candidate: strings.Repeat("x", MaxCandidate+1)}: false,
	} {
		if f.Valid() != want {
			t.Errorf("%.60q: valid %v", f, !want)
		}
	}
}

func TestCallFramesOfWrongTypesAreRefused(t *testing.T) {
	for _, raw := range []string{
		`{"t":"rtc_offer","n":"1"}`, `{"t":"rtc_offer","n":1.5}`, `{"t":"rtc_offer","mids":[]}`, `{"t":"rtc_mute","mic":1}`, `{"t":"rtc_ice","candidate":{}}`, `{"t":"call","act":5}`,
	} {
		if got, err := ParseClient([]byte(raw)); !errors.Is(err, ErrBadFields) {
			t.Errorf("%s: %#v, %v", raw, got, err)
		}
	}
	if got, err := ParseClient([]byte(`{"t":"rtc_config"}`)); !errors.Is(err, ErrUnknownType) {
		t.Errorf("the server's frame: %#v, %v", got, err)
	}
}
