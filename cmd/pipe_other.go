//go:build !unix

package cmd

// ignoreBrokenPipe has nothing to do: only Unix ends a process for a closed pipe.
func ignoreBrokenPipe() {}
