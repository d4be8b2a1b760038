package calls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// What CheckSFU found wrong.
var (
	ErrNoSFU      = errors.New("the media server does not answer")
	ErrOtherKeys  = errors.New("the media server refuses the token")
	ErrNoSession  = errors.New("the media server lets nobody into the session")
	ErrNoMediaWay = errors.New("no media come through to the media server")
)

// joinTime is how long getting into a session may take.
const joinTime = 20 * time.Second

// CheckSFU gets into a session of the SFU and leaves it, as every call does: by its API, its WebSocket, and the way of its media.
func CheckSFU(ctx context.Context, address, token string) error {
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	if err := validate(ctx, address, token); err != nil {
		return err
	}
	room := lksdk.NewRoom(&lksdk.RoomCallback{})
	err := room.JoinWithContextAndToken(ctx, address, token, lksdk.WithAutoSubscribe(false), lksdk.WithDisableRegionDiscovery(),
		lksdk.WithLogger(logger.GetDiscardLogger()))
	room.Disconnect()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, lksdk.ErrConnectionTimeout), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrNoMediaWay, err)
	}
	return fmt.Errorf("%w: %w", ErrNoSession, err)
}

// validate has the SFU look at the token.
func validate(ctx context.Context, address, token string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoSFU, err)
	}
	u.Scheme = strings.Replace(u.Scheme, "ws", "http", 1)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath("rtc", "validate").String(), nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoSFU, err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoSFU, err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 200))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNoSFU, err)
	case resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%w: %s", ErrOtherKeys, said)
	case resp.StatusCode == http.StatusNotFound && strings.Contains(string(said), "room"):
		return fmt.Errorf("%w: %s", ErrNoSession, said)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%w: HTTP %d from something that may be no LiveKit: %s", ErrNoSFU, resp.StatusCode, said)
	}
	return nil
}
