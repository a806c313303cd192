//go:build e2e

package apply_test

// thin leaves out nothing.
func thin(int, int) bool { return false }
