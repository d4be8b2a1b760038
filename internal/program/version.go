package program

import (
	"context"
	"fmt"
	"runtime/debug"
)

// Version describes the running binary: the module's version where one was given, else the commit it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "devel"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				version += "-" + s.Value[:12]
			}
			if s.Key == "vcs.modified" && s.Value == "true" {
				version += "-modified"
			}
		}
	}
	return version + " (" + info.GoVersion + ")"
}

func versionCommand(_ context.Context, m *Main, args []string) error {
	if err := parse(m.flags("version"), args); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(m.Stdout, "frontdesk", Version()); err != nil {
		return fmt.Errorf("print version: %w", err)
	}
	return nil
}
