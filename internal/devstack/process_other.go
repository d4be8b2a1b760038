//go:build unix && !linux

package devstack

import "syscall"

// dieWithParent has no equivalent here: a killed parent leaves its children running.
func dieWithParent(*syscall.SysProcAttr) {}
