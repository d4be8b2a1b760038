package bridges

import (
	"context"
	"io/fs"
	"net/http"

	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/internal/section"
)

// Messenger is a kind of messenger as its package declares it. The program has a list of them and knows nothing else of any.
type Messenger struct {
	// Name is that of its channel. So are called its list below each site of the configuration, what the sources of its inputs begin with, up to
	// a colon, and the path "/<name>/" below which it brings things by itself.
	Name desk.Channel
	// Entry is an empty entry of that list: one way in.
	Entry section.Entry
	// Texts are files such as ru.yaml with texts of its own, for the catalogue; nil for none. Without a text "channel.<name>" the channel is
	// called by its name.
	Texts fs.FS
	// Open makes the messenger ready; it works once it runs.
	Open func(Settings, Desk) (Adapter, error)
	// Check looks from outside, for "frontdesk check", how each way in is, and says it. It changes nothing.
	Check func(context.Context, Settings, Reader, func(Finding))
}

// Section is the messenger's part of the configuration.
func (m Messenger) Section() section.Section {
	return section.Section{Key: string(m.Name), Entry: m.Entry}
}

// Settings is what the configuration says to a messenger.
type Settings struct {
	Entries   []SiteEntry // of all sites, in the file's order
	PublicURL string      // where messengers reach us, without a path
	Secret    []byte      // of the installation; others are made of it
	// FileMax and Types bound what customers may send: bytes of a file, and media types as in content.TypeAllowed.
	FileMax int64
	Types   []string
}

// SiteEntry is an entry of a site's list.
type SiteEntry struct {
	Site desk.SiteID
	section.Entry
}

// Desk is what a messenger works with.
type Desk struct {
	Journal *journal.Journal
	Engine  *desk.Engine
	Media   Media
	Texts   desk.Texts
	Log     zerolog.Logger
}

// Media opens the files that the staff sent.
type Media interface {
	Open(ctx context.Context, mxc, rng string) (*http.Response, error)
}

// Reader reads the database of a program that need not run; nil if there is none yet.
type Reader func(context.Context, func(journal.Tx) error) error

// Finding is what Check says of one link of the chain.
type Finding struct {
	Link    string // "telegram bot shop"
	Problem string // empty: well
	Cure    string
	Detail  string // of a link that is well; may be empty
}
