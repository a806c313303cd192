package cmd

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"example.com/scaffold/generator"
	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/layer"
)

// This file is the seam to package generator: what a command asks of the pipeline, and nothing else, is here.

// project returns the root of the project around the working folder. What a killed run left there is finished or taken back
// first, and said, whatever becomes of this command.
func (a *app) project() (string, error) {
	root, err := generator.FindRoot(a.Dir)
	if err != nil {
		return "", err
	}
	recovered, err := generator.Recover(root)
	if recovered != "" {
		a.say("%s", recovered)
	}
	return root, err
}

func (a *app) openSet(dir string) (*layer.Set, error) {
	if dir == "" {
		return generator.OpenSet("")
	}
	if err := isFolder(a.path(dir), "--templates"); err != nil {
		return nil, err
	}
	return generator.OpenSet(a.path(dir))
}

// asker returns who answers questions; nil where nobody does.
func (a *app) asker(f changeFlags) answers.Asker {
	p := a.prompter(f)
	if p == nil {
		return nil
	}
	return &interview{p}
}

// readAnswers reads the file of --answers; without one there is none.
func (a *app) readAnswers(name string) (*answers.Document, error) {
	switch name {
	case "":
		return nil, nil
	case "-":
		data, err := a.readStandardInput(maxAnswersBytes)
		if err != nil {
			return nil, err
		}
		return answers.Parse(data, "standard input")
	}
	data, err := a.readInput(name, maxAnswersBytes)
	if err != nil {
		return nil, err
	}
	return answers.Parse(data, name)
}

// readStandardInput reads all of the input, unless a signal comes first.
func (a *app) readStandardInput(limit int64) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		in := a.In
		if in == nil {
			in = bytes.NewReader(nil)
		}
		data, err := readBounded(io.Reader(in), "standard input", limit)
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-a.ctx.Done():
		return nil, a.ctx.Err()
	}
}

// newProject gathers what a new project, or an adopted one, is made of.
func (a *app) newProject(o newOptions) (generator.NewOptions, error) {
	if o.dir == "" {
		return generator.NewOptions{}, errors.New("DIR is empty; give a folder, or . for this one")
	}
	n := generator.NewOptions{Dir: a.path(o.dir), Sets: o.sets}
	var err error
	if n.Set, err = a.openSet(o.templates); err != nil {
		return n, err
	}
	if o.templates != "" {
		n.Templates = a.path(o.templates)
	}
	if n.Answers, err = a.readAnswers(o.answers); err != nil {
		return n, err
	}
	if n.Agents, err = a.readAgents(o.agents); err != nil {
		return n, err
	}
	if o.answers != "-" { // else the input is the answers, not a person
		n.Asker = a.asker(o.change)
	}
	return n, nil
}

func (a *app) open(root string, o updateOptions) (*generator.Project, generator.UpdateOptions, error) {
	u := generator.UpdateOptions{Sets: o.sets, Asker: a.asker(o.change), AllowOlder: o.allowOlder}
	for _, name := range o.restore {
		u.Restore = append(u.Restore, strings.TrimPrefix(filepath.ToSlash(name), "./"))
	}
	if o.templates != "" {
		if err := isFolder(a.path(o.templates), "--templates"); err != nil {
			return nil, u, err
		}
		u.Templates = a.path(o.templates)
	}
	project, err := generator.Open(root)
	return project, u, err
}

func planUpdate(a *app, root string, o updateOptions) (*generator.Run, error) {
	p, u, err := a.open(root, o)
	if err != nil {
		return nil, err
	}
	return p.Update(u)
}

func planAgents(a *app, root string, o updateOptions) (*generator.Run, error) {
	p, u, err := a.open(root, o)
	if err != nil {
		return nil, err
	}
	return p.Regenerate(u)
}

func planAgentsAdd(a *app, root string, o updateOptions, sources []generator.AgentSource) (*generator.Run, error) {
	p, u, err := a.open(root, o)
	if err != nil {
		return nil, err
	}
	return p.AddAgents(sources, u)
}

func planAgentsRemove(a *app, root string, o updateOptions, name string) (*generator.Run, error) {
	p, u, err := a.open(root, o)
	if err != nil {
		return nil, err
	}
	return p.RemoveAgent(name, u)
}

func listAgents(a *app, root string) ([]listedAgent, error) {
	p, err := generator.Open(root)
	if err != nil {
		return nil, err
	}
	list := []listedAgent{}
	for _, one := range p.Agents() {
		list = append(list, listedAgent{one.Name, one.Description, ".claude/agents/" + one.Name + ".md"})
	}
	return list, nil
}

// checkOptions are those of the command for the pipeline.
func (a *app) checkOptions(o checkOptions) (generator.CheckOptions, error) {
	c := generator.CheckOptions{Strict: o.strict}
	if o.templates != "" {
		if err := isFolder(a.path(o.templates), "--templates"); err != nil {
			return c, err
		}
		c.Templates = a.path(o.templates)
	}
	return c, nil
}

func checkProject(a *app, root string, o checkOptions) ([]finding, error) {
	c, err := a.checkOptions(o)
	if err != nil {
		return nil, err
	}
	found, err := generator.Check(root, c)
	if err != nil {
		return nil, err
	}
	findings := []finding{}
	for _, f := range found {
		findings = append(findings, finding{f.Rule, string(f.Severity), f.Path, f.Line, f.Column, f.Message, f.Fix})
	}
	return findings, nil
}

// changeOf is a run as it is reported.
func (a *app) changeOf(run *generator.Run) change {
	steps := slices.Clone(run.Changeset.Steps)
	slices.SortStableFunc(steps, func(x, y changeset.Step) int { return strings.Compare(x.Path, y.Path) })
	return change{
		Command: run.Command, Root: a.shown(run.Root), Steps: steps, Kept: run.Changeset.Kept,
		Conflicts: slices.Sorted(slices.Values(run.Changeset.Conflicts)), Clean: run.Clean(), Tree: run.Command == "new",
	}
}
