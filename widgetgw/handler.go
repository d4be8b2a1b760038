package widgetgw

import (
	"net/http"
	"strconv"
	"time"

	"frontdesk/desk"

	"github.com/oklog/ulid/v2"
)

// Handler serves everything visitors' browsers ask for: /widget.js, /assets/ and /w/v1/.
func (g *Gateway) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /widget.js", g.serveLauncher)
	mux.HandleFunc("GET /assets/{name}", g.serveAsset)
	mux.HandleFunc("GET /w/v1/socket", g.serveSocket)
	mux.HandleFunc("POST /w/v1/poll", g.servePoll)
	mux.HandleFunc("GET /w/v1/call", g.serveVoice)
	mux.HandleFunc("PUT /w/v1/uploads/{cid}", g.serveUpload)
	mux.HandleFunc("GET "+mediaPath+"{id}/{name}", g.serveMedia)
	mux.HandleFunc("GET "+avatarPath+"{server}/{id}", g.serveAvatar)
	mux.HandleFunc("GET /w/v1/files/{id}", g.serveFileURL)
	mux.HandleFunc("OPTIONS /w/v1/poll", g.preflight)
	mux.HandleFunc("OPTIONS /w/v1/uploads/{cid}", g.preflight)
	mux.HandleFunc("OPTIONS /w/v1/files/{id}", g.preflight)
	return secured(g.calm(mux))
}

// calm keeps a panic in a handler from ending more than its request, and a reader who stands still from holding it.
func (g *Gateway) calm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		w := patient{to, g.cfg.Limits.AnswerTimeout}
		w.grant()
		defer g.guard("serve a request", func() {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		})
		next.ServeHTTP(w, r)
	})
}

func retryAfter(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

func newFileID() desk.FileID { return desk.FileID(ulid.Make().String()) }
