package calls

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"frontdesk/internal/devstack"
)

// sfu is the real media server that the tests share. Each test has a room of its own.
var sfu *devstack.LiveKit

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	var err error
	if sfu, err = devstack.StartLiveKit(ctx, devstack.LiveKitOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer sfu.Close()
	return m.Run()
}
