// Package generator is the pipeline: it renders a project from its answers, compares the tree with what
// was rendered last and with the folder, and hands the difference to the one writer.
//
//	agents + answers + resources ──► layers ──► next tree ─┐
//	                       .scaffold/base.txtar (last tree) ├─► changeset ──► Run ──► Apply
//	                            project folder (disk tree) ─┘
//
// Every command is an edit of the answers before that pipeline, or a look at its result: New is an update of an
// empty folder, Check asks whether the changeset is empty, Undo applies the recorded inverse. Nothing here prints,
// asks a terminal, or writes outside generator/apply.
package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/render"
	"example.com/scaffold/templates"
)

// StateDir is the folder below a project's root that holds its state.
const StateDir = ".scaffold"

// ErrNoProject is what FindRoot returns where no folder above has a state.
var ErrNoProject = errors.New("not in a scaffold project: no .scaffold/answers.yaml here or in a folder above; `scaffold new DIR` makes one, `scaffold adopt` takes an existing repository")

// FindRoot returns the nearest folder at or above dir that holds .scaffold/answers.yaml, or that a
// stopped run left with a journal.
func FindRoot(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Lstat(filepath.Join(at, StateDir))
		switch {
		case err == nil && (info.IsDir() || info.Mode()&fs.ModeSymlink != 0):
			return at, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("%s: %w", at, err)
		}
		if filepath.Dir(at) == at {
			return "", ErrNoProject
		}
	}
}

// Recover finishes or takes back what a killed run left in the project at root, and says which; "" when there was none.
// Everything else that opens a project does so too.
func Recover(root string) (string, error) { return apply.Recover(root) }

// OpenSet loads the template set in the folder dir, or the built-in one when dir is empty.
func OpenSet(dir string) (*layer.Set, error) {
	if dir == "" {
		return layer.Load(templates.FS, "templates")
	}
	fsys, err := layer.Open(dir)
	if err != nil {
		return nil, err
	}
	set, err := layer.Load(fsys, dir)
	if err != nil {
		return nil, err
	}
	return set, render.Check(set) // the built-in set is checked by a test
}

// AgentSource is an agent definition as it was given: the path for messages, and its bytes.
type AgentSource struct {
	Path string
	Data []byte
}

// Run is a change that is planned and not yet written.
type Run struct {
	Root      string
	Command   string
	Changeset changeset.Changeset
	// Agents holds the definitions that this run was given, with what their files lack.
	Agents []AgentReport
	// Notes are sentences for the person that are no step: a recovered run, an unknown server.
	Notes []string

	state  map[string][]byte // below StateDir; nil removes
	before map[string][]byte // the state that the plan was made from
	fresh  bool              // the root was not there
	undo   bool              // takes the last change back, instead of writing the changeset
}

// AgentReport is a definition that was given and the lint's findings on it.
type AgentReport struct {
	Name, Path string
	Findings   []agent.Finding
	// Repairs is the answer agent_repairs that would mend some of the findings, with what it allows already; nil where none would.
	Repairs []string
}

// Clean tells that there is nothing to write: no file, and no state.
func (r *Run) Clean() bool {
	if r.undo {
		return false
	}
	for _, step := range r.Changeset.Steps {
		if len(step.Writes) > 0 {
			return false
		}
	}
	return len(r.changedState()) == 0
}

func (r *Run) writes() []changeset.Write {
	var writes []changeset.Write
	for _, step := range r.Changeset.Steps {
		writes = append(writes, step.Writes...)
	}
	return writes
}

// changedState returns the state files whose bytes this run changes.
func (r *Run) changedState() map[string][]byte {
	changed := map[string][]byte{}
	for path, data := range r.state {
		if old, there := r.before[path]; data == nil && there || data != nil && (!there || string(old) != string(data)) {
			changed[path] = data
		}
	}
	return changed
}

// Apply writes the run: all of it, or nothing. A clean run writes nothing.
func (r *Run) Apply(ctx context.Context) (err error) {
	change := apply.Change{Command: r.Command, Writes: r.writes(), State: r.changedState()}
	switch {
	case r.Clean():
		return nil
	case r.fresh:
		return apply.Create(ctx, r.Root, change)
	}
	lock, _, err := apply.Acquire(r.Root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if r.undo {
		_, err := lock.Undo(ctx, false)
		return err
	}
	now, err := apply.ReadState(r.Root)
	if err != nil {
		return err
	}
	if !sameState(now, r.before) {
		return fmt.Errorf("%s: another run changed the project meanwhile; nothing was written, run this command again", StateDir)
	}
	return lock.Apply(ctx, change)
}

func sameState(a, b map[string][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for path, data := range a {
		if other, ok := b[path]; !ok || string(other) != string(data) {
			return false
		}
	}
	return true
}

// builtinPlanner is the definition that a new project gets when none is given.
func builtinPlanner() AgentSource {
	return AgentSource{Path: "the built-in planner", Data: templates.Planner}
}

// templatesOf names a set in the answers; path is the folder that --templates named, relative to the root,
// or empty for the built-in set and for a folder outside the project.
func templatesOf(set *layer.Set, path string) answers.Templates {
	return answers.Templates{Name: set.Name, Version: set.Version, Path: path}
}
