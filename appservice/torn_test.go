package appservice_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"frontdesk/appservice"
	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// torn is a spool whose files end in the middle.
type torn struct{ how error }

const tornSize = 1 << 20

func (s torn) Open(context.Context, desk.FileID) (io.ReadCloser, int64, error) {
	half := strings.NewReader(strings.Repeat("x", tornSize/2))
	return io.NopCloser(io.MultiReader(half, lost(s))), tornSize, nil
}

func (torn) Remove(desk.FileID) error { return nil }

// lost is a connection that ends so.
type lost struct{ how error }

func (l lost) Read([]byte) (int, error) { return 0, l.how }

// A customer's file that breaks off on its way from its channel is no fault of the homeserver's: it alone waits, and not for ever.
func TestFileThatBreaksOff(t *testing.T) {
	for name, how := range map[string]error{"connection lost": errors.New("connection reset by peer"), "ends early": io.EOF} {
		t.Run(name, func(t *testing.T) {
			home := httptest.NewServer(&scripted{send: refusing(http.StatusOK, "", "")})
			defer home.Close()
			d := newDesktop(t)
			s, err := appservice.New(appservice.Config{
				HomeserverURL: home.URL, Domain: "localhost", ASToken: asToken, HSToken: hsToken, Bot: bot, MaxMedia: 1000,
			}, d.journal, torn{how}, zerolog.Nop())
			if err != nil {
				t.Fatal(err)
			}
			film := desk.File{Attachment: content.Attachment{ID: "film", Name: "film.mkv", Type: "video/x-matroska", Kind: content.Video}}
			err = d.journal.Write(t.Context(), func(tx journal.Tx) error { return tx.PutFile(&film) })
			if err != nil {
				t.Fatal(err)
			}
			post := desk.Post{ID: "R1", Room: portalKey, As: desk.Bot, File: &film.Attachment}
			waits := 0
			for range 100 {
				_, err := s.Deliver(t.Context(), post, journal.Attempt{N: 1})
				got := verdictOf(err)
				if got != "later" {
					if got != "again" || waits == 0 {
						t.Fatalf("after %d tries the verdict is %s (%v)", waits, got, err)
					}
					return
				}
				waits++
			}
			t.Error("it is waited for without end")
		})
	}
}

// What others do about a file that the homeserver does not give depends on why.
func TestWhyMediaIsNotGiven(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		want   desk.Code
	}{
		{"not there", refusing(http.StatusNotFound, "M_NOT_FOUND", ""), desk.NotFound},
		{"forbidden", refusing(http.StatusForbidden, "M_FORBIDDEN", ""), desk.Denied},
		{"remote server away", refusing(http.StatusBadGateway, "M_UNKNOWN", ""), desk.Internal},
		{"too many", refusing(http.StatusTooManyRequests, "M_LIMIT_EXCEEDED", ""), desk.Internal},
		{"too large", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1001)) }, desk.Invalid},
		{"away", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, desk.Unavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			home := httptest.NewServer(test.answer)
			defer home.Close()
			resp, err := newDesktop(t).against(t, home.URL).Open(t.Context(), "mxc://localhost/a", "")
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if got := desk.CodeOf(err); err == nil || got != test.want {
				t.Errorf("%v is %s, want %s", err, got, test.want)
			}
		})
	}
}
