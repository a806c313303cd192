package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	at, err := placeAt(o.Dir)
	if err == nil && at.isProject() {
		err = fmt.Errorf("%s: is a scaffold project already; `scaffold update` brings it up to date", o.Dir)
	}
	if err != nil {
		return nil, err
	}
	p := &Project{root: o.Dir, recovered: at.recovered, state: state{document: answers.New(), base: tree.Tree{}, files: at.files}}
	if err := p.start(o); err != nil {
		return nil, err
	}
	run, err := p.plan("new", o.Set, o.edit(map[string]any{"project_name": titleOf(o.Set, o.Dir)}))
	if err != nil {
		return nil, err
	}
	run.fresh = at.fresh
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

// place is what stands where a project is to be.
type place struct {
	fresh     bool              // nothing
	files     map[string][]byte // of a state
	recovered string            // what became of a killed run
}

// isProject tells that the state is one of a project, and not what an undo of `new` left.
func (p place) isProject() bool {
	_, answers := p.files[answersFile]
	_, base := p.files[baseFile]
	return answers || base
}

// placeAt looks at dir. What a killed run left is finished or rolled back first.
func placeAt(dir string) (place, error) {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return place{fresh: true, files: map[string][]byte{}}, nil
	case err != nil:
		return place{}, err
	case info.Mode()&fs.ModeSymlink != 0:
		return place{}, fmt.Errorf("%s: is a symbolic link; give the folder that it leads to, or another DIR", dir)
	case !info.IsDir():
		return place{}, fmt.Errorf("%s: is not a folder; give another DIR", dir)
	}
	recovered, err := apply.Recover(dir)
	if err != nil {
		return place{}, err
	}
	files, err := apply.ReadState(dir)
	return place{files: files, recovered: recovered}, err
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
