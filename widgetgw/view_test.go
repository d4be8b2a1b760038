package widgetgw

import (
	"testing"

	"frontdesk/content"
)

// The staff's Matrix client says what kind a file is; a page is told so only of what it may draw.
func TestKindsThatPagesAreTold(t *testing.T) {
	for _, c := range []struct {
		mime string
		said content.Kind
		want string
	}{
		{"image/png", content.Image, "image"},
		{"image/svg+xml", content.Image, "file"},
		{"application/octet-stream", content.Image, "file"},
		{"image/heic", content.Image, "file"},
		{"video/mp4", content.Video, "video"},
		{"video/x-msvideo", content.Video, "file"},
		{"audio/ogg; codecs=opus", content.Audio, "audio"},
		{"image/png", content.File, "file"},
	} {
		if got := uploadView(content.Attachment{Type: c.mime, Kind: c.said}).Kind; got != c.want {
			t.Errorf("%s sent as %s: the page is told %q, want %q", c.mime, c.said, got, c.want)
		}
	}
}
