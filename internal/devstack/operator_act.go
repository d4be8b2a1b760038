package devstack

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Send sends a message with a transaction id, "" for a fresh one. The same id again gives the same event, also after the homeserver
// was killed.
func (o *Operator) Send(ctx context.Context, roomID id.RoomID, content *event.MessageEventContent, txnID string) (id.EventID, error) {
	resp, err := o.Client.SendMessageEvent(ctx, roomID, event.EventMessage, content, mautrix.ReqSendEvent{TransactionID: txnID})
	if err != nil {
		return "", fmt.Errorf("send to room %s: %w", roomID, err)
	}
	return resp.EventID, nil
}

// SendText says something in plain text.
func (o *Operator) SendText(ctx context.Context, roomID id.RoomID, text string) (id.EventID, error) {
	return o.Send(ctx, roomID, &event.MessageEventContent{MsgType: event.MsgText, Body: text}, "")
}

// SendHTML says something formatted.
func (o *Operator) SendHTML(ctx context.Context, roomID id.RoomID, text, html string) (id.EventID, error) {
	return o.Send(ctx, roomID, formatted(text, html), "")
}

func formatted(text, html string) *event.MessageEventContent {
	return &event.MessageEventContent{MsgType: event.MsgText, Body: text, Format: event.FormatHTML, FormattedBody: html}
}

// Reply answers an event, as Element's «Reply» does.
func (o *Operator) Reply(ctx context.Context, roomID id.RoomID, to id.EventID, text string) (id.EventID, error) {
	return o.Send(ctx, roomID, &event.MessageEventContent{MsgType: event.MsgText, Body: text,
		RelatesTo: (&event.RelatesTo{}).SetReplyTo(to)}, "")
}

// ReplyInThread says something in the thread that begins at root.
func (o *Operator) ReplyInThread(ctx context.Context, roomID id.RoomID, root id.EventID, text string) (id.EventID, error) {
	return o.Send(ctx, roomID, &event.MessageEventContent{MsgType: event.MsgText, Body: text,
		RelatesTo: (&event.RelatesTo{}).SetThread(root, root)}, "")
}

// Edit gives an own message a new text.
func (o *Operator) Edit(ctx context.Context, roomID id.RoomID, of id.EventID, text string) (id.EventID, error) {
	content := &event.MessageEventContent{MsgType: event.MsgText, Body: text}
	content.SetEdit(of)
	return o.Send(ctx, roomID, content, "")
}

// React puts a reaction on an event; redacting what it returns takes it back.
func (o *Operator) React(ctx context.Context, roomID id.RoomID, to id.EventID, key string) (id.EventID, error) {
	resp, err := o.Client.SendReaction(ctx, roomID, to, key)
	if err != nil {
		return "", fmt.Errorf("react in room %s: %w", roomID, err)
	}
	return resp.EventID, nil
}

// Redact removes an event's content.
func (o *Operator) Redact(ctx context.Context, roomID id.RoomID, eventID id.EventID) error {
	if _, err := o.Client.RedactEvent(ctx, roomID, eventID); err != nil {
		return fmt.Errorf("redact in room %s: %w", roomID, err)
	}
	return nil
}

// SendFile uploads and sends a file; images, audio and video by their media type as such.
func (o *Operator) SendFile(ctx context.Context, roomID id.RoomID, name, mediaType string, data []byte) (id.EventID, error) {
	up, err := o.Client.UploadBytesWithName(ctx, data, mediaType, name)
	if err != nil {
		return "", fmt.Errorf("upload for room %s: %w", roomID, err)
	}
	kind := event.MsgFile
	switch family, _, _ := strings.Cut(mediaType, "/"); family {
	case "image":
		kind = event.MsgImage
	case "audio":
		kind = event.MsgAudio
	case "video":
		kind = event.MsgVideo
	}
	return o.Send(ctx, roomID, &event.MessageEventContent{MsgType: kind, Body: name, URL: up.ContentURI.CUString(),
		Info: &event.FileInfo{MimeType: mediaType, Size: len(data)}}, "")
}

// Download gives the bytes behind a message's mxc address.
func (o *Operator) Download(ctx context.Context, address id.ContentURIString) ([]byte, error) {
	uri, err := address.Parse()
	if err != nil {
		return nil, fmt.Errorf("read media address: %w", err)
	}
	data, err := o.Client.DownloadBytes(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("download media: %w", err)
	}
	return data, nil
}

// Join enters a room, by its invite or by its join rule.
func (o *Operator) Join(ctx context.Context, roomID id.RoomID) error {
	if _, err := o.Client.JoinRoomByID(ctx, roomID); err != nil {
		return fmt.Errorf("join room %s: %w", roomID, err)
	}
	return nil
}

// Leave leaves a room, or declines its invite.
func (o *Operator) Leave(ctx context.Context, roomID id.RoomID) error {
	if _, err := o.Client.LeaveRoom(ctx, roomID); err != nil {
		return fmt.Errorf("leave room %s: %w", roomID, err)
	}
	return nil
}

// MarkRead puts the public read receipt on an event.
func (o *Operator) MarkRead(ctx context.Context, roomID id.RoomID, eventID id.EventID) error {
	if err := o.Client.MarkRead(ctx, roomID, eventID); err != nil {
		return fmt.Errorf("mark room %s as read: %w", roomID, err)
	}
	return nil
}

// Typing says for up to 30 s that the operator is typing, or that not.
func (o *Operator) Typing(ctx context.Context, roomID id.RoomID, on bool) error {
	if _, err := o.Client.UserTyping(ctx, roomID, on, 30*time.Second); err != nil {
		return fmt.Errorf("tell typing in room %s: %w", roomID, err)
	}
	return nil
}

// History reads a room's whole timeline afresh from the homeserver, oldest first, as far back as this account may see.
func (o *Operator) History(ctx context.Context, roomID id.RoomID) ([]*event.Event, error) {
	var all []*event.Event
	for from := ""; ; {
		page, err := o.Client.Messages(ctx, roomID, from, "", mautrix.DirectionBackward, nil, 500)
		if err != nil {
			return nil, fmt.Errorf("read history of room %s: %w", roomID, err)
		}
		all = append(all, page.Chunk...)
		if from = page.End; from == "" {
			break
		}
	}
	slices.Reverse(all)
	for _, e := range all {
		e.RoomID = roomID
		parseContent(e)
	}
	return all, nil
}
