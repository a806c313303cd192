package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"example.com/scaffold/generator/changeset"
)

// exchange brings one path to what it is to be.
func (r *run) exchange(i int, e *entry) error {
	switch {
	case e.inside || r.plan.room(e):
		return nil
	case e.after.Kind == changeset.Absent:
		return r.keep(i, e)
	case e.before.Kind == changeset.Regular:
		return r.replace(i, e)
	case e.before.Kind == changeset.Folder:
		if err := r.keep(i, e); err != nil {
			return err
		}
	}
	return r.bring(i, e)
}

// keep moves what stands at the path to its kept name, and then looks whether it is what was planned from.
func (r *run) keep(i int, e *entry) error {
	old := beside(e.path, r.journal.ID, i, "old")
	if err := r.sys.rename(e.path, old); err != nil {
		return named(e.path, err)
	}
	if e.before.Kind == changeset.Regular {
		return r.compare(e, old)
	}
	if err := r.expect(e, old); err != nil {
		return err
	}
	for _, inner := range r.plan.entries {
		if rest, below := strings.CutPrefix(inner.path, e.path+"/"); below && inner.inside {
			if err := r.compare(inner, old+"/"+rest); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare is expect for a kept file, which settle looks at once more.
func (r *run) compare(e *entry, at string) error {
	info, err := r.sys.lstat(at)
	if err != nil {
		return named(e.path, err)
	}
	r.kept = append(r.kept, kept{e, at, info})
	return r.expect(e, at)
}

// replace exchanges a file: the old one gets a second name, the new one takes its place.
func (r *run) replace(i int, e *entry) error {
	old, fresh := beside(e.path, r.journal.ID, i, "old"), beside(e.path, r.journal.ID, i, "new")
	err := r.sys.link(e.path, old)
	linked := err == nil
	if err != nil && cannotLink(err) {
		err = r.sys.rename(e.path, old)
	}
	if err != nil {
		return named(e.path, err)
	}
	if err := r.compare(e, old); err != nil {
		return err
	}
	if linked {
		if err := r.same(e); err != nil {
			return err
		}
	}
	if err := r.sys.rename(fresh, e.path); err != nil {
		return named(e.path, err)
	}
	return nil
}

// same checks that a path still leads to the file that was compared under its kept name.
func (r *run) same(e *entry) error {
	now, err := r.sys.lstat(e.path)
	if err != nil {
		return named(e.path, err)
	}
	if !os.SameFile(now, r.kept[len(r.kept)-1].info) {
		return fmt.Errorf("%s: changed on disk while this command was at work; run it again", e.path)
	}
	return nil
}

// bring puts a file where nothing is. A link never replaces what somebody put there meanwhile; its temporary name
// stays until the run is done, and tells a later one that the file is ours.
func (r *run) bring(i int, e *entry) error {
	fresh := beside(e.path, r.journal.ID, i, "new")
	err := r.sys.link(fresh, e.path)
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: something was put there while this command was at work; run it again", e.path)
	}
	if !cannotLink(err) {
		return named(e.path, err)
	}
	return r.bringUnlinked(i, e, fresh)
}

// bringUnlinked is bring on a file system without hard links: an empty file of the kept name tells that the file
// is ours.
func (r *run) bringUnlinked(i int, e *entry, fresh string) error {
	if e.before.Kind == changeset.Absent {
		f, err := r.sys.create(beside(e.path, r.journal.ID, i, "old"), 0o600)
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return named(e.path, err)
		}
	}
	switch now, err := look(r.sys, e.path, false); {
	case err != nil:
		return err
	case now.Kind != changeset.Absent:
		return fmt.Errorf("%s: something was put there while this command was at work; run it again", e.path)
	}
	if err := r.sys.rename(fresh, e.path); err != nil {
		return named(e.path, err)
	}
	return nil
}

// expect compares what stands at p with what the plan was made from.
func (r *run) expect(e *entry, p string) error {
	now, err := look(r.sys, p, true)
	if err != nil {
		return err
	}
	same := now.Kind == e.before.Kind
	if same && now.Kind == changeset.Regular {
		same = now.Mode.Perm() == e.before.Mode.Perm() && string(now.Data) == string(e.before.Data)
	}
	if same && now.Kind == changeset.Folder {
		return r.onlyOurs(p, e.path)
	}
	if !same {
		return fmt.Errorf("%s: changed on disk while this command was at work; run it again", e.path)
	}
	return nil
}

// onlyOurs checks that a folder which gives way holds nothing but files that this change removes.
func (r *run) onlyOurs(at, dir string) error {
	names, err := r.sys.readdir(at, maxChildren)
	if err != nil {
		return named(at, err)
	}
	for _, name := range names {
		full := path.Join(dir, name)
		info, err := r.sys.lstat(path.Join(at, name))
		if err != nil {
			return named(full, err)
		}
		if info.IsDir() {
			if err := r.onlyOurs(path.Join(at, name), full); err != nil {
				return err
			}
			continue
		}
		if e := r.plan.at[full]; e == nil || !e.inside {
			return fmt.Errorf("%s: a file of yours in a folder that has to become a file; move it away and run the command again", full)
		}
	}
	return nil
}
