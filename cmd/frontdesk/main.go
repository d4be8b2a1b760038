// Command frontdesk is a contact desk on Matrix. See docs/operations.md, or run "frontdesk help".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"frontdesk/internal/program"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	m := program.Main{Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(int(m.Run(ctx)))
}
