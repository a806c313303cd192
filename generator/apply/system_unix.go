//go:build unix

package apply

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// readFlags open a file that is there without following a link or waiting for a FIFO's other end.
const readFlags = os.O_RDONLY | syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// lockFolder locks the folder itself, so that no lock file is left behind and a dead process holds nothing. It
// does not wait: a nil closer without an error means that another process has the lock.
func lockFolder(root *os.Root, shared bool) (io.Closer, error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	for {
		err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return nil, os.NewSyscallError("flock", err)
}

// folderHandle is an open folder; its Sync passes over a file system that syncs no folders.
type folderHandle struct{ *os.File }

func (f folderHandle) Sync() error {
	err := f.File.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// appendFolder opens a folder to be synced.
func appendFolder(handles []file, root *os.Root) ([]file, error) {
	f, err := root.Open(".")
	if err != nil {
		return handles, err
	}
	return append(handles, folderHandle{f}), nil
}

func removeFolder(root *os.Root, name string) error {
	f, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(unix.Unlinkat(int(f.Fd()), name, unix.AT_REMOVEDIR), f.Close())
}

// cannotLink tells that a file can't have a second name here: the file system has no hard links, or the system
// allows none to a file of another user.
func cannotLink(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EOPNOTSUPP) ||
		errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EMLINK)
}

// notEmpty tells that a folder still holds something.
func notEmpty(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST)
}
