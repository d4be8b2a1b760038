package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/rs/zerolog"
)

// Channels by which customers talk in a run.
const (
	byWidget   = "widget"
	byTelegram = "telegram"
)

// options say how much happens in a run. The same options give the same script and the same plan of faults.
type options struct {
	Channel       string // byWidget or byTelegram
	Messages      int    // texts
	Files         int
	Conversations int
	Operators     int
	Seed          uint64
}

// fullRun is the run of `make chaos`.
func fullRun(channel string, messages int, seed uint64) options {
	return options{Channel: channel, Messages: messages, Files: scaled(40, messages), Conversations: 20, Operators: 4, Seed: seed}
}

// runTimeout bounds a run of so many messages.
func runTimeout(messages int) time.Duration {
	return 5*time.Minute + time.Duration(messages)*600*time.Millisecond
}

func main() {
	channel, messages, seed := byWidget, 2000, uint64(time.Now().UnixNano()%1_000_000)
	for _, v := range []struct {
		name string
		read func(string) error
	}{
		{"MESSAGES", func(s string) (err error) { messages, err = strconv.Atoi(s); return }},
		{"CHANNEL", func(s string) error {
			if channel = s; s != byWidget && s != byTelegram {
				return fmt.Errorf("not %s or %s", byWidget, byTelegram)
			}
			return nil
		}},
		{"SEED", func(s string) (err error) { seed, err = strconv.ParseUint(s, 10, 64); return }},
	} {
		if s := os.Getenv(v.name); s != "" {
			if err := v.read(s); err != nil {
				fmt.Fprintf(os.Stderr, "%s=%s cannot be: %v\n", v.name, s, err)
				os.Exit(2)
			}
		}
	}
	o := fullRun(channel, messages, seed)
	if o.Messages < 2*o.Conversations {
		fmt.Fprintf(os.Stderr, "MESSAGES must be at least %d\n", 2*o.Conversations)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, runTimeout(o.Messages))
	log := zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.TimeOnly, NoColor: true}).With().Timestamp().Logger()
	result, err := run(ctx, o, log)
	cancel()
	stop()
	failure := result.failure()
	if err != nil {
		failure = err.Error()
	}
	if failure != "" {
		fmt.Fprintln(os.Stderr, failure)
	}
	fmt.Println(result)
	if failure != "" {
		os.Exit(1)
	}
}

// result is how a run came out.
type result struct {
	verdict
	tally
	options options
	Dir     string // kept after a failure
}

// String is the last line that a run prints.
func (r result) String() string {
	if r.options.Channel == byTelegram {
		return fmt.Sprintf("chaos: sent %d lost %d duplicated %d disordered %d undecided %d resent %d kills %d synapse-kills %d cuts %d storms %d seed %d",
			r.Sent, r.Lost, r.Duplicated, r.Disordered, r.Undecided, r.Resent, r.Kills, r.SynapseKills, r.Cuts, r.Storms, r.options.Seed)
	}
	return fmt.Sprintf("chaos: sent %d lost %d duplicated %d disordered %d kills %d synapse-kills %d cuts %d seed %d",
		r.Sent, r.Lost, r.Duplicated, r.Disordered, r.Kills, r.SynapseKills, r.Cuts, r.options.Seed)
}

// failure says what is not as it must be, "" if everything is.
func (r result) failure() string {
	if !r.clean() {
		return fmt.Sprintf("%d lost, %d duplicated, %d disordered, %d in doubt and not shown so, %d sent again and still shown in doubt; see %s",
			r.Lost, r.Duplicated, r.Disordered, r.Hidden, r.Marked, r.Dir)
	}
	return r.enough(r.options)
}
