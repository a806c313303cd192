//go:build unix

package cmd

import (
	"os/signal"
	"syscall"
)

// ignoreBrokenPipe makes a closed reader of the output an error of the write: the default, the end of the process at
// that moment, could come in the middle of a change.
func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }
