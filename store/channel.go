package store

import (
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	chatColumns = `SELECT chat.source, chat.id, chat.conversation, chat.rev, chat.prompt, chat.offer, chat.wait FROM chat`
	getChat     = chatColumns + ` WHERE source=$1 AND id=$2`
	getChatOf   = chatColumns + ` WHERE conversation=$1`
	chatsBehind = chatColumns + ` JOIN conversation ON conversation.id=chat.conversation
		WHERE chat.source=$1 AND chat.id>$2 AND (conversation.rev>chat.rev OR chat.prompt<>'') ORDER BY chat.id LIMIT $3`
	putChat = `
		INSERT INTO chat (source, id, conversation, rev, prompt, offer, wait) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (source, id) DO UPDATE SET conversation=excluded.conversation, rev=excluded.rev, prompt=excluded.prompt,
			offer=excluded.offer, wait=excluded.wait`
	getChatSources = `SELECT DISTINCT source FROM chat ORDER BY source`

	remoteColumns = `SELECT message, part, source, chat, id, state, sum, at FROM remote`
	getRemote     = remoteColumns + ` WHERE source=$1 AND chat=$2 AND id=$3`
	getRemotesOf  = remoteColumns + ` WHERE message=$1 ORDER BY part`
	countSending  = `SELECT COUNT(*) FROM remote WHERE source=$1 AND chat=$2 AND id='' AND state='sending'`
	putRemote     = `
		INSERT INTO remote (message, part, source, chat, id, state, sum, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (message, part) DO UPDATE SET source=excluded.source, chat=excluded.chat, id=excluded.id, state=excluded.state,
			sum=excluded.sum, at=excluded.at`
	deleteRemote = `DELETE FROM remote WHERE message=$1 AND part=$2`
)

func scanChat(r row, c *journal.Chat) error {
	return r.Scan(&c.Source, &c.ID, &c.Conversation, &c.Rev, &c.Prompt, &c.Offer, instant{&c.Wait})
}

func (t *tx) Chat(source, id string) (*journal.Chat, error) {
	c, err := one(t, scanChat, getChat, source, id)
	return c, wrap(err, "get chat", id)
}

func (t *tx) ChatOf(c desk.ConversationID) (*journal.Chat, error) {
	chat, err := one(t, scanChat, getChatOf, c)
	return chat, wrap(err, "get chat of conversation", c)
}

func (t *tx) PutChat(c *journal.Chat) error {
	_, err := t.exec(putChat, c.Source, c.ID, c.Conversation, c.Rev, c.Prompt, c.Offer, nanos(c.Wait))
	return wrap(err, "put chat", c.ID)
}

func (t *tx) ChatSources() ([]string, error) {
	sources, err := all(t, func(r row, s *string) error { return r.Scan(s) }, getChatSources)
	return sources, wrap(err, "list", "sources of chats")
}

func (t *tx) ChatsBehind(source, after string, limit int) ([]journal.Chat, error) {
	chats, err := all(t, scanChat, chatsBehind, source, after, limit)
	return chats, wrap(err, "list chats behind of", source)
}

func scanRemote(r row, m *journal.Remote) error {
	return r.Scan(&m.Message, &m.Part, &m.Source, &m.Chat, &m.ID, &m.State, &m.Sum, instant{&m.At})
}

func (t *tx) Remote(source, chat, id string) (*journal.Remote, error) {
	m, err := one(t, scanRemote, getRemote, source, chat, id)
	return m, wrap(err, "get remote message", id)
}

func (t *tx) IsSending(source, chat string) (bool, error) {
	n, err := one(t, func(r row, n *int) error { return r.Scan(n) }, countSending, source, chat)
	if err != nil {
		return false, wrap(err, "look for what is being sent to", chat)
	}
	return *n > 0, nil
}

func (t *tx) RemotesOf(m desk.MessageID) ([]journal.Remote, error) {
	remotes, err := all(t, scanRemote, getRemotesOf, m)
	return remotes, wrap(err, "list remote messages of", m)
}

func (t *tx) PutRemote(m *journal.Remote) error {
	_, err := t.exec(putRemote, m.Message, m.Part, m.Source, m.Chat, m.ID, m.State, m.Sum, nanos(m.At))
	return wrap(err, "put remote part of message", m.Message)
}

func (t *tx) DeleteRemote(m desk.MessageID, part int) error {
	_, err := t.exec(deleteRemote, m, part)
	return wrap(err, "delete remote part of message", m)
}
