//go:build !e2e

package agent_test

// size is that of a monster's part, and slow names the monsters that are left out: `make test` has larger ones, and all of them.
const (
	size = 1 << 14
	slow = "question nesting, key nesting"
)
