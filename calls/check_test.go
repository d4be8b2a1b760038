package calls

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/devstack"
)

// startRelay runs coturn with a secret, over UDP and TCP on one port.
func startRelay(t *testing.T, secret string) (address string) {
	t.Helper()
	relay, err := devstack.StartCoturn(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
	})
	return relay.Address
}

// A relay gives an address to whoever has its secret, until the password has ended.
func TestCheckTURN(t *testing.T) {
	const secret = "the relay's own"
	address := startRelay(t, secret)
	closed, err := devstack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	nobody := net.JoinHostPort("127.0.0.1", strconv.Itoa(closed))
	for _, tc := range []struct {
		name, url, secret string
		since             time.Duration
		well              bool
	}{
		{"over UDP", "turn:" + address + "?transport=udp", secret, 0, true},
		{"over UDP, not said", "turn:" + address, secret, 0, true},
		{"over TCP", "turn:" + address + "?transport=tcp", secret, 0, true},
		{"another secret", "turn:" + address, "another", 0, false},
		{"an old password", "turn:" + address, secret, -2 * time.Hour, false},
		{"nobody there", "turn:" + nobody + "?transport=tcp", secret, 0, false},
		{"no TLS there", "turns:" + address + "?transport=tcp", secret, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			relay := TURN{URLs: []string{tc.url}, Secret: tc.secret, TTL: time.Hour}
			if err := relay.CheckTURN(t.Context(), tc.url, time.Now().Add(tc.since)); (err == nil) != tc.well {
				t.Errorf("found well: %t: %v", err == nil, err)
			}
		})
	}
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := (TURN{URLs: []string{""}}).CheckTURN(ctx, "turn:"+silent.LocalAddr().String(), time.Now()); err == nil {
		t.Error("one that says nothing is found well")
	}
}

// Everything from the token to the way of media has to be there for a session.
func TestCheckSFU(t *testing.T) {
	if err := sfu.CreateRoom(t.Context(), "check"); err != nil {
		t.Fatal(err)
	}
	into := func(room string) string {
		return sfu.Token("@bot:localhost:CHECK", devstack.LiveKitGrant{Room: room, RoomJoin: true})
	}
	for _, tc := range []struct {
		name, address, token string
		want                 error
	}{
		{"all there", sfu.URL, into("check"), nil},
		{"no such session", sfu.URL, into("none"), ErrNoSession},
		{"of other keys", sfu.URL, strings.Repeat("A", 20) + "." + into("check"), ErrOtherKeys},
		{"nobody there", "ws://127.0.0.1:1", into("check"), ErrNoSFU},
		{"no address", "ws://\x7f", into("check"), ErrNoSFU},
	} {
		if err := CheckSFU(t.Context(), tc.address, tc.token); !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	if who, err := sfu.Participants(t.Context(), "check"); err != nil || len(who) != 0 {
		t.Errorf("left behind in the session: %v, %v", who, err)
	}
}
