package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/tree"
)

// NewOptions says what a new project is made of.
type NewOptions struct {
	Dir       string // the project's folder, absolute; it may be there
	Set       *layer.Set
	Templates string            // the folder of the set, absolute; "" for the built-in one
	Answers   *answers.Document // of --answers; nil without
	Sets      []string          // KEY=VALUE, each wins over Answers
	Agents    []AgentSource     // none: the built-in planner
	Asker     answers.Asker     // nil: nobody is asked, the rest takes its defaults
}

// New plans a project. A folder that is there is merged into, and refused where a file of its own is in the way.
func New(o NewOptions) (*Run, error) {
	fresh, err := isFresh(o.Dir)
	if err != nil {
		return nil, err
	}
	p := &Project{root: o.Dir, state: state{document: answers.New(), base: tree.Tree{}, files: map[string][]byte{}}}
	if err := p.start(o); err != nil {
		return nil, err
	}
	run, err := p.plan("new", o.Set, o.edit(map[string]any{"project_name": titleOf(o.Dir)}))
	if err != nil {
		return nil, err
	}
	run.fresh = fresh
	return run, refuseCollisions(run)
}

// edit is the request of a first render; known are the defaults that the folder gives.
func (o NewOptions) edit(known map[string]any) edit {
	return edit{
		Request:   answers.Request{Sets: o.Sets, Given: o.Answers, Defaults: known, Asker: o.Asker, Review: true},
		templates: o.Templates,
	}
}

// start takes over the definitions, and the resources of the given answers.
func (p *Project) start(o NewOptions) error {
	if err := p.give(o.Agents); err != nil || o.Answers == nil {
		return err
	}
	p.state.document.Resources = o.Answers.Resources
	for _, name := range o.Answers.Agents {
		if !slices.Contains(p.names(), name) {
			return fmt.Errorf("the answers name the agent %q; give its definition with --agent FILE", name)
		}
	}
	return nil
}

// give makes the definitions those of the project; the built-in planner where there are none.
func (p *Project) give(sources []AgentSource) error {
	if len(sources) == 0 {
		sources = []AgentSource{builtinPlanner()}
	}
	for _, source := range sources {
		if err := p.addAgent(source); err != nil {
			return err
		}
	}
	return nil
}

var errIsProject = errors.New("is a scaffold project already; `scaffold update` brings it up to date")

// isFresh tells that dir is not there. A folder that is there must not be a project already.
func isFresh(dir string) (bool, error) {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	case !info.IsDir():
		return false, fmt.Errorf("%s: is not a folder; give another DIR", dir)
	}
	if recovered, err := apply.Recover(dir); err != nil || recovered != "" {
		return false, err
	}
	_, err = os.Lstat(filepath.Join(dir, StateDir))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	return false, fmt.Errorf("%s: %w", dir, errIsProject)
}

// refuseCollisions refuses a new project in a folder that holds other files under its names.
func refuseCollisions(run *Run) error {
	var taken []string
	for _, step := range run.Changeset.Steps {
		if step.Action == changeset.Conflict {
			taken = append(taken, step.Path)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	return fmt.Errorf("%s: holds files that the project would write otherwise: %s; give another DIR, or `scaffold adopt` this one",
		run.Root, strings.Join(taken, ", "))
}
