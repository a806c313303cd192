//go:build unix

package cmd_test

import (
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

func fifo(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: fifo NAME")
	}
	ts.Check(unix.Mkfifo(ts.MkAbs(args[0]), 0o644))
}
