//go:build !e2e

package apply_test

// kills is how often TestKilled kills each command.
const kills = 8

// thin leaves out all but one of every so many cases; the build tag e2e leaves out few.
func thin(n, every int) bool { return n%every != 0 }
