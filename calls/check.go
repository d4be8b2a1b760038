package calls

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/logging"
	"github.com/pion/stun/v3"
	"github.com/pion/turn/v5"
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

// turnTime is how long a relay may take to give an address.
const turnTime = 10 * time.Second

// CheckTURN has one of the relays give an address, with a password as pages get it.
func (t TURN) CheckTURN(ctx context.Context, address string, now time.Time) error {
	uri, err := stun.ParseURI(address)
	if err != nil {
		return fmt.Errorf("read address %s: %w", address, err)
	}
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	conn, err := dialTURN(ctx, uri)
	if err != nil {
		return err
	}
	defer conn.Close()
	// The client waits on its own clock; closing its connection ends that.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	password := t.servers("check", now)[0]
	server := net.JoinHostPort(uri.Host, strconv.Itoa(uri.Port))
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: server, TURNServerAddr: server, Conn: conn, Username: password.Username, Password: password.Credential,
		LoggerFactory: &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		return fmt.Errorf("ask the relay: %w", err)
	}
	defer client.Close()
	if err := client.Listen(); err != nil {
		return fmt.Errorf("ask the relay: %w", err)
	}
	relay, err := client.Allocate()
	if err != nil {
		return fmt.Errorf("ask the relay for an address: %w", err)
	}
	return relay.Close()
}

// dialTURN connects as the address says: by packets, or by a stream with or without TLS.
func dialTURN(ctx context.Context, uri *stun.URI) (net.PacketConn, error) {
	server := net.JoinHostPort(uri.Host, strconv.Itoa(uri.Port))
	if uri.Scheme == stun.SchemeTypeTURN && uri.Proto == stun.ProtoTypeUDP {
		// The relay gives an address of the family that the socket has.
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", uri.Host)
		if err != nil {
			return nil, fmt.Errorf("find the relay: %w", err)
		}
		family := "udp6"
		if found[0].Unmap().Is4() {
			family = "udp4"
		}
		var listen net.ListenConfig
		conn, err := listen.ListenPacket(ctx, family, ":0")
		if err != nil {
			return nil, fmt.Errorf("open a socket: %w", err)
		}
		return conn, nil
	}
	var conn net.Conn
	var err error
	if uri.Scheme == stun.SchemeTypeTURNS {
		conn, err = (&tls.Dialer{Config: &tls.Config{ServerName: uri.Host, MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", server)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", server)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the relay: %w", err)
	}
	return turn.NewSTUNConn(conn), nil
}
