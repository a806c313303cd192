// Package changeset compares three trees (the base that was rendered last, the project folder, and the next one) and
// gives the steps that bring the folder to the next tree without losing what the user wrote. It is pure.
package changeset

import (
	"io"

	"example.com/scaffold/generator/tree"
)

// Input is what a plan is made from. All of it is untrusted.
type Input struct {
	Base, Next tree.Tree
	Disk       Disk
	Moved      map[string]string // old path to new path; files or folders
	Union      []string          // globs from the root: both sides' added lines are kept
	Restore    []string          // paths to bring back though the user deleted them
}

// Changeset is a plan: what to write, what is left for the user, and the base once it is written.
type Changeset struct {
	Steps     []Step    // by path
	Conflicts []string  // the paths whose step leaves something to the user
	Kept      int       // files that stay as they are, without a step
	Base      tree.Tree // the merge base of the next run
}

// Paths returns every path, parents included, whose place on disk Plan has to know.
func Paths(in Input) []string { return nil }

// Plan compares. An error means that the run is refused before anything is written; it names the path.
func Plan(in Input) (Changeset, error) { return Changeset{}, nil }

// Diff writes the changes as a unified diff that `git apply` takes. Secret files are only named.
func (c Changeset) Diff(w io.Writer) error { return nil }
