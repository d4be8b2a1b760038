package journal

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the journal tells Prometheus. All of them are made even when nobody reads them.
type metrics struct {
	decided *prometheus.CounterVec
	dead    *prometheus.CounterVec
	latency *prometheus.HistogramVec
}

func newMetrics(j *Journal, r prometheus.Registerer) *metrics {
	m := &metrics{
		decided: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_inputs_total", Help: "Inputs that were worked, by result: decided or refused.",
		}, []string{"result"}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_dead_letters_total", Help: "What was given up, by kind: input, effect or desire.",
		}, []string{"of"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "frontdesk_effect_seconds", Help: "Time from the decision to the done effect.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2.5, 12),
		}, []string{"kind"}),
	}
	if r == nil {
		return m
	}
	gauge := func(name, help string, value func() float64) prometheus.GaugeFunc {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	r.MustRegister(m.decided, m.dead, m.latency, newBacklog(j),
		gauge("frontdesk_outage", "1 while the homeserver is away.", func() float64 {
			if j.Outage() {
				return 1
			}
			return 0
		}),
		gauge("frontdesk_input_lanes", "Lanes with inputs that wait.", func() float64 { return float64(j.lanes.waiting()) }),
		gauge("frontdesk_effect_lanes", "Rooms with effects that wait.", func() float64 { return float64(j.dispatch.waiting()) }))
	return m
}

func (m *metrics) inputDecided(refused bool) {
	label := "decided"
	if refused {
		label = "refused"
	}
	m.decided.WithLabelValues(label).Inc()
}

func (m *metrics) died(of string) { m.dead.WithLabelValues(of).Inc() }

func (m *metrics) delivered(kind string, took time.Duration) {
	m.latency.WithLabelValues(kind).Observe(took.Seconds())
}

// backlog counts what is stored and not done whenever it is asked.
type backlog struct {
	j    *Journal
	desc *prometheus.Desc
}

func newBacklog(j *Journal) *backlog {
	return &backlog{j, prometheus.NewDesc("frontdesk_backlog", "What is stored and not done, by kind.", []string{"of"}, nil)}
}

func (b *backlog) Describe(c chan<- *prometheus.Desc) { c <- b.desc }

func (b *backlog) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var count Backlog
	err := b.j.db.Read(ctx, func(tx Tx) (err error) {
		count, err = tx.Backlog()
		return err
	})
	if err != nil {
		c <- prometheus.NewInvalidMetric(b.desc, err)
		return
	}
	for of, n := range map[string]int{OfInput: count.Inputs, OfEffect: count.Effects, OfDesire: count.Desires} {
		c <- prometheus.MustNewConstMetric(b.desc, prometheus.GaugeValue, float64(n), of)
	}
}
