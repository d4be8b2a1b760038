package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	mxevent "maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// talker is somebody in the media server: the operator of a call, or who talks to the operator without us.
type talker struct {
	*watcher
	room *lksdk.Room
	stop context.CancelFunc
	work sync.WaitGroup
}

// pictures sends them until ctx ends.
type pictures func(ctx context.Context, write func(*rtp.Packet) error, keys <-chan struct{})

// newTalker joins and sends sound and pictures. watched says whose pictures somebody else watches.
func newTalker(ctx context.Context, url, token string, pictures pictures, watched map[string]*watcher) (*talker, error) {
	t := &talker{watcher: newWatcher()}
	work, stop := context.WithCancel(ctx)
	t.stop = stop
	room := lksdk.NewRoom(&lksdk.RoomCallback{ParticipantCallback: lksdk.ParticipantCallback{
		OnTrackSubscribed: func(track *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication, rp *lksdk.RemoteParticipant) {
			if track.Kind() == webrtc.RTPCodecTypeVideo {
				rp.WritePLI(track.SSRC())
			}
			w := watched[rp.Identity()]
			if w == nil {
				w = t.watcher
			}
			t.work.Go(func() { w.watch(track) })
		},
	}})
	if err := room.JoinWithContextAndToken(ctx, url, token); err != nil {
		stop()
		return nil, fmt.Errorf("join the media server: %w", err)
	}
	t.room = room
	keys := make(wishes, 4)
	for _, c := range []struct {
		codec  webrtc.RTPCodecCapability
		source livekit.TrackSource
	}{{opusCodec, livekit.TrackSource_MICROPHONE}, {vp8Codec, livekit.TrackSource_CAMERA}} {
		track, err := lksdk.NewLocalTrack(c.codec, lksdk.WithRTCPHandler(keys.take))
		if err == nil {
			_, err = room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Source: c.source, VideoWidth: 1280, VideoHeight: 720})
		}
		if err != nil {
			t.leave()
			return nil, fmt.Errorf("publish: %w", err)
		}
		write := func(p *rtp.Packet) error { return track.WriteRTP(p, nil) }
		if c.source == livekit.TrackSource_CAMERA {
			t.work.Go(func() { pictures(work, write, keys) })
		} else {
			t.work.Go(func() { hum(work, write) })
		}
	}
	return t, nil
}

func (t *talker) leave() {
	t.stop()
	t.room.Disconnect()
	t.work.Wait()
}

// caller is a visitor in a video call, and the operator they talk to.
type caller struct {
	*watcher // what the visitor sees
	visitor  *widgettest.Client
	operator *talker
	room     id.RoomID
	device   string // of the operator's
	call     string
	sfuRoom  string
	pc       *webrtc.PeerConnection
	frames   chan any
	stop     context.CancelFunc
	work     sync.WaitGroup
	accepted time.Duration // from «accept» to the first key picture
}

// callSetUp bounds everything that belongs to one call's beginning.
const callSetUp = 2 * time.Minute

// newCaller brings a visitor in, has the operator accept and call, and answers.
func (h *callHouse) newCaller(ctx context.Context, i int) (_ *caller, err error) {
	ctx, cancel := context.WithTimeout(ctx, callSetUp)
	defer cancel()
	c := &caller{watcher: newWatcher(), frames: make(chan any, 256)}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	gateway := h.stack.Frontdesk.GatewayURL
	c.visitor = widgettest.Open(widgettest.Options{
		URL: gateway, Site: "main", Origin: gateway, Tab: fmt.Sprintf("tab-%d", i), OnFrame: func(frame any) {
			switch frame.(type) {
			case protocol.RTCConfig, protocol.RTCAnswer, protocol.RTCOver:
				c.frames <- frame
			}
		},
	})
	words := fmt.Sprintf("first-call-%04d", i)
	if _, err := c.visitor.Send(ctx, words); err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	invite, err := h.anna.WaitInvite(ctx, func(i devstack.Invite) bool { return strings.Contains(i.Reason, words) })
	if err != nil {
		return nil, fmt.Errorf("wait for an invite: %w", err)
	}
	if err := h.anna.Join(ctx, invite.Room); err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	c.room, c.device = invite.Room, fmt.Sprintf("BENCH%d", i)
	h.mu.Lock()
	watched := map[string]*watcher{h.directIdentity(i): h.direct}
	h.mu.Unlock()
	if err := h.enter(ctx, c, watched); err != nil {
		return nil, err
	}
	if err := h.ring(ctx, c.room, c.device); err != nil {
		return nil, err
	}
	return c, c.answer(ctx)
}

// enter brings the operator of a call into the media server.
func (h *callHouse) enter(ctx context.Context, c *caller, watched map[string]*watcher) error {
	url, token, err := h.access(ctx, c.room, c.device)
	if err != nil {
		return err
	}
	if h.way != nil {
		url = "ws://" + h.way.Addr
	}
	if c.sfuRoom, err = roomOf(token); err != nil {
		return err
	}
	c.operator, err = newTalker(context.WithoutCancel(ctx), url, token, film, watched)
	return err
}

// answer accepts the call as a page does, and waits for the operator's picture.
func (c *caller) answer(ctx context.Context) error {
	var call protocol.CallState
	err := c.visitor.Until(ctx, func(v widgettest.View) bool {
		if s := v.State().Call; s != nil && s.State == "ringing" {
			call = *s
			return true
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("wait for the call: %w", err)
	}
	began := time.Now()
	if _, err := c.visitor.Do(ctx, protocol.CallAct{CID: widgettest.NewCID(), Call: call.ID, Act: "answer"}); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	c.call = call.ID
	if err := c.connect(ctx); err != nil {
		return err
	}
	if err := arrive(ctx, c.began, c.operator.began); err != nil {
		return err
	}
	c.accepted = c.first.Sub(began)
	return nil
}

func (c *caller) connect(ctx context.Context) error {
	c.visitor.Say(protocol.RTCJoin{Call: c.call})
	if _, err := frameOf[protocol.RTCConfig](ctx, c.frames); err != nil {
		return err
	}
	if err := c.makePeer(ctx); err != nil {
		return err
	}
	offer, err := c.pc.CreateOffer(nil)
	if err == nil {
		err = c.pc.SetLocalDescription(offer)
	}
	if err != nil {
		return fmt.Errorf("make an offer: %w", err)
	}
	sections := c.pc.GetTransceivers()
	c.visitor.Say(protocol.RTCOffer{
		Call: c.call, N: 1, SDP: c.pc.LocalDescription().SDP, Mids: protocol.Mids{Mic: sections[0].Mid(), Cam: sections[1].Mid()},
	})
	answer, err := frameOf[protocol.RTCAnswer](ctx, c.frames)
	if err != nil {
		return err
	}
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
		return fmt.Errorf("take the answer: %w", err)
	}
	return nil
}

// makePeer makes the page's connection, with sound and pictures in both directions.
func (c *caller) makePeer(ctx context.Context) error {
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	var err error
	if c.pc, err = webrtc.NewAPI(webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{}); err != nil {
		return fmt.Errorf("make a connection: %w", err)
	}
	c.pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { c.work.Go(func() { c.watch(track) }) })
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	for _, codec := range []webrtc.RTPCodecCapability{opusCodec, vp8Codec} {
		track, err := webrtc.NewTrackLocalStaticRTP(codec, codec.MimeType, "own")
		if err != nil {
			return fmt.Errorf("make a track: %w", err)
		}
		tr, err := c.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			return fmt.Errorf("add a section: %w", err)
		}
		keys := make(wishes, 4)
		c.work.Go(func() {
			for {
				packets, _, err := tr.Sender().ReadRTCP()
				if err != nil {
					return
				}
				for _, p := range packets {
					keys.take(p)
				}
			}
		})
		if codec.MimeType == webrtc.MimeTypeVP8 {
			c.work.Go(func() { film(work, track.WriteRTP, keys) })
		} else {
			c.work.Go(func() { hum(work, track.WriteRTP) })
		}
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if _, err := c.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			return fmt.Errorf("add a section: %w", err)
		}
	}
	return nil
}

// drop lets go of the page's connection.
func (c *caller) drop() {
	if c.stop != nil {
		c.stop()
	}
	if c.pc != nil {
		_ = c.pc.Close()
	}
	c.work.Wait()
}

func (c *caller) close() {
	c.drop()
	if c.operator != nil {
		c.operator.leave()
	}
	if c.visitor != nil {
		c.visitor.Close()
	}
}

// frameOf waits for a frame of a kind.
func frameOf[F any](ctx context.Context, frames <-chan any) (F, error) {
	for {
		select {
		case frame := <-frames:
			switch f := frame.(type) {
			case F:
				return f, nil
			case protocol.RTCOver:
				var none F
				return none, fmt.Errorf("the call is over: %s %s", f.Code, f.Text)
			}
		case <-ctx.Done():
			var none F
			return none, fmt.Errorf("wait for %T: %w", none, ctx.Err())
		}
	}
}

// access asks the token service to let the operator in.
func (h *callHouse) access(ctx context.Context, room id.RoomID, device string) (url, token string, err error) {
	openID, err := h.anna.Client.RequestOpenIDToken(ctx)
	if err != nil {
		return "", "", fmt.Errorf("ask for an OpenID token: %w", err)
	}
	body, err := json.Marshal(map[string]any{"room": room, "device_id": device, "openid_token": openID})
	if err != nil {
		return "", "", fmt.Errorf("ask for access: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.stack.Tokens.URL+"/sfu/get", bytes.NewReader(body))
	if err != nil {
		return "", "", fmt.Errorf("ask for access: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", "", fmt.Errorf("ask for access: %w", err)
	}
	defer resp.Body.Close()
	var answer struct{ URL, JWT string }
	text, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil || answer.JWT == "" {
		return "", "", fmt.Errorf("ask for access: HTTP %d %s: %w", resp.StatusCode, text, err)
	}
	return answer.URL, answer.JWT, nil
}

// roomOf reads the media server's name of the room from a token.
func roomOf(token string) (string, error) {
	var claims struct {
		Video struct{ Room string }
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("the token is none")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return claims.Video.Room, nil
}

// memberType is that of the state events by which people take part in a session.
var memberType = mxevent.Type{Type: "org.matrix.msc3401.call.member", Class: mxevent.StateEventType}

func (h *callHouse) memberKey(device string) string {
	return "_" + string(h.anna.ID) + "_" + device + "_m.call"
}

// ring makes the operator a member of the session, which rings the visitor.
func (h *callHouse) ring(ctx context.Context, room id.RoomID, device string) error {
	_, err := h.anna.Client.SendStateEvent(ctx, room, memberType, h.memberKey(device), map[string]any{
		"application": "m.call", "call_id": "", "scope": "m.room", "device_id": device, "expires": 14_400_000, "m.call.intent": "video",
		"focus_active": map[string]string{"type": "livekit", "focus_selection": "multi_sfu"},
		"foci_preferred": []map[string]string{
			{"type": "livekit", "livekit_service_url": h.stack.Tokens.URL, "livekit_alias": string(room)},
		},
	})
	if err != nil {
		return fmt.Errorf("call: %w", err)
	}
	return nil
}
