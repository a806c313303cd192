package apply

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// system is every way in which this package touches a disk: the seam at which the tests make an operation fail or
// stop. Paths are slash-separated and relative to one root. No operation follows a symbolic link.
type system interface {
	lstat(path string) (fs.FileInfo, error)
	readdir(path string, limit int) ([]string, error) // sorted; at most limit names
	open(path string) (file, error)                   // for reading; regular files only
	create(path string, perm fs.FileMode) (file, error)
	mkdir(path string, perm fs.FileMode) error
	chmodFolder(path string, mode fs.FileMode) error
	link(from, to string) error
	rename(from, to string) error
	remove(path string) error
	rmdir(path string) error // an empty folder, and nothing else
	syncFiles(files []file) error
	syncFolders(paths []string) error
	close() error
}

// file is an open file: *os.File, or the tests' wrapper of one.
type file interface {
	io.ReadWriteCloser
	Stat() (fs.FileInfo, error)
	Chmod(mode fs.FileMode) error
	Sync() error
}

// errLink says that a path leads through a symbolic link.
var errLink = errors.New("a symbolic link is on the way, and none is followed")

// errMoved says that another program exchanged a path while it was being opened.
var errMoved = errors.New("changed on disk while it was opened")

// disk is the system below a folder. It keeps the folders on the way to the last path open, each checked to be a
// folder and no link; a folder that was exchanged since is noticed before anything in it changes.
type disk struct {
	root   *os.Root
	levels []level
}

type level struct {
	name   string
	handle *os.Root
	info   fs.FileInfo
}

func openDisk(root string) (*disk, error) {
	handle, err := os.OpenRoot(root)
	if err != nil {
		return nil, named(root, err)
	}
	return &disk{root: handle}, nil
}

// folder returns the open folder at dir; "." is the root. With fresh it checks that every name on the way still
// leads to the folder that is open.
func (d *disk) folder(dir string, fresh bool) (*os.Root, error) {
	var names []string
	if dir != "." {
		names = strings.Split(dir, "/")
	}
	at, known := d.root, 0
	for known < len(names) && known < len(d.levels) && d.levels[known].name == names[known] {
		if fresh {
			info, err := at.Lstat(names[known])
			if err != nil || !os.SameFile(info, d.levels[known].info) {
				break
			}
		}
		at = d.levels[known].handle
		known++
	}
	d.drop(known)
	for _, name := range names[known:] {
		next, err := enter(at, name)
		if err != nil {
			return nil, err
		}
		d.levels = append(d.levels, next)
		at = next.handle
	}
	return at, nil
}

func enter(at *os.Root, name string) (level, error) {
	info, err := at.Lstat(name)
	switch {
	case err != nil:
		return level{}, err
	case info.Mode()&fs.ModeSymlink != 0:
		return level{}, errLink
	case !info.IsDir():
		return level{}, syscall.ENOTDIR
	}
	handle, err := at.OpenRoot(name)
	if err != nil {
		return level{}, err
	}
	opened, err := handle.Stat(".")
	if err == nil && !os.SameFile(info, opened) {
		err = errMoved
	}
	if err != nil {
		return level{}, errors.Join(err, handle.Close())
	}
	return level{name: name, handle: handle, info: info}, nil
}

// drop closes the open folders from the given depth on.
func (d *disk) drop(depth int) {
	for _, l := range d.levels[depth:] {
		l.handle.Close()
	}
	d.levels = d.levels[:depth]
}

// release closes the folder at p and those below it: Windows moves and removes no open folder.
func (d *disk) release(p string) {
	names := strings.Split(p, "/")
	for i, name := range names {
		if i >= len(d.levels) || d.levels[i].name != name {
			return
		}
	}
	d.drop(len(names) - 1)
}

func (d *disk) parent(p string, fresh bool) (*os.Root, string, error) {
	at, err := d.folder(path.Dir(p), fresh)
	return at, path.Base(p), err
}

func (d *disk) lstat(p string) (fs.FileInfo, error) {
	at, name, err := d.parent(p, false)
	if err != nil {
		return nil, err
	}
	return at.Lstat(name)
}

func (d *disk) readdir(p string, limit int) ([]string, error) {
	at, err := d.folder(p, false)
	if err != nil {
		return nil, err
	}
	f, err := at.Open(".")
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(limit)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	slices.Sort(names)
	return names, errors.Join(err, f.Close())
}

func (d *disk) open(p string) (file, error) {
	at, name, err := d.parent(p, false)
	if err != nil {
		return nil, err
	}
	info, err := at.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := at.OpenFile(name, readFlags, 0)
	if err != nil {
		return nil, err
	}
	opened, err := f.Stat()
	if err == nil && (!opened.Mode().IsRegular() || !os.SameFile(info, opened)) {
		err = errMoved
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (d *disk) create(p string, perm fs.FileMode) (file, error) {
	at, name, err := d.parent(p, true)
	if err != nil {
		return nil, err
	}
	return at.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
}

func (d *disk) mkdir(p string, perm fs.FileMode) error {
	at, name, err := d.parent(p, true)
	if err != nil {
		return err
	}
	return at.Mkdir(name, perm)
}

func (d *disk) chmodFolder(p string, mode fs.FileMode) error {
	at, err := d.folder(p, true)
	if err != nil {
		return err
	}
	return at.Chmod(".", mode)
}

// link and rename work within one folder, or on siblings of the root: every temporary name of this package stands
// beside the file that it stands for.
func (d *disk) link(from, to string) error {
	at, name, err := d.parent(from, true)
	if err != nil {
		return err
	}
	return at.Link(name, path.Base(to))
}

func (d *disk) rename(from, to string) error {
	d.release(from)
	at, name, err := d.parent(from, true)
	if err != nil {
		return err
	}
	return at.Rename(name, path.Base(to))
}

func (d *disk) remove(p string) error {
	d.release(p)
	at, name, err := d.parent(p, true)
	if err != nil {
		return err
	}
	return at.Remove(name)
}

func (d *disk) rmdir(p string) error {
	d.release(p)
	at, name, err := d.parent(p, true)
	if err != nil {
		return err
	}
	return removeFolder(at, name)
}

// syncers is how many files are synced at once: file systems join such syncs into few writes of their journal.
const syncers = 4

func (d *disk) syncFiles(files []file) error {
	errs := make([]error, syncers)
	var group sync.WaitGroup
	for i := range min(syncers, len(files)) {
		group.Go(func() {
			for k := i; k < len(files) && errs[i] == nil; k += syncers {
				errs[i] = files[k].Sync()
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// syncFolders syncs the names in folders, many at once where the system can.
func (d *disk) syncFolders(paths []string) error {
	for some := range slices.Chunk(paths, chunk) {
		var handles []file
		var errs []error
		for _, p := range some {
			at, err := d.folder(p, false)
			if err == nil {
				handles, err = appendFolder(handles, at)
			}
			if err != nil {
				errs = append(errs, named(p, err))
			}
		}
		errs = append(errs, d.syncFiles(handles))
		for _, f := range handles {
			errs = append(errs, f.Close())
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

func (d *disk) close() error {
	d.drop(0)
	return d.root.Close()
}

// named puts the path that a person knows before what the system says.
func named(p string, err error) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &link):
		err = link.Err
	case errors.As(err, &at):
		err = at.Err
	}
	return fmt.Errorf("%s: %w", p, err)
}

// missing tells that nothing stands at a path: no such name, or a parent that is a file.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
