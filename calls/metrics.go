package calls

import "github.com/prometheus/client_golang/prometheus"

// direction is which way media go.
type direction int

const (
	toStaff direction = iota
	toVisitor
	directions
)

// metrics are counted without labels being looked up, as packets are many.
type metrics struct {
	calls     prometheus.Gauge
	passed    [directions]prometheus.Counter
	left      [directions]prometheus.Counter
	keyFrames [directions]prometheus.Counter
	reconnect *prometheus.CounterVec
	broken    prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		calls: prometheus.NewGauge(prometheus.GaugeOpts{Name: "frontdesk_calls", Help: "Calls whose media are carried now."}),
		reconnect: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_calls_reconnects_total", Help: "Legs of calls that were lost and made anew.",
		}, []string{"leg"}),
		broken: prometheus.NewCounter(prometheus.CounterOpts{Name: "frontdesk_calls_broken_total", Help: "Calls given up because a leg did not come."}),
	}
	vec := func(name, help string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "frontdesk_calls_" + name, Help: help}, []string{"to"})
		if r != nil {
			r.MustRegister(v)
		}
		return v
	}
	passed := vec("packets_total", "Packets of media passed on.")
	left := vec("packets_omitted_total", "Packets of media not passed on: muted, empty, or more than allowed.")
	keys := vec("key_frame_requests_total", "Requests for key frames passed on.")
	for d, to := range [directions]string{"staff", "visitor"} {
		m.passed[d], m.left[d], m.keyFrames[d] = passed.WithLabelValues(to), left.WithLabelValues(to), keys.WithLabelValues(to)
	}
	if r != nil {
		r.MustRegister(m.calls, m.reconnect, m.broken)
	}
	return m
}

func (m *metrics) forwarded(d direction) { m.passed[d].Inc() }
func (m *metrics) omitted(d direction)   { m.left[d].Inc() }
func (m *metrics) keyFrame(d direction)  { m.keyFrames[d].Inc() }
