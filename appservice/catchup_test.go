package appservice_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// A room whose missed events nobody may read is passed over: all others would wait for it for ever.
func TestRoomThatCannotBeReadHoldsUpNobody(t *testing.T) {
	for _, code := range []string{"M_FORBIDDEN", "M_NOT_FOUND"} {
		t.Run(code, func(t *testing.T) {
			home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/sync") && r.URL.Query().Get("since") == "":
					_, _ = io.WriteString(w, `{"next_batch":"s1"}`)
				case strings.HasSuffix(r.URL.Path, "/sync"):
					_, _ = io.WriteString(w, `{"next_batch":"s2","rooms":{"join":{
						"!locked":{"timeline":{"limited":true,"prev_batch":"p1","events":[`+textEvent("locked")+`]}},
						"!portal":{"timeline":{"events":[`+textEvent("portal")+`]}}}}}`)
				case strings.HasSuffix(r.URL.Path, "/messages"):
					refuse(w, http.StatusForbidden, code, "")
				default:
					_, _ = io.WriteString(w, `{}`)
				}
			}))
			defer home.Close()
			d := newDesktop(t)
			d.write(t, func(tx journal.Tx) error {
				if err := tx.PutMeta("matrix.sync", "s1"); err != nil {
					return err
				}
				return tx.PutRoom(&desk.Room{Key: "portal:P2", ID: "!locked", Version: "12"})
			})
			s := d.against(t, home.URL)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx) }()
			for ctx.Err() == nil && (d.stored(t, "$portal") == nil || d.stored(t, "$locked") == nil) {
				<-time.After(10 * time.Millisecond)
			}
			if ctx.Err() != nil {
				t.Error("what was missed is not there")
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
