package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/render"
	"example.com/scaffold/generator/resource"
	"example.com/scaffold/generator/tree"
)

// Project is a folder under scaffold: its state as it was read, with the edits that a command makes to it before the plan.
type Project struct {
	root      string
	state     state
	recovered string
	given     []definition // what this run was given, for the report
	values    answers.Values
	next      tree.Tree
	notes     []string // of the edits and the render
}

// Open reads the project at root. What a killed run left is finished or rolled back first.
func Open(root string) (*Project, error) {
	recovered, err := apply.Recover(root)
	if err != nil {
		return nil, err
	}
	s, err := readState(root)
	if err != nil {
		return nil, err
	}
	return &Project{root: root, state: *s, recovered: recovered}, nil
}

// edit is what one command changes and allows before the tree is rendered.
type edit struct {
	answers.Request
	restore   []string
	templates string            // the set's folder, absolute; "" for the built-in one
	revisions map[string]onDisk // by folder
	adopted   bool              // nothing is recorded of the revisions
}

// plan renders the project with the set and compares it with the folder.
func (p *Project) plan(command string, set *layer.Set, e edit) (*Run, error) {
	if p.state.applied.Answers != nil {
		revisions, err := readRevisions(p.root, set.RevisionFolders())
		if err != nil {
			return nil, err
		}
		e.revisions = revisions
	}
	next, err := p.render(set, e)
	if err != nil {
		return nil, err
	}
	changes, err := p.compare(next, e.restore)
	if err != nil {
		return nil, err
	}
	run, err := p.run(command, changes)
	if err != nil {
		return nil, err
	}
	run.state, err = p.encode(changes.Base, next.Revisions)
	return run, err
}

// render resolves the answers, makes them those of the project, and renders its next tree.
func (p *Project) render(set *layer.Set, e edit) (render.Output, error) {
	before := p.state.applied.values()
	e.Applied = before
	values, err := answers.Resolve(set, e.Request)
	if err != nil {
		return render.Output{}, err
	}
	document := p.state.document
	dropped := answers.Dropped(set, document)
	document.Put(set, values)
	document.Templates = templatesOf(set, p.inside(e.templates))
	document.Agents = p.names()
	var kept []string
	document.Resources, kept = bring(set, document.Resources, before, values)
	p.notes = slices.Concat(p.notes, dropped, answers.Unused(set, e.Request, values), kept, changedFields(p.state.applied.Resources, document.Resources))
	p.values = values
	from := source{set: set, values: values, specs: document.Resources, agents: p.state.agents, last: p.state.applied, disk: e.revisions, adopted: e.adopted}
	out, err := from.render()
	p.next = out.Tree
	return out, err
}

// run is the report of a plan.
func (p *Project) run(command string, changes changeset.Changeset) (*Run, error) {
	servers, err := p.declared()
	if err != nil {
		return nil, err
	}
	run := &Run{Root: p.root, Command: command, Changeset: changes, before: p.state.files, Agents: p.reports(servers)}
	if p.recovered != "" {
		run.Notes = append(run.Notes, p.recovered)
	}
	looked := p.given
	if command == regenerate {
		looked = p.state.agents
	}
	run.Notes = append(run.Notes, p.notes...)
	run.Notes = append(run.Notes, p.unknownServers(looked, servers)...)
	return run, nil
}

// compare plans the changeset between the base, the folder and the next tree.
func (p *Project) compare(next render.Output, restore []string) (changeset.Changeset, error) {
	in := changeset.Input{Base: p.state.base, Next: next.Tree, Moved: next.Moved, Union: next.Union, Restore: restore}
	disk, err := apply.Snapshot(p.root, changeset.Paths(in))
	if err != nil {
		return changeset.Changeset{}, err
	}
	in.Disk = disk
	return changeset.Plan(in)
}

// encode gives the state files of the project after the run; one that goes is nil.
func (p *Project) encode(base tree.Tree, revisions map[string]render.Revision) (map[string][]byte, error) {
	document := p.state.document
	text, err := document.Encode()
	if err != nil {
		return nil, err
	}
	last := applied{
		Version: stateVersion, Templates: document.Templates, Answers: p.values, Agents: document.Agents,
		Resources: append([]resource.Spec(nil), document.Resources...), // equal states are equal bytes: nil where there is none
	}
	archive, err := encodeBase(base, last.keep(p.state.applied, revisions))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{answersFile: text, baseFile: archive}
	for _, name := range p.state.applied.Agents {
		if path := agentsDir + name + ".md"; p.state.files[path] != nil {
			files[path] = nil // one that the answers never listed is a person's
		}
	}
	for _, def := range p.state.agents {
		files[agentsDir+def.name+".md"] = def.data
	}
	return files, nil
}

// inside returns the folder of a set relative to the project, or "" when it lies elsewhere.
func (p *Project) inside(dir string) string {
	rel, err := filepath.Rel(p.root, dir)
	if dir == "" || err != nil || checkInside(p.root, filepath.ToSlash(rel)) != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}

// checkInside refuses a path of a set that is not below the root, or only by way of a link. What is not there is for the
// one who opens it to say.
func checkInside(root, name string) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return errors.New("leads out of the project")
	}
	for at := path.Clean(name); at != "."; at = path.Dir(at) {
		if info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(at))); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("goes through the link %s", at)
		}
	}
	return nil
}

func (p *Project) names() []string {
	names := []string{}
	for _, def := range p.state.agents {
		names = append(names, def.name)
	}
	return names
}

// addAgent makes a definition one of the project's; one of the same name is replaced. A name that is another's but for its
// spelling is refused.
func (p *Project) addAgent(source AgentSource) error {
	def, err := readDefinition(source.Path, source.Data)
	if err != nil {
		return err
	}
	for _, other := range p.given {
		if tree.Fold(other.name) == tree.Fold(def.name) {
			return fmt.Errorf("%s: has the name %q, and so has %s; rename one of them", def.path, def.name, other.path)
		}
	}
	at := slices.IndexFunc(p.state.agents, func(other definition) bool { return tree.Fold(other.name) == tree.Fold(def.name) })
	switch {
	case at < 0:
		p.state.agents = append(p.state.agents, def)
	case p.state.agents[at].name != def.name:
		return fmt.Errorf("%s: has the name %q, and the project has an agent %q, which is one file on some systems; rename it, or write the name so to replace that one",
			def.path, def.name, p.state.agents[at].name)
	default:
		if old := p.state.agents[at]; string(old.data) != string(def.data) {
			p.notes = append(p.notes, old.path+": replaced by the new definition; `scaffold undo` brings the old one back")
		}
		p.state.agents[at] = def
	}
	p.given = append(p.given, def)
	return nil
}

// reports lints the definitions that this run was given, among the servers that the project declares.
func (p *Project) reports(servers []string) []AgentReport {
	var reports []AgentReport
	for _, def := range p.given {
		if def.path == builtinPlanner().Path {
			continue // nobody else can mend it
		}
		others := slices.DeleteFunc(p.names(), func(name string) bool { return name == def.name })
		findings := def.file.Lint(agent.LintOptions{Others: others, MCPServers: servers, Exists: p.willHave})
		report := AgentReport{Name: def.name, Path: def.path, Findings: findings}
		for _, repair := range agent.Repairs(def.file, others) {
			report.Repairs = append(report.Repairs, repair.Name)
		}
		reports = append(reports, report)
	}
	return p.settings(reports)
}

// settings makes the repairs of each report the whole answer that allows them: with those that are allowed now and those of the
// other reports, so that one is not lost by another. Where it would mend no more than now there is none.
func (p *Project) settings(reports []AgentReport) []AgentReport {
	allowed, asked := p.values["agent_repairs"].([]string)
	wanted := slices.Clone(allowed)
	for _, report := range reports {
		wanted = union(wanted, report.Repairs)
	}
	order := []string{agent.RepairTools, agent.RepairImports, agent.RepairNames}
	slices.SortFunc(wanted, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	for i, report := range reports {
		reports[i].Repairs = nil
		if asked && len(union(slices.Clone(allowed), report.Repairs)) > len(allowed) {
			reports[i].Repairs = wanted
		}
	}
	return reports
}

// willHave tells that the project has the file once the run is written.
func (p *Project) willHave(path string) bool {
	_, rendered := p.next[path]
	_, kept := p.state.base[path]
	return rendered || kept
}
