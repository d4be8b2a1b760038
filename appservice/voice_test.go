package appservice_test

import (
	"encoding/json"
	"testing"

	"maunium.net/go/mautrix/event"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// oggOf makes an Ogg stream of packets, one a page, behind two packets of headers.
func oggOf(packets ...byte) []byte {
	var out []byte
	for _, size := range append([]byte{19, 30}, packets...) {
		out = append(out, "OggS"...)
		out = append(out, make([]byte, 22)...)
		out = append(out, 1, size)
		out = append(out, make([]byte, size)...)
	}
	return out
}

// What was spoken into a channel is shown as a voice message, with its length and how loud it is: Element X seeks by that.
func TestVoiceMessage(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)
	file := f.upload(c, "voice.ogg", "audio/ogg", content.Audio, oggOf(3, 100, 3, 3))
	err := f.journal.Write(t.Context(), func(tx journal.Tx) error {
		record, err := tx.File(file)
		if err != nil {
			return err
		}
		record.Voice, record.Duration = true, 80
		return tx.PutFile(record)
	})
	if err != nil {
		t.Fatal(err)
	}
	f.write(c, "", file)
	shown := f.sees(anna, portal, event.EventMessage, func(e *event.Event) bool { return e.Content.AsMessage().MsgType == event.MsgAudio })
	var body struct {
		Voice map[string]any `json:"org.matrix.msc3245.voice"`
		Audio struct {
			Duration int
			Waveform []int
		} `json:"org.matrix.msc1767.audio"`
		Info struct {
			Duration int
			MimeType string
		}
	}
	if err := json.Unmarshal(shown.Content.VeryRaw, &body); err != nil {
		t.Fatal(err)
	}
	if body.Voice == nil || body.Audio.Duration != 80 || body.Info.Duration != 80 || body.Info.MimeType != "audio/ogg" {
		t.Errorf("the voice message is %s", shown.Content.VeryRaw)
	}
	if w := body.Audio.Waveform; len(w) != 4 || w[0] != 0 || w[1] != 1024 || w[2] != 0 {
		t.Errorf("the waveform is %v", w)
	}
	record := must(f, func(tx journal.Tx) (*desk.File, error) { return tx.File(file) })
	if record.Loudness != "0z00" {
		t.Errorf("kept is %q", record.Loudness)
	}
}
