package content

// FileName makes a name safe to store, to show and to offer for download: the last path element only, no control, bidi or reserved
// characters, at most 150 bytes with the extension kept, never empty.
func FileName(name string) string { return name }

// Sniffed is what the first bytes of a file tell.
type Sniffed struct {
	Type   string // MIME type without parameters
	Kind   Kind
	Inline bool // safe to show inside a page
	Width  int  // images: pixels, 0 if unknown
	Height int
}

// SniffLen is how many leading bytes Sniff looks at.
const SniffLen = 64 * 1024

// Sniff judges a file by its first bytes; neither a name nor a claimed type is believed. SVG, HTML, XML and scripts are never Inline.
func Sniff(head []byte) Sniffed { return Sniffed{Type: "application/octet-stream", Kind: File} }

// Inline reports whether a file of this MIME type may be shown inside a page.
func Inline(mime string) bool { return false }

// KindOf gives how a file of this MIME type is shown.
func KindOf(mime string) Kind { return File }
