// Package apply is the only writer: it changes a project folder wholly or not at all, survives being killed at any
// point, and takes its changes back.
//
// A run holds the lock of the folder, checks that every path is still as it was planned from, and writes a journal of
// what it is about to do. New bytes go to temporary files beside their targets and are synced; only then does
// each target change, by a rename or a link, with the old file kept beside it under a second name, so that going
// back needs no space. The state comes last, then the undo record; renaming the journal is the one instant at which
// the run is done. A failure or a cancelled context before it puts everything back; a later run finds the
// journal of one that was killed and does the same, or clears up behind one that was done.
//
// No file that exists is ever opened for writing, no link is followed, and nothing outside the root is touched:
// every operation is one on a folder that was opened below an os.Root. Journals and undo records are untrusted when read.
package apply

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/tree"
)

// The names below a project's root that this package writes for itself.
const (
	stateDir    = ".scaffold"
	agentsDir   = "agents"
	undoDir     = "undo"
	journalFile = stateDir + "/journal"      // a run that is not done
	doneFile    = stateDir + "/journal-done" // a run that is done, but for its leftovers
	journalTemp = stateDir + "/journal-new"  // a journal that is being written
)

// Own are the files that every state folder gets, by their path below it.
var own = []struct{ name, data string }{
	{".gitattributes", "* -text\n"},
	{".gitignore", ignore},
}

const ignore = "/lock\n/journal\n/journal-*\n/undo/\n.scaffold-*\n"

// Change is what a command writes: files of the project, and files of its state.
type Change struct {
	Command string            // its name for messages and for the undo record, as "resource add": small letters
	Writes  []changeset.Write // a write whose Before and After are equal does nothing
	State   map[string][]byte // path below .scaffold/ to its bytes; nil removes it
}

// Apply writes the change, or returns an error and leaves the project as it was: bytes, modes and folders. A change
// that changes nothing touches nothing. When ctx ends before the last file is in place, everything is put back.
func (l *Lock) Apply(ctx context.Context, c Change) error {
	p, err := newPlan(l.sys, c)
	if err != nil || len(p.entries) == 0 {
		return err
	}
	r := run{sys: l.sys, plan: p, record: true}
	return r.do(ctx)
}

// plan is a change made ready: what happens to each path, in order.
type plan struct {
	command string
	entries []*entry
	folders []folder // to be made, the outermost first
	leave   []string // to be removed when they end up empty, the innermost first
	at      map[string]*entry
}

// entry is one path of a plan.
type entry struct {
	path          string
	before, after changeset.Node
	secret        bool
	exact         bool // after.Mode is set as it is; else it is a new file's, less the umask
	inside        bool // goes with the folder above it that gives way to a file
}

// folder is a folder to be made; mode 0 is a new folder's.
type folder struct {
	path string
	mode fs.FileMode
}

// newPlan checks the change as a whole, before anything is written.
func newPlan(sys system, c Change) (*plan, error) {
	if !commandForm.MatchString(c.Command) {
		return nil, fmt.Errorf("%q: not a command's name", c.Command)
	}
	p := &plan{command: c.Command}
	for _, w := range c.Writes {
		if err := tree.CheckPath(w.Path); err != nil {
			return nil, err
		}
		p.add(entryOf(w))
	}
	if err := p.addState(sys, c.State); err != nil {
		return nil, err
	}
	return p, p.arrange(sys)
}

// entryOf settles the mode of what a write makes: a file that was there gets the mode it is given, a new one that of
// a new file under the umask unless it is given another, and a secret is its owner's alone.
func entryOf(w changeset.Write) *entry {
	e := &entry{path: w.Path, before: w.Before, after: w.After, secret: w.Secret, exact: true}
	if e.before.Kind == changeset.Regular || e.after.Kind != changeset.Regular {
		return e
	}
	switch mode := e.after.Mode.Perm() &^ 0o002; {
	case mode != 0 && mode != 0o644 && mode != 0o755:
		e.after.Mode = mode
	case e.secret:
		e.after.Mode = 0o600
	default:
		e.exact = false
	}
	return e
}

func (p *plan) add(e *entry) {
	same := e.before.Kind == e.after.Kind &&
		(e.before.Kind != changeset.Regular || e.before.Mode.Perm() == e.after.Mode.Perm() && string(e.before.Data) == string(e.after.Data))
	if !same {
		p.entries = append(p.entries, e)
	}
}

func (p *plan) addState(sys system, state map[string][]byte) error {
	if _, err := stateNames(sys); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(state)) {
		data := state[name]
		if stateLimit(name) == 0 {
			return fmt.Errorf("%s/%s: not a file of the state", stateDir, name)
		}
		if err := tree.CheckPath(name); err != nil {
			return fmt.Errorf("%s/%w", stateDir, err)
		}
		full := stateDir + "/" + name
		before, err := look(sys, full, true)
		if err != nil {
			return err
		}
		after := changeset.Node{}
		if data != nil {
			after = changeset.Node{Kind: changeset.Regular, Data: data, Mode: 0o644}
			if before.Kind == changeset.Regular {
				after.Mode = before.Mode
			}
		}
		p.add(&entry{path: full, before: before, after: after, exact: before.Kind == changeset.Regular})
	}
	if len(p.entries) == 0 {
		return nil
	}
	return p.addOwn(sys)
}

// addOwn adds the state folder's own files where they are missing; a person's own are left as they are.
func (p *plan) addOwn(sys system) error {
	for _, file := range own {
		full := stateDir + "/" + file.name
		before, err := look(sys, full, false)
		if err != nil {
			return err
		}
		if before.Kind == changeset.Absent {
			p.add(&entry{path: full, after: changeset.Node{Kind: changeset.Regular, Data: []byte(file.data), Mode: 0o644}})
		}
	}
	return nil
}

// arrange puts the entries in their order, and finds which folders are made, left or give way.
func (p *plan) arrange(sys system) error {
	if err := p.checkKinds(); err != nil {
		return err
	}
	slices.SortFunc(p.entries, func(a, b *entry) int {
		if x, y := rank(a), rank(b); x != y {
			return x - y
		}
		return strings.Compare(a.path, b.path)
	})
	p.at = map[string]*entry{}
	for _, e := range p.entries {
		if p.at[e.path] != nil {
			return fmt.Errorf("%s: written twice in one change", e.path)
		}
		p.at[e.path] = e
	}
	for _, e := range p.entries {
		if err := p.place(sys, e); err != nil {
			return err
		}
	}
	slices.SortFunc(p.folders, func(a, b folder) int { return strings.Compare(a.path, b.path) })
	slices.SortFunc(p.leave, func(a, b string) int { return strings.Compare(b, a) })
	p.leave = slices.Compact(p.leave)
	return nil
}

// rank orders a plan: what goes, what comes, the state, the undo record.
func rank(e *entry) int {
	switch {
	case strings.HasPrefix(e.path, stateDir+"/"+undoDir+"/"):
		return 3
	case strings.HasPrefix(e.path, stateDir+"/"):
		return 2
	case e.after.Kind == changeset.Absent:
		return 0
	}
	return 1
}

func (p *plan) checkKinds() error {
	kept := p.entries[:0]
	for _, e := range p.entries {
		if e.before.Kind == changeset.Link || e.before.Kind == changeset.Special {
			return fmt.Errorf("%s: %s, which is never changed", e.path, kindName(e.before.Kind))
		}
		switch {
		case e.after.Kind == changeset.Link || e.after.Kind == changeset.Special:
			return fmt.Errorf("%s: %s can't be written", e.path, kindName(e.after.Kind))
		case e.after.Kind == changeset.Folder:
			p.folders = append(p.folders, folder{e.path, e.after.Mode.Perm()})
			e.after = changeset.Node{}
		case e.before.Kind == changeset.Folder && e.after.Kind == changeset.Absent:
			continue // it goes when the last file in it does
		}
		if e.before.Kind != e.after.Kind || e.after.Kind == changeset.Regular {
			kept = append(kept, e)
		}
	}
	p.entries = kept
	return nil
}

// place looks at the folders on the way to an entry.
func (p *plan) place(sys system, e *entry) error {
	made := false
	for _, dir := range parents(e.path) {
		above := p.at[dir]
		switch {
		case above != nil && above.before.Kind == changeset.Folder:
			if e.after.Kind != changeset.Absent {
				return fmt.Errorf("%s: its folder is to become a file", e.path)
			}
			e.inside = true
			return nil
		case above != nil && above.after.Kind == changeset.Regular && e.after.Kind == changeset.Regular:
			return fmt.Errorf("%s: %s is to be a file", e.path, dir)
		}
		if e.after.Kind == changeset.Absent {
			if dir != stateDir {
				p.leave = append(p.leave, dir)
			}
			continue
		}
		if !made {
			node, err := look(sys, dir, false)
			switch {
			case err != nil:
				return err
			case node.Kind == changeset.Folder:
				continue
			case node.Kind != changeset.Absent && (above == nil || node.Kind != changeset.Regular):
				return fmt.Errorf("%s: %s where a folder is needed", dir, kindName(node.Kind))
			}
			made = true
		}
		if !slices.ContainsFunc(p.folders, func(f folder) bool { return f.path == dir }) {
			p.folders = append(p.folders, folder{path: dir})
		}
	}
	return nil
}

// room tells that the entry is a file that makes room for a folder.
func (p *plan) room(e *entry) bool {
	if e.after.Kind != changeset.Absent || e.before.Kind != changeset.Regular {
		return false
	}
	_, found := slices.BinarySearchFunc(p.folders, e.path, func(f folder, p string) int { return strings.Compare(f.path, p) })
	return found
}

// beside returns the name of the n-th entry's temporary file: what = "new", or "old" for the kept one.
func beside(p, id string, n int, what string) string {
	return path.Join(path.Dir(p), fmt.Sprintf(".scaffold-%s-%d.%s", id, n, what))
}
