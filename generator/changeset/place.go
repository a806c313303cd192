package changeset

import (
	"fmt"
	"io/fs"
	"strings"

	"example.com/scaffold/generator/tree"
)

// place plans a path of the next tree under its own name.
func (p *planner) place(path string) error {
	node, err := p.look(path)
	if err == nil {
		err = p.checkFolders(path)
	}
	if err != nil {
		return err
	}
	base, known := p.Base[path]
	next := p.Next[path]
	switch {
	case isOnce(next) && (node.Kind != Absent || known):
		p.leaveOnce(path, node)
		return nil
	case node.Kind == Link && (p.Adopt || known && sameFile(base, next)):
		p.add(Step{Path: path, Action: Leave, Mode: node.Mode, Reason: "you made it a symbolic link"})
		return nil
	case node.Kind == Link:
		return fmt.Errorf("%s: is a symbolic link where the templates have a new file; put a file there, or move the link away", path)
	case node.Kind == Folder && known:
		return fmt.Errorf("%s: is a folder of yours where the templates have a file; move it away, or rename it", path)
	case node.Kind == Absent && known && !p.restore[path]:
		p.add(Step{Path: path, Action: Leave, Mode: newMode(next), Reason: "you deleted it; --restore " + tree.Word(path) + " brings it back"})
		return nil
	case node.Kind == Absent || node.Kind == Folder:
		p.create(path, node)
		return nil
	case !known:
		return p.both(path, node)
	case base.Secret:
		p.add(Step{Path: path, Action: Leave, Mode: node.Mode, Reason: "it held secrets until now: yours stays as it is"})
		return nil
	}
	return p.apply(path, node, p.compare(path, base, node, next))
}

func (p *planner) create(path string, at Node) {
	next := p.Next[path]
	reason := "new in the templates"
	if p.restore[path] {
		reason = "brought back"
	}
	after := Node{Kind: Regular, Data: next.Data, Mode: newMode(next)}
	p.add(Step{Path: path, Action: Create, Mode: after.Mode, Reason: reason, Writes: []Write{{Path: path, Before: at, After: after, Secret: next.Secret}}})
}

// newMode is the mode of a new file.
func newMode(f tree.File) fs.FileMode {
	switch {
	case f.Secret && f.Exec:
		return 0o700
	case f.Secret:
		return 0o600
	case f.Exec:
		return 0o755
	}
	return 0o644
}

// leaveOnce plans a file that is created once and that was created before, or is there.
func (p *planner) leaveOnce(path string, node Node) {
	next := p.Next[path]
	switch {
	case node.Kind == Absent && p.restore[path]:
		p.create(path, node)
	case node.Kind == Absent:
		p.add(Step{Path: path, Action: Leave, Mode: newMode(next), Reason: "you deleted it, and it is created only once; --restore " + tree.Word(path) + " brings it back"})
	case node.Kind == Regular && (next.Secret || string(node.Data) == string(next.Data)):
		p.kept++
	default:
		p.add(Step{Path: path, Action: Leave, Mode: node.Mode, Reason: "created once; it is yours"})
	}
}

// both plans a path that the user and the templates added.
func (p *planner) both(path string, node Node) error {
	next := p.Next[path]
	switch {
	case alike(node.Data, next.Data):
		p.kept++
		return nil
	case p.Adopt:
		p.add(Step{Path: path, Action: Leave, Mode: node.Mode, Reason: "it was there before"})
		return nil
	}
	step := Step{Path: path, Action: Conflict, Mode: node.Mode, Reason: "you have a file of that name, and so have the templates now: yours stays"}
	if err := p.beside(&step, next.Data, nil, next.Exec); err != nil {
		return err
	}
	p.add(step)
	return nil
}

// apply makes the step of a file that is in all three trees.
func (p *planner) apply(path string, node Node, out outcome) error {
	step := Step{Path: path, Action: out.action, Mode: out.mode, Reason: out.reason}
	if string(out.data) != string(node.Data) || out.mode != node.Mode {
		after := Node{Kind: Regular, Data: out.data, Mode: out.mode}
		step.Writes = []Write{{Path: path, Before: node, After: after}}
	}
	if err := p.settle(&step, out); err != nil {
		return err
	}
	if step.Action == "" {
		p.kept++
		return nil
	}
	p.add(step)
	return nil
}

// settle makes a step a conflict where its outcome is one.
func (p *planner) settle(step *Step, out outcome) error {
	switch {
	case out.unmerged:
		step.Action, step.Reason = Conflict, out.reason
		return p.beside(step, out.beside, out.stale, out.mode&0o100 != 0)
	case out.conflicts > 0:
		step.Action, step.Reason = Conflict, out.reason
	}
	return nil
}

// drop plans a path that the next tree no longer has.
func (p *planner) drop(path string) error {
	base := p.Base[path]
	if isOnce(base) {
		if p.Disk[path].Kind == Regular {
			p.kept++
		}
		return nil
	}
	node, err := p.look(path)
	if err != nil {
		return err
	}
	switch {
	case node.Kind == Absent || node.Kind == Folder && p.nextHasBelow(path):
		return nil
	case node.Kind == Regular && string(node.Data) == string(base.Data):
		p.add(Step{Path: path, Action: Delete, Mode: node.Mode, Reason: "the templates no longer have it", Writes: []Write{{Path: path, Before: node}}})
	default:
		p.add(Step{Path: path, Action: Conflict, Mode: node.Mode, Reason: "you changed it, and the templates no longer have it: kept; delete it if you don't need it"})
	}
	return nil
}

func (p *planner) nextHasBelow(dir string) bool {
	for path := range p.Next {
		if strings.HasPrefix(path, dir+"/") {
			return true
		}
	}
	return false
}
