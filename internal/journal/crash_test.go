package journal_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store"
	"frontdesk/store/storetest"
)

// The crash test runs this test binary again and again as a process that submits inputs and delivers effects, and dies by SIGKILL at
// a named point. The world outside is a directory: what was acknowledged, delivered and applied stands in files that only grow.
// When a run ends by itself, the files must agree with the model: everything acknowledged was decided once and in order, its
// effects were delivered in order, none twice except the one in doubt, and the newest desired values hold.

// crashVariable holds the crashPlan of a process that is to die.
const crashVariable = "FRONTDESK_JOURNAL_CRASH"

const (
	crashLanes    = 4
	crashRounds   = 20
	crashStep     = 3                         // messages per lane and round
	crashMessages = crashRounds*crashStep + 1 // one more in the run that ends by itself
)

type crashPlan struct {
	Database storetest.Database
	Dir      string
	Seed     uint64
	Messages int    // to be submitted by now, per lane
	Point    string // name of a failpoint; "any": all of them
	After    int64  // die when it was passed so often; 0: never
}

func TestKilledAtAnyPointNothingIsLostAndNothingTwice(t *testing.T) {
	points := []string{journal.FailCommitted, journal.FailBeforeCommit, journal.FailSent, journal.FailApplied, "any"}
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		plan := crashPlan{Database: database, Dir: t.TempDir()}
		deaths := 0
		for round := 1; round <= crashRounds; round++ {
			plan.Seed, plan.Messages = random.Uint64(), round*crashStep
			plan.Point, plan.After = points[round%len(points)], 1+random.Int64N(8)
			if runCrash(t, plan) {
				deaths++
			}
		}
		plan.After, plan.Messages = 0, crashMessages
		if runCrash(t, plan) {
			t.Fatal("the last process died")
		}
		t.Logf("died %d times", deaths)
		if deaths < crashRounds/2 {
			t.Errorf("the process died only %d times", deaths)
		}
		checkWorld(t, plan.Dir)
	})
}

// runCrash runs the process and reports whether it died.
func runCrash(t *testing.T, plan crashPlan) bool {
	t.Helper()
	encoded, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), crashVariable+"="+string(encoded))
	process.Stdout, process.Stderr = &output, &output
	err = process.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGKILL {
			return true
		}
	}
	if err != nil {
		t.Fatalf("the process failed: %v\n%s", err, output.String())
	}
	return false
}

// world is the files. Each line is one write, so it is there as a whole or not at all.
type world struct {
	dir string
	mu  sync.Mutex
}

func (w *world) note(file string, fields ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, err := os.OpenFile(filepath.Join(w.dir, file), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(err)
	_, err = f.WriteString(strings.Join(fields, "\t") + "\n")
	must(errors.Join(err, f.Close()))
}

func lines(dir, file string) [][]string {
	data, err := os.ReadFile(filepath.Join(dir, file))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	must(err)
	var found [][]string
	scanner := bufio.NewScanner(bytes.NewReader(data))
	for scanner.Scan() {
		found = append(found, strings.Split(scanner.Text(), "\t"))
	}
	return found
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// crashChild is the process. It ends with success when everything is submitted and done.
func crashChild() {
	var plan crashPlan
	must(json.Unmarshal([]byte(os.Getenv(crashVariable)), &plan))
	db, err := store.Open(context.Background(), store.Config{
		Driver: plan.Database.Driver, DSN: plan.Database.DSN, Log: zerolog.Nop(),
	})
	must(err)
	w := &world{dir: plan.Dir}
	outside := &flaky{world: w, random: rand.New(rand.NewPCG(plan.Seed, 1))}
	var passed atomic.Int64
	j := journal.New(journal.Options{
		DB: db, Engine: counting{outside}, Log: zerolog.Nop(),
		Failpoint: func(name string) {
			if plan.After > 0 && (plan.Point == "any" || plan.Point == name) && passed.Add(1) == plan.After {
				must(syscall.Kill(os.Getpid(), syscall.SIGKILL))
				select {}
			}
		},
	})
	j.Source("test", translate)
	j.Deliverer(outside)
	j.Applies(outside)

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	j.Hold("test")
	go func() { ended <- j.Run(ctx) }()
	catchUp(ctx, j, w, plan)
	submitLast(ctx, j, w, plan)
	awaitDone(ctx, j)
	cancel()
	must(<-ended)
	must(db.Close())
}

// catchUp does what an adapter does at its start: while its source is held, news arrive, and then the list of everything so far decides the
// order. It holds everything that an earlier run can have stored.
func catchUp(ctx context.Context, j *journal.Journal, w *world, plan crashPlan) {
	var list []journal.Input
	for lane := range crashLanes {
		for i := range plan.Messages - 1 {
			list = append(list, crashMessage(lane, i))
		}
		_, err := j.Submit(ctx, crashMessage(lane, plan.Messages-2)) // arrives before the list, and before what stands before it
		must(err)
	}
	must(j.CatchUp(ctx, list, nil))
	for _, in := range list {
		w.note("acknowledged", in.ID)
	}
	j.Release("test")
}

// submitLast submits what is not in the list, the lanes side by side.
func submitLast(ctx context.Context, j *journal.Journal, w *world, plan crashPlan) {
	var all sync.WaitGroup
	for lane := range crashLanes {
		all.Go(func() {
			in := crashMessage(lane, plan.Messages-1)
			_, err := j.Submit(ctx, in)
			must(err)
			w.note("acknowledged", in.ID)
		})
	}
	all.Wait()
}

func crashMessage(lane, i int) journal.Input {
	name := fmt.Sprintf("l%d", lane)
	id := fmt.Sprintf("%s-%d", name, i)
	return message(name, id, id)
}

func awaitDone(ctx context.Context, j *journal.Journal) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for range ticker.C {
		var left journal.Backlog
		var timer time.Time
		must(j.Read(ctx, func(tx journal.Tx) (err error) {
			if left, err = tx.Backlog(); err != nil {
				return err
			}
			timer, err = tx.NextTimerDue()
			return err
		}))
		if left == (journal.Backlog{}) && timer.IsZero() {
			return
		}
	}
}

// counting is the Decider of the model: every message takes the next number of its lane, and says it in two posts, in the
// room's name and by a timer, which takes the next number of all timers.
type counting struct{ world *flaky }

func (counting) Answer(desk.Tx, time.Time, desk.Answer) (desk.Post, error) {
	return desk.Post{}, errors.New("nothing is asked")
}

func (c counting) Decide(tx desk.Tx, now time.Time, in desk.Input) (desk.Decision, error) {
	switch in := in.(type) {
	case desk.CustomerMessage:
		if err := c.world.trouble(true); err != nil {
			return desk.Decision{}, err
		}
		n, err := number(tx, in.Conversation)
		if err != nil {
			return desk.Decision{}, err
		}
		key := room(in.Conversation)
		d := desk.Decision{Effects: []desk.Effect{
			desk.Post{ID: desk.EffectID(in.ClientID + ".0"), Room: key, Text: fmt.Sprintf("%d %s", n, in.Text)},
			desk.Post{ID: desk.EffectID(in.ClientID + ".1"), Room: key, Text: "and"},
			desire(key, "name", fmt.Sprint(n)),
			desk.Arm{ID: desk.EffectID(in.ClientID + ".t"), Name: in.Text, Due: now},
		}}
		if n == 1 {
			d.Effects = append([]desk.Effect{desk.CreateRoom{ID: desk.EffectID("c" + key), Room: key}}, d.Effects...)
		}
		return d, nil
	case desk.TimerFired:
		n, err := number(tx, "timers")
		if err != nil {
			return desk.Decision{}, err
		}
		return desk.Decision{Effects: []desk.Effect{
			desk.Post{ID: desk.EffectID(fmt.Sprint("timer", n)), Room: "portal:timers", Text: fmt.Sprintf("%d %s", n, in.Timer.Name)},
		}}, nil
	}
	return desk.Decision{}, nil
}

// number counts in a conversation's row.
func number(tx desk.Tx, id desk.ConversationID) (int64, error) {
	c, err := tx.Conversation(id)
	if errors.Is(err, desk.ErrNotFound) {
		c = &desk.Conversation{ID: id, Customer: "u"}
		if err := tx.PutCustomer(&desk.Customer{ID: "u", Number: 1}); err != nil {
			return 0, err
		}
	} else if err != nil {
		return 0, err
	}
	c.Rev++
	return c.Rev, tx.PutConversation(c)
}

// flaky is a world that answers badly at times, before or after it has done what it was asked.
type flaky struct {
	*world
	randomMu sync.Mutex
	random   *rand.Rand
}

// trouble is an error at times. Only what was not done is put off by the other side.
func (f *flaky) trouble(done bool) error {
	f.randomMu.Lock()
	defer f.randomMu.Unlock()
	switch f.random.IntN(100) {
	case 0:
		return errors.New("trouble")
	case 1:
		return journal.Outage(errors.New("EOF"))
	case 2:
		if !done {
			return journal.RetryAfter(errors.New("too many"), time.Millisecond)
		}
	}
	return nil
}

func (f *flaky) Deliver(_ context.Context, e desk.Effect, a journal.Attempt) (journal.Delivered, error) {
	if err := f.trouble(false); err != nil {
		return journal.Delivered{}, err
	}
	lane, id, _ := desk.LaneOf(e)
	text := ""
	if p, ok := e.(desk.Post); ok {
		text = p.Text
	}
	f.note("delivered", string(lane), string(id), text, fmt.Sprint(a.N))
	if err := f.trouble(true); err != nil {
		return journal.Delivered{}, err
	}
	return journal.Delivered{Event: desk.EventID("$" + id), Room: &desk.Room{Key: lane, ID: desk.RoomID("!" + string(lane))}}, nil
}

func (f *flaky) Apply(_ context.Context, room desk.Room, d desk.Desire, _ json.RawMessage) (json.RawMessage, error) {
	if err := f.trouble(false); err != nil {
		return nil, err
	}
	f.note("applied", string(room.Key), d.Thing, string(d.Value))
	return nil, f.trouble(true)
}

// checkWorld compares the files with the model.
func checkWorld(t *testing.T, dir string) {
	t.Helper()
	got := deliveredOnce(t, dir)
	for _, line := range lines(dir, "acknowledged") {
		lane, number, _ := strings.Cut(line[0], "-")
		if i, err := strconv.Atoi(number); err != nil || !slices.ContainsFunc(got["portal:"+lane], func(text string) bool {
			return text == fmt.Sprintf("%d %s", i+1, line[0])
		}) {
			t.Errorf("%s was acknowledged and is lost", line[0])
		}
	}
	timers := make(map[string]bool)
	for i, text := range got["portal:timers"] {
		n, name, _ := strings.Cut(text, " ")
		if n != fmt.Sprint(i+1) || timers[name] {
			t.Errorf("timer %d says %q", i+1, text)
		}
		timers[name] = true
	}
	if len(timers) != crashLanes*crashMessages {
		t.Errorf("%d timers fired, want %d", len(timers), crashLanes*crashMessages)
	}
	names := make(map[string]string)
	for _, line := range lines(dir, "applied") {
		names[line[0]] = line[2]
	}
	for lane := range crashLanes {
		key := fmt.Sprintf("portal:l%d", lane)
		want := []string{""} // the room
		for i := range crashMessages {
			want = append(want, fmt.Sprintf("%d l%d-%d", i+1, lane, i), "and")
		}
		if g, w := strings.Join(got[key], "|"), strings.Join(want, "|"); g != w {
			t.Errorf("%s\n got %s\nwant %s", key, g, w)
		}
		if name := names[key]; name != fmt.Sprintf("%q", fmt.Sprint(crashMessages)) {
			t.Errorf("%s is named %s at the end, want %d", key, name, crashMessages)
		}
	}
}

// deliveredOnce gives the texts of each room without repetitions. What is repeated must be one of the last two that were delivered there, for
// the mark of one may be on its way while the next is handed over, and must be known to be a repetition.
func deliveredOnce(t *testing.T, dir string) map[string][]string {
	t.Helper()
	texts, last := make(map[string][]string), make(map[string][2]string)
	seen := make(map[string]bool)
	for _, line := range lines(dir, "delivered") {
		lane, id, text, n := line[0], line[1], line[2], line[3]
		if seen[id] {
			if (last[lane][0] != id && last[lane][1] != id) || n == "1" {
				t.Errorf("%s was delivered again, as attempt %s, after %q", id, n, last[lane])
			}
			continue
		}
		seen[id], last[lane] = true, [2]string{last[lane][1], id}
		texts[lane] = append(texts[lane], text)
	}
	return texts
}
