package appservice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// post sends a message event.
func (s *Service) post(ctx context.Context, p desk.Post, a journal.Attempt) (journal.Delivered, error) {
	room, err := s.room(ctx, p.Room)
	if err != nil {
		return journal.Delivered{}, err
	}
	body := postText(p)
	if p.File != nil {
		if body, err = s.postFile(ctx, p); err != nil {
			return journal.Delivered{}, err
		}
	}
	if len(p.Mentions) > 0 {
		body["m.mentions"] = map[string]any{"user_ids": p.Mentions}
	} else if p.As == desk.Bot {
		// Says that nobody is meant: without it clients look for names in the text. A customer who calls somebody by name may well be
		// heard, and the homeserver checks each such field against a schema, which takes longer than all that we do ourselves.
		body["m.mentions"] = map[string]any{}
	}
	if body, err = s.relate(ctx, p, body); err != nil {
		return journal.Delivered{}, err
	}
	event, err := s.send(ctx, message{
		room: room, as: p.As, row: p.ID, txn: string(p.ID), kind: "m.room.message", at: p.At, content: body, attempt: a,
	})
	return journal.Delivered{Event: event}, err
}

// postText makes the content of a post without a file. What mentions somebody is no notice: clients do not ring for those.
func postText(p desk.Post) map[string]any {
	out := map[string]any{"msgtype": "m.text", "body": p.Text}
	if p.Notice && len(p.Mentions) == 0 {
		out["msgtype"] = "m.notice"
	}
	if p.HTML != "" {
		out["format"], out["formatted_body"] = htmlFormat, p.HTML
	}
	return out
}

const (
	// voiceFlag tells clients to show an audio as something spoken (MSC3245).
	voiceFlag = "org.matrix.msc3245.voice"
	// audioDetails are the length of an audio and how loud it is over time (MSC1767, MSC3246). Element X cannot seek without.
	audioDetails = "org.matrix.msc1767.audio"
	maxWaveform  = 1024
	// spoilerFlag tells clients to show a file only to who wants to see it (MSC4193).
	spoilerFlag = "page.codeberg.everypizza.msc4193.spoiler"
)

// postFile makes the content of a post with a file, after bringing the file to the homeserver. Text is its caption (MSC2530).
func (s *Service) postFile(ctx context.Context, p desk.Post) (map[string]any, error) {
	as, err := s.account(ctx, p.As)
	if err != nil {
		return nil, err
	}
	f, err := s.postedFile(ctx, as, p)
	if err != nil {
		return nil, err
	}
	info := map[string]any{"mimetype": f.Type, "size": f.Size}
	if f.Width > 0 && f.Height > 0 {
		info["w"], info["h"] = f.Width, f.Height
	}
	if f.Duration > 0 {
		info["duration"] = f.Duration
	}
	out := map[string]any{"msgtype": messageType(f.Kind), "body": f.Name, "filename": f.Name, "url": f.MXC, "info": info}
	if f.Spoiler {
		out[spoilerFlag] = true
	}
	if f.Voice {
		spoken := map[string]any{"duration": f.Duration}
		if wave := content.Waveform(f.Loudness, maxWaveform); len(wave) > 0 {
			spoken["waveform"] = wave
		}
		out[voiceFlag], out[audioDetails] = map[string]any{}, spoken
	}
	if p.Text != "" {
		out["body"] = p.Text
		if p.HTML != "" {
			out["format"], out["formatted_body"] = htmlFormat, p.HTML
		}
	}
	return out, nil
}

// postedFile brings a post's file to the homeserver and gives what is known of it then. A file of our own making is brought again by each
// attempt.
func (s *Service) postedFile(ctx context.Context, as *account, p desk.Post) (*desk.File, error) {
	if len(p.Data) > 0 {
		mxc, err := s.uploadBytes(ctx, as, p.File.Name, p.File.Type, bytes.NewReader(p.Data), int64(len(p.Data)))
		return &desk.File{Attachment: *p.File, MXC: mxc}, err
	}
	return s.upload(ctx, as, desk.FileID(p.File.ID))
}

func messageType(k content.Kind) string {
	switch k {
	case content.Image:
		return "m.image"
	case content.Video:
		return "m.video"
	case content.Audio:
		return "m.audio"
	}
	return "m.file"
}

// relate puts a post in its place: an edit, a reply, a thread. What should be answered but never came to be is left out; there is nothing to
// edit of it.
func (s *Service) relate(ctx context.Context, p desk.Post, body map[string]any) (map[string]any, error) {
	if !p.Replaces.None() {
		target, err := s.resolve(ctx, p.Room, p.Replaces)
		if errors.Is(err, errGone) {
			return nil, journal.Permanent(fmt.Errorf("edit: %w", err))
		} else if err != nil {
			return nil, err
		}
		return asEdit(target, body), nil
	}
	var reply, thread desk.EventID
	for _, link := range []struct {
		ref desk.Ref
		to  *desk.EventID
	}{{p.Reply, &reply}, {p.Thread, &thread}} {
		if link.ref.None() {
			continue
		}
		target, err := s.resolve(ctx, p.Room, link.ref)
		if err != nil && !errors.Is(err, errGone) {
			return nil, err
		}
		*link.to = target
	}
	switch {
	case thread != "" && reply != "":
		body["m.relates_to"] = inThread(thread, reply, false)
	case thread != "":
		body["m.relates_to"] = inThread(thread, thread, true)
	case reply != "":
		body["m.relates_to"] = map[string]any{"m.in_reply_to": map[string]any{"event_id": reply}}
	}
	return body, nil
}

func inThread(root, reply desk.EventID, fallback bool) map[string]any {
	return map[string]any{
		"rel_type": "m.thread", "event_id": root, "is_falling_back": fallback,
		"m.in_reply_to": map[string]any{"event_id": reply},
	}
}

// asEdit makes an edit of a content. What clients without edits show begins with an asterisk.
func asEdit(target desk.EventID, body map[string]any) map[string]any {
	out := maps.Clone(body)
	out["body"] = "* " + fmt.Sprint(body["body"])
	if html, ok := body["formatted_body"]; ok {
		out["formatted_body"] = "* " + fmt.Sprint(html)
	}
	// An edit repeats nobody's ringing.
	out["m.mentions"] = map[string]any{}
	out["m.new_content"] = body
	out["m.relates_to"] = map[string]any{"rel_type": "m.replace", "event_id": target}
	return out
}
