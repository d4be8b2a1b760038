package telegram

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
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

// Behind a proxy that has TLS of its own, too, what has left us may have been sent.
func TestWhatHasLeftUsByAProxy(t *testing.T) {
	telegram := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler) // takes the message, and hangs up
	}))
	defer telegram.Close()
	proxy := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		there, err := net.Dial("tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		defer there.Close()
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer here.Close()
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, here) }()
		_, _ = io.Copy(here, there)
	}))
	defer proxy.Close()
	b, err := newBot(&Service{cfg: Config{Now: time.Now}, log: zerolog.Nop()}, BotConfig{Name: "shop", Token: "1:a", APIURL: telegram.URL})
	if err != nil {
		t.Fatal(err)
	}
	way, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(telegram.Certificate())
	trusted.AddCert(proxy.Certificate())
	transport := b.http.Transport.(*http.Transport)
	transport.Proxy, transport.TLSClientConfig = http.ProxyURL(way), &tls.Config{RootCAs: trusted}
	if _, err = b.Send(t.Context(), "7", bridges.Part{Text: "hello"}); !bridges.IsUnknown(err) {
		t.Errorf("the outcome is not in doubt: %v", err)
	}
}
