package journal_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"frontdesk/store/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(crashVariable) != "" {
		crashChild()
		return
	}
	code := m.Run()
	if err := storetest.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
