package appservice

import (
	"encoding/json"
	"testing"
)

// TestIsPowerful: in a room made by hand the bot needs what naming, bringing in and removing takes there.
func TestIsPowerful(t *testing.T) {
	s := &Service{}
	s.cfg.Bot = "@bot:here"
	for levels, want := range map[string]bool{
		`{"users":{"@bot:here":100}}`: true,
		`{"users":{"@bot:here":50}}`:  true,
		`{"users":{"@bot:here":49}}`:  false,
		`{}`:                          false,
		`{"users_default":50}`:        true,
		`{"users":{"@bot:here":50},"state_default":100}`:                              false,
		`{"users":{"@bot:here":50},"state_default":100,"events":{"m.room.name":0}}`:   true,
		`{"users":{"@bot:here":50},"kick":60}`:                                        false,
		`{"users":{"@bot:here":50},"invite":60}`:                                      false,
		`{"users":{"@bot:here":"100"}}`:                                               false,
		`[]`:                                                                          false,
		`{"users":{"@bot:here":0},"users_default":100}`:                               false,
		`{"users":{"@bot:here":0},"state_default":0,"kick":0,"invite":0,"events":{}}`: true,
	} {
		if got := s.isPowerful(json.RawMessage(levels)); got != want {
			t.Errorf("by %s: %t", levels, got)
		}
	}
}
