package calls

import (
	"context"
	"fmt"

	lksdk "github.com/livekit/server-sdk-go/v2"
)

// link is the staff's leg of a call: the puppet in the SFU.
type link struct {
	room *lksdk.Room
}

func join(ctx context.Context, url, token string, callback *lksdk.RoomCallback) (*link, error) {
	room := lksdk.NewRoom(callback)
	if err := room.JoinWithContextAndToken(ctx, url, token, lksdk.WithCodecs(sfuCodecs()), lksdk.WithDisableRegionDiscovery()); err != nil {
		return nil, fmt.Errorf("join the media session: %w", err)
	}
	return &link{room: room}, nil
}
