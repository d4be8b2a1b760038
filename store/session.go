package store

import "frontdesk/desk"

const (
	getSession = `
		SELECT token_hash, site, conversation, language, created, expires, revoked FROM session WHERE token_hash=$1`
	putSession = `
		INSERT INTO session (token_hash, site, conversation, language, created, expires, revoked)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (token_hash) DO UPDATE SET site=excluded.site, conversation=excluded.conversation,
			language=excluded.language, created=excluded.created, expires=excluded.expires, revoked=excluded.revoked`
)

func scanSession(r row, s *desk.Session) error {
	return r.Scan(&s.TokenHash, &s.Site, &s.Conversation, &s.Language, instant{&s.Created}, instant{&s.Expires}, &s.Revoked)
}

// Session finds a visitor's session. The error does not carry the hash: hashes of tokens do not belong into logs either.
func (t *tx) Session(tokenHash string) (*desk.Session, error) {
	s, err := one(t, scanSession, getSession, tokenHash)
	return s, wrap(err, "get", "session")
}

func (t *tx) PutSession(s *desk.Session) error {
	_, err := t.exec(putSession, s.TokenHash, s.Site, s.Conversation, s.Language, nanos(s.Created), nanos(s.Expires), s.Revoked)
	return wrap(err, "put session of conversation", s.Conversation)
}
