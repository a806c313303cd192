package changeset

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"example.com/scaffold/generator/merge"
	"example.com/scaffold/generator/tree"
)

// maxMerged is the size above which files are not merged.
const maxMerged = 1 << 20

var labels = merge.Labels{Yours: "yours", Base: "base", Theirs: "scaffold"}

// outcome is what becomes of a file that is in the base, on disk and in the next tree.
type outcome struct {
	data          []byte
	mode          fs.FileMode
	action        Action // "" when the file is as the templates have it
	reason        string
	conflicts     int
	unmerged      bool   // both changed it and it can't be merged: beside is to be written next to it
	beside, stale []byte // the templates' version, and their one before
}

// compare decides by content and mode.
func (p *planner) compare(path string, base tree.File, node Node, next tree.File) outcome {
	out := p.content(path, base, node, next)
	out.mode = mode(base, node, next)
	if out.mode != node.Mode && (out.action == "" || out.action == Leave) {
		out.action, out.reason = Chmod, "the templates made it executable"
		if !next.Exec {
			out.reason = "the templates made it not executable"
		}
	}
	return out
}

// mode takes the executable bit that the templates changed, unless the user changed it; the other bits are the user's.
func mode(base tree.File, node Node, next tree.File) fs.FileMode {
	const owner, all = 0o100, 0o111
	perm := node.Mode.Perm()
	switch {
	case base.Exec == next.Exec, (perm&owner != 0) != base.Exec:
		return perm
	case next.Exec:
		return perm | perm&0o444>>2
	}
	return perm &^ all
}

func (p *planner) content(path string, base tree.File, node Node, next tree.File) outcome {
	disk := node.Data
	switch {
	case bytes.Equal(disk, next.Data):
		return outcome{data: disk}
	case isOnce(next) || base.Secret:
		return outcome{data: disk, action: Leave, reason: "created once; it is yours"}
	case bytes.Equal(disk, base.Data):
		return outcome{data: next.Data, action: Update, reason: "the templates changed it"}
	case base.Once:
		return outcome{data: disk, action: Leave, reason: "created once; it is yours"}
	}
	text := merge.IsText(base.Data) && merge.IsText(disk) && merge.IsText(next.Data)
	form := formOf(base.Data, disk, next.Data)
	b, d, n := base.Data, disk, next.Data
	if text {
		b, d, n = form.plain(b), form.plain(d), form.plain(n)
	}
	switch {
	case bytes.Equal(d, n):
		return outcome{data: disk}
	case bytes.Equal(b, n):
		return leave(disk, bytes.Equal(b, d))
	case bytes.Equal(b, d):
		return outcome{data: form.restore(n), action: Update, reason: "the templates changed it"}
	case !text:
		return unmerged(base, disk, next, "it is not text")
	case max(len(b), len(d), len(n)) > maxMerged:
		return unmerged(base, disk, next, fmt.Sprintf("it is larger than %d MB", maxMerged>>20))
	}
	return p.merge(path, form, base, disk, next)
}

// leave is a file that only the user changed; a change of line ends alone isn't worth a step.
func leave(disk []byte, formOnly bool) outcome {
	if formOnly {
		return outcome{data: disk}
	}
	return outcome{data: disk, action: Leave, reason: "you edited it, the templates did not change it"}
}

func unmerged(base tree.File, disk []byte, next tree.File, why string) outcome {
	reason := "you and the templates changed it, and " + why + ": yours stays"
	return outcome{data: disk, reason: reason, unmerged: true, beside: next.Data, stale: base.Data}
}

// merge merges text that all three trees hold differently.
func (p *planner) merge(path string, form form, inBase tree.File, disk []byte, inNext tree.File) outcome {
	base, yours, theirs := form.plain(inBase.Data), form.plain(disk), form.plain(inNext.Data)
	keyed, isKeyed := mergeJSON(path, base, yours, theirs)
	result := keyed
	switch {
	case isKeyed && keyed.Conflicts == 0:
	case p.isUnion(path):
		result = merge.Union(base, yours, theirs, labels)
	default:
		result = merge.Text(base, yours, theirs, labels)
	}
	switch {
	case isKeyed && result.Conflicts > 0:
		return byKey(form.restore(keyed.Data), inBase, inNext, keyed.Keys)
	case isKeyed && !isJSON(path, result.Data):
		return unmerged(inBase, disk, inNext, "both have a key of one name")
	}
	data := form.restore(result.Data)
	switch {
	case result.Conflicts > 0:
		return outcome{data: data, conflicts: result.Conflicts, action: Conflict, reason: conflictReason(result)}
	case bytes.Equal(data, disk):
		return outcome{data: disk, action: Leave, reason: "your edits already hold what the templates changed"}
	}
	return outcome{data: data, action: Merge, reason: "you and the templates changed different places"}
}

// byKey is JSON in which some keys conflict: marker lines would keep tools from reading any of it, so yours stay.
func byKey(data []byte, base, next tree.File, keys []string) outcome {
	named := keys[0]
	if more := len(keys) - 1; more > 0 {
		named = fmt.Sprintf("%s and %d more", named, more)
	}
	return outcome{data: data, reason: "you and the templates changed " + named + ": yours stays", unmerged: true, beside: next.Data, stale: base.Data}
}

// mergeJSON merges a .json file by key, where that can be done.
func mergeJSON(path string, base, yours, theirs []byte) (merge.Result, bool) {
	if !strings.HasSuffix(path, ".json") {
		return merge.Result{}, false
	}
	result, err := merge.JSON(base, yours, theirs)
	return result, err == nil
}

// isJSON tells that the path is one of JSON, and the texts are objects without a key twice.
func isJSON(path string, texts ...[]byte) bool {
	for _, text := range texts {
		if _, ok := mergeJSON(path, text, text, text); !ok {
			return false
		}
	}
	return true
}

func conflictReason(result merge.Result) string {
	first := 0
	if lines := merge.Markers(result.Data); len(lines) > 0 {
		first = lines[0]
	}
	places := "the same place"
	if result.Conflicts > 1 {
		places = fmt.Sprintf("%d places, the first", result.Conflicts)
	}
	return fmt.Sprintf("you and the templates changed %s at line %d: choose between the marker lines, and remove them", places, first)
}

func (p *planner) isUnion(path string) bool {
	for _, glob := range p.Union {
		if ok, err := doublestar.Match(glob, path); err == nil && ok {
			return true
		}
	}
	return false
}
