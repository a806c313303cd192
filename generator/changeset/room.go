package changeset

import (
	"fmt"
	"slices"
)

// look gives what stands at a path that a run may write. Links and special files are refused on the way to it, special
// files at it too. Nothing is there when a file stands on the way; checkRoom sees to that one.
func (p *planner) look(path string) (Node, error) {
	for i := range path {
		if path[i] != '/' {
			continue
		}
		dir := path[:i]
		switch p.Disk[dir].Kind {
		case Link:
			return Node{}, fmt.Errorf("%s: %s is a symbolic link; scaffold follows none, so put a folder there", path, dir)
		case Special:
			return Node{}, fmt.Errorf("%s: %s is a pipe, socket or device; put a folder there", path, dir)
		case Regular:
			return Node{}, nil
		}
	}
	node := p.Disk[path]
	if node.Kind == Special {
		return Node{}, fmt.Errorf("%s: is a pipe, socket or device; scaffold opens none, so move it away", path)
	}
	return node, nil
}

// checkFolders refuses a path of the next tree when a file of the user's stands where a folder on the way to it must be.
func (p *planner) checkFolders(path string) error {
	for dir := parent(path); dir != ""; dir = parent(dir) {
		if _, ours := p.Base[dir]; !ours && p.Disk[dir].Kind == Regular {
			return inTheWay(path, dir)
		}
	}
	return nil
}

func inTheWay(path, dir string) error {
	return fmt.Errorf("%s: %s is a file of yours where the templates have a folder; move it away, or rename it", path, dir)
}

// checkRoom refuses a plan that writes a file where something of the user's stays in the way.
func (p *planner) checkRoom() error {
	gone, folders := map[string]bool{}, map[string]bool{}
	for _, step := range p.steps {
		for _, w := range step.Writes {
			if w.After.Kind == Absent {
				gone[w.Path] = true
			}
		}
	}
	for path := range p.Base {
		for dir := parent(path); dir != "" && !folders[dir]; dir = parent(dir) {
			folders[dir] = true
		}
	}
	for _, path := range p.Next.Paths() {
		step := p.steps[path]
		if step == nil || len(step.Writes) == 0 {
			continue
		}
		for dir := parent(path); dir != ""; dir = parent(dir) {
			if p.Disk[dir].Kind == Regular && !gone[dir] {
				return inTheWay(path, dir)
			}
		}
		if p.Disk[path].Kind == Folder {
			if yours := p.inFolder(path, gone, folders); yours != "" {
				return fmt.Errorf("%s: is to be a file, but %s is yours; move it away, or rename it", path, yours)
			}
		}
	}
	return nil
}

// inFolder returns something in a folder that stays when the files of the base are gone, or "".
func (p *planner) inFolder(dir string, gone, ours map[string]bool) string {
	if !ours[dir] {
		return dir
	}
	for _, name := range slices.Sorted(slices.Values(p.Disk[dir].Children)) {
		path := dir + "/" + name
		switch p.Disk[path].Kind {
		case Folder:
			if yours := p.inFolder(path, gone, ours); yours != "" {
				return yours
			}
		default:
			if !gone[path] {
				return path
			}
		}
	}
	return ""
}
