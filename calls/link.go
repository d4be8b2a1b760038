package calls

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/rs/zerolog"
)

func init() {
	// The SFU's client logs through a variable of its package, also where it was given a logger. What matters to a call is told by callbacks.
	lksdk.SetLogger(logger.GetDiscardLogger())
}

// link is the staff's leg: the puppet in the SFU. What it sends follows what it is told to want, in its own time.
type link struct {
	room    *lksdk.Room
	uplinks [sources]*uplink
	broken  func() // told when it is better to begin anew
	log     zerolog.Logger

	mu   sync.Mutex
	want [sources]sending
	anew bool // the SFU may have forgotten what it was told
	wake chan struct{}
	done chan struct{} // closed when nothing is sent any more
	gone atomic.Bool
	lost atomic.Bool // the SFU's client has given up
	have [sources]*lksdk.LocalTrackPublication
}

// sending is what the staff shall be sent of a source.
type sending struct{ on, muted bool }

func joinRoom(ctx context.Context, url, token string, callback *lksdk.RoomCallback, l *link) error {
	room := lksdk.NewRoom(callback)
	err := room.JoinWithContextAndToken(ctx, url, token,
		lksdk.WithCodecs(sfuCodecs()), lksdk.WithDisableRegionDiscovery(), lksdk.WithAutoSubscribe(false), lksdk.WithConnectTimeout(linkTry))
	if err != nil {
		room.Disconnect()
		return fmt.Errorf("join the media session: %w", err)
	}
	l.room, l.wake, l.done = room, make(chan struct{}, 1), make(chan struct{})
	go l.work()
	return nil
}

// send says what the staff shall be sent from now on.
func (l *link) send(want [sources]sending) {
	l.mu.Lock()
	l.want = want
	l.mu.Unlock()
	l.poke()
}

// restored tells that the connection to the SFU was made anew: what was told while it was broken is lost, and tracks may have been published anew.
func (l *link) restored() {
	l.mu.Lock()
	l.anew = true
	l.mu.Unlock()
	l.poke()
}

func (l *link) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// work publishes, withdraws and mutes until the link is closed.
func (l *link) work() {
	defer close(l.done)
	for range l.wake {
		if l.gone.Load() {
			return
		}
		l.mu.Lock()
		want, anew := l.want, l.anew
		l.anew = false
		l.mu.Unlock()
		if anew {
			l.recall()
		}
		for s, w := range want {
			if l.gone.Load() {
				return
			}
			if err := l.settle(source(s), w); err != nil {
				l.log.Warn().Err(err).Str("source", source(s).name()).Msg("A customer's track was not taken by the SFU")
				l.broken()
				return
			}
		}
	}
}

// recall takes the publications that there are now for ours, and has all be told again of each whether it is muted.
func (l *link) recall() {
	l.have = [sources]*lksdk.LocalTrackPublication{}
	for _, pub := range l.room.LocalParticipant.TrackPublications() {
		if mine, ok := pub.(*lksdk.LocalTrackPublication); ok {
			if s, ok := sourceOf(pub.Source()); ok {
				l.have[s] = mine
				mine.SetMuted(!mine.IsMuted())
			}
		}
	}
}

func (l *link) settle(s source, w sending) error {
	pub := l.have[s]
	switch {
	case w.on && pub == nil:
		var err error
		if pub, err = l.publish(s); err != nil {
			return err
		}
		l.have[s] = pub
	case !w.on && pub != nil:
		l.uplinks[s].send(nil)
		l.have[s] = nil
		if err := l.room.LocalParticipant.UnpublishTrack(pub.SID()); err != nil {
			return fmt.Errorf("withdraw: %w", err)
		}
		return nil
	case !w.on:
		return nil
	}
	pub.SetMuted(w.muted)
	return nil
}

// Sizes are said beforehand; the SFU learns the real ones from the pictures.
var sizes = [sources][2]int{camera: {1280, 720}, screen: {1920, 1080}}

func (l *link) publish(s source) (*lksdk.LocalTrackPublication, error) {
	u := l.uplinks[s]
	track, err := lksdk.NewLocalTrack(s.codec(), lksdk.WithRTCPHandler(func(p rtcp.Packet) {
		if wantsKeyFrame(p) {
			u.keys.want()
		}
	}))
	if err != nil {
		return nil, fmt.Errorf("make track: %w", err)
	}
	pub, err := l.room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{
		Name: s.name(), Source: s.livekit(), VideoWidth: sizes[s][0], VideoHeight: sizes[s][1],
	})
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	u.send(track)
	return pub, nil
}

// close leaves the session. It returns at once; done tells when nothing of the link is left.
func (l *link) close() {
	if l.gone.Swap(true) {
		return
	}
	l.room.Disconnect()
	l.poke()
}

// askSFU asks for a key frame of one of the staff's tracks.
func askSFU(rp *lksdk.RemoteParticipant, track *webrtc.TrackRemote, m *metrics) func() {
	return func() {
		if track.Kind() == webrtc.RTPCodecTypeVideo {
			rp.WritePLI(track.SSRC())
			m.keyFrame(toVisitor)
		}
	}
}
