// Package telemetry is how the program shows itself to those who run it: its log, its figures for Prometheus, and its health.
package telemetry

import (
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"
)

// NewLogger makes the program's logger. It writes one line an event to w, JSON or (pretty) text for people; level is a zerolog
// level. Loggers may be used from any goroutine if w takes concurrent writes of whole lines, as files do.
func NewLogger(w io.Writer, level string, pretty bool) (zerolog.Logger, error) {
	l, err := zerolog.ParseLevel(level)
	if err != nil {
		return zerolog.Nop(), fmt.Errorf("set up the log: %w", err)
	}
	if pretty {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(w).Level(l).With().Timestamp().Logger(), nil
}
