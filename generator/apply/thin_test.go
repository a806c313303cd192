//go:build !e2e

package apply_test

// thin leaves out most cases of the long matrices; the build tag e2e runs them all.
func thin(n, level int) bool { return n%(1+level*6) != 0 }
