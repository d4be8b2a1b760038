package widgetgw

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
)

// A session token is 32 random bytes in base64url. Only its SHA-256 is stored: looking a token up by its hash takes the same
// time for every wrong one, so no comparison can leak it.
const tokenLength = 43

func newToken() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Why a token is no good.
var (
	errBadToken = errors.New("bad token")
	errRevoked  = errors.New("session revoked")
)

// sessionOf looks a token up. The errors wrap errBadToken or errRevoked.
func (g *Gateway) sessionOf(tx desk.Tx, s *site, token string) (*desk.Session, error) {
	if len(token) != tokenLength {
		return nil, errBadToken
	}
	row, err := tx.Session(hashToken(token))
	switch {
	case errors.Is(err, desk.ErrNotFound):
		return nil, errBadToken
	case err != nil:
		return nil, fmt.Errorf("read a session: %w", err)
	case row.Site != s.ID || !g.cfg.Now().Before(row.Expires):
		return nil, errBadToken
	case row.Revoked:
		return nil, errRevoked
	}
	return row, nil
}

// A session's expiry is put off at most this often.
const expiryStep = 24 * time.Hour

// extend puts a session's expiry off after a visit.
func (g *Gateway) extend(ctx context.Context, row *desk.Session) error {
	until := g.cfg.Now().Add(g.cfg.SessionTTL)
	if until.Sub(row.Expires) < expiryStep {
		return nil
	}
	err := g.journal.Write(ctx, func(tx journal.Tx) error {
		now, err := tx.Session(row.TokenHash)
		if err != nil {
			return err
		}
		now.Expires = until
		return tx.PutSession(now)
	})
	if err != nil {
		return fmt.Errorf("extend a session: %w", err)
	}
	row.Expires = until
	return nil
}

// greeting is what a hello has to know.
type greeting struct {
	session *desk.Session
	conv    *desk.Conversation
	state   protocol.State
	first   []desk.Message // the newest, one more than shown; only where the client has nothing yet
}

func (p *peer) hello(ctx context.Context, h protocol.Hello) {
	if p.greeted.Load() {
		p.tellError("bad_request")
		return
	}
	if h.V != protocol.Version {
		p.close(protocol.BadVersion)
		return
	}
	known, err := p.g.greet(ctx, p.site, h)
	switch {
	case errors.Is(err, errBadToken):
		p.close(protocol.BadToken)
		return
	case errors.Is(err, errRevoked):
		p.close(protocol.Revoked)
		return
	case err != nil:
		p.g.log.Err(err).Msg("Failed to greet a visitor")
		p.close(protocol.Internal)
		return
	}
	p.greeted.Store(true)
	p.looked = p.g.cfg.Now().UnixMilli()
	if protocol.ValidTab(h.Tab) {
		p.tab = h.Tab
	}
	p.lang = p.g.languageOf(&p.site.Site, h.Lang)
	if known.session != nil && h.Lang == "" {
		p.lang = p.g.languageOf(&p.site.Site, known.session.Language)
	}
	p.welcome(h, known)
	if page := cleanPage(h.Page); known.session == nil {
		p.page = page
	} else {
		p.join(known, page)
	}
}

// greet reads what the visitor with this hello may see.
func (g *Gateway) greet(ctx context.Context, s *site, h protocol.Hello) (*greeting, error) {
	out := &greeting{state: s.first}
	if h.Token == "" {
		return out, nil
	}
	err := g.journal.Read(ctx, func(tx journal.Tx) error {
		var err error
		if out.session, err = g.sessionOf(tx, s, h.Token); err != nil {
			return err
		}
		if out.conv, err = tx.Conversation(out.session.Conversation); err != nil {
			return fmt.Errorf("read conversation %s: %w", out.session.Conversation, err)
		}
		if out.state, err = g.stateOf(tx, s, out.conv); err != nil {
			return err
		}
		if h.Rev <= 0 || h.Rev > out.conv.Rev {
			out.first, err = tx.MessagesBefore(out.conv.ID, 0, protocol.MaxHistory+1)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, g.extend(ctx, out.session)
}

func (p *peer) welcome(h protocol.Hello, known *greeting) {
	g, s := p.g, &p.site.Site
	w := protocol.Welcome{
		V: protocol.Version, State: known.state, Heartbeat: g.cfg.Heartbeat.Milliseconds(),
		Site: protocol.Site{
			Name: s.Name, Langs: s.Languages, Lang: p.lang, Texts: g.widgetTexts(s, p.lang), Theme: s.Theme,
			Limits: protocol.Limits{
				Text: protocol.MaxText, File: g.cfg.FileMax, Files: protocol.MaxFiles, Types: append([]string{}, g.cfg.AllowedTypes...),
			},
		},
	}
	if known.session != nil {
		w.Session = &protocol.SessionExpiry{Expires: protocol.Time{Time: known.session.Expires}}
		w.Rev = p.aim(h.Rev, known)
		w.More = p.floorSeq > 0
	}
	p.stateSum = checksum(known.state)
	p.tell(w)
}

// aim sets the cursor from which the feed goes on: at the client's rev or, where it has nothing (or something of another database),
// so that it gets the newest messages only. It gives the rev of the last message that will follow at once.
func (p *peer) aim(rev int64, known *greeting) int64 {
	if rev > 0 && rev <= known.conv.Rev {
		p.cursor.Store(rev)
		return known.conv.Rev
	}
	first := known.first
	if len(first) > protocol.MaxHistory {
		first = first[1:]
		p.floorSeq, p.floorRev = first[0].Seq, known.conv.Rev
	}
	least, most := int64(math.MaxInt64), int64(0)
	for _, m := range first {
		least, most = min(least, m.Rev), max(most, m.Rev)
	}
	if len(first) == 0 {
		least = 1
	}
	p.cursor.Store(least - 1)
	return most
}

// join makes the peer one of its conversation's connections and lets the feed show it the rest.
func (p *peer) join(known *greeting, page *protocol.Page) {
	p.g.join(p, &session{hash: known.session.TokenHash, conversation: known.session.Conversation})
	p.g.feeds.wake(p.g, p.room)
	if page != nil && page.URL != known.conv.PageURL {
		p.g.tellPage(p.room, page)
	}
}

// start opens a session on the visitor's first act.
func (p *peer) start(ctx context.Context, f protocol.Start) {
	g, now := p.g, p.g.cfg.Now()
	if p.session != nil {
		if again := p.session.started; again != nil && again.CID == f.CID {
			p.tell(*again)
			return
		}
		p.tellError("bad_request")
		return
	}
	if !protocol.ValidID(f.CID) {
		p.tellError("bad_request")
		return
	}
	if !g.networks.start(p.network, now) {
		p.close(protocol.TooMany)
		return
	}
	token := newToken()
	row := desk.Session{TokenHash: hashToken(token), Site: p.site.ID, Language: p.lang, Created: now, Expires: now.Add(g.cfg.SessionTTL)}
	var conv *desk.Conversation
	err := g.journal.Write(ctx, func(tx journal.Tx) error {
		var err error
		if conv, err = g.engine.OpenConversation(tx, now, p.site.ID, desk.ChannelWidget, p.lang); err != nil {
			return err
		}
		row.Conversation = conv.ID
		return tx.PutSession(&row)
	})
	if err != nil {
		g.log.Err(err).Str("site", string(p.site.ID)).Msg("Failed to open a session")
		p.close(protocol.Internal)
		return
	}
	answer := protocol.Session{CID: f.CID, Token: token, Expires: protocol.Time{Time: row.Expires}}
	p.tell(answer)
	g.join(p, &session{hash: row.TokenHash, conversation: conv.ID, started: &answer})
	if p.page != nil {
		g.tellPage(p.room, p.page)
		p.page = nil
	}
}
