// Package content is a message as every channel knows it: words, their HTML, attachments and what they answer. It converts and
// sanitises; it does no I/O and imports nothing of Frontdesk.
package content

// Kind is how an attachment is shown.
type Kind string

const (
	Image Kind = "image"
	Video Kind = "video"
	Audio Kind = "audio"
	File  Kind = "file"
)

// Attachment describes a file. Its bytes lie elsewhere: in the upload spool, in the homeserver's media repository, or both.
type Attachment struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Type     string `json:"type"` // sniffed MIME type, without parameters
	Size     int64  `json:"size"` // bytes
	Kind     Kind   `json:"kind"`
	Width    int    `json:"w,omitempty"`
	Height   int    `json:"h,omitempty"`
	Duration int    `json:"ms,omitempty"`    // milliseconds
	Voice    bool   `json:"voice,omitempty"` // spoken into the chat, not a recording brought along
	Loudness string `json:"loud,omitempty"`  // of what was spoken, over time: a Loudness as text
	Spoiler  bool   `json:"hide,omitempty"`  // shown only to who wants to see it
}

// Message is the content of one message. Text is always the whole of it as plain text; HTML is sanitised and empty unless
// it says more than Text.
type Message struct {
	Text  string       `json:"text,omitempty"`
	HTML  string       `json:"html,omitempty"`
	Files []Attachment `json:"files,omitempty"`
	Place *Place       `json:"place,omitempty"` // what Text says by a link, for channels that can show it
}

// Empty reports whether there is nothing in the message.
func (m Message) Empty() bool { return m.Text == "" && len(m.Files) == 0 }
