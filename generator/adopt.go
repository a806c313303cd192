package generator

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/render"
	"example.com/scaffold/generator/tree"
)

// AgentFolder is where a repository keeps the agents that Claude Code loads.
const agentFolder = ".claude/agents"

// maxAgentDepth is how many folders deep agents are looked for.
const maxAgentDepth = 8

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
	if e.revisions, err = readRevisions(p.root, o.Set.RevisionFolders()); err != nil {
		return nil, err
	}
	e.adopted = p.state.applied.Revisions == nil
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
	if err := p.onlyCreate(run); err != nil {
		return nil, err
	}
	p.record(e.revisions, next.Revisions)
	run.state, err = p.encode(next.Tree, next.Revisions)
	return run, err
}

// record makes the revisions on disk that are not rendered known, so that none of them is ever taken for a new one.
func (p *Project) record(folders map[string]onDisk, rendered map[string]render.Revision) {
	if p.state.applied.Revisions == nil {
		p.state.applied.Revisions = map[string]render.Revision{}
	}
	used := map[string]bool{}
	for name, revision := range rendered {
		used[path.Join(path.Dir(name), revision.ID)] = true
	}
	for folder, disk := range folders {
		for _, id := range disk.ids {
			if _, err := strconv.Atoi(id); err == nil && !used[path.Join(folder, id)] {
				p.state.applied.Revisions[path.Join(folder, "#"+id)] = render.Revision{ID: id}
			}
		}
	}
}

// onlyCreate leaves the steps that create a file, but for a second file of an agent that the repository has under another
// name: of two, tools load either.
func (p *Project) onlyCreate(run *Run) error {
	own, err := p.agentFiles()
	if err != nil {
		return err
	}
	var steps []changeset.Step
	var differ []string
	for _, step := range run.Changeset.Steps {
		if step.Action == changeset.Conflict {
			differ = append(differ, step.Path)
		}
		twin := own.of(strings.TrimSuffix(strings.TrimPrefix(step.Path, agentFolder+"/"), ".md"))
		switch {
		case step.Action != changeset.Create:
			run.Changeset.Kept++
		case twin != "" && path.Dir(step.Path) == agentFolder:
			run.Notes = append(run.Notes, fmt.Sprintf("%s has this agent already, so %s was not written; delete the first and run `scaffold update --restore %s` to have it generated",
				twin, step.Path, tree.Word(step.Path)))
		default:
			steps = append(steps, step)
		}
	}
	run.Changeset.Steps, run.Changeset.Conflicts = steps, nil
	if err := p.warnOfSecrets(run); err != nil {
		return err
	}
	if len(differ) > 0 {
		run.Notes = append(run.Notes, fmt.Sprintf("%d of your files are others than the templates make, from %s on; updates keep what differs as your edits, and `scaffold check` lists it",
			len(differ), differ[0]))
	}
	return nil
}

// warnOfSecrets notes the files with secrets that a .gitignore of the repository's own does not name.
func (p *Project) warnOfSecrets(run *Run) error {
	const ignores = ".gitignore"
	disk, err := apply.Snapshot(p.root, []string{ignores})
	if err != nil || disk[ignores].Kind == changeset.Absent {
		return err
	}
	for _, step := range run.Changeset.Steps {
		named := func(line string) bool {
			matches, err := path.Match(strings.TrimPrefix(strings.TrimSpace(line), "/"), step.Path)
			return err == nil && matches
		}
		if p.next[step.Path].Secret && !slices.ContainsFunc(strings.Split(string(disk[ignores].Data), "\n"), named) {
			run.Notes = append(run.Notes, fmt.Sprintf("%s holds secrets, and your %s does not name it: add the line %[1]s before you commit", step.Path, ignores))
		}
	}
	return nil
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
	p.state.applied = salvage(p.state.files[baseFile])
	return p.state.readAgents()
}

// ownAgents reads the definitions that the repository has already. A file that is none, such as a README.md, is passed over.
func (p *Project) ownAgents() ([]AgentSource, error) {
	own, err := p.agentFiles()
	var sources []AgentSource
	for _, file := range own {
		if _, err := readDefinition(file.Path, file.Data); err == nil {
			sources = append(sources, file)
		}
	}
	return sources, err
}

// agentFiles are the Markdown files below a repository's folder of agents, by path.
type agentFiles []AgentSource

// of returns the file that holds an agent of the name, or "".
func (files agentFiles) of(name string) string {
	for _, file := range files {
		if agent.Read(file.Data).Name == name {
			return file.Path
		}
	}
	return ""
}

// agentFiles reads the folder of agents with the folders in it. Links are not followed.
func (p *Project) agentFiles() (agentFiles, error) {
	var files agentFiles
	paths := []string{agentFolder}
	for depth := 0; len(paths) > 0 && depth < maxAgentDepth; depth++ {
		disk, err := apply.Snapshot(p.root, paths)
		if err != nil {
			return nil, err
		}
		var below []string
		for _, at := range paths {
			switch node := disk[at]; node.Kind {
			case changeset.Folder:
				for _, name := range node.Children {
					below = append(below, path.Join(at, name))
				}
			case changeset.Regular:
				if path.Ext(at) == ".md" {
					files = append(files, AgentSource{Path: at, Data: node.Data})
				}
			}
		}
		paths = below
	}
	slices.SortFunc(files, func(a, b AgentSource) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}
