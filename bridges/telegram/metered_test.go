package telegram

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/bridges"
)

// deaf is a connection that takes nothing.
type deaf struct{ net.Conn }

func (deaf) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// A request of which no byte left us was certainly not sent, and one of which some did may have been.
func TestWhatHasLeftUs(t *testing.T) {
	for name, c := range map[string]struct {
		wrap func(net.Conn) net.Conn
		sent bool
	}{
		"nothing":   {func(c net.Conn) net.Conn { return deaf{c} }, false},
		"something": {func(c net.Conn) net.Conn { return c }, true},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := newBot(&Service{cfg: Config{Now: time.Now}, log: zerolog.Nop()}, BotConfig{Name: "shop", Token: "1:a", APIURL: "http://telegram.example"})
			if err != nil {
				t.Fatal(err)
			}
			here, there := net.Pipe()
			go func() { // reads what comes, and hangs up
				_, _ = there.Read(make([]byte, 1<<16))
				_ = there.Close()
			}()
			b.http.Transport.(*http.Transport).Proxy = nil
			b.http.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
				return &metered{Conn: c.wrap(here)}, nil
			}
			_, err = b.Send(t.Context(), "7", bridges.Part{Text: "hello"})
			if err == nil || bridges.IsUnknown(err) != c.sent {
				t.Errorf("the outcome is %v, in doubt: %v, want %v", err, bridges.IsUnknown(err), c.sent)
			}
		})
	}
}
