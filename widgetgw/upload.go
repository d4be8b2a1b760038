package widgetgw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
)

// uploadsUnderWay lets one act be uploaded once at a time, and one session a few acts.
type uploadsUnderWay struct {
	mu        sync.Mutex
	byAct     map[string]chan struct{} // closed when that upload has ended
	bySession map[string]int
}

var errTooManyUploads = errors.New("too many uploads at once")

// begin waits until the same act is not being uploaded, and takes a place for it.
func (u *uploadsUnderWay) begin(ctx context.Context, session, act string, limit int) error {
	for {
		u.mu.Lock()
		other := u.byAct[act]
		if other == nil {
			defer u.mu.Unlock()
			if u.bySession[session] >= limit {
				return errTooManyUploads
			}
			if u.bySession == nil {
				u.bySession = make(map[string]int)
			}
			u.bySession[session]++
			u.byAct[act] = make(chan struct{})
			return nil
		}
		u.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (u *uploadsUnderWay) end(session, act string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	close(u.byAct[act])
	delete(u.byAct, act)
	if u.bySession[session]--; u.bySession[session] <= 0 {
		delete(u.bySession, session)
	}
}

// An upload that moves no byte for uploadStall is given up.
const uploadStall = 30 * time.Second

// upload is one PUT being served.
type upload struct {
	g    *Gateway
	w    http.ResponseWriter
	r    *http.Request
	site *site
	row  *desk.Session
	cid  string
}

func (g *Gateway) serveUpload(w http.ResponseWriter, r *http.Request) {
	site, ok := g.siteOf(w, r)
	if !ok {
		return
	}
	if !g.networks.request(clientAddr(r, g.cfg.TrustedProxies), g.cfg.Now()) {
		g.slowDown(w, r, &site.Site, time.Second)
		return
	}
	row, ok := g.bearer(w, r, site)
	if !ok {
		return
	}
	u := &upload{g: g, w: w, r: r, site: site, row: row, cid: r.PathValue("cid")}
	if !protocol.ValidID(u.cid) {
		u.refuse(http.StatusBadRequest, "bad_request")
		return
	}
	if r.ContentLength > g.cfg.FileMax {
		u.refuse(http.StatusRequestEntityTooLarge, "too_large")
		return
	}
	act := string(row.Conversation) + ":" + u.cid
	switch err := g.uploads.begin(r.Context(), row.TokenHash, act, g.cfg.Limits.SessionUploads); {
	case errors.Is(err, errTooManyUploads):
		g.slowDown(w, r, &site.Site, time.Second)
		return
	case err != nil:
		return // the client is gone
	}
	defer g.uploads.end(row.TokenHash, act)
	u.serve()
}

// bearer gives the session of the request's token, or refuses the request.
func (g *Gateway) bearer(w http.ResponseWriter, r *http.Request, site *site) (*desk.Session, bool) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		g.refuse(w, r, &site.Site, http.StatusUnauthorized, "bad_token")
		return nil, false
	}
	var row *desk.Session
	err := g.journal.Read(r.Context(), func(tx journal.Tx) error {
		var err error
		row, err = g.sessionOf(tx, site, token)
		return err
	})
	switch {
	case errors.Is(err, errBadToken), errors.Is(err, errRevoked):
		g.refuse(w, r, &site.Site, http.StatusUnauthorized, "bad_token")
		return nil, false
	case err != nil:
		g.log.Err(err).Msg("Failed to read a session")
		g.refuse(w, r, &site.Site, http.StatusInternalServerError, "internal")
		return nil, false
	}
	return row, true
}

func (u *upload) refuse(status int, code string) {
	// What the browser still sends is read for a moment: it would take the closed connection for a broken network, not see the answer.
	u.progress()
	discard(u.r.Body, 4<<20)
	writeJSON(u.w, status, fault{Code: code, Text: u.g.text(&u.site.Site, u.g.languageOf(&u.site.Site, u.row.Language), "widget.error."+code)})
}

// progress grants the body another while.
func (u *upload) progress() {
	_ = http.NewResponseController(u.w).SetReadDeadline(time.Now().Add(uploadStall))
}

func (u *upload) serve() {
	known, err := u.known()
	if err != nil {
		u.fail(err)
		return
	}
	if known != nil {
		u.progress()
		discard(u.r.Body, u.g.cfg.FileMax)
		writeJSON(u.w, http.StatusCreated, uploadView(known.Attachment))
		return
	}
	size := u.r.ContentLength
	if size < 0 {
		size = u.g.cfg.FileMax
	}
	if size == 0 {
		u.refuse(http.StatusBadRequest, "bad_request")
		return
	}
	from := clientAddr(u.r, u.g.cfg.TrustedProxies)
	if wait, ok := u.g.networks.upload(from, u.g.cfg.Now(), size); !ok {
		u.g.slowDown(u.w, u.r, &u.site.Site, wait)
		return
	}
	f, err := u.receive(size)
	if err != nil {
		u.g.networks.unload(from, size, 0)
		u.fail(err)
		return
	}
	u.g.networks.unload(from, size, f.Size)
	writeJSON(u.w, http.StatusCreated, uploadView(f.Attachment))
}

// known gives the file that this act has uploaded before, nil if there is none.
func (u *upload) known() (*desk.File, error) {
	var f *desk.File
	err := u.g.journal.Read(u.r.Context(), func(tx journal.Tx) error {
		var err error
		f, err = tx.FileByClientID(u.row.Conversation, u.cid)
		return err
	})
	if errors.Is(err, desk.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look an upload up: %w", err)
	}
	return f, nil
}

var errBadType = errors.New("type not allowed")

// receive brings the body to disk and its record into the database.
func (u *upload) receive(size int64) (*desk.File, error) {
	id := desk.FileID(newFileID())
	in, err := u.g.spool.create(id, size)
	if err != nil {
		return nil, err
	}
	defer in.discard()
	if err := in.fill(stallingReader{u}, content.SniffLen); err != nil {
		return nil, err
	}
	if in.size == 0 {
		return nil, errEmptyFile
	}
	f := u.describe(id, in)
	if !content.TypeAllowed(u.g.cfg.AllowedTypes, f.Type) {
		return nil, errBadType
	}
	if err := in.keep(); err != nil {
		return nil, err
	}
	// The context is not the request's: a client that goes away now finds its file when it comes back.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.r.Context()), frameTimeout)
	defer cancel()
	if err := u.g.journal.Write(ctx, func(tx journal.Tx) error { return tx.PutFile(f) }); err != nil {
		return nil, fmt.Errorf("record an upload: %w", err) // without a record the sweep removes it
	}
	return f, nil
}

var errEmptyFile = errors.New("empty file")

func (u *upload) describe(id desk.FileID, in *incoming) *desk.File {
	seen := content.Sniff(in.head)
	return &desk.File{
		Attachment: content.Attachment{
			ID: string(id), Name: content.FileName(u.r.URL.Query().Get("name")), Type: seen.Type, Size: in.size, Kind: seen.Kind,
			Width: seen.Width, Height: seen.Height,
		},
		Conversation: u.row.Conversation, ClientID: u.cid, SHA256: in.sum, Spooled: true, Created: u.g.cfg.Now(),
	}
}

// fail answers with the code of what went wrong.
func (u *upload) fail(err error) {
	switch {
	case errors.Is(err, ErrSpoolFull):
		u.refuse(http.StatusInsufficientStorage, "spool_full")
	case errors.Is(err, errTooLarge):
		u.refuse(http.StatusRequestEntityTooLarge, "too_large")
	case errors.Is(err, errBadType):
		u.refuse(http.StatusUnsupportedMediaType, "bad_type")
	case errors.Is(err, errEmptyFile), errors.Is(err, io.ErrUnexpectedEOF):
		u.refuse(http.StatusBadRequest, "bad_request")
	case u.r.Context().Err() != nil:
		// The client is gone.
	default:
		u.g.log.Err(err).Msg("Failed to take an upload")
		u.refuse(http.StatusInternalServerError, "internal")
	}
}

// stallingReader reads the body and gives it up when it stalls.
type stallingReader struct{ u *upload }

func (s stallingReader) Read(p []byte) (int, error) {
	s.u.progress()
	return s.u.r.Body.Read(p)
}
