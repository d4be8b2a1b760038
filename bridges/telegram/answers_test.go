package telegram

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/bridges"
)

// What Telegram answers, or does not, says what becomes of a message: refused for good, not sent yet, or in doubt. No error has the token in it.
func TestWhatBecomesOfAMessage(t *testing.T) {
	const token, notSent, inDoubt = "123456:secret-of-the-shop-bot", "not sent", "in doubt"
	for name, c := range map[string]struct {
		status int // 0: no answer comes
		body   string
		want   string // the reason of a refusal, or one of the others
	}{
		"blocked":                {403, `{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}`, "undelivered.blocked"},
		"account gone":           {403, `{"ok":false,"error_code":403,"description":"Forbidden: user is deactivated"}`, "undelivered.gone"},
		"never begun":            {403, `{"ok":false,"error_code":403,"description":"Forbidden: bot can't initiate conversation with a user"}`, "undelivered.gone"},
		"chat gone":              {400, `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`, "undelivered.gone"},
		"chat moved":             {400, `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded","parameters":{"migrate_to_chat_id":-1007}}`, "undelivered.gone"},
		"refused":                {400, `{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}`, "undelivered.refused"},
		"no voice":               {400, `{"ok":false,"error_code":400,"description":"Bad Request: VOICE_MESSAGES_FORBIDDEN"}`, "undelivered.voice"},
		"too late":               {400, `{"ok":false,"error_code":400,"description":"Bad Request: message can't be edited"}`, "undelivered.too_late"},
		"too large":              {413, `{"ok":false,"error_code":413,"description":"Request Entity Too Large"}`, "undelivered.refused"},
		"too large for a proxy":  {413, `<html><h1>413 Request Entity Too Large</h1></html>`, "undelivered.refused"},
		"a method it has not":    {404, `{"ok":false,"error_code":404,"description":"Not Found: method not found"}`, "undelivered.refused"},
		"wrong token":            {404, `{"ok":false,"error_code":404,"description":"Not Found"}`, notSent},
		"revoked token":          {401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`, notSent},
		"too many":               {429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}`, notSent},
		"too many without words": {429, `{"ok":false,"error_code":429,"description":"Too Many Requests"}`, notSent},
		"failed":                 {500, `{"ok":false,"error_code":500,"description":"Internal Server Error"}`, inDoubt},
		"failed before it":       {502, `<html>Bad Gateway: /bot` + token + `/sendMessage</html>`, inDoubt},
		"nothing to read":        {200, `all is well at /bot` + token + `/sendMessage`, inDoubt},
		"nothing in it":          {200, `{"ok":true}`, inDoubt},
		"time-out":               {0, "", inDoubt},
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if c.status == 0 {
					<-ended
					return
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			defer close(ended)
			b, err := newBot(&Service{cfg: Config{Now: time.Now}, log: zerolog.Nop()}, BotConfig{Name: "shop", Token: token, APIURL: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			defer b.http.CloseIdleConnections()
			ctx := t.Context()
			if c.status == 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
				defer cancel()
			}
			_, err = b.Send(ctx, "7", bridges.Part{Text: "hello"})
			if err == nil {
				t.Fatal("it is taken for sent")
			}
			got := notSent
			var refusal *bridges.Refusal
			switch {
			case errors.As(err, &refusal):
				got = refusal.Key
			case bridges.IsUnknown(err):
				got = inDoubt
			}
			if got != c.want {
				t.Errorf("it is taken for %s: %v", got, err)
			}
			if strings.Contains(err.Error(), "secret-of-the-shop") {
				t.Errorf("the error has the token: %v", err)
			}
		})
	}
}
