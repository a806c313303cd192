// Package changeset compares three trees (the base that was rendered last, the project folder, and the next one) and
// gives the steps that bring the folder to the next tree without losing what the user wrote. It is pure.
//
// With B in the base, D on disk and N next, and – for absent:
//
//	D = N                        kept
//	D = B, N differs             update
//	N = B, D differs             leave
//	all differ                   merge, or conflict with marker lines
//	B –, D –, N                  create
//	B –, D, N differs            conflict: the user's stays, ours beside it
//	B, D –, N                    leave, or create when it is to be restored
//	B, D = B, N –                delete
//	B, D differs, N –            conflict: kept
//	moved                        the user's file goes to its new name, and is merged there
//	not text, or large, and both changed: conflict, the user's stays, ours beside it
//	once and secret              created when neither base nor disk has them, else left for ever
//
// A file beside another is NAME.scaffold-new. One that is there already is replaced only while it holds what an
// earlier run put there; else the name is NAME.2.scaffold-new, and so on.
package changeset

import (
	"slices"
	"strings"

	"example.com/scaffold/generator/tree"
)

// Input is what a plan is made from. All of it is untrusted.
type Input struct {
	Base, Next tree.Tree
	Disk       Disk              // what stands at Paths
	Moved      map[string]string // old path to new path, of files or folders
	Union      []string          // globs from the root: where both sides only added lines, both are kept
	Restore    []string          // paths to bring back though the user deleted them; a folder means all below it
	Adopt      bool              // a file that is there already is the user's, without ours beside it
}

// Changeset is a plan: what to write, what is left for the user, and the base once it is written.
type Changeset struct {
	Steps     []Step    // by path
	Conflicts []string  // the paths whose step leaves something to the user
	Kept      int       // files that stay as they are, without a step
	Base      tree.Tree // the merge base of the next run, without the bytes of secret files
}

// Paths returns, in order, every path whose place on disk Plan has to know, parents included.
func Paths(in Input) []string {
	known := map[string]bool{}
	add := func(path string) {
		for path != "" && !known[path] {
			known[path] = true
			path = parent(path)
		}
	}
	for path := range in.Base {
		add(path)
	}
	for path, next := range in.Next {
		add(path)
		if base, ok := in.Base[path]; !isOnce(next) && (!ok || !sameFile(base, next)) {
			for n := range maxBeside {
				add(besideName(path, n+1))
			}
		}
	}
	paths := make([]string, 0, len(known))
	for path := range known {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// Plan compares. An error means that the run is refused before anything is written; it names the path.
func Plan(in Input) (Changeset, error) {
	p := &planner{Input: in, steps: map[string]*Step{}, written: map[string]bool{}, restore: map[string]bool{}}
	for _, stage := range []func() error{p.checkInput, p.resolveMoves, p.checkMarkers, p.checkRestore, p.decide, p.checkRoom} {
		if err := stage(); err != nil {
			return Changeset{}, err
		}
	}
	return p.result(), nil
}

// planner makes one plan.
type planner struct {
	Input
	moves   map[string]string   // old path in the base to the new one in the next tree
	sources map[string][]string // the reverse
	restore map[string]bool     // paths of the next tree
	steps   map[string]*Step
	written map[string]bool // files beside others
	kept    int
}

func (p *planner) checkInput() error {
	if err := p.Next.Check(); err != nil {
		return err
	}
	return p.Base.Check()
}

// decide makes the step of every path of both trees.
func (p *planner) decide() error {
	for _, path := range p.Next.Paths() {
		var err error
		if len(p.sources[path]) > 0 {
			err = p.move(path)
		} else {
			err = p.place(path)
		}
		if err != nil {
			return err
		}
	}
	for _, path := range p.Base.Paths() {
		_, stays := p.Next[path]
		_, moves := p.moves[path]
		if stays || moves {
			continue
		}
		if err := p.drop(path); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) add(step Step) {
	p.steps[step.Path] = &step
}

func (p *planner) result() Changeset {
	c := Changeset{Steps: []Step{}, Conflicts: []string{}, Kept: p.kept, Base: p.nextBase()}
	for _, step := range p.steps {
		c.Steps = append(c.Steps, *step)
		if step.Action == Conflict {
			c.Conflicts = append(c.Conflicts, step.Path)
		}
	}
	slices.SortFunc(c.Steps, func(a, b Step) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(c.Conflicts)
	return c
}

// nextBase is the next tree, with the files that were created once and that the set has dropped since: they stay known, so
// that they are never written a second time.
func (p *planner) nextBase() tree.Tree {
	base := make(tree.Tree, len(p.Next))
	spelled := map[string]string{} // each file and folder of the next tree, by its folded form
	for path, file := range p.Next {
		if file.Secret {
			file.Data = nil
		}
		base[path] = file
		for at := path; at != ""; at = parent(at) {
			spelled[tree.Fold(at)] = at
		}
	}
	for path, file := range p.Base {
		if _, moves := p.moves[path]; isOnce(file) && !moves && p.fits(path, spelled) {
			base[path] = file
		}
	}
	return base
}

// fits tells that a path which the next tree doesn't have can stand beside what it has.
func (p *planner) fits(path string, spelled map[string]string) bool {
	if _, taken := spelled[tree.Fold(path)]; taken {
		return false
	}
	for dir := parent(path); dir != ""; dir = parent(dir) {
		_, file := p.Next[dir]
		if name, known := spelled[tree.Fold(dir)]; file || known && name != dir {
			return false
		}
	}
	return true
}

func parent(path string) string {
	return path[:max(strings.LastIndexByte(path, '/'), 0)]
}

func isOnce(f tree.File) bool { return f.Once || f.Secret }

func sameFile(a, b tree.File) bool {
	return a.Exec == b.Exec && a.Secret == b.Secret && string(a.Data) == string(b.Data)
}
