//go:build e2e

package apply_test

// kills is how often TestKilled kills each command.
const kills = 50

// thin leaves out only what is beyond some minutes: most of the pairs of a stop and a second stop.
func thin(n, every int) bool { return every > 100 && n%11 != 0 }
