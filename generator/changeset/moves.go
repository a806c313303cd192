package changeset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/scaffold/generator/tree"
)

// resolveMoves finds which paths of the base have a new name in the next tree. A move is inert when the base doesn't have
// the old path, or when the next tree still has it. Chains are followed to the last name that the next tree has.
func (p *planner) resolveMoves() error {
	moved := make(map[string]string, len(p.Moved))
	for _, old := range slices.Sorted(maps.Keys(p.Moved)) {
		to := p.Moved[old]
		for _, path := range []string{old, to} {
			if err := tree.CheckPath(strings.TrimSuffix(path, "/")); err != nil {
				return fmt.Errorf("moved: %w", err)
			}
		}
		moved[strings.TrimSuffix(old, "/")] = strings.TrimSuffix(to, "/")
	}
	p.moves, p.sources = map[string]string{}, map[string][]string{}
	if len(moved) == 0 {
		return nil
	}
	for _, old := range p.Base.Paths() {
		if _, stays := p.Next[old]; stays {
			continue
		}
		if to := lastName(p.Next, moved, old); to != "" {
			p.moves[old] = to
			p.sources[to] = append(p.sources[to], old)
		}
	}
	return nil
}

// maxChain bounds how many renames of one file are followed.
const maxChain = 100

// lastName follows a chain of renames to the last name that the next tree has, or "".
func lastName(in tree.Tree, moved map[string]string, path string) (target string) {
	seen := map[string]bool{}
	for range maxChain {
		seen[path] = true
		next, ok := renamed(moved, path)
		if !ok || seen[next] {
			break
		}
		path = next
		if _, there := in[path]; there {
			target = path
		}
	}
	return target
}

// renamed gives the new name of a path by its own entry, or by that of the nearest folder above it.
func renamed(moved map[string]string, path string) (string, bool) {
	if to, ok := moved[path]; ok {
		return to, true
	}
	for dir := parent(path); dir != ""; dir = parent(dir) {
		if to, ok := moved[dir]; ok {
			return to + path[len(dir):], true
		}
	}
	return "", false
}

// move plans a path whose file had other names before.
func (p *planner) move(path string) error {
	var live []string // the old names that are still there
	for _, old := range p.sources[path] {
		node, err := p.look(old)
		switch {
		case err != nil:
			return err
		case node.Kind == Link:
			return fmt.Errorf("%s: is a symbolic link, and the templates now call it %s; put the file back, or delete the link", old, path)
		case node.Kind == Regular:
			live = append(live, old)
		}
	}
	node, err := p.look(path)
	if err != nil {
		return err
	}
	_, known := p.Base[path]
	switch free := node.Kind == Absent || node.Kind == Folder && !isOnce(p.Next[path]); {
	case free && !known && len(live) > 0:
		return p.moveTo(path, node, live)
	case free && !known && !p.restore[path]:
		p.add(Step{
			Path: path, Action: Leave, Mode: newMode(p.Next[path]),
			Reason: "you deleted " + p.sources[path][0] + ", which is its old name; --restore " + tree.Word(path) + " brings it back",
		})
		return nil
	case node.Kind == Regular && !known && len(live) == 0:
		return p.renamedByHand(path, node)
	}
	if err := p.place(path); err != nil {
		return err
	}
	p.follow(path, live)
	return nil
}

// moveTo plans the move of the live old names to a path where nothing of the user's stands. Edits under several names
// all go into the new file, as long as they merge; where they don't, the further old file stays.
func (p *planner) moveTo(path string, at Node, live []string) error {
	main := live[0]
	for _, old := range live {
		if p.edited(old) {
			main = old
			break
		}
	}
	from, base, next := p.Disk[main], p.Base[main], p.Next[path]
	out := p.compare(path, base, from, next)
	step := Step{Path: path, From: main, Action: Move, Mode: out.mode, Reason: "the templates renamed " + main}
	if p.edited(main) {
		step.Reason += "; your edits come with it"
	}
	rest := []string{}
	for _, old := range live {
		switch {
		case old == main:
		case p.edited(old) && p.fold(path, old, &out):
			p.add(Step{Path: old, Action: Delete, Mode: p.Disk[old].Mode, Reason: "it is " + path + " now, and your edits are there", Writes: p.remove(old, path)})
		default:
			rest = append(rest, old)
		}
	}
	after := Node{Kind: Regular, Data: out.data, Mode: out.mode}
	step.Writes = append(p.remove(main, path), Write{Path: path, Before: at, After: after, Secret: base.Secret || next.Secret})
	if err := p.settle(&step, out); err != nil {
		return err
	}
	p.add(step)
	p.follow(path, rest)
	return nil
}

func (p *planner) edited(path string) bool {
	return p.Base[path].Secret || string(p.Disk[path].Data) != string(p.Base[path].Data)
}

// remove is the write that takes an old name of path away.
func (p *planner) remove(old, path string) []Write {
	return []Write{{Path: old, Before: p.Disk[old], Secret: p.Base[old].Secret || p.Next[path].Secret}}
}

// fold merges the edits of one more old name into an outcome.
func (p *planner) fold(path, old string, out *outcome) bool {
	base := p.Base[old]
	if out.conflicts > 0 || out.unmerged || isOnce(base) || isOnce(p.Next[path]) {
		return false
	}
	more := p.compare(path, base, p.Disk[old], tree.File{Data: out.data, Exec: base.Exec})
	if more.conflicts > 0 || more.unmerged {
		return false
	}
	out.data = more.data
	return true
}

// renamedByHand plans a path that the user renamed before the templates did: nothing is at the old names.
func (p *planner) renamedByHand(path string, node Node) error {
	for _, old := range p.sources[path] {
		out := p.compare(path, p.Base[old], node, p.Next[path])
		if out.conflicts == 0 && !out.unmerged {
			return p.apply(path, node, out)
		}
	}
	return p.place(path)
}

// follow plans old names of a path whose own step is made: an edited file stays.
func (p *planner) follow(path string, live []string) {
	for _, old := range live {
		step := Step{Path: old, Mode: p.Disk[old].Mode}
		if p.edited(old) {
			step.Action, step.Reason = Conflict, "it is "+path+" now, where your edits could not be put in: kept; take them over by hand, and delete this file"
		} else {
			step.Action, step.Reason, step.Writes = Delete, "it is "+path+" now", p.remove(old, path)
		}
		p.add(step)
	}
}
