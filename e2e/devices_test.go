package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"

	"frontdesk/e2e/chrome"
)

// What is sent in calls, far enough from each other in pitch and colour that no encoder makes one of another.
var (
	visitorTone   = source{name: "the visitor's voice", hertz: 600}
	visitorCamera = source{name: "the visitor's camera", colour: [3]float64{150, 40, 160}}
	visitorScreen = source{name: "the visitor's screen", colour: [3]float64{0, 135, 0}} // what Chromium has for one without a monitor
	visitorTab    = source{name: "the visitor's tab", colour: [3]float64{0, 170, 190}}
	annaTone      = source{name: "Anna's voice", hertz: 900}
	annaCamera    = source{name: "Anna's camera", colour: [3]float64{40, 60, 210}}
	borisTone     = source{name: "Boris's voice", hertz: 1300}
	borisCamera   = source{name: "Boris's camera", colour: [3]float64{200, 30, 40}}
	borisScreen   = source{name: "Boris's screen", colour: [3]float64{200, 190, 30}}
	borisSound    = source{name: "the sound of Boris's screen", hertz: 1700}
)

// css gives the colour of a source as pages know colours.
func (s source) css() string {
	return fmt.Sprintf("rgb(%.0f,%.0f,%.0f)", s.colour[0], s.colour[1], s.colour[2])
}

// launchVisitor gives the browser of visitors: its camera and its microphone are files, whatever window asks for them.
func launchVisitor(dir string) (context.Context, context.CancelFunc, error) {
	picture, sound := filepath.Join(dir, "camera.y4m"), filepath.Join(dir, "microphone.wav")
	if err := os.WriteFile(picture, still(visitorCamera.colour, 320, 240, 15), 0o600); err != nil {
		return nil, func() {}, err
	}
	if err := os.WriteFile(sound, beeps(visitorTone.hertz), 0o600); err != nil {
		return nil, func() {}, err
	}
	return chrome.LaunchCaller(
		chromedp.Flag("use-file-for-fake-video-capture", picture),
		chromedp.Flag("use-file-for-fake-audio-capture", sound),
	)
}

// still is a film of one colour, with a brighter square that moves.
func still(colour [3]float64, width, height, rate int) []byte {
	var film bytes.Buffer
	fmt.Fprintf(&film, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420\n", width, height, rate)
	r, g, b := colour[0], colour[1], colour[2]
	luma := byte(16 + 0.257*r + 0.504*g + 0.098*b)
	blue, red := byte(128-0.148*r-0.291*g+0.439*b), byte(128+0.439*r-0.368*g-0.071*b)
	for frame := range rate {
		film.WriteString("FRAME\n")
		plane := bytes.Repeat([]byte{luma}, width*height)
		for y := height - 24; y < height; y++ {
			for x := frame * 16; x < frame*16+24; x++ {
				plane[y*width+x] = 235
			}
		}
		film.Write(plane)
		film.Write(bytes.Repeat([]byte{blue}, width*height/4))
		film.Write(bytes.Repeat([]byte{red}, width*height/4))
	}
	return film.Bytes()
}

// beeps are four seconds of sound, a quarter of a second on and as long off.
func beeps(hertz float64) []byte {
	const rate, seconds = 48000, 4
	var samples bytes.Buffer
	for i := range rate * seconds {
		level := 0.0
		if i/(rate/4)%2 == 0 {
			level = 0.5 * math.Sin(2*math.Pi*hertz*float64(i)/rate)
		}
		_ = binary.Write(&samples, binary.LittleEndian, int16(level*math.MaxInt16)) // a buffer takes everything
	}
	var file bytes.Buffer
	file.WriteString("RIFF")
	_ = binary.Write(&file, binary.LittleEndian, uint32(36+samples.Len()))
	file.WriteString("WAVEfmt ")
	_ = binary.Write(&file, binary.LittleEndian, struct {
		Size              uint32
		Format, Channels  uint16
		Rate, BytesPerSec uint32
		BlockAlign, Bits  uint16
	}{16, 1, 1, rate, rate * 2, 2, 16})
	file.WriteString("data")
	_ = binary.Write(&file, binary.LittleEndian, uint32(samples.Len()))
	file.Write(samples.Bytes())
	return file.Bytes()
}
