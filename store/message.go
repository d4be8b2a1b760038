package store

import (
	"math"
	"slices"

	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	messageColumns = `
		SELECT id, conversation, ticket, seq, rev, author, operator, who_name, who_avatar, client_id, kind, args, options,
			content, reply, reactions, status, at, edited, deleted, plight
		FROM message`
	getMessage         = messageColumns + ` WHERE id=$1`
	getMessageClientID = messageColumns + ` WHERE conversation=$1 AND client_id=$2 AND client_id <> ''`
	getMessagesAfter   = messageColumns + ` WHERE conversation=$1 AND rev > $2 ORDER BY rev LIMIT $3`
	getMessagesBefore  = messageColumns + ` WHERE conversation=$1 AND seq < $2 ORDER BY seq DESC LIMIT $3`
	// Empty authors mean any; a caller names at most three, for there are no more.
	getLastMessage = messageColumns + `
		WHERE conversation=$1 AND seq <= $2 AND ($3='' OR author IN ($3, $4, $5)) ORDER BY seq DESC LIMIT 1`

	putMessage = `
		INSERT INTO message (id, conversation, ticket, seq, rev, author, operator, who_name, who_avatar, client_id, kind, args,
			options, content, reply, reactions, status, at, edited, deleted, plight)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
		ON CONFLICT (id) DO UPDATE SET conversation=excluded.conversation, ticket=excluded.ticket, seq=excluded.seq,
			rev=excluded.rev, author=excluded.author, operator=excluded.operator, who_name=excluded.who_name,
			who_avatar=excluded.who_avatar, client_id=excluded.client_id, kind=excluded.kind, args=excluded.args,
			options=excluded.options, content=excluded.content, reply=excluded.reply, reactions=excluded.reactions, status=excluded.status,
			at=excluded.at, edited=excluded.edited, deleted=excluded.deleted, plight=excluded.plight`
)

func scanMessage(r row, m *desk.Message) error {
	return r.Scan(&m.ID, &m.Conversation, &m.Ticket, &m.Seq, &m.Rev, &m.Author, &m.Operator, &m.WhoName, &m.WhoAvatar,
		&m.ClientID, &m.Kind, dbutil.JSON{Data: &m.Args}, dbutil.JSON{Data: &m.Options}, dbutil.JSON{Data: &m.Content}, &m.Reply,
		dbutil.JSON{Data: &m.Reactions}, &m.Status, instant{&m.At}, instant{&m.Edited}, instant{&m.Deleted}, dbutil.JSON{Data: &m.Plight})
}

func (t *tx) Message(id desk.MessageID) (*desk.Message, error) {
	m, err := one(t, scanMessage, getMessage, id)
	return m, wrap(err, "get message", id)
}

func (t *tx) MessageByClientID(c desk.ConversationID, clientID string) (*desk.Message, error) {
	m, err := one(t, scanMessage, getMessageClientID, c, clientID)
	return m, wrap(err, "get message by client id in conversation", c)
}

func (t *tx) PutMessage(m *desk.Message) error {
	before, err := t.searchable(m.ID)
	if err != nil {
		return err
	}
	_, err = t.exec(putMessage, m.ID, m.Conversation, m.Ticket, m.Seq, m.Rev, m.Author, m.Operator, m.WhoName, m.WhoAvatar,
		m.ClientID, m.Kind, dbutil.JSON{Data: m.Args}, dbutil.JSON{Data: m.Options}, dbutil.JSON{Data: m.Content}, m.Reply,
		dbutil.JSON{Data: m.Reactions}, m.Status, nanos(m.At), nanos(m.Edited), nanos(m.Deleted), dbutil.JSON{Data: m.Plight})
	if err != nil {
		return wrap(err, "put message", m.ID)
	}
	return t.index(m, before)
}

func (t *tx) MessagesAfter(c desk.ConversationID, rev int64, limit int) ([]desk.Message, error) {
	messages, err := all(t, scanMessage, getMessagesAfter, c, rev, limit)
	return messages, wrap(err, "list changed messages of conversation", c)
}

func (t *tx) MessagesBefore(c desk.ConversationID, seq int64, limit int) ([]desk.Message, error) {
	if seq == 0 {
		seq = math.MaxInt64
	}
	messages, err := all(t, scanMessage, getMessagesBefore, c, seq, limit)
	slices.Reverse(messages)
	return messages, wrap(err, "list older messages of conversation", c)
}

func (t *tx) LastMessage(c desk.ConversationID, seq int64, authors ...desk.Author) (*desk.Message, error) {
	var wanted [3]desk.Author
	copy(wanted[:], authors)
	m, err := one(t, scanMessage, getLastMessage, c, seq, wanted[0], wanted[1], wanted[2])
	return m, wrap(err, "get last message of conversation", c)
}
