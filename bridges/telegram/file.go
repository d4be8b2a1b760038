package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// filePrefix begins the client id of a file that lies with Telegram: "tg:<message>:<file id>".
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
// nowhere.
func (s *Service) OpenFile(ctx context.Context, id desk.FileID) (io.ReadCloser, int64, error) {
	if len(s.bots) == 0 {
		return nil, 0, errNotTelegram
	}
	var source, remote string
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		f, err := tx.File(id)
		if err != nil {
			return err
		}
		rest, ours := strings.CutPrefix(f.ClientID, filePrefix)
		_, id, named := strings.Cut(rest, ":")
		if !ours || !named {
			return errNotTelegram
		}
		remote = id
		chat, err := tx.ChatOf(f.Conversation)
		if errors.Is(err, desk.ErrNotFound) {
			return errNotTelegram
		} else if err != nil {
			return err
		}
		source = chat.Source
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	b := s.bots[source]
	if b == nil {
		return nil, 0, errNotTelegram
	}
	return b.open(ctx, remote)
}

func (b *bot) open(ctx context.Context, remote string) (io.ReadCloser, int64, error) {
	result, err := b.ask(ctx, "getFile", map[string]string{"file_id": remote})
	var refused *apiError
	if errors.As(err, &refused) && refused.code == http.StatusBadRequest {
		return nil, 0, journal.Permanent(err)
	} else if err != nil {
		return nil, 0, err
	}
	var file struct {
		Path string `json:"file_path"`
		Size int64  `json:"file_size"`
	}
	if err := json.Unmarshal(result, &file); err != nil || file.Path == "" {
		return nil, 0, fmt.Errorf("getFile: no path in the answer")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.cfg.APIURL+"/file/bot"+b.cfg.Token+"/"+file.Path, nil)
	if err != nil {
		return nil, 0, errors.New("fetch a file: " + b.clean(err))
	}
	resp, err := b.http.Do(req)
	if err != nil {
		return nil, 0, errors.New("fetch a file: " + b.clean(err))
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, 0, fmt.Errorf("fetch a file: telegram answers %d", resp.StatusCode)
	}
	size := resp.ContentLength
	if size < 0 {
		size = file.Size
	}
	return resp.Body, size, nil
}
