package widgetgw

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
)

// frameTimeout bounds the work on one frame. A commit that takes longer is a fault of the database; the client repeats by cid.
const frameTimeout = 30 * time.Second

// take works one frame from the client. It is called for one frame after another.
func (p *peer) take(raw []byte) {
	now := p.g.cfg.Now()
	p.lastIn.Store(now.UnixMilli())
	if !p.bucket.take(p.g.cfg.Limits.Frames, now, 1+float64(len(raw)/(4<<10))) {
		p.close(protocol.Flood)
		return
	}
	frame, err := protocol.ParseClient(raw)
	switch {
	case errors.Is(err, protocol.ErrNotFrame):
		p.close(protocol.BadFrame)
		return
	case errors.Is(err, protocol.ErrUnknownType):
		p.tellError("unknown_type")
		return
	case err != nil:
		p.tellError("bad_request")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), frameTimeout)
	defer cancel()
	switch f := frame.(type) {
	case protocol.Hello:
		p.hello(ctx, f)
	case protocol.Ping:
		p.tell(protocol.Pong(f))
		p.freshen(ctx, now)
	case protocol.Pong:
	default:
		if !p.greeted.Load() {
			p.tellError("no_hello")
			return
		}
		p.takeGreeted(ctx, frame)
	}
}

func (p *peer) takeGreeted(ctx context.Context, frame any) {
	switch f := frame.(type) {
	case protocol.Start:
		p.start(ctx, f)
	case protocol.Send, protocol.Edit, protocol.Delete, protocol.React, protocol.Choose, protocol.Rate, protocol.CallAct:
		p.act(ctx, f)
	case protocol.RTCJoin, protocol.RTCOffer, protocol.RTCICE, protocol.RTCMute:
		p.signal(ctx, f)
	case protocol.Seen:
		p.g.tellSeen(p, f.Seq)
	case protocol.Got:
		p.g.tellGot(p, f.Rev)
	case protocol.Typing:
		p.g.visitorTyping(p, f.On)
	case protocol.HistoryRequest:
		p.history(ctx, f)
	case protocol.Page:
		if page := cleanPage(&f); p.room != nil && page != nil {
			p.g.tellPage(p.room, page)
		} else {
			p.page = page
		}
	}
}

// History frames stop growing at about this many bytes; the rest is "more".
const historyBytes = 256 << 10

// history answers with older messages.
func (p *peer) history(ctx context.Context, f protocol.HistoryRequest) {
	if p.session == nil || f.Before < 0 || f.Limit < 0 {
		p.tellError("bad_request")
		return
	}
	limit := f.Limit
	if limit == 0 || limit > protocol.MaxHistory {
		limit = protocol.MaxHistory
	}
	out := protocol.History{Before: f.Before, Ms: []protocol.Message{}}
	err := p.g.journal.Read(ctx, func(tx journal.Tx) error {
		conv, err := tx.Conversation(p.session.conversation)
		if err != nil {
			return fmt.Errorf("read conversation %s: %w", p.session.conversation, err)
		}
		rows, err := tx.MessagesBefore(conv.ID, f.Before, limit+1)
		if err != nil {
			return fmt.Errorf("read messages before %d: %w", f.Before, err)
		}
		if len(rows) > limit {
			rows, out.More = rows[1:], true
		}
		entries, err := withQuotes(tx, rows)
		if err != nil {
			return err
		}
		from := newestFitting(entries)
		out.More = out.More || from > 0
		for _, m := range entries[from:] {
			out.Ms = append(out.Ms, p.g.view(&p.site.Site, conv, p.lang, m))
		}
		return nil
	})
	if err != nil {
		p.g.log.Err(err).Msg("Failed to read history")
		p.tellError("internal")
		return
	}
	p.tell(out)
}

// newestFitting gives the index from which on messages fit into one history frame; at least one does.
func newestFitting(entries []logEntry) int {
	size := 0
	for i := len(entries) - 1; i >= 0; i-- {
		size += len(entries[i].Content.Text) + len(entries[i].Content.HTML) + 512*(1+len(entries[i].Content.Files))
		if size > historyBytes && i < len(entries)-1 {
			return i + 1
		}
	}
	return 0
}

// cleanPage checks what a client says of the page it is on; nil if it says nothing usable.
func cleanPage(page *protocol.Page) *protocol.Page {
	if page == nil || len(page.URL) > protocol.MaxURL {
		return nil
	}
	u, err := url.Parse(page.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil
	}
	title := strings.Join(strings.Fields(cleanText(page.Title)), " ")
	if runes := []rune(title); len(runes) > protocol.MaxTitle {
		title = string(runes[:protocol.MaxTitle])
	}
	return &protocol.Page{URL: u.String(), Title: title}
}

// cleanText drops what no text needs and some databases refuse: control characters but tab and line feed, and broken UTF-8.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if r == '\r' {
			return '\n'
		}
		if r < ' ' && r != '\t' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

func tooLong(text string) bool {
	return len(text) > protocol.MaxText && utf8.RuneCountInString(text) > protocol.MaxText
}
