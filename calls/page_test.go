package calls

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

// TestHostileOffers: what no page of ours says changes nothing, and what could cost much is refused before it does.
func TestHostileOffers(t *testing.T) {
	d, err := openDoors(t.Context(), Config{UDP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.close() })
	peer := newBrowserPeer(t)
	t.Cleanup(func() { _ = peer.Close() })
	if _, err := peer.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	receiving := "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=recvonly\r\na=mid:%d\r\n"
	var many strings.Builder
	for i := range maxLanes + 1 {
		fmt.Fprintf(&many, receiving, 100+i)
	}
	for name, c := range map[string]struct {
		offer desk.CallOffer
		want  error
	}{
		"no SDP":             {desk.CallOffer{N: 1, SDP: "hello"}, nil},
		"empty":              {desk.CallOffer{N: 1}, nil},
		"too large":          {desk.CallOffer{N: 1, SDP: offer.SDP + strings.Repeat("a=x\r\n", maxSDP/5)}, errTooMany},
		"too many sections":  {desk.CallOffer{N: 1, SDP: offer.SDP + strings.Repeat(fmt.Sprintf(receiving, 1), maxSections)}, errTooMany},
		"too many to be fed": {desk.CallOffer{N: 1, SDP: offer.SDP + many.String()}, errTooMany},
		"an old one":         {desk.CallOffer{N: 0, SDP: offer.SDP}, errOldOffer},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := newPage(d, newMetrics(nil), time.Second, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			defer p.close()
			answer, err := p.answer(c.offer, Config{}, time.Now())
			if err == nil || answer != "" || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("answer %q, error %v, want %v", answer, err, c.want)
			}
			if len(p.lanes) > 0 {
				t.Errorf("%d sections were made", len(p.lanes))
			}
		})
	}

	p, err := newPage(d, newMetrics(nil), time.Second, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	now := time.Now()
	refused := 0
	for n := 1; n <= 3*offersBurst; n++ {
		if _, err := p.answer(desk.CallOffer{N: n, SDP: offer.SDP}, Config{}, now); errors.Is(err, errTooMany) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if refused != 2*offersBurst {
		t.Errorf("%d offers at once were refused, want %d", refused, 2*offersBurst)
	}
	if _, err := p.answer(desk.CallOffer{N: 100, SDP: offer.SDP}, Config{}, now.Add(2*offerEvery)); err != nil {
		t.Errorf("later: %v", err)
	}
}

// TestAnswer: the page learns where we are, under the addresses that visitors reach, and how much it may send.
func TestAnswer(t *testing.T) {
	d, err := openDoors(t.Context(), Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", PublicIPs: []string{"203.0.113.7"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.close() })
	p, err := newPage(d, newMetrics(nil), time.Second, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	peer := newBrowserPeer(t)
	t.Cleanup(func() { _ = peer.Close() })
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeVideo} {
		if _, err := peer.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
			t.Fatal(err)
		}
	}
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	caps := Config{VideoBitrate: 1_200_000, ShareBitrate: 2_500_000}
	answer, err := p.answer(desk.CallOffer{N: 1, SDP: offer.SDP, Mids: desk.CallMids{Microphone: "0", Camera: "1", Screen: "2"}}, caps, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(answer, "m=")[1:]
	if len(sections) != 3 || strings.Contains(sections[0], "b=AS") || !strings.Contains(sections[1], "\r\nb=AS:1200\r\nb=TIAS:1200000\r\n") ||
		!strings.Contains(sections[2], "\r\nb=AS:2500\r\n") {
		t.Errorf("the caps are not in the answer:\n%s", answer)
	}
	for _, want := range []string{"a=ice-lite", " udp ", " tcp ", "203.0.113.7", "a=end-of-candidates"} {
		if !strings.Contains(answer, want) {
			t.Errorf("there is no %q in the answer:\n%s", want, answer)
		}
	}
	for _, unwanted := range []string{" 127.0.0.1 ", ".local", "H264", "VP9", "AV1"} {
		if strings.Contains(answer, unwanted) {
			t.Errorf("there is %q in the answer:\n%s", unwanted, answer)
		}
	}
}

func TestTURN(t *testing.T) {
	relay := TURN{URLs: []string{"turn:turn.example.org:3478"}, Secret: "north", TTL: time.Hour}
	got := relay.servers("CALL", time.Unix(1_700_000_000, 0))
	// As turnutils_uclient and coturn compute it: base64(hmac-sha1(secret, "1700003600:CALL")).
	if len(got) != 1 || got[0].Username != "1700003600:CALL" || got[0].Credential != "ZPiGnalPLQTycmiNABGXBuFGbes=" || got[0].URLs[0] != relay.URLs[0] {
		t.Errorf("got %+v", got)
	}
	if none := (TURN{}).servers("CALL", time.Now()); none != nil {
		t.Errorf("got %+v without servers", none)
	}
}

func TestBudget(t *testing.T) {
	b := budget{perSecond: 1000}
	now := time.Unix(1_700_000_000, 0)
	passed := 0
	for i := range 10_000 { // a hundred times as much for ten seconds
		if b.allows(100, now.Add(time.Duration(i)*time.Millisecond)) {
			passed += 100
		}
	}
	if most := 11 * budgetSlack * 1000; passed > most || passed < 1000*10 {
		t.Errorf("%d bytes passed in ten seconds, want at most %d", passed, most)
	}
}

func TestStrip(t *testing.T) {
	p := &rtp.Packet{Header: rtp.Header{Version: 2, Padding: true, CSRC: []uint32{1}}, Payload: []byte{1}, PaddingSize: 3}
	if err := p.SetExtension(1, []byte{9}); err != nil {
		t.Fatal(err)
	}
	if !strip(p) || p.Extension || len(p.Extensions) > 0 || p.Padding || p.PaddingSize != 0 || len(p.CSRC) > 0 {
		t.Errorf("left over: %+v", p)
	}
	if strip(&rtp.Packet{Header: rtp.Header{Padding: true}, PaddingSize: 255}) {
		t.Error("a packet that only probes the line goes out")
	}
}
