package journal

import (
	"time"

	"frontdesk/desk"
)

// Chat is where a channel's customer reads: a chat of a bot, a thread of letters. Source and ID name it as the channel does.
type Chat struct {
	Source       string // as in Input.Source
	ID           string
	Conversation desk.ConversationID
	// Rev says up to where the conversation's log was brought to the customer; what has a higher one is still to be done.
	Rev int64
	// Prompt is what is to be asked or told beside the log, in the channel's own words; empty: nothing.
	Prompt string
	// Offer is the channel's id of what was said beside the log and can still be pressed; empty: nothing.
	Offer string
	// Wait says how long the other side wants nothing to be sent there.
	Wait time.Time
}

// RemoteState is how far a part of a message has come in a channel that cannot tell a repetition from a second message.
type RemoteState string

const (
	RemoteSending RemoteState = "sending" // begun; after a crash nobody knows
	RemoteSent    RemoteState = "sent"
)

// Remote is a part of a message as it stands in a channel, of either side's.
type Remote struct {
	Message desk.MessageID
	Part    int
	Source  string
	Chat    string
	ID      string // the channel's own; empty until it is sent
	State   RemoteState
	Sum     string // of what was sent last: another one means an edit
	At      time.Time
}

// ChannelTx keeps what the channels without an acknowledging client of ours know of their customers and messages.
type ChannelTx interface {
	Chat(source, id string) (*Chat, error)
	ChatOf(desk.ConversationID) (*Chat, error)
	// ChatSources lists the sources that have chats.
	ChatSources() ([]string, error)
	// PutChat inserts or replaces by (Source, ID).
	PutChat(*Chat) error
	// ChatsBehind lists a source's chats with something to be brought to their customers, at most limit, in the order of their ids from
	// after on.
	ChatsBehind(source, after string, limit int) ([]Chat, error)

	// Remote finds a part by the channel's own id.
	Remote(source, chat, id string) (*Remote, error)
	// IsSending reports whether something is on its way to a chat and not marked as sent yet.
	IsSending(source, chat string) (bool, error)
	// RemotesOf lists what is known of a message's parts, by part.
	RemotesOf(desk.MessageID) ([]Remote, error)
	// PutRemote inserts or replaces by (Message, Part).
	PutRemote(*Remote) error
	DeleteRemote(m desk.MessageID, part int) error
}
