package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestScriptIsTheSameForTheSameSeed(t *testing.T) {
	o := fullRun(byWidget, 400, 7)
	if a, b := write(o), write(o); !reflect.DeepEqual(a, b) {
		t.Error("two scripts of the same options differ")
	}
	if a, b := write(o), write(fullRun(byWidget, 400, 8)); reflect.DeepEqual(a, b) {
		t.Error("two seeds give the same script")
	}
	if a, b := planFaults(o), planFaults(o); !reflect.DeepEqual(a, b) {
		t.Error("two plans of faults of the same options differ")
	}
}

func TestScriptHasWhatIsDemanded(t *testing.T) {
	for _, messages := range []int{40, 200, 2000} {
		o := fullRun(byWidget, messages, 3)
		s := write(o)
		keys, contents, files, n := map[string]bool{}, map[string]bool{}, 0, 0
		for l := range s.all() {
			n++
			if keyOf(l.Key) != l.Key || keys[l.Key] {
				t.Fatalf("key %q is not found in texts or stands twice", l.Key)
			}
			content := contentOf(l.From, l.Text, l.File)
			if contents[content] {
				t.Errorf("line %s has the content of another one", l.Key)
			}
			keys[l.Key], contents[content] = true, true
			if l.File != nil {
				files++
				if keyOf(l.File.Name) != l.Key {
					t.Errorf("file %s does not carry its line's key %s", l.File.Name, l.Key)
				}
			} else if l.Text != strings.TrimSpace(l.Text) || strings.HasPrefix(l.Text, "//") || strings.HasPrefix(l.Text, "!") {
				t.Errorf("text %q would not go through as it is", l.Text)
			}
		}
		if want := o.Messages + o.Files; n != want || s.Messages != want || files != o.Files {
			t.Errorf("%d lines, %d of them files; want %d and %d", n, files, want, o.Files)
		}
		for _, c := range s.Conversations {
			if len(c.Lines[visitorSide]) == 0 || len(c.Lines[operatorSide]) == 0 || c.Lines[visitorSide][0].File != nil {
				t.Errorf("conversation %d does not begin with words or has a silent side", c.N)
			}
		}
	}
}

func TestPlanDoesWhatIsDemanded(t *testing.T) {
	for _, channel := range []string{byWidget, byTelegram} {
		for _, messages := range []int{200, 2000, 5000} {
			o := fullRun(channel, messages, 5)
			var got tally
			last := 0.0
			for _, f := range planFaults(o) {
				switch f.Kind {
				case killFrontdesk:
					got.Kills++
				case killSynapse:
					got.SynapseKills++
				case killBoth:
					got.Kills, got.SynapseKills = got.Kills+1, got.SynapseKills+1
				case cutSocket, telegramCuts, telegramGone, synapseCuts:
					got.Cuts++
				case telegramLimits, telegramErrs, synapseLimits, synapseErrs:
					got.Storms++
				}
				if f.At < last || f.At >= 1 || f.Visitor >= o.Conversations {
					t.Errorf("fault at %g after one at %g on visitor %d of %d", f.At, last, f.Visitor, o.Conversations)
				}
				last = f.At
			}
			got.Busy = tallyBusy{got.Kills, got.SynapseKills, got.Cuts, got.Storms}
			if missing := got.enough(o); missing != "" {
				t.Errorf("%d messages by %s: %s", messages, channel, missing)
			}
		}
	}
}
