package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed element/probe.js
var probe string

// media is what a page's WebRTC connections carry at a moment.
type media struct {
	States []string
	In     []incoming
	Out    []outgoing
}

type incoming struct {
	Kind    string
	Mid     string
	Packets int
	Frames  int     // decoded
	Energy  float64 // of the sound played, growing
	Width   int
	Muted   bool
	Hertz   float64 // of the loudest moment
	Loud    float64
	Colour  [3]float64
	Played  bool // by an element of the page that is heard or seen
}

type outgoing struct {
	Kind    string
	Packets int
	Bytes   int
	Frames  int
	Active  bool
}

// listening is how long each look at the media listens for beeps.
const listening = 1200 * time.Millisecond

// look asks a page what its connections carry. The page needs no help for that and is not changed by it.
func (p *tab) look() (media, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	var found media
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		connections, err := p.all(ctx, "RTCPeerConnection")
		if err != nil {
			return err
		}
		elements, err := p.all(ctx, "HTMLMediaElement")
		if err != nil {
			return err
		}
		yes := true
		answer, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
			FunctionDeclaration: probe, ObjectID: connections,
			Arguments:     []*runtime.CallArgument{{ObjectID: elements}, {Value: fmt.Append(nil, listening.Milliseconds())}},
			ReturnByValue: &yes, AwaitPromise: &yes, UserGesture: &yes,
		})
		if err != nil {
			return err
		}
		if answer.ExceptionDetails != nil {
			return fmt.Errorf("look at the media: %s %s", answer.ExceptionDetails.Text, answer.ExceptionDetails.Exception.Description)
		}
		if err := json.Unmarshal([]byte(answer.Result.Value), &found); err != nil {
			return err
		}
		_, err = chromedp.Call(ctx, runtime.ReleaseObjectGroup, runtime.ReleaseObjectGroupParams{ObjectGroup: looked})
		return err
	}))
	return found, err
}

const looked = "look" // holds the debugger's references until they are released

// all refers to an array of every living object of a class.
func (p *tab) all(ctx context.Context, class string) (runtime.RemoteObjectID, error) {
	where := runtime.EvaluateParams{Expression: class + ".prototype", ObjectGroup: looked}
	if p.framed {
		frame := p.frame.Load()
		if frame == nil {
			return "", errors.New("the page has no frame yet")
		}
		where.UniqueContextID = *frame
	}
	prototype, err := chromedp.Call(ctx, runtime.Evaluate, where)
	if err != nil {
		return "", err
	}
	if prototype.ExceptionDetails != nil {
		return "", fmt.Errorf("find %s: %s", class, prototype.ExceptionDetails.Text)
	}
	objects, err := chromedp.Call(ctx, runtime.QueryObjects, runtime.QueryObjectsParams{PrototypeObjectID: prototype.Result.ObjectID, ObjectGroup: looked})
	if err != nil {
		return "", err
	}
	return objects.Objects.ObjectID, nil
}

// source is a sound or a picture that a page is to receive, told by its pitch or its colour.
type source struct {
	name   string
	hertz  float64
	colour [3]float64
}

// find gives what a page receives from a source now, if it does.
func (m media) find(s source) (incoming, bool) {
	for _, in := range m.In {
		switch {
		case s.hertz > 0:
			if in.Kind == "audio" && in.Loud > 0.005 && math.Abs(in.Hertz-s.hertz) < 30 {
				return in, true
			}
		case in.Kind == "video" && near(in.Colour, s.colour):
			return in, true
		}
	}
	return incoming{}, false
}

// near tells whether a colour is another one after an encoder had it.
func near(a, b [3]float64) bool {
	for i := range a {
		if math.Abs(a[i]-b[i]) > 40 {
			return false
		}
	}
	return true
}

// grows tells whether something of a source came between two looks.
func grows(s source, before, after incoming) bool {
	if s.hertz > 0 {
		return after.Energy > before.Energy && after.Packets > before.Packets
	}
	return after.Frames > before.Frames
}

// flow is how long media have to come without a break.
const flow = 10 * time.Second

// receives waits until the page receives all these sources, each one heard or seen by the person before it, for a time in which every look
// finds more sound and more pictures than the one before.
func (p *tab) receives(span time.Duration, sources ...source) error {
	var last media
	var since time.Time
	var why string
	for end := time.Now().Add(patience); time.Now().Before(end); {
		m, err := p.look()
		if err != nil {
			why, since = err.Error(), time.Time{}
			p.pause()
			continue
		}
		broken := m.lacks(sources, last, !since.IsZero())
		last = m
		switch {
		case broken != "":
			why, since = broken, time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) >= span:
			return nil
		}
	}
	return fmt.Errorf("%s: waited for %v: %s\n%s", p.name, names(sources), why, last)
}

// lacks says what is wrong with what a page receives of some sources, compared to the look before if they flowed then; "" if all is well.
func (m media) lacks(sources []source, last media, flowed bool) string {
	for _, s := range sources {
		now, ok := m.find(s)
		before, _ := last.find(s)
		switch {
		case !ok:
			return "no " + s.name
		case !now.Played:
			return s.name + " is not presented"
		case flowed && !grows(s, before, now):
			return s.name + " stands still"
		}
	}
	return ""
}

// loses waits until the page receives nothing of some sources any more.
func (p *tab) loses(sources ...source) error {
	var last media
	for end := time.Now().Add(patience); time.Now().Before(end); {
		m, err := p.look()
		if err != nil {
			p.pause()
			continue
		}
		gone := true
		for _, s := range sources {
			now, ok := m.find(s)
			before, had := last.find(s)
			// Of a picture that was switched off the last one stays.
			if ok && (s.hertz > 0 || !had || grows(s, before, now)) {
				gone = false
			}
		}
		if last = m; gone {
			return nil
		}
	}
	return fmt.Errorf("%s: still receives some of %v\n%s", p.name, names(sources), last)
}

// together runs waits at the same time and fails for those that fail.
func together(t *testing.T, waits ...func() error) {
	t.Helper()
	failures := make(chan error, len(waits))
	for _, wait := range waits {
		go func() { failures <- wait() }()
	}
	for range waits {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// flows waits until two pages receive each other's sources for ten seconds.
func flows(t *testing.T, one *tab, ofOne []source, other *tab, ofOther []source) {
	t.Helper()
	together(t,
		func() error { return one.receives(flow, ofOther...) },
		func() error { return other.receives(flow, ofOne...) })
}

func names(sources []source) []string {
	var all []string
	for _, s := range sources {
		all = append(all, s.name)
	}
	return all
}

func (m media) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "connections: %v\n", m.States)
	for _, in := range m.In {
		fmt.Fprintf(&out, "  in  %+v\n", in)
	}
	for _, o := range m.Out {
		fmt.Fprintf(&out, "  out %+v\n", o)
	}
	return out.String()
}
