package widgetgw

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
)

const (
	mediaPath  = "/w/v1/media/"
	avatarPath = "/w/v1/avatar/"
)

// Thumbnails are asked for in this size; avatars in theirs.
const (
	thumbWidth, thumbHeight = 800, 600
	avatarSize              = 128
)

// mxcPath gives "<server>/<media id>" of an mxc URI.
func mxcPath(mxc string) (string, bool) {
	path, found := strings.CutPrefix(mxc, "mxc://")
	server, id, two := strings.Cut(path, "/")
	if !found || !two || server == "" || id == "" || strings.ContainsAny(id, "/?#%") || strings.ContainsAny(server, "?#%") {
		return "", false
	}
	return path, true
}

// serveMedia serves the bytes of a file to whoever has its signed address: from the spool if they are there, else from the media
// repository.
func (g *Gateway) serveMedia(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*") // the signature is the permission
	id, q := r.PathValue("id"), r.URL.Query()
	purpose := signedFile
	if q.Get("thumb") != "" {
		purpose = signedThumb
	}
	until, ok := g.verified(w, purpose, id, q)
	if !ok {
		return
	}
	to := g.networks.download(clientAddr(r, g.cfg.TrustedProxies))
	if to == nil {
		g.slowDown(w, r, nil, time.Second)
		return
	}
	defer g.networks.arrived(to)
	f, err := g.fileByID(r, desk.FileID(id))
	if errors.Is(err, desk.ErrNotFound) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		g.mediaFailed(w, err)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", fmt.Sprintf("private, max-age=%d, immutable", int(until.Sub(g.cfg.Now()).Seconds())))
	if purpose == signedThumb && f.MXC != "" && g.serveThumbnail(w, r, f.MXC, thumbWidth, thumbHeight) {
		return
	}
	setFileHeaders(h, f.Attachment)
	h.Set("ETag", strconv.Quote(f.ID)) // a file never changes: a broken download goes on, wherever its bytes lie by then
	if f.Spooled {
		served, err := g.serveSpooled(w, r, f)
		if served {
			return
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			g.mediaFailed(w, err)
			return
		}
	}
	g.serveRemote(w, r, f.MXC)
}

// verified checks the signature of an address or answers the request.
func (g *Gateway) verified(w http.ResponseWriter, purpose, id string, q url.Values) (time.Time, bool) {
	until, err := g.signer.verify(purpose, id, q, g.cfg.Now())
	switch {
	case errors.Is(err, errExpired):
		http.Error(w, "expired", http.StatusGone)
		return until, false
	case err != nil:
		http.Error(w, "bad signature", http.StatusForbidden)
		return until, false
	}
	return until, true
}

func (g *Gateway) fileByID(r *http.Request, id desk.FileID) (*desk.File, error) {
	var f *desk.File
	err := g.journal.Read(r.Context(), func(tx journal.Tx) error {
		var err error
		f, err = tx.File(id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read file %s: %w", id, err)
	}
	return f, nil
}

// mediaFailed answers for a fault that is not the visitor's. What is set of the headers is for the file, not for this.
func (g *Gateway) mediaFailed(w http.ResponseWriter, err error) {
	g.log.Err(err).Msg("Failed to serve a file")
	fileless(w.Header())
	http.Error(w, "the file cannot be had right now", http.StatusBadGateway)
}

func fileless(h http.Header) {
	for _, key := range []string{"Content-Type", "Content-Disposition", "Content-Length", "Content-Range", "ETag"} {
		h.Del(key)
	}
	h.Set("Cache-Control", "no-store")
}

// setFileHeaders says how the browser is to take the bytes: shown only where the type is one that cannot run anything, with that very
// type, and offered for download otherwise. Nothing is ever sniffed.
func setFileHeaders(h http.Header, f content.Attachment) {
	disposition, kind := "attachment", "application/octet-stream"
	if content.Inline(f.Type) && f.Kind != content.File {
		disposition, kind = "inline", f.Type
	}
	if named := mime.FormatMediaType(disposition, map[string]string{"filename": content.FileName(f.Name)}); named != "" {
		disposition = named
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", disposition)
}

func (g *Gateway) serveSpooled(w http.ResponseWriter, r *http.Request, f *desk.File) (bool, error) {
	body, _, err := g.spool.Open(desk.FileID(f.ID))
	if err != nil {
		return false, err
	}
	defer body.Close()
	http.ServeContent(w, r, "", f.Created, body)
	return true, nil
}

// serveRemote passes the media repository's bytes on, ranges included.
func (g *Gateway) serveRemote(w http.ResponseWriter, r *http.Request, mxc string) {
	if mxc == "" {
		fileless(w.Header())
		http.NotFound(w, r)
		return
	}
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // several at once would have the file read several times
	}
	answer, err := g.media.Open(r.Context(), mxc, r.Header.Get("Range"))
	h := w.Header()
	switch {
	case errors.Is(err, desk.ErrNotFound):
		fileless(h)
		http.NotFound(w, r)
		return
	case err != nil:
		if r.Context().Err() == nil {
			g.mediaFailed(w, err)
		}
		return
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		if answer.ContentLength >= 0 {
			http.ServeContent(w, r, "", time.Time{}, &forward{body: answer.Body, size: answer.ContentLength})
			return
		}
	case http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable:
	default:
		g.mediaFailed(w, fmt.Errorf("media repository answered %d", answer.StatusCode))
		return
	}
	if answer.ContentLength >= 0 {
		h.Set("Content-Length", strconv.FormatInt(answer.ContentLength, 10))
	}
	for _, key := range []string{"Content-Range", "Accept-Ranges"} {
		if v := answer.Header.Get(key); v != "" {
			h.Set(key, v)
		}
	}
	w.WriteHeader(answer.StatusCode)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, answer.Body) // a broken copy shows as a short body
	}
}

// serveThumbnail serves a smaller picture made by the media repository, or reports that there is none.
func (g *Gateway) serveThumbnail(w http.ResponseWriter, r *http.Request, mxc string, width, height int) bool {
	answer, err := g.media.Thumbnail(r.Context(), mxc, width, height)
	if err != nil {
		g.log.Debug().Err(err).Msg("No thumbnail, the whole picture is served")
		return false
	}
	defer answer.Body.Close()
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if answer.StatusCode != http.StatusOK || err != nil || !content.Inline(kind) || content.KindOf(kind) != content.Image {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", "inline")
	if answer.ContentLength >= 0 {
		h.Set("Content-Length", strconv.FormatInt(answer.ContentLength, 10))
	}
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, answer.Body)
	}
	return true
}

// serveAvatar serves an operator's public photo.
func (g *Gateway) serveAvatar(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	mxc := "mxc://" + r.PathValue("server") + "/" + r.PathValue("id")
	if _, ok := mxcPath(mxc); !ok {
		http.NotFound(w, r)
		return
	}
	until, ok := g.verified(w, signedAvatar, mxc, r.URL.Query())
	if !ok {
		return
	}
	to := g.networks.download(clientAddr(r, g.cfg.TrustedProxies))
	if to == nil {
		g.slowDown(w, r, nil, time.Second)
		return
	}
	defer g.networks.arrived(to)
	w.Header().Set("Cache-Control", fmt.Sprintf("private, max-age=%d, immutable", int(until.Sub(g.cfg.Now()).Seconds())))
	if !g.serveThumbnail(w, r, mxc, avatarSize, avatarSize) {
		fileless(w.Header())
		http.NotFound(w, r)
	}
}

// serveFileURL gives a fresh address of a file of the asking session's conversation.
func (g *Gateway) serveFileURL(w http.ResponseWriter, r *http.Request) {
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
	id := r.PathValue("id")
	if !protocol.ValidID(id) {
		g.refuse(w, r, &site.Site, http.StatusNotFound, "not_found")
		return
	}
	f, err := g.fileByID(r, desk.FileID(id))
	if errors.Is(err, desk.ErrNotFound) || err == nil && f.Conversation != row.Conversation {
		g.refuse(w, r, &site.Site, http.StatusNotFound, "not_found")
		return
	}
	if err != nil {
		g.log.Err(err).Msg("Failed to read a file's record")
		g.refuse(w, r, &site.Site, http.StatusInternalServerError, "internal")
		return
	}
	v := g.file(f.Attachment)
	writeJSON(w, http.StatusOK, struct {
		URL   string `json:"url"`
		Thumb string `json:"thumb,omitempty"`
	}{v.URL, v.Thumb})
}
