//go:build e2e

package agent_test

// size is that of a monster's part: large enough for what grows with the square to take minutes.
const size = 1 << 17
