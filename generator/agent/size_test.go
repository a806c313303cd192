//go:build !e2e

package agent_test

// size is that of a monster's part; `make test` tries larger ones.
const size = 1 << 12
