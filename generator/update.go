package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/layer"
)

// UpdateOptions says what an update changes and allows.
type UpdateOptions struct {
	Sets       []string      // KEY=VALUE
	Restore    []string      // paths to bring back though they were deleted
	Templates  string        // the folder of a set, absolute; "" for the recorded one
	AllowOlder bool          // take a set older than the recorded one
	Asker      answers.Asker // nil: nobody is asked, a new question takes its default
}

// Update plans the merge of the project with what its answers and the set make of it today.
func (p *Project) Update(o UpdateOptions) (*Run, error) { return p.update("update", o) }

func (p *Project) update(command string, o UpdateOptions) (*Run, error) {
	set, folder, err := p.openSet(o.Templates)
	if err != nil {
		return nil, err
	}
	recorded := p.state.applied.Templates
	if recorded.Name == set.Name && older(set.Version, recorded.Version) && !o.AllowOlder {
		return nil, fmt.Errorf("the template set %s %s is older than the one that the project was rendered with (%s): install a newer scaffold, or give --allow-older",
			set.Name, set.Version, recorded.Version)
	}
	return p.plan(command, set, edit{
		Request: answers.Request{Sets: o.Sets, Stored: p.state.document, Asker: o.Asker},
		restore: o.Restore, templates: folder,
	})
}

// openSet opens the set of the flag, or the recorded one: a folder inside the project, or the built-in set.
func (p *Project) openSet(flag string) (*layer.Set, string, error) {
	recorded := p.state.document.Templates
	folder := flag
	if folder == "" && recorded.Path != "" {
		if err := checkInside(p.root, recorded.Path); err != nil {
			return nil, "", fmt.Errorf("%s/%s: templates: the path %q %w; give --templates DIR", StateDir, answersFile, recorded.Path, err)
		}
		folder = filepath.Join(p.root, filepath.FromSlash(recorded.Path))
	}
	set, err := OpenSet(folder)
	if err != nil && flag == "" && folder != "" {
		return nil, "", fmt.Errorf("the recorded template set %s can't be read: %w; give --templates DIR", recorded.Path, err)
	}
	if err != nil {
		return nil, "", err
	}
	if flag == "" && recorded.Name != "" && set.Name != recorded.Name {
		return nil, "", fmt.Errorf("the project was made with the template set %q, and this is %q; give --templates DIR", recorded.Name, set.Name)
	}
	return set, folder, nil
}

// older compares versions by their numbers and, between those, their letters: 2026.9 is older than 2026.11.
func older(version, than string) bool {
	cut := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '-' || r == '+' })
	}
	return slices.CompareFunc(cut(version), cut(than), func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX == nil && errY == nil {
			return x - y
		}
		return strings.Compare(a, b)
	}) < 0
}

// AddAgents plans an update with more agents; one of a name that the project has is replaced.
func (p *Project) AddAgents(sources []AgentSource, o UpdateOptions) (*Run, error) {
	for _, source := range sources {
		if err := p.addAgent(source); err != nil {
			return nil, err
		}
	}
	return p.update("agents add", o)
}

// RemoveAgent plans an update without an agent.
func (p *Project) RemoveAgent(name string, o UpdateOptions) (*Run, error) {
	at := slices.IndexFunc(p.state.agents, func(def definition) bool { return def.name == name })
	if at < 0 {
		return nil, fmt.Errorf("the project has no agent %q; it has %s", name, cmp.Or(strings.Join(p.names(), ", "), "none"))
	}
	p.state.agents = slices.Delete(p.state.agents, at, at+1)
	return p.update("agents remove", o)
}

// Regenerate plans the update that `scaffold agents` is: every file that agents and answers make.
func (p *Project) Regenerate(o UpdateOptions) (*Run, error) { return p.update(regenerate, o) }

// regenerate is the command of Regenerate; it speaks of every agent, not only of those given to it.
const regenerate = "agents"

// AgentInfo is an agent of the project.
type AgentInfo struct{ Name, Description string }

// Agents lists the agents of the project in the order of the answers.
func (p *Project) Agents() []AgentInfo {
	list := []AgentInfo{}
	for _, def := range p.state.agents {
		list = append(list, AgentInfo{def.name, def.file.Description})
	}
	return list
}

// Undo plans taking back the last change of the project at root.
func Undo(ctx context.Context, root string) (run *Run, err error) {
	lock, recovered, err := apply.Acquire(root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	report, err := lock.Undo(ctx, true)
	if err != nil {
		return nil, err
	}
	run = &Run{Root: root, Command: "undo", undo: true}
	if recovered != "" {
		run.Notes = append(run.Notes, recovered)
	}
	for _, write := range report.Writes {
		run.Changeset.Steps = append(run.Changeset.Steps, undoStep(report.Command, write))
	}
	return run, nil
}

func undoStep(command string, w changeset.Write) changeset.Step {
	step := changeset.Step{
		Path: w.Path, Action: changeset.Update, Mode: w.After.Mode, Writes: []changeset.Write{w},
		Reason: fmt.Sprintf("as it was before `scaffold %s`", command),
	}
	switch {
	case w.After.Kind == changeset.Absent:
		step.Action = changeset.Delete
	case w.Before.Kind == changeset.Absent:
		step.Action = changeset.Create
	case string(w.Before.Data) == string(w.After.Data):
		step.Action = changeset.Chmod
	}
	return step
}
