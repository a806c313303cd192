//go:build e2e

package agent_test

// size is that of a monster's part: large enough for what grows with the square to take minutes. None is left out.
const (
	size = 1 << 17
	slow = ""
)
