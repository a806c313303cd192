package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"example.com/scaffold/generator/changeset"
)

// The modes of what is new, before the umask: never writable by everybody.
const (
	newFile   fs.FileMode = 0o664
	newExec   fs.FileMode = 0o775
	newFolder fs.FileMode = 0o775
)

// chunk is how many temporary files are open at once, to be synced together.
const chunk = 128

// run is one change while it is made.
type run struct {
	sys     system
	plan    *plan
	journal journal
	record  bool   // write an undo record
	direct  bool   // write files under their own names: nobody sees the folder yet
	kept    []kept // what the old files were when they were compared
}

// kept is an old file under its kept name.
type kept struct {
	entry *entry
	path  string
	info  fs.FileInfo
}

// do makes the change wholly or not at all.
func (r *run) do(ctx context.Context) error {
	for _, e := range r.plan.entries {
		if err := r.expect(e, e.path); err != nil {
			return err
		}
	}
	if err := r.prepare(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopped, nothing was changed: %w", err)
	}
	if err := r.begin(); err != nil {
		return err
	}
	err := r.steps(ctx)
	if err == nil {
		err = r.commit()
	}
	if err == nil {
		// What is left over can wait for the next run.
		_ = clearUp(r.sys, r.journal)
		return nil
	}
	if back := rollBack(r.sys, r.journal); back != nil {
		return errors.Join(err, fmt.Errorf("and not everything could be put back yet; the next scaffold command here tries again: %w", back))
	}
	return err
}

// prepare completes the plan by the undo record, whose bytes are known later.
func (r *run) prepare() error {
	if r.record {
		name, err := nextRecord(r.sys)
		if err != nil {
			return err
		}
		e := &entry{path: name, after: changeset.Node{Kind: changeset.Regular, Mode: 0o600}, exact: true}
		if err := r.plan.place(r.sys, e); err != nil {
			return err
		}
		slices.SortFunc(r.plan.folders, func(a, b folder) int { return strings.Compare(a.path, b.path) })
		r.plan.entries = append(r.plan.entries, e)
	}
	r.journal = r.plan.journal(newID())
	if r.record {
		r.journal.Entries[len(r.journal.Entries)-1].After.Sum = ""
	}
	return nil
}

func (r *run) steps(ctx context.Context) error {
	for i, e := range r.plan.entries {
		if r.plan.room(e) && !e.inside {
			if err := r.keep(i, e); err != nil {
				return err
			}
		}
	}
	if err := r.makeFolders(); err != nil {
		return err
	}
	last := len(r.plan.entries)
	if r.record {
		last--
	}
	if err := r.writeTemps(ctx, 0, last); err != nil {
		return err
	}
	for i, e := range r.plan.entries[:last] {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stopped, everything was put back: %w", err)
		}
		if err := r.exchange(i, e); err != nil {
			return err
		}
	}
	if r.record {
		if err := r.writeRecord(ctx, last); err != nil {
			return err
		}
	}
	return r.settle()
}

func (r *run) makeFolders() error {
	for _, f := range r.plan.folders {
		if f.path == stateDir {
			continue // the journal is in it
		}
		if err := r.sys.mkdir(f.path, newFolder); err != nil {
			return named(f.path, err)
		}
		if f.mode != 0 {
			if err := r.sys.chmodFolder(f.path, f.mode); err != nil {
				return named(f.path, err)
			}
		}
	}
	return nil
}

// writeTemps writes the temporary files of the entries from first up to last, and syncs them together; those of a direct run
// are the files themselves, and are not synced.
func (r *run) writeTemps(ctx context.Context, first, last int) error {
	for first < last {
		var files []file
		var err error
		end := min(first+chunk, last)
		for i := first; i < end && err == nil; i++ {
			if err = ctx.Err(); err != nil {
				err = fmt.Errorf("stopped, everything was put back: %w", err)
			} else if e := r.plan.entries[i]; e.after.Kind == changeset.Regular && !(r.direct && e.path == markFile) {
				var f file
				f, err = writeNew(r.sys, r.temp(i, e), e)
				if f != nil {
					files = append(files, f)
				}
			}
		}
		if err == nil && len(files) > 0 && !r.direct {
			if err = r.sys.syncFiles(files); err != nil {
				err = named(r.plan.entries[end-1].path, err)
			}
		}
		for _, f := range files {
			if closing := f.Close(); err == nil && closing != nil {
				err = named(r.plan.entries[end-1].path, closing)
			}
		}
		if err != nil {
			return err
		}
		first = end
	}
	return nil
}

// temp is where an entry's new bytes are written.
func (r *run) temp(i int, e *entry) string {
	if r.direct {
		return e.path
	}
	return beside(e.path, r.journal.ID, i, "new")
}

// writeNew writes an entry's bytes to a file that is not there yet, gives it its mode, and learns which the system
// made of it.
func writeNew(sys system, p string, e *entry) (file, error) {
	perm := newFile
	switch mode := e.after.Mode.Perm(); {
	case e.exact:
		perm = mode & 0o700
	case mode&0o100 != 0:
		perm = newExec
	}
	f, err := sys.create(p, perm)
	if err != nil {
		return nil, named(e.path, err)
	}
	_, err = f.Write(e.after.Data)
	if err == nil && e.exact {
		err = f.Chmod(e.after.Mode.Perm())
	}
	var info fs.FileInfo
	if err == nil {
		info, err = f.Stat()
	}
	if err != nil {
		return f, named(e.path, err)
	}
	e.after.Mode = info.Mode().Perm()
	return f, nil
}

// begin writes the journal. Whatever fails up to its rename leaves no trace.
func (r *run) begin() error {
	data, err := json.Marshal(r.journal)
	if err != nil {
		return named(journalFile, err)
	}
	if len(data) > maxJournalBytes {
		return fmt.Errorf("%d files are too many for one change", len(r.journal.Entries))
	}
	if _, err := decodeJournal(data); err != nil {
		return fmt.Errorf("this change can't be written down: %w", err) // and so could not be taken back
	}
	fresh := slices.Contains(r.journal.Folders, stateDir)
	if fresh {
		if err := r.sys.mkdir(stateDir, newFolder); err != nil {
			return named(stateDir, err)
		}
	}
	err = writeWhole(r.sys, journalTemp, journalFile, data)
	if err == nil {
		err = r.sys.syncFolders([]string{stateDir})
	}
	if err == nil && fresh {
		err = r.sys.syncFolders([]string{"."})
	}
	if err != nil {
		return errors.Join(named(journalFile, err), dropJournal(r.sys, fresh))
	}
	return nil
}

// dropJournal removes a journal of which nothing was done yet.
func dropJournal(sys system, fresh bool) error {
	for _, name := range []string{journalTemp, journalFile} {
		if err := sys.remove(name); err != nil && !missing(err) {
			return named(name, err)
		}
	}
	if fresh {
		return removeEmpty(sys, stateDir)
	}
	return nil
}

// removeEmpty removes a folder unless something is in it.
func removeEmpty(sys system, dir string) error {
	if err := sys.rmdir(dir); err != nil && !missing(err) && !notEmpty(err) {
		return named(dir, err)
	}
	return nil
}

// settle checks that no kept file was written to since it was compared, and syncs the folders.
func (r *run) settle() error {
	for _, k := range r.kept {
		now, err := r.sys.lstat(k.path)
		if err != nil {
			return named(k.entry.path, err)
		}
		if now.Size() != k.info.Size() || !now.ModTime().Equal(k.info.ModTime()) || now.Mode() != k.info.Mode() {
			return fmt.Errorf("%s: changed on disk while this command was at work; run it again", k.entry.path)
		}
	}
	dirs := map[string]bool{}
	for _, e := range r.plan.entries {
		if !e.inside {
			dirs[path.Dir(e.path)] = true
		}
	}
	for _, f := range r.plan.folders {
		dirs[path.Dir(f.path)] = true
	}
	return r.sys.syncFolders(sorted(dirs))
}

// commit is the instant at which the run is done.
func (r *run) commit() error {
	if err := r.sys.rename(journalFile, doneFile); err != nil {
		return named(journalFile, err)
	}
	if err := r.sys.syncFolders([]string{stateDir}); err != nil {
		return errors.Join(named(stateDir, err), r.sys.rename(doneFile, journalFile))
	}
	return nil
}
