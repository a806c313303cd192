package apply

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Lock is the right to change the project at a root. It ends with Close, and with the process.
type Lock struct {
	sys    system
	holder io.Closer
}

// lockWait is how long Acquire waits for another run to end: longer than a look, shorter than a change.
const (
	lockWait  = 250 * time.Millisecond
	lockPause = 10 * time.Millisecond
)

// Acquire locks the project folder at root, which must exist; its .scaffold need not. A change that an earlier run
// was killed in is first taken back or finished, and recovered says which; it is empty when there was none. While
// another run holds the lock Acquire fails. A dead run's lock is none.
func Acquire(root string) (lock *Lock, recovered string, err error) {
	d, err := openDisk(root)
	if err != nil {
		return nil, "", err
	}
	return acquire(root, d, d)
}

func acquire(root string, d *disk, sys system) (*Lock, string, error) {
	holder, err := waitFor(root, d, false)
	if err != nil {
		return nil, "", errors.Join(err, sys.close())
	}
	lock := &Lock{sys: sys, holder: holder}
	said, err := recoverRun(sys)
	if err != nil {
		return nil, "", errors.Join(err, lock.Close())
	}
	return lock, said, nil
}

func waitFor(root string, d *disk, shared bool) (io.Closer, error) {
	for waited := time.Duration(0); ; waited += lockPause {
		holder, err := lockFolder(d.root, shared)
		if err != nil {
			return nil, fmt.Errorf("%s: can't be locked: %w", root, err)
		}
		if holder != nil {
			return holder, nil
		}
		if waited >= lockWait {
			return nil, fmt.Errorf("%s: another scaffold command is at work here; run this one again when it has ended", root)
		}
		time.Sleep(lockPause)
	}
}

// Close gives the lock back.
func (l *Lock) Close() error {
	return errors.Join(l.sys.close(), l.holder.Close())
}

// Recover takes back or finishes a change that a killed run left in the project at root, and says which. It writes
// nothing else, and nothing at all when there is none. While another run is at work it fails.
func Recover(root string) (string, error) {
	d, err := openDisk(root)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	left, err := interrupted(d)
	if err != nil {
		return "", errors.Join(err, d.close())
	}
	if !left {
		holder, err := waitFor(root, d, true)
		if err != nil {
			return "", errors.Join(err, d.close())
		}
		return "", errors.Join(holder.Close(), d.close())
	}
	lock, said, err := acquire(root, d, d)
	if err != nil {
		return "", err
	}
	return said, lock.Close()
}
