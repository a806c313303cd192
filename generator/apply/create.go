package apply

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"example.com/scaffold/generator/changeset"
)

// building names the folder in which a new project is built, beside the place that it will have.
var building = regexp.MustCompile(`^\.scaffold-new-[0-9a-f]{16}$`)

// Create makes a project where nothing is: it builds a folder beside root and gives it its name by one rename, so that
// there is never half a project to see. Folders on the way to root are made. After an error nothing of it is left; what a
// killed Create leaves is a folder that the next one in the same place removes. Nothing is synced, as nothing of a copy is:
// a loss of power in the next seconds can cost a project that nobody has worked on, and no more.
func Create(ctx context.Context, root string, c Change) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return named(root, err)
	}
	if _, err := os.Lstat(root); err == nil {
		return fmt.Errorf("%s: is there already", root)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return named(root, err)
	}
	above, made, err := nearest(filepath.Dir(root))
	if err != nil {
		return err
	}
	d, err := openDisk(above)
	if err != nil {
		return err
	}
	b := &builder{sys: d, disk: d, above: above, made: made}
	return errors.Join(b.create(ctx, filepath.Base(root), c), d.close())
}

// nearest returns the innermost folder at or above dir that is there, and the paths below it that are not.
func nearest(dir string) (above string, missing []string, err error) {
	var names []string
	for {
		info, err := os.Stat(dir)
		switch {
		case err == nil && !info.IsDir():
			return "", nil, fmt.Errorf("%s: not a folder", dir)
		case err == nil:
			for i := range names {
				missing = append(missing, strings.Join(names[:i+1], "/"))
			}
			return dir, missing, nil
		case !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir:
			return "", nil, named(dir, err)
		}
		names = slices.Insert(names, 0, filepath.Base(dir))
		dir = filepath.Dir(dir)
	}
}

// builder makes one new project.
type builder struct {
	sys    system
	disk   *disk
	wrap   func(system) system // the tests' seam; nil otherwise
	above  string              // the folder that is there
	made   []string            // folders on the way to the project, to be made
	temp   string
	holder io.Closer // the lock of temp
}

func (b *builder) create(ctx context.Context, name string, c Change) error {
	for i, dir := range b.made {
		if err := b.sys.mkdir(dir, newFolder); err != nil {
			return errors.Join(named(dir, err), b.unmake(i))
		}
	}
	up := "."
	if len(b.made) > 0 {
		up = b.made[len(b.made)-1]
	}
	sweep(b.disk, b.sys, up)
	root, err := b.start(up)
	if err == nil {
		err = b.fill(ctx, root, c)
		root.Close() // Windows renames no open folder
		if err == nil {
			err = b.place(path.Join(up, name))
		}
		if err != nil {
			err = errors.Join(err, removeTree(b.sys, b.temp))
		}
		b.holder.Close()
	}
	if err != nil {
		return errors.Join(err, b.unmake(len(b.made)))
	}
	return nil
}

// unmake removes the first n folders that were made on the way to the project.
func (b *builder) unmake(n int) error {
	for _, dir := range slices.Backward(b.made[:n]) {
		if err := removeEmpty(b.sys, dir); err != nil {
			return err
		}
	}
	return nil
}

// start makes the folder to build in and locks it. Another Create that sweeps takes one that is not locked yet for a
// dead one's; then a new one is made.
func (b *builder) start(up string) (*os.Root, error) {
	for range 100 {
		var id [8]byte
		rand.Read(id[:]) // never fails
		b.temp = path.Join(up, ".scaffold-new-"+hex.EncodeToString(id[:]))
		if err := b.sys.mkdir(b.temp, newFolder); err != nil {
			return nil, named(filepath.Join(b.above, filepath.FromSlash(up)), err)
		}
		root, holder, err := enterLocked(b.disk, b.temp)
		if err != nil {
			return nil, errors.Join(named(b.temp, err), removeEmpty(b.sys, b.temp))
		}
		if holder != nil {
			b.holder = holder
			return root, nil
		}
	}
	return nil, fmt.Errorf("%s: other commands are at work here", up)
}

// enterLocked opens and locks the folder at p. A nil closer without an error means that it is another's, or gone.
func enterLocked(d *disk, p string) (*os.Root, io.Closer, error) {
	at, name, err := d.parent(p, true)
	if err != nil {
		return nil, nil, err
	}
	opened, err := enter(at, name)
	if missing(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	holder, err := lockFolder(opened.handle, false)
	if err != nil || holder == nil {
		return nil, nil, errors.Join(err, opened.handle.Close())
	}
	if now, err := at.Lstat(name); err != nil || !os.SameFile(now, opened.info) {
		return nil, nil, errors.Join(holder.Close(), opened.handle.Close())
	}
	return opened.handle, holder, nil
}

// fill writes the project into the folder that it is built in.
func (b *builder) fill(ctx context.Context, root *os.Root, c Change) error {
	d := &disk{root: root}
	var sys system = d
	if b.wrap != nil {
		sys = b.wrap(sys)
	}
	err := fill(ctx, sys, c)
	d.drop(0)
	return err
}

func fill(ctx context.Context, sys system, c Change) error {
	p, err := newPlan(sys, c)
	if err != nil {
		return err
	}
	r := run{sys: sys, plan: p, record: true, direct: true}
	if err := r.prepare(); err != nil {
		return err
	}
	for _, e := range p.entries {
		if e.before.Kind != changeset.Absent {
			return fmt.Errorf("%s: is to change, but the project is new", e.path)
		}
	}
	if err := r.mark(); err != nil {
		return err
	}
	if err := r.makeFolders(); err != nil {
		return err
	}
	last := len(p.entries) - 1
	if err := r.writeTemps(ctx, 0, last); err != nil {
		return err
	}
	return r.writeRecord(ctx, last)
}

// mark writes the file by which the folder of a dead run is known, before anything else.
func (r *run) mark() error {
	if err := r.sys.mkdir(stateDir, newFolder); err != nil {
		return named(stateDir, err)
	}
	f, err := r.sys.create(markFile, newFile)
	if err == nil {
		_, err = f.Write([]byte(ignore))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return named(markFile, err)
	}
	return nil
}

// place gives the folder its name.
func (b *builder) place(to string) error {
	now, err := look(b.sys, to, false)
	switch {
	case err != nil:
		return err
	case now.Kind != changeset.Absent:
		return fmt.Errorf("%s: was put there while this command was at work; run it again", to)
	}
	if err := b.sys.rename(b.temp, to); err != nil {
		return named(to, err)
	}
	return nil
}

// sweep removes the folders that killed runs of Create left in dir. What it can't tell or can't remove it leaves.
func sweep(d *disk, sys system, dir string) {
	names, err := sys.readdir(dir, maxChildren)
	if err != nil {
		return
	}
	for _, name := range names {
		temp := path.Join(dir, name)
		if !building.MatchString(name) || !abandoned(sys, temp) {
			continue
		}
		root, holder, err := enterLocked(d, temp)
		if err != nil || holder == nil {
			continue
		}
		root.Close()
		_ = removeTree(sys, temp) // the next one tries again
		holder.Close()
	}
}

// markFile is written first and removed last, so that it tells a folder of Create's from a person's.
const markFile = stateDir + "/.gitignore"

// abandoned tells that a folder is one that Create builds in: empty, or marked.
func abandoned(sys system, temp string) bool {
	node, err := look(sys, temp, true)
	if err != nil || node.Kind != changeset.Folder {
		return false
	}
	if len(node.Children) == 0 {
		return true
	}
	state, err := look(sys, temp+"/"+stateDir, true)
	if err != nil || state.Kind != changeset.Folder {
		return false
	}
	if len(state.Children) == 0 {
		return len(node.Children) == 1
	}
	mark, err := look(sys, temp+"/"+markFile, false)
	if err != nil || mark.Kind != changeset.Regular {
		return false
	}
	data, _, err := read(sys, temp+"/"+markFile, int64(len(ignore)))
	partial := len(node.Children) == 1 && len(state.Children) == 1 && strings.HasPrefix(ignore, string(data))
	return err == nil && (string(data) == ignore || partial)
}

// removeTree removes a folder that Create built, the mark last. It follows no link.
func removeTree(sys system, dir string) error {
	names, err := sys.readdir(dir, maxChildren)
	if err != nil {
		return named(dir, err)
	}
	slices.SortStableFunc(names, func(a, b string) int { return late(a) - late(b) })
	for _, name := range names {
		full := path.Join(dir, name)
		info, err := sys.lstat(full)
		if err != nil {
			return named(full, err)
		}
		if info.IsDir() {
			err = removeTree(sys, full)
		} else if err = sys.remove(full); err != nil {
			err = named(full, err)
		}
		if err != nil {
			return err
		}
	}
	if err := sys.rmdir(dir); err != nil {
		return named(dir, err)
	}
	return nil
}

func late(name string) int {
	if name == stateDir || name == path.Base(markFile) {
		return 1
	}
	return 0
}
