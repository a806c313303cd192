package apply

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"example.com/scaffold/generator/changeset"
)

// interrupted tells that a killed run left something that recoverRun has to look at.
func interrupted(sys system) (bool, error) {
	node, err := look(sys, stateDir, true)
	if err != nil {
		return false, err
	}
	if node.Kind != changeset.Folder {
		return false, nil // ReadState says what is wrong with a file or a link
	}
	if len(node.Children) == 0 {
		return true, nil
	}
	for _, name := range []string{journalFile, doneFile, journalTemp} {
		if slices.Contains(node.Children, path.Base(name)) {
			return true, nil
		}
	}
	return false, nil
}

// recoverRun takes back or finishes what a killed run left. The lock is held.
func recoverRun(sys system) (string, error) {
	if left, err := interrupted(sys); err != nil || !left {
		return "", err
	}
	done, err := readJournal(sys, doneFile)
	if err != nil {
		return "", err
	}
	if done != nil {
		if err := clearUp(sys, *done); err != nil {
			return "", fmt.Errorf("clearing up behind an earlier `scaffold %s`: %w", done.Command, err)
		}
		return fmt.Sprintf("an earlier `scaffold %s` was stopped when it was all but done: finished it", done.Command), nil
	}
	open, err := readJournal(sys, journalFile)
	if err != nil {
		return "", err
	}
	if open == nil {
		return dropLeftovers(sys)
	}
	if err := rollBack(sys, *open); err != nil {
		return "", fmt.Errorf("taking back an earlier `scaffold %s` that was stopped in the middle: %w", open.Command, err)
	}
	return fmt.Sprintf("an earlier `scaffold %s` was stopped in the middle: took it back, the project is as it was before", open.Command), nil
}

// dropLeftovers removes what a run left that was killed before its journal was whole: nothing was changed yet.
func dropLeftovers(sys system) (string, error) {
	said := ""
	node, err := look(sys, journalTemp, false)
	if err != nil {
		return "", err
	}
	if node.Kind == changeset.Regular {
		if err := sys.remove(journalTemp); err != nil {
			return "", named(journalTemp, err)
		}
		said = "an earlier command was stopped before it changed anything"
	}
	return said, removeEmpty(sys, stateDir)
}

// readJournal reads and checks the journal at p; nil means that there is none.
func readJournal(sys system, p string) (*journal, error) {
	node, err := look(sys, p, false)
	if err != nil || node.Kind == changeset.Absent {
		return nil, err
	}
	const advice = "nothing was touched; if the project is whole, delete this file, else restore the project from version control"
	if node.Kind != changeset.Regular {
		return nil, fmt.Errorf("%s: %s, not a journal: %s", p, kindName(node.Kind), advice)
	}
	data, _, err := read(sys, p, maxJournalBytes)
	if err != nil {
		return nil, fmt.Errorf("%w; nothing was touched", err)
	}
	j, err := decodeJournal(data)
	if err != nil {
		return nil, fmt.Errorf("%s: damaged: %w; %s", p, err, advice)
	}
	return &j, nil
}

// restorer puts back what a run changed. It first finds what is to be done to each path, and only then does it.
type restorer struct {
	sys     system
	journal journal
	folders map[string]bool
	acts    []act
	edited  []string
}

// act is one operation of a rollback: a removal, or a rename.
type act struct {
	path, from, to string // of a removal only path
}

// rollBack makes the project what it was before the run of the journal, and removes the journal. It may be repeated
// when it was stopped.
func rollBack(sys system, j journal) error {
	b := &restorer{sys: sys, journal: j, folders: map[string]bool{}}
	for _, dir := range j.Folders {
		b.folders[dir] = true
	}
	var rooms []int
	for i := len(j.Entries) - 1; i >= 0; i-- {
		l := j.Entries[i]
		if l.Inside {
			continue
		}
		if b.folders[l.Path] {
			rooms = append(rooms, i)
			continue
		}
		if err := b.find(i, l); err != nil {
			return err
		}
	}
	if len(b.edited) > 0 {
		return fmt.Errorf("edited since: %s; move these files away, run the command again, and bring your edits back by hand", strings.Join(b.edited, ", "))
	}
	if err := b.do(); err != nil {
		return err
	}
	for _, dir := range slices.Backward(j.Folders) {
		if dir == stateDir {
			continue
		}
		if err := removeEmpty(sys, dir); err != nil {
			return err
		}
	}
	for _, i := range rooms {
		if err := b.find(i, j.Entries[i]); err != nil {
			return err
		}
	}
	if len(b.edited) > 0 {
		return fmt.Errorf("in the way: %s; move these away and run the command again", strings.Join(b.edited, ", "))
	}
	if err := b.do(); err != nil {
		return err
	}
	return b.end()
}

// end syncs what was put back, and removes the journal. A sync that fails changes nothing about what is there.
func (b *restorer) end() error {
	_ = b.sys.syncFolders(touched(b.journal))
	return dropJournal(b.sys, b.folders[stateDir])
}

func touched(j journal) []string {
	dirs := map[string]bool{}
	for _, l := range j.Entries {
		if !l.Inside {
			dirs[path.Dir(l.Path)] = true
		}
	}
	return sorted(dirs)
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// find says what has to be done to put back one path.
func (b *restorer) find(i int, l line) error {
	fresh, old := beside(l.Path, b.journal.ID, i, "new"), beside(l.Path, b.journal.ID, i, "old")
	isNew, err := stat(b.sys, fresh)
	if err != nil {
		return err
	}
	isOld, err := stat(b.sys, old)
	if err != nil {
		return err
	}
	if l.Before.Kind == "" || l.Before.Kind == kindFolder {
		if err := b.findNew(l, isNew, isOld); err != nil {
			return err
		}
	}
	switch {
	case isOld == nil:
	case l.Before.Kind == "" && isOld.Mode().IsRegular() && isOld.Size() == 0:
		b.acts = append(b.acts, act{path: old})
	case l.Before.Kind == kindFolder && isOld.IsDir():
		b.acts = append(b.acts, act{from: old, to: l.Path})
	case l.Before.Kind == kindFile && isOld.Mode().IsRegular():
		if err := b.findOld(l, isNew, isOld, old); err != nil {
			return err
		}
	default:
		b.edited = append(b.edited, old)
	}
	if isNew != nil {
		if !isNew.Mode().IsRegular() {
			b.edited = append(b.edited, fresh)
			return nil
		}
		b.acts = append(b.acts, act{path: fresh})
	}
	return nil
}

// findNew is find for a path at which no file was: what the run brought there goes, and nothing else.
func (b *restorer) findNew(l line, isNew, isOld fs.FileInfo) error {
	target, err := stat(b.sys, l.Path)
	if err != nil || target == nil {
		return err
	}
	ours := isNew != nil && os.SameFile(isNew, target) || isNew == nil && isOld != nil
	if target.IsDir() && l.Before.Kind == kindFolder && isOld == nil {
		return nil
	}
	if ours && target.Mode().IsRegular() {
		node, err := look(b.sys, l.Path, true)
		if err != nil {
			return err
		}
		if l.After.Sum == "" || l.After.holds(node) {
			b.acts = append(b.acts, act{path: l.Path})
			return nil
		}
	}
	if isOld != nil && l.Before.Kind == kindFolder {
		b.edited = append(b.edited, l.Path)
	}
	return nil // somebody else's file: it stays
}

// findOld is find for a path whose old file was kept.
func (b *restorer) findOld(l line, isNew, isOld fs.FileInfo, old string) error {
	target, err := stat(b.sys, l.Path)
	if err != nil {
		return err
	}
	if target == nil {
		b.acts = append(b.acts, act{from: old, to: l.Path})
		return nil
	}
	if os.SameFile(target, isOld) {
		b.acts = append(b.acts, act{path: old})
		return nil
	}
	node, err := look(b.sys, l.Path, true)
	if err != nil {
		return err
	}
	if l.After.Kind == kindFile && isNew == nil && l.After.holds(node) {
		b.acts = append(b.acts, act{from: old, to: l.Path})
		return nil
	}
	kept, err := look(b.sys, old, true)
	if err != nil {
		return err
	}
	if isNew != nil && l.Before.holds(kept) {
		// Saved by somebody before the new file took its place: theirs stays.
		b.acts = append(b.acts, act{path: old})
		return nil
	}
	b.edited = append(b.edited, l.Path)
	return nil
}

func (b *restorer) do() error {
	for _, a := range b.acts {
		if a.path != "" {
			if err := b.sys.remove(a.path); err != nil && !missing(err) {
				return named(a.path, err)
			}
			continue
		}
		if err := b.sys.rename(a.from, a.to); err != nil {
			return named(a.to, err)
		}
	}
	b.acts = nil
	return nil
}

// stat returns what stands at p, or nil.
func stat(sys system, p string) (fs.FileInfo, error) {
	info, err := sys.lstat(p)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, named(p, err)
	}
	return info, nil
}

// clearUp removes what a run that is done left over: kept files, temporary names, folders that ended up empty, undo
// records beyond their number, and at last its journal.
func clearUp(sys system, j journal) error {
	for i, l := range j.Entries {
		if l.Inside {
			continue
		}
		for _, what := range []string{"old", "new"} {
			if err := drop(sys, j, beside(l.Path, j.ID, i, what), l.Path); err != nil {
				return err
			}
		}
	}
	for _, dir := range j.Leave {
		if dir == stateDir {
			continue
		}
		if err := removeEmpty(sys, dir); err != nil {
			return err
		}
	}
	if err := prune(sys); err != nil {
		return err
	}
	if err := sys.remove(doneFile); err != nil {
		return named(doneFile, err)
	}
	if slices.Contains(j.Leave, stateDir) {
		return removeEmpty(sys, stateDir)
	}
	return nil
}

// drop removes a name of the run's own: a file, or a folder that gave way with the files that the journal names in it.
func drop(sys system, j journal, name, target string) error {
	info, err := stat(sys, name)
	if err != nil || info == nil {
		return err
	}
	if !info.IsDir() {
		if err := sys.remove(name); err != nil && !missing(err) {
			return named(name, err)
		}
		return nil
	}
	dirs := map[string]bool{}
	for _, l := range j.Entries {
		rest, below := strings.CutPrefix(l.Path, target+"/")
		if !l.Inside || !below {
			continue
		}
		full := name + "/" + rest
		if err := sys.remove(full); err != nil && !missing(err) {
			return named(full, err)
		}
		for _, dir := range parents(rest) {
			dirs[name+"/"+dir] = true
		}
	}
	for _, dir := range slices.Backward(sorted(dirs)) {
		if err := removeEmpty(sys, dir); err != nil {
			return err
		}
	}
	return removeEmpty(sys, name)
}
