package bridges

import (
	"context"
	"errors"
	"io"
	"net/http"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Adapter is a kind of messenger at work with all its channels, as the program runs it: what its customers do comes in, what is said to them goes
// out by a Courier for each channel.
type Adapter interface {
	// Run works until ctx ends.
	Run(ctx context.Context) error
	// Translate is the journal's translator of the adapter's sources.
	Translate(tx journal.Tx, in journal.Input) ([]desk.Input, error)
	// Changed tells that conversations have something new for their customers. It does not block.
	Changed(changed, noted []desk.ConversationID)
	// StaffTyping tells that somebody is writing to a customer, or has stopped. It does not block.
	StaffTyping(conversation desk.ConversationID, name string, on bool)
	// OpenFile opens a customer's file that lies with the messenger; ErrNoFile for those that do not.
	OpenFile(ctx context.Context, id desk.FileID) (io.ReadCloser, int64, error)
	// Handler takes what the messenger brings by itself; nil if it never does.
	Handler() http.Handler
	// Away lists the channels whose other side does not answer.
	Away() []string
}

// ErrNoFile is told of files that lie elsewhere.
var ErrNoFile = errors.New("no file of this channel")
