package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Fault is what happens at one operation of the seam.
type Fault struct {
	At     int                // the operation, from 0; negative for none
	Err    error              // what it fails with; nil stops the process there for ever
	Half   bool               // a write first writes half
	Sticky bool               // what needs space fails from there on
	NoLink bool               // the file system has no hard links
	Rename error              // what every rename to a target fails with
	Before func(op, p string) // called before each operation
	Log    []string
	Ctx    context.Context // nil for one that nobody cancels

	stopped bool
	open    map[io.Closer]bool
}

type stop struct{}

// ErrStopped is what Run and New return when the process was stopped by the fault.
var ErrStopped = errors.New("stopped for ever")

func (f *Fault) hit(op, p string) error {
	if f.stopped {
		panic(stop{})
	}
	if f.Before != nil {
		f.Before(op, p)
	}
	n := len(f.Log)
	f.Log = append(f.Log, op+" "+p)
	if f.NoLink && op == "link" && (n != f.At || f.Err != nil) {
		return syscall.EPERM
	}
	if f.At < 0 || n < f.At || n > f.At && !f.Sticky {
		return nil
	}
	if f.Sticky && !strings.Contains("create write mkdir link sync", op) {
		return nil
	}
	if f.Err == nil && (!f.Half || op != "write") {
		f.stopped = true
		panic(stop{})
	}
	return f.Err
}

// run runs work as a process that may be stopped.
func (f *Fault) run(work func() error) (err error) {
	f.open = map[io.Closer]bool{}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(stop); !ok {
				panic(r)
			}
			err = ErrStopped
		}
		for c := range f.open {
			c.Close() // as the kernel does for a dead process
		}
	}()
	return work()
}

// Run acquires the lock of root, calls work with it, and releases it; said is what was recovered.
func (f *Fault) Run(root string, work func(l *Lock) error) (said string, err error) {
	err = f.run(func() error {
		d, err := openDisk(root)
		if err != nil {
			return err
		}
		f.open[d.root] = true
		holder, err := waitFor(root, d, false)
		if err != nil {
			return err
		}
		f.open[holder] = true
		sys := &seam{d, f, ""}
		if said, err = recoverRun(sys); err != nil {
			return err
		}
		return work(&Lock{sys: sys, holder: holder})
	})
	return said, err
}

// New is Create under the fault.
func (f *Fault) New(ctx context.Context, root string, c Change) error {
	above, made, err := nearest(filepath.Dir(root))
	if err != nil {
		return err
	}
	return f.run(func() error {
		d, err := openDisk(above)
		if err != nil {
			return err
		}
		f.open[d.root] = true
		b := &builder{sys: &seam{d, f, ""}, disk: d, made: made}
		b.wrap = func(inner system) system {
			f.open[b.holder] = true
			f.open[inner.(*disk).root] = true
			return &seam{inner.(*disk), f, "T/"}
		}
		return b.create(ctx, filepath.Base(root), c)
	})
}

// seam is a disk with a fault.
type seam struct {
	*disk
	f      *Fault
	prefix string
}

type seamFile struct {
	file
	s *seam
	p string
}

func (s *seam) lstat(p string) (fs.FileInfo, error) {
	if err := s.f.hit("stat", s.prefix+p); err != nil {
		return nil, err
	}
	return s.disk.lstat(p)
}

func (s *seam) readdir(p string, limit int) ([]string, error) {
	if err := s.f.hit("readdir", s.prefix+p); err != nil {
		return nil, err
	}
	return s.disk.readdir(p, limit)
}

func (s *seam) opened(p string, f file, err error) (file, error) {
	if err != nil {
		return nil, err
	}
	s.f.open[f] = true
	return &seamFile{f, s, p}, nil
}

func (s *seam) open(p string) (file, error) {
	if err := s.f.hit("open", s.prefix+p); err != nil {
		return nil, err
	}
	f, err := s.disk.open(p)
	return s.opened(p, f, err)
}

func (s *seam) create(p string, perm fs.FileMode) (file, error) {
	if err := s.f.hit("create", s.prefix+p); err != nil {
		return nil, err
	}
	f, err := s.disk.create(p, perm)
	return s.opened(p, f, err)
}

func (s *seam) mkdir(p string, perm fs.FileMode) error {
	if err := s.f.hit("mkdir", s.prefix+p); err != nil {
		return err
	}
	return s.disk.mkdir(p, perm)
}

func (s *seam) chmodFolder(p string, mode fs.FileMode) error {
	if err := s.f.hit("chmod", s.prefix+p); err != nil {
		return err
	}
	return s.disk.chmodFolder(p, mode)
}

func (s *seam) link(from, to string) error {
	if path.Dir(from) != path.Dir(to) {
		return fmt.Errorf("link from %s to %s", from, to)
	}
	if err := s.f.hit("link", s.prefix+from+" "+to); err != nil {
		return err
	}
	return s.disk.link(from, to)
}

func (s *seam) rename(from, to string) error {
	if path.Dir(from) != path.Dir(to) {
		return fmt.Errorf("rename from %s to %s", from, to)
	}
	if err := s.f.hit("rename", s.prefix+from+" "+to); err != nil {
		return err
	}
	if s.f.Rename != nil && !strings.Contains(to, "journal") && strings.HasSuffix(from, ".new") {
		return s.f.Rename
	}
	return s.disk.rename(from, to)
}

func (s *seam) remove(p string) error {
	if err := s.f.hit("remove", s.prefix+p); err != nil {
		return err
	}
	return s.disk.remove(p)
}

func (s *seam) rmdir(p string) error {
	if err := s.f.hit("rmdir", s.prefix+p); err != nil {
		return err
	}
	return s.disk.rmdir(p)
}

func (s *seam) syncFiles(files []file) error {
	for _, f := range files {
		if err := s.f.hit("sync", s.prefix+f.(*seamFile).p); err != nil {
			return err
		}
	}
	return nil
}

func (s *seam) syncFolders(paths []string) error {
	for _, p := range paths {
		if err := s.f.hit("sync", s.prefix+p+"/"); err != nil {
			return err
		}
	}
	return nil
}

func (f *seamFile) Read(b []byte) (int, error) {
	if err := f.s.f.hit("read", f.s.prefix+f.p); err != nil {
		return 0, err
	}
	return f.file.Read(b)
}

func (f *seamFile) Write(b []byte) (int, error) {
	err := f.s.f.hit("write", f.s.prefix+f.p)
	if at := len(f.s.f.Log) - 1; f.s.f.Half && at == f.s.f.At {
		n, _ := f.file.Write(b[:len(b)/2])
		if f.s.f.Err == nil {
			f.s.f.stopped = true
			panic(stop{})
		}
		return n, err
	}
	if err != nil {
		return 0, err
	}
	return f.file.Write(b)
}

func (f *seamFile) Stat() (fs.FileInfo, error) {
	if err := f.s.f.hit("stat", f.s.prefix+f.p); err != nil {
		return nil, err
	}
	return f.file.Stat()
}

func (f *seamFile) Chmod(mode fs.FileMode) error {
	if err := f.s.f.hit("chmod", f.s.prefix+f.p); err != nil {
		return err
	}
	return f.file.Chmod(mode)
}

func (f *seamFile) Close() error {
	err := f.s.f.hit("close", f.s.prefix+f.p)
	delete(f.s.f.open, f.file)
	return errors.Join(err, f.file.Close())
}
