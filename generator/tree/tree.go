// Package tree is a set of files by path: the portable-name rules that every path must pass, and the txtar form in which a
// project keeps the tree that was rendered last.
package tree

import (
	"maps"
	"slices"
)

// File is one file of a tree.
type File struct {
	Data   []byte
	Exec   bool // executable
	Once   bool // created once, then the user's
	Secret bool // once, and its bytes are never kept in any state
}

// Tree holds files by slash-separated path, relative to the project's root.
type Tree map[string]File

// Paths returns the paths in order.
func (t Tree) Paths() []string {
	return slices.Sorted(maps.Keys(t))
}
