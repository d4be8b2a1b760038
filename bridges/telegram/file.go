package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// filePrefix begins the client id of a file that lies with Telegram: "tg:<message>:<file id>:<unique id>". By the first id it is fetched, by the
// second it is known again.
const filePrefix = "tg:"

func fileKey(message int, remote string) string {
	return filePrefix + strconv.Itoa(message) + ":" + remote
}

// fileID is the same for the same message whenever it is translated.
func fileID(chat *journal.Chat, message int) string {
	return string(chat.Conversation) + "-" + strconv.Itoa(message)
}

// errNotTelegram is told of files that lie elsewhere.
var errNotTelegram = errors.New("no file of Telegram")

// IsNotOurs reports whether OpenFile was asked for a file of another channel.
func IsNotOurs(err error) bool { return errors.Is(err, errNotTelegram) }

// OpenFile asks Telegram for the bytes of a customer's file, which stream through us; the address has the bot's token in it and goes
// nowhere. What the file is, is found by its first bytes and written into its record. A permanent error says in the staff's words why the
// file is not to be had.
func (s *Service) OpenFile(ctx context.Context, id desk.FileID) (io.ReadCloser, int64, error) {
	if len(s.bots) == 0 {
		return nil, 0, errNotTelegram
	}
	var b *bot
	var record *desk.File
	var remote, lang string
	err := s.journal.Read(ctx, func(tx journal.Tx) (err error) {
		if record, err = tx.File(id); err != nil {
			return err
		}
		if remote = remoteOf(record); remote == "" {
			return errNotTelegram
		}
		chat, err := tx.ChatOf(record.Conversation)
		if errors.Is(err, desk.ErrNotFound) {
			return errNotTelegram
		} else if err != nil {
			return err
		}
		if b = s.bots[chat.Source]; b == nil {
			return errNotTelegram
		}
		site, err := tx.Site(b.cfg.Site)
		if err == nil {
			lang = site.StaffLang
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	f, err := b.fetch(ctx, remote)
	if err == nil {
		err = s.examine(ctx, record, f)
	}
	if err != nil {
		f.close()
		return nil, 0, s.whyNot(err, lang)
	}
	return f, f.size, nil
}

// filePause is the wait before a file is asked for again that Telegram does not give just now.
const filePause = 10 * time.Second

// whyNot says what to do about a file that Telegram does not give. That Telegram is away is no fault of the file: it is not given up.
func (s *Service) whyNot(err error, lang string) error {
	var refused *desk.Error
	var answered *apiError
	switch {
	case errors.As(err, &refused):
		return journal.Permanent(errors.New(s.texts.Text(lang, refused.Key, refused.Args...)))
	case errors.As(err, &answered) && answered.code < http.StatusInternalServerError && answered.code != http.StatusTooManyRequests:
		return err
	case answered != nil:
		return journal.RetryAfter(err, max(filePause, answered.retryAfter))
	}
	return journal.RetryAfter(err, filePause)
}

// remoteOf gives Telegram's id of a file; empty if it lies elsewhere.
func remoteOf(f *desk.File) string {
	rest, ours := strings.CutPrefix(f.ClientID, filePrefix)
	if _, remote, named := strings.Cut(rest, ":"); ours && named {
		remote, _, _ = strings.Cut(remote, ":")
		return remote
	}
	return ""
}

// uniqueOf gives the id by which a file of Telegram's is known again; empty if it is not known.
func uniqueOf(f *desk.File) string {
	_, rest, _ := strings.Cut(strings.TrimPrefix(f.ClientID, filePrefix), ":")
	_, unique, _ := strings.Cut(rest, ":")
	return unique
}

// fetched is a file on its way from Telegram; its head is read ahead.
type fetched struct {
	io.Reader
	body io.ReadCloser
	size int64
	head []byte
}

// Close ends the fetching.
func (f *fetched) Close() error { return f.body.Close() }

func (f *fetched) close() {
	if f != nil && f.body != nil {
		_ = f.body.Close()
	}
}

// fetch begins to read a file.
func (b *bot) fetch(ctx context.Context, remote string) (*fetched, error) {
	result, err := b.ask(ctx, "getFile", map[string]string{"file_id": remote})
	var refused *apiError
	switch {
	case errors.As(err, &refused) && refused.code == http.StatusBadRequest && strings.Contains(refused.text, "too big"):
		return nil, desk.Refuse(desk.Invalid, "telegram.too_big")
	case errors.As(err, &refused) && refused.code == http.StatusBadRequest:
		return nil, desk.Refuse(desk.NotFound, "telegram.no_file", refused.text)
	case err != nil:
		return nil, err
	}
	var file struct {
		Path string `json:"file_path"`
		Size int64  `json:"file_size"`
	}
	if err := json.Unmarshal(result, &file); err != nil || file.Path == "" {
		return nil, desk.Refuse(desk.NotFound, "telegram.no_file", "no path in its answer")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.cfg.APIURL+"/file/bot"+b.cfg.Token+"/"+file.Path, nil)
	if err != nil {
		return nil, errors.New("fetch a file: " + b.clean(err))
	}
	resp, err := b.http.Do(req)
	if err != nil {
		return nil, errors.New("fetch a file: " + b.clean(err))
	}
	f := &fetched{body: resp.Body, size: resp.ContentLength}
	if resp.StatusCode == http.StatusNotFound {
		return f, desk.Refuse(desk.NotFound, "telegram.no_file", resp.Status)
	}
	if resp.StatusCode != http.StatusOK {
		return f, fmt.Errorf("fetch a file: telegram answers %d", resp.StatusCode)
	}
	if f.size < 0 {
		f.size = file.Size
	}
	f.head = make([]byte, content.SniffLen)
	n, err := io.ReadFull(resp.Body, f.head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return f, errors.New("fetch a file: " + b.clean(err))
	}
	f.head = f.head[:n]
	f.Reader = io.MultiReader(bytes.NewReader(f.head), resp.Body)
	return f, nil
}

// examine holds a file to what customers may send, and corrects its record by what its bytes tell.
func (s *Service) examine(ctx context.Context, record *desk.File, f *fetched) error {
	seen := content.Sniff(f.head)
	switch {
	case s.cfg.FileMax > 0 && f.size > s.cfg.FileMax:
		return desk.Refuse(desk.Invalid, "telegram.over_limit", f.size>>20, s.cfg.FileMax>>20)
	case !content.TypeAllowed(s.cfg.Types, seen.Type):
		return desk.Refuse(desk.Invalid, "telegram.bad_type", seen.Type)
	}
	is := record.Attachment
	is.Type, is.Kind, is.Voice = seen.Type, seen.Kind, is.Voice && seen.Kind == content.Audio
	if seen.Width > 0 {
		is.Width, is.Height = seen.Width, seen.Height
	}
	if f.size > 0 {
		is.Size = f.size
	}
	if is == record.Attachment {
		return nil
	}
	return s.journal.Write(ctx, func(tx journal.Tx) error {
		now, err := tx.File(desk.FileID(record.ID))
		if err != nil {
			return err
		}
		now.Attachment = is
		return tx.PutFile(now)
	})
}
