package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/tree"
)

// signs say which answer a repository gives without being asked: a dependency that it declares, or a path that is there.
// The first that holds decides a question.
var signs = []struct{ question, value, dependency, path string }{
	{question: "database", value: "postgres", dependency: "asyncpg"},
	{question: "database", value: "postgres", dependency: "psycopg"},
	{question: "database", value: "postgres", dependency: "psycopg2"},
	{question: "database", value: "postgres", dependency: "psycopg2-binary"},
	{question: "database", value: "mongodb", dependency: "pymongo"},
	{question: "database", value: "mongodb", dependency: "motor"},
	{question: "database", value: "mongodb", dependency: "beanie"},
	{question: "database", value: "sqlite", dependency: "aiosqlite"},
	{question: "auth", value: "jwt", dependency: "pyjwt"},
	{question: "auth", value: "jwt", dependency: "python-jose"},
	{question: "auth", value: "jwt", dependency: "authlib"},
	{question: "auth", value: "none"},
	{question: "redis", value: "true", dependency: "redis"},
	{question: "tasks", value: "taskiq", dependency: "taskiq"},
	{question: "telemetry", value: "otel", dependency: "opentelemetry-sdk"},
	{question: "ci", value: "github", path: ".github/workflows"},
	{question: "ci", value: "gitlab", path: ".gitlab-ci.yml"},
	{question: "ci", value: "none"},
	{question: "example", value: "false"},
}

// AgentFolder is where a repository keeps the agents that Claude Code loads.
const agentFolder = ".claude/agents"

// Adopt plans to put the repository in o.Dir under scaffold: its answers are inferred, what is missing is created, and no file
// that exists is changed. The base is what was rendered, so that the differences to it are the user's edits. A project whose
// base is lost keeps its answers and agents.
func Adopt(o NewOptions) (*Run, error) {
	p, err := openRepository(o)
	if err != nil {
		return nil, err
	}
	known, err := p.infer(o.Set)
	if err != nil {
		return nil, err
	}
	e := o.edit(nil)
	e.Inferred = known
	if _, ok := p.state.files[answersFile]; ok {
		e.Stored = p.state.document
	}
	next, err := p.render(o.Set, e)
	if err != nil {
		return nil, err
	}
	changes, err := p.compare(next, nil)
	if err != nil {
		return nil, err
	}
	run, err := p.run("adopt", changes)
	if err != nil {
		return nil, err
	}
	var steps []changeset.Step
	for _, step := range run.Changeset.Steps {
		if step.Action == changeset.Create {
			steps = append(steps, step)
			continue
		}
		run.Changeset.Kept++
	}
	run.Changeset.Steps, run.Changeset.Conflicts = steps, nil
	run.state, err = p.encode(next.Tree, next.Revisions)
	return run, err
}

// openRepository gives a project without a state in a folder that is there.
func openRepository(o NewOptions) (*Project, error) {
	at, err := placeAt(o.Dir)
	switch {
	case err != nil:
		return nil, err
	case at.fresh:
		return nil, fmt.Errorf("%s: is not there; `scaffold new` makes a project", o.Dir)
	}
	p := &Project{root: o.Dir, recovered: at.recovered, state: state{document: answers.New(), base: tree.Tree{}, files: at.files}}
	if _, ok := at.files[answersFile]; ok {
		if err := p.keepAnswers(); err != nil {
			return nil, err
		}
	}
	if len(o.Agents) == 0 && len(p.state.agents) > 0 {
		return p, nil
	}
	if len(o.Agents) == 0 {
		if o.Agents, err = p.ownAgents(); err != nil {
			return nil, err
		}
	}
	return p, p.start(o)
}

// keepAnswers takes over the answers and agents of a project whose base is lost or damaged.
func (p *Project) keepAnswers() error {
	document, err := answers.Parse(p.state.files[answersFile], StateDir+"/"+answersFile)
	if err != nil {
		return fmt.Errorf("%w; restore it from version control, or delete it to have the answers inferred", err)
	}
	p.state.document = document
	return p.state.readAgents()
}

// ownAgents reads the definitions that the repository has already.
func (p *Project) ownAgents() ([]AgentSource, error) {
	disk, err := apply.Snapshot(p.root, []string{agentFolder})
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, name := range disk[agentFolder].Children {
		if path.Ext(name) == ".md" {
			paths = append(paths, path.Join(agentFolder, name))
		}
	}
	slices.Sort(paths)
	if disk, err = apply.Snapshot(p.root, paths); err != nil {
		return nil, err
	}
	var sources []AgentSource
	for _, name := range paths {
		if node := disk[name]; node.Kind == changeset.Regular {
			sources = append(sources, AgentSource{Path: name, Data: node.Data})
		}
	}
	return sources, nil
}

// infer reads the answers that the repository gives by what it holds.
func (p *Project) infer(set *layer.Set) (map[string]any, error) {
	known := map[string]any{"project_name": titleOf(p.root)}
	disk, err := apply.Snapshot(p.root, []string{"pyproject.toml"})
	if err != nil {
		return nil, err
	}
	var file pyproject
	if err := toml.Unmarshal(disk["pyproject.toml"].Data, &file); err != nil {
		return nil, fmt.Errorf("pyproject.toml: %w", err)
	}
	if file.Project.Name != "" {
		known["project_name"] = titleOf(file.Project.Name)
	}
	if file.Project.Description != "" {
		known["description"] = file.Project.Description
	}
	declared := file.dependencies()
	for _, sign := range signs {
		_, decided := known[sign.question]
		question, asked := set.Question(sign.question)
		if decided || !asked || sign.dependency != "" && !declared[sign.dependency] || sign.path != "" && !p.has(sign.path) {
			continue
		}
		if value, err := answers.Typed(question, sign.value); err == nil {
			known[sign.question] = value
		}
	}
	return known, nil
}

func (p *Project) has(name string) bool {
	_, err := os.Lstat(filepath.Join(p.root, filepath.FromSlash(name)))
	return !errors.Is(err, fs.ErrNotExist)
}

// pyproject is what adopt reads of pyproject.toml: the standard's table and that of Poetry.
type pyproject struct {
	Project struct {
		Name         string
		Description  string
		Dependencies []string
	}
	Tool struct {
		Poetry struct {
			Dependencies map[string]any
		}
	}
}

// requirement matches the name that a PEP 508 requirement begins with.
var requirement = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*`)

func (f pyproject) dependencies() map[string]bool {
	names := map[string]bool{}
	normal := strings.NewReplacer("_", "-", ".", "-")
	for _, text := range f.Project.Dependencies {
		names[normal.Replace(strings.ToLower(requirement.FindString(strings.TrimSpace(text))))] = true
	}
	for name := range f.Tool.Poetry.Dependencies {
		names[normal.Replace(strings.ToLower(name))] = true
	}
	return names
}
