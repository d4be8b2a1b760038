package calls

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

// TestLossyLine has a line that loses every twentieth packet of pictures, each way. Everything comes, and is asked for about as often as it was
// lost.
func TestLossyLine(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	w := newWire(t)
	o.wire = w
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1)
	anna.wait(t, "page/camera", someFrames)
	page.wait(t, annaDesk+"/camera", someFrames)

	var seen, lost, again [2]int
	w.lose(func(up bool, packet []byte) bool {
		way := 0
		if up {
			way = 1
		}
		switch payloadType(packet) {
		case vp8Payload:
			if seen[way]++; seen[way]%20 == 0 {
				lost[way]++
				return true
			}
		case rtxPayload:
			again[way]++
		}
		return false
	})
	anna.wait(t, "page/camera", 10*someFrames)
	page.wait(t, annaDesk+"/camera", 10*someFrames)
	w.lose(func(bool, []byte) bool { return false })
	anna.steady(t)
	page.steady(t)
	// Where the repaired packet is slow to come, one is asked for twice. (The page that stands for a browser is not so wise.)
	if again[1] < lost[1]/2 || again[1] > 3*lost[1] || again[0] == 0 {
		t.Errorf("the page was asked %d times for %d packets, and asked itself %d times for %d", again[1], lost[1], again[0], lost[0])
	}
	page.wait(t, feedback, 2)
}

// TestPictureSize has a line get bad and good again: the page gets pictures as large as it takes.
func TestPictureSize(t *testing.T) {
	o := newOffice(t, desk.CallVideo, func(_ *office, m *Manager) { m.patience.clean = 2 * time.Second })
	w := newWire(t)
	o.wire = w
	anna := o.comes(annaDesk)
	anna.sizes()
	page := o.opens("page", []source{microphone, camera}, 1, 1)
	page.wait(t, annaDesk+"/MEDIUM", someFrames)
	page.wait(t, annaDesk+"/HIGH", someFrames)
	n := 0
	w.lose(func(up bool, packet []byte) bool {
		n++
		return !up && payloadType(packet) == vp8Payload && n%3 == 0
	})
	page.wait(t, annaDesk+"/LOW", someFrames)
	w.lose(func(bool, []byte) bool { return false })
	page.wait(t, annaDesk+"/HIGH", someFrames)
}

func TestQuality(t *testing.T) {
	low, medium, high := livekit.VideoQuality_LOW, livekit.VideoQuality_MEDIUM, livekit.VideoQuality_HIGH
	for name, tc := range map[string]struct {
		from    livekit.VideoQuality
		reports []uint8 // one a second
		want    []livekit.VideoQuality
	}{
		"much is lost":        {high, []uint8{40, 40, 40, 40, 40, 40, 40}, []livekit.VideoQuality{high, high, medium, medium, medium, low, low}},
		"little is lost":      {high, []uint8{10, 10, 10, 10}, []livekit.VideoQuality{high, high, high, high}},
		"clean for long":      {medium, []uint8{0, 0, 0, 0, 0, 0}, []livekit.VideoQuality{medium, medium, medium, medium, high, high}},
		"clean, but not long": {medium, []uint8{0, 0, 0, 9, 0, 0, 0}, []livekit.VideoQuality{medium, medium, medium, medium, medium, medium, medium}},
		"what failed is tried later": {medium, []uint8{0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
			[]livekit.VideoQuality{medium, medium, medium, low, low, low, low, low, low, low, low, low, low, medium}},
	} {
		t.Run(name, func(t *testing.T) {
			q := quality{clean: 5 * time.Second}
			now := time.Unix(1_700_000_000, 0)
			q.begin(tc.from, now)
			for i, lost := range tc.reports {
				now = now.Add(time.Second)
				before := q.level
				if changed := q.report(lost, now); q.level != tc.want[i] || changed != (before != q.level) {
					t.Fatalf("after %d s it is %s, changed %t, want %s", i+1, q.level, changed, tc.want[i])
				}
			}
		})
	}
}

// TestKeyFramesOnRequest: what the page asks for, the sender is asked for.
func TestKeyFramesOnRequest(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1)
	page.wait(t, annaDesk+"/camera", someFrames)
	before := page.keyFrames(annaDesk + "/camera")
	for _, r := range page.pc.GetReceivers() {
		if track := r.Track(); track != nil && track.Kind() == webrtc.RTPCodecTypeVideo {
			if err := page.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	poll(t, "there is another key frame", func() bool { return page.keyFrames(annaDesk+"/camera") > before })
	anna.wait(t, "page/camera", 1)
}

// However many wishes come, a sender is asked for few key frames, and for one after the last wish.
func TestKeyFramesAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		k := keyFrames{ask: func() { asked++ }}
		for range 100 {
			k.want()
			pause(t.Context(), keyFrameEvery/50)
		}
		synctest.Wait()
		if asked < 2 || asked > 3 {
			t.Errorf("asked %d times in two spans", asked)
		}
		before := asked
		pause(t.Context(), 2*keyFrameEvery)
		synctest.Wait()
		if asked > before+1 {
			t.Errorf("asked %d times more without a wish", asked-before)
		}
		k.close()
		k.want()
		if pause(t.Context(), 2*keyFrameEvery); asked > before+1 {
			t.Error("asked after the end")
		}
	})
}

// TestNetworkChanges has the page's network vanish without a word; the page begins anew over another one.
func TestNetworkChanges(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	w := newWire(t)
	o.wire = w
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1)
	anna.wait(t, "page/camera", someFrames)
	w.lose(func(bool, []byte) bool { return true })
	poll(t, "the page misses us", func() bool { return page.pc.ConnectionState() == webrtc.PeerConnectionStateDisconnected })
	o.wire = newWire(t)
	again := o.opens("again", []source{microphone, camera}, 1, 1)
	anna.wait(t, "again/camera", someFrames)
	again.wait(t, annaDesk+"/camera", someFrames)
	anna.steady(t)
	if _, over := o.over(); over || o.enters != 1 {
		t.Errorf("the call has ended: %t; the session was joined %d times", over, o.enters)
	}
}
