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

func syncRoot(root *os.Root) error {
	f, err := root.Open(".")
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // this file system syncs no folders
	}
	return errors.Join(err, f.Close())
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
