package desk

import (
	"os"
	"strings"
	"testing"

	"frontdesk/internal/texts"
)

// TestGuideNamesEveryCommand: the last section of the operator's guide is what the registry holds, and no other section names a command there is not.
func TestGuideNamesEveryCommand(t *testing.T) {
	catalogue, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	guide, list, ok := strings.Cut(string(data), "\n## Every command\n")
	want := "\n| about | say |\n|---|---|\n"
	for _, g := range commandGroups() {
		var all []string
		for _, c := range g.commands {
			say := "`!" + c.name + "`"
			for i, call := range c.calls() {
				say += map[bool]string{true: " (", false: ", "}[i == 0] + "`!" + call + "`"
			}
			if len(c.calls()) > 0 {
				say += ")"
			}
			all = append(all, say)
		}
		want += "| " + catalogue.Text("en", "help.group."+g.subject) + " | " + strings.Join(all, ", ") + " |\n"
	}
	if !ok || list != want {
		t.Errorf("the section «Every command» should be\n%s", want)
	}
	for _, piece := range strings.Split(guide, "`!")[1:] {
		text, _, _ := strings.Cut(piece, "`")
		name, args := parseCommand("!" + text)
		if name == "" {
			continue // "!" is the mark itself, "!2" answers a question
		}
		if _, _, ok := lookUpCommand(name, args); !ok {
			t.Errorf("the guide speaks of !%s, which is no command", name)
		}
	}
}
