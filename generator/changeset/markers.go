package changeset

import (
	"fmt"
	"slices"
	"strings"

	"example.com/scaffold/generator/merge"
	"example.com/scaffold/generator/tree"
)

// checkMarkers refuses to start while a file that is merged holds marker lines that neither base nor next has.
func (p *planner) checkMarkers() error {
	var found []string
	for path, base := range p.Base {
		if _, next := p.Next[path]; !next && !isOnce(base) {
			found = p.markers(found, path, base, p.Next[p.moves[path]])
		}
	}
	for path, next := range p.Next {
		if base := p.Base[path]; !isOnce(base) && !isOnce(next) {
			found = p.markers(found, path, base, next)
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.Sort(found)
	list := strings.Join(found[:min(len(found), maxListed)], ", ")
	if len(found) > maxListed {
		list += fmt.Sprintf(" and %d more", len(found)-maxListed)
	}
	return fmt.Errorf("%s: conflict markers of an earlier run are left; choose between the marker lines, remove them, and run this again", list)
}

// maxListed is how many files one message names.
const maxListed = 10

// markers appends path:line when the file has more marker lines of one text than either tree.
func (p *planner) markers(found []string, path string, base, next tree.File) []string {
	node := p.Disk[path]
	lines := merge.Markers(node.Data)
	if len(lines) == 0 || !merge.IsText(node.Data) {
		return found
	}
	inBase, inNext := countMarkers(base.Data), countMarkers(next.Data)
	own := map[string]int{}
	text := strings.Split(string(node.Data), "\n")
	for _, n := range lines {
		line := strings.TrimSuffix(text[n-1], "\r")
		if own[line]++; own[line] > max(inBase[line], inNext[line]) {
			return append(found, fmt.Sprintf("%s:%d", path, n))
		}
	}
	return found
}

func countMarkers(data []byte) map[string]int {
	counts := map[string]int{}
	lines := merge.Markers(data)
	if len(lines) == 0 {
		return counts
	}
	text := strings.Split(string(data), "\n")
	for _, n := range lines {
		counts[strings.TrimSuffix(text[n-1], "\r")]++
	}
	return counts
}
