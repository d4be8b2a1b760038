package desk

import (
	"errors"
	"testing"

	"frontdesk/internal/texts"
)

// TestCallSteps: every state with every event, written by hand from V1–V6. "" is nothing, "!key" a refusal.
func TestCallSteps(t *testing.T) {
	catalogue, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	events := []callEvent{callAnswered, callRefused, callHungUp, callUp, callDown, callLapsed, callLeft, callWithdraw, callMoved}
	for state, want := range map[CallState][]string{
		CallRinging: {"joining", "declined", "declined", "", "", "missed", "withdrawn", "withdrawn", "withdrawn"},
		CallJoining: {"!call.elsewhere", "!call.elsewhere", "failed", "active", "failed", "", "failed", "failed", "failed"},
		CallActive:  {"!call.elsewhere", "!call.elsewhere", "talked", "", "talked", "", "talked", "talked", "talked"},
		CallEnded:   {"!call.over", "!call.over", "!call.over", "", "", "", "", "!call.none", ""},
	} {
		if len(callSteps[state]) != len(events) {
			t.Errorf("%s: %d steps, want %d", state, len(callSteps[state]), len(events))
		}
		for i, e := range events {
			step, got := callSteps[state][e], ""
			switch {
			case step.refusal != "":
				got = "!" + step.refusal
				if catalogue.Text("en", step.refusal) == step.refusal {
					t.Errorf("%s has no text", step.refusal)
				}
			case step.to == CallEnded:
				got = string(step.outcome)
			default:
				got = string(step.to)
			}
			if got != want[i] || step.outcome != "" && step.to != CallEnded {
				t.Errorf("%s, %s: %+v, want %q", state, e, step, want[i])
			}
		}
	}
	a := &act{Engine: New(Options{Texts: catalogue})}
	if _, err := a.happen(&Call{State: CallEnded}, callAnswered, "", ""); !isConflict(err) {
		t.Errorf("an answer to what is over: %v", err)
	}
	if _, err := a.happen(&Call{State: "odd"}, callUp, "", ""); err == nil || isConflict(err) {
		t.Errorf("an unknown state: %v", err)
	}
}

func isConflict(err error) bool {
	var refusal *Error
	return errors.As(err, &refusal) && refusal.Code == Conflict
}
