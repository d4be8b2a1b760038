package program

import (
	"context"
	"fmt"
	"time"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/calls"
	"frontdesk/desk"
	"frontdesk/internal/config"
)

// wireCalls makes what carries calls, where calls are on, and ties it to the others.
func (s *Server) wireCalls(ctx context.Context, engine *desk.Engine) error {
	c := s.cfg.Calls
	if !c.Enabled {
		return nil
	}
	s.sessions = matrixrtc.NewSessions(s.matrix, c.ServiceURL, s.part("matrixrtc"))
	var err error
	s.calls, err = calls.New(ctx, calls.Options{
		Config: callsConfig(c), Journal: s.journal, Engine: engine, Session: s.sessions, Visitors: s.gateway,
		Now: time.Now, Log: s.part("calls"), Registerer: s.metrics,
	})
	if err != nil {
		return exit(NoListener, fmt.Errorf("%w (calls.udp and calls.tcp in the configuration)", err))
	}
	s.gateway.Calls = s.calls
	return nil
}

func callsConfig(c config.Calls) calls.Config {
	const kilo = 1000
	return calls.Config{
		UDP: c.UDP, TCP: c.TCP, PublicIPs: c.PublicIPs, VideoBitrate: c.VideoBitrate * kilo, ShareBitrate: c.ScreenBitrate * kilo,
		TURN: calls.TURN{URLs: c.TURN.URLs, Secret: string(c.TURN.Secret), TTL: time.Duration(c.TURN.TTL)},
	}
}

// runCalls carries calls until ctx ends; where they are off it has nothing to do.
func (s *Server) runCalls(ctx context.Context) error {
	if s.calls == nil {
		return nil
	}
	defer s.sessions.Close()
	return s.calls.Run(ctx)
}
