package changeset

import (
	"fmt"
	"strings"

	"example.com/scaffold/generator/tree"
)

// maxBeside is how many names a file beside another can have; when all are taken, the run is refused.
const maxBeside = 3

const besideSuffix = ".scaffold-new"

// besideName is the n-th name, from 1, of a file beside path. A name that would be too long loses its end.
func besideName(path string, n int) string {
	suffix := besideSuffix
	if n > 1 {
		suffix = fmt.Sprintf(".%d%s", n, besideSuffix)
	}
	dir, name := path[:strings.LastIndexByte(path, '/')+1], path[strings.LastIndexByte(path, '/')+1:]
	name = strings.ToValidUTF8(name[:min(len(name), maxName-len(suffix))], "")
	return dir + name + suffix
}

// maxName is the most bytes of a name on common file systems.
const maxName = 255

// beside adds to a step the write of data next to its path. What an earlier run put there (stale) is replaced.
func (p *planner) beside(step *Step, data, stale []byte, exec bool) error {
	for n := range maxBeside {
		name := besideName(step.Path, n+1)
		node := p.Disk[name]
		ours := node.Kind == Regular && (string(node.Data) == string(data) || stale != nil && string(node.Data) == string(stale))
		if p.taken(name) || node.Kind != Absent && !ours {
			continue
		}
		p.written[name] = true
		after := Node{Kind: Regular, Data: data, Mode: newMode(tree.File{Exec: exec})}
		if ours {
			after.Mode = node.Mode
		}
		step.Writes = append(step.Writes, Write{Path: name, Before: node, After: after})
		step.Reason += "; compare it with " + name + ", take what you want, and delete that"
		return nil
	}
	return fmt.Errorf("%s: the templates' version can't be put beside it, as %s and %d more such names are taken; delete or rename them", step.Path, besideName(step.Path, 1), maxBeside-1)
}

// taken tells that a tree has the path, or that this plan writes a file beside another there.
func (p *planner) taken(path string) bool {
	_, next := p.Next[path]
	_, base := p.Base[path]
	return next || base || p.written[path]
}
