package generator

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/merge"
	"example.com/scaffold/generator/tree"
)

// Finding is one thing that check found. Path is relative to the root; Line and Column are 1-based, 0 where there are none.
type Finding struct {
	Rule     string
	Severity agent.Severity
	Path     string
	Line     int
	Column   int
	Message  string
	Fix      string

	restore string // the path whose restoring would mend it
}

// The rules of check. Those of agent definitions (A001 …) are package agent's.
const (
	RuleState    = "S001" // the state is damaged, incomplete or newer than this program
	RuleMarkers  = "S002" // a conflict's marker lines are left
	RuleBeside   = "S003" // a NAME.scaffold-new is left
	RulePending  = "S004" // update would write this
	RuleEdited   = "S005" // edited by hand
	RuleDeleted  = "S006" // deleted by hand
	RuleNewer    = "S007" // newer templates are there
	RuleDangling = "S008" // an agent names a file that is not there
	RuleExtra    = "S009" // a file in the state that is not scaffold's
)

// besideSuffix ends the name of a file that stands beside a user's own.
const besideSuffix = ".scaffold-new"

// CheckOptions says how strict a check is and which set it renders.
type CheckOptions struct {
	Strict    bool   // a person's edits and deletions are problems
	Templates string // as in UpdateOptions
}

// Check looks at the project at root. Damaged state is a finding; an error is what kept it from looking.
func Check(root string, o CheckOptions) ([]Finding, error) {
	if _, err := apply.Recover(root); err != nil {
		return nil, err
	}
	p, err := Open(root)
	if err != nil {
		return []Finding{{Rule: RuleState, Severity: agent.Err, Path: StateDir, Message: err.Error()}}, nil
	}
	c := &checker{p: p, severity: agent.Info}
	if o.Strict {
		c.severity = agent.Warn
	}
	for _, look := range []func() error{c.files, c.extra} {
		if err := look(); err != nil {
			return nil, err
		}
	}
	if err := c.drift(o.Templates); err != nil {
		c.add(Finding{Rule: RuleState, Severity: agent.Err, Path: StateDir + "/" + answersFile, Message: err.Error()})
	}
	return c.findings, c.agents()
}

// Fix plans what mends findings of Check without a decision of anybody's: what the answers ask for is written, and files
// that agents name come back. It gives nil where nothing can be mended so: where something would be left as a conflict, where
// newer templates would come along, or where the state or marker lines are in the way.
func Fix(root string, findings []Finding, o CheckOptions) (*Run, error) {
	var restore []string
	pending := false
	for _, f := range findings {
		switch {
		case f.Rule == RuleState, f.Rule == RuleMarkers, f.Rule == RuleNewer:
			return nil, nil
		case f.restore != "":
			restore = append(restore, f.restore)
		}
		pending = pending || f.Rule == RulePending
	}
	if len(restore) == 0 && !pending {
		return nil, nil
	}
	p, err := Open(root)
	if err != nil {
		return nil, err
	}
	run, err := p.update("check --fix", UpdateOptions{Templates: o.Templates, Restore: restore})
	if err != nil || len(run.Changeset.Conflicts) > 0 {
		return nil, err
	}
	return run, nil
}

// checker collects findings.
type checker struct {
	p        *Project
	severity agent.Severity // of what a person did
	findings []Finding
}

func (c *checker) add(f Finding) { c.findings = append(c.findings, f) }

// files compares the base with the folder: markers, edits and deletions, and what stands beside files.
func (c *checker) files() error {
	paths := c.p.state.base.Paths()
	disk, err := apply.Snapshot(c.p.root, paths)
	if err != nil {
		return err
	}
	for _, name := range paths {
		c.file(name, disk)
	}
	return c.beside(paths)
}

// extra looks for files of the state that the answers don't speak of.
func (c *checker) extra() error {
	for name := range c.p.state.files {
		stem, ok := strings.CutPrefix(strings.TrimSuffix(name, ".md"), agentsDir)
		if ok && !slices.Contains(c.p.names(), stem) {
			c.add(Finding{
				Rule: RuleExtra, Severity: agent.Warn, Path: StateDir + "/" + name, Message: "the answers don't list this agent, so nothing is made of it",
				Fix: "add its name to agents in " + StateDir + "/" + answersFile + ", or delete the file",
			})
		}
	}
	strangers, err := apply.Strangers(c.p.root)
	for _, name := range strangers {
		c.add(Finding{
			Rule: RuleExtra, Severity: agent.Warn, Path: StateDir + "/" + name, Message: "is no file of scaffold's, which doesn't read it",
			Fix: "move it out of " + StateDir,
		})
	}
	return err
}

// beside looks for versions that updates left beside files, in every folder that the base has files in.
func (c *checker) beside(paths []string) error {
	folders := map[string]bool{}
	for _, name := range paths {
		for dir := path.Dir(name); dir != "." && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	disk, err := apply.Snapshot(c.p.root, slices.Sorted(maps.Keys(folders)))
	if err != nil {
		return err
	}
	top, err := apply.List(c.p.root)
	if err != nil {
		return err
	}
	for _, name := range top {
		c.left(name)
	}
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		for _, name := range disk[dir].Children {
			c.left(path.Join(dir, name))
		}
	}
	return nil
}

// left adds a finding where a name is that of a version beside a file.
func (c *checker) left(name string) {
	_, ours := c.p.state.base[name]
	if ours || !strings.HasSuffix(name, besideSuffix) {
		return
	}
	c.add(Finding{
		Rule: RuleBeside, Severity: agent.Warn, Path: name,
		Message: "an update left the templates' version here, beside your own file", Fix: "take over what you want and delete this file",
	})
}

func (c *checker) file(name string, disk changeset.Disk) {
	file, node := c.p.state.base[name], disk[name]
	known := merge.Markers(file.Data)
	if node.Kind == changeset.Regular && merge.IsText(node.Data) && len(known) == 0 {
		for _, line := range merge.Markers(node.Data) {
			c.add(Finding{
				Rule: RuleMarkers, Severity: agent.Err, Path: name, Line: line, Column: 1,
				Message: "a conflict's marker line is left", Fix: "choose between the sides and delete the marker lines",
			})
		}
	}
	switch {
	case file.Once, onTheWay(name, disk):
	case node.Kind == changeset.Absent:
		c.add(Finding{
			Rule: RuleDeleted, Severity: c.severity, Path: name, Message: "you deleted this file; it stays deleted",
			Fix: "`scaffold update --restore " + tree.Word(name) + "` brings it back",
		})
	case node.Kind != changeset.Regular || !bytes.Equal(node.Data, file.Data):
		c.add(Finding{Rule: RuleEdited, Severity: c.severity, Path: name, Message: "differs from what was rendered: your edit, which updates keep"})
	}
}

// onTheWay tells that something other than a folder stands on the way to a path, so that nobody can say what is there; an
// update is refused for it.
func onTheWay(name string, disk changeset.Disk) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if kind := disk[dir].Kind; kind == changeset.Link || kind == changeset.Special {
			return true
		}
	}
	return false
}

// drift asks what an update would write.
func (c *checker) drift(templates string) error {
	set, _, err := c.p.openSet(templates)
	if err != nil {
		return err
	}
	recorded := c.p.state.applied.Templates
	if set.Version != recorded.Version && !older(set.Version, recorded.Version) {
		c.add(Finding{
			Rule: RuleNewer, Severity: agent.Info, Path: StateDir + "/" + answersFile,
			Message: fmt.Sprintf("the templates %s are there, and the project was rendered with %s", set.Version, recorded.Version),
			Fix:     "`scaffold diff` shows what is new, `scaffold update` takes it over",
		})
		return nil
	}
	if slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Rule == RuleMarkers }) {
		return nil // an update is refused until the markers are gone
	}
	run, err := c.p.Update(UpdateOptions{Templates: templates, AllowOlder: true})
	if err != nil {
		return err
	}
	for _, step := range run.Changeset.Steps {
		if len(step.Writes) > 0 {
			c.add(Finding{
				Rule: RulePending, Severity: agent.Warn, Path: step.Path,
				Message: fmt.Sprintf("%s is pending: %s", step.Action, step.Reason), Fix: "`scaffold update` writes it",
			})
		}
	}
	return nil
}

// agents looks for files that the agents name and that are not there, and passes on the lint's errors.
func (c *checker) agents() error {
	servers, err := c.p.declared()
	if err != nil {
		return err
	}
	if err := c.twins(); err != nil {
		return err
	}
	for _, def := range c.p.state.agents {
		at := agentFolder + "/" + def.name + ".md"
		disk, err := apply.Snapshot(c.p.root, []string{at})
		if err != nil {
			return err
		}
		if disk[at].Kind != changeset.Regular {
			continue // the set has no such file, or the user deleted it
		}
		if err := c.dangling(at, agent.Read(disk[at].Data).Contract().Journal); err != nil {
			return err
		}
		c.lint(at, def, disk[at].Data, servers)
	}
	return nil
}

// dangling looks for the files of the journal that an agent file names. One that the project doesn't have can't be restored.
func (c *checker) dangling(at string, journal []agent.Mention) error {
	disk, err := apply.Snapshot(c.p.root, agent.Texts(journal))
	if err != nil {
		return err
	}
	for _, mention := range journal {
		if disk[mention.Text].Kind != changeset.Absent {
			continue
		}
		f := Finding{
			Rule: RuleDangling, Severity: agent.Err, Path: at, Line: mention.Line, Column: 1,
			Message: "names " + mention.Text + ", which is not there", Fix: "create it, or correct the path",
		}
		if c.p.willHave(mention.Text) {
			f.restore, f.Fix = mention.Text, "`scaffold update --restore "+tree.Word(mention.Text)+"` brings it back"
		}
		c.add(f)
	}
	return nil
}

// twins looks for files that hold an agent of the project a second time.
func (c *checker) twins() error {
	own, err := c.p.agentFiles()
	if err != nil {
		return err
	}
	for _, file := range own {
		name := agent.Read(file.Data).Name
		at := agentFolder + "/" + name + ".md"
		if name != "" && file.Path != at && own.of(name) != "" && slices.Contains(c.p.names(), name) && slices.ContainsFunc(own, func(f AgentSource) bool { return f.Path == at }) {
			c.add(Finding{
				Rule: "A006", Severity: agent.Err, Path: file.Path, Line: 1, Column: 1,
				Message: "has the name " + name + ", and so has " + at + "; which of them a tool loads is not defined", Fix: "delete one of them, or rename this agent",
			})
		}
	}
	return nil
}

// lint passes on the lint's errors on an agent file; `scaffold agents lint` says the rest.
func (c *checker) lint(at string, def definition, data []byte, servers []string) {
	others := slices.DeleteFunc(c.p.names(), func(name string) bool { return name == def.name })
	for _, f := range agent.Read(data).Lint(agent.LintOptions{Path: path.Base(at), MCPServers: servers, Others: others}) {
		if f.Severity == agent.Err && !strings.HasPrefix(f.Rule, "S") {
			c.add(Finding{Rule: f.Rule, Severity: f.Severity, Path: at, Line: f.Line, Column: f.Column, Message: f.Message, Fix: f.Fix})
		}
	}
}
