package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	maybeHerd()
	os.Exit(m.Run())
}

// Everything is measured at a tiny size, so that the benchmark cannot rot. The values mean nothing.
func TestEveryBenchmarkRuns(t *testing.T) {
	tiny := scale{rounds: 1, messages: 16, samples: 8, ackSeconds: 1, flood: 3, sockets: 50, crowds: []crowdSize{{2, 1}}, moves: 2, calls: []int{1}, firsts: 1}
	var out bytes.Buffer
	if err := run(t.Context(), benchmarks, tiny, &out, t.Output()); err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^figure [a-zA-Z0-9_]+ -?[0-9]+(\.[0-9]+)? \S+ goal (none|[<>]=[0-9]+(\.[0-9]+)?) (met|missed)$`)
	figures := map[string]bool{}
	for text := range strings.Lines(out.String()) {
		text = strings.TrimSpace(text)
		if !line.MatchString(text) {
			t.Errorf("%q is no line of a figure", text)
			continue
		}
		figures[strings.Fields(text)[1]] = true
	}
	for _, name := range []string{
		"size_launcher", "size_chat", "throughput_ratio_1", "throughput_ratio_8", "telegram_ratio_1", "telegram_ratio_8", "visitor_to_operator_added_median",
		"operator_to_visitor_added_median", "ack_synapse_stopped_p99", "ack_synapse_killed_p99", "flood_send_ratio",
		"memory_per_socket_50", "reconnect_50", "ticket_opened_2_1_requests", "ticket_accepted_2_1_requests", "ticket_joined_2_1_median", "ticket_transferred_2_1_events",
		"ticket_closed_2_1_median", "call_delay_added_to_operator_median", "call_delay_added_to_visitor_median", "calls_video_without_loss",
		"calls_cpu_of_one", "calls_memory_of_one", "calls_that_fit_a_core", "call_delay_added_at_most_calls_median", "call_accept_to_first_key_frame_median", "call_accept_to_first_frame_median",
		"call_fault_sfu_killed_heals", "call_fault_gateway_killed_heals", "call_fault_visitor_vanished_ends", "call_fault_operator_vanished_ends",
	} {
		if !figures[name] {
			t.Errorf("there is no figure %s", name)
		}
	}
}

func TestFigure(t *testing.T) {
	tests := []struct {
		figure figure
		want   string
	}{
		{figure{"throughput_ratio_1", 0.9612, "ratio", atLeast(0.95)}, "figure throughput_ratio_1 0.961 ratio goal >=0.95 met"},
		{figure{"throughput_ratio_1", 0.9499, "ratio", atLeast(0.95)}, "figure throughput_ratio_1 0.95 ratio goal >=0.95 missed"},
		{figure{"added", -1.5, "ms", atMost(5)}, "figure added -1.5 ms goal <=5 met"},
		{figure{"size_chat", 41000, "B", atMost(40960)}, "figure size_chat 41000 B goal <=40960 missed"},
		{figure{"reconnect_10000", 3, "s", noGoal}, "figure reconnect_10000 3 s goal none met"},
	}
	for _, tt := range tests {
		if got := tt.figure.String(); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	tests := []struct {
		values []time.Duration
		p      float64
		want   time.Duration
	}{
		{nil, 0.5, 0},
		{[]time.Duration{7}, 0.99, 7},
		{[]time.Duration{3, 1, 2}, 0.5, 2},
		{hundred, 0.5, 50},
		{hundred, 0.95, 95},
		{hundred, 0.99, 99},
		{hundred, 1, 100},
	}
	for _, tt := range tests {
		if got := percentile(tt.values, tt.p); got != tt.want {
			t.Errorf("percentile %g of %d values is %d, want %d", tt.p, len(tt.values), got, tt.want)
		}
	}
}

func TestSelected(t *testing.T) {
	for names, want := range map[string]int{"": len(benchmarks), "ack": 1, "ack, flood": 2} {
		if list, err := selected(names); err != nil || len(list) != want {
			t.Errorf("%q selects %d benchmarks (%v), want %d", names, len(list), err, want)
		}
	}
	if _, err := selected("ack,nothing"); err == nil {
		t.Error("a benchmark that does not exist was selected")
	}
}
